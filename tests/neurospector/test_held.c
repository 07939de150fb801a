/* On random small accelerators and layers the mappings that a schedule with reuse may want are all
 * there: every mapping of a plain enumeration costs no less than a point that holds no less, or
 * costs more than a point of the front by all that its tiles could save. Every point is a valid
 * mapping that costs what it says. What the chips hold is counted here word by word.
 *
 * neurospector_held [--cases N] [--seed S] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neurospector/held_front.h"
#include "neurospector/legality.h"
#include "random_problems.h"
#include "support/options.h"

static const double slack = 1 + 1e-11; /* sums are rounded in another order here than there */

typedef struct {
    const ns_model *model;
    const ns_layer *layer;
    const ns_held_use *use;
    const ns_dataflows *dataflows;
    const ns_front *front, *held;
    uint64_t visits, missing;
} comparison;

static void held_of(const ns_layer *layer, const ns_table *table, ns_held *out) {
    uint64_t extent[NS_COLUMNS];
    for (int c = 0; c < NS_COLUMNS; c++) {
        extent[c] = 1;
        for (int r = 0; r < NS_ROW_DRAM; r++)
            extent[c] *= table->factor[r][c];
    }
    *out = ns_held_of(layer, extent);
}

static bool covers(const uint64_t a[NS_HELD_AXES], const uint64_t b[NS_HELD_AXES]) {
    for (int i = 0; i < NS_HELD_AXES; i++)
        if (a[i] < b[i])
            return false;
    return true;
}

static bool is_covered(const comparison *c, const ns_front_point *p, const ns_cost *cost,
                       const ns_held *held) {
    ns_held own;
    held_of(c->layer, &p->table, &own);
    return p->cost.energy_pj <= cost->energy_pj * slack && p->cost.cycles <= cost->cycles * slack &&
           (!c->use->output || covers(own.output, held->output)) &&
           (!c->use->input || covers(own.input, held->input));
}

/* All words of both tiles, one by one. */
static void count_saved(const comparison *c, const ns_held *held, double *pj, double *cycles) {
    const uint64_t *tiles[2] = {c->use->output ? held->output : NULL,
                                c->use->input ? held->input : NULL};
    *pj = *cycles = 0;
    for (int i = 0; i < 2; i++) {
        double words = 0;
        for (uint64_t w = 0; tiles[i] && w < tiles[i][0] * tiles[i][1] * tiles[i][2] * tiles[i][3];
             w++) {
            words++;
            *pj += c->use->word_pj;
        }
        *cycles += ceil(words / c->use->words_per_cycle) * c->use->word_cycles;
    }
    for (int i = 0; i <= NS_LEVELS; i++)
        *pj += *cycles * c->model->static_pj_per_cycle[i];
}

static bool is_hopeless(const comparison *c, const ns_cost *cost, const ns_held *held) {
    double pj = 0, cycles = 0;
    count_saved(c, held, &pj, &cycles);
    for (size_t i = 0; i < c->front->count; i++) {
        const ns_cost *best = &c->front->points[i].cost;
        if (best->energy_pj <= (cost->energy_pj - pj) + 1e-11 * cost->energy_pj &&
            best->cycles <= (cost->cycles - cycles) + 1e-11 * cost->cycles)
            return true;
    }
    return false;
}

static void compare(comparison *c, const ns_table *table) {
    ns_cost cost;
    ns_held held;
    ns_evaluate(c->model, c->layer, c->dataflows, table, &cost);
    held_of(c->layer, table, &held);
    bool known = is_hopeless(c, &cost, &held);
    for (size_t i = 0; i < c->front->count && !known; i++)
        known = is_covered(c, &c->front->points[i], &cost, &held);
    for (size_t i = 0; i < c->held->count && !known; i++)
        known = is_covered(c, &c->held->points[i], &cost, &held);
    c->visits++;
    c->missing += !known;
}

static void enumerate(comparison *c, ns_table *table, int row, int column, uint64_t rest) {
    const ns_accelerator *accelerator = c->model->accelerator;
    if (row == NS_ROW_DRAM) {
        table->factor[row][column] = rest;
        if (column + 1 < NS_COLUMNS)
            enumerate(c, table, NS_ROW_REG, column + 1, c->layer->size[column + 1]);
        else if (ns_table_is_valid(accelerator, c->layer, table))
            compare(c, table);
        return;
    }
    for (uint64_t f = 1; f <= (ns_row_is_virtual(accelerator, (ns_row)row) ? 1 : rest); f++)
        if (rest % f == 0) {
            table->factor[row][column] = f;
            enumerate(c, table, row + 1, column, rest / f);
        }
}

static bool points_are_right(const comparison *c) {
    bool good = true;
    for (size_t i = 0; i < c->held->count; i++) {
        const ns_front_point *p = &c->held->points[i];
        ns_cost cost;
        ns_evaluate(c->model, c->layer, &p->dataflows, &p->table, &cost);
        good &= ns_table_is_valid(c->model->accelerator, c->layer, &p->table) &&
                cost.energy_pj == p->cost.energy_pj && cost.cycles == p->cost.cycles;
    }
    return good;
}

static bool check(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                  bool flexible, unsigned used, size_t *points) {
    const ns_search_options options = {.flexible = flexible, .threads = 1};
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const size_t count = ns_dataflow_combinations(accelerator, flexible, all);
    ns_model model;
    ns_table table;
    ns_front front, held = {0};
    ns_model_init(&model, accelerator, false);
    const ns_held_use use = {
        .output = used & 1,
        .input = used >> 1 & 1,
        .word_pj = model.access_pj[NS_LEVEL_DRAM][0] + model.access_pj[NS_LEVEL_DRAM][2],
        .word_cycles = model.unit_cycles[NS_LEVEL_DRAM][0] + model.unit_cycles[NS_LEVEL_DRAM][2],
        .words_per_cycle = model.words_per_cycle[NS_LEVEL_DRAM]};
    comparison c = {&model, layer, &use, NULL, &front, &held, 0, 0};
    bool good = ns_exact_front(ctx, accelerator, layer, &options, &front) == TW_OK &&
                ns_held_front(ctx, accelerator, layer, &options, &use, &front, &held) == TW_OK &&
                held.proven && points_are_right(&c);
    for (size_t i = 0; i < count && good; i++) {
        c.dataflows = &all[i];
        enumerate(&c, &table, NS_ROW_REG, 0, layer->size[0]);
    }
    good &= c.missing == 0;
    if (!good)
        printf("%s, %s%s: %llu of %llu mappings are missing in %zu points\n",
               flexible ? "flexible" : "fixed", use.output ? "output " : "",
               use.input ? "input" : "", (unsigned long long)c.missing,
               (unsigned long long)c.visits, held.count);
    *points += held.count;
    ns_front_free(ctx, &front);
    ns_front_free(ctx, &held);
    return good;
}

int main(int argc, char **argv) {
    const unsigned long cases = number_option(argc, argv, "--cases", 60);
    const unsigned long seed = number_option(argc, argv, "--seed", 20270401);
    unsigned long failed = 0;
    size_t points = 0;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (unsigned long i = 0; ctx && i < cases; i++) {
        ns_accelerator accelerator;
        ns_layer layer;
        random_problem(seed + i, &accelerator, &layer);
        const bool fixed = check(ctx, &accelerator, &layer, false, (unsigned)(1 + i % 3), &points);
        const bool flexible =
            check(ctx, &accelerator, &layer, true, (unsigned)(1 + (i + 1) % 3), &points);
        if (!fixed || !flexible) {
            failed++;
            printf("case --seed %lu --cases 1\n", seed + i);
        }
    }
    tw_diagnostics_print(ctx, stdout, false);
    tw_ctx_free(ctx);
    printf("%lu cases, %zu points, %lu failed\n", cases, points, failed);
    return failed || !ctx;
}
