#include <math.h>

#include "input/fields.h"
#include "input/mapping_nodes.h"
#include "network/schedule_json.h"

typedef struct {
    tw_document *document;
    const tw_model *model;
    tw_result *result;
    tw_network_schedule *out;
    size_t *planned; /* per layer of the result: its place in the schedule, SIZE_MAX: none */
} reader;

static bool failed(const reader *r) {
    return r->document->errors > 0;
}

/* A whole number below `end`. */
static bool read_index(const reader *r, const tw_node *node, const char *what, size_t end,
                       size_t *out) {
    uint64_t value = 0;
    if (end == 0 || !tw_value_u64(r->document, node, what, 0, end - 1, &value))
        return false;
    *out = (size_t)value;
    return true;
}

static tw_node *require(const reader *r, tw_node *node, const char *key) {
    return tw_field_require(r->document, node, key, "the schedule");
}

/* The entry's own layer, which has its place in the schedule. */
static bool read_planned(const reader *r, const tw_node *node, const char *what, uint32_t *out) {
    size_t layer = 0;
    if (!read_index(r, node, what, r->result->layer_count, &layer))
        return false;
    if (r->planned[layer] == SIZE_MAX) {
        tw_node_error(r->document, node, "%s: layer %zu has no place in the schedule before", what,
                      layer);
        return false;
    }
    *out = (uint32_t)r->planned[layer];
    return true;
}

/* ---- The graph ---- */

static tw_status read_before(const reader *r, tw_node *node, tw_planned_layer *out) {
    if (!node || !tw_value_is_sequence(r->document, node, "after"))
        return TW_OK;
    uint32_t *before = tw_arena_array(&r->result->arena, node->count + 1, sizeof *before);
    if (!before)
        return tw_out_of_memory(r->document->ctx);
    out->before = before;
    for (size_t i = 0; i < node->count; i++)
        if (read_planned(r, node->values[i], "after", &before[out->before_count]))
            out->before_count++;
    return TW_OK;
}

static void read_producer(const reader *r, tw_node *node, size_t layer, tw_planned_layer *out) {
    uint32_t producer = 0;
    const tw_node *reads = tw_node_get(node, "reads");
    out->producer = TW_NO_PRODUCER;
    if (!reads || !read_planned(r, reads, "reads", &producer))
        return;
    const tw_hierarchy *arch = &r->result->hierarchy;
    const size_t before = r->out->result_layer[producer];
    if (!r->model->meets || !r->model->meets(arch, &r->result->layers[before].layer->problem,
                                             &r->result->layers[layer].layer->problem))
        tw_node_error(r->document, reads, "layer %zu cannot find what layer %zu leaves", layer,
                      before);
    out->producer = (int)producer;
    tw_value_bool(r->document, require(r, node, "sole_reader"), "sole_reader", &out->sole_reader);
}

static tw_status read_graph_layer(const reader *r, tw_node *node, size_t *result_layer) {
    static const char *const keys[] = {"layer", "name", "after", "reads", "sole_reader"};
    size_t layer = 0;
    if (!tw_fields_check(r->document, node, "a layer of the schedule", keys, 5) ||
        !read_index(r, require(r, node, "layer"), "layer", r->result->layer_count, &layer))
        return TW_OK;
    if (r->planned[layer] != SIZE_MAX || !tw_layer_is_mapped(&r->result->layers[layer])) {
        tw_node_error(r->document, node, "layer %zu %s", layer,
                      r->planned[layer] != SIZE_MAX ? "stands twice in the schedule"
                                                    : "has no mapping to schedule");
        return TW_OK;
    }
    const size_t at = r->out->problem.layer_count++;
    tw_planned_layer *out = &r->out->layers[at];
    *out = (tw_planned_layer){.repeat = r->result->layers[layer].layer->repeat};
    result_layer[at] = layer;
    TW_TRY(read_before(r, require(r, node, "after"), out));
    read_producer(r, node, layer, out);
    r->planned[layer] = at;
    return TW_OK;
}

static tw_status read_graph(const reader *r, tw_node *node) {
    if (!node || !tw_value_is_sequence(r->document, node, "layers"))
        return TW_OK;
    tw_arena *arena = &r->result->arena;
    r->out->layers = tw_arena_array(arena, node->count + 1, sizeof *r->out->layers);
    size_t *result_layer = tw_arena_array(arena, node->count + 1, sizeof *result_layer);
    if (!r->out->layers || !result_layer)
        return tw_out_of_memory(r->document->ctx);
    r->out->problem.layers = r->out->layers;
    r->out->result_layer = result_layer;
    for (size_t i = 0; i < node->count && !failed(r); i++)
        TW_TRY(read_graph_layer(r, node->values[i], result_layer));
    if (node->count == 0)
        tw_node_error(r->document, node, "a schedule without layers");
    return TW_OK;
}

/* ---- Mappings ---- */

static void read_mapping(const reader *r, tw_node *node) {
    static const char *const keys[] = {"layer",     "name",           "side_by_side", "chips",
                                       "energy_pj", "latency_cycles", "mapping"};
    const tw_hierarchy *arch = &r->result->hierarchy;
    tw_schedule_mapping *out = &r->out->mappings[r->out->mapping_count];
    tw_document *document = r->document;
    if (!tw_fields_check(document, node, "a mapping of the schedule", keys, 7) ||
        !read_index(r, require(r, node, "layer"), "layer", r->result->layer_count, &out->layer))
        return;
    tw_value_bool(document, require(r, node, "side_by_side"), "side_by_side", &out->side);
    tw_node *levels = require(r, node, "mapping");
    const tw_problem *problem = &r->result->layers[out->layer].layer->problem;
    tw_named_mapping named = {.layer = r->result->layers[out->layer].layer->name};
    if (!levels)
        return;
    tw_mapping_from_nodes(document, levels, arch, problem, false, &named);
    if (failed(r))
        return;
    const tw_position at = tw_node_position(document, levels);
    if (tw_mapping_check(document->ctx, &at, arch, problem, &named.mapping) != TW_OK) {
        document->errors++;
        return;
    }
    out->mapping = named.mapping;
    if (out->side && !r->model->can_use)
        tw_node_error(document, node, "layers of the model %s run alone", r->model->name);
    r->out->mapping_count++;
}

static tw_status read_mappings(const reader *r, tw_node *node) {
    if (!node || !tw_value_is_sequence(r->document, node, "mappings"))
        return TW_OK;
    tw_network_schedule *out = r->out;
    tw_arena *arena = &r->result->arena;
    out->mappings = tw_arena_array(arena, node->count + 1, sizeof *out->mappings);
    out->priced = tw_arena_array(arena, node->count + 1, sizeof *out->priced);
    if (!out->mappings || !out->priced)
        return tw_out_of_memory(r->document->ctx);
    for (size_t i = 0; i < node->count && !failed(r); i++)
        read_mapping(r, node->values[i]);
    tw_network_schedule_link(out);
    return TW_OK;
}

/* ---- Steps ---- */

static tw_status new_schedule(const reader *r, tw_schedule *out) {
    tw_arena *arena = &r->result->arena;
    const size_t layers = r->out->problem.layer_count;
    *out = (tw_schedule){.steps = tw_arena_array(arena, layers + 1, sizeof *out->steps),
                         .runs = tw_arena_array(arena, layers + 1, sizeof *out->runs)};
    return out->steps && out->runs ? TW_OK : tw_out_of_memory(r->document->ctx);
}

static void add_run(const reader *r, const tw_node *node, uint32_t layer, size_t mapping,
                    tw_schedule *out) {
    if (out->run_count == r->out->problem.layer_count) {
        tw_node_error(r->document, node, "the schedule has more runs than layers");
        return;
    }
    out->runs[out->run_count++] = (tw_run){layer, (uint32_t)mapping};
}

static void read_run(const reader *r, tw_node *node, tw_schedule *out) {
    static const char *const keys[] = {"layer", "name", "mapping"};
    uint32_t layer = 0;
    size_t mapping = 0;
    if (!tw_fields_check(r->document, node, "a run", keys, 3) ||
        !read_planned(r, require(r, node, "layer"), "layer", &layer) ||
        !read_index(r, require(r, node, "mapping"), "mapping", r->out->mapping_count, &mapping))
        return;
    add_run(r, node, layer, mapping, out);
}

static void read_step(const reader *r, tw_node *node, tw_schedule *out) {
    static const char *const keys[] = {"start_cycle", "end_cycle", "energy_pj", "reused_words",
                                       "runs"};
    if (!tw_fields_check(r->document, node, "a step", keys, 5))
        return;
    tw_node *runs = require(r, node, "runs");
    if (!runs || !tw_value_is_sequence(r->document, runs, "runs"))
        return;
    const size_t first = out->run_count;
    for (size_t i = 0; i < runs->count && !failed(r); i++)
        read_run(r, runs->values[i], out);
    if (out->run_count == first)
        tw_node_error(r->document, runs, "a step without runs");
    else
        out->steps[out->step_count++] = (tw_step){.first_run = (uint32_t)first,
                                                  .run_count = (uint32_t)(out->run_count - first)};
}

static tw_status read_steps(const reader *r, tw_node *node, tw_schedule *out) {
    TW_TRY(new_schedule(r, out));
    if (!node || !tw_value_is_sequence(r->document, node, "steps"))
        return TW_OK;
    for (size_t i = 0; i < node->count && !failed(r); i++)
        read_step(r, node->values[i], out);
    return TW_OK;
}

/* A point of a front gives for every layer its step and its mapping. */
static tw_status read_rows(const reader *r, tw_node *node, tw_schedule *out) {
    static const char *const keys[] = {"energy_pj",    "latency_cycles", "edp",
                                       "reused_words", "steps",          "mappings"};
    const size_t layers = r->out->problem.layer_count;
    TW_TRY(new_schedule(r, out));
    if (!tw_fields_check(r->document, node, "a point", keys, 6))
        return TW_OK;
    const tw_node *steps = require(r, node, "steps"), *mappings = require(r, node, "mappings");
    if (!steps || !mappings || steps->count != layers || mappings->count != layers) {
        tw_node_error(r->document, node, "a point needs a step and a mapping of all %zu layers",
                      layers);
        return TW_OK;
    }
    for (size_t s = 0; s < layers && !failed(r); s++) {
        const size_t first = out->run_count;
        for (size_t layer = 0; layer < layers && !failed(r); layer++) {
            size_t step = 0, mapping = 0;
            if (read_index(r, steps->values[layer], "steps", layers, &step) && step == s &&
                read_index(r, mappings->values[layer], "mappings", r->out->mapping_count, &mapping))
                add_run(r, node, (uint32_t)layer, mapping, out);
        }
        if (out->run_count > first)
            out->steps[out->step_count++] = (tw_step){
                .first_run = (uint32_t)first, .run_count = (uint32_t)(out->run_count - first)};
    }
    return TW_OK;
}

/* ---- Whether what was read is a schedule ---- */

static void check_runs(const reader *r, const tw_node *node, const tw_schedule *schedule) {
    for (size_t i = 0; i < schedule->step_count; i++)
        for (uint32_t k = 0; k < schedule->steps[i].run_count; k++) {
            const tw_run *run = &schedule->runs[schedule->steps[i].first_run + k];
            const tw_schedule_mapping *mapping = &r->out->mappings[run->choice];
            const size_t layer = r->out->result_layer[run->layer];
            if (mapping->side != (schedule->steps[i].run_count > 1))
                tw_node_error(r->document, node,
                              "step %zu: mapping %u is one for layers that run %s", i, run->choice,
                              mapping->side ? "side by side" : "alone");
            if (!tw_problem_equal(&r->result->layers[layer].layer->problem,
                                  &r->result->layers[mapping->layer].layer->problem))
                tw_node_error(r->document, node, "step %zu: mapping %u is not one of layer %zu", i,
                              run->choice, layer);
        }
}

static tw_status check_schedule(const reader *r, const tw_node *node, const tw_schedule *schedule) {
    static const char *const texts[] = {
        [TW_SCHEDULE_TWICE] = "runs twice",
        [TW_SCHEDULE_MISSING] = "does not run",
        [TW_SCHEDULE_TOO_EARLY] = "does not run after all that it needs",
        [TW_SCHEDULE_CHIPS] = "is in a step that takes more chips than there are"};
    tw_schedule_fault fault = TW_SCHEDULE_VALID;
    uint32_t layer = 0;
    check_runs(r, node, schedule);
    TW_TRY(tw_schedule_check(r->document->ctx, &r->out->problem, schedule, &fault, &layer));
    if (fault != TW_SCHEDULE_VALID)
        tw_node_error(r->document, node, "layer %zu %s", r->out->result_layer[layer], texts[fault]);
    return TW_OK;
}

static tw_status read_schedules(const reader *r, tw_node *node) {
    tw_network_schedule *out = r->out;
    tw_node *steps = require(r, node, "steps"), *front = tw_node_get(node, "pareto");
    if (front && !tw_value_is_sequence(r->document, front, "pareto"))
        return TW_OK;
    const size_t count = front && front->count ? front->count : 1;
    out->schedules = tw_arena_array(&r->result->arena, count, sizeof *out->schedules);
    if (!out->schedules)
        return tw_out_of_memory(r->document->ctx);
    for (; out->schedule_count < count && !failed(r); out->schedule_count++) {
        tw_schedule *schedule = &out->schedules[out->schedule_count];
        tw_node *at = front && front->count ? front->values[out->schedule_count] : steps;
        TW_TRY(at == steps ? read_steps(r, at, schedule) : read_rows(r, at, schedule));
    }
    if (failed(r))
        return TW_OK;
    if (!tw_network_schedule_price(r->result, r->model, out)) {
        tw_node_error(r->document, node, "the counts of a mapping leave 64 bits");
        return TW_OK;
    }
    for (size_t i = 0; i < count; i++)
        TW_TRY(check_schedule(r, front && front->count ? front->values[i] : steps,
                              &out->schedules[i]));
    return TW_OK;
}

/* ---- What the search said ---- */

static void read_real(const reader *r, const tw_node *node, const char *what, double *out) {
    tw_quantity quantity;
    if (tw_value_quantity(r->document, node, what, TW_QUANTITY_NUMBER, &quantity))
        *out = quantity.value;
}

static void read_search(const reader *r, tw_node *node) {
    static const char *const keys[] = {"stopped_by", "states", "labels"};
    static const char *const stops[] = {"limit", "interrupt"};
    unsigned stop = 0;
    if (!node || !tw_fields_check(r->document, node, "search", keys, 3))
        return;
    if (tw_value_choice(r->document, tw_node_get(node, "stopped_by"), "stopped_by", stops, 2,
                        &stop))
        r->out->limit = stop == 0 ? TW_LIMIT : TW_CANCELLED;
    tw_value_u64(r->document, tw_node_get(node, "states"), "states", 0, UINT64_MAX,
                 &r->out->states);
    tw_value_u64(r->document, tw_node_get(node, "labels"), "labels", 0, UINT64_MAX,
                 &r->out->labels);
}

static void read_claims(const reader *r, tw_node *node) {
    bool reuse = false;
    unsigned found = TW_FOUND_FEASIBLE;
    tw_value_choice(r->document, require(r, node, "status"), "status", tw_found_names, 2, &found);
    r->out->found = (tw_found)found;
    read_real(r, require(r, node, "lower_bound"), "lower_bound", &r->out->lower_bound);
    read_real(r, tw_node_get(node, "slack_pj"), "slack_pj", &r->out->slack_pj);
    tw_value_bool(r->document, require(r, node, "reuse"), "reuse", &reuse);
    r->out->problem.machine =
        tw_schedule_machine_of(r->model, &r->result->hierarchy, reuse && r->model->meets);
    read_search(r, require(r, node, "search"));
}

tw_status tw_schedule_read_json(tw_document *document, tw_node *node, const tw_model *model,
                                tw_result *result) {
    reader r = {.document = document, .model = model, .result = result};
    if (!node)
        return TW_OK;
    if (node->kind != TW_NODE_MAPPING) {
        tw_node_error(document, node, "schedule is %s, expected an object",
                      tw_node_kind_text(node));
        return tw_document_status(document);
    }
    r.out = tw_arena_alloc(&result->arena, sizeof *r.out);
    r.planned = tw_arena_array(&result->arena, result->layer_count + 1, sizeof *r.planned);
    if (!r.out || !r.planned)
        return tw_out_of_memory(document->ctx);
    *r.out = (tw_network_schedule){.slack_pj = HUGE_VAL};
    for (size_t i = 0; i < result->layer_count; i++)
        r.planned[i] = SIZE_MAX;
    const tw_position at = tw_node_position(document, node);
    if (model->check)
        TW_TRY(model->check(document->ctx, &at, &result->hierarchy, NULL));
    read_claims(&r, node);
    TW_TRY(read_graph(&r, require(&r, node, "layers")));
    TW_TRY(read_mappings(&r, require(&r, node, "mappings")));
    if (!failed(&r))
        TW_TRY(read_schedules(&r, node));
    TW_TRY(tw_document_status(document));
    result->schedule = r.out;
    return TW_OK;
}
