/* On random small accelerators and layers, bottom-up gives what its definition gives: every visit
 * of every walk made and priced in the original's order, on scheduling tables and with the
 * evaluator's costs, without any of the search's short cuts.
 *
 * neurospector_bottom_up [--cases N] [--seed S] */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neurospector/bottom_up.h"
#include "neurospector/legality.h"
#include "random_problems.h"
#include "support/options.h"

enum { MOST_ITEMS = 512, MOST_CANDIDATES = 8 };

typedef struct {
    const ns_accelerator *accelerator;
    const ns_layer *layer;
    ns_metric metric;
    ns_model model;
    ns_dataflows dataflows;
} problem;

/* ---- Factorizations, one list a column ---- */

typedef struct {
    int levels;
    size_t count[NS_COLUMNS], index[NS_COLUMNS];
    uint64_t items[NS_COLUMNS][MOST_ITEMS][NS_ROWS];
} odometer;

static void factorize(odometer *o, int column, int level, uint64_t rest, uint64_t now[NS_ROWS]) {
    if (level + 1 == o->levels) {
        now[level] = rest;
        memcpy(o->items[column][o->count[column]++], now, NS_ROWS * sizeof *now);
        return;
    }
    for (uint64_t d = 1; d <= rest; d++)
        if (rest % d == 0) {
            now[level] = d;
            factorize(o, column, level + 1, rest / d, now);
        }
}

/* New lists; the indices stay. Returns the number of visits. */
static uint64_t fill(odometer *o, int levels, const uint64_t extent[NS_COLUMNS]) {
    uint64_t now[NS_ROWS] = {0}, total = 1;
    o->levels = levels;
    for (int c = 0; c < NS_COLUMNS; c++) {
        o->count[c] = 0;
        factorize(o, c, 0, extent[c], now);
        total *= o->count[c];
    }
    return total;
}

static void advance(odometer *o) {
    o->index[NS_G]++;
    for (int c = NS_COLUMNS - 1; c >= 0; c--)
        if (o->index[c] >= o->count[c]) {
            o->index[c] = 0;
            if (c > 0)
                o->index[c - 1]++;
        }
}

static void put(const odometer *o, const int rows[], int levels, ns_table *table) {
    for (int c = 0; c < NS_COLUMNS; c++)
        for (int l = 0; l < levels; l++)
            table->factor[rows[l]][c] = o->items[c][o->index[c]][l];
}

/* ---- One step ---- */

typedef struct {
    ns_row b, e;
    ns_dataflow flow;
    float pm_cost, sp_cost;
    double sp_degree;
    ns_table pm, sp;
} choice;

static float level_cost(const problem *p, ns_row e, const ns_table *table) {
    ns_cost c;
    ns_evaluate(&p->model, p->layer, &p->dataflows, table, &c);
    const ns_array *macs = &p->accelerator->arrays[NS_MAC];
    const float mac = (float)c.mac_cycles, lb = (float)c.level_cycles[NS_LEVEL_LB];
    const float lb_upper = (float)c.lb_upper_pj, lb_lower = (float)c.lb_lower_pj;
    if (p->metric == NS_METRIC_CYCLE)
        return e == NS_ROW_DRAM ? (float)c.level_cycles[NS_LEVEL_DRAM] + mac
               : e == NS_ROW_GB ? (float)c.level_cycles[NS_LEVEL_GB] + lb + mac
                                : lb + mac;
    if (e == NS_ROW_DRAM)
        return (float)c.level_pj[NS_LEVEL_DRAM] +
               (p->accelerator->buffers[NS_GB].present ? lb_lower : (float)c.gb_lower_pj);
    if (e == NS_ROW_GB)
        return (float)c.gb_upper_pj + lb_lower + (macs->x * macs->y > 1 ? lb_upper : 0);
    return lb_upper;
}

static double degree(const uint64_t row[NS_COLUMNS]) {
    double product = 1;
    for (int c = 0; c < NS_COLUMNS; c++) {
        uint64_t v = row[c];
        int factors = 0;
        for (uint64_t i = 2; i < v; i++)
            for (; v % i == 0; v /= i)
                factors++;
        product *= factors + 1;
    }
    return product;
}

static uint64_t irrelevant(const uint64_t row[NS_COLUMNS], ns_dataflow flow) {
    return flow == NS_IS   ? row[NS_K]
           : flow == NS_WS ? row[NS_B] * row[NS_P] * row[NS_Q]
           : flow == NS_OS ? row[NS_C] * row[NS_R] * row[NS_S]
                           : 1;
}

static void consider(choice *x, const ns_table *table, float cost) {
    const uint64_t now = ns_row_product(table, x->e), kept = ns_row_product(&x->pm, x->e);
    if (cost < x->pm_cost ||
        (cost == x->pm_cost &&
         (now < kept || (now == kept && irrelevant(table->factor[x->e], x->flow) >
                                            irrelevant(x->pm.factor[x->e], x->flow))))) {
        x->pm_cost = cost;
        x->pm = *table;
    }
    const double spread = degree(table->factor[x->b]);
    if (spread > x->sp_degree) {
        x->sp_degree = spread;
        x->sp = *table;
    } else if (spread == x->sp_degree && cost < x->sp_cost) {
        x->sp_cost = cost;
        x->sp = *table;
    }
}

static void walk_inner(const problem *p, choice *x, ns_table *table, odometer *inner, bool again) {
    const int rows[] = {(int)x->b, (int)x->e};
    for (uint64_t visits = fill(inner, 2, table->factor[x->e]) + again; visits > 0; visits--) {
        advance(inner);
        put(inner, rows, 2, table);
        if (ns_table_is_valid(p->accelerator, p->layer, table))
            consider(x, table, level_cost(p, x->e, table));
    }
}

static void walk_step(const problem *p, choice *x, ns_table table) {
    static odometer outer, inner;
    int rows[NS_ROWS] = {0}, levels = 0;
    bool again = false;
    memset(&outer, 0, sizeof outer);
    memset(&inner, 0, sizeof inner);
    for (int r = (int)x->b + 1; r <= (int)x->e; r++)
        if (!ns_row_is_virtual(p->accelerator, (ns_row)r))
            rows[levels++] = r;
    x->pm = x->sp = table;
    for (uint64_t visits = fill(&outer, levels, table.factor[x->e]); visits > 0; visits--) {
        advance(&outer);
        put(&outer, rows, levels, &table);
        if (!ns_table_is_valid(p->accelerator, p->layer, &table))
            continue;
        walk_inner(p, x, &table, &inner, again);
        again = true;
        for (int r = (int)x->b; r <= (int)x->e; r++)
            for (int c = 0; c < NS_COLUMNS && !ns_row_is_virtual(p->accelerator, (ns_row)r); c++)
                table.factor[r][c] = 1;
    }
}

/* ---- All steps ---- */

typedef struct {
    ns_table table;
    char strategy[12];
} candidate;

static candidate extend(const candidate *from, const char *name, const ns_table *table) {
    candidate made = {.table = *table};
    snprintf(made.strategy, sizeof made.strategy, "%.6s%s%s", from->strategy,
             *from->strategy ? "-" : "", name);
    return made;
}

static size_t walk_levels(const problem *p, candidate candidates[MOST_CANDIDATES]) {
    size_t count = 1;
    for (int e = NS_ROW_DRAM, b; e > 0; e = b) {
        candidate next[MOST_CANDIDATES];
        size_t next_count = 0;
        for (b = e - 3; b > 0; b -= 3)
            if (!ns_row_is_virtual(p->accelerator, (ns_row)b) && p->dataflows.of[b / 3] != NS_NONE)
                break;
        for (size_t i = 0; i < count; i++) {
            choice x = {(ns_row)b, (ns_row)e, NS_NONE, FLT_MAX, FLT_MAX, 0, {{{0}}}, {{{0}}}};
            x.flow =
                ns_row_is_virtual(p->accelerator, (ns_row)b) ? NS_NONE : p->dataflows.of[b / 3];
            walk_step(p, &x, candidates[i].table);
            next[next_count++] = extend(&candidates[i], "PM", &x.pm);
            if (b > 0 && !ns_table_equal(&x.pm, &x.sp))
                next[next_count++] = extend(&candidates[i], "SP", &x.sp);
        }
        count = next_count;
        memcpy(candidates, next, count * sizeof *next);
    }
    return count;
}

static void offer(const problem *p, const candidate *from, double *best, ns_search_result *out) {
    ns_cost cost;
    ns_evaluate(&p->model, p->layer, &p->dataflows, &from->table, &cost);
    const double value = ns_metric_value(p->metric, &cost);
    if (value >= *best || !ns_table_is_valid(p->accelerator, p->layer, &from->table))
        return;
    *best = value;
    out->found = true;
    out->table = from->table;
    out->dataflows = p->dataflows;
    memcpy(out->strategy, from->strategy, sizeof out->strategy);
}

static void plain_bottom_up(problem *p, bool flexible, ns_search_result *out) {
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const candidate start = {.table = ns_table_of_layer(p->layer)};
    const size_t combinations = ns_dataflow_combinations(p->accelerator, flexible, all);
    double best = HUGE_VAL;
    *out = (ns_search_result){.found = false};
    p->dataflows = all[0];
    for (size_t i = 0; i < combinations; i++) {
        const ns_dataflows own = ns_own_dataflows(p->accelerator);
        if (memcmp(&all[i], &own, sizeof own) == 0)
            p->dataflows = own;
    }
    offer(p, &start, &best, out);
    for (size_t i = 0; i < combinations; i++) {
        candidate candidates[MOST_CANDIDATES] = {start};
        p->dataflows = all[i];
        const size_t count = walk_levels(p, candidates);
        for (size_t k = 0; k < count; k++)
            offer(p, &candidates[k], &best, out);
    }
}

static bool check_seed(tw_ctx *ctx, unsigned long seed) {
    ns_accelerator accelerator;
    ns_layer layer;
    bool good = true;
    random_problem(seed, &accelerator, &layer);
    for (int variant = 0; variant < 4; variant++) {
        problem p = {.accelerator = &accelerator, .layer = &layer, .metric = (variant & 1)};
        const ns_search_options options = {.metric = p.metric, .flexible = variant >= 2};
        ns_search_result plain, result;
        ns_model_init(&p.model, &accelerator, true);
        plain_bottom_up(&p, options.flexible, &plain);
        const bool same = ns_bottom_up(ctx, &accelerator, &layer, &options, &result) == TW_OK &&
                          result.found == plain.found &&
                          (!plain.found || (ns_table_equal(&result.table, &plain.table) &&
                                            memcmp(&result.dataflows, &plain.dataflows,
                                                   sizeof plain.dataflows) == 0 &&
                                            strcmp(result.strategy, plain.strategy) == 0));
        if (!same)
            printf("variant %d: %s, expected %s\n", variant, result.strategy, plain.strategy);
        good &= same;
    }
    if (!good)
        printf("case --seed %lu --cases 1\n", seed);
    return good;
}

int main(int argc, char **argv) {
    const unsigned long cases = number_option(argc, argv, "--cases", 150);
    const unsigned long seed = number_option(argc, argv, "--seed", 20261126);
    unsigned long failed = 0;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (unsigned long i = 0; ctx && i < cases; i++)
        failed += !check_seed(ctx, seed + i);
    tw_ctx_free(ctx);
    printf("%lu cases, %lu failed\n", cases, failed);
    return failed || !ctx;
}
