/* Kind nn-dataflow: results of the original tool, whole networks and single functions.
 *
 * A whole-network file holds a command line and what the tool printed. Ours must give every number;
 * where it does not, and the file is not of a patched original, ours with the original's two known
 * defects must (original_defects.h), and the right totals are printed. The networks are read from
 * networks.json beside the file's folder, or from the reference folder. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference/nn_dataflow.h"
#include "reference/original_defects.h"
#include "tiled/nn_dataflow.h"

static json_t *load_networks(const char *file) {
    char path[PATH_MAX];
    const char *slash = strrchr(file, '/');
    const int folder = slash ? (int)(slash - file) : 1;
    snprintf(path, sizeof path, "%.*s/../networks.json", folder, slash ? file : ".");
    json_t *networks = json_load_file(path, 0, NULL);
    if (networks)
        return networks;
    snprintf(path, sizeof path, "%s/nn-dataflow/networks.json", TW_TEST_REFERENCE_DIR);
    return json_load_file(path, 0, NULL);
}

bool nnd_load_network(tw_ctx *ctx, const char *file, const char *name, tw_tiled_dag **out) {
    json_t *networks = load_networks(file);
    const json_t *network = json_object_get(networks, name);
    const tw_status status = network ? tw_tiled_dag_from_json(ctx, name, network, out) : TW_ERROR;
    json_decref(networks);
    return status == TW_OK;
}

int nnd_arguments(const json_t *object, const char *out[NND_ARGUMENTS]) {
    const json_t *args = json_object_get(object, "args");
    int count = 0;
    for (size_t i = 0; i < json_array_size(args) && count < NND_ARGUMENTS; i++) {
        const char *text = json_string_value(json_array_get(args, i));
        if (text && text[0] != '@')
            out[count++] = text;
    }
    return count;
}

static void one(const nnd_case *c, const char *layer, const char *key, const json_t *object,
                double is) {
    char what[256];
    snprintf(what, sizeof what, "%s%s%s", layer, *layer ? "." : "", key);
    nnd_doubles(c, what, json_object_get(object, key), &is, 1);
}

static void doubles(const nnd_case *c, const char *layer, const char *key, const json_t *object,
                    const double *is, size_t count) {
    char what[256];
    snprintf(what, sizeof what, "%s.%s", layer, key);
    if (json_object_get(object, key))
        nnd_doubles(c, what, json_object_get(object, key), is, count);
}

static void integers(const nnd_case *c, const char *layer, const char *key, const json_t *object,
                     const int64_t *is, size_t count) {
    double values[16];
    for (size_t i = 0; i < count; i++)
        values[i] = (double)is[i];
    doubles(c, layer, key, object, values, count);
}

/* What is the same for every scheme of equal cost. */
static void compare_costs(const nnd_case *c, const char *name, const json_t *want,
                          const tw_layer_schedule *is) {
    one(c, name, "cost", want, is->cost);
    one(c, name, "time", want, (double)is->time);
    one(c, name, "ops", want, is->blocking.ops);
    one(c, name, "num_nodes", want, is->nodes);
    one(c, name, "cost_op", want, is->cost_op);
    one(c, name, "cost_static", want, is->cost_static);
}

static void compare_sharing(const nnd_case *c, const char *name, const json_t *want,
                            const tw_sharing_scheme *is) {
    int64_t order[TW_LOOPS];
    for (int lp = 0; lp < TW_LOOPS; lp++)
        order[lp] = is->bs_order[lp];
    integers(c, name, "bufshr_grp_size", want, is->grp, TW_DATAS);
    integers(c, name, "bufshr_subgrp_size", want, is->subgrp, TW_DATAS);
    integers(c, name, "bufshr_bs_t", want, is->bs_t, TW_LOOPS);
    integers(c, name, "bufshr_bs_ord", want, order, TW_LOOPS);
    doubles(c, name, "bufshr_rot_fetch", want, is->rot_fetch, TW_DATAS);
    doubles(c, name, "bufshr_wide_fetch", want, is->wide_fetch, TW_DATAS);
    doubles(c, name, "bufshr_wide_fetch_width", want, is->wide_width, TW_DATAS);
    integers(c, name, "bufshr_rot_round_cnt", want, is->rot_round_cnt, TW_DATAS);
    integers(c, name, "bufshr_rot_unit_cnt", want, is->rot_unit_cnt, TW_DATAS);
}

static void compare_scheme(const nnd_case *c, const char *name, const json_t *want,
                           const tw_layer_schedule *is) {
    const tw_blocking *b = &is->blocking;
    int64_t factors[TW_LOOPS][3], orders[2 * TW_LOOPS], stored[TW_DATAS], part[3 * TW_PARS];
    for (int lp = 0; lp < TW_LOOPS; lp++)
        for (int bl = 0; bl < 3; bl++) {
            factors[lp][bl] = b->t[bl][lp];
            if (bl < 2)
                orders[bl * TW_LOOPS + lp] = b->order[bl][lp];
        }
    for (int d = 0; d < TW_DATAS; d++)
        stored[d] = b->stored[d];
    for (int p = 0; p < TW_PARS; p++) {
        part[p] = is->part.order[p];
        part[TW_PARS + 2 * p] = is->part.pdims[p].h;
        part[TW_PARS + 2 * p + 1] = is->part.pdims[p].w;
    }
    one(c, name, "cost_access", want, is->cost_access);
    one(c, name, "cost_noc", want, is->cost_noc);
    one(c, name, "proc_time", want, (double)b->proc_time);
    one(c, name, "bus_time", want, (double)b->bus_time);
    one(c, name, "dram_time", want, (double)b->dram_time);
    doubles(c, name, "access", want, b->access[0], TW_MEMS * TW_DATAS);
    doubles(c, name, "remote_gbuf_access", want, b->remote, TW_DATAS);
    doubles(c, name, "total_nhops", want, is->total_nhops, TW_DATAS);
    doubles(c, name, "node_nhops", want, b->noc, TW_DATAS);
    integers(c, name, "mem_nhops", want, is->mem_nhops, TW_DATAS);
    integers(c, name, "unit_nhops", want, is->unit_nhops, TW_DATAS);
    integers(c, name, "fetch", want, b->fetch[0], 2 * TW_DATAS);
    integers(c, name, "ti", want, factors[TW_LOOP_IFM], 3);
    integers(c, name, "to", want, factors[TW_LOOP_OFM], 3);
    integers(c, name, "tb", want, factors[TW_LOOP_BAT], 3);
    integers(c, name, "orders", want, orders, 2 * TW_LOOPS);
    integers(c, name, "stored_in_gbuf", want, stored, TW_DATAS);
    integers(c, name, "size", want, b->size[0], 2 * TW_DATAS);
    integers(c, name, "unit_size", want, b->unit_size[0], 2 * TW_DATAS);
    integers(c, name, "unit_cnt", want, b->unit_cnt[0], 2 * TW_DATAS);
    integers(c, name, "accfwd_reduction", want, b->accfwd, TW_DATAS);
    integers(c, name, "part.order", json_object_get(want, "part"), part, TW_PARS);
    const json_t *want_part = json_object_get(want, "part");
    char what[128];
    snprintf(what, sizeof what, "%s.part", name);
    integers(c, what, "order", want_part, part, TW_PARS);
    integers(c, what, "pdims", want_part, part + TW_PARS, 2 * TW_PARS);
    compare_sharing(c, name, want, &b->sharing);
}

static void compare_layers(const nnd_case *c, const json_t *want, const tw_tiled_search *search,
                           const tw_scheme *scheme) {
    for (size_t i = json_array_size(want); i-- > 0; scheme = scheme->before) {
        const json_t *layer = json_array_get(want, i);
        if (scheme->layer < 0) {
            reference_differs(c->run, c->id, "fewer layers than expected");
            return;
        }
        const char *name = search->dag->layers[scheme->layer].name;
        if (strcmp(name, reference_text(layer, "name")) != 0)
            reference_differs(c->run, c->id, "layer %zu is %s, expected %s", i, name,
                              reference_text(layer, "name"));
        const int64_t sequence[3] = {scheme->sequence[0], scheme->sequence[1], scheme->sequence[2]};
        integers(c, name, "sched_seq", layer, sequence, 3);
        compare_costs(c, name, layer, scheme->schedule);
        compare_scheme(c, name, layer, scheme->schedule);
    }
    if (scheme->layer >= 0)
        reference_differs(c->run, c->id, "more layers than expected");
}

/* Time and memory time of every segment, last to first. */
static void compare_segments(const nnd_case *c, const json_t *want, const tw_scheme *s) {
    const json_t *times = json_object_get(want, "segment_time");
    const json_t *dram_times = json_object_get(want, "segment_dram_time");
    size_t left = json_array_size(times);
    for (; s->layer >= 0; s = s->segment_before) {
        const double time = (double)s->segment.time, dram = (double)s->segment.dram_time;
        if (left == 0) {
            reference_differs(c->run, c->id, "more segments than expected");
            return;
        }
        left--;
        nnd_doubles(c, "segment_time", json_array_get(times, left), &time, 1);
        nnd_doubles(c, "segment_dram_time", json_array_get(dram_times, left), &dram, 1);
    }
    if (left)
        reference_differs(c->run, c->id, "fewer segments than expected");
}

static void compare_totals(const nnd_case *c, const json_t *want, const tw_scheme *scheme) {
    double access[TW_MEMS] = {0}, ops = 0, hops = 0;
    for (const tw_scheme *s = scheme; s->layer >= 0; s = s->before) {
        const tw_blocking *b = &s->schedule->blocking;
        ops += b->ops;
        for (int d = 0; d < TW_DATAS; d++) {
            hops += s->schedule->total_nhops[d];
            for (int m = 0; m < TW_MEMS; m++)
                access[m] += b->access[m][d] + (m == TW_MEM_GBUF ? b->remote[d] : 0);
        }
    }
    one(c, "", "total_cost", want, scheme->total_cost);
    one(c, "", "total_time", want, (double)scheme->total_time);
    one(c, "", "total_ops", want, ops);
    one(c, "", "total_noc_hops", want, hops);
    nnd_doubles(c, "total_accesses", json_object_get(want, "total_accesses"), access, TW_MEMS);
}

/* A network and what was asked for. */
typedef struct {
    tw_nn_dataflow_request request;
    tw_tiled_dag *dag;
    tw_tiled_search search;
    const tw_scheme *scheme;
} whole_run;

static void search(tw_ctx *ctx, whole_run *w, const tw_schedule_hooks *hooks) {
    const tw_tiled_resource resource = tw_nn_dataflow_resource(&w->request);
    w->scheme = NULL;
    if (tw_tiled_search_init(ctx, w->dag, w->request.batch, &resource, &w->request.cost,
                             &w->request.options, &w->search) != TW_OK)
        return;
    w->search.hooks = hooks;
    if (tw_tiled_search_run(&w->search, &w->scheme) != TW_OK)
        w->scheme = NULL;
}

static void compare(const nnd_case *c, const json_t *object, const whole_run *w) {
    const bool expected = strcmp(reference_text(object, "status"), "ok") == 0;
    if (expected && w->scheme) {
        compare_totals(c, object, w->scheme);
        compare_segments(c, object, w->scheme);
        compare_layers(c, json_object_get(object, "layers"), &w->search, w->scheme);
    } else if (expected || w->scheme) {
        reference_differs(c->run, c->id, expected ? "no scheme found" : "expected status %s",
                          reference_text(object, "status"));
    }
}

static bool is_patched(const json_t *object) {
    return json_array_size(json_object_get(object, "patched_original")) > 0;
}

/* Whether the original's defects, and nothing else, make the difference: with them ours must give
 * every number of the file. */
static bool explain(const nnd_case *c, tw_ctx *ctx, const json_t *object, whole_run *w) {
    original_defects *defects = original_defects_new();
    tw_schedule_hooks hooks;
    reference_run quiet = {.silent = true};
    const nnd_case again = {&quiet, c->id};
    if (!defects)
        return false;
    original_defects_hook(defects, &w->request.options, &hooks);
    tw_tiled_search_free(&w->search);
    search(ctx, w, &hooks);
    compare(&again, object, w);
    original_defects_free(defects);
    return quiet.differences == 0;
}

static void replay(const nnd_case *c, tw_ctx *ctx, const char *file, const json_t *object) {
    const char *argv[NND_ARGUMENTS];
    const int argc = nnd_arguments(object, argv);
    whole_run w = {.dag = NULL};
    reference_run quiet = {.silent = true};
    const nnd_case first = {&quiet, c->id};
    if (tw_nn_dataflow_parse(ctx, argc, argv, &w.request) != TW_OK ||
        !nnd_load_network(ctx, file, w.request.net, &w.dag)) {
        reference_differs(c->run, c->id, "cannot be read");
        return;
    }
    search(ctx, &w, NULL);
    compare(&first, object, &w);
    if (quiet.differences && is_patched(object)) {
        compare(c, object, &w);
    } else if (quiet.differences) {
        const double cost = w.scheme ? w.scheme->total_cost : INFINITY;
        const long long time = w.scheme ? (long long)w.scheme->total_time : 0;
        if (explain(c, ctx, object, &w)) {
            printf("%s: with the original's defects equal; without them cost %.17g, time %lld\n",
                   c->id, cost, time);
        } else {
            tw_tiled_search_free(&w.search);
            search(ctx, &w, NULL);
            compare(c, object, &w);
        }
    }
    tw_tiled_search_free(&w.search);
    tw_tiled_dag_free(w.dag);
}

static void check_file(reference_run *run, const char *file, json_t *object) {
    if (nnd_check_unit(run, file, object))
        return;
    const char *id = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    if (strcmp(id, "segments.json") == 0) {
        printf("%s: replayed by the test tiled_segment\n", id);
        return;
    }
    if (strcmp(id, "networks.json") == 0)
        return; /* what the others name, no case of its own */
    const nnd_case c = {run, id};
    tw_ctx *ctx = tw_ctx_new(NULL);
    reference_begin(run);
    if (json_object_get(json_object_get(object, "cost"), "unit_static"))
        nnd_replay_v15(&c, ctx, file, object);
    else if (json_is_array(json_object_get(object, "args")))
        replay(&c, ctx, file, object);
    else
        reference_differs(run, id, "neither a command line nor rows of a known kind");
    if (run->differences && tw_error_count(ctx))
        tw_diagnostics_print(ctx, stdout, false);
    reference_end(run, id, "equal");
    tw_ctx_free(ctx);
}

bool check_nn_dataflow(reference_run *run, const char *path) {
    return reference_each(run, path, check_file);
}
