/* A sharper bound for labels that wait for the loops of a level: on energy, and on every blend of
 * accounts (a slot, see bound.h).
 *
 * With tensor s stationary at the level, its open part costs A / (product of the irrelevant
 * extents of the tile t that the loops fill), where A = open * (product of its irrelevant extents
 * so far), and t has to be supplied from outside. So
 *
 *     min_t  A / irrelevant(t) + to_go(t)
 *
 * over the tiles t that contain the label's bounds both together. A is at least what one visit of
 * every word per irrelevant iteration costs, the same number for all labels: with it there is one
 * table for each stationary tensor, and what a label pays beyond it is added undivided by more
 * than all irrelevant iterations. A tensor with no relevant loop at the level stays open: then t
 * differs from the label's tile only in irrelevant dimensions, and further loops may still divide
 * its part. */
#ifndef TW_SEARCH_REFINE_H
#define TW_SEARCH_REFINE_H

#include "search/bound.h"

/* The tables of one slot: [level][keep choice][tensor], by tile; NULL where there is no bound. */
typedef struct {
    unsigned slot;
    double *moving[TW_MAX_LEVELS][1 << TW_ROLE_COUNT][TW_MAX_TENSORS];
    double *waiting[TW_MAX_LEVELS][1 << TW_ROLE_COUNT][TW_MAX_TENSORS];
    double smallest[TW_MAX_LEVELS][1 << TW_ROLE_COUNT][TW_MAX_TENSORS]; /* A */
} tw_refinement_part;

typedef struct {
    const tw_bounds *bounds;
    unsigned part_count;
    tw_refinement_part *parts;
} tw_refinement;

/* For energy where it matters, and for every blend. */
tw_status tw_refinement_make(const tw_bounds *bounds, tw_arena *arena,
                             tw_refinement *out) TW_NODISCARD;
/* Raises the bounds of a label after a fanout. */
void tw_refinement_apply(const tw_refinement *refinement, tw_label *label,
                         const uint16_t index[TW_DIM_COUNT], double *bounds);

#endif
