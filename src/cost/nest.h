/* A mapping as one loop nest, seen from the inside out: the form that counting needs.
 *
 * Temporal loops of all levels in one list, innermost first. `step` of a loop is how far one
 * iteration moves on its dimension: the product of all factors of the dimension inside it,
 * temporal and spatial. Loops of factor 1 are left out: they change nothing. */
#ifndef TW_COST_NEST_H
#define TW_COST_NEST_H

#include "mapping/mapping.h"

enum { TW_MAX_NEST = TW_MAX_LEVELS * TW_MAX_LOOPS };

typedef struct {
    uint64_t factor, step;
    uint64_t outer; /* product of this factor and those of all loops outside it */
    tw_dim dim;
} tw_nest_loop;

typedef struct {
    unsigned level_count, loop_count;
    tw_nest_loop loops[TW_MAX_NEST + 1]; /* innermost first; the last has factor and outer 1 */
    unsigned outside[TW_MAX_LEVELS + 1]; /* index of the first loop outside level l; [levels] = 0 */
    uint64_t active[TW_MAX_LEVELS + 1];  /* instances of level l in use; [levels]: MAC units */
    uint64_t spatial[TW_MAX_LEVELS][TW_DIM_COUNT]; /* factor of the fanout below l, X times Y */
    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT];
} tw_nest;

/* Of a valid mapping: a fanout of one child unrolls nothing. */
void tw_nest_make(const tw_hierarchy *arch, const tw_mapping *mapping, tw_nest *out);

#endif
