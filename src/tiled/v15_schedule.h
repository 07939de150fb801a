/* Scheduling one layer as nn_dataflow 1.5 does: over all partitions and blockings, by the cost of
 * the nodes and of the hops. */
#ifndef TW_TILED_V15_SCHEDULE_H
#define TW_TILED_V15_SCHEDULE_H

#include "tiled/v15.h"

/* A layer with where its inputs lie, and its best schedules. */
typedef struct {
    tw_tiled_layer layer;
    bool sums_inputs;
    unsigned piece_count, count;
    const tw_layout_piece *pieces;    /* of the inputs, in the memory that they come from */
    const tw_v15_schedule *schedules; /* cheapest first */
} tw_v15_layer_answer;

/* What scheduling depends on, and what it has found so far: equal parts of layers and equal layers
 * are solved once. Starts with the lists empty. */
typedef struct {
    tw_ctx *ctx;
    tw_arena *arena; /* of all answers */
    int batch;
    const tw_tiled_resource *resource;
    const tw_tiled_cost *cost;
    const tw_tiled_options *options;
    struct tw_v15_node_answer *nodes;
    tw_v15_layer_answer *layers;
    unsigned node_count, node_capacity, layer_count, layer_capacity;
} tw_v15_scheduler;

/* Fills in the schedules of `answer`, at most options->top, for its layer and inputs. None: a count
 * of 0. TW_INFEASIBLE with a diagnostic that names `layer` when the array or the solver cannot run
 * some part of it. */
tw_status tw_v15_schedule_layer(tw_v15_scheduler *scheduler, const tw_v15_layer *layer,
                                tw_v15_layer_answer *answer) TW_NODISCARD;

/* Where outputs lie in memory when the nodes are cut by `part`. */
tw_layout_piece tw_v15_lay_out(const tw_v15_scheduler *scheduler, int channels, int rows,
                               int columns, const tw_partition *part);

static inline double tw_v15_schedule_cost(const tw_v15_schedule *schedule) {
    return schedule->loop_cost + schedule->part_cost;
}

#endif
