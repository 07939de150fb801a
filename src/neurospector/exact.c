#include "neurospector/exact.h"

#include <math.h>

#include "neurospector/explore.h"

/* Static energy is power times cycles. */
static ns_objective objective_of(const ns_model *model, ns_metric metric) {
    ns_objective objective = {0, 1};
    if (metric == NS_METRIC_ENERGY) {
        objective = (ns_objective){1, 0};
        for (int i = 0; i <= NS_LEVELS; i++)
            objective.cycle_weight += model->static_pj_per_cycle[i];
    }
    return objective;
}

/* The mapping found, and a check that it costs what its parts do. */
static tw_status take_result(const ns_space *space, const ns_exploration *exploration,
                             ns_metric metric, ns_search_result *out) {
    const ns_mapping *best = &exploration->found.mappings[0];
    out->found = exploration->found.count > 0;
    out->proven = !exploration->stopped;
    out->limit = exploration->limit;
    out->evaluated = exploration->evaluated;
    out->pruned = exploration->pruned;
    out->space_log10 += log10((double)exploration->combination_count);
    if (exploration->bounds.of[0] < HUGE_VAL)
        out->lower_bound = exploration->bounds.of[0];
    if (!out->found)
        return TW_OK;
    out->dataflows = exploration->combinations[best->combination];
    ns_price_chain(space, &best->chain, &out->dataflows, &out->table, &out->cost);
    out->value = ns_metric_value(metric, &out->cost);
    if (out->proven)
        out->lower_bound = out->value;
    return ns_prices_agree(space, metric == NS_METRIC_ENERGY ? "pJ" : "cycles", out->value,
                           best->values.of[0]);
}

tw_status ns_exact(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                   const ns_search_options *options, ns_search_result *out) {
    ns_space space;
    ns_exploration exploration = {.stopped = false};
    *out = (ns_search_result){.space_log10 = ns_space_log10(accelerator, layer)};
    tw_status status = ns_space_init(&space, ctx, accelerator, layer);
    if (status == TW_LIMIT) {
        out->limit = TW_LIMIT; /* more tiles than we look at */
        status = TW_OK;
    } else if (status == TW_OK) {
        const ns_objectives objectives = {1, {objective_of(&space.model, options->metric)}};
        status = ns_explore(&space, &objectives, options, &exploration);
        if (status == TW_OK)
            status = take_result(&space, &exploration, options->metric, out);
    }
    ns_exploration_free(&exploration);
    ns_space_free(&space);
    return status;
}
