#include "tiled/options.h"

#include <math.h>

tw_tiled_options tw_tiled_options_default(void) {
    return (tw_tiled_options){
        .gbuf_bypass = {true, true, true},
        .pipeline_time_overhead = INFINITY,
        .pipeline_max_degree = INFINITY,
        .pipeline_opt = true,
        .goal = TW_GOAL_E,
        .top = 1,
        .threads = 1,
    };
}

tw_tiled_resource tw_tiled_resource_make(tw_dim2 nodes, tw_dim2 array, int64_t gbuf_words,
                                         int64_t regf_words, int64_t bus_words, double dram_words,
                                         tw_tiled_memory memory) {
    const tw_dim2 origin = {0, 0}, unit = {1, 1};
    const tw_region corners = tw_region_make((tw_dim2){2, 2}, origin,
                                             (tw_dim2){nodes.h - 1, nodes.w - 1}, TW_REGION_DRAM);
    const tw_region everywhere = tw_region_make(nodes, origin, unit, TW_REGION_DRAM);
    const tw_region dram = memory == TW_MEMORY_2D ? corners : everywhere;
    return (tw_tiled_resource){
        .proc = tw_region_make(nodes, origin, unit, TW_REGION_PROC),
        .dram = dram,
        .src = dram,
        .dst = dram,
        .array = array,
        .gbuf_words = gbuf_words,
        .regf_words = regf_words,
        .bus_words = bus_words,
        .dram_words = dram_words,
    };
}

static tw_status refuse(tw_ctx *ctx, const char *what) {
    return tw_fail(ctx, TW_USAGE, NULL, "%s", what);
}

tw_status tw_tiled_options_check(tw_ctx *ctx, const tw_tiled_options *o) {
    if (o->solve_loopblocking && o->gbuf_sharing)
        return refuse(ctx, "the loop blocking solver does not know buffer sharing: choose one");
    if (o->access_forwarding && o->gbuf_sharing)
        return refuse(ctx, "buffer sharing includes access forwarding: choose one");
    if (o->solve_loopblocking && o->save_writeback)
        return refuse(ctx, "the loop blocking solver does not know saved write-back: choose one");
    if (o->partition_ifmaps && !o->partition_hybrid)
        return refuse(ctx, "input map partitioning needs hybrid partitioning");
    if (!(o->pipeline_time_overhead >= 0))
        return refuse(ctx, "layer pipeline time overhead: expected a number of at least 0");
    if (!(o->pipeline_max_degree >= 0))
        return refuse(ctx, "layer pipeline degree: expected a number of at least 0");
    if (o->top < 1 || o->top > 1024)
        return tw_fail(ctx, TW_USAGE, NULL, "top %u, expected 1 to 1024", o->top);
    return TW_OK;
}

static tw_status check_side(tw_ctx *ctx, const char *what, int value, int most) {
    if (value >= 1 && value <= most)
        return TW_OK;
    return tw_fail(ctx, TW_USAGE, NULL, "%s %d, expected 1 to %d", what, value, most);
}

tw_status tw_tiled_resource_check(tw_ctx *ctx, const tw_tiled_resource *r) {
    TW_TRY(check_side(ctx, "rows of nodes", r->proc.dim.h, TW_MAX_NODES_AXIS));
    TW_TRY(check_side(ctx, "columns of nodes", r->proc.dim.w, TW_MAX_NODES_AXIS));
    if (tw_dim2_size(r->proc.dim) > TW_MAX_NODES)
        return tw_fail(ctx, TW_USAGE, NULL, "%d nodes, expected at most %d",
                       tw_dim2_size(r->proc.dim), TW_MAX_NODES);
    TW_TRY(check_side(ctx, "rows of the array", r->array.h, TW_MAX_ARRAY_AXIS));
    TW_TRY(check_side(ctx, "columns of the array", r->array.w, TW_MAX_ARRAY_AXIS));
    const int64_t most = INT64_C(1) << 50;
    if (r->gbuf_words < 0 || r->gbuf_words > most || r->regf_words < 0 || r->regf_words > most)
        return refuse(ctx, "buffer or register file: expected 0 to 2^50 words");
    if (r->bus_words < 0 || !(r->dram_words > 0))
        return refuse(ctx, "bandwidth: expected more than 0");
    return TW_OK;
}
