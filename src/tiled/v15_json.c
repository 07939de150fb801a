#include "tiled/v15_json.h"

tw_v15_totals tw_v15_sum(const tw_v15_result *result, const tw_tiled_cost *cost) {
    tw_v15_totals t = {.total_cost = result->total_cost, .total_time = result->total_time};
    for (unsigned i = 0; i < result->network->layer_count; i++) {
        const tw_v15_schedule *s = result->layers[i];
        t.total_ops += s->blocking.ops;
        t.node_time += (double)s->blocking.time * s->nodes;
        for (int m = 0; m < TW_MEMS; m++) {
            const double *words = s->blocking.access[m];
            t.accesses[m] += words[0] + words[1] + words[2];
        }
        for (int d = 0; d < TW_DATAS; d++)
            t.noc_hops += (double)s->total_nhops[d];
    }
    t.op_cost = t.total_ops * cost->mac_op;
    for (int m = 0; m < TW_MEMS; m++)
        t.access_cost += t.accesses[m] * cost->mem_hier[m];
    t.noc_cost = t.noc_hops * cost->noc_hop;
    t.static_cost = t.node_time * cost->idle_unit;
    return t;
}

static void write_pair(tw_json *json, const char *key, tw_dim2 pair) {
    tw_json_i64s(json, key, (const int64_t[]){pair.h, pair.w}, 2);
}

static void write_region(tw_json *json, const char *key, const tw_region *region) {
    tw_json_array_row(json, key);
    write_pair(json, NULL, region->dim);
    write_pair(json, NULL, region->origin);
    tw_json_u64(json, NULL, region->type);
    tw_json_end(json);
}

static void write_resource(tw_json *json, const tw_tiled_resource *r, tw_tiled_memory memory) {
    tw_json_object(json, "resource");
    write_region(json, "proc_region", &r->proc);
    tw_json_array(json, "data_regions");
    write_region(json, NULL, &r->src);
    if (memory == TW_MEMORY_2D)
        write_region(json, NULL, &r->dst);
    tw_json_end(json);
    write_pair(json, "dim_array", r->array);
    tw_json_u64(json, "size_gbuf", (uint64_t)r->gbuf_words);
    tw_json_u64(json, "size_regf", (uint64_t)r->regf_words);
    tw_json_end(json);
}

static void write_cost(tw_json *json, const tw_tiled_cost *cost) {
    tw_json_object(json, "cost");
    tw_json_double(json, "mac_op", cost->mac_op);
    tw_json_doubles(json, "mem_hier", cost->mem_hier, TW_MEMS);
    tw_json_double(json, "noc_hop", cost->noc_hop);
    tw_json_double(json, "unit_static", cost->idle_unit);
    tw_json_end(json);
}

static void write_options(tw_json *json, const tw_v15_run *run) {
    const tw_tiled_options *o = run->options;
    tw_json_object(json, "options");
    tw_json_array_row(json, "sw_gbuf_bypass");
    for (int d = 0; d < TW_DATAS; d++)
        tw_json_bool(json, NULL, o->gbuf_bypass[d]);
    tw_json_end(json);
    tw_json_bool(json, "sw_solve_loopblocking", o->solve_loopblocking);
    tw_json_bool(json, "partition_hybrid", o->partition_hybrid);
    tw_json_bool(json, "partition_batch", o->partition_batch);
    tw_json_bool(json, "partition_ifmaps", o->partition_ifmaps);
    tw_json_u64(json, "ntops", o->top);
    if (!run->no_timing)
        tw_json_u64(json, "nprocesses", run->processes);
    tw_json_bool(json, "verbose", o->verbose);
    tw_json_end(json);
}

static void write_totals(tw_json *json, const tw_v15_totals *t) {
    tw_json_double(json, "total_cost", t->total_cost);
    tw_json_u64(json, "total_time", (uint64_t)t->total_time);
    tw_json_double(json, "total_ops", t->total_ops);
    tw_json_doubles(json, "total_accesses", t->accesses, TW_MEMS);
    tw_json_double(json, "total_noc_hops", t->noc_hops);
    tw_json_double(json, "total_op_cost", t->op_cost);
    tw_json_double(json, "total_access_cost", t->access_cost);
    tw_json_double(json, "total_noc_cost", t->noc_cost);
    tw_json_double(json, "total_static_cost", t->static_cost);
}

static void write_per_level(tw_json *json, const char *key, const int64_t values[2][TW_DATAS]) {
    tw_json_array_row(json, key);
    for (int bl = 0; bl < 2; bl++)
        tw_json_i64s(json, NULL, values[bl], TW_DATAS);
    tw_json_end(json);
}

static void write_loops(tw_json *json, const tw_v15_schedule *s) {
    static const char *const FACTORS[TW_LOOPS] = {"ti", "to", "tb"};
    const tw_blocking *b = &s->blocking;
    tw_json_object(json, NULL);
    tw_json_double(json, "cost", s->loop_cost);
    tw_json_double(json, "ops", b->ops);
    tw_json_u64(json, "time", (uint64_t)b->time);
    tw_json_array_row(json, "access");
    for (int m = 0; m < TW_MEMS; m++)
        tw_json_doubles(json, NULL, b->access[m], TW_DATAS);
    tw_json_end(json);
    write_per_level(json, "fetch", b->fetch);
    write_per_level(json, "size", b->size);
    write_per_level(json, "unit_size", b->unit_size);
    write_per_level(json, "unit_cnt", b->unit_cnt);
    tw_json_double(json, "part_occ", s->occupancy);
    for (int lp = 0; lp < TW_LOOPS; lp++)
        tw_json_i64s(json, FACTORS[lp], (const int64_t[]){b->t[0][lp], b->t[1][lp], b->t[2][lp]},
                     3);
    tw_json_array_row(json, "orders");
    for (int bl = 0; bl < 2; bl++)
        tw_json_i64s(json, NULL,
                     (const int64_t[]){b->order[bl][0], b->order[bl][1], b->order[bl][2]}, 3);
    tw_json_end(json);
    tw_json_end(json);
}

/* The original's "part" and layout come out empty of its JSON encoder, and so they are here. */
static void write_part(tw_json *json, const tw_v15_schedule *s) {
    tw_json_object(json, NULL);
    tw_json_double(json, "cost", s->part_cost);
    tw_json_u64(json, "num_nodes", (uint64_t)s->nodes);
    tw_json_i64s(json, "total_nhops", s->total_nhops, TW_DATAS);
    tw_json_object_row(json, "part");
    tw_json_end(json);
    tw_json_i64s(json, "unit_nhops", s->unit_nhops, TW_DATAS);
    tw_json_end(json);
    tw_json_array_row(json, NULL);
    tw_json_text(json, NULL, NULL);
    write_pair(json, NULL, (tw_dim2){0, 0});
    tw_json_u64(json, NULL, s->outputs.region.type);
    tw_json_end(json);
}

/* Of each layer: operations per cycle and node, words of memory per cycle. */
static void write_rates(tw_json *json, const tw_v15_result *result) {
    const tw_v15_network *network = result->network;
    tw_json_object(json, "active_node_pes");
    for (unsigned i = 0; i < network->layer_count; i++) {
        const tw_v15_schedule *s = result->layers[i];
        tw_json_double(json, network->layers[i].name,
                       s->blocking.ops / (double)s->blocking.time / s->nodes);
    }
    tw_json_end(json);
    tw_json_object(json, "total_dram_bandwidth");
    for (unsigned i = 0; i < network->layer_count; i++) {
        const double *words = result->layers[i]->blocking.access[TW_MEM_DRAM];
        tw_json_double(json, network->layers[i].name,
                       (words[0] + words[1] + words[2]) / (double)result->layers[i]->blocking.time);
    }
    tw_json_end(json);
}

static void write_schedules(tw_json *json, const tw_v15_result *result) {
    tw_json_object(json, "schedules");
    for (unsigned i = 0; i < result->network->layer_count; i++) {
        tw_json_array(json, result->network->layers[i].name);
        write_loops(json, result->layers[i]);
        write_part(json, result->layers[i]);
        tw_json_end(json);
    }
    tw_json_end(json);
}

void tw_v15_write(tw_json *json, const tw_v15_run *run, const tw_v15_result *result) {
    const tw_v15_totals totals = tw_v15_sum(result, run->cost);
    tw_json_text(json, "version", run->version);
    tw_json_text(json, "net", result->network->name);
    tw_json_u64(json, "batch", (uint64_t)run->batch);
    write_resource(json, run->resource, run->memory);
    write_cost(json, run->cost);
    write_options(json, run);
    const int64_t lookups[2] = {(int64_t)result->cache_hits, (int64_t)result->cache_misses};
    if (!run->no_timing)
        tw_json_i64s(json, "cache_stats", lookups, 2);
    write_totals(json, &totals);
    write_rates(json, result);
    write_schedules(json, result);
}
