/* A network: layers in order, each a problem, linked as a directed acyclic graph.
 *
 * A layer with several inputs reads their concatenation along channels, in the order given; an
 * element-wise layer reads each as one operand (with fewer operands than inputs, the last inputs
 * are broadcast and not counted); a batched matmul reads its second as weights. */
#ifndef TW_WORKLOAD_NETWORK_H
#define TW_WORKLOAD_NETWORK_H

#include "workload/operations.h"

/* Data that comes from outside: the network's input, or the initial state of a recurrent cell. */
typedef struct {
    const char *name;
    uint64_t channels, rows, columns;
} tw_external;

/* Index of a layer when >= 0; of external e when -1 - e. */
typedef int tw_source;

typedef struct {
    const char *name;
    tw_position at; /* where it was declared; text is NULL */
    tw_problem problem;
    uint64_t repeat; /* how often the network runs this layer; >= 1 */
    unsigned source_count;
    tw_source *sources; /* producers of its inputs; empty when the file does not say */
} tw_layer;

struct tw_network {
    tw_arena arena;
    tw_ctx *ctx;
    const char *name, *description, *origin;
    uint64_t batch;
    size_t external_count;
    tw_external *externals;
    size_t layer_count;
    tw_layer *layers;
};

/* What every reader of networks ends with: at least one layer, sources that exist, no cycle, and a
 * total of operations within 64 bits. Diagnostics at the layers. */
tw_status tw_network_check(tw_ctx *ctx, const tw_network *network) TW_NODISCARD;

#endif
