/* The model around the graph: functions, dimension names, and what the user is told. */
#include "input/onnx_read.h"

#include <stdlib.h>
#include <string.h>

#include "input/onnx_graph.h"

enum {
    MODEL_IR_VERSION = 1,
    MODEL_GRAPH = 7,
    MODEL_FUNCTIONS = 25,
    GRAPH_NAME = 2,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11
};

static bool ends_in_onnx(const char *path) {
    const size_t length = path ? strlen(path) : 0;
    return length > 5 && strcmp(path + length - 5, ".onnx") == 0;
}

bool tw_onnx_recognise(const tw_input *input) {
    tw_bytes rest = {(const unsigned char *)input->bytes, input->size};
    tw_wire_field field;
    tw_wire_status status;
    bool version = false, graph = false;
    if (ends_in_onnx(input->path))
        return true;
    while ((status = tw_wire_next(&rest, &field)) == TW_WIRE_FIELD) {
        version |= field.number == MODEL_IR_VERSION && field.type == TW_WIRE_VARINT;
        graph |= field.number == MODEL_GRAPH && field.type == TW_WIRE_BYTES;
    }
    return status == TW_WIRE_END && version && graph;
}

static tw_status fail(tw_onnx *import, const char *message) {
    const tw_position at = {.file = import->file};
    return tw_fail(import->ctx, TW_INVALID, &at, "%s", message);
}

/* ---- Model and functions ------------------------------------------------------------------- */

static int compare_bytes(tw_bytes a, tw_bytes b) {
    const size_t common = a.size < b.size ? a.size : b.size;
    const int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

int tw_onnx_function_compare(const void *left, const void *right) {
    const tw_onnx_function *a = left, *b = right;
    const int order = compare_bytes(a->name, b->name);
    return order ? order : compare_bytes(a->domain, b->domain);
}

static tw_status read_functions(tw_onnx *import, size_t count) {
    enum { FUNCTION_NAME = 1, FUNCTION_DOMAIN = 10 };
    tw_bytes rest = import->model;
    tw_wire_field field, inner;
    import->functions = tw_arena_array(&import->scratch, count + 1, sizeof *import->functions);
    if (!import->functions)
        return tw_out_of_memory(import->ctx);
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD) {
        if (field.number != MODEL_FUNCTIONS || field.type != TW_WIRE_BYTES)
            continue;
        tw_onnx_function *function = &import->functions[import->function_count++];
        tw_bytes body = function->body = field.bytes;
        while (tw_wire_next(&body, &inner) == TW_WIRE_FIELD) {
            if (inner.number == FUNCTION_NAME && inner.type == TW_WIRE_BYTES)
                function->name = inner.bytes;
            else if (inner.number == FUNCTION_DOMAIN && inner.type == TW_WIRE_BYTES)
                function->domain = inner.bytes;
        }
    }
    qsort(import->functions, import->function_count, sizeof *import->functions,
          tw_onnx_function_compare);
    return TW_OK;
}

static tw_status read_model(tw_onnx *import) {
    tw_bytes rest = import->model;
    tw_wire_field field;
    tw_wire_status status;
    size_t functions = 0, graphs = 0;
    while ((status = tw_wire_next(&rest, &field)) == TW_WIRE_FIELD) {
        if (field.type != TW_WIRE_BYTES)
            continue;
        functions += field.number == MODEL_FUNCTIONS;
        graphs += field.number == MODEL_GRAPH;
        if (field.number == MODEL_GRAPH)
            import->graph = field.bytes;
    }
    if (status == TW_WIRE_MALFORMED) {
        const tw_position at = {.file = import->file};
        return tw_fail(import->ctx, TW_INVALID, &at,
                       "byte %zu: malformed protobuf field, expected an ONNX model",
                       import->model.size - rest.size);
    }
    if (graphs != 1)
        return fail(import, graphs ? "the model has more than one graph"
                                   : "there is no graph, expected an ONNX model");
    if (!tw_wire_is_message(import->graph))
        return fail(import, "the graph is malformed");
    return read_functions(import, functions);
}

/* ---- Dimensions ------------------------------------------------------------------------------ */

static bool is_initializer(const tw_onnx *import, tw_bytes name) {
    tw_bytes rest = import->graph;
    tw_wire_field field, inner;
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD) {
        if (field.number != GRAPH_INITIALIZER || field.type != TW_WIRE_BYTES)
            continue;
        while (tw_wire_next(&field.bytes, &inner) == TW_WIRE_FIELD)
            if (inner.number == 8 && tw_bytes_equal(inner.bytes, name))
                return true;
    }
    return false;
}

/* The field with this number inside nested messages, e.g. {2, 1, 2} the shape of a ValueInfo. */
static bool descend(tw_bytes message, const uint32_t *path, size_t length, tw_bytes *out) {
    for (size_t i = 0; i < length; i++) {
        tw_wire_field field;
        bool found = false;
        while (!found && tw_wire_next(&message, &field) == TW_WIRE_FIELD)
            found = field.number == path[i] && field.type == TW_WIRE_BYTES;
        if (!found)
            return false;
        message = field.bytes;
    }
    *out = message;
    return true;
}

/* Finds the leading dimension of the first input that is no initializer. */
static tw_status find_batch(tw_onnx *import) {
    static const uint32_t name[] = {1}, leading[] = {2, 1, 2, 1}, symbol[] = {2};
    tw_bytes rest = import->graph, dim, input = {0};
    tw_wire_field field;
    bool found = false;
    while (!found && tw_wire_next(&rest, &field) == TW_WIRE_FIELD)
        found = field.number == GRAPH_INPUT && field.type == TW_WIRE_BYTES &&
                descend(field.bytes, name, 1, &input) && !is_initializer(import, input);
    import->batch_input = input;
    if (!found || !descend(field.bytes, leading, 4, &dim))
        return fail(import, "--batch: the model's first input has no leading dimension");
    if (descend(dim, symbol, 1, &import->batch_symbol))
        return TW_OK;
    import->batch_symbol = (tw_bytes){0};
    tw_wire_field value = {0};
    if (tw_wire_next(&dim, &value) == TW_WIRE_FIELD && value.number == 1 &&
        value.type == TW_WIRE_VARINT && value.value != import->options->batch &&
        value.value != UINT64_MAX) {
        const tw_position at = {.file = import->file};
        return tw_fail(import->ctx, TW_INVALID, &at,
                       "--batch %llu: the model is made for a batch of %llu, which its graph fixes",
                       (unsigned long long)import->options->batch, (unsigned long long)value.value);
    }
    return TW_OK;
}

bool tw_onnx_is_batch(const tw_onnx *import, tw_bytes symbol, tw_bytes owner, int axis) {
    if (import->batch_symbol.size)
        return tw_bytes_equal(symbol, import->batch_symbol);
    return axis == 0 && symbol.size == 0 && tw_bytes_equal(owner, import->batch_input);
}

tw_status tw_onnx_check_dims(tw_onnx *import, const tw_onnx_missing *missing) {
    const tw_network_options *options = import->options;
    const tw_position at = {.file = import->file};
    for (size_t i = 0; i < options->dim_count; i++)
        if (!import->dim_used[i])
            return tw_fail(import->ctx, TW_INVALID, &at,
                           "--dim %s: no input of the model has a dimension of that name%s%s",
                           options->dim_names[i], missing->count ? "; without a value are " : "",
                           missing->text);
    if (missing->count && !import->keep_unknown_inputs)
        return tw_fail(import->ctx, TW_INVALID, &at,
                       "dimensions of the model's inputs have no value: %s; give each with --dim "
                       "NAME=VALUE",
                       missing->text);
    return TW_OK;
}

/* ---- The report ---------------------------------------------------------------------------------
 */

static void report(tw_onnx *import) {
    enum { MOST_LINES = 20 };
    const tw_onnx_account *account = &import->account;
    const tw_position at = {.file = import->file};
    for (size_t i = 0; i < account->entry_count && i < MOST_LINES; i++) {
        const tw_onnx_account_entry *entry = &account->entries[i];
        tw_diag(import->ctx, TW_SEVERITY_WARNING, &at, "%zu %s node%s (first '%s')%s: %s",
                entry->count, entry->op, entry->count == 1 ? "" : "s", entry->first,
                entry->assumed ? "" : " not modelled", entry->reason);
    }
    if (account->entry_count > MOST_LINES)
        tw_diag(import->ctx, TW_SEVERITY_WARNING, &at, "and %zu more kinds of nodes",
                account->entry_count - MOST_LINES);
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static tw_status finish(tw_onnx *import) {
    static const uint32_t name_path[] = {GRAPH_NAME};
    tw_network *network = import->network;
    const tw_onnx_account *account = &import->account;
    tw_bytes name;
    const char *text =
        descend(import->graph, name_path, 1, &name) && name.size
            ? tw_onnx_text(import, name)
            : tw_onnx_text(import, (tw_bytes){(const unsigned char *)base_name(import->file),
                                              strlen(base_name(import->file))});
    network->name = tw_arena_strdup(&network->arena, text);
    network->description = tw_arena_printf(
        &network->arena,
        "from %s: %zu nodes, %zu mapped to %zu layers, %zu folded away, %zu not "
        "modelled",
        base_name(import->file), account->mapped + account->folded + account->skipped,
        account->mapped, network->layer_count, account->folded, account->skipped);
    if (!network->name || !network->description)
        return tw_out_of_memory(import->ctx);
    network->batch = network->layer_count ? import->layers[0].problem.extent[TW_DIM_B] : 1;
    if (import->options->batch)
        network->batch = import->options->batch;
    if (!network->layer_count)
        return import->keep_unknown_inputs ? TW_OK
                                           : fail(import, "no node of the model can be mapped");
    network->layers =
        tw_arena_array(&network->arena, network->layer_count, sizeof *network->layers);
    if (!network->layers)
        return tw_out_of_memory(import->ctx);
    memcpy(network->layers, import->layers, network->layer_count * sizeof *network->layers);
    return tw_network_check(import->ctx, network);
}

static tw_status run(tw_onnx *import) {
    const size_t dims = import->options->dim_count;
    import->dim_used = tw_arena_array(&import->scratch, dims + 1, sizeof *import->dim_used);
    if (!import->dim_used)
        return tw_out_of_memory(import->ctx);
    TW_TRY(read_model(import));
    if (import->options->batch)
        TW_TRY(find_batch(import));
    const tw_status status = tw_onnx_walk_main(import);
    if (status == TW_OK || status == TW_INVALID)
        report(import);
    return status == TW_OK ? finish(import) : status;
}

tw_status tw_onnx_load_inspected(const tw_input *input, const tw_network_options *options,
                                 const tw_onnx_inspection *inspection, tw_network *out) {
    tw_onnx_scope names;
    tw_onnx import = {.ctx = input->ctx,
                      .network = out,
                      .file = input->path,
                      .model = {(const unsigned char *)input->bytes, input->size},
                      .options = options,
                      .repeat = 1,
                      .names = &names,
                      .observer = inspection->observer,
                      .observer_user = inspection->user,
                      .keep_unknown_inputs = inspection->keep_unknown_inputs,
                      .ignore_declared = inspection->ignore_declared};
    tw_arena_init(&import.scratch, input->ctx);
    import.scratch.limit_bytes = TW_ONNX_MAX_MEMORY;
    tw_onnx_scope_init(&names, &import, NULL);
    tw_status status = run(&import);
    if (atomic_load(&input->ctx->out_of_memory)) /* what it could not hold may look unknown */
        status = TW_ERROR;
    if (inspection->account) {
        *inspection->account = import.account;
        inspection->account->entries = NULL;
    }
    tw_onnx_scope_free(&names);
    tw_free(input->ctx, import.layers);
    tw_arena_free(&import.scratch);
    return status;
}

tw_status tw_onnx_load(const tw_input *input, const tw_network_options *options, tw_network *out) {
    const tw_onnx_inspection none = {0};
    return tw_onnx_load_inspected(input, options, &none, out);
}
