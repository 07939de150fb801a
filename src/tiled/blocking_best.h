/* The best blockings of a nest that a search has found so far. */
#ifndef TW_TILED_BLOCKING_BEST_H
#define TW_TILED_BLOCKING_BEST_H

#include <math.h>

#include "tiled/fetch_cost.h"

typedef struct {
    tw_goal_key key;
    int64_t rank[8]; /* place in the original's enumeration */
    tw_loop_split split;
} tw_ranked_blocking;

typedef struct {
    const tw_blocking_context *context;
    const tw_nested_loop *nest;
    unsigned count;            /* at most context->options->top */
    tw_ranked_blocking *items; /* best first; the caller's, with room for options->top */
} tw_best_blockings;

/* Whether nothing with this key or a larger one can be among the best. */
static inline bool tw_best_blockings_exclude(const tw_best_blockings *best, tw_goal_key bound) {
    if (best->count < best->context->options->top)
        return false;
    const tw_goal_key limit = best->items[best->count - 1].key;
    const double allowed = limit.first + TW_BOUND_SLACK * fabs(limit.first);
    if (best->context->options->goal != TW_GOAL_D)
        return bound.first > allowed;
    return bound.first > limit.first ||
           (bound.first == limit.first &&
            bound.second > limit.second + TW_BOUND_SLACK * limit.second);
}

/* Prices the blocking and keeps it when it is valid and among the best. */
void tw_best_blockings_add(tw_best_blockings *best, const tw_loop_split *split);

#endif
