/* How a problem runs on a hierarchy: for every level an ordered list of temporal loops, for every
 * fanout the factors unrolled on X and Y. Per dimension all factors multiply to its extent.
 *
 * The tile of level l is the product of all factors at and below l (its own temporal loops and
 * its fanout included). */
#ifndef TW_MAPPING_MAPPING_H
#define TW_MAPPING_MAPPING_H

#include "arch/hierarchy.h"

enum { TW_MAX_LOOPS = 16, TW_NOTHING_STATIONARY = 1 + TW_ROLE_COUNT };

typedef struct {
    tw_dim dim;
    uint64_t factor;
} tw_loop;

typedef struct {
    unsigned loop_count;
    tw_loop loops[TW_MAX_LOOPS];                               /* temporal, outermost first */
    uint64_t spatial_x[TW_DIM_COUNT], spatial_y[TW_DIM_COUNT]; /* of the fanout below; >= 1 */
    tw_role_mask keeps;
    /* Models whose rule of reuse is not the loop order (neurospector): 1 + the role that the loops
     * of this level keep stationary, TW_NOTHING_STATIONARY; 0: not said. */
    unsigned char stationary;
} tw_level_mapping;

typedef struct {
    unsigned level_count;
    tw_level_mapping levels[TW_MAX_LEVELS]; /* outermost first */
} tw_mapping;

/* "input", ..., "none", for a level whose `stationary` is not 0. */
const char *tw_stationary_name(const tw_level_mapping *level);
/* No loops, all factors 1, the accelerator's own keeps. */
void tw_mapping_init(const tw_hierarchy *arch, tw_mapping *out);
/* tile[l][d] for every level l, and the unit tile at l == level_count. */
void tw_mapping_tiles(const tw_mapping *mapping, uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]);
/* TW_OK when the mapping is valid: factors multiply to the extents, fanouts hold the spatial
 * factors on allowed dimensions, kept tiles fit, outermost level keeps everything. Otherwise
 * TW_INVALID with a diagnostic for every violation (level, what, by how much). */
tw_status tw_mapping_check(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch,
                           const tw_problem *problem, const tw_mapping *mapping) TW_NODISCARD;
/* The same as a quick predicate without diagnostics. */
bool tw_mapping_is_valid(const tw_hierarchy *arch, const tw_problem *problem,
                         const tw_mapping *mapping);
/* Room that kept tiles take at a level, in its units: shared: the sum in used[0]; else per role. */
void tw_level_usage(const tw_level *level, const tw_problem *problem, tw_role_mask keeps,
                    const uint64_t tile[TW_DIM_COUNT], double used[TW_ROLE_COUNT]);
bool tw_level_fits(const tw_level *level, const tw_problem *problem, tw_role_mask keeps,
                   const uint64_t tile[TW_DIM_COUNT]);
/* Canonical order of mappings (ties between equal costs are broken by it): <0, 0, >0. */
int tw_mapping_compare(const tw_mapping *a, const tw_mapping *b);

#endif
