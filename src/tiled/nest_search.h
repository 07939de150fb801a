/* What the ways to search the blockings of one nest have in common. */
#ifndef TW_TILED_NEST_SEARCH_H
#define TW_TILED_NEST_SEARCH_H

#include "tiled/blocking_best.h"

typedef struct {
    const tw_blocking_context *context;
    const tw_nested_loop *nest;
    unsigned divisor_count[TW_LOOPS];
    int64_t *divisors[TW_LOOPS]; /* of the loop counts, ascending */
    tw_fetch_cost cost;
    tw_best_blockings best;
} tw_nest_search;

/* Searches a nest without filters: fills `best` with the first blockings of the original's
 * enumeration that fit. */
void tw_nest_search_local(tw_nest_search *search);

#endif
