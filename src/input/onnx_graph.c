/* The walk over the nodes of a graph. What a graph declares is bound first (initializers, inputs),
 * then each node in file order: its inputs must have been made before, which rules out cycles. */
#include "input/onnx_graph.h"

#include <stdlib.h>
#include <string.h>

enum {
    GRAPH_NODE = 1,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    GRAPH_VALUE_INFO = 13,
    GRAPH_SPARSE_INITIALIZER = 15,
    FUNCTION_INPUT = 4,
    FUNCTION_OUTPUT = 5,
    FUNCTION_NODE = 7,
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OP = 4,
    NODE_DOMAIN = 7
};

static tw_status fail(tw_onnx *import, const char *format, const char *name) {
    const tw_position at = {.file = import->file};
    return import->trial ? TW_INVALID : tw_fail(import->ctx, TW_INVALID, &at, format, name);
}

static tw_onnx_value *new_values(tw_onnx *import, size_t count) {
    tw_onnx_value *values = tw_arena_array(&import->scratch, count ? count : 1, sizeof *values);
    for (size_t i = 0; values && i < count; i++) {
        values[i].rank = -1;
        values[i].channel_axis = -1;
    }
    return values;
}

/* ---- Declarations ------------------------------------------------------------------------ */

static bool read_value_info(tw_bytes info, tw_bytes *name, tw_bytes *type) {
    tw_wire_field field;
    *name = *type = (tw_bytes){0};
    while (tw_wire_next(&info, &field) == TW_WIRE_FIELD) {
        if (field.number == 1 && field.type == TW_WIRE_BYTES)
            *name = field.bytes;
        else if (field.number == 2 && field.type == TW_WIRE_BYTES)
            *type = field.bytes;
    }
    return name->size != 0;
}

static tw_status bind_initializer(tw_onnx_scope *scope, tw_bytes tensor) {
    tw_onnx_value *value = new_values(scope->import, 1);
    if (!value)
        return tw_out_of_memory(scope->import->ctx);
    TW_TRY(tw_onnx_tensor_header(scope->import, tensor, value));
    return tw_onnx_scope_bind(scope, value);
}

/* A sparse tensor has the name of its values and dimensions of its own. */
static tw_status bind_sparse(tw_onnx_scope *scope, tw_bytes sparse) {
    tw_onnx *import = scope->import;
    tw_wire_field field;
    tw_bytes rest = sparse;
    tw_onnx_value *value = new_values(import, 1), values;
    if (!value)
        return tw_out_of_memory(import->ctx);
    TW_TRY(tw_onnx_sparse_header(import, sparse, value));
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD)
        if (field.number == 1 && field.type == TW_WIRE_BYTES) {
            TW_TRY(tw_onnx_tensor_header(import, field.bytes, &values));
            value->name = values.name;
            value->element = values.element;
        }
    return tw_onnx_scope_bind(scope, value);
}

/* An input of the main graph that no initializer gives. */
static tw_status bind_graph_input(tw_onnx_scope *scope, tw_bytes info, tw_onnx_missing *missing) {
    tw_onnx *import = scope->import;
    tw_bytes name, type;
    if (!read_value_info(info, &name, &type))
        return fail(import, "an input of the graph has no name%s", "");
    if (tw_onnx_scope_find(scope, name))
        return TW_OK;
    tw_onnx_value *value = new_values(import, 1);
    if (!value)
        return tw_out_of_memory(import->ctx);
    missing->owner = tw_onnx_text(import, name);
    TW_TRY(tw_onnx_type(import, type, name, missing, value));
    TW_TRY(tw_onnx_graph_input(import, value));
    return tw_onnx_scope_bind(scope, value);
}

static tw_status bind_constants(tw_onnx_scope *scope, tw_bytes graph) {
    tw_wire_field field;
    tw_wire_status status;
    tw_bytes name, type;
    while ((status = tw_wire_next(&graph, &field)) == TW_WIRE_FIELD) {
        if (field.type != TW_WIRE_BYTES)
            continue;
        if (field.number == GRAPH_INITIALIZER)
            TW_TRY(bind_initializer(scope, field.bytes));
        else if (field.number == GRAPH_SPARSE_INITIALIZER)
            TW_TRY(bind_sparse(scope, field.bytes));
        else if ((field.number == GRAPH_VALUE_INFO || field.number == GRAPH_OUTPUT) &&
                 !(scope->import->ignore_declared && scope->import->depth == 0) &&
                 read_value_info(field.bytes, &name, &type))
            TW_TRY(tw_onnx_scope_declare(scope, name, type));
    }
    return status == TW_WIRE_END ? TW_OK : fail(scope->import, "the graph is malformed%s", "");
}

/* ---- Nodes ---------------------------------------------------------------------------------- */

static tw_status count_node(tw_onnx_node *node) {
    tw_wire_field field;
    tw_wire_status status;
    tw_bytes rest = node->bytes;
    while ((status = tw_wire_next(&rest, &field)) == TW_WIRE_FIELD) {
        if (field.type != TW_WIRE_BYTES)
            continue;
        node->input_count += field.number == NODE_INPUT;
        node->output_count += field.number == NODE_OUTPUT;
        if (field.number == NODE_NAME)
            node->name = field.bytes;
        else if (field.number == NODE_OP)
            node->op = field.bytes;
        else if (field.number == NODE_DOMAIN)
            node->domain = field.bytes;
    }
    if (status == TW_WIRE_MALFORMED || node->op.size == 0)
        return fail(node->import, "a node of the graph is malformed or has no operator%s", "");
    if (node->output_count > TW_ONNX_MAX_OUTPUTS)
        return fail(node->import, "a node %s has more than 65536 outputs",
                    tw_onnx_text(node->import, node->op));
    return TW_OK;
}

/* Is this name made by a node of the graph at all? Only to word an error. */
static bool made_later(tw_bytes graph, uint32_t node_field, tw_bytes name) {
    tw_wire_field node, field;
    while (tw_wire_next(&graph, &node) == TW_WIRE_FIELD) {
        if (node.number != node_field || node.type != TW_WIRE_BYTES)
            continue;
        while (tw_wire_next(&node.bytes, &field) == TW_WIRE_FIELD)
            if (field.number == NODE_OUTPUT && tw_bytes_equal(field.bytes, name))
                return true;
    }
    return false;
}

static tw_status unbound(tw_onnx_node *node, tw_bytes name) {
    const tw_bytes graph = node->scope->graph;
    const char *text = tw_onnx_text(node->import, name);
    if (made_later(graph, node->scope->node_field, name))
        return tw_onnx_fail(node,
                            "it reads '%s', which it or a later node makes: the graph has a cycle "
                            "or is not in topological order",
                            text);
    return tw_onnx_fail(node, "it reads '%s', which nothing makes", text);
}

static tw_status bind_node(tw_onnx_node *node) {
    tw_wire_field field;
    tw_bytes rest = node->bytes;
    unsigned inputs = 0, outputs = 0;
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD) {
        if (field.type != TW_WIRE_BYTES)
            continue;
        if (field.number == NODE_OUTPUT)
            node->outputs[outputs++].name = field.bytes;
    }
    rest = node->bytes;
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD) {
        if (field.type != TW_WIRE_BYTES || field.number != NODE_INPUT)
            continue;
        tw_onnx_value *value = NULL;
        if (field.bytes.size && !(value = tw_onnx_scope_find(node->scope, field.bytes)))
            return unbound(node, field.bytes);
        node->inputs[inputs++] = value;
    }
    return TW_OK;
}

/* Takes a declared shape for an output of which nothing, or less, is known. */
static tw_status take_declared(tw_onnx_node *node, tw_onnx_value *output) {
    tw_bytes type;
    tw_onnx_value declared;
    const tw_onnx_shape have = tw_onnx_shape_of(output);
    if (tw_onnx_shape_known(&have) || !tw_onnx_scope_declared(node->scope, output->name, &type))
        return TW_OK;
    TW_TRY(tw_onnx_type(node->import, type, output->name, NULL, &declared));
    if (declared.rank < 0 || (have.rank >= 0 && have.rank != declared.rank))
        return TW_OK;
    if (have.rank < 0) {
        output->rank = declared.rank;
        output->dims = declared.dims;
        output->kind = declared.kind;
        output->optional = declared.optional;
        output->element = declared.element;
    }
    for (int i = 0; i < output->rank; i++)
        if (output->dims[i] < 0)
            output->dims[i] = declared.dims[i];
    return TW_OK;
}

static bool all_constant(const tw_onnx_node *node) {
    for (unsigned i = 0; i < node->input_count; i++)
        if (node->inputs[i] && !node->inputs[i]->constant)
            return false;
    return true;
}

static const tw_onnx_function *function_of(const tw_onnx *import, const tw_onnx_node *node) {
    const tw_onnx_function key = {.domain = node->domain, .name = node->op};
    return import->function_count ? bsearch(&key, import->functions, import->function_count,
                                            sizeof key, tw_onnx_function_compare)
                                  : NULL;
}

static tw_status call_function(tw_onnx_node *node, tw_bytes function);

static tw_status infer(tw_onnx_node *node) {
    const tw_onnx_function *function = function_of(node->import, node);
    if (function)
        return call_function(node, function->body);
    node->operation = tw_onnx_operator_find(node->domain, node->op);
    return node->operation && node->operation->infer ? node->operation->infer(node) : TW_OK;
}

static tw_status lower(tw_onnx_node *node) {
    bool constant = node->output_count > 0;
    for (unsigned i = 0; i < node->output_count; i++)
        constant &= node->outputs[i].constant;
    if (constant)
        return tw_onnx_fold(node);
    if (!node->operation)
        return tw_onnx_skip(node, "the operator is unknown to this program");
    if (node->import->blocked && node->operation->lower != tw_onnx_fold)
        return tw_onnx_skip(node, node->import->blocked);
    return node->operation->lower ? node->operation->lower(node)
                                  : tw_onnx_skip(node, node->operation->note);
}

static tw_status walk_bound_node(tw_onnx_node *node) {
    tw_onnx *import = node->import;
    TW_TRY(bind_node(node));
    const bool constant = all_constant(node);
    for (unsigned i = 0; i < node->output_count; i++)
        node->outputs[i].constant = constant;
    TW_TRY(infer(node));
    for (unsigned i = 0; i < node->output_count; i++)
        TW_TRY(take_declared(node, &node->outputs[i]));
    if (!node->accounted)
        TW_TRY(lower(node));
    for (unsigned i = 0; i < node->output_count; i++) {
        if (node->outputs[i].name.size == 0)
            continue;
        TW_TRY(tw_onnx_scope_bind(node->scope, &node->outputs[i]));
        if (import->observer && import->rehearsal == 0)
            import->observer(import->observer_user, import->depth, &node->outputs[i]);
    }
    return TW_OK;
}

static tw_status walk_node(tw_onnx_scope *scope, tw_bytes bytes) {
    tw_onnx *import = scope->import;
    tw_onnx_node node = {.import = import, .scope = scope, .bytes = bytes};
    if (++import->visits > TW_ONNX_MAX_VISITS)
        return fail(import, "the model has more than 4194304 nodes, its bodies expanded%s", "");
    if (tw_is_cancelled(import->ctx))
        return TW_CANCELLED;
    TW_TRY(count_node(&node));
    node.outputs = new_values(import, node.output_count);
    node.inputs = tw_alloc_array(import->ctx, node.input_count + 1, sizeof *node.inputs);
    const tw_status status =
        node.outputs && node.inputs ? walk_bound_node(&node) : tw_out_of_memory(import->ctx);
    tw_free(import->ctx, node.inputs);
    return status;
}

static tw_status walk_nodes(tw_onnx_scope *scope, tw_bytes graph, uint32_t node_field) {
    tw_wire_field field;
    scope->graph = graph;
    scope->node_field = node_field;
    while (tw_wire_next(&graph, &field) == TW_WIRE_FIELD)
        if (field.number == node_field && field.type == TW_WIRE_BYTES)
            TW_TRY(walk_node(scope, field.bytes));
    return TW_OK;
}

/* ---- Graphs, bodies, functions ------------------------------------------------------------- */

static tw_status walk_main(tw_onnx_scope *scope) {
    tw_onnx *import = scope->import;
    tw_onnx_missing missing = {.import = import};
    tw_bytes rest = import->graph, name, type;
    tw_wire_field field;
    TW_TRY(bind_constants(scope, import->graph));
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD)
        if (field.number == GRAPH_INPUT && field.type == TW_WIRE_BYTES)
            TW_TRY(bind_graph_input(scope, field.bytes, &missing));
    TW_TRY(tw_onnx_check_dims(import, &missing));
    TW_TRY(walk_nodes(scope, import->graph, GRAPH_NODE));
    rest = import->graph;
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD)
        if (field.number == GRAPH_OUTPUT && field.type == TW_WIRE_BYTES &&
            read_value_info(field.bytes, &name, &type) && !tw_onnx_scope_find(scope, name))
            return fail(import, "the graph's output '%s' is made by nothing",
                        tw_onnx_text(import, name));
    return TW_OK;
}

tw_status tw_onnx_walk_main(tw_onnx *import) {
    tw_onnx_scope scope;
    tw_onnx_scope_init(&scope, import, NULL);
    const tw_status status = walk_main(&scope);
    tw_onnx_scope_free(&scope);
    return status;
}

static tw_status bind_as(tw_onnx_scope *scope, tw_bytes name, const tw_onnx_value *given) {
    tw_onnx_value *value = new_values(scope->import, 1);
    if (!value)
        return tw_out_of_memory(scope->import->ctx);
    if (given)
        *value = *given;
    value->name = name;
    return name.size ? tw_onnx_scope_bind(scope, value) : TW_OK;
}

static tw_status take_output(tw_onnx_scope *scope, tw_bytes name, tw_onnx_value *out) {
    const tw_onnx_value *made = name.size ? tw_onnx_scope_find(scope, name) : NULL;
    if (name.size && !made)
        return fail(scope->import, "the output '%s' of a body is made by nothing",
                    tw_onnx_text(scope->import, name));
    const tw_bytes own_name = out->name;
    if (made)
        *out = *made;
    out->name = own_name;
    return TW_OK;
}

static tw_status enter(tw_onnx *import) {
    if (import->depth == TW_ONNX_MAX_DEPTH)
        return fail(import, "bodies and functions are nested more than 24 deep%s", "");
    import->depth++;
    return TW_OK;
}

void tw_onnx_body_arity(tw_bytes graph, unsigned *inputs, unsigned *outputs) {
    tw_wire_field field;
    *inputs = *outputs = 0;
    while (tw_wire_next(&graph, &field) == TW_WIRE_FIELD) {
        *inputs += field.number == GRAPH_INPUT;
        *outputs += field.number == GRAPH_OUTPUT;
    }
}

static tw_status walk_body(tw_onnx_scope *scope, tw_bytes graph, unsigned input_count,
                           const tw_onnx_value *inputs, unsigned output_count,
                           tw_onnx_value *outputs) {
    tw_wire_field field;
    tw_bytes rest = graph, name, type;
    unsigned taken = 0;
    TW_TRY(bind_constants(scope, graph));
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD)
        if (field.number == GRAPH_INPUT && field.type == TW_WIRE_BYTES) {
            (void)read_value_info(field.bytes, &name, &type);
            TW_TRY(bind_as(scope, name, taken < input_count ? &inputs[taken] : NULL));
            taken++;
        }
    TW_TRY(walk_nodes(scope, graph, GRAPH_NODE));
    rest = graph;
    taken = 0;
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD && taken < output_count)
        if (field.number == GRAPH_OUTPUT && field.type == TW_WIRE_BYTES) {
            (void)read_value_info(field.bytes, &name, &type);
            TW_TRY(take_output(scope, name, &outputs[taken++]));
        }
    return TW_OK;
}

tw_status tw_onnx_body(tw_onnx_node *caller, tw_bytes graph, unsigned input_count,
                       const tw_onnx_value *inputs, unsigned output_count, tw_onnx_value *outputs) {
    tw_onnx *import = caller->import;
    tw_onnx_scope scope;
    TW_TRY(enter(import));
    tw_onnx_scope_init(&scope, import, caller->scope);
    const tw_status status = walk_body(&scope, graph, input_count, inputs, output_count, outputs);
    tw_onnx_scope_free(&scope);
    import->depth--;
    return status;
}

static tw_status walk_function(tw_onnx_scope *scope, tw_onnx_node *node, tw_bytes function) {
    tw_wire_field field;
    tw_bytes rest = function;
    unsigned taken = 0;
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD)
        if (field.number == FUNCTION_INPUT && field.type == TW_WIRE_BYTES)
            TW_TRY(bind_as(scope, field.bytes, tw_onnx_input(node, taken++)));
    TW_TRY(walk_nodes(scope, function, FUNCTION_NODE));
    rest = function;
    taken = 0;
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD && taken < node->output_count)
        if (field.number == FUNCTION_OUTPUT && field.type == TW_WIRE_BYTES)
            TW_TRY(take_output(scope, field.bytes, &node->outputs[taken++]));
    return TW_OK;
}

/* A call stands for the nodes of the function's body, which are accounted for one by one. */
static tw_status call_function(tw_onnx_node *node, tw_bytes function) {
    tw_onnx_scope scope;
    TW_TRY(enter(node->import));
    tw_onnx_scope_init(&scope, node->import, NULL);
    scope.call = node;
    const tw_status status = walk_function(&scope, node, function);
    tw_onnx_scope_free(&scope);
    node->import->depth--;
    if (status == TW_OK)
        tw_onnx_expanded(node);
    return status;
}
