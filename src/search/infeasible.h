/* Why a problem has no valid mapping. */
#ifndef TW_SEARCH_INFEASIBLE_H
#define TW_SEARCH_INFEASIBLE_H

#include "search/chain.h"

/* Writes which capacity or constraint rules every mapping out, and by how much. */
void tw_explain_infeasible(const tw_chain *chain, char *reason, size_t size);

#endif
