/* Which choices of a layer a walk needs to look at: those that no other choice makes useless under
 * the goal. */
#ifndef TW_SCHEDULE_PICKS_H
#define TW_SCHEDULE_PICKS_H

#include "schedule/order_walk.h"

typedef struct {
    uint32_t count, *choices; /* of `alone`, in ascending order */
} tw_pick_list;

typedef struct {
    tw_pick_list plain; /* after anything: what the layer finds on the chips is not looked at */
    tw_pick_list after_producer;
    bool gives; /* a later layer may find its output on the chips */
    /* Per choice of `alone`, when the layer gives: the most that can be saved by that. */
    double *given_pj, *given_cycles;
} tw_picks;

/* picks[layer]; freed with tw_picks_free, also after a failure. */
tw_status tw_picks_make(tw_ctx *ctx, const tw_schedule_problem *problem, const tw_walk_goal *goal,
                        tw_picks **out) TW_NODISCARD;
void tw_picks_free(tw_ctx *ctx, tw_picks *picks, size_t layer_count);

/* Weighted sums, for goals that are no front. */
static inline double tw_goal_value(const tw_walk_goal *goal, double energy_pj, double cycles) {
    return goal->energy_weight * energy_pj + goal->cycle_weight * cycles;
}
static inline double tw_goal_tie(const tw_walk_goal *goal, double energy_pj, double cycles) {
    return goal->energy_tie * energy_pj + goal->cycle_tie * cycles;
}
/* The first costs no more than the second, whatever the goal makes of it. */
static inline bool tw_goal_no_worse(const tw_walk_goal *goal, double energy_pj, double cycles,
                                    double than_pj, double than_cycles) {
    if (goal->front)
        return energy_pj <= than_pj && cycles <= than_cycles;
    const double value = tw_goal_value(goal, energy_pj, cycles);
    const double than = tw_goal_value(goal, than_pj, than_cycles);
    return value < than || (value == than && tw_goal_tie(goal, energy_pj, cycles) <=
                                                 tw_goal_tie(goal, than_pj, than_cycles));
}
/* Each axis of `a` is at least that of `b`. */
static inline bool tw_held_covers(const uint64_t a[TW_HELD_AXES], const uint64_t b[TW_HELD_AXES]) {
    for (int i = 0; i < TW_HELD_AXES; i++)
        if (a[i] < b[i])
            return false;
    return true;
}

#endif
