/* Search technique `random`: the best of many random valid mappings. A baseline without a proof. */
#ifndef TW_SEARCH_RANDOM_SEARCH_H
#define TW_SEARCH_RANDOM_SEARCH_H

#include "search/search.h"

/* Prices options->work_limit mappings, or 10,000 when neither it nor a time limit is given. The
 * same seed gives the same mappings. */
tw_status tw_search_random(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                           const tw_search_options *options, tw_search_result *out) TW_NODISCARD;

#endif
