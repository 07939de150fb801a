/* Sets of prices none of which dominates another, and one such set for every tile of a lattice.
 *
 * One price dominates another when it is at most as much in energy and in cycles. A set is held in
 * ascending order of energy, so that cycles descend. */
#ifndef TW_NEUROSPECTOR_PARETO_H
#define TW_NEUROSPECTOR_PARETO_H

#include "neurospector/chain.h"

typedef struct {
    ns_price price;
    uint32_t tile; /* what costs this; the meaning is the user's */
} ns_pareto_point;

/* Per tile the set points[start[t]], ..., count[t] of them. */
typedef struct {
    tw_ctx *ctx;
    uint32_t *start, *count;
    ns_pareto_point *points, *scratch[2];
    size_t used, capacity, scratch_capacity;
} ns_pareto_table;

/* Every set is empty. */
tw_status ns_pareto_init(ns_pareto_table *table, tw_ctx *ctx, uint32_t tiles) TW_NODISCARD;
void ns_pareto_clear(ns_pareto_table *table, uint32_t tiles);
void ns_pareto_free(ns_pareto_table *table);
/* Adds a point to the set of `tile`, which is the one that was added to last, or a new one. */
tw_status ns_pareto_add(ns_pareto_table *table, uint32_t tile, ns_pareto_point point) TW_NODISCARD;
/* out[t]: the points of all sets own[t'], t' being a divisor of t; only where `wanted`, which holds
 * with a tile for all its divisors. */
tw_status ns_pareto_of_divisors(const ns_lattice *lattice, const unsigned char *wanted,
                                const ns_pareto_table *own, ns_pareto_table *out) TW_NODISCARD;

#endif
