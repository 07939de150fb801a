/* Loop blocking as nn_dataflow 1.5 searches it: by the whole cost of the nodes, and nothing
 * but loops, sizes and fetches. */
#ifndef TW_TILED_V15_BLOCKING_H
#define TW_TILED_V15_BLOCKING_H

#include "tiled/blocking.h"

typedef struct {
    const tw_tiled_resource *resource;
    const tw_tiled_cost *cost;
    const tw_tiled_options *options;
    double occupancy;
    int nodes;
} tw_v15_blocking_context;

/* Fills `out` for one blocking, and its cost; out->valid is false when it does not fit. */
void tw_v15_blocking_evaluate(const tw_v15_blocking_context *context, const tw_nested_loop *nest,
                              const tw_loop_split *split, tw_blocking *out, double *cost);
/* The cheapest options->top blockings of all, ties in the original's order of enumeration; how
 * many were found. `out` and `costs` have room for that many. */
tw_status tw_v15_blocking_search(tw_ctx *ctx, const tw_v15_blocking_context *context,
                                 const tw_nested_loop *nest, tw_blocking *out, double *costs,
                                 unsigned *found) TW_NODISCARD;

#endif
