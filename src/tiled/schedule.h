/* Scheduling one layer: over all partitions, array mappings and blockings, the best few. */
#ifndef TW_TILED_SCHEDULE_H
#define TW_TILED_SCHEDULE_H

#include "tiled/blocking.h"
#include "tiled/dag.h"
#include "tiled/layout.h"

typedef struct {
    tw_partition part;
    tw_layout_piece outputs; /* where the layer leaves its output */
    tw_blocking blocking;
    int nodes;
    bool src_is_dram, dst_is_dram;
    int64_t unit_nhops[TW_DATAS], mem_nhops[TW_DATAS];
    double total_nhops[TW_DATAS];
    double cost, cost_op, cost_access, cost_noc, cost_static;
    int64_t time;
} tw_layer_schedule;

/* Other ways to block nests and to count hops, in place of the model's: for tests that show what a
 * different rule would give. With `hops`, partitions are taken in the original's order and none is
 * left out, hops are asked for only when some blocking is valid. Either may be NULL. */
typedef struct tw_tiled_search tw_tiled_search;
typedef struct {
    void *user;
    tw_status (*block)(void *user, const tw_blocking_context *context, const tw_nested_loop *nest,
                       tw_blocking *out, unsigned *count);
    tw_status (*hops)(void *user, tw_tiled_search *search, int layer,
                      const tw_tiled_resource *resource, const tw_partition *part,
                      const tw_layout *inputs, const tw_layout_piece *outputs,
                      int64_t hops[TW_DATAS]);
} tw_schedule_hooks;

/* A search of one network: inputs, and everything that is solved once and used again. */
struct tw_tiled_search {
    tw_ctx *ctx;
    tw_arena arena; /* of all results */
    const tw_tiled_dag *dag;
    int batch;
    tw_tiled_resource resource; /* of the whole chip */
    tw_tiled_cost cost;
    tw_tiled_options options;
    const tw_schedule_hooks *hooks; /* NULL except in tests; set after tw_tiled_search_init */
    struct tw_schedule_cache *cache;
    struct tw_segment_plan *plan; /* runs that can be pipelined; made when first needed */
    struct tw_scheme_list *tops;  /* tops[0]: initial states; tops[i + 1]: after order[i] */
};

/* The best options.top schedules of a layer, best first (none: *count 0), for its resource,
 * constraint and input layout. Remembered: equal questions get the same array, which the search
 * owns. An error only for what can have no schedule at all (array, buffer: says which layer). */
tw_status tw_schedule_layer(tw_tiled_search *search, int layer, const tw_tiled_resource *resource,
                            const tw_top_constraint *top, const tw_layout *inputs,
                            const tw_layer_schedule **out, unsigned *count) TW_NODISCARD;

#endif
