#include <math.h>

#include "network/result_write.h"
#include "network/schedule_json.h"

static void write_sums(tw_json *json, const tw_schedule *schedule) {
    tw_json_double(json, "energy_pj", schedule->energy_pj);
    tw_json_double(json, "latency_cycles", schedule->cycles);
    tw_json_double(json, "edp", schedule->energy_pj * schedule->cycles);
    tw_json_u64(json, "reused_words", schedule->reused_words);
}

static void write_objective(tw_json *json, const tw_network_schedule *s) {
    const double gap = s->objective_value > 0 && s->lower_bound < s->objective_value
                           ? (s->objective_value - s->lower_bound) / s->objective_value
                           : 0;
    tw_json_text(json, "status", tw_found_names[s->found]);
    tw_json_double(json, "objective_value", s->objective_value);
    tw_json_double(json, "lower_bound", s->lower_bound);
    tw_json_double(json, "gap", gap);
}

static void write_machine(tw_json *json, const tw_schedule_machine *machine) {
    tw_json_u64(json, "chips", machine->chips);
    tw_json_double(json, "static_pj_per_cycle", machine->static_pj_per_cycle);
    tw_json_bool(json, "reuse", machine->reuse);
}

static void write_layer_name(tw_json *json, const tw_result *result, size_t layer) {
    tw_json_u64(json, "layer", layer);
    tw_json_text(json, "name", result->layers[layer].layer->name);
}

static void write_layers(tw_json *json, const tw_result *result) {
    const tw_network_schedule *s = result->schedule;
    tw_json_array(json, "layers");
    for (size_t i = 0; i < s->problem.layer_count; i++) {
        const tw_planned_layer *layer = &s->layers[i];
        tw_json_object_row(json, NULL);
        write_layer_name(json, result, s->result_layer[i]);
        tw_json_array_row(json, "after");
        for (size_t b = 0; b < layer->before_count; b++)
            tw_json_u64(json, NULL, s->result_layer[layer->before[b]]);
        tw_json_end(json);
        if (layer->producer >= 0) {
            tw_json_u64(json, "reads", s->result_layer[layer->producer]);
            tw_json_bool(json, "sole_reader", layer->sole_reader);
        }
        tw_json_end(json);
    }
    tw_json_end(json);
}

static void write_mappings(tw_json *json, const tw_result *result) {
    const tw_network_schedule *s = result->schedule;
    tw_json_array(json, "mappings");
    for (size_t i = 0; i < s->mapping_count; i++) {
        tw_json_object(json, NULL);
        write_layer_name(json, result, s->mappings[i].layer);
        tw_json_bool(json, "side_by_side", s->mappings[i].side);
        tw_json_u64(json, "chips", s->priced[i].chips);
        tw_json_double(json, "energy_pj", s->priced[i].energy_pj);
        tw_json_double(json, "latency_cycles", s->priced[i].cycles);
        tw_mapping_write_json(json, &result->hierarchy, &s->mappings[i].mapping);
        tw_json_end(json);
    }
    tw_json_end(json);
}

static void write_steps(tw_json *json, const tw_result *result, const tw_schedule *schedule) {
    const tw_network_schedule *s = result->schedule;
    tw_json_array(json, "steps");
    for (size_t i = 0; i < schedule->step_count; i++) {
        const tw_step *step = &schedule->steps[i];
        tw_json_object_row(json, NULL);
        tw_json_double(json, "start_cycle", step->start_cycle);
        tw_json_double(json, "end_cycle", step->end_cycle);
        tw_json_double(json, "energy_pj", step->energy_pj);
        tw_json_u64(json, "reused_words", step->reused_words);
        tw_json_array_row(json, "runs");
        for (uint32_t r = 0; r < step->run_count; r++) {
            const tw_run *run = &schedule->runs[step->first_run + r];
            tw_json_object_row(json, NULL);
            write_layer_name(json, result, s->result_layer[run->layer]);
            tw_json_u64(json, "mapping", run->choice);
            tw_json_end(json);
        }
        tw_json_end(json);
        tw_json_end(json);
    }
    tw_json_end(json);
}

/* Per layer of the list "layers" its step, or its mapping. */
static void write_row(tw_json *json, const char *key, size_t layers, const tw_schedule *schedule,
                      bool mappings) {
    tw_json_array_row(json, key);
    for (size_t layer = 0; layer < layers; layer++)
        for (size_t i = 0; i < schedule->step_count; i++)
            for (uint32_t r = 0; r < schedule->steps[i].run_count; r++) {
                const tw_run *run = &schedule->runs[schedule->steps[i].first_run + r];
                if (run->layer == layer)
                    tw_json_u64(json, NULL, mappings ? run->choice : i);
            }
    tw_json_end(json);
}

static void write_front(tw_json *json, const tw_result *result) {
    const tw_network_schedule *s = result->schedule;
    if (result->objective != TW_OBJECTIVE_PARETO)
        return;
    if (s->found != TW_FOUND_OPTIMAL && isfinite(s->slack_pj))
        tw_json_double(json, "slack_pj", s->slack_pj);
    tw_json_array(json, "pareto");
    for (size_t i = 0; i < s->schedule_count; i++) {
        tw_json_object(json, NULL);
        write_sums(json, &s->schedules[i]);
        write_row(json, "steps", s->problem.layer_count, &s->schedules[i], false);
        write_row(json, "mappings", s->problem.layer_count, &s->schedules[i], true);
        tw_json_end(json);
    }
    tw_json_end(json);
}

static void write_search(tw_json *json, const tw_network_schedule *s) {
    tw_json_object_row(json, "search");
    if (s->limit != TW_OK)
        tw_json_text(json, "stopped_by", s->limit == TW_LIMIT ? "limit" : "interrupt");
    tw_json_u64(json, "states", s->states);
    tw_json_u64(json, "labels", s->labels);
    tw_json_end(json);
}

void tw_schedule_write_json(tw_json *json, const tw_result *result) {
    const tw_network_schedule *s = result->schedule;
    if (!s)
        return;
    tw_json_object(json, "schedule");
    write_objective(json, s);
    write_sums(json, &s->schedules[0]);
    write_machine(json, &s->problem.machine);
    write_layers(json, result);
    write_mappings(json, result);
    write_steps(json, result, &s->schedules[0]);
    write_front(json, result);
    write_search(json, s);
    tw_json_end(json);
}
