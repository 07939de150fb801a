/* Search technique `brute-force`: prices every mapping of the space. Exact on whatever it finishes;
 * for spaces of some millions of mappings, and as the oracle of the exact search. */
#ifndef TW_SEARCH_BRUTE_FORCE_H
#define TW_SEARCH_BRUTE_FORCE_H

#include "search/search.h"

tw_status tw_search_brute_force(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                                const tw_search_options *options,
                                tw_search_result *out) TW_NODISCARD;

#endif
