/* On random small accelerators and layers of every kind that the format can say, the exact search
 * gives the cheapest mapping of a plain enumeration: both objectives, fixed and flexible. Bottom-up
 * is never better and always valid. The enumeration here shares only the evaluator with the
 * library.
 *
 * neurospector_random [--cases N] [--seed S] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neurospector/bottom_up.h"
#include "neurospector/brute_force.h"
#include "neurospector/exact.h"
#include "neurospector/legality.h"

static uint64_t state;

static unsigned below(unsigned n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 11) % n);
}

static void random_buffer(ns_buffer *buffer, ns_buffer_id id) {
    static const double energies[] = {0, 0.25, 1, 3.5, 20, 128};
    static const double bandwidths[] = {8, 16, 24, 40, 64, 256};
    buffer->present = true;
    buffer->dataflow = (ns_dataflow)below(NS_DATAFLOWS);
    buffer->bandwidth_bits = bandwidths[below(6)];
    for (int d = 0; d < NS_DATA; d++) {
        buffer->access_pj[d] = energies[below(6)];
        buffer->static_mw[d] = below(3) * 0.001;
        buffer->unit_cycles[d] = below(4);
        if (below(4) == 0 && (int)buffer->dataflow != NS_IS + d)
            buffer->bypass |= 1U << d;
    }
    if (id == NS_DRAM)
        return;
    const double room = id == NS_GB ? 200 : 24;
    buffer->size_count = below(2) ? 1 : 3;
    for (unsigned d = 0; d < buffer->size_count; d++)
        buffer->size_bytes[d] = 4 + below((unsigned)room) * (buffer->size_count == 1 ? 3 : 1);
    if (below(12) == 0)
        buffer->size_count = 0;
}

static void random_accelerator(ns_accelerator *a) {
    *a = (ns_accelerator){.name = "random", .precision_bits = below(2) ? 8 : 16, .mac_pj = 1.5};
    a->frequency_mhz = 200;
    a->mac_static_mw = below(2) * 0.01;
    random_buffer(&a->buffers[NS_LB], NS_LB);
    random_buffer(&a->buffers[NS_DRAM], NS_DRAM);
    if (below(4))
        random_buffer(&a->buffers[NS_GB], NS_GB);
    for (int i = 0; i < NS_ARRAYS; i++)
        a->arrays[i] = (ns_array){below(3) > 0, 1 + below(4), 1 + below(3)};
    ns_accelerator_complete(a);
}

static void random_layer(ns_layer *layer) {
    static const uint64_t sizes[] = {1, 1, 2, 2, 3, 4, 6};
    uint64_t product = 1;
    *layer = (ns_layer){.name = "random", .stride = below(4)};
    for (int c = 0; c < NS_COLUMNS; c++) {
        layer->size[c] = product > 60 ? 1 : sizes[below(7)];
        product *= layer->size[c];
    }
}

/* Every table, one factor at a time. */
typedef struct {
    const ns_model *model;
    const ns_layer *layer;
    const ns_dataflows *dataflows;
    ns_metric metric;
    double best;
    uint64_t visits;
} enumeration;

static void enumerate(enumeration *e, ns_table *table, int row, int column, uint64_t rest) {
    if (row == NS_ROW_DRAM) {
        table->factor[row][column] = rest;
        if (column + 1 < NS_COLUMNS) {
            enumerate(e, table, NS_ROW_REG, column + 1, e->layer->size[column + 1]);
        } else if (ns_table_is_valid(e->model->accelerator, e->layer, table)) {
            ns_cost cost;
            ns_evaluate(e->model, e->layer, e->dataflows, table, &cost);
            e->best = fmin(e->best, ns_metric_value(e->metric, &cost));
            e->visits++;
        }
        return;
    }
    const bool is_virtual = ns_row_is_virtual(e->model->accelerator, (ns_row)row);
    for (uint64_t f = 1; f <= (is_virtual ? 1 : rest); f++)
        if (rest % f == 0) {
            table->factor[row][column] = f;
            enumerate(e, table, row + 1, column, rest / f);
        }
}

static double enumerated_best(const ns_accelerator *accelerator, const ns_layer *layer,
                              ns_metric metric, bool flexible) {
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const size_t count = ns_dataflow_combinations(accelerator, flexible, all);
    ns_model model;
    ns_table table;
    ns_model_init(&model, accelerator, false);
    enumeration e = {.model = &model, .layer = layer, .metric = metric, .best = HUGE_VAL};
    for (size_t i = 0; i < count; i++) {
        e.dataflows = &all[i];
        enumerate(&e, &table, NS_ROW_REG, 0, layer->size[0]);
    }
    return e.best;
}

static bool near(double a, double b) {
    return a == b || fabs(a - b) <= 1e-11 * fabs(b);
}

static bool check(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                  ns_metric metric, bool flexible, bool plain) {
    const ns_search_options options = {.metric = metric, .flexible = flexible, .threads = 1};
    ns_search_result exact, brute, bottom_up;
    if (ns_exact(ctx, accelerator, layer, &options, &exact) != TW_OK ||
        ns_brute_force(ctx, accelerator, layer, &options, &brute) != TW_OK ||
        ns_bottom_up(ctx, accelerator, layer, &options, &bottom_up) != TW_OK) {
        tw_diagnostics_print(ctx, stdout, false);
        return false;
    }
    const double least = plain ? enumerated_best(accelerator, layer, metric, flexible)
                               : (brute.found ? brute.value : HUGE_VAL);
    bool good = exact.proven && brute.proven && exact.found == (least < HUGE_VAL) &&
                exact.found == brute.found && exact.found == bottom_up.found;
    if (good && exact.found)
        good = near(exact.value, least) && near(brute.value, least) &&
               exact.lower_bound == exact.value &&
               ns_table_is_valid(accelerator, layer, &exact.table) &&
               ns_table_is_valid(accelerator, layer, &bottom_up.table) &&
               bottom_up.value >= exact.value * (1 - 1e-12);
    if (!good)
        printf("%s %s: exact %.17g, enumeration %.17g, brute force %.17g, bottom-up %.17g\n",
               metric == NS_METRIC_CYCLE ? "cycle" : "energy", flexible ? "flexible" : "fixed",
               exact.found ? exact.value : -1, least, brute.found ? brute.value : -1,
               bottom_up.found ? bottom_up.value : -1);
    return good;
}

int main(int argc, char **argv) {
    unsigned long cases = 60, seed = 20261122;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--cases") == 0)
            cases = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = strtoul(argv[i + 1], NULL, 10);
    }
    unsigned long failed = 0, infeasible = 0;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (unsigned long i = 0; ctx && i < cases; i++) {
        ns_accelerator accelerator;
        ns_layer layer;
        state = (seed + i) * UINT64_C(0x9E3779B97F4A7C15) | 1;
        for (int skip = 0; skip < 8; skip++)
            below(2);
        random_accelerator(&accelerator);
        random_layer(&layer);
        bool good = true;
        for (int variant = 0; variant < 4; variant++)
            good &= check(ctx, &accelerator, &layer, (ns_metric)(variant & 1), variant >= 2,
                          i % 4 == 0);
        char reason[160];
        infeasible += ns_smallest_tile_fails(&accelerator, &layer, reason, sizeof reason);
        failed += !good;
        if (!good)
            printf("case --seed %lu --cases 1\n", seed + i);
    }
    tw_ctx_free(ctx);
    printf("%lu cases, %lu without a valid mapping, %lu failed\n", cases, infeasible, failed);
    return failed || !ctx;
}
