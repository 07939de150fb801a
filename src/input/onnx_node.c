/* What an operator's rules see of a node: inputs, outputs, attributes. Attributes are found by
 * reading the node's bytes again, so that a node costs no memory before it is asked. */
#include <stdarg.h>
#include <string.h>

#include "input/onnx_graph.h"

const char *tw_onnx_text(tw_onnx *import, tw_bytes bytes) {
    const size_t length = bytes.size < TW_ONNX_NAME_LENGTH ? bytes.size : TW_ONNX_NAME_LENGTH;
    char *text = tw_arena_strndup(&import->scratch, "", 0);
    if (length && (text = tw_arena_alloc(&import->scratch, length + 1)))
        for (size_t i = 0; i < length; i++)
            text[i] = bytes.data[i] > 0x20 && bytes.data[i] < 0x7f ? (char)bytes.data[i] : '_';
    return text ? text : "?";
}

static const char *label(tw_onnx_node *node) {
    if (!node->label) {
        const char *op = tw_onnx_text(node->import, node->op);
        node->label = node->name.size ? tw_arena_printf(&node->import->scratch, "node '%s' (%s)",
                                                        tw_onnx_text(node->import, node->name), op)
                      : node->output_count
                          ? tw_arena_printf(&node->import->scratch, "node %s that makes '%s'", op,
                                            tw_onnx_text(node->import, node->outputs[0].name))
                          : tw_arena_printf(&node->import->scratch, "node %s", op);
    }
    return node->label ? node->label : "node";
}

tw_status tw_onnx_fail(tw_onnx_node *node, const char *format, ...) {
    const tw_position at = {.file = node->import->file};
    if (node->import->trial)
        return TW_INVALID;
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return tw_fail(node->import->ctx, TW_INVALID, &at, "%s: %s", label(node), message);
}

tw_onnx_value *tw_onnx_input(const tw_onnx_node *node, unsigned i) {
    return i < node->input_count ? node->inputs[i] : NULL;
}

tw_status tw_onnx_require(tw_onnx_node *node, unsigned i, tw_onnx_value **out) {
    *out = tw_onnx_input(node, i);
    return *out ? TW_OK : tw_onnx_fail(node, "input %u is missing", i);
}

tw_onnx_shape tw_onnx_input_shape(const tw_onnx_node *node, unsigned i) {
    const tw_onnx_value *value = tw_onnx_input(node, i);
    return value && value->kind == TW_ONNX_TENSOR ? tw_onnx_shape_of(value)
                                                  : tw_onnx_shape_unknown();
}

tw_status tw_onnx_output(tw_onnx_node *node, unsigned i, int element, const tw_onnx_shape *shape) {
    if (i >= node->output_count)
        return TW_OK;
    tw_onnx_value *output = &node->outputs[i];
    if (tw_onnx_shape_known(shape) && tw_onnx_shape_count(shape) < 0)
        return tw_onnx_fail(node, "its output has more than 2^62 elements");
    output->element = element;
    output->rank = shape->rank;
    output->dims = NULL;
    if (shape->rank <= 0)
        return TW_OK;
    output->dims = tw_arena_array(&node->import->scratch, (size_t)shape->rank, sizeof(int64_t));
    if (!output->dims)
        return tw_out_of_memory(node->import->ctx);
    for (int d = 0; d < shape->rank; d++)
        output->dims[d] = shape->dims[d] < 0 ? -1 : shape->dims[d];
    return TW_OK;
}

tw_onnx_cell *tw_onnx_output_cells(tw_onnx_node *node, unsigned i) {
    if (i >= node->output_count)
        return NULL;
    tw_onnx_value *output = &node->outputs[i];
    const tw_onnx_shape shape = tw_onnx_shape_of(output);
    const int64_t count = tw_onnx_shape_count(&shape);
    if (count < 0 || count > TW_ONNX_MAX_CELLS)
        return NULL;
    output->cells =
        tw_arena_array(&node->import->scratch, (size_t)count + 1, sizeof *output->cells);
    for (int64_t c = 0; output->cells && c < count; c++)
        output->cells[c] = tw_onnx_cell_unknown(output->element);
    return output->cells;
}

tw_status tw_onnx_axis(tw_onnx_node *node, int64_t axis, int rank, int *out) {
    if (axis < -rank || axis >= rank)
        return tw_onnx_fail(node, "axis %lld, expected one of [%d, %d]", (long long)axis, -rank,
                            rank - 1);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return TW_OK;
}

/* ---- Attributes ---------------------------------------------------------------------------- */

static bool field_of(tw_bytes message, uint32_t number, tw_wire_field *out) {
    tw_wire_field field;
    bool found = false;
    while (tw_wire_next(&message, &field) == TW_WIRE_FIELD)
        if (field.number == number) {
            *out = field; /* the last one counts */
            found = true;
        }
    return found;
}

enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_FLOAT = 2,
    ATTRIBUTE_INT = 3,
    ATTRIBUTE_TEXT = 4,
    ATTRIBUTE_TENSOR = 5,
    ATTRIBUTE_GRAPH = 6,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_REFERENCE = 21,
    NODE_ATTRIBUTE = 5
};

static bool attribute_in(tw_bytes node, tw_bytes name, tw_onnx_attribute *out) {
    tw_wire_field field, attribute_name;
    while (tw_wire_next(&node, &field) == TW_WIRE_FIELD)
        if (field.number == NODE_ATTRIBUTE && field.type == TW_WIRE_BYTES &&
            field_of(field.bytes, ATTRIBUTE_NAME, &attribute_name) &&
            tw_bytes_equal(attribute_name.bytes, name)) {
            out->bytes = field.bytes;
            return true;
        }
    return false;
}

static bool find(const tw_onnx_node *node, tw_bytes name, unsigned depth, tw_onnx_attribute *out) {
    tw_wire_field reference;
    if (!node || !attribute_in(node->bytes, name, out))
        return false;
    if (!field_of(out->bytes, ATTRIBUTE_REFERENCE, &reference) || reference.bytes.size == 0)
        return true;
    return depth < TW_ONNX_MAX_DEPTH &&
           find(tw_onnx_scope_call(node->scope), reference.bytes, depth + 1, out);
}

bool tw_onnx_attribute_find(const tw_onnx_node *node, const char *name, tw_onnx_attribute *out) {
    const tw_bytes bytes = {(const unsigned char *)name, strlen(name)};
    return find(node, bytes, 0, out);
}

static bool attribute_field(const tw_onnx_node *node, const char *name, uint32_t number,
                            tw_wire_field *out) {
    tw_onnx_attribute attribute;
    return tw_onnx_attribute_find(node, name, &attribute) && field_of(attribute.bytes, number, out);
}

int64_t tw_onnx_attribute_int(const tw_onnx_node *node, const char *name, int64_t otherwise) {
    tw_wire_field field;
    return attribute_field(node, name, ATTRIBUTE_INT, &field) ? (int64_t)field.value : otherwise;
}

double tw_onnx_attribute_real(const tw_onnx_node *node, const char *name, double otherwise) {
    tw_wire_field field;
    if (!attribute_field(node, name, ATTRIBUTE_FLOAT, &field))
        return otherwise;
    const uint32_t bits = (uint32_t)field.value;
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

tw_bytes tw_onnx_attribute_text(const tw_onnx_node *node, const char *name) {
    tw_wire_field field;
    return attribute_field(node, name, ATTRIBUTE_TEXT, &field) ? field.bytes : (tw_bytes){0};
}

/* *count > most says that there are too many, or that one is malformed. */
static void add_int(int64_t *out, size_t most, size_t *count, uint64_t value) {
    if (*count < most)
        out[(*count)++] = (int64_t)value;
    else
        *count = SIZE_MAX;
}

bool tw_onnx_attribute_ints(const tw_onnx_node *node, const char *name, size_t most, int64_t *out,
                            size_t *count) {
    tw_onnx_attribute attribute;
    tw_wire_field field;
    uint64_t value = 0;
    *count = 0;
    if (!tw_onnx_attribute_find(node, name, &attribute))
        return false;
    while (tw_wire_next(&attribute.bytes, &field) == TW_WIRE_FIELD) {
        if (field.number != ATTRIBUTE_INTS)
            continue;
        if (field.type == TW_WIRE_VARINT)
            add_int(out, most, count, field.value);
        while (field.bytes.size && *count <= most) {
            const bool good = tw_wire_varint(&field.bytes, &value);
            add_int(out, good ? most : 0, count, value);
        }
    }
    return true;
}

int64_t tw_onnx_attribute_length(const tw_onnx_attribute *attribute, uint32_t number) {
    enum { FLOATS = 7 };
    tw_bytes rest = attribute->bytes;
    tw_wire_field field;
    int64_t count = 0;
    while (tw_wire_next(&rest, &field) == TW_WIRE_FIELD)
        if (field.number == number)
            count += number == FLOATS && field.type == TW_WIRE_BYTES
                         ? (int64_t)(field.bytes.size / 4)
                         : 1;
    return count;
}

bool tw_onnx_attribute_tensor(const tw_onnx_node *node, const char *name, tw_bytes *out) {
    tw_wire_field field;
    const bool found = attribute_field(node, name, ATTRIBUTE_TENSOR, &field);
    if (found)
        *out = field.bytes;
    return found;
}

bool tw_onnx_attribute_graph(const tw_onnx_node *node, const char *name, tw_bytes *out) {
    tw_wire_field field;
    const bool found = attribute_field(node, name, ATTRIBUTE_GRAPH, &field);
    if (found)
        *out = field.bytes;
    return found;
}
