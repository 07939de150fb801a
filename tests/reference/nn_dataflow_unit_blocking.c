/* Kind nn-dataflow, unit files on blockings of a nest. */
#include <math.h>
#include <string.h>

#include "reference/nn_dataflow_unit.h"
#include "tiled/divisors.h"

static void read_nest(const json_t *json, tw_nested_loop *out) {
    for (size_t i = 0; i < 3; i++) {
        out->loopcnt[i] = nnd_int(json_object_get(json, "loopcnt"), i);
        out->usize_gbuf[i] = nnd_int(json_object_get(json, "usize_gbuf"), i);
        out->usize_regf[i] = nnd_int(json_object_get(json, "usize_regf"), i);
        for (size_t m = 0; m < TW_MEMS; m++)
            out->unit_access[m][i] = nnd_number(
                json_array_get(json_array_get(json_object_get(json, "unit_access"), m), i));
    }
    out->unit_ops = nnd_number(json_object_get(json, "unit_ops"));
    out->unit_time = json_integer_value(json_object_get(json, "unit_time"));
    out->conv =
        json_array_size(json_array_get(json_object_get(json, "data_loops"), TW_DATA_FIL)) > 0;
}

static void compare_blocking(const nnd_case *c, const json_t *out, const tw_blocking *is) {
    int64_t stored[TW_DATAS];
    for (int d = 0; d < TW_DATAS; d++)
        stored[d] = is->stored[d];
    const double times[] = {(double)is->time, (double)is->proc_time, (double)is->bus_time,
                            (double)is->dram_time, is->filter_pinned};
    nnd_doubles(c, "access", json_object_get(out, "access"), is->access[0], TW_MEMS * TW_DATAS);
    nnd_doubles(c, "acc_cost", json_object_get(out, "acc_cost"), &is->access_cost, 1);
    nnd_doubles(c, "time", json_object_get(out, "time"), times, 1);
    nnd_doubles(c, "proc_time", json_object_get(out, "proc_time"), times + 1, 1);
    nnd_doubles(c, "bus_time", json_object_get(out, "bus_time"), times + 2, 1);
    nnd_doubles(c, "dram_time", json_object_get(out, "dram_time"), times + 3, 1);
    nnd_doubles(c, "ops", json_object_get(out, "ops"), &is->ops, 1);
    nnd_integers(c, "fetch", json_object_get(out, "fetch"), is->fetch[0], 2 * TW_DATAS);
    nnd_integers(c, "unit_cnt", json_object_get(out, "unit_cnt"), is->unit_cnt[0], 2 * TW_DATAS);
    nnd_integers(c, "stored", json_object_get(out, "stored"), stored, TW_DATAS);
    nnd_integers(c, "size", json_object_get(out, "size"), is->size[0], 2 * TW_DATAS);
    nnd_doubles(c, "remote", json_object_get(out, "remote"), is->remote, TW_DATAS);
    nnd_doubles(c, "noc", json_object_get(out, "noc"), is->noc, TW_DATAS);
    nnd_integers(c, "accfwd", json_object_get(out, "accfwd"), is->accfwd, TW_DATAS);
    nnd_doubles(c, "pinned", json_object_get(out, "pinned"), times + 4, 1);
    const json_t *bs = json_object_get(out, "bs");
    if (!json_is_object(bs))
        return;
    int64_t orders[3 * TW_LOOPS];
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        orders[lp] = is->order[0][lp];
        orders[TW_LOOPS + lp] = is->order[1][lp];
        orders[2 * TW_LOOPS + lp] = is->sharing.bs_order[lp];
    }
    nnd_integers(c, "bs.sub", json_object_get(bs, "sub"), is->sharing.subgrp, TW_DATAS);
    nnd_integers(c, "bs.t", json_object_get(bs, "t"), is->sharing.bs_t, TW_LOOPS);
    nnd_integers(c, "bs.ords", json_object_get(bs, "ords"), orders, 2 * TW_LOOPS);
    nnd_integers(c, "bs.ord", json_object_get(bs, "ord"), orders + 2 * TW_LOOPS, TW_LOOPS);
    nnd_doubles(c, "bs.rot", json_object_get(bs, "rot"), is->sharing.rot_fetch, TW_DATAS);
    nnd_doubles(c, "bs.wide", json_object_get(bs, "wide"), is->sharing.wide_fetch, TW_DATAS);
}

static tw_data_end read_end(const json_t *row, const char *key) {
    const json_t *value = json_object_get(row, key);
    if (!value || json_integer_value(value) == 1)
        return TW_END_DRAM;
    return json_integer_value(value) == 0 ? TW_END_SAME_NODES : TW_END_OTHER_NODES;
}

static void read_split(const json_t *row, tw_loop_split *out) {
    for (size_t bl = 0; bl < 3; bl++)
        for (size_t lp = 0; lp < TW_LOOPS; lp++)
            out->t[bl][lp] = nnd_int(json_array_get(json_object_get(row, "bl_ts"), bl), lp);
    for (size_t bl = 0; bl < 2; bl++)
        for (size_t lp = 0; lp < TW_LOOPS; lp++)
            out->order[bl][lp] = nnd_int(json_array_get(json_object_get(row, "bl_ords"), bl), lp);
}

void nnd_check_blocking(const nnd_case *c, nnd_scratch *s, const json_t *row) {
    (void)s;
    tw_nested_loop nest;
    tw_loop_split split;
    read_nest(json_object_get(row, "nld"), &nest);
    read_split(row, &split);
    tw_tiled_options options = tw_tiled_options_default();
    options.gbuf_sharing = nnd_row_bool(row, "gbuf_sharing");
    options.access_forwarding = nnd_row_bool(row, "fwd");
    for (size_t d = 0; d < TW_DATAS; d++)
        options.gbuf_bypass[d] = json_is_true(json_array_get(json_object_get(row, "bypass"), d));
    tw_partition part = {{0, 1, 2, 3}, {{1, 1}, {1, 1}, {1, 1}, {1, 1}}};
    tw_dim2 nodes = {1, 1};
    if (json_object_get(row, "part")) {
        part = nnd_partition(json_object_get(row, "part"));
        nodes = nnd_row_dim2(row, "nodes");
    }
    const json_t *bus = json_object_get(row, "bus"), *bw = json_object_get(row, "bw");
    tw_tiled_resource resource = tw_tiled_resource_make(
        nodes, nnd_row_dim2(row, "array"), nnd_row_int(row, "gbuf"), nnd_row_int(row, "regf"),
        json_is_integer(bus) ? json_integer_value(bus) : 0, bw ? nnd_number(bw) : INFINITY,
        TW_MEMORY_3D);
    resource.no_time_mux = nnd_row_bool(row, "no_time_mux");
    const tw_tiled_cost cost = {1, {200, 6, 2, 1}, 10, 0};
    tw_buffer_sharing sharing;
    tw_buffer_sharing_make(&part, &resource.proc, nest.conv, true, &sharing);
    const tw_blocking_context context = {
        .resource = &resource,
        .cost = &cost,
        .options = &options,
        .src = read_end(row, "src"),
        .dst = read_end(row, "dst"),
        .nodes = tw_dim2_size(nodes),
        .sharing = &sharing,
    };
    tw_blocking is;
    tw_blocking_evaluate(&context, &nest, &split, &is);
    const json_t *out = json_object_get(row, "out");
    if (is.valid != nnd_row_bool(out, "valid"))
        reference_differs(c->run, c->id, is.valid ? "expected invalid" : "expected valid");
    else if (is.valid)
        compare_blocking(c, out, &is);
}

void nnd_check_solver(const nnd_case *c, nnd_scratch *s, const json_t *row) {
    (void)s;
    tw_nested_loop nest = {.conv = true};
    for (size_t i = 0; i < 3; i++) {
        nest.loopcnt[i] = nnd_int(json_object_get(row, "loopcnt"), i);
        nest.usize_gbuf[i] = nnd_int(json_object_get(row, "usize_gbuf"), i);
        nest.usize_regf[i] = nnd_int(json_object_get(row, "usize_regf"), i);
    }
    int64_t orders[2 * TW_LOOPS];
    tw_loop_split is;
    const tw_solved solved =
        tw_blocking_solve(&nest, nnd_row_int(row, "gbuf"), nnd_row_int(row, "regf"),
                          (tw_data)nnd_row_int(row, "reside"), &is);
    const json_t *out = json_object_get(row, "out");
    if ((solved == TW_SOLVED) != json_is_array(out))
        reference_differs(c->run, c->id, "solver: %d, expected the other outcome", (int)solved);
    if (solved != TW_SOLVED || !json_is_array(out))
        return;
    for (int i = 0; i < 2 * TW_LOOPS; i++)
        orders[i] = is.order[i / TW_LOOPS][i % TW_LOOPS];
    nnd_integers(c, "bl_ts", json_array_get(out, 0), is.t[0], 3 * TW_LOOPS);
    nnd_integers(c, "bl_ords", json_array_get(out, 1), orders, 2 * TW_LOOPS);
}

unsigned nnd_list_splits(int64_t count, int64_t (*out)[3]) {
    int64_t outer[TW_MAX_DIVISORS], middle[TW_MAX_DIVISORS];
    unsigned n = 0;
    const unsigned outers = tw_divisors(count, outer);
    for (unsigned i = 0; i < outers; i++) {
        const unsigned middles = tw_divisors(count / outer[i], middle);
        for (unsigned j = 0; j < middles; j++, n++) {
            out[n][0] = outer[i];
            out[n][1] = middle[j];
            out[n][2] = count / outer[i] / middle[j];
        }
    }
    return n;
}

void nnd_check_redundant(const nnd_case *c, nnd_scratch *s, const json_t *row) {
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    (void)s;
    static int64_t splits[TW_LOOPS][4096][3];
    unsigned counts[TW_LOOPS];
    for (size_t lp = 0; lp < TW_LOOPS; lp++)
        counts[lp] = nnd_list_splits(nnd_int(json_object_get(row, "loopcnt"), lp), splits[lp]);
    const json_t *samples = json_object_get(row, "every97th_kept");
    uint64_t total = 0, kept = 0;
    for (unsigned i = 0; i < counts[0]; i++)
        for (unsigned o = 0; o < counts[1]; o++)
            for (unsigned b = 0; b < counts[2]; b++)
                for (int p = 0; p < 36; p++) {
                    int64_t both[2 * TW_LOOPS];
                    tw_loop_split split;
                    for (int bl = 0; bl < 3; bl++) {
                        split.t[bl][0] = splits[0][i][bl];
                        split.t[bl][1] = splits[1][o][bl];
                        split.t[bl][2] = splits[2][b][bl];
                    }
                    memcpy(split.order[0], orders[p / 6], sizeof split.order[0]);
                    memcpy(split.order[1], orders[p % 6], sizeof split.order[1]);
                    total++;
                    if (tw_blocking_is_redundant(&split))
                        continue;
                    if (++kept % 97 != 1)
                        continue;
                    const json_t *want = json_array_get(samples, kept / 97);
                    for (int k = 0; k < 2 * TW_LOOPS; k++)
                        both[k] = split.order[k / TW_LOOPS][k % TW_LOOPS];
                    nnd_integers(c, "kept.ts", json_array_get(want, 0), split.t[0], 3 * TW_LOOPS);
                    nnd_integers(c, "kept.ords", json_array_get(want, 1), both, 2 * TW_LOOPS);
                }
    reference_count(c->run, c->id, "total", (uint64_t)nnd_row_int(row, "total"), total);
    reference_count(c->run, c->id, "kept", (uint64_t)nnd_row_int(row, "kept"), kept);
}
