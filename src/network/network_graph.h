/* The graph of a network's layers, for a schedule: those that have a mapping, in an order in which
 * each stands after all that it needs. What a layer without a mapping reads, those that read it
 * need. A layer that does not say what it reads is taken to read the one before it in the file, and
 * to need all that stand before it: a file without links is a chain. */
#ifndef TW_NETWORK_NETWORK_GRAPH_H
#define TW_NETWORK_NETWORK_GRAPH_H

#include "network/result.h"
#include "schedule/steps.h"

typedef struct {
    size_t count;
    tw_planned_layer *layers; /* without choices; `before` leaves out what others imply */
    size_t *result_layer;     /* per layer: its index in the result */
    bool *has_partner;        /* per layer: some other one neither needs it nor is needed by it */
} tw_network_graph;

/* origin[i]: index in the network of layer i of the result. All lies in the arena of the result.
 * TW_INVALID when what layers are taken to need forms a cycle. */
tw_status tw_network_graph_make(tw_ctx *ctx, const tw_network *network, const size_t *origin,
                                tw_result *result, tw_network_graph *out) TW_NODISCARD;

#endif
