/* For every tile of a lattice a set of prices none of which dominates another, with what costs
 * them. Unlike ns_pareto_table it takes points for any tile at any time. */
#ifndef TW_NEUROSPECTOR_TILE_SETS_H
#define TW_NEUROSPECTOR_TILE_SETS_H

#include "neurospector/rebuild.h"

typedef struct {
    ns_price price;
    ns_chain chain;       /* as far as it is known */
    uint32_t combination; /* of dataflows */
} ns_set_point;

typedef struct {
    uint32_t count, capacity;
    ns_set_point *points; /* energy ascending, cycles descending */
} ns_tile_set;

typedef struct {
    tw_ctx *ctx;
    uint32_t tiles;
    ns_tile_set *sets;
} ns_tile_sets;

tw_status ns_tile_sets_init(ns_tile_sets *sets, tw_ctx *ctx, uint32_t tiles) TW_NODISCARD;
/* Every set is empty. */
void ns_tile_sets_clear(ns_tile_sets *sets);
void ns_tile_sets_free(ns_tile_sets *sets);
tw_status ns_tile_sets_add(ns_tile_sets *sets, uint32_t tile,
                           const ns_set_point *point) TW_NODISCARD;
/* Each set becomes the union over all t' that give t times a tile of `columns` (bit c); only where
 * `wanted`, which holds with a tile for all its divisors. */
tw_status ns_tile_sets_of_divisors(const ns_lattice *lattice, unsigned columns,
                                   const unsigned char *wanted, ns_tile_sets *sets) TW_NODISCARD;

#endif
