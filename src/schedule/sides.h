/* What groups of layers cost side by side: for each group the trade-off between energy and time.
 *
 * With the time of the step bounded by T, every layer takes its cheapest choice of at most T cycles
 * on its number of chips, and the chips are a knapsack. As T grows over all cycles that occur, the
 * sum falls: each fall is a point of the front. Groups of the same kinds of layers are solved once.
 */
#ifndef TW_SCHEDULE_SIDES_H
#define TW_SCHEDULE_SIDES_H

#include "schedule/orders.h"

typedef struct {
    double energy_pj, cycles; /* of the step, static energy included */
    uint32_t first_choice;    /* of the group's layers, in their order */
} tw_side_point;

typedef struct {
    size_t first_point, point_count; /* cycles rise, energy without static falls */
} tw_side_front;

typedef struct {
    tw_ctx *ctx;
    tw_side_front *fronts; /* per group of the orders; groups of one layer have none */
    size_t point_count, point_capacity;
    tw_side_point *points;
    size_t choice_count, choice_capacity;
    uint32_t *choices;
} tw_sides;

tw_status tw_sides_make(tw_ctx *ctx, const tw_schedule_problem *problem, const tw_orders *orders,
                        tw_sides *out) TW_NODISCARD;
void tw_sides_free(tw_sides *sides);

#endif
