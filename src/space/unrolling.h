/* The spatial factors that a fanout admits: products x_d * y_d of factors on X and Y.
 *
 * The cost of a mapping never tells X from Y, so the search works on the products and asks once
 * whether they can be laid out. */
#ifndef TW_SPACE_UNROLLING_H
#define TW_SPACE_UNROLLING_H

#include "arch/hierarchy.h"
#include "space/lattice.h"

typedef struct {
    uint16_t index[TW_DIM_COUNT]; /* of the factor among the divisors */
    double units;                 /* product of the factors: children used */
} tw_unrolling;

typedef struct {
    size_t count;
    tw_unrolling *items; /* in lexicographic order of the indices; the trivial one is included
                            unless constraints rule it out */
} tw_unrollings;

/* All factor vectors that fit fanout `level`, with its constraints. */
tw_status tw_unrollings_make(tw_arena *arena, const tw_hierarchy *arch, const tw_lattice *lattice,
                             unsigned level, tw_unrollings *out) TW_NODISCARD;
/* Splits the factors into X and Y, the largest possible factors on X for the earliest dimension.
 * False when they do not fit. */
bool tw_unrolling_split(const tw_level *level, const uint64_t factors[TW_DIM_COUNT],
                        uint64_t x[TW_DIM_COUNT], uint64_t y[TW_DIM_COUNT]);

#endif
