#include "tiled/v15_blocking.h"

#include <string.h>

#include "tiled/divisors.h"

enum { ORDERS = 6 };
static const int ALL_ORDERS[ORDERS][TW_LOOPS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

static bool indexes(const tw_nested_loop *nest, int data, int lp) {
    return tw_data_loops[nest->conv][data] >> lp & 1;
}

typedef struct {
    int64_t at[2][TW_DATAS]; /* through DRAM, through the buffer */
} fetches;

/* Units of each category that lie below level `bl`. */
static void count_units(const tw_nested_loop *nest, const tw_loop_split *split, int bl,
                        int64_t units[TW_DATAS]) {
    for (int d = 0; d < TW_DATAS; d++) {
        units[d] = 1;
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (indexes(nest, d, lp))
                units[d] *= bl == 0 ? split->t[1][lp] * split->t[2][lp] : split->t[2][lp];
    }
}

/* How often each category is fetched through level `bl`; level 0 comes first. */
static void count_fetches(const tw_nested_loop *nest, const tw_loop_split *split,
                          const int order[TW_LOOPS], int bl, fetches *out) {
    const int64_t *t = split->t[bl];
    for (int d = 0; d < TW_DATAS; d++) {
        int inner = -1;
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (indexes(nest, d, lp) && t[lp] > 1 && (inner < 0 || order[lp] < order[inner]))
                inner = lp;
        if (inner < 0) {
            out->at[bl][d] = bl ? out->at[0][d] : 1;
            continue;
        }
        int64_t f = 1;
        for (int lp = 0; lp < TW_LOOPS; lp++) {
            if (indexes(nest, d, lp))
                continue;
            f *= bl ? split->t[0][lp] : 1;
            f *= order[lp] > order[inner] ? t[lp] : 1;
        }
        out->at[bl][d] = d == TW_DATA_OFM ? 2 * f - 1 : f;
    }
}

/* Everything about a nest that no blocking changes. */
typedef struct {
    const tw_v15_blocking_context *context;
    const tw_nested_loop *nest;
    double dram[TW_DATAS], gbuf[TW_DATAS], itcn[TW_DATAS]; /* words of all passes */
    double ops, regf[TW_DATAS];
    int64_t time;
} pricing;

static pricing price_nest(const tw_v15_blocking_context *c, const tw_nested_loop *nest) {
    static const int REGF_USES[TW_DATAS] = {1, 1, 2};
    const int64_t passes = nest->loopcnt[0] * nest->loopcnt[1] * nest->loopcnt[2];
    pricing p = {.context = c, .nest = nest, .time = nest->unit_time * passes};
    p.ops = nest->unit_ops * (double)passes * c->nodes * c->occupancy;
    for (int d = 0; d < TW_DATAS; d++) {
        p.dram[d] = tw_nest_total_access(nest, TW_MEM_DRAM, (tw_data)d);
        p.gbuf[d] = tw_nest_total_access(nest, TW_MEM_GBUF, (tw_data)d);
        p.itcn[d] = tw_nest_total_access(nest, TW_MEM_ITCN, (tw_data)d);
        p.regf[d] = nest->unit_access[TW_MEM_REGF][d] * (double)passes * REGF_USES[d] * c->nodes *
                    c->occupancy;
    }
    return p;
}

/* A category that may bypass the buffer is kept there only if that saves fetches. */
static bool decide_stored(const pricing *p, const int64_t buffer_words[TW_DATAS],
                          const fetches *fetch, bool stored[TW_DATAS]) {
    int64_t words = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        stored[d] = !p->context->options->gbuf_bypass[d] || fetch->at[0][d] < fetch->at[1][d];
        words += stored[d] ? buffer_words[d] : 0;
    }
    return words <= p->context->resource->gbuf_words;
}

static double cost_of(const pricing *p, const fetches *fetch, const bool *stored,
                      double access[TW_MEMS][TW_DATAS]) {
    const double nodes = p->context->nodes;
    for (int d = 0; d < TW_DATAS; d++) {
        const double inner = (double)fetch->at[1][d], outer = (double)fetch->at[0][d];
        access[TW_MEM_REGF][d] = p->regf[d];
        access[TW_MEM_ITCN][d] = p->itcn[d] * inner * nodes;
        access[TW_MEM_GBUF][d] = p->gbuf[d] * inner * stored[d] * nodes;
        access[TW_MEM_DRAM][d] = (stored[d] ? p->dram[d] : p->gbuf[d]) * outer * nodes;
    }
    const tw_tiled_cost *unit = p->context->cost;
    double accesses = 0;
    for (int m = 0; m < TW_MEMS; m++)
        accesses += unit->mem_hier[m] * (access[m][0] + access[m][1] + access[m][2]);
    return p->ops * unit->mac_op + accesses + (double)p->time * unit->idle_unit * nodes;
}

void tw_v15_blocking_evaluate(const tw_v15_blocking_context *context, const tw_nested_loop *nest,
                              const tw_loop_split *split, tw_blocking *out, double *cost) {
    const pricing p = price_nest(context, nest);
    *out = (tw_blocking){.ops = p.ops, .proc_time = p.time, .time = p.time};
    memcpy(out->t, split->t, sizeof out->t);
    memcpy(out->order, split->order, sizeof out->order);
    int64_t register_words = 0;
    fetches fetch;
    for (int bl = 0; bl < 2; bl++) {
        count_units(nest, split, bl, out->unit_cnt[bl]);
        count_fetches(nest, split, split->order[bl], bl, &fetch);
        for (int d = 0; d < TW_DATAS; d++) {
            out->unit_size[bl][d] = bl == 0 ? nest->usize_gbuf[d] : nest->usize_regf[d];
            out->size[bl][d] = out->unit_cnt[bl][d] * out->unit_size[bl][d];
            register_words += bl == 1 ? out->size[bl][d] : 0;
        }
    }
    memcpy(out->fetch, fetch.at, sizeof out->fetch);
    out->valid = decide_stored(&p, out->size[0], &fetch, out->stored) &&
                 register_words <= context->resource->regf_words;
    for (int d = 0; d < TW_DATAS; d++)
        out->size[0][d] *= out->stored[d];
    *cost = cost_of(&p, &fetch, out->stored, out->access);
    out->access_cost = *cost;
}

/* For each set of loops with factors above 1 and each order: the innermost loop when the order is
 * the one kept for it (others differ only in loops that do not matter), NONE_INNER when there is
 * no such loop, or REPEATED. */
enum { REPEATED = -2, NONE_INNER = -1 };
typedef struct {
    int innermost[1 << TW_LOOPS][ORDERS];
} order_table;

static int kept_innermost(unsigned nontrivial, const int order[TW_LOOPS]) {
    int inner = NONE_INNER, position = 0;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        if (nontrivial >> lp & 1 && (inner < 0 || order[lp] < order[inner]))
            inner = lp;
    if (inner >= 0 && order[inner] != position++)
        return REPEATED;
    for (int trivial = 0; trivial < 2; trivial++)
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (lp != inner && (nontrivial >> lp & 1) == !trivial && order[lp] != position++)
                return REPEATED;
    return inner;
}

static order_table make_order_table(void) {
    order_table table;
    for (unsigned set = 0; set < 1 << TW_LOOPS; set++)
        for (int o = 0; o < ORDERS; o++)
            table.innermost[set][o] = kept_innermost(set, ALL_ORDERS[o]);
    return table;
}

static unsigned nontrivial_loops(const int64_t t[TW_LOOPS]) {
    unsigned set = 0;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        set |= (unsigned)(t[lp] > 1) << lp;
    return set;
}

typedef struct {
    double cost;
    tw_loop_split split;
} candidate;

typedef struct {
    tw_ctx *ctx;
    pricing pricing;
    order_table table;
    candidate *best; /* ascending cost; equal ones in the order found */
    unsigned found, limit;
} search;

static void keep(search *s, const candidate *c) {
    if (s->found == s->limit && c->cost >= s->best[s->found - 1].cost)
        return;
    unsigned i = s->found < s->limit ? s->found++ : s->found - 1;
    for (; i > 0 && s->best[i - 1].cost > c->cost; i--)
        s->best[i] = s->best[i - 1];
    s->best[i] = *c;
}

/* Whether a loop that is innermost at an outer level comes back, but not as the innermost, at the
 * next one: then it could as well be merged outwards. */
static bool could_merge(int outer, int inner, unsigned nontrivial) {
    return outer >= 0 && outer != inner && nontrivial >> outer & 1;
}

static void try_inner_orders(search *s, candidate *c, int inner0,
                             const int64_t buffer_words[TW_DATAS], fetches *fetch) {
    const bool conv = s->pricing.nest->conv;
    const unsigned set1 = nontrivial_loops(c->split.t[1]), set2 = nontrivial_loops(c->split.t[2]);
    for (int o = 0; o < ORDERS; o++) {
        const int inner1 = s->table.innermost[set1][o];
        const int last = inner1 >= 0 ? inner1 : inner0;
        if (conv && (inner1 == REPEATED || could_merge(inner0, inner1, set1) ||
                     could_merge(last, NONE_INNER, set2)))
            continue;
        count_fetches(s->pricing.nest, &c->split, ALL_ORDERS[o], 1, fetch);
        bool stored[TW_DATAS];
        double access[TW_MEMS][TW_DATAS];
        if (!decide_stored(&s->pricing, buffer_words, fetch, stored))
            continue;
        c->cost = cost_of(&s->pricing, fetch, stored, access);
        memcpy(c->split.order[1], ALL_ORDERS[o], sizeof c->split.order[1]);
        keep(s, c);
    }
}

static void try_orders(search *s, candidate *c, const int64_t buffer_words[TW_DATAS]) {
    const unsigned set0 = nontrivial_loops(c->split.t[0]);
    for (int o = 0; o < ORDERS; o++) {
        const int inner0 = s->table.innermost[set0][o];
        if (s->pricing.nest->conv && inner0 == REPEATED)
            continue;
        fetches fetch;
        memcpy(c->split.order[0], ALL_ORDERS[o], sizeof c->split.order[0]);
        count_fetches(s->pricing.nest, &c->split, ALL_ORDERS[o], 0, &fetch);
        try_inner_orders(s, c, inner0, buffer_words, &fetch);
    }
}

/* All orders of one choice of factors, if they can fit at all. */
static void try_factors(search *s, candidate *c) {
    const tw_nested_loop *nest = s->pricing.nest;
    int64_t units[2][TW_DATAS], buffer_words[TW_DATAS], forced = 0, registers = 0;
    count_units(nest, &c->split, 1, units[1]);
    for (int d = 0; d < TW_DATAS; d++)
        registers += units[1][d] * nest->usize_regf[d];
    if (registers > s->pricing.context->resource->regf_words)
        return;
    count_units(nest, &c->split, 0, units[0]);
    for (int d = 0; d < TW_DATAS; d++) {
        buffer_words[d] = units[0][d] * nest->usize_gbuf[d];
        forced += s->pricing.context->options->gbuf_bypass[d] ? 0 : buffer_words[d];
    }
    if (forced <= s->pricing.context->resource->gbuf_words)
        try_orders(s, c, buffer_words);
}

/* Every split of loop `lp` and those after it into three factors, in lexicographic order. */
static void try_splits(search *s, candidate *c, int lp) {
    if (lp == TW_LOOPS) {
        try_factors(s, c);
        return;
    }
    if (tw_is_cancelled(s->ctx))
        return;
    const int64_t count = s->pricing.nest->loopcnt[lp];
    int64_t outer[TW_MAX_DIVISORS], inner[TW_MAX_DIVISORS];
    const unsigned outers = tw_divisors(count, outer);
    for (unsigned i = 0; i < outers; i++) {
        const unsigned inners = tw_divisors(count / outer[i], inner);
        for (unsigned j = 0; j < inners; j++) {
            c->split.t[0][lp] = outer[i];
            c->split.t[1][lp] = inner[j];
            c->split.t[2][lp] = count / outer[i] / inner[j];
            try_splits(s, c, lp + 1);
        }
    }
}

tw_status tw_v15_blocking_search(tw_ctx *ctx, const tw_v15_blocking_context *context,
                                 const tw_nested_loop *nest, tw_blocking *out, double *costs,
                                 unsigned *found) {
    search s = {
        .ctx = ctx,
        .pricing = price_nest(context, nest),
        .table = make_order_table(),
        .best = tw_alloc_array(ctx, context->options->top, sizeof *s.best),
        .limit = context->options->top,
    };
    if (!s.best)
        return tw_out_of_memory(ctx);
    candidate c;
    try_splits(&s, &c, 0);
    for (unsigned i = 0; i < s.found; i++)
        tw_v15_blocking_evaluate(context, nest, &s.best[i].split, &out[i], &costs[i]);
    *found = s.found;
    tw_free(ctx, s.best);
    return tw_is_cancelled(ctx) ? TW_CANCELLED : TW_OK;
}
