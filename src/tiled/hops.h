/* Hops of one pass over a layer's data on the mesh: filters from the nearest memory, inputs from
 * where the layers before left them, outputs to their layout.
 *
 * Words times distance, summed over every node and every place that holds part of what it needs.
 * Ranges and positions are products over the axes, and the distance is a sum of rows and columns,
 * so that on whole rectangles the sum falls apart into sums over pairs of rows and pairs of
 * columns. With forwarding a word is sent to the nearest of the nodes that need it and then
 * along a spanning tree of them. */
#ifndef TW_TILED_HOPS_H
#define TW_TILED_HOPS_H

#include "tiled/layout.h"

typedef struct {
    tw_tiled_layer layer;
    int batch;
    tw_region proc, dram;
    bool forwarding; /* each word is sent once and passed on from node to node */
} tw_hop_request;

/* Scratch for counting on one mesh; serves one thread at a time. */
typedef struct tw_hop_counter tw_hop_counter;
tw_status tw_hop_counter_make(tw_ctx *ctx, tw_dim2 mesh, tw_hop_counter **out) TW_NODISCARD;
/* The layer and regions that the following questions are about. */
void tw_hop_counter_aim(tw_hop_counter *counter, const tw_hop_request *request);
void tw_hop_counter_free(tw_hop_counter *counter);

/* False when nodes that share data come in groups of unequal size, which the model (like the
 * original) cannot price. */
bool tw_hops_are_even(tw_hop_counter *counter, const tw_partition *part);
int64_t tw_hops_filters(tw_hop_counter *counter, const tw_partition *part);
int64_t tw_hops_inputs(tw_hop_counter *counter, const tw_partition *part, const tw_layout *inputs);
/* 0 when the outputs stay exactly where they are made. */
int64_t tw_hops_outputs(tw_hop_counter *counter, const tw_partition *part,
                        const tw_layout_piece *outputs);

#endif
