/* The best mappings seen so far by a technique that prices one mapping after the other: the best
 * one, or the Pareto front of energy and latency. Ties go to the smaller mapping in canonical
 * order, so that the order of pricing does not matter. */
#ifndef TW_SEARCH_INCUMBENT_H
#define TW_SEARCH_INCUMBENT_H

#include "search/search.h"

typedef struct {
    tw_ctx *ctx;
    tw_objective objective;
    size_t count, capacity; /* without a front, at most one */
    tw_point *points;       /* energy ascending, latency descending */
} tw_incumbent;

void tw_incumbent_init(tw_incumbent *incumbent, tw_ctx *ctx, tw_objective objective);
/* Keeps the mapping if nothing kept is better. TW_ERROR when out of memory. */
tw_status tw_incumbent_offer(tw_incumbent *incumbent, const tw_mapping *mapping,
                             const tw_cost *cost) TW_NODISCARD;
/* Moves the points into the result: best, objective_value and, for a Pareto search, the front.
 * Returns whether there is any. */
bool tw_incumbent_finish(tw_incumbent *incumbent TW_TAKE, tw_search_result *out);
void tw_incumbent_free(tw_incumbent *incumbent);

#endif
