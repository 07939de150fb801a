/* Kind nn-dataflow, unit files: single functions of the model against the original's, one row a
 * case. A file is known by its name. */
#include <math.h>
#include <string.h>

#include "reference/nn_dataflow_unit.h"
#include "tiled/hops.h"

typedef void (*row_fn)(const nnd_case *c, nnd_scratch *s, const json_t *row);

static bool read_layer(const nnd_case *c, nnd_scratch *s, const json_t *row, tw_tiled_layer *out) {
    if (tw_tiled_layer_from_json(s->ctx, json_object_get(row, "layer"), out) == TW_OK)
        return true;
    reference_differs(c->run, c->id, "layer cannot be read");
    tw_diagnostics_print(s->ctx, stdout, false);
    return false;
}

static void compare_nest(const nnd_case *c, const json_t *want, const tw_nested_loop *is) {
    const double time = (double)is->unit_time;
    nnd_integers(c, "loopcnt", json_object_get(want, "loopcnt"), is->loopcnt, TW_LOOPS);
    nnd_integers(c, "usize_gbuf", json_object_get(want, "usize_gbuf"), is->usize_gbuf, TW_DATAS);
    nnd_integers(c, "usize_regf", json_object_get(want, "usize_regf"), is->usize_regf, TW_DATAS);
    nnd_doubles(c, "unit_access", json_object_get(want, "unit_access"), is->unit_access[0],
                TW_MEMS * TW_DATAS);
    nnd_doubles(c, "unit_ops", json_object_get(want, "unit_ops"), &is->unit_ops, 1);
    nnd_doubles(c, "unit_time", json_object_get(want, "unit_time"), &time, 1);
}

static void check_mapping(const nnd_case *c, nnd_scratch *s, const json_t *row) {
    tw_tiled_layer layer;
    tw_nested_loop nests[TW_MAX_NESTS];
    tw_array_mapping mapping;
    char reason[160];
    if (!read_layer(c, s, row, &layer))
        return;
    const bool mapped = tw_array_map(&layer, nnd_row_int(row, "batch"),
                                     nnd_number(json_object_get(row, "occupancy")),
                                     nnd_row_dim2(row, "array"), nests, &mapping, reason);
    if (mapped == (json_object_get(row, "assert") != NULL)) {
        reference_differs(c->run, c->id, mapped ? "expected no mapping" : "expected a mapping");
        return;
    }
    if (!mapped)
        return;
    nnd_doubles(c, "util", json_object_get(row, "util"), &mapping.utilization, 1);
    const int64_t dims[] = {mapping.fold.h,   mapping.fold.w,    mapping.repl.h,
                            mapping.repl.w,   mapping.flpeset.h, mapping.flpeset.w,
                            mapping.ppeset.h, mapping.ppeset.w};
    nnd_integers(c, "fold", json_object_get(row, "fold"), dims, 2);
    nnd_integers(c, "repl", json_object_get(row, "repl"), dims + 2, 2);
    nnd_integers(c, "dim_flpeset", json_object_get(row, "dim_flpeset"), dims + 4, 2);
    nnd_integers(c, "dim_ppeset", json_object_get(row, "dim_ppeset"), dims + 6, 2);
    const json_t *nlds = json_object_get(row, "nlds");
    reference_count(c->run, c->id, "nests", json_array_size(nlds), mapping.nest_count);
    for (unsigned n = 0; n < mapping.nest_count && n < json_array_size(nlds); n++)
        compare_nest(c, json_array_get(nlds, n), &nests[n]);
}

static void compare_partition(const nnd_case *c, const json_t *want, const tw_partition *is) {
    int64_t numbers[3 * TW_PARS];
    for (int p = 0; p < TW_PARS; p++) {
        numbers[p] = is->order[p];
        numbers[TW_PARS + 2 * p] = is->pdims[p].h;
        numbers[TW_PARS + 2 * p + 1] = is->pdims[p].w;
    }
    nnd_integers(c, "part", want, numbers, 3 * TW_PARS);
}

static void check_sample(const nnd_case *c, nnd_scratch *s, const tw_tiled_layer *layer, int batch,
                         const json_t *sample) {
    const tw_partition part = nnd_partition(json_object_get(sample, "part"));
    tw_tiled_layer is, want;
    int part_batch;
    double occupancy;
    tw_partition_layer(&part, layer, batch, &is, &part_batch, &occupancy);
    if (tw_tiled_layer_from_json(s->ctx, json_object_get(sample, "p_layer"), &want) != TW_OK ||
        memcmp(&want, &is, sizeof is) != 0)
        reference_differs(c->run, c->id, "p_layer");
    const double b = part_batch;
    nnd_doubles(c, "p_batch", json_object_get(sample, "p_batch"), &b, 1);
    nnd_doubles(c, "p_occ", json_object_get(sample, "p_occ"), &occupancy, 1);
}

static void check_partitions(const nnd_case *c, nnd_scratch *s, const json_t *row) {
    const json_t *options_json = json_object_get(row, "options");
    tw_tiled_options options = tw_tiled_options_default();
    options.partition_hybrid = nnd_row_bool(options_json, "partition_hybrid");
    options.partition_batch = nnd_row_bool(options_json, "partition_batch");
    options.partition_ifmaps = nnd_row_bool(options_json, "partition_ifmaps");
    tw_partition_request request = {.batch = nnd_row_int(row, "batch"),
                                    .nodes = nnd_row_dim2(row, "nodes")};
    const json_t *layer = json_object_get(row, "layer");
    request.data_only = strcmp(reference_text(layer, "type"), "InputLayer") == 0;
    if (request.data_only)
        request.layer =
            tw_tiled_local_region(nnd_row_int(layer, "nofm"),
                                  (tw_dim2){nnd_row_int(layer, "hofm"), nnd_row_int(layer, "wofm")},
                                  1, (tw_dim2){1, 1}, 1, (tw_dim2){1, 1});
    else if (!read_layer(c, s, row, &request.layer))
        return;
    tw_partition *parts = NULL;
    unsigned count = 0;
    if (tw_partitions(s->ctx, &s->arena, &request, &options, &parts, &count) != TW_OK) {
        reference_differs(c->run, c->id, "no partitions");
        return;
    }
    reference_count(c->run, c->id, "count", (uint64_t)nnd_row_int(row, "count"), count);
    if ((int)count != nnd_row_int(row, "count"))
        return;
    const json_t *all = json_object_get(row, "parts"),
                 *first = json_object_get(row, "parts_first20"),
                 *last = json_object_get(row, "parts_last20");
    for (size_t i = 0; i < json_array_size(all ? all : first); i++)
        compare_partition(c, json_array_get(all ? all : first, i), &parts[i]);
    for (size_t i = 0; !all && i < json_array_size(last); i++)
        compare_partition(c, json_array_get(last, i), &parts[count - json_array_size(last) + i]);
    if (json_object_get(row, "sample"))
        check_sample(c, s, &request.layer, request.batch, json_object_get(row, "sample"));
}

static void check_sharing(const nnd_case *c, nnd_scratch *s, const json_t *row) {
    (void)s;
    const tw_dim2 nodes = nnd_row_dim2(row, "nodes");
    const tw_region region =
        tw_region_make(nodes, (tw_dim2){0, 0}, (tw_dim2){1, 1}, TW_REGION_PROC);
    const tw_partition part = nnd_partition(json_object_get(row, "part"));
    tw_buffer_sharing sharing;
    tw_buffer_sharing_make(&part, &region, nnd_row_bool(row, "conv"), true, &sharing);
    int64_t sizes[TW_DATAS];
    for (int d = 0; d < TW_DATAS; d++)
        sizes[d] = tw_sharing_group(&sharing, (tw_data)d);
    nnd_integers(c, "size", json_object_get(row, "size"), sizes, TW_DATAS);
    nnd_doubles(c, "nbr_dists", json_object_get(row, "nbr_dists"), sharing.neighbour[0],
                2 * TW_DATAS);
    size_t i;
    const json_t *entry;
    json_array_foreach(json_object_get(row, "rot"), i, entry) {
        if (json_is_string(json_array_get(entry, 3)))
            continue; /* the original refuses this question, ours is never asked */
        const double is = tw_sharing_rotate_hops(&sharing, (tw_data)nnd_int(entry, 0),
                                                 nnd_int(entry, 1), nnd_int(entry, 2));
        nnd_doubles(c, "rot", json_array_get(entry, 3), &is, 1);
    }
    json_array_foreach(json_object_get(row, "wide"), i, entry) {
        const double is =
            tw_sharing_wide_hops(&sharing, (tw_data)nnd_int(entry, 0), nnd_int(entry, 1),
                                 nnd_number(json_array_get(entry, 2)));
        nnd_doubles(c, "wide", json_array_get(entry, 3), &is, 1);
    }
}

static void check_hops(const nnd_case *c, nnd_scratch *s, const json_t *row) {
    const json_t *frng = json_object_get(row, "ifm_frng");
    const tw_tiled_resource resource = tw_tiled_resource_make(
        nnd_row_dim2(row, "nodes"), (tw_dim2){1, 1}, 1, 1, 0, INFINITY,
        strcmp(reference_text(row, "mem"), "2D") == 0 ? TW_MEMORY_2D : TW_MEMORY_3D);
    tw_hop_request request = {.batch = nnd_row_int(row, "batch"),
                              .proc = resource.proc,
                              .dram = resource.dram,
                              .forwarding = nnd_row_bool(row, "fwd")};
    if (!read_layer(c, s, row, &request.layer))
        return;
    const tw_partition part = nnd_partition(json_object_get(row, "part"));
    const tw_partition in_part = nnd_partition(json_object_get(row, "ifm_part"));
    const tw_partition out_part = nnd_partition(json_object_get(row, "ofm_part"));
    const tw_layout_piece in = tw_layout_whole(request.batch, nnd_int(frng, 0), nnd_int(frng, 1),
                                               nnd_int(frng, 2), &resource.dram, &in_part);
    const tw_layout_piece out =
        tw_layout_whole(request.batch, request.layer.channels_out, request.layer.rows_out,
                        request.layer.columns_out, &resource.dram, &out_part);
    const tw_layout inputs = {1, &in};
    tw_hop_counter *counter = NULL;
    if (tw_hop_counter_make(s->ctx, resource.proc.dim, &counter) != TW_OK) {
        reference_differs(c->run, c->id, "out of memory");
        return;
    }
    tw_hop_counter_aim(counter, &request);
    const int64_t is[TW_DATAS] = {tw_hops_filters(counter, &part),
                                  tw_hops_inputs(counter, &part, &inputs),
                                  tw_hops_outputs(counter, &part, &out)};
    if (!tw_hops_are_even(counter, &part))
        reference_differs(c->run, c->id, "uneven groups");
    tw_hop_counter_free(counter);
    nnd_integers(c, "unit_nhops", json_object_get(row, "unit_nhops"), is, TW_DATAS);
}

static void check_region(const nnd_case *c, nnd_scratch *s, const json_t *row) {
    (void)s;
    const json_t *requests = json_object_get(row, "req"), *out = json_object_get(row, "out");
    const tw_region whole = tw_region_make(nnd_row_dim2(row, "dim"), nnd_row_dim2(row, "origin"),
                                           (tw_dim2){1, 1}, TW_REGION_PROC);
    int counts[64];
    tw_region cut[64];
    const unsigned count = (unsigned)json_array_size(requests);
    for (unsigned i = 0; i < count; i++)
        counts[i] = nnd_int(requests, i);
    const bool done = tw_region_allocate(&whole, count, counts, cut);
    reference_count(c->run, c->id, "regions", json_array_size(out), done ? count : 0);
    for (unsigned i = 0; done && i < count; i++) {
        const json_t *want = json_array_get(out, i), *nodes = json_object_get(want, "nodes");
        const int64_t shape[] = {cut[i].dim.h, cut[i].dim.w};
        nnd_integers(c, "dim", json_object_get(want, "dim"), shape, 2);
        for (int n = 0; n < tw_dim2_size(cut[i].dim); n++) {
            const tw_dim2 at =
                tw_region_absolute(&cut[i], (tw_dim2){n / cut[i].dim.w, n % cut[i].dim.w});
            const int64_t place[] = {at.h, at.w};
            nnd_integers(c, "node", json_array_get(nodes, (size_t)n), place, 2);
        }
    }
}

static void check_utility(const nnd_case *c, nnd_scratch *s, const json_t *row) {
    (void)s;
    const json_t *out = json_object_get(row, "out");
    if (strcmp(reference_text(row, "f"), "get_ith_range") == 0) {
        const json_t *rng = json_object_get(row, "rng");
        for (int i = 0; i < nnd_row_int(row, "num"); i++) {
            int lo, hi;
            tw_range_part(nnd_int(rng, 0), nnd_int(rng, 1), i, nnd_row_int(row, "num"), &lo, &hi);
            const int64_t is[] = {lo, hi};
            nnd_integers(c, "range", json_array_get(out, (size_t)i), is, 2);
        }
    } else if (strcmp(reference_text(row, "f"), "approx_dividable") == 0) {
        const json_t *nums = json_object_get(row, "true_nums");
        int last = 0;
        for (size_t i = 0; i < json_array_size(nums); last = nnd_int(nums, i++))
            for (int n = last + 1; n <= nnd_int(nums, i); n++)
                if (tw_divides_roughly(nnd_row_int(row, "total"), n) != (n == nnd_int(nums, i)))
                    reference_differs(c->run, c->id, "approx_dividable by %d", n);
    } else if (strcmp(reference_text(row, "f"), "factorize") == 0 && nnd_row_int(row, "num") == 3) {
        static int64_t splits[4096][3];
        const unsigned count = nnd_list_splits(nnd_row_int(row, "value"), splits);
        reference_count(c->run, c->id, "factorize", json_array_size(out), count);
        for (unsigned i = 0; i < count; i++)
            nnd_integers(c, "factorize", json_array_get(out, i), splits[i], 3);
    }
}

static const struct {
    const char *file;
    row_fn check;
} files[] = {
    {"array_mapping.json", check_mapping},   {"partitions.json", check_partitions},
    {"bufshr.json", check_sharing},          {"lbs.json", nnd_check_blocking},
    {"lbs_multi.json", nnd_check_blocking},  {"solver.json", nnd_check_solver},
    {"skip_conv.json", nnd_check_redundant}, {"unit_nhops.json", check_hops},
    {"node_region.json", check_region},      {"util.json", check_utility},
};

bool nnd_check_unit(reference_run *run, const char *file, const json_t *object) {
    const char *name = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    row_fn check = NULL;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (strcmp(files[i].file, name) == 0)
            check = files[i].check;
    if (!check)
        return false;
    nnd_scratch s = {.ctx = tw_ctx_new(NULL)};
    tw_arena_init(&s.arena, s.ctx);
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(object, "rows"), i, row) {
        char id[NND_ID];
        snprintf(id, sizeof id, "%s[%zu]", name, i);
        const nnd_case c = {run, id};
        reference_begin(run);
        check(&c, &s, row);
        reference_end(run, id, "equal");
    }
    tw_arena_free(&s.arena);
    tw_ctx_free(s.ctx);
    return true;
}
