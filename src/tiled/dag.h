/* The network that a tiled accelerator runs: layers, their links, and the order of scheduling.
 *
 * A layer reads the outputs of its `prevs`, concatenated along channels in that order. A prev is
 * the index of a layer, or -1 - e for external data e; external 0 is the network's input, the
 * others are initial states. `nexts` lists consuming layers in network order; empty means that
 * the output leaves the network (a layer that is consumed has no other way out).
 *
 * Scheduling groups layers into vertices: a layer without filters joins the vertex that ends in
 * one of its prevs, if no other consumer reads that prev. The order is a topological order of the
 * vertices, with the layers of a vertex one after the other. */
#ifndef TW_TILED_DAG_H
#define TW_TILED_DAG_H

#include <jansson.h>

#include "base/arena.h"
#include "tiled/layer.h"
#include "workload/network.h"

typedef struct {
    const char *name;
    int channels, rows, columns;
} tw_tiled_external;

typedef struct {
    const char *name;
    tw_tiled_layer layer;
    unsigned prev_count, next_count;
    int *prevs, *nexts;
} tw_tiled_node;

typedef struct {
    unsigned layer_count;
    int *layers;
    unsigned prev_count, next_count; /* of other vertices; prev -1: external data */
    int *prevs, *nexts;              /* indices into the DAG's vertices, ascending */
} tw_tiled_vertex;

typedef struct tw_tiled_dag {
    tw_arena arena;
    const char *name;
    unsigned external_count, layer_count, vertex_count;
    tw_tiled_external *externals;
    tw_tiled_node *layers;     /* network order */
    tw_tiled_vertex *vertices; /* scheduling order */
    int *order;                /* order[i]: the layer that is scheduled i-th */
    int *position;             /* position[order[i]] == i */
} tw_tiled_dag;

/* From the JSON of one network in the reference's networks.json ("input", "ext_layers",
 * "layers"). */
tw_status tw_tiled_dag_from_json(tw_ctx *ctx, const char *name, const json_t *json,
                                 tw_tiled_dag **out) TW_NODISCARD;
/* One layer with the parameters of the original's classes ("type", "nofm", "hofm", ...). */
tw_status tw_tiled_layer_from_json(tw_ctx *ctx, const json_t *json,
                                   tw_tiled_layer *out) TW_NODISCARD;
/* From a loaded network; layers that repeat are repeated. TW_INVALID for operations that the array
 * cannot run (grouped or dilated convolution, batched matrix products). */
tw_status tw_tiled_dag_from_network(tw_ctx *ctx, const tw_network *network,
                                    tw_tiled_dag **out) TW_NODISCARD;
void tw_tiled_dag_free(tw_tiled_dag *dag);

/* For loaders: checks that sizes chain and that products stay exact for `batch`, fills nexts,
 * vertices and order. */
tw_status tw_tiled_dag_finish(tw_ctx *ctx, tw_tiled_dag *dag) TW_NODISCARD;
tw_status tw_tiled_dag_check_batch(tw_ctx *ctx, const tw_tiled_dag *dag,
                                   int64_t batch) TW_NODISCARD;
/* Index of the layer with this name, or -1. */
int tw_tiled_dag_find(const tw_tiled_dag *dag, const char *name);

#endif
