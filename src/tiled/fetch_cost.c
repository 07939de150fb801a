#include "tiled/fetch_cost.h"

#include <math.h>

/* Off-chip unless a category comes from, or goes to, other nodes. */
static bool is_off_chip(const tw_blocking_context *c, int d) {
    return (d != TW_DATA_IFM || c->src == TW_END_DRAM) &&
           (d != TW_DATA_OFM || c->dst == TW_END_DRAM);
}

static void price_category(const tw_nested_loop *nest, int d, tw_fetch_cost *out) {
    const tw_blocking_context *c = out->context;
    const double *unit = c->cost->mem_hier, nodes = c->nodes;
    const bool off_chip = is_off_chip(c, d);
    const int64_t group = tw_sharing_group(c->sharing, (tw_data)d);
    const bool forwarded = c->options->gbuf_sharing || c->options->access_forwarding;
    const double share = nodes / (double)(forwarded ? group : 1);
    for (int stored = 0; stored < 2; stored++) {
        const tw_mem through = stored ? TW_MEM_DRAM : TW_MEM_GBUF;
        const double words = tw_nest_total_access(nest, through, (tw_data)d) * share;
        out->memory_cost[stored][d] = words * unit[off_chip ? TW_MEM_DRAM : TW_MEM_GBUF];
        out->memory_words[stored][d] = off_chip ? words : 0;
    }
    out->network_cost[d] =
        tw_nest_total_access(nest, TW_MEM_ITCN, (tw_data)d) * nodes * unit[TW_MEM_ITCN];
    out->buffer_words[d] = tw_nest_total_access(nest, TW_MEM_GBUF, (tw_data)d) * nodes;
    out->buffer_cost[d] = out->buffer_words[d] * unit[TW_MEM_GBUF];
    out->group_size[d] = c->options->gbuf_sharing ? group : 1;
}

void tw_fetch_cost_make(const tw_blocking_context *context, const tw_nested_loop *nest,
                        tw_fetch_cost *out) {
    double passes = 1;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        passes *= (double)nest->loopcnt[lp];
    out->context = context;
    out->proc_time = nest->unit_time * (int64_t)passes;
    out->fixed_cost = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        price_category(nest, d, out);
        out->fixed_cost += nest->unit_access[TW_MEM_REGF][d] * passes * (d == TW_DATA_OFM ? 2 : 1) *
                           context->nodes * context->cost->mem_hier[TW_MEM_REGF];
    }
}

static double time_bound(const tw_fetch_cost *c, double memory_words, double busiest_words) {
    const tw_tiled_resource *resource = c->context->resource;
    double time = (double)c->proc_time;
    const double down = 1 - TW_BOUND_SLACK;
    const double memory = ceil(memory_words / resource->dram_words * down);
    if (memory > time)
        time = memory;
    if (resource->bus_words) {
        const double bus =
            ceil(busiest_words / c->context->nodes / (double)resource->bus_words * down);
        if (bus > time)
            time = bus;
    }
    return time;
}

tw_goal_key tw_fetch_cost_key(const tw_fetch_cost *c, const int64_t fetch0[TW_DATAS],
                              const int64_t fetch1[TW_DATAS], bool pinned, bool is_bound) {
    const tw_tiled_options *options = c->context->options;
    double cost = c->fixed_cost, memory_words = 0, busiest = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        const double f0 = (double)(d == TW_DATA_FIL && pinned ? 0 : fetch0[d]);
        const double f1 = (double)fetch1[d];
        const bool must_store = !options->gbuf_bypass[d];
        const bool stored = must_store || fetch0[d] < fetch1[d];
        const double with = c->memory_cost[1][d] * f0 + c->buffer_cost[d] * f1;
        const double without = c->memory_cost[0][d] * f0;
        cost += c->network_cost[d] * f1;
        if (is_bound && !must_store) {
            cost += with < without ? with : without;
            memory_words += c->memory_words[1][d] * f0;
            continue;
        }
        cost += stored ? with : without;
        memory_words += c->memory_words[stored][d] * f0;
        if (stored && c->buffer_words[d] * f1 > busiest)
            busiest = c->buffer_words[d] * f1;
    }
    if (options->goal == TW_GOAL_E)
        return (tw_goal_key){cost, 0};
    return tw_goal_key_of(options->goal, cost, time_bound(c, memory_words, busiest));
}

/* Every datum passes once. */
tw_blocking_bound tw_blocking_lower_bound(const tw_blocking_context *context,
                                          const tw_nested_loop *nest) {
    tw_fetch_cost c;
    tw_fetch_cost_make(context, nest, &c);
    const bool pinned = context->resource->no_time_mux;
    double cost = c.fixed_cost, words = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        const double f0 = d == TW_DATA_FIL && pinned ? 0 : 1;
        const double with = c.memory_cost[1][d] * f0 + c.buffer_cost[d];
        const double without = c.memory_cost[0][d] * f0;
        const bool must_store = !context->options->gbuf_bypass[d];
        cost += c.network_cost[d] + (must_store || with < without ? with : without);
        words += c.memory_words[1][d] * f0;
    }
    return (tw_blocking_bound){cost, (int64_t)time_bound(&c, words, 0)};
}
