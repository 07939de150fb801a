/* Depth first over the columns, K outermost: each column has a list of factorizations over the rows
 * that are not virtual (factorizations.h), and a visit picks one of each. Tiles only grow from
 * column to column, so that a branch whose partial tile does not fit is cut with all that lies
 * below: nothing valid is lost. Threads take the factorizations of the first column with a choice.
 */
#include "neurospector/brute_force.h"

#include <math.h>

#include "base/pool.h"
#include "neurospector/chain.h"
#include "neurospector/factorizations.h"

enum { CHECK_EVERY = 1024 };

typedef struct {
    double value;
    double dram_steps;
    uint64_t number; /* of the visit */
    uint32_t rows[NS_ROWS];
} best_visit;

typedef struct {
    ns_space space;
    ns_divisors divisors;
    ns_factorizations lists;
    ns_model model;
    const ns_search_options *options;
    ns_dataflows dataflows;
    unsigned levels;
    ns_row rows[NS_ROWS];
    int first_column; /* the threads share its items */
    uint64_t weight[NS_COLUMNS];
    best_visit *best; /* per item of the first column */
    double start_s;
    atomic_uint_fast64_t evaluated;
    atomic_int limit; /* tw_status */
} search;

typedef struct {
    search *s;
    best_visit best;
    uint64_t evaluated;
    uint32_t rows[NS_ROWS]; /* sums so far */
} branch;

static bool holds_so_far(const branch *b) {
    return ns_arrays_hold(&b->s->space, b->rows) && ns_buffers_hold(&b->s->space, b->rows);
}

static bool precedes(const best_visit *a, const best_visit *b) {
    if (a->value != b->value)
        return a->value < b->value;
    if (a->dram_steps != b->dram_steps)
        return a->dram_steps < b->dram_steps;
    return a->number < b->number;
}

static void look_at_limits(branch *b) {
    search *s = b->s;
    const uint64_t evaluated = atomic_fetch_add(&s->evaluated, CHECK_EVERY) + CHECK_EVERY;
    const tw_status why = ns_why_stop(s->space.ctx, s->options, s->start_s, evaluated, true);
    if (why != TW_OK)
        atomic_store(&s->limit, (int)why);
}

static void price(branch *b, uint64_t number) {
    search *s = b->s;
    ns_table table;
    ns_cost cost;
    for (int r = 0; r < NS_ROWS; r++)
        ns_lattice_extents(&s->space.lattice, b->rows[r], table.factor[r]);
    ns_evaluate(&s->model, s->space.layer, &s->dataflows, &table, &cost);
    best_visit visit = {.value = ns_metric_value(s->options->metric, &cost),
                        .dram_steps = s->space.lattice.tiles[b->rows[NS_ROW_DRAM]].steps,
                        .number = number ? number : UINT64_MAX}; /* number 0 is visited last */
    if (precedes(&visit, &b->best)) {
        for (int r = 0; r < NS_ROWS; r++)
            visit.rows[r] = b->rows[r];
        b->best = visit;
    }
    if (++b->evaluated % CHECK_EVERY == 0)
        look_at_limits(b);
}

static void take(branch *b, int column, uint32_t item, bool back) {
    const search *s = b->s;
    const uint32_t *tiles = s->lists.items[column] + (size_t)item * s->levels;
    for (unsigned l = 0; l < s->levels; l++)
        b->rows[s->rows[l]] += back ? 0 - tiles[l] : tiles[l];
}

static void visit_columns(branch *b, int column, uint64_t number) {
    search *s = b->s;
    if (atomic_load_explicit(&s->limit, memory_order_relaxed) != TW_OK)
        return;
    if (column == NS_COLUMNS) {
        price(b, number);
        return;
    }
    for (uint32_t i = 0; i < s->lists.count[column]; i++) {
        take(b, column, i, false);
        if (holds_so_far(b))
            visit_columns(b, column + 1, number + i * s->weight[column]);
        take(b, column, i, true);
    }
}

static void visit_item(void *shared, size_t index, unsigned worker) {
    (void)worker;
    search *s = shared;
    branch b = {.s = s, .best = {.value = HUGE_VAL}};
    for (int c = 0; c < s->first_column; c++)
        take(&b, c, 0, false);
    take(&b, s->first_column, (uint32_t)index, false);
    if (holds_so_far(&b))
        visit_columns(&b, s->first_column + 1, index * s->weight[s->first_column]);
    s->best[index] = b.best;
    atomic_fetch_add(&s->evaluated, b.evaluated % CHECK_EVERY);
}

static tw_status search_dataflows(search *s, ns_search_result *out, double *best_value) {
    ns_dataflow seen[NS_MAX_COMBINATIONS][2];
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const ns_accelerator *accelerator = s->space.accelerator;
    const size_t count = ns_dataflow_combinations(accelerator, s->options->flexible, all);
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        seen[i][0] = ns_dataflow_in_force(accelerator, &all[i], NS_LB);
        seen[i][1] = ns_dataflow_in_force(accelerator, &all[i], NS_GB);
        for (size_t j = 0; j < i; j++)
            known |= seen[j][0] == seen[i][0] && seen[j][1] == seen[i][1];
        if (known)
            continue;
        s->dataflows = all[i];
        const uint32_t items = s->lists.count[s->first_column];
        TW_TRY(tw_parallel_for(s->space.ctx, s->options->threads, items, visit_item, s));
        best_visit best = {.value = HUGE_VAL};
        for (uint32_t t = 0; t < items; t++)
            if (precedes(&s->best[t], &best))
                best = s->best[t];
        if (best.value >= *best_value)
            continue;
        *best_value = best.value;
        out->found = true;
        out->dataflows = all[i];
        for (int r = 0; r < NS_ROWS; r++)
            ns_lattice_extents(&s->space.lattice, best.rows[r], out->table.factor[r]);
    }
    out->space_log10 += log10((double)count);
    return TW_OK;
}

static tw_status prepare(search *s) {
    for (int r = 0; r < NS_ROWS; r++)
        if (!ns_row_is_virtual(s->space.accelerator, (ns_row)r))
            s->rows[s->levels++] = (ns_row)r;
    TW_TRY(ns_divisors_init(&s->divisors, s->space.ctx, &s->space.lattice));
    TW_TRY(ns_factorizations_init(&s->lists, &s->divisors, s->space.layer->size, s->levels));
    uint64_t weight = 1;
    for (int c = NS_COLUMNS - 1; c >= 0; c--) {
        s->weight[c] = weight;
        weight *= s->lists.count[c]; /* only decides ties */
    }
    while (s->first_column < NS_COLUMNS - 1 && s->lists.count[s->first_column] == 1)
        s->first_column++;
    s->best = tw_alloc_array(s->space.ctx, s->lists.count[s->first_column], sizeof *s->best);
    return s->best ? TW_OK : tw_out_of_memory(s->space.ctx);
}

static void finish(search *s, ns_search_result *out) {
    out->limit = (tw_status)atomic_load(&s->limit);
    out->proven = out->limit == TW_OK;
    out->evaluated = atomic_load(&s->evaluated);
    if (!out->found)
        return;
    ns_evaluate(&s->space.model, s->space.layer, &out->dataflows, &out->table, &out->cost);
    out->value = ns_metric_value(s->options->metric, &out->cost);
    out->lower_bound = out->proven ? out->value : 0;
}

tw_status ns_brute_force(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                         const ns_search_options *options, ns_search_result *out) {
    search s = {.options = options, .start_s = tw_seconds()};
    double best_value = HUGE_VAL;
    *out = (ns_search_result){.space_log10 = ns_space_log10(accelerator, layer)};
    atomic_init(&s.evaluated, 0);
    atomic_init(&s.limit, TW_OK);
    ns_model_init(&s.model, accelerator, options->single);
    tw_status status = ns_space_init(&s.space, ctx, accelerator, layer);
    if (status == TW_LIMIT) {
        out->limit = TW_LIMIT; /* more tiles than we look at */
        status = TW_OK;
    } else if (status == TW_OK) {
        status = prepare(&s);
        if (status == TW_OK)
            status = search_dataflows(&s, out, &best_value);
        if (status == TW_OK)
            finish(&s, out);
    }
    tw_free(ctx, s.best);
    ns_factorizations_free(&s.lists);
    ns_divisors_free(&s.divisors);
    ns_space_free(&s.space);
    return status;
}
