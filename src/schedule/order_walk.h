/* The best ways through the graph of orders: dynamic programming over its states.
 *
 * A label is a way to a state: the energy and time of its steps. Of the labels of one state those
 * are kept that no other makes useless, whatever comes after. A layer that ran alone in the last
 * step may have left words on the chips for the next one, so that its label stays in play behind a
 * better one as long as what can be reused may make up for the difference, unless a better one
 * leaves at least as much of the same output.
 *
 * With a goal that is a weighted sum one label a state is best; for the front all trade-offs
 * between energy and time are kept. */
#ifndef TW_SCHEDULE_ORDER_WALK_H
#define TW_SCHEDULE_ORDER_WALK_H

#include "schedule/sides.h"

typedef struct {
    bool front; /* every trade-off; the weights are not looked at */
    double energy_weight, cycle_weight;
    double energy_tie, cycle_tie; /* weights that decide between equal sums */
} tw_walk_goal;

typedef struct {
    size_t labels;          /* of all states together */
    size_t labels_of_front; /* of one state, with a goal that is a front; more are thinned out */
    size_t schedules;       /* of a front, likewise; 0: as many as the last state has */
    double deadline_s;      /* on the clock of tw_seconds; 0: none */
} tw_walk_limits;

typedef struct {
    size_t schedule_count; /* of a front: by rising energy and falling time */
    tw_schedule *schedules;
    bool complete;     /* nothing was left out but by thinning */
    double thinned_pj; /* a schedule left out saves at most so much energy against one that takes
                          no more time */
    tw_status limit;   /* TW_OK, TW_LIMIT, TW_CANCELLED: why there may be no schedules */
    uint64_t labels;   /* made */
} tw_walk_result;

/* TW_OK whenever *out is filled in; freed with tw_walk_result_free, also after a failure. */
tw_status tw_walk(tw_ctx *ctx, const tw_schedule_problem *problem, const tw_orders *orders,
                  const tw_sides *sides, const tw_walk_goal *goal, const tw_walk_limits *limits,
                  tw_walk_result *out) TW_NODISCARD;
void tw_walk_result_free(tw_ctx *ctx, tw_walk_result *result);

#endif
