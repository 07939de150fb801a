/* The best schedules of a network, with the proof or how far it is.
 *
 * Energy and time of the whole network are sums of steps, and each is minimised by one walk. Their
 * product is not a sum, and a network's best product is not made of its layers' best products. But
 * the product is quasi-concave: over the convex hull of all (energy, time) it is least at a vertex,
 * and every vertex is the least of some weighted sum. So walks with weights find the vertices one
 * between two (Aneja and Nair, 1979), as long as the triangle in which more may lie reaches below
 * the best product found. */
#ifndef TW_SCHEDULE_BEST_SCHEDULE_H
#define TW_SCHEDULE_BEST_SCHEDULE_H

#include "schedule/order_walk.h"

typedef enum {
    TW_SCHEDULE_ENERGY,
    TW_SCHEDULE_LATENCY,
    TW_SCHEDULE_EDP,
    TW_SCHEDULE_FRONT
} tw_schedule_objective;

typedef struct {
    tw_orders_limits orders;
    tw_walk_limits walk;
} tw_schedule_limits;
extern const tw_schedule_limits tw_schedule_default_limits;

typedef struct {
    size_t count; /* a front: by rising energy and falling time; else one, the best found */
    tw_schedule *schedules;
    bool proven;        /* optimal; of a front: all of it */
    tw_status limit;    /* TW_OK, TW_LIMIT, TW_CANCELLED: why it is not */
    double value;       /* of the first schedule: energy, cycles, their product; a front: energy */
    double lower_bound; /* of the value */
    /* Of a front that is not proven: of every schedule, one here takes no more time and at most so
     * much more energy, in pJ; HUGE_VAL when that is not known. */
    double slack_pj;
    uint64_t states, labels; /* of the graph; of all walks */
} tw_best_schedules;

double tw_schedule_value(tw_schedule_objective objective, double energy_pj, double cycles);

/* Of a network with at least one layer, each with a choice in `alone`. TW_OK whenever *out is
 * filled in, which then holds a schedule; freed with tw_best_schedules_free, also after a failure.
 */
tw_status tw_schedule_best(tw_ctx *ctx, const tw_schedule_problem *problem,
                           tw_schedule_objective objective, const tw_schedule_limits *limits,
                           tw_best_schedules *out) TW_NODISCARD;
void tw_best_schedules_free(tw_ctx *ctx, tw_best_schedules *best);

#endif
