/* On random small accelerators and layers of every kind that the format can say, the exact front is
 * that of a plain enumeration: every mapping is dominated by a point of the front or is one, every
 * point is a valid mapping that costs what it says, none dominates another. Fixed and flexible
 * dataflows, any number of chips and each number alone. Cut short, the front has true bounds.
 *
 * neurospector_front [--cases N] [--seed S] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neurospector/exact.h"
#include "neurospector/front.h"
#include "neurospector/legality.h"
#include "random_problems.h"
#include "support/options.h"

static const double slack = 1 + 1e-12; /* sums are rounded in another order here than there */

typedef struct {
    const ns_front *front;
    uint64_t chips;
    uint64_t visits, undominated;
    double least_pj, least_cycles;
} comparison;

static void compare(void *user, const ns_cost *cost) {
    comparison *c = user;
    if (c->chips && cost->active[NS_CHIP] != c->chips)
        return;
    bool dominated = false;
    for (size_t i = 0; i < c->front->count; i++) {
        const ns_cost *point = &c->front->points[i].cost;
        dominated |=
            point->dynamic_pj <= cost->dynamic_pj * slack && point->cycles <= cost->cycles * slack;
    }
    c->visits++;
    c->undominated += !dominated;
    c->least_pj = fmin(c->least_pj, cost->dynamic_pj);
    c->least_cycles = fmin(c->least_cycles, cost->cycles);
}

static comparison against_all(const ns_accelerator *accelerator, const ns_layer *layer,
                              const ns_search_options *options, const ns_front *front) {
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const size_t count = ns_dataflow_combinations(accelerator, options->flexible, all);
    comparison c = {front, options->chips, 0, 0, HUGE_VAL, HUGE_VAL};
    for (size_t i = 0; i < count; i++)
        visit_mappings(accelerator, layer, &all[i], compare, &c);
    return c;
}

static bool points_are_right(const ns_accelerator *accelerator, const ns_layer *layer,
                             const ns_search_options *options, const ns_front *front) {
    ns_model model;
    bool good = true;
    ns_model_init(&model, accelerator, false);
    for (size_t i = 0; i < front->count; i++) {
        const ns_front_point *p = &front->points[i];
        ns_cost cost;
        ns_evaluate(&model, layer, &p->dataflows, &p->table, &cost);
        good &= ns_table_is_valid(accelerator, layer, &p->table);
        good &= cost.dynamic_pj == p->cost.dynamic_pj && cost.cycles == p->cost.cycles;
        good &= cost.energy_pj == p->cost.energy_pj;
        good &= options->chips == 0 || cost.active[NS_CHIP] == options->chips;
        good &=
            i == 0 || (cost.dynamic_pj > p[-1].cost.dynamic_pj && cost.cycles < p[-1].cost.cycles);
    }
    return good;
}

/* The optima of energy and of cycles are on the front. */
static bool has_optima(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                       const ns_search_options *options, const ns_front *front) {
    bool good = true;
    for (int metric = NS_METRIC_ENERGY; metric <= NS_METRIC_CYCLE; metric++) {
        ns_search_options one = *options;
        ns_search_result best;
        double least = HUGE_VAL;
        one.metric = (ns_metric)metric;
        if (ns_exact(ctx, accelerator, layer, &one, &best) != TW_OK)
            return false;
        for (size_t i = 0; i < front->count; i++)
            least = fmin(least, ns_metric_value(one.metric, &front->points[i].cost));
        good &= best.found == (front->count > 0);
        good &= !best.found || (least <= best.value * slack && best.value <= least * slack);
    }
    return good;
}

static bool whole_front(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                        const ns_search_options *options, size_t *points) {
    ns_front front;
    bool good = false;
    if (ns_exact_front(ctx, accelerator, layer, options, &front) == TW_OK) {
        const comparison c = against_all(accelerator, layer, options, &front);
        good = front.proven && front.limit == TW_OK && c.undominated == 0 &&
               (front.count > 0) == (c.visits > 0) &&
               points_are_right(accelerator, layer, options, &front) &&
               has_optima(ctx, accelerator, layer, options, &front);
        if (good && front.count > 0)
            good = front.energy_bound_pj == front.points[0].cost.dynamic_pj &&
                   front.cycle_bound == front.points[front.count - 1].cost.cycles;
        if (!good)
            printf("%s, %llu chips: %llu of %llu mappings are not dominated by the %zu points\n",
                   options->flexible ? "flexible" : "fixed", (unsigned long long)options->chips,
                   (unsigned long long)c.undominated, (unsigned long long)c.visits, front.count);
        *points += front.count;
    }
    ns_front_free(ctx, &front);
    return good;
}

/* What is said after so many tiles is true. */
static bool cut_short(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                      const ns_search_options *whole, uint64_t work_limit) {
    ns_search_options options = *whole;
    ns_front front;
    bool good = false;
    options.work_limit = work_limit;
    if (ns_exact_front(ctx, accelerator, layer, &options, &front) == TW_OK) {
        const comparison c = against_all(accelerator, layer, &options, &front);
        good = (front.proven ? c.undominated == 0 : front.limit == TW_LIMIT) &&
               front.energy_bound_pj <= c.least_pj * slack &&
               front.cycle_bound <= c.least_cycles * slack &&
               points_are_right(accelerator, layer, &options, &front);
        if (!good)
            printf("%s, %llu tiles: bounds %.17g and %.17g, least %.17g and %.17g\n",
                   options.flexible ? "flexible" : "fixed", (unsigned long long)work_limit,
                   front.energy_bound_pj, front.cycle_bound, c.least_pj, c.least_cycles);
    }
    ns_front_free(ctx, &front);
    return good;
}

static bool check(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                  bool flexible, size_t *points) {
    ns_search_options options = {.flexible = flexible, .threads = 1};
    const uint64_t chips = accelerator->arrays[NS_CHIP].x * accelerator->arrays[NS_CHIP].y;
    bool good = whole_front(ctx, accelerator, layer, &options, points);
    for (uint64_t limit = 1; limit <= 16; limit *= 4)
        good &= cut_short(ctx, accelerator, layer, &options, limit);
    for (options.chips = 1; options.chips <= chips && chips > 1 && !flexible; options.chips++)
        good &= whole_front(ctx, accelerator, layer, &options, points);
    return good;
}

int main(int argc, char **argv) {
    const unsigned long cases = number_option(argc, argv, "--cases", 60);
    const unsigned long seed = number_option(argc, argv, "--seed", 20270301);
    unsigned long failed = 0;
    size_t points = 0;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (unsigned long i = 0; ctx && i < cases; i++) {
        ns_accelerator accelerator;
        ns_layer layer;
        random_problem(seed + i, &accelerator, &layer);
        const bool fixed = check(ctx, &accelerator, &layer, false, &points);
        const bool flexible = check(ctx, &accelerator, &layer, true, &points);
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
