#include "tiled/blocking.h"

#include <math.h>

static bool indexes(const tw_nested_loop *nest, int d, int lp) {
    return tw_data_loops[nest->conv][d] >> lp & 1;
}

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* The innermost loop of more than one iteration that indexes category d, or -1. */
static int innermost_data_loop(const tw_nested_loop *nest, int d, const int64_t t[TW_LOOPS],
                               const int order[TW_LOOPS]) {
    int inner = -1;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        if (indexes(nest, d, lp) && t[lp] > 1 && (inner < 0 || order[lp] < order[inner]))
            inner = lp;
    return inner;
}

/* How often a category's data of one unit is fetched into each level: once per iteration of the
 * loops that stand outside its innermost data loop and do not index it. Outputs are read and
 * written, but not read the first time. */
static void count_fetches(const tw_nested_loop *nest, const tw_loop_split *split,
                          int64_t fetch[2][TW_DATAS]) {
    for (int bl = 0; bl < 2; bl++)
        for (int d = 0; d < TW_DATAS; d++) {
            const int inner = innermost_data_loop(nest, d, split->t[bl], split->order[bl]);
            if (inner < 0) {
                fetch[bl][d] = bl == 0 ? 1 : fetch[0][d];
                continue;
            }
            int64_t times = 1;
            for (int lp = 0; lp < TW_LOOPS; lp++) {
                if (indexes(nest, d, lp))
                    continue;
                if (bl == 1)
                    times *= split->t[0][lp];
                if (split->order[bl][lp] > split->order[bl][inner])
                    times *= split->t[bl][lp];
            }
            fetch[bl][d] = d == TW_DATA_OFM ? 2 * times - 1 : times;
        }
}

static void count_units(const tw_nested_loop *nest, tw_blocking *out) {
    for (int d = 0; d < TW_DATAS; d++) {
        out->unit_cnt[0][d] = out->unit_cnt[1][d] = 1;
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (indexes(nest, d, lp)) {
                out->unit_cnt[0][d] *= out->t[1][lp] * out->t[2][lp];
                out->unit_cnt[1][d] *= out->t[2][lp];
            }
        out->unit_size[0][d] = nest->usize_gbuf[d];
        out->unit_size[1][d] = nest->usize_regf[d];
        out->size[1][d] = out->unit_cnt[1][d] * nest->usize_regf[d];
    }
}

static bool fits(const tw_blocking_context *c, tw_blocking *b) {
    int64_t gbuf = 0, regf = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        b->size[0][d] = b->stored[d]
                            ? ceil_div(b->unit_cnt[0][d] * b->unit_size[0][d], b->sharing.subgrp[d])
                            : 0;
        gbuf += b->size[0][d];
        regf += b->size[1][d];
    }
    return gbuf <= c->resource->gbuf_words && regf <= c->resource->regf_words;
}

/* Data handed over on chip come and go once, and lie in the buffer when the same nodes made them.
 */
static bool ends_allow(const tw_blocking_context *c, tw_blocking *b) {
    const tw_data_end ends[2] = {c->src, c->dst};
    static const tw_data data[2] = {TW_DATA_IFM, TW_DATA_OFM};
    for (int i = 0; i < 2; i++) {
        if (ends[i] == TW_END_DRAM)
            continue;
        if (b->fetch[0][data[i]] > 1)
            return false;
        if (ends[i] == TW_END_SAME_NODES)
            b->stored[data[i]] = true;
    }
    return true;
}

static void pin_filters(const tw_blocking_context *c, const tw_nested_loop *nest, tw_blocking *b) {
    if (!c->resource->no_time_mux)
        return;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        if (indexes(nest, TW_DATA_FIL, lp) && b->t[0][lp] != 1)
            return;
    b->filter_pinned = true;
    b->fetch[0][TW_DATA_FIL] = 0;
}

static double sum3(const double v[TW_DATAS]) {
    return v[0] + v[1] + v[2];
}

static void count_accesses(const tw_blocking_context *c, const tw_nested_loop *nest,
                           tw_blocking *b) {
    const double nodes = c->nodes;
    double loops = 1;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        loops *= (double)nest->loopcnt[lp];
    b->ops = nest->unit_ops * loops * nodes;
    b->proc_time = nest->unit_time * (int64_t)loops;
    for (int d = 0; d < TW_DATAS; d++) {
        const double dram = tw_nest_total_access(nest, TW_MEM_DRAM, (tw_data)d);
        const double gbuf = tw_nest_total_access(nest, TW_MEM_GBUF, (tw_data)d);
        const double itcn = tw_nest_total_access(nest, TW_MEM_ITCN, (tw_data)d);
        b->access[TW_MEM_REGF][d] =
            nest->unit_access[TW_MEM_REGF][d] * loops * (d == TW_DATA_OFM ? 2 : 1) * nodes;
        b->access[TW_MEM_ITCN][d] = itcn * (double)b->fetch[1][d] * nodes;
        b->access[TW_MEM_GBUF][d] = gbuf * (double)b->fetch[1][d] * b->stored[d] * nodes;
        b->access[TW_MEM_DRAM][d] =
            (b->stored[d] ? dram : gbuf) * (double)b->fetch[0][d] * nodes / (double)b->accfwd[d];
        b->remote[d] = 0;
    }
    if (c->src != TW_END_DRAM) {
        b->remote[TW_DATA_IFM] = b->access[TW_MEM_DRAM][TW_DATA_IFM];
        b->access[TW_MEM_DRAM][TW_DATA_IFM] = 0;
    }
    if (c->dst != TW_END_DRAM) {
        b->remote[TW_DATA_OFM] = b->access[TW_MEM_DRAM][TW_DATA_OFM];
        b->access[TW_MEM_DRAM][TW_DATA_OFM] = 0;
    }
}

static void sum_up(const tw_blocking_context *c, tw_blocking *b) {
    const double *gbuf = b->access[TW_MEM_GBUF];
    const double busiest = fmax(fmax(gbuf[0], gbuf[1]), gbuf[2]);
    b->dram_time = (int64_t)ceil(sum3(b->access[TW_MEM_DRAM]) / c->resource->dram_words);
    b->bus_time = c->resource->bus_words
                      ? ceil_div((int64_t)ceil(busiest / c->nodes), c->resource->bus_words)
                      : 0;
    b->time = b->proc_time;
    if (b->bus_time > b->time)
        b->time = b->bus_time;
    if (b->dram_time > b->time)
        b->time = b->dram_time;
    b->access_cost = 0;
    for (int m = 0; m < TW_MEMS; m++)
        b->access_cost += c->cost->mem_hier[m] * sum3(b->access[m]);
    b->access_cost += c->cost->mem_hier[TW_MEM_GBUF] * sum3(b->remote);
}

static void share_buffers(const tw_blocking_context *c, const tw_nested_loop *nest,
                          tw_blocking *b) {
    tw_sharing_request request = {
        .sharing = c->sharing,
        .nest = nest,
        .gbuf_words = c->resource->gbuf_words,
        .nodes = c->nodes,
    };
    for (int d = 0; d < TW_DATAS; d++)
        request.full_size[d] = b->stored[d] ? b->unit_cnt[0][d] * b->unit_size[0][d] : 0;
    memcpy(request.t0, b->t[0], sizeof request.t0);
    memcpy(request.t1, b->t[1], sizeof request.t1);
    memcpy(request.order1, b->order[1], sizeof request.order1);
    memcpy(request.fetch, b->fetch, sizeof request.fetch);
    tw_sharing_choose(&request, &b->sharing, b->order[1], b->noc);
    for (int d = 0; d < TW_DATAS; d++)
        b->size[0][d] = ceil_div(request.full_size[d], b->sharing.subgrp[d]);
}

/* Fetches, what is kept in the buffer, and whether that fits. */
static void check_capacity(const tw_blocking_context *c, const tw_nested_loop *nest,
                           const tw_loop_split *split, tw_blocking *b) {
    *b = (tw_blocking){.access_cost = INFINITY};
    memcpy(b->t, split->t, sizeof b->t);
    memcpy(b->order, split->order, sizeof b->order);
    for (int d = 0; d < TW_DATAS; d++) {
        const int64_t group = tw_sharing_group(c->sharing, (tw_data)d);
        b->sharing.grp[d] = c->options->gbuf_sharing ? group : 1;
        b->sharing.subgrp[d] = b->sharing.grp[d];
        b->accfwd[d] = c->options->gbuf_sharing || c->options->access_forwarding ? group : 1;
        b->stored[d] = !c->options->gbuf_bypass[d];
    }
    count_units(nest, b);
    if (!fits(c, b))
        return;
    count_fetches(nest, split, b->fetch);
    if (!ends_allow(c, b))
        return;
    for (int d = 0; d < TW_DATAS; d++)
        b->stored[d] |= b->fetch[0][d] < b->fetch[1][d];
    if (!fits(c, b))
        return;
    b->valid = true;
}

static void finish(const tw_blocking_context *c, const tw_nested_loop *nest, tw_blocking *b) {
    pin_filters(c, nest, b);
    count_accesses(c, nest, b);
    sum_up(c, b);
}

void tw_blocking_price(const tw_blocking_context *context, const tw_nested_loop *nest,
                       const tw_loop_split *split, tw_blocking *out) {
    check_capacity(context, nest, split, out);
    if (out->valid)
        finish(context, nest, out);
}

void tw_blocking_evaluate(const tw_blocking_context *context, const tw_nested_loop *nest,
                          const tw_loop_split *split, tw_blocking *out) {
    check_capacity(context, nest, split, out);
    if (!out->valid)
        return;
    if (context->options->gbuf_sharing)
        share_buffers(context, nest, out);
    finish(context, nest, out);
}

bool tw_blocking_meets(const tw_top_constraint *top, const tw_loop_split *split) {
    const int64_t *t0 = split->t[0];
    const int *order0 = split->order[0];
    const int64_t want[TW_LOOPS] = {top->topbat, top->topifm, top->topofm};
    static const int loops[TW_LOOPS] = {TW_LOOP_BAT, TW_LOOP_IFM, TW_LOOP_OFM};
    for (int i = 0; i < TW_LOOPS; i++)
        if (want[i] && want[i] != t0[loops[i]])
            return false;
    int place = TW_LOOPS - 1; /* from the outermost loop inwards */
    for (int i = 0; i < TW_LOOPS; i++) {
        if (want[i] <= 1)
            continue;
        for (; place >= 0; place--) {
            int at = 0;
            while (at < TW_LOOPS && order0[at] != place)
                at++;
            if (at < TW_LOOPS && t0[at] > 1) {
                if (at != loops[i])
                    return false;
                place--;
                break;
            }
        }
    }
    return true;
}

/* The loop that runs innermost among those of more than one iteration, or -1. */
static int innermost(const int64_t t[TW_LOOPS], const int order[TW_LOOPS]) {
    int inner = -1;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        if (t[lp] > 1 && (inner < 0 || order[lp] < order[inner]))
            inner = lp;
    return inner;
}

/* Innermost first, then the other loops of more than one iteration, then the rest, each in
 * ascending order. */
static bool is_canonical(const int64_t t[TW_LOOPS], const int order[TW_LOOPS], int inner) {
    int place = 0;
    if (inner >= 0 && order[inner] != place++)
        return false;
    for (int pass = 0; pass < 2; pass++)
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (lp != inner && (t[lp] > 1) == (pass == 0) && order[lp] != place++)
                return false;
    return true;
}

bool tw_blocking_is_redundant(const tw_loop_split *split) {
    int outer = -1;
    for (int bl = 0; bl < 3; bl++) {
        const int inner = bl < 2 ? innermost(split->t[bl], split->order[bl]) : -1;
        if (outer >= 0 && outer != inner && split->t[bl][outer] > 1)
            return true;
        if (inner >= 0)
            outer = inner;
        if (bl < 2 && !is_canonical(split->t[bl], split->order[bl], inner))
            return true;
    }
    return false;
}
