/* The model and search of nn_dataflow 1.5, the version before element-wise layers, static cost of
 * the whole chip, and everything across layers.
 *
 * What differs from the current model: memory on a 2-D mesh stands in two columns, inputs come
 * from the left one and outputs go to the right one; a layer may read the sum of several layers;
 * replicas on the array are not limited by the layer's channels, and array traffic is counted for
 * unfolded sets; layers are cut up to 20 % unevenly; the cheapest energy wins, each node paying
 * static cost for the whole time; layers are scheduled in the network's order. */
#ifndef TW_TILED_V15_H
#define TW_TILED_V15_H

#include "tiled/blocking.h"
#include "tiled/dag.h"
#include "tiled/layout.h"

typedef struct {
    const char *name;
    tw_tiled_layer layer;
    unsigned prev_count;
    const int *prevs; /* indices of layers; -1: the network's input */
    bool sums_inputs; /* adds its inputs up instead of concatenating them */
} tw_v15_layer;

typedef struct {
    tw_arena arena;
    const char *name;
    tw_tiled_external input;
    unsigned layer_count;
    tw_v15_layer *layers;
} tw_v15_network;

/* The network as 1.5 describes it. Element-wise layers and initial states: TW_INVALID; only
 * resnet152 is rebuilt as 1.5 has it, with sums and without what follows the last block. */
tw_status tw_v15_network_make(tw_ctx *ctx, const tw_tiled_dag *dag,
                              tw_v15_network **out) TW_NODISCARD;
void tw_v15_network_free(tw_v15_network *network);

typedef struct {
    tw_partition part;
    tw_layout_piece outputs;
    tw_blocking blocking; /* stored, fetch, sizes, access, ops and time are set */
    double occupancy;     /* real work of what the nodes do */
    int nodes;
    int64_t unit_nhops[TW_DATAS], total_nhops[TW_DATAS];
    double loop_cost, part_cost;
} tw_v15_schedule;

typedef struct {
    tw_arena arena;
    const tw_v15_network *network;
    const tw_v15_schedule **layers; /* in the network's order */
    double total_cost;
    int64_t total_time;
    uint64_t cache_hits, cache_misses; /* as the original counts them */
} tw_v15_result;

/* The cheapest dataflow; TW_INFEASIBLE with the first layer that has none. Of `resource`, src and
 * dst must be set, and bandwidths do not count; cost->idle_unit is per node; the goal is energy. */
tw_status tw_v15_search(tw_ctx *ctx, const tw_v15_network *network, int batch,
                        const tw_tiled_resource *resource, const tw_tiled_cost *cost,
                        const tw_tiled_options *options, tw_v15_result **out) TW_NODISCARD;
void tw_v15_result_free(tw_v15_result *result);

/* The chip of 1.5's command line: memory beside both ends of the rows (2D) or on every node. */
tw_tiled_resource tw_v15_resource(tw_dim2 nodes, tw_dim2 array, int64_t gbuf_words,
                                  int64_t regf_words, tw_tiled_memory memory);

#endif
