#include "network/map_tiled.h"

#include <string.h>

#include "base/pool.h"
#include "network/options.h"

/* What a tiled accelerator's search does not know is refused, not left out silently. */
static tw_status check_options(tw_ctx *ctx, const tw_map_options *o) {
    if (tw_map_objective(o) == TW_OBJECTIVE_PARETO)
        return tw_fail(ctx, TW_USAGE, NULL,
                       "tiled accelerators are searched for energy, latency or edp, not pareto");
    if (o->layer_count)
        return tw_fail(ctx, TW_USAGE, NULL,
                       "layers of a tiled accelerator depend on each other: all are mapped");
    if (strcmp(o->search, "exact") != 0)
        return tw_fail(ctx, TW_USAGE, NULL, "tiled accelerators have the search exact only");
    if (strcmp(o->model, "loopnest") != 0)
        return tw_fail(ctx, TW_USAGE, NULL, "tiled accelerators have a model of their own, not %s",
                       o->model);
    if (o->time_limit_s > 0 || o->work_limit > 0 || o->gap > 0)
        return tw_fail(
            ctx, TW_USAGE, NULL,
            "tiled accelerators are searched to the end: no time limit, work limit or gap");
    if (strcmp(o->schedule, "layers") != 0)
        return tw_fail(ctx, TW_USAGE, NULL,
                       "tiled accelerators are scheduled as a whole by themselves: the schedule "
                       "network is for "
                       "accelerators of kind hierarchy");
    if (o->constraints || o->partial)
        return tw_fail(ctx, TW_USAGE, NULL,
                       "tiled accelerators take no constraints and no partial mapping");
    return TW_OK;
}

static tw_tiled_goal goal_of(const tw_map_options *o) {
    switch (tw_map_objective(o)) {
    case TW_OBJECTIVE_LATENCY:
        return TW_GOAL_D;
    case TW_OBJECTIVE_EDP:
        return TW_GOAL_ED;
    default:
        return TW_GOAL_E;
    }
}

static tw_tiled_resource resource_of(const tw_tiled *t) {
    return tw_tiled_resource_make((tw_dim2){t->node_rows, t->node_columns},
                                  (tw_dim2){t->array_rows, t->array_columns}, t->buffer_words,
                                  t->register_words, t->bus_words, t->memory_words,
                                  t->stacked ? TW_MEMORY_3D : TW_MEMORY_2D);
}

static tw_tiled_cost cost_of(const tw_tiled *t) {
    return (tw_tiled_cost){.mac_op = t->mac_pj,
                           .mem_hier = {t->dram_pj, t->buffer_pj, t->array_pj, t->register_pj},
                           .noc_hop = t->hop_pj,
                           .idle_unit = t->idle_pj_per_cycle};
}

static tw_tiled_options options_of(const tw_tiled *t, const tw_map_options *asked) {
    tw_tiled_options o = tw_tiled_options_default();
    for (int d = 0; d < TW_DATAS; d++)
        o.gbuf_bypass[d] = t->bypass;
    o.partition_hybrid = t->hybrid_partition;
    o.partition_batch = t->batch_partition;
    o.partition_ifmaps = t->input_partition;
    o.partition_interlayer = t->pipelining;
    o.save_writeback = t->save_writeback;
    o.access_forwarding = t->access_forwarding;
    o.gbuf_sharing = t->buffer_sharing;
    o.goal = goal_of(asked);
    o.threads = asked->threads;
    return o;
}

static tw_status copy_layers(tw_result *result, const tw_tiled_search *search,
                             const tw_scheme *scheme, tw_tiled_result *out) {
    const size_t count = search->dag->layer_count;
    out->layer_count = count;
    out->names = tw_arena_array(&result->arena, count, sizeof *out->names);
    out->schedules = tw_arena_array(&result->arena, count, sizeof *out->schedules);
    out->sequences = tw_arena_array(&result->arena, count, sizeof *out->sequences);
    if (!out->names || !out->schedules || !out->sequences)
        return tw_out_of_memory(result->ctx);
    size_t i = count;
    for (const tw_scheme *s = scheme; s->layer >= 0 && i > 0; s = s->before) {
        i--;
        out->names[i] = tw_arena_strdup(&result->arena, search->dag->layers[s->layer].name);
        if (!out->names[i])
            return tw_out_of_memory(result->ctx);
        out->schedules[i] = *s->schedule;
        memcpy(out->sequences[i], s->sequence, sizeof out->sequences[i]);
    }
    return TW_OK;
}

static void sum_up(const tw_scheme *scheme, tw_result *result, tw_tiled_result *out) {
    out->total_cost = scheme->total_cost;
    out->total_time = scheme->total_time;
    for (size_t i = 0; i < out->layer_count; i++) {
        const tw_layer_schedule *l = &out->schedules[i];
        out->ops += l->blocking.ops;
        out->mac_pj += l->cost_op;
        out->network_pj += l->cost_noc;
        for (int d = 0; d < TW_DATAS; d++) {
            out->hops += l->total_nhops[d];
            for (int m = 0; m < TW_MEMS; m++)
                out->access[m] +=
                    l->blocking.access[m][d] + (m == TW_MEM_GBUF ? l->blocking.remote[d] : 0);
        }
    }
    out->total_static = out->cost.idle_unit * (double)out->total_time;
    result->total.energy_pj = out->total_cost;
    result->total.latency_cycles = (double)out->total_time;
    result->total.edp = out->total_cost * (double)out->total_time;
    result->total.layers = out->layer_count;
    result->total.macs = out->ops > 0 ? (uint64_t)(out->ops + 0.5) : 0;
}

static tw_status search_dag(tw_result *result, const tw_tiled *tiled, const tw_tiled_dag *dag,
                            const tw_map_options *asked) {
    const tw_tiled_options options = options_of(tiled, asked);
    tw_tiled_search search;
    const tw_scheme *scheme = NULL;
    tw_tiled_result *out = tw_arena_alloc(&result->arena, sizeof *out);
    if (!out)
        return tw_out_of_memory(result->ctx);
    out->resource = resource_of(tiled);
    out->cost = cost_of(tiled);
    tw_status status = tw_tiled_search_init(result->ctx, dag, (int)result->batch, &out->resource,
                                            &out->cost, &options, &search);
    if (status == TW_OK)
        status = tw_tiled_search_run(&search, &scheme);
    if (status == TW_OK && !scheme)
        status = tw_fail(result->ctx, TW_INFEASIBLE, NULL, "no valid mapping: %s",
                         tw_tiled_search_reason(&search));
    if (status == TW_OK)
        status = copy_layers(result, &search, scheme, out);
    if (status == TW_OK) {
        sum_up(scheme, result, out);
        result->tiled = out;
    }
    tw_tiled_search_free(&search);
    return status;
}

tw_status tw_map_tiled(tw_ctx *ctx, const tw_accelerator *accelerator, const tw_network *network,
                       const tw_map_options *options, tw_result **out) {
    const double began_s = tw_seconds();
    tw_tiled_dag *dag = NULL;
    *out = NULL;
    TW_TRY(check_options(ctx, options));
    if (network->batch > 1 << 20)
        return tw_fail(ctx, TW_INVALID, NULL, "a batch of more than 2^20");
    TW_TRY(tw_tiled_dag_from_network(ctx, network, &dag));
    tw_result *result =
        tw_result_new(ctx, accelerator->tiled->name, network->name, &accelerator->hierarchy);
    tw_status status = TW_ERROR;
    if (result) {
        result->command = "map";
        result->model = "tiled";
        result->objective = tw_map_objective(options);
        result->batch = network->batch;
        status = search_dag(result, accelerator->tiled, dag, options);
        result->threads = tw_thread_count(options->threads);
        result->seconds = tw_seconds() - began_s;
    }
    tw_tiled_dag_free(dag);
    if (status != TW_OK) {
        tw_result_free(result);
        return status;
    }
    *out = result;
    return TW_OK;
}
