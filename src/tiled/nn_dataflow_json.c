/* The result in the original's JSON: its keys in its order, tuples as arrays. What JSON has no
 * number for (unlimited bandwidth) is the string "inf". */
#include <math.h>

#include "base/json_writer.h"
#include "tiled/nn_dataflow.h"

static void number(tw_json *j, const char *key, double value) {
    if (isinf(value))
        tw_json_text(j, key, value > 0 ? "inf" : "-inf");
    else
        tw_json_double(j, key, value);
}

static void pair(tw_json *j, const char *key, tw_dim2 value) {
    const int both[2] = {value.h, value.w};
    tw_json_ints(j, key, both, 2);
}

static void region_object(tw_json *j, const char *key, const tw_region *r) {
    tw_json_object_row(j, key);
    pair(j, "dim", r->dim);
    pair(j, "origin", r->origin);
    pair(j, "dist", r->dist);
    tw_json_i64(j, "type", r->type);
    tw_json_end(j);
}

static void write_resource(tw_json *j, const tw_tiled_resource *r) {
    tw_json_object(j, "resource");
    region_object(j, "proc_region", &r->proc);
    region_object(j, "dram_region", &r->dram);
    region_object(j, "src_data_region", &r->src);
    region_object(j, "dst_data_region", &r->dst);
    pair(j, "dim_array", r->array);
    tw_json_i64(j, "size_gbuf", r->gbuf_words);
    tw_json_i64(j, "size_regf", r->regf_words);
    number(j, "array_bus_width", r->bus_words ? (double)r->bus_words : INFINITY);
    number(j, "dram_bandwidth", r->dram_words);
    tw_json_bool(j, "no_time_mux", r->no_time_mux);
    tw_json_end(j);
}

static void write_cost(tw_json *j, const tw_tiled_cost *c) {
    tw_json_object(j, "cost");
    number(j, "mac_op", c->mac_op);
    tw_json_doubles(j, "mem_hier", c->mem_hier, TW_MEMS);
    number(j, "noc_hop", c->noc_hop);
    number(j, "idl_unit", c->idle_unit);
    tw_json_end(j);
}

static void write_options(tw_json *j, const tw_tiled_options *o, bool no_timing) {
    static const char *const goals[] = {"e", "d", "ed"};
    tw_json_object(j, "options");
    tw_json_array_row(j, "sw_gbuf_bypass");
    for (int d = 0; d < TW_DATAS; d++)
        tw_json_bool(j, NULL, o->gbuf_bypass[d]);
    tw_json_end(j);
    tw_json_bool(j, "sw_solve_loopblocking", o->solve_loopblocking);
    tw_json_bool(j, "hw_access_forwarding", o->access_forwarding);
    tw_json_bool(j, "hw_gbuf_sharing", o->gbuf_sharing);
    tw_json_bool(j, "hw_gbuf_save_writeback", o->save_writeback);
    tw_json_bool(j, "partition_hybrid", o->partition_hybrid);
    tw_json_bool(j, "partition_batch", o->partition_batch);
    tw_json_bool(j, "partition_ifmaps", o->partition_ifmaps);
    tw_json_bool(j, "partition_interlayer", o->partition_interlayer);
    number(j, "layer_pipeline_time_ovhd", o->pipeline_time_overhead);
    number(j, "layer_pipeline_max_degree", o->pipeline_max_degree);
    tw_json_bool(j, "layer_pipeline_opt", o->pipeline_opt);
    tw_json_text(j, "opt_goal", goals[o->goal]);
    tw_json_i64(j, "ntops", o->top);
    if (!no_timing)
        tw_json_i64(j, "nprocesses", o->threads);
    tw_json_bool(j, "verbose", o->verbose);
    tw_json_end(j);
}

static void write_part(tw_json *j, const char *key, const tw_partition *part) {
    tw_json_array_row(j, key);
    tw_json_ints(j, NULL, part->order, TW_PARS);
    tw_json_array_row(j, NULL);
    for (int p = 0; p < TW_PARS; p++)
        pair(j, NULL, part->pdims[p]);
    tw_json_end(j);
    tw_json_end(j);
}

/* Frame ranges, regions, partitions: three arrays, as the original's tuple has them. */
static void write_layout(tw_json *j, const char *key, const tw_layout_piece *piece) {
    const tw_region *r = &piece->region;
    tw_json_array_row(j, key);
    tw_json_array_row(j, NULL);
    tw_json_array_row(j, NULL);
    tw_json_ints(j, NULL, piece->range.lo, TW_FMAP_AXES);
    tw_json_ints(j, NULL, piece->range.hi, TW_FMAP_AXES);
    tw_json_end(j);
    tw_json_end(j);
    tw_json_array_row(j, NULL);
    tw_json_array_row(j, NULL);
    pair(j, NULL, r->dim);
    pair(j, NULL, r->origin);
    pair(j, NULL, r->dist);
    tw_json_i64(j, NULL, r->type);
    tw_json_i64(j, NULL, r->wtot);
    tw_json_i64(j, NULL, r->wbeg);
    tw_json_end(j);
    tw_json_end(j);
    tw_json_array_row(j, NULL);
    write_part(j, NULL, &piece->part);
    tw_json_end(j);
    tw_json_end(j);
}

static void write_blocking(tw_json *j, const tw_blocking *b) {
    static const char *const loops[TW_LOOPS] = {"ti", "to", "tb"};
    tw_json_array_row(j, "access");
    for (int m = 0; m < TW_MEMS; m++)
        tw_json_doubles(j, NULL, b->access[m], TW_DATAS);
    tw_json_end(j);
    tw_json_doubles(j, "remote_gbuf_access", b->remote, TW_DATAS);
    tw_json_array_row(j, "fetch");
    tw_json_i64s(j, NULL, b->fetch[0], TW_DATAS);
    tw_json_i64s(j, NULL, b->fetch[1], TW_DATAS);
    tw_json_end(j);
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        const int64_t factors[3] = {b->t[0][lp], b->t[1][lp], b->t[2][lp]};
        tw_json_i64s(j, loops[lp], factors, 3);
    }
    tw_json_array_row(j, "tvals");
    for (int bl = 0; bl < 3; bl++)
        tw_json_i64s(j, NULL, b->t[bl], TW_LOOPS);
    tw_json_end(j);
    tw_json_array_row(j, "orders");
    tw_json_ints(j, NULL, b->order[0], TW_LOOPS);
    tw_json_ints(j, NULL, b->order[1], TW_LOOPS);
    tw_json_end(j);
    tw_json_array_row(j, "size");
    tw_json_i64s(j, NULL, b->size[0], TW_DATAS);
    tw_json_i64s(j, NULL, b->size[1], TW_DATAS);
    tw_json_end(j);
    tw_json_array_row(j, "unit_size");
    tw_json_i64s(j, NULL, b->unit_size[0], TW_DATAS);
    tw_json_i64s(j, NULL, b->unit_size[1], TW_DATAS);
    tw_json_end(j);
    tw_json_array_row(j, "unit_cnt");
    tw_json_i64s(j, NULL, b->unit_cnt[0], TW_DATAS);
    tw_json_i64s(j, NULL, b->unit_cnt[1], TW_DATAS);
    tw_json_end(j);
    tw_json_i64s(j, "accfwd_reduction", b->accfwd, TW_DATAS);
}

static void write_sharing(tw_json *j, const tw_sharing_scheme *s) {
    tw_json_i64s(j, "bufshr_grp_size", s->grp, TW_DATAS);
    tw_json_i64s(j, "bufshr_subgrp_size", s->subgrp, TW_DATAS);
    tw_json_i64s(j, "bufshr_bs_t", s->bs_t, TW_LOOPS);
    tw_json_ints(j, "bufshr_bs_ord", s->bs_order, TW_LOOPS);
    tw_json_doubles(j, "bufshr_rot_fetch", s->rot_fetch, TW_DATAS);
    tw_json_i64s(j, "bufshr_rot_round_cnt", s->rot_round_cnt, TW_DATAS);
    tw_json_i64s(j, "bufshr_rot_unit_cnt", s->rot_unit_cnt, TW_DATAS);
    tw_json_doubles(j, "bufshr_wide_fetch", s->wide_fetch, TW_DATAS);
    tw_json_doubles(j, "bufshr_wide_fetch_width", s->wide_width, TW_DATAS);
}

static void write_scheme(tw_json *j, const tw_layer_schedule *l, bool sharing) {
    const tw_blocking *b = &l->blocking;
    tw_json_object(j, NULL);
    number(j, "cost", l->cost);
    tw_json_i64(j, "time", l->time);
    number(j, "ops", b->ops);
    tw_json_i64(j, "num_nodes", l->nodes);
    tw_json_array_row(j, "is_dram");
    tw_json_bool(j, NULL, l->src_is_dram);
    tw_json_bool(j, NULL, l->dst_is_dram);
    tw_json_end(j);
    number(j, "cost_op", l->cost_op);
    number(j, "cost_access", l->cost_access);
    number(j, "cost_noc", l->cost_noc);
    number(j, "cost_static", l->cost_static);
    tw_json_i64(j, "proc_time", b->proc_time);
    tw_json_i64(j, "bus_time", b->bus_time);
    tw_json_i64(j, "dram_time", b->dram_time);
    write_blocking(j, b);
    tw_json_doubles(j, "total_nhops", l->total_nhops, TW_DATAS);
    if (sharing)
        write_sharing(j, &b->sharing);
    write_part(j, "part", &l->part);
    tw_json_i64s(j, "mem_nhops", l->mem_nhops, TW_DATAS);
    tw_json_doubles(j, "node_nhops", b->noc, TW_DATAS);
    tw_json_i64s(j, "unit_nhops", l->unit_nhops, TW_DATAS);
    tw_json_end(j);
}

/* The layers of a scheme, first to last. */
static void write_layers(tw_json *j, const tw_tiled_search *search, const tw_scheme *s,
                         const char *key,
                         void (*write)(tw_json *, const tw_tiled_search *, const tw_scheme *)) {
    const tw_scheme **chain = tw_alloc_array(search->ctx, search->dag->layer_count, sizeof *chain);
    if (!chain) {
        j->text->failed = true;
        return;
    }
    unsigned count = 0;
    for (; s->layer >= 0; s = s->before)
        chain[count++] = s;
    tw_json_object(j, key);
    while (count-- > 0)
        write(j, search, chain[count]);
    tw_json_end(j);
    tw_free(search->ctx, chain);
}

static const char *name_of(const tw_tiled_search *search, const tw_scheme *s) {
    return search->dag->layers[s->layer].name;
}

static void write_schedule(tw_json *j, const tw_tiled_search *search, const tw_scheme *s) {
    tw_json_array(j, name_of(search, s));
    write_scheme(j, s->schedule, search->options.gbuf_sharing);
    write_layout(j, NULL, &s->schedule->outputs);
    tw_json_ints(j, NULL, s->sequence, 3);
    tw_json_end(j);
}

static void write_active(tw_json *j, const tw_tiled_search *search, const tw_scheme *s) {
    const tw_blocking *b = &s->schedule->blocking;
    number(j, name_of(search, s), b->ops / (double)b->proc_time / s->schedule->nodes);
}

static void write_bandwidth(tw_json *j, const tw_tiled_search *search, const tw_scheme *s) {
    const double *dram = s->schedule->blocking.access[TW_MEM_DRAM];
    number(j, name_of(search, s), (dram[0] + dram[1] + dram[2]) / (double)s->schedule->time);
}

/* One entry a segment, first to last. */
static void add_segments(tw_json *j, const tw_scheme *s, bool dram) {
    if (s->layer < 0)
        return;
    add_segments(j, s->segment_before, dram);
    tw_json_i64(j, NULL, dram ? s->segment.dram_time : s->segment.time);
}

static void write_segments(tw_json *j, const char *key, const tw_scheme *s, bool dram) {
    tw_json_array_row(j, key);
    add_segments(j, s, dram);
    tw_json_end(j);
}

static void write_totals(tw_json *j, const tw_tiled_search *search, const tw_scheme *last) {
    double ops = 0, access[TW_MEMS] = {0}, hops = 0, op_cost = 0, access_cost = 0, noc_cost = 0;
    for (const tw_scheme *s = last; s->layer >= 0; s = s->before) {
        const tw_blocking *b = &s->schedule->blocking;
        ops += b->ops;
        op_cost += s->schedule->cost_op;
        access_cost += s->schedule->cost_access;
        noc_cost += s->schedule->cost_noc;
        for (int d = 0; d < TW_DATAS; d++) {
            hops += s->schedule->total_nhops[d];
            for (int m = 0; m < TW_MEMS; m++)
                access[m] += b->access[m][d] + (m == TW_MEM_GBUF ? b->remote[d] : 0);
        }
    }
    number(j, "total_cost", last->total_cost);
    tw_json_i64(j, "total_time", last->total_time);
    number(j, "total_ops", ops);
    tw_json_doubles(j, "total_accesses", access, TW_MEMS);
    number(j, "total_noc_hops", hops);
    number(j, "total_op_cost", op_cost);
    number(j, "total_access_cost", access_cost);
    number(j, "total_noc_cost", noc_cost);
    number(j, "total_static_cost", (double)last->total_time * search->cost.idle_unit);
}

static void write_externals(tw_json *j, const tw_tiled_search *search, const tw_scheme *s) {
    while (s->layer >= 0)
        s = s->before;
    write_layout(j, "input_layout", &s->externals[0]);
    if (search->dag->external_count == 1) {
        tw_json_text(j, "ext_layout_dict", NULL);
        return;
    }
    tw_json_object(j, "ext_layout_dict");
    for (unsigned e = 1; e < search->dag->external_count; e++)
        write_layout(j, search->dag->externals[e].name, &s->externals[e]);
    tw_json_end(j);
}

static void write_all(tw_json *j, const tw_nn_dataflow_request *request,
                      const tw_tiled_search *search, const tw_scheme *scheme, double seconds) {
    tw_json_object(j, NULL);
    tw_json_text(j, "version", tw_version());
    tw_json_text(j, "net", request->net);
    tw_json_i64(j, "batch", request->batch);
    write_resource(j, &search->resource);
    write_cost(j, &search->cost);
    write_options(j, &search->options, request->no_timing);
    if (!request->no_timing) {
        uint64_t hits = 0, misses = 0;
        tw_tiled_search_counts(search, &hits, &misses);
        const int64_t counts[2] = {(int64_t)hits, (int64_t)misses};
        tw_json_i64s(j, "cache_stats", counts, 2);
        number(j, "elapsed", seconds);
    }
    write_totals(j, search, scheme);
    write_layers(j, search, scheme, "active_node_pes", write_active);
    write_layers(j, search, scheme, "dram_bandwidth", write_bandwidth);
    write_segments(j, "segment_time", scheme, false);
    write_segments(j, "segment_dram_time", scheme, true);
    write_externals(j, search, scheme);
    write_layers(j, search, scheme, "schedules", write_schedule);
    tw_json_end(j);
}

tw_status tw_nn_dataflow_write(tw_ctx *ctx, const tw_nn_dataflow_request *request,
                               const tw_tiled_search *search, const tw_scheme *scheme,
                               double seconds, FILE *out) {
    tw_text text;
    tw_json json;
    if (!scheme) {
        fprintf(out, "null\n");
        return TW_OK;
    }
    tw_text_init(&text, ctx);
    tw_json_init(&json, &text);
    write_all(&json, request, search, scheme, seconds);
    tw_status status = TW_OK;
    if (text.failed)
        status = tw_out_of_memory(ctx);
    else if (fwrite(text.data, 1, text.length, out) != text.length)
        status = tw_fail(ctx, TW_ERROR, NULL, "the result cannot be written");
    tw_text_free(&text);
    return status;
}
