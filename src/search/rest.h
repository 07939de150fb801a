/* What is still to come around a tile: the iterations, temporal and spatial, that complete the
 * problem. They depend on the tile alone. */
#ifndef TW_SEARCH_REST_H
#define TW_SEARCH_REST_H

#include "search/chain.h"

typedef struct {
    double iterations;
    double irrelevant[TW_MAX_TENSORS]; /* of these: that leave the tensor's tile where it is */
    /* Children that can share one word because their windows overlap: for each tile of one
     * dimension those that the other's steps leave within reach. */
    double overlapping[TW_MAX_TENSORS];
} tw_rest;

void tw_rest_make(const tw_chain *chain, const uint16_t index[TW_DIM_COUNT], tw_rest *out);

#endif
