/* A sharper energy bound for labels that wait for the loops of a level.
 *
 * With tensor s stationary at the level, its open part costs A / (product of the irrelevant
 * extents of the tile t that the loops fill), where A = open * (product of its irrelevant extents
 * so far), and t has to be supplied from outside. So over all tiles
 *
 *     min_t  A / irrelevant(t) + to_go(t)
 *
 * bounds both together. A differs little between labels; with the smallest one there is one table
 * for each stationary tensor. A tensor with no relevant loop at the level stays open: then t
 * differs from the label's tile only in irrelevant dimensions, and further loops may still divide
 * its part. */
#ifndef TW_SEARCH_REFINE_H
#define TW_SEARCH_REFINE_H

#include "search/bound.h"

typedef struct {
    tw_ctx *ctx;
    const tw_chain *chain;
    const tw_bounds *bounds;
    unsigned level;
    double smallest[1 << TW_ROLE_COUNT][TW_MAX_TENSORS]; /* A by keeps and tensor */
    bool seen[1 << TW_ROLE_COUNT];
    double *moving[1 << TW_ROLE_COUNT][TW_MAX_TENSORS];  /* the bound above, spread */
    double *waiting[1 << TW_ROLE_COUNT][TW_MAX_TENSORS]; /* to_go spread over irrelevant dims */
} tw_refinement;

tw_status tw_refinement_init(tw_ctx *ctx, const tw_chain *chain, tw_refinement *out) TW_NODISCARD;
void tw_refinement_free(tw_refinement *refinement);
void tw_refinement_begin(tw_refinement *refinement);
/* Every label of the layer has to be seen before the tables are made. */
void tw_refinement_see(tw_refinement *refinement, tw_label *label);
tw_status tw_refinement_make(tw_refinement *refinement, const tw_bounds *bounds,
                             unsigned level) TW_NODISCARD;
/* Energy of every completion at least; 0 where the refinement does not apply. */
double tw_refinement_bound(const tw_refinement *refinement, tw_label *label,
                           const uint16_t index[TW_DIM_COUNT]);

#endif
