#include "network/result_write.h"

#include <math.h>
#include <string.h>

#include "base/json_writer.h"
#include "input/mapping_json.h"
#include "network/hierarchy_json.h"
#include "network/schedule_json.h"

static void write_pair(tw_json *json, const char *key, const uint64_t values[2]) {
    tw_json_array_row(json, key);
    tw_json_u64(json, NULL, values[0]);
    tw_json_u64(json, NULL, values[1]);
    tw_json_end(json);
}

static void write_problem(tw_json *json, const tw_problem *problem) {
    tw_json_object_row(json, "dims");
    for (int d = 0; d < TW_DIM_COUNT; d++)
        tw_json_u64(json, tw_dim_names[d], problem->extent[d]);
    tw_json_end(json);
    write_pair(json, "stride", problem->stride);
    write_pair(json, "dilation", problem->dilation);
    if (problem->operation->variable_inputs)
        tw_json_u64(json, "inputs", problem->tensor_count - problem->operation->tensor_count + 1);
}

static void write_factor(tw_json *json, const char *dim, uint64_t factor) {
    tw_json_array_row(json, NULL);
    tw_json_text(json, NULL, dim);
    tw_json_u64(json, NULL, factor);
    tw_json_end(json);
}

static bool is_unrolled(const uint64_t factors[TW_DIM_COUNT]) {
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (factors[d] > 1)
            return true;
    return false;
}

static void write_axis(tw_json *json, const char *key, const uint64_t factors[TW_DIM_COUNT]) {
    if (!is_unrolled(factors))
        return;
    tw_json_array_row(json, key);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (factors[d] > 1)
            write_factor(json, tw_dim_names[d], factors[d]);
    tw_json_end(json);
}

void tw_mapping_write_json(tw_json *json, const tw_hierarchy *arch, const tw_mapping *mapping) {
    tw_json_array(json, "mapping");
    for (unsigned l = 0; l < mapping->level_count; l++) {
        const tw_level_mapping *level = &mapping->levels[l];
        tw_json_object_row(json, NULL);
        tw_json_text(json, "level", arch->levels[l].name);
        tw_json_array_row(json, "temporal");
        for (unsigned i = 0; i < level->loop_count; i++)
            if (level->loops[i].factor > 1)
                write_factor(json, tw_dim_names[level->loops[i].dim], level->loops[i].factor);
        tw_json_end(json);
        if (is_unrolled(level->spatial_x) || is_unrolled(level->spatial_y)) {
            tw_json_object_row(json, "spatial");
            write_axis(json, "x", level->spatial_x);
            write_axis(json, "y", level->spatial_y);
            tw_json_end(json);
        }
        tw_json_array_row(json, "keep");
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            if (level->keeps >> r & 1)
                tw_json_text(json, NULL, tw_role_names[r]);
        tw_json_end(json);
        if (level->stationary)
            tw_json_text(json, "stationary", tw_stationary_name(level));
        tw_json_end(json);
    }
    tw_json_end(json);
}

static void write_tensor(tw_json *json, const tw_tensor *tensor, const tw_tensor_cost *cost) {
    tw_json_object_row(json, tensor->name);
    tw_json_u64(json, "tile_words", cost->tile_words);
    if (tensor->role == TW_ROLE_OUTPUT) {
        tw_json_u64(json, "update", cost->update);
        tw_json_u64(json, "psum_read", cost->psum_read);
        tw_json_u64(json, "evict", cost->evict);
        tw_json_u64(json, "refill", cost->refill);
    } else {
        tw_json_u64(json, "fill", cost->fill);
        tw_json_u64(json, "read", cost->read);
    }
    tw_json_u64(json, "reads", cost->reads);
    tw_json_u64(json, "writes", cost->writes);
    tw_json_u64(json, "network_words", cost->network_words);
    tw_json_double(json, "energy_pj", cost->energy_pj);
    tw_json_end(json);
}

static void write_levels(tw_json *json, const tw_hierarchy *arch, const tw_problem *problem,
                         const tw_cost *cost) {
    tw_json_array(json, "levels");
    for (unsigned l = 0; l < cost->level_count; l++) {
        const tw_level_cost *level = &cost->levels[l];
        tw_json_object(json, NULL);
        tw_json_text(json, "name", arch->levels[l].name);
        tw_json_u64(json, "instances", level->instances);
        tw_json_u64(json, "active", level->active);
        tw_json_object(json, "tensors");
        for (unsigned t = 0; t < cost->tensor_count; t++)
            write_tensor(json, &problem->tensors[t], &level->tensors[t]);
        tw_json_end(json);
        tw_json_double(json, "energy_pj", level->energy_pj);
        tw_json_double(json, "network_pj", level->network_pj);
        tw_json_double(json, "static_pj", level->static_pj);
        tw_json_double(json, "cycles", level->cycles);
        tw_json_double(json, "occupancy", level->occupancy);
        tw_json_end(json);
    }
    tw_json_end(json);
}

/* A level whose name is one of the breakdown's own keys is told apart by a prefix. */
static void write_level_energy(tw_json *json, const char *name, double energy_pj) {
    char key[256];
    const bool taken = !strcmp(name, "mac") || !strcmp(name, "network") || !strcmp(name, "static");
    snprintf(key, sizeof key, "%s%s", taken ? "level " : "", name);
    tw_json_double(json, key, energy_pj);
}

static void write_breakdown(tw_json *json, const tw_hierarchy *arch, const tw_cost *cost) {
    tw_json_object_row(json, "energy_breakdown_pj");
    tw_json_double(json, "mac", cost->mac_pj);
    for (unsigned l = 0; l < cost->level_count; l++)
        write_level_energy(json, arch->levels[l].name, cost->levels[l].energy_pj);
    tw_json_double(json, "network", cost->network_pj);
    tw_json_double(json, "static", cost->static_pj);
    tw_json_end(json);
}

/* The numbers of a mapping and the mapping itself: of a layer and of each Pareto point. */
static void write_point(tw_json *json, const tw_hierarchy *arch, const tw_problem *problem,
                        const tw_point *point) {
    const tw_cost *cost = &point->cost;
    tw_json_double(json, "energy_pj", cost->energy_pj);
    tw_json_double(json, "latency_cycles", cost->latency_cycles);
    tw_json_double(json, "edp", cost->edp);
    tw_json_u64(json, "macs", cost->macs);
    tw_json_u64(json, "compute_steps", cost->compute_steps);
    tw_json_double(json, "utilization", cost->utilization);
    tw_mapping_write_json(json, arch, &point->mapping);
    write_levels(json, arch, problem, cost);
    write_breakdown(json, arch, cost);
}

static void write_front(tw_json *json, const tw_result *result, const tw_layer_result *layer) {
    if (result->objective != TW_OBJECTIVE_PARETO || !tw_layer_is_mapped(layer) ||
        layer->search.found == TW_FOUND_EVALUATED)
        return;
    tw_json_array(json, "pareto");
    for (size_t i = 0; i < layer->search.front_count; i++) {
        tw_json_object(json, NULL);
        write_point(json, &result->hierarchy, &layer->layer->problem, &layer->search.front[i]);
        tw_json_end(json);
    }
    tw_json_end(json);
}

/* Value, bound and gap; an evaluated or a sampled mapping has no bound. */
static void write_objective(tw_json *json, const tw_search_result *search) {
    tw_json_double(json, "objective_value", search->objective_value);
    if (search->found == TW_FOUND_EVALUATED || !isfinite(search->lower_bound))
        return;
    tw_json_double(json, "lower_bound", search->lower_bound);
    tw_json_double(json, "gap", tw_search_gap(search));
}

static void write_search(tw_json *json, const tw_search_result *search) {
    tw_json_object_row(json, "search");
    if (search->limit != TW_OK)
        tw_json_text(json, "stopped_by", search->limit == TW_LIMIT ? "limit" : "interrupt");
    tw_json_u64(json, "evaluated", search->evaluated);
    tw_json_u64(json, "pruned", search->pruned);
    tw_json_double(json, "space_log10", search->space_log10);
    tw_json_end(json);
}

static void write_layer(tw_json *json, const tw_result *result, const tw_layer_result *layer) {
    const tw_search_result *search = &layer->search;
    tw_json_object(json, NULL);
    tw_json_text(json, "name", layer->layer->name);
    tw_json_text(json, "type", layer->layer->problem.operation->name);
    tw_json_u64(json, "repeat", layer->layer->repeat);
    write_problem(json, &layer->layer->problem);
    if (layer->shared)
        tw_json_text(json, "same_as", result->layers_data[layer->same_as].name);
    tw_json_text(json, "status", tw_found_names[search->found]);
    if (tw_layer_is_mapped(layer)) {
        write_objective(json, search);
        write_point(json, &result->hierarchy, &layer->layer->problem, &search->best);
        write_front(json, result, layer);
    } else if (search->reason[0]) {
        tw_json_text(json, "reason", search->reason);
    }
    if (search->found != TW_FOUND_EVALUATED)
        write_search(json, search);
    tw_json_end(json);
}

static void write_settings(tw_json *json, const tw_result_settings *settings) {
    tw_json_object_row(json, "settings");
    tw_json_text(json, "search", settings->technique);
    tw_json_text(json, "dataflow", settings->dataflow);
    tw_json_text(json, "bypass", settings->bypass);
    tw_json_double(json, "gap", settings->gap);
    tw_json_double(json, "time_limit_s", settings->time_limit_s);
    tw_json_u64(json, "work_limit", settings->work_limit);
    tw_json_u64(json, "seed", settings->seed);
    if (settings->constraints)
        tw_json_text(json, "constraints", settings->constraints);
    if (settings->partial)
        tw_json_text(json, "partial", settings->partial);
    tw_json_end(json);
}

static void write_total(tw_json *json, const tw_total *total) {
    tw_json_object_row(json, "total");
    tw_json_double(json, "energy_pj", total->energy_pj);
    tw_json_double(json, "latency_cycles", total->latency_cycles);
    tw_json_double(json, "edp", total->edp);
    tw_json_u64(json, "macs", total->macs);
    tw_json_u64(json, "layers", total->layers);
    tw_json_u64(json, "unmapped", total->unmapped);
    tw_json_end(json);
}

static void write_timing(tw_json *json, const tw_result *result) {
    tw_json_object_row(json, "timing");
    tw_json_double(json, "seconds", result->seconds);
    tw_json_u64(json, "threads", result->threads);
    tw_json_end(json);
}

void tw_result_write_json(tw_text *text, const tw_result *result, bool timing) {
    tw_json json;
    tw_json_init(&json, text);
    tw_json_object(&json, NULL);
    tw_json_text(&json, "schema", TW_RESULT_SCHEMA);
    tw_json_text(&json, "version", tw_version());
    tw_json_text(&json, "command", result->command);
    tw_json_text(&json, "arch", result->accelerator_name);
    tw_json_text(&json, "network", result->network_name);
    tw_json_u64(&json, "batch", result->batch);
    tw_json_text(&json, "model", result->model);
    tw_json_text(&json, "objective", tw_objective_names[result->objective]);
    if (result->settings.technique)
        write_settings(&json, &result->settings);
    tw_json_array(&json, "layers");
    for (size_t i = 0; i < result->layer_count; i++)
        write_layer(&json, result, &result->layers[i]);
    tw_json_end(&json);
    write_total(&json, &result->total);
    tw_schedule_write_json(&json, result);
    tw_hierarchy_write_json(&json, "accelerator", &result->hierarchy);
    if (timing)
        write_timing(&json, result);
    tw_json_end(&json);
}
