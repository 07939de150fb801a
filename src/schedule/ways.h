/* Ways to a state of the graph of orders: the labels of its dynamic program, and which of them are
 * needed whatever comes after. */
#ifndef TW_SCHEDULE_WAYS_H
#define TW_SCHEDULE_WAYS_H

#include "schedule/picks.h"

typedef struct {
    double energy_pj, cycles;
    uint32_t parent, arc; /* the way before, and the arc from its state */
    uint32_t choice;      /* of the layer, or the point of the group's front */
    int giver; /* the layer that ran alone in the last step, if a later one may find its output;
                  else TW_NO_PRODUCER */
} tw_way;

typedef struct {
    tw_ctx *ctx;
    const tw_schedule_problem *problem;
    const tw_walk_goal *goal;
    const tw_picks *picks;
    size_t *corner; /* scratch: ways that none before them beats, in order */
    size_t corner_capacity;
} tw_sifter;

void tw_sifter_free(tw_sifter *sifter);

static inline const tw_choice *tw_choice_of(const tw_schedule_problem *problem, int layer,
                                            uint32_t choice) {
    return &problem->layers[layer].choices->alone[choice];
}

/* Keeps the ways that are needed, in order: by the sum, or of a front by time. */
tw_status tw_ways_sift(tw_sifter *sifter, tw_way *ways, size_t *count) TW_NODISCARD;
/* Of a sifted front leaves out ways, until at most about `most` are left, to each of which another
 * one that takes no more time is as good, whatever comes after, but for the energy that is added to
 * *slack_pj. The way of least energy stays. */
tw_status tw_ways_thin(tw_sifter *sifter, tw_way *ways, size_t *count, size_t most,
                       double *slack_pj) TW_NODISCARD;
/* Of sifted ways leaves out those that are there only for what they leave on the chips. */
void tw_ways_drop_givers(const tw_sifter *sifter, tw_way *ways, size_t *count);

#endif
