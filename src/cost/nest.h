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

/* What the children of the fanouts share when they are supplied by, or send to, their parent. Bit l
 * is the fanout below level l, if several of its children are in use. */
typedef struct {
    uint32_t merged;   /* words: inputs by multicast, the output by reduction */
    uint32_t equal;    /* equal tiles only */
    uint32_t separate; /* nothing */
} tw_sharing;

typedef struct {
    unsigned level_count, loop_count;
    tw_nest_loop loops[TW_MAX_NEST + 1]; /* innermost first; the last has factor and outer 1 */
    unsigned outside[TW_MAX_LEVELS + 1]; /* index of the first loop outside level l; [levels] = 0 */
    uint64_t active[TW_MAX_LEVELS + 1];  /* instances of level l in use; [levels]: MAC units */
    uint32_t fanouts; /* bit l: several children of the fanout below level l are in use */
    tw_sharing inputs, output;
    uint64_t children[TW_MAX_LEVELS];              /* of the fanout below l, in use */
    uint64_t spatial[TW_MAX_LEVELS][TW_DIM_COUNT]; /* factors, X times Y, where there are several */
    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT];
} tw_nest;

/* Of a valid mapping: a fanout of one child unrolls nothing. */
void tw_nest_make(const tw_hierarchy *arch, const tw_mapping *mapping, tw_nest *out);
/* Derives `fanouts`, `inputs` and `output` from the children of level `lowest` and those inside. */
void tw_nest_find_fanouts(const tw_hierarchy *arch, unsigned lowest, tw_nest *nest);

#endif
