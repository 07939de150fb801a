#include "network/result.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "network/network_schedule.h"

const char *const tw_objective_names[] = {"energy", "latency", "edp", "pareto"};
const char *const tw_found_names[] = {"optimal", "feasible", "infeasible", "none", "evaluated"};

/* NULL stays NULL; *failed is set when memory runs out. */
static const char *copy_text(tw_arena *arena, const char *text, bool *failed) {
    if (!text)
        return NULL;
    const char *copy = tw_arena_strdup(arena, text);
    *failed |= !copy;
    return copy;
}

static bool copy_hierarchy(tw_arena *arena, const tw_hierarchy *from, tw_hierarchy *to) {
    bool failed = false;
    *to = *from;
    to->name = copy_text(arena, from->name, &failed);
    to->description = copy_text(arena, from->description, &failed);
    to->source = copy_text(arena, from->source, &failed);
    for (unsigned l = 0; l < from->level_count; l++)
        to->levels[l].name = copy_text(arena, from->levels[l].name, &failed);
    return !failed;
}

tw_result *tw_result_new(tw_ctx *ctx, const char *accelerator_name, const char *network_name,
                         const tw_hierarchy *hierarchy) {
    tw_result *result = tw_alloc(ctx, sizeof *result);
    if (!result)
        return NULL;
    result->ctx = ctx;
    tw_arena_init(&result->arena, ctx);
    bool failed = false;
    result->accelerator_name = copy_text(&result->arena, accelerator_name, &failed);
    result->network_name = copy_text(&result->arena, network_name, &failed);
    if (failed || !copy_hierarchy(&result->arena, hierarchy, &result->hierarchy)) {
        tw_out_of_memory(ctx);
        tw_result_free(result);
        return NULL;
    }
    return result;
}

tw_status tw_result_make_layers(tw_result *result, size_t count) {
    result->layers_data =
        tw_arena_array(&result->arena, count ? count : 1, sizeof *result->layers_data);
    result->layers = tw_arena_array(&result->arena, count ? count : 1, sizeof *result->layers);
    if (!result->layers_data || !result->layers)
        return tw_out_of_memory(result->ctx);
    result->layer_count = count;
    return TW_OK;
}

tw_status tw_result_set_layer(tw_result *result, size_t index, const tw_layer *layer) {
    bool failed = false;
    tw_layer *copy = &result->layers_data[index];
    *copy = *layer;
    copy->name = copy_text(&result->arena, layer->name, &failed);
    copy->at.file = copy_text(&result->arena, layer->at.file, &failed);
    copy->at.text = copy_text(&result->arena, layer->at.text, &failed);
    copy->source_count = 0;
    copy->sources = NULL;
    result->layers[index].layer = copy;
    return failed ? tw_out_of_memory(result->ctx) : TW_OK;
}

void tw_result_find_shared(tw_result *result) {
    for (size_t i = 0; i < result->layer_count; i++)
        for (size_t j = 0; j < i; j++)
            if (!result->layers[j].shared && tw_problem_equal(&result->layers_data[i].problem,
                                                              &result->layers_data[j].problem)) {
                result->layers[i].shared = true;
                result->layers[i].same_as = j;
                break;
            }
}

void tw_result_free(tw_result *result) {
    if (!result)
        return;
    for (size_t i = 0; i < result->layer_count; i++)
        if (!result->layers[i].shared)
            tw_search_result_free(result->ctx, &result->layers[i].search);
    tw_arena_free(&result->arena);
    tw_free(result->ctx, result);
}

tw_status tw_result_status(const tw_result *result) {
    return result->status;
}

bool tw_layer_is_mapped(const tw_layer_result *layer) {
    const tw_found found = layer->search.found;
    return found == TW_FOUND_OPTIMAL || found == TW_FOUND_FEASIBLE || found == TW_FOUND_EVALUATED;
}

double tw_search_gap(const tw_search_result *search) {
    const double value = search->objective_value, bound = search->lower_bound;
    return value > 0 && bound < value ? (value - bound) / value : 0;
}

static int severity_rank(tw_status status) {
    static const tw_status order[] = {TW_OK, TW_LIMIT, TW_INFEASIBLE, TW_CANCELLED};
    for (int i = 0; i < 4; i++)
        if (order[i] == status)
            return i;
    return 4; /* errors */
}

static tw_status layer_status(const tw_layer_result *layer) {
    return layer->search.found == TW_FOUND_INFEASIBLE ? TW_INFEASIBLE : layer->search.limit;
}

void tw_result_sum(tw_result *result) {
    tw_total total = {0};
    tw_status worst = TW_OK;
    bool overflow = false;
    for (size_t i = 0; i < result->layer_count; i++) {
        const tw_layer_result *layer = &result->layers[i];
        const uint64_t repeat = layer->layer->repeat;
        const tw_status status = layer_status(layer);
        if (severity_rank(status) > severity_rank(worst))
            worst = status;
        total.layers += repeat;
        if (!tw_layer_is_mapped(layer)) {
            total.unmapped += repeat;
            continue;
        }
        const tw_cost *cost = &layer->search.best.cost;
        total.energy_pj += cost->energy_pj * (double)repeat;
        total.latency_cycles += cost->latency_cycles * (double)repeat;
        total.macs = tw_add_u64(total.macs, tw_mul_u64(cost->macs, repeat, &overflow), &overflow);
    }
    if (overflow)
        total.macs = UINT64_MAX; /* saturated */
    total.edp = total.energy_pj * total.latency_cycles;
    result->total = total;
    if (result->schedule && severity_rank(result->schedule->limit) > severity_rank(worst))
        worst = result->schedule->limit;
    result->status = worst;
}
