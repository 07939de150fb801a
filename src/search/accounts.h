/* Which accounts a chain keeps. */
#ifndef TW_SEARCH_ACCOUNTS_H
#define TW_SEARCH_ACCOUNTS_H

#include "search/chain.h"

/* Energy alone where nothing else matters; else energy, compute steps and the cycles of every
 * port; or energy and one weighted sum of the others, when a blend is sought. */
void tw_accounts_make(tw_chain *chain, tw_objective objective, const tw_blend *sought);

#endif
