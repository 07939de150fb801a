/* Hops of one pass over a layer's data on the mesh: filters from the nearest memory, inputs from
 * where the layers before left them, outputs to their layout. */
#ifndef TW_TILED_HOPS_H
#define TW_TILED_HOPS_H

#include "tiled/layout.h"

typedef struct {
    tw_tiled_layer layer;
    int batch;
    tw_region proc, dram;
    bool forwarding; /* each word is sent once and passed on from node to node */
} tw_hop_request;

/* False when nodes that share data come in groups of unequal size, which the model (like the
 * original) cannot price. */
bool tw_hops_are_even(const tw_hop_request *request, const tw_partition *part);
int64_t tw_hops_filters(const tw_hop_request *request, const tw_partition *part);
int64_t tw_hops_inputs(const tw_hop_request *request, const tw_partition *part,
                       const tw_layout *inputs);
/* 0 when the outputs stay exactly where they are made. */
int64_t tw_hops_outputs(const tw_hop_request *request, const tw_partition *part,
                        const tw_layout_piece *outputs);

#endif
