/* What a mapping may choose at each level of a chain: which tensors it keeps, the order of its
 * loops, the unrolling of its fanout. */
#ifndef TW_SEARCH_CHAIN_CHOICES_H
#define TW_SEARCH_CHAIN_CHOICES_H

#include "search/chain.h"

/* Fills in the chain's choices and what follows from them, in its arena; its tensors and accounts
 * must be known. Levels keep what the machine says, or, with `search_bypass`, every set of roles
 * that it allows. */
tw_status tw_chain_choices_make(tw_chain *chain, bool search_bypass) TW_NODISCARD;

#endif
