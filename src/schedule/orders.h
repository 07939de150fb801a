/* The orders in which a network can run, as a graph.
 *
 * A state is a set of layers that have run, closed under what they need (a down-set of the
 * network's graph); an arc adds a group of layers that run in one step: any that are ready in the
 * state, so that they are independent of each other. Every path from the empty state to the full
 * one is a sequence of steps. Networks are chains with branches, whose states are few.
 *
 * Where they are not, only states near the order of the layers are kept: all sequences in the graph
 * are still valid, running the layers in order is one of them, but `complete` is false. */
#ifndef TW_SCHEDULE_ORDERS_H
#define TW_SCHEDULE_ORDERS_H

#include "schedule/steps.h"

typedef struct {
    uint32_t first_member, count;
} tw_group;

typedef struct {
    uint32_t to, group;
} tw_arc;

typedef struct {
    tw_ctx *ctx;
    size_t state_count;  /* by rising number of layers that have run; 0 is empty, the last full */
    uint32_t *first_arc; /* of each state, and the end */
    size_t arc_count, arc_capacity;
    tw_arc *arcs;
    size_t group_count, group_capacity;
    tw_group *groups; /* the first ones are the single layers, by index */
    size_t member_count, member_capacity;
    uint32_t *members; /* of a group: rising */
    bool complete;
} tw_orders;

/* How much is looked at before it counts as too much. */
typedef struct {
    size_t states, arcs_per_state;
} tw_orders_limits;

tw_status tw_orders_make(tw_ctx *ctx, const tw_schedule_problem *problem,
                         const tw_orders_limits *limits, tw_orders *out) TW_NODISCARD;
void tw_orders_free(tw_orders *orders);

#endif
