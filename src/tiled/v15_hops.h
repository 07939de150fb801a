/* Hops on the mesh as nn_dataflow 1.5 counts them: every node fetches for itself. */
#ifndef TW_TILED_V15_HOPS_H
#define TW_TILED_V15_HOPS_H

#include "tiled/layout.h"

/* A part of a feature map and the node that holds it. */
typedef struct {
    tw_fmap_range range;
    tw_dim2 at;
} tw_v15_block;

/* Blocks of a layout piece, one per part that is not empty: how many were written to `out`, which
 * has room for all parts. */
unsigned tw_v15_blocks(const tw_layout_piece *piece, tw_v15_block *out);

typedef struct {
    const tw_tiled_layer *layer;
    int batch;
    const tw_tiled_resource *resource;
    const tw_v15_block *inputs; /* where the inputs lie; summed inputs overlap */
    unsigned input_count;
} tw_v15_hop_request;

/* Hops of one pass over each category. `scratch` has room for a block per node. */
void tw_v15_hops(const tw_v15_hop_request *request, const tw_partition *part,
                 const tw_layout_piece *outputs, tw_v15_block *scratch, int64_t hops[TW_DATAS]);

#endif
