/* What given mappings cost. A layer of the network for which no mapping is given is left out, with
 * a note, unless it was asked for by name. */
#include <math.h>

#include "base/pool.h"
#include "input/mapping_set.h"
#include "network/model.h"
#include "network/options.h"
#include "network/select.h"

typedef struct {
    tw_ctx *ctx;
    const tw_network *network;
    const tw_map_options *options;
    const tw_mapping_set *mappings;
    const tw_model *model;
    tw_result *result;
} evaluation;

/* Takes layers without a mapping out of the selection. */
static tw_status drop_unmapped(const evaluation *e, bool *selected) {
    size_t kept = 0, dropped = 0;
    for (size_t i = 0; i < e->network->layer_count; i++) {
        if (!selected[i])
            continue;
        const char *name = e->network->layers[i].name;
        if (tw_mapping_set_find(e->mappings, name)) {
            kept++;
            continue;
        }
        const tw_position at = {.file = e->mappings->origin};
        if (e->options->layer_count)
            return tw_fail(e->ctx, TW_INVALID, &at, "there is no mapping for layer %s", name);
        selected[i] = false;
        dropped++;
    }
    const tw_position at = {.file = e->mappings->origin};
    if (kept == 0)
        return tw_fail(e->ctx, TW_INVALID, &at, "there is no mapping for any layer of %s",
                       e->network->name);
    if (dropped)
        tw_diag(e->ctx, TW_SEVERITY_NOTE, &at,
                "%zu of the %zu layers of %s have no mapping here and are left out", dropped,
                dropped + kept, e->network->name);
    return TW_OK;
}

static tw_status evaluate_layer(const evaluation *e, tw_layer_result *layer) {
    const tw_hierarchy *arch = &e->result->hierarchy;
    const tw_problem *problem = &layer->layer->problem;
    const tw_named_mapping *named = tw_mapping_set_find(e->mappings, layer->layer->name);
    tw_search_result *out = &layer->search;
    if (tw_mapping_check(e->ctx, &named->at, arch, problem, &named->mapping) != TW_OK)
        return tw_fail(e->ctx, TW_INVALID, &named->at, "the mapping of layer %s is not valid",
                       layer->layer->name);
    out->best.mapping = named->mapping;
    if (!e->model->evaluate(arch, problem, &out->best.mapping, &out->best.cost))
        return tw_fail(e->ctx, TW_INVALID, &named->at,
                       "the counts of the mapping of layer %s leave 64 bits", layer->layer->name);
    out->found = TW_FOUND_EVALUATED;
    out->lower_bound = NAN;
    out->objective_value = tw_objective_value(e->result->objective, &out->best.cost);
    return TW_OK;
}

/* All bad mappings are reported, not only the first. */
static tw_status evaluate_layers(const evaluation *e, bool *selected) {
    TW_TRY(drop_unmapped(e, selected));
    TW_TRY(tw_selection_copy(e->network, selected, e->result));
    tw_status worst = TW_OK;
    for (size_t i = 0; i < e->result->layer_count; i++) {
        const tw_status status = evaluate_layer(e, &e->result->layers[i]);
        worst = status != TW_OK ? status : worst;
    }
    tw_result_sum(e->result);
    return worst;
}

static tw_status run(evaluation *e, const tw_accelerator *accelerator, const char *mapping_path) {
    tw_mapping_set *mappings = NULL;
    bool *selected = NULL;
    TW_TRY(tw_mapping_set_load(e->ctx, mapping_path, accelerator, e->network, false, &mappings));
    e->mappings = mappings;
    tw_status status = tw_selection_make(e->ctx, e->network, e->options, &selected);
    if (status == TW_OK)
        status = evaluate_layers(e, selected);
    tw_free(e->ctx, selected);
    tw_mapping_set_free(mappings);
    return status;
}

tw_status tw_eval(tw_ctx *ctx, const tw_accelerator *accelerator, const tw_network *network,
                  const char *mapping_path, const tw_map_options *options, tw_result **out) {
    tw_map_options resolved;
    *out = NULL;
    TW_TRY(tw_map_options_resolve(ctx, options, &resolved));
    evaluation e = {.ctx = ctx, .network = network, .options = &resolved};
    TW_TRY(tw_model_of(ctx, &resolved, accelerator, &e.model));
    e.result = tw_result_new(ctx, tw_accelerator_name(accelerator), network->name,
                             &accelerator->hierarchy);
    if (!e.result)
        return TW_ERROR;
    e.result->command = "eval";
    e.result->model = e.model->name;
    e.result->objective = tw_map_objective(&resolved);
    e.result->batch = network->batch;
    e.result->threads = 1;
    const double began_s = tw_seconds();
    const tw_status status = run(&e, accelerator, mapping_path);
    e.result->seconds = tw_seconds() - began_s;
    if (status == TW_OK)
        *out = e.result;
    else
        tw_result_free(e.result);
    return status;
}
