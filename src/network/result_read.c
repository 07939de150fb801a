#include "network/result_read.h"

#include <math.h>
#include <string.h>

#include "input/fields.h"
#include "input/mapping_json.h"
#include "input/mapping_nodes.h"
#include "network/hierarchy_json.h"
#include "network/model.h"
#include "network/schedule_json.h"

typedef struct {
    tw_document *document;
    tw_result *result;
    const tw_model *model;
} reader;

/* ---- Problems ---- */

static const tw_operation *read_operation(tw_document *document, tw_node *node) {
    const char *name = NULL;
    const tw_node *type = tw_field_require(document, node, "type", "a layer");
    if (!tw_value_text(document, type, "type", &name))
        return NULL;
    const tw_operation *operation = tw_operation_by_name(name);
    if (!operation)
        tw_node_error(document, type, "unknown operation \"%.60s\"", name);
    return operation;
}

static void read_pair(tw_document *document, const tw_node *node, const char *what,
                      uint64_t out[2]) {
    if (!node || !tw_value_is_sequence(document, node, what))
        return;
    if (node->count != 2)
        tw_node_error(document, node, "%s: %zu numbers, expected 2", what, node->count);
    for (size_t i = 0; i < node->count && i < 2; i++)
        tw_value_u64(document, node->values[i], what, 1, 1 << 20, &out[i]);
}

static bool read_problem(tw_document *document, tw_node *node, tw_problem *out) {
    uint64_t extent[TW_DIM_COUNT], stride[2] = {1, 1}, dilation[2] = {1, 1}, inputs = 1;
    const tw_operation *operation = read_operation(document, node);
    tw_node *dims = tw_field_require(document, node, "dims", "a layer");
    if (!operation || !tw_fields_check(document, dims, "dims", tw_dim_names, TW_DIM_COUNT))
        return false;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        extent[d] = 1;
        tw_value_u64(document, tw_node_get(dims, tw_dim_names[d]), tw_dim_names[d], 1,
                     UINT64_C(1) << 40, &extent[d]);
    }
    read_pair(document, tw_node_get(node, "stride"), "stride", stride);
    read_pair(document, tw_node_get(node, "dilation"), "dilation", dilation);
    tw_value_u64(document, tw_node_get(node, "inputs"), "inputs", 1, TW_MAX_TENSORS, &inputs);
    const tw_position at = tw_node_position(document, node);
    if (tw_problem_make(document->ctx, &at, operation, extent, stride, dilation, (unsigned)inputs,
                        out) == TW_OK)
        return true;
    document->errors++;
    return false;
}

/* ---- Mappings ---- */

/* Reads, checks and prices the mapping of a layer or Pareto point. */
static bool read_point(const reader *r, tw_node *node, const char *name, const tw_problem *problem,
                       tw_point *out) {
    tw_document *document = r->document;
    const tw_hierarchy *arch = &r->result->hierarchy;
    tw_node *mapping = tw_field_require(document, node, "mapping", "a mapped layer");
    tw_named_mapping named = {.layer = name};
    const size_t errors = document->errors;
    if (!mapping)
        return false;
    tw_mapping_from_nodes(document, mapping, arch, problem, false, &named);
    if (document->errors > errors)
        return false;
    out->mapping = named.mapping;
    const tw_position at = tw_node_position(document, mapping);
    if (tw_mapping_check(document->ctx, &at, arch, problem, &out->mapping) != TW_OK) {
        document->errors++;
        return false;
    }
    if (r->model->evaluate(arch, problem, &out->mapping, &out->cost))
        return true;
    tw_node_error(document, mapping, "the counts of this mapping leave 64 bits");
    return false;
}

static tw_status read_front(const reader *r, tw_node *node, const char *name,
                            const tw_problem *problem, tw_search_result *out) {
    if (!node || !tw_value_is_sequence(r->document, node, "pareto"))
        return TW_OK;
    out->front = tw_alloc_array(r->document->ctx, node->count + 1, sizeof *out->front);
    if (!out->front)
        return tw_out_of_memory(r->document->ctx);
    for (size_t i = 0; i < node->count; i++)
        if (read_point(r, node->values[i], name, problem, &out->front[out->front_count]))
            out->front_count++;
    return TW_OK;
}

/* ---- What the search said ---- */

static void read_real(tw_document *document, const tw_node *node, const char *what, double *out) {
    tw_quantity quantity;
    if (tw_value_quantity(document, node, what, TW_QUANTITY_NUMBER, &quantity))
        *out = quantity.value;
}

static void read_statistics(tw_document *document, tw_node *node, tw_search_result *out) {
    static const char *const keys[] = {"stopped_by", "evaluated", "pruned", "space_log10"};
    static const char *const stops[] = {"limit", "interrupt"};
    if (!node || !tw_fields_check(document, node, "search", keys, 4))
        return;
    unsigned stop = 0;
    if (tw_value_choice(document, tw_node_get(node, "stopped_by"), "stopped_by", stops, 2, &stop))
        out->limit = stop == 0 ? TW_LIMIT : TW_CANCELLED;
    tw_value_u64(document, tw_node_get(node, "evaluated"), "evaluated", 0, UINT64_MAX,
                 &out->evaluated);
    tw_value_u64(document, tw_node_get(node, "pruned"), "pruned", 0, UINT64_MAX, &out->pruned);
    read_real(document, tw_node_get(node, "space_log10"), "space_log10", &out->space_log10);
}

static void read_reason(tw_document *document, const tw_node *node, tw_search_result *out) {
    const char *reason = NULL;
    if (tw_value_text(document, node, "reason", &reason))
        snprintf(out->reason, sizeof out->reason, "%s", reason);
}

static tw_status read_search(const reader *r, tw_node *node, const tw_layer *layer,
                             tw_search_result *out) {
    tw_document *document = r->document;
    unsigned found = TW_FOUND_NOTHING;
    tw_value_choice(document, tw_field_require(document, node, "status", "a layer"), "status",
                    tw_found_names, TW_FOUND_COUNT, &found);
    out->found = (tw_found)found;
    out->lower_bound = NAN;
    read_statistics(document, tw_node_get(node, "search"), out);
    if (found == TW_FOUND_INFEASIBLE || found == TW_FOUND_NOTHING) {
        read_reason(document, tw_node_get(node, "reason"), out);
        return TW_OK;
    }
    read_real(document, tw_node_get(node, "lower_bound"), "lower_bound", &out->lower_bound);
    if (read_point(r, node, layer->name, &layer->problem, &out->best))
        out->objective_value = tw_objective_value(r->result->objective, &out->best.cost);
    return read_front(r, tw_node_get(node, "pareto"), layer->name, &layer->problem, out);
}

/* ---- Layers ---- */

/* A layer that shares the search of an earlier one shares its mapping too. */
static void share_search(const reader *r, size_t index, const tw_node *node, const char *name) {
    tw_layer_result *layers = r->result->layers;
    for (size_t i = 0; i < index; i++)
        if (strcmp(layers[i].layer->name, name) == 0 && !layers[i].shared &&
            tw_problem_equal(&layers[i].layer->problem, &layers[index].layer->problem)) {
            layers[index].search = layers[i].search;
            layers[index].shared = true;
            layers[index].same_as = i;
            return;
        }
    tw_node_error(r->document, node, "no earlier layer \"%.60s\" has the same problem", name);
}

static tw_status read_layer(const reader *r, size_t index, tw_node *node) {
    tw_document *document = r->document;
    tw_layer layer = {.repeat = 1, .at = tw_node_position(document, node)};
    layer.at.text = NULL;
    if (node->kind != TW_NODE_MAPPING) {
        tw_node_error(document, node, "a layer is %s, expected an object", tw_node_kind_text(node));
        return TW_OK;
    }
    const bool named = tw_value_text(document, tw_field_require(document, node, "name", "a layer"),
                                     "name", &layer.name);
    tw_value_u64(document, tw_node_get(node, "repeat"), "repeat", 1, UINT64_C(1) << 40,
                 &layer.repeat);
    if (!read_problem(document, node, &layer.problem) || !named)
        return TW_OK;
    TW_TRY(tw_result_set_layer(r->result, index, &layer));
    tw_layer_result *out = &r->result->layers[index];
    const tw_node *same_as = tw_node_get(node, "same_as");
    const char *same_name = NULL;
    if (!tw_value_text(document, same_as, "same_as", &same_name))
        return read_search(r, node, out->layer, &out->search);
    share_search(r, index, same_as, same_name);
    return TW_OK;
}

/* Stops at the first bad layer: those after it may refer to it. */
static tw_status read_layers(const reader *r, tw_node *node) {
    if (!node || !tw_value_is_sequence(r->document, node, "layers"))
        return tw_document_status(r->document);
    TW_TRY(tw_result_make_layers(r->result, node->count));
    for (size_t i = 0; i < node->count; i++) {
        TW_TRY(read_layer(r, i, node->values[i]));
        if (!r->result->layers[i].layer) {
            r->result->layer_count = i;
            break;
        }
    }
    return tw_document_status(r->document);
}

/* ---- The whole ---- */

static void read_settings(tw_document *document, tw_node *node, tw_result_settings *out) {
    static const char *const keys[] = {"search", "dataflow",     "bypass",
                                       "gap",    "time_limit_s", "work_limit",
                                       "seed",   "constraints",  "partial"};
    if (!node || !tw_fields_check(document, node, "settings", keys, sizeof keys / sizeof *keys))
        return;
    tw_value_text(document, tw_field_require(document, node, "search", "settings"), "search",
                  &out->technique);
    tw_value_text(document, tw_field_require(document, node, "dataflow", "settings"), "dataflow",
                  &out->dataflow);
    tw_value_text(document, tw_field_require(document, node, "bypass", "settings"), "bypass",
                  &out->bypass);
    tw_value_text(document, tw_node_get(node, "constraints"), "constraints", &out->constraints);
    tw_value_text(document, tw_node_get(node, "partial"), "partial", &out->partial);
    read_real(document, tw_node_get(node, "gap"), "gap", &out->gap);
    read_real(document, tw_node_get(node, "time_limit_s"), "time_limit_s", &out->time_limit_s);
    tw_value_u64(document, tw_node_get(node, "work_limit"), "work_limit", 0, UINT64_MAX,
                 &out->work_limit);
    tw_value_u64(document, tw_node_get(node, "seed"), "seed", 0, UINT64_MAX, &out->seed);
}

static bool copy_settings(tw_result *result, const tw_result_settings *from) {
    tw_result_settings *to = &result->settings;
    *to = *from;
    const char **const texts[] = {&to->technique, &to->dataflow, &to->bypass, &to->constraints,
                                  &to->partial};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (*texts[i] && !(*texts[i] = tw_arena_strdup(&result->arena, *texts[i])))
            return false;
    return true;
}

typedef struct {
    const char *command, *arch, *network, *model;
    unsigned objective;
    uint64_t batch;
    tw_result_settings settings;
    tw_hierarchy hierarchy;
} header;

static tw_status read_header(tw_document *document, header *out) {
    static const char *const commands[] = {"map", "eval"};
    tw_node *root = document->root;
    unsigned command = 0;
    if (tw_value_choice(document, tw_field_require(document, root, "command", "the result"),
                        "command", commands, 2, &command))
        out->command = commands[command];
    tw_value_text(document, tw_field_require(document, root, "arch", "the result"), "arch",
                  &out->arch);
    tw_value_text(document, tw_field_require(document, root, "network", "the result"), "network",
                  &out->network);
    tw_value_text(document, tw_field_require(document, root, "model", "the result"), "model",
                  &out->model);
    tw_value_u64(document, tw_node_get(root, "batch"), "batch", 0, UINT64_C(1) << 40, &out->batch);
    tw_value_choice(document, tw_field_require(document, root, "objective", "the result"),
                    "objective", tw_objective_names, TW_OBJECTIVE_COUNT, &out->objective);
    read_settings(document, tw_node_get(root, "settings"), &out->settings);
    tw_node *accelerator = tw_field_require(document, root, "accelerator", "the result");
    TW_TRY(tw_document_status(document));
    return tw_hierarchy_read_json(document, accelerator, &out->hierarchy);
}

static tw_status read_body(reader *r, const header *from) {
    tw_result *result = r->result;
    result->command = from->command;
    result->model = r->model->name;
    result->objective = (tw_objective)from->objective;
    result->batch = from->batch;
    if (!copy_settings(result, &from->settings))
        return tw_out_of_memory(result->ctx);
    tw_node *layers = tw_field_require(r->document, r->document->root, "layers", "the result");
    TW_TRY(read_layers(r, layers));
    TW_TRY(tw_schedule_read_json(r->document, tw_node_get(r->document->root, "schedule"), r->model,
                                 result));
    tw_result_sum(result);
    return TW_OK;
}

static bool document_schema_begins(const tw_document *document, const char *family) {
    if (!document->root || document->root->kind != TW_NODE_MAPPING)
        return false;
    const tw_node *schema = tw_node_get(document->root, "schema");
    return schema && schema->kind == TW_NODE_SCALAR &&
           strncmp(schema->scalar, family, strlen(family)) == 0;
}

bool tw_document_is_result(tw_document *document) {
    return document_schema_begins(document, "tilewright/result/");
}

tw_status tw_result_read(tw_document *document, tw_result **out) {
    *out = NULL;
    const tw_position whole = {.file = document->file};
    if (document_schema_begins(document, "tilewright/tiled-result/"))
        return tw_fail(
            document->ctx, TW_INVALID, &whole,
            "this is a result on a tiled accelerator, which holds too little of it to be "
            "computed again");
    if (!tw_document_is_result(document))
        return tw_fail(document->ctx, TW_INVALID, &whole,
                       "this is no result of map or eval, expected \"schema\": \"%s\"",
                       TW_RESULT_SCHEMA);
    const tw_node *schema = tw_node_get(document->root, "schema");
    if (strcmp(schema->scalar, TW_RESULT_SCHEMA) != 0) {
        tw_node_error(document, schema, "schema \"%.60s\", expected \"%s\"", schema->scalar,
                      TW_RESULT_SCHEMA);
        return tw_document_status(document);
    }
    header head = {0};
    TW_TRY(read_header(document, &head));
    reader r = {.document = document, .model = tw_model_by_name(head.model)};
    if (!r.model) {
        tw_node_error(document, tw_node_get(document->root, "model"),
                      "results of the model \"%.60s\" cannot be computed again here", head.model);
        return tw_document_status(document);
    }
    r.result = tw_result_new(document->ctx, head.arch, head.network, &head.hierarchy);
    if (!r.result)
        return TW_ERROR;
    const tw_status status = read_body(&r, &head);
    if (status == TW_OK)
        *out = r.result;
    else
        tw_result_free(r.result);
    return status;
}
