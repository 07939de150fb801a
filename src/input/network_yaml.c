/* kind: network. Parameters and the batch come first, since every size may depend on them; then
 * the layers; then their links, since a layer may read one that stands after it. */
#include <string.h>

#include "input/expression.h"
#include "input/native.h"
#include "input/network_links.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LARGEST_SIZE (UINT64_C(1) << SIZE_BITS)
enum { SIZE_BITS = 40, STEP_BITS = 20, MOST_PARAMETERS = 64 };

static const char *const file_keys[] = {"kind",  "name",       "description", "source",
                                        "batch", "parameters", "inputs",      "layers"};
static const char *const external_keys[] = {"name", "channels", "rows", "columns"};
static const char *const layer_keys[] = {"name",     "op",     "dims",   "groups",  "stride",
                                         "dilation", "repeat", "inputs", "operands"};

typedef struct {
    tw_document *document;
    tw_network *network;
    size_t parameter_count;
    tw_parameter *parameters; /* [0] is the batch */
} reader;

/* A whole number or an expression from 1 to 2^bits; `what` names it. */
static bool read_bounded(reader *r, const tw_node *node, const char *what, unsigned bits,
                         uint64_t *out) {
    const char *text = NULL;
    char message[TW_EXPRESSION_MESSAGE];
    uint64_t value = 0;
    if (!tw_value_text(r->document, node, what, &text))
        return false;
    if (!tw_expression_evaluate(text, r->parameters, r->parameter_count, &value, message)) {
        tw_node_error(r->document, node, "%s is \"%.60s\": %s", what, text, message);
        return false;
    }
    if (value < 1 || value > UINT64_C(1) << bits) {
        tw_node_error(r->document, node, "%s is %llu, expected a whole number from 1 to 2^%u", what,
                      (unsigned long long)value, bits);
        return false;
    }
    *out = value;
    return true;
}

static bool read_size(reader *r, const tw_node *node, const char *what, uint64_t *out) {
    return read_bounded(r, node, what, SIZE_BITS, out);
}

static bool is_parameter_name(const char *name) {
    const char *const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    const size_t length = strlen(name);
    return length > 0 && strchr(letters, name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") ==
               length;
}

static tw_status read_parameters(reader *r, tw_node *root) {
    tw_node *node = tw_node_get(root, "parameters");
    size_t given = node && node->kind == TW_NODE_MAPPING ? node->count : 0;
    if (node && node->kind != TW_NODE_MAPPING)
        tw_node_error(r->document, node, "parameters is %s, expected a mapping (name: number)",
                      tw_node_kind_text(node));
    if (given > MOST_PARAMETERS) {
        tw_node_error(r->document, node, "%zu parameters, the limit is %d", given,
                      (int)MOST_PARAMETERS);
        given = MOST_PARAMETERS;
    }
    r->parameters = tw_arena_array(&r->network->arena, given + 1, sizeof *r->parameters);
    if (!r->parameters)
        return tw_out_of_memory(r->document->ctx);
    r->parameters[r->parameter_count++] = (tw_parameter){"batch", 1};
    (void)tw_value_u64(r->document, tw_node_get(root, "batch"), "batch", 1, LARGEST_SIZE,
                       &r->parameters[0].value);
    for (size_t i = 0; i < given; i++) {
        tw_parameter parameter = {node->keys[i]->scalar, 1};
        if (!is_parameter_name(parameter.name) || strcmp(parameter.name, "batch") == 0)
            tw_node_error(r->document, node->keys[i],
                          "\"%.40s\" cannot name a parameter: letters, digits and _ can, except "
                          "batch, which has a key of its own",
                          parameter.name);
        (void)tw_value_u64(r->document, node->values[i], parameter.name, 1, LARGEST_SIZE,
                           &parameter.value);
        r->parameters[r->parameter_count++] = parameter;
    }
    return TW_OK;
}

static tw_status set_parameter(reader *r, const char *name, uint64_t value) {
    const char *names[1 + MOST_PARAMETERS]; /* the batch is one, too */
    for (size_t i = 0; i < r->parameter_count; i++) {
        names[i] = r->parameters[i].name;
        if (strcmp(names[i], name) != 0)
            continue;
        if (value < 1 || value > LARGEST_SIZE)
            return tw_fail(r->document->ctx, TW_USAGE, NULL,
                           "parameter %s is %llu, expected a whole number from 1 to 2^40", name,
                           (unsigned long long)value);
        r->parameters[i].value = value;
        return TW_OK;
    }
    const char *close = tw_closest_word(name, names, r->parameter_count);
    const tw_position whole = {.file = r->document->file};
    return tw_fail(r->document->ctx, TW_USAGE, &whole,
                   "the network has no parameter \"%.60s\"%s%s%s", name,
                   close ? ", did you mean \"" : "", close ? close : "", close ? "\"?" : "");
}

static tw_status apply_options(reader *r, const tw_network_options *options) {
    tw_status status = TW_OK;
    if (options->batch)
        status = set_parameter(r, "batch", options->batch);
    for (size_t i = 0; i < options->dim_count; i++) {
        const tw_status set = set_parameter(r, options->dim_names[i], options->dim_values[i]);
        status = set == TW_OK ? status : set;
    }
    return status;
}

static tw_status read_externals(reader *r, tw_node *root) {
    const tw_node *inputs = tw_node_get(root, "inputs");
    if (!tw_value_is_sequence(r->document, inputs, "inputs"))
        return TW_OK;
    tw_network *network = r->network;
    network->externals = tw_arena_array(&network->arena, inputs->count, sizeof(tw_external));
    if (!network->externals)
        return tw_out_of_memory(r->document->ctx);
    for (size_t i = 0; i < inputs->count; i++) {
        tw_node *node = inputs->values[i];
        tw_external *out = &network->externals[network->external_count++];
        *out = (tw_external){.name = "?", .channels = 1, .rows = 1, .columns = 1};
        if (!tw_fields_check(r->document, node, "an input", external_keys, COUNT(external_keys)))
            continue;
        (void)tw_value_name(r->document, tw_field_require(r->document, node, "name", "an input"),
                            "name", &out->name);
        (void)read_size(r, tw_field_require(r->document, node, "channels", "an input"), "channels",
                        &out->channels);
        (void)read_size(r, tw_node_get(node, "rows"), "rows", &out->rows);
        (void)read_size(r, tw_node_get(node, "columns"), "columns", &out->columns);
    }
    return TW_OK;
}

/* `2` for both directions, or [rows, columns]. */
static void read_pair(reader *r, const tw_node *node, const char *what, uint64_t out[2]) {
    if (!node)
        return;
    if (node->kind == TW_NODE_SCALAR) {
        if (read_bounded(r, node, what, STEP_BITS, &out[0]))
            out[1] = out[0];
        return;
    }
    if (node->kind != TW_NODE_SEQUENCE || node->count != 2) {
        tw_node_error(r->document, node, "%s is %s, expected a number or [rows, columns]", what,
                      node->kind == TW_NODE_SEQUENCE ? "a list of another length"
                                                     : tw_node_kind_text(node));
        return;
    }
    for (int i = 0; i < 2; i++)
        (void)read_bounded(r, node->values[i], what, STEP_BITS, &out[i]);
}

static const tw_operation *read_operation(reader *r, tw_node *node) {
    const char *names[32];
    unsigned choice = 0;
    for (size_t i = 0; i < tw_operation_count && i < COUNT(names); i++)
        names[i] = tw_operations[i].name;
    const tw_node *op = tw_field_require(r->document, node, "op", "a layer");
    if (!tw_value_choice(r->document, op, "op", names, tw_operation_count, &choice))
        return NULL;
    return &tw_operations[choice];
}

/* G is 1 and B the batch unless given; every other dimension of the operation must be. */
static void read_dims(reader *r, tw_node *layer, const tw_operation *operation,
                      uint64_t extent[TW_DIM_COUNT]) {
    tw_node *node = tw_field_require(r->document, layer, "dims", "a layer");
    if (!tw_fields_check(r->document, node, "dims", tw_dim_names, TW_DIM_COUNT))
        return;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        const tw_node *value = tw_node_get(node, tw_dim_names[d]);
        const bool has = strchr(operation->dims, tw_dim_names[d][0]) != NULL;
        if (value && !has)
            tw_node_error(r->document, value, "operation %s has no dimension %s, only %s",
                          operation->name, tw_dim_names[d], operation->dims);
        else if (value)
            (void)read_size(r, value, tw_dim_names[d], &extent[d]);
        else if (has && d != TW_DIM_G && d != TW_DIM_B)
            tw_node_error(r->document, node, "dims does not give %s (%s needs %s)", tw_dim_names[d],
                          operation->name, operation->dims);
        else if (has && d == TW_DIM_B)
            extent[d] = r->parameters[0].value;
    }
    const tw_node *groups = tw_node_get(layer, "groups");
    if (groups && (!strchr(operation->dims, 'G') || tw_node_get(node, "G")))
        tw_node_error(r->document, groups, "%s",
                      tw_node_get(node, "G") ? "groups and G are the same, give one of them"
                                             : "this operation has no groups");
    else if (groups)
        (void)read_size(r, groups, "groups", &extent[TW_DIM_G]);
}

/* An element-wise layer reads one operand for each input listed, or as many as `operands` says:
 * with fewer, the last inputs are factors that are broadcast and not worth counting. */
static unsigned read_operands(reader *r, tw_node *node, const tw_operation *operation) {
    const tw_node *inputs = tw_node_get(node, "inputs"), *operands = tw_node_get(node, "operands");
    const bool listed = inputs && inputs->kind == TW_NODE_SEQUENCE && inputs->count > 0;
    uint64_t count = listed ? inputs->count : 1;
    if (!operation->variable_inputs) {
        if (operands)
            tw_node_error(r->document, operands, "operation %s has no operands to choose",
                          operation->name);
        return 1;
    }
    if (tw_value_u64(r->document, operands, "operands", 1, TW_MAX_TENSORS - 1, &count) && listed &&
        count > inputs->count)
        tw_node_error(r->document, operands, "operands is %llu, but inputs lists only %zu",
                      (unsigned long long)count, inputs->count);
    if (count >= TW_MAX_TENSORS) {
        tw_node_error(r->document, inputs, "%llu inputs, an element-wise layer reads at most %d",
                      (unsigned long long)count, TW_MAX_TENSORS - 1);
        return 1;
    }
    return (unsigned)count;
}

static tw_status read_layer(reader *r, tw_node *node, tw_layer *out) {
    uint64_t extent[TW_DIM_COUNT], stride[2] = {1, 1}, dilation[2] = {1, 1};
    const size_t errors = r->document->errors;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        extent[d] = 1;
    *out = (tw_layer){.name = "?", .repeat = 1};
    out->at = tw_node_position(r->document, node);
    if (!tw_fields_check(r->document, node, "a layer", layer_keys, COUNT(layer_keys)))
        return TW_OK;
    (void)tw_value_name(r->document, tw_field_require(r->document, node, "name", "a layer"), "name",
                        &out->name);
    (void)read_size(r, tw_node_get(node, "repeat"), "repeat", &out->repeat);
    const tw_operation *operation = read_operation(r, node);
    if (!operation)
        return TW_OK;
    read_dims(r, node, operation, extent);
    const char *const window_keys[] = {"stride", "dilation"};
    for (size_t i = 0; i < 2; i++) {
        const tw_node *value = tw_node_get(node, window_keys[i]);
        if (value && !operation->window)
            tw_node_error(r->document, value, "operation %s has no %s", operation->name,
                          window_keys[i]);
        else
            read_pair(r, value, window_keys[i], i == 0 ? stride : dilation);
    }
    const unsigned operands = read_operands(r, node, operation);
    if (r->document->errors > errors)
        return TW_OK;
    const tw_status status = tw_problem_make(r->document->ctx, &out->at, operation, extent, stride,
                                             dilation, operands, &out->problem);
    if (status == TW_INVALID) /* it has said what is wrong */
        r->document->errors++;
    return status == TW_INVALID ? TW_OK : status;
}

static tw_status read_layers(reader *r, tw_node *root) {
    const tw_node *layers = tw_field_require(r->document, root, "layers", "the network");
    tw_network *network = r->network;
    if (!tw_value_is_sequence(r->document, layers, "layers"))
        return TW_OK;
    if (layers->count == 0) {
        tw_node_error(r->document, layers, "the network has no layers");
        return TW_OK;
    }
    network->layers = tw_arena_array(&network->arena, layers->count, sizeof(tw_layer));
    if (!network->layers)
        return tw_out_of_memory(r->document->ctx);
    network->layer_count = layers->count;
    for (size_t i = 0; i < layers->count; i++)
        TW_TRY(read_layer(r, layers->values[i], &network->layers[i]));
    return tw_network_link(r->document, layers, tw_node_get(root, "inputs"), network);
}

static tw_status read_network(reader *r, const tw_network_options *options) {
    tw_node *root = r->document->root;
    (void)tw_fields_check(r->document, root, "a network", file_keys, COUNT(file_keys));
    (void)tw_value_name(r->document, tw_field_require(r->document, root, "name", "the network"),
                        "name", &r->network->name);
    (void)tw_value_text(r->document, tw_node_get(root, "description"), "description",
                        &r->network->description);
    const char *source = NULL;
    (void)tw_value_text(r->document, tw_node_get(root, "source"), "source", &source);
    TW_TRY(read_parameters(r, root));
    TW_TRY(apply_options(r, options));
    r->network->batch = r->parameters[0].value;
    TW_TRY(read_externals(r, root));
    TW_TRY(read_layers(r, root));
    return tw_document_status(r->document);
}

tw_status tw_native_network_load(const tw_input *input, const tw_network_options *options,
                                 tw_network *out) {
    tw_document document;
    reader r = {.document = &document, .network = out};
    TW_TRY(tw_native_open(input, &out->arena, "network", &document));
    TW_TRY(read_network(&r, options));
    return tw_network_check(input->ctx, out);
}
