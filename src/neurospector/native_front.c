/* The exact front of the model is one of dynamic energy and cycles. Static energy is power times
 * cycles, so that the front of energy and cycles is part of it; the optimum of their product is on
 * either. Points are priced once more by the evaluator of the native mapping, so that eval gives
 * the same bits. */
#include "neurospector/native_front.h"

#include <math.h>

#include "neurospector/front.h"
#include "neurospector/native.h"

/* The points of the front in energy and latency, by rising energy. */
static tw_status take_points(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                             const ns_front *from, tw_search_result *out) {
    out->front = tw_alloc_array(ctx, from->count + 1, sizeof *out->front);
    if (!out->front)
        return tw_out_of_memory(ctx);
    for (size_t i = 0; i < from->count; i++) {
        tw_point *point = &out->front[out->front_count];
        ns_mapping_of(arch, &from->points[i].table, &from->points[i].dataflows, NS_ALL_BUFFERS,
                      &point->mapping);
        if (!tw_neurospector_evaluate(arch, problem, &point->mapping, &point->cost))
            continue;
        /* Latency falls along the front: a point before that takes no less energy is beaten. */
        while (out->front_count > 0 && point[-1].cost.energy_pj >= point->cost.energy_pj) {
            point[-1] = *point;
            point--;
            out->front_count--;
        }
        out->front_count++;
    }
    return TW_OK;
}

static size_t best_point(tw_objective objective, const tw_search_result *result) {
    size_t best = 0;
    for (size_t i = 1; i < result->front_count; i++)
        if (tw_objective_value(objective, &result->front[i].cost) <
            tw_objective_value(objective, &result->front[best].cost))
            best = i;
    return best;
}

static double bound_of(const ns_accelerator *accelerator, const ns_front *front,
                       tw_objective objective) {
    ns_model model;
    double energy_pj = front->energy_bound_pj;
    ns_model_init(&model, accelerator, false);
    for (int i = 0; i <= NS_LEVELS; i++)
        energy_pj += model.static_pj_per_cycle[i] * front->cycle_bound;
    return objective == TW_OBJECTIVE_EDP ? energy_pj * front->cycle_bound : energy_pj;
}

static tw_status take_front(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                            const ns_accelerator *accelerator, const tw_search_options *options,
                            const ns_front *front, tw_search_result *out) {
    out->limit = front->limit;
    out->evaluated = front->evaluated;
    out->pruned = front->pruned;
    out->space_log10 = front->space_log10;
    out->found = front->proven ? TW_FOUND_INFEASIBLE : TW_FOUND_NOTHING;
    TW_TRY(take_points(ctx, arch, problem, front, out));
    if (out->front_count == 0)
        return TW_OK;
    out->best = out->front[best_point(options->objective, out)];
    out->found = front->proven ? TW_FOUND_OPTIMAL : TW_FOUND_FEASIBLE;
    out->objective_value = tw_objective_value(options->objective, &out->best.cost);
    out->lower_bound = out->objective_value;
    if (!front->proven)
        out->lower_bound =
            fmin(out->objective_value, bound_of(accelerator, front, options->objective));
    if (options->objective == TW_OBJECTIVE_PARETO || options->keep_front)
        return TW_OK;
    tw_free(ctx, out->front);
    out->front = NULL;
    out->front_count = 0;
    return TW_OK;
}

tw_status ns_native_front(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                          const tw_search_options *options, tw_search_result *out) {
    const ns_search_options wanted = {.flexible = true, /* buffers that keep theirs say so */
                                      .time_limit_s = options->time_limit_s,
                                      .work_limit = options->work_limit};
    ns_accelerator accelerator;
    ns_layer layer;
    ns_front front;
    ns_accelerator_of(arch, &accelerator);
    if (!ns_layer_of(problem, &layer))
        return TW_OK;
    tw_status status = ns_exact_front(ctx, &accelerator, &layer, &wanted, &front);
    if (status == TW_OK)
        status = take_front(ctx, arch, problem, &accelerator, options, &front, out);
    ns_front_free(ctx, &front);
    return status;
}
