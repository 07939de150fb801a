/* The divisor lattice of a problem: every tile that a mapping can have at any level.
 *
 * Per dimension the divisors of its extent in ascending order; a tile is one index per dimension,
 * packed into one number: id = sum(index_d * weight_d). Tables answer products and ratios of
 * divisors by index, so that walking from tile to tile needs no division. */
#ifndef TW_SPACE_LATTICE_H
#define TW_SPACE_LATTICE_H

#include "workload/problem.h"

enum { TW_NO_DIVISOR = 0xffff };

typedef struct {
    unsigned count;
    uint64_t *divisors;
    uint16_t *product; /* [i * count + j]: index of divisors[i] * divisors[j], or TW_NO_DIVISOR */
    uint16_t *ratio;   /* [i * count + j]: index of divisors[i] / divisors[j], or TW_NO_DIVISOR */
} tw_divisors;

typedef struct {
    tw_divisors dims[TW_DIM_COUNT];
    uint64_t weight[TW_DIM_COUNT];
    uint64_t size;         /* number of tiles */
    unsigned active_count; /* dimensions with an extent above 1 */
    tw_dim active[TW_DIM_COUNT];
} tw_lattice;

typedef uint32_t tw_tile_id;

/* TW_LIMIT, with a diagnostic, when the problem has more tiles than an id can hold. */
tw_status tw_lattice_make(tw_arena *arena, const tw_problem *problem, tw_lattice *out) TW_NODISCARD;

void tw_tile_indices(const tw_lattice *lattice, tw_tile_id tile, uint16_t index[TW_DIM_COUNT]);
/* Index of a divisor, or TW_NO_DIVISOR. */
unsigned tw_divisor_index(const tw_divisors *divisors, uint64_t value);
/* log10 of the number of ordered factorisations of the extents over `slots` factors a dimension. */
double tw_lattice_log10_factorisations(const tw_lattice *lattice, unsigned slots);

#endif
