/* Sequences of tensors and optional values: a sequence has the element type and shape that all
 * its tensors have in common. */
#include <string.h>

#include "input/onnx_rules.h"

static tw_status become_sequence(tw_onnx_node *node, int element, const tw_onnx_shape *shape) {
    if (node->output_count == 0)
        return TW_OK;
    node->outputs[0].kind = TW_ONNX_SEQUENCE;
    return tw_onnx_output(node, 0, element, shape);
}

/* Shape of the tensors of a sequence, or of a tensor. */
static tw_onnx_shape element_shape(const tw_onnx_node *node, unsigned i) {
    const tw_onnx_value *value = tw_onnx_input(node, i);
    return value ? tw_onnx_shape_of(value) : tw_onnx_shape_unknown();
}

static int element_of(const tw_onnx_node *node, unsigned i) {
    const tw_onnx_value *value = tw_onnx_input(node, i);
    return value ? value->element : TW_ONNX_UNDEFINED;
}

tw_status tw_onnx_infer_sequence_empty(tw_onnx_node *node) {
    const tw_onnx_shape unknown = tw_onnx_shape_unknown();
    return become_sequence(node, (int)tw_onnx_attribute_int(node, "dtype", TW_ONNX_FLOAT),
                           &unknown);
}

tw_status tw_onnx_infer_sequence_construct(tw_onnx_node *node) {
    tw_onnx_shape shape = element_shape(node, 0);
    for (unsigned i = 1; i < node->input_count; i++) {
        const tw_onnx_shape next = element_shape(node, i);
        shape = tw_onnx_shape_union(&shape, &next);
    }
    return become_sequence(node, element_of(node, 0), &shape);
}

tw_status tw_onnx_infer_sequence_insert(tw_onnx_node *node) {
    const tw_onnx_shape own = element_shape(node, 0), added = element_shape(node, 1);
    const tw_onnx_shape both = tw_onnx_shape_union(&own, &added);
    return become_sequence(node, element_of(node, 1), &both);
}

tw_status tw_onnx_infer_sequence_at(tw_onnx_node *node) {
    const tw_onnx_shape shape = element_shape(node, 0);
    return tw_onnx_output(node, 0, element_of(node, 0), &shape);
}

tw_status tw_onnx_infer_sequence_erase(tw_onnx_node *node) {
    const tw_onnx_shape shape = element_shape(node, 0);
    return become_sequence(node, element_of(node, 0), &shape);
}

tw_status tw_onnx_infer_sequence_length(tw_onnx_node *node) {
    const tw_onnx_shape scalar = {.rank = 0};
    return tw_onnx_output(node, 0, TW_ONNX_INT64, &scalar);
}

/* The extent of every part along the axis, or -1: a scalar says it, a list may say different. */
static int64_t part_extent(tw_onnx_node *node, int64_t extent) {
    tw_onnx_value *split = tw_onnx_input(node, 1);
    int64_t sizes[256];
    size_t count = 0;
    if (!split)
        return 1;
    if (!tw_onnx_ints(node->import, split, 256, sizes, &count) || count == 0)
        return -1;
    if (split->rank == 0)
        return extent >= 0 && sizes[0] > 0 && extent % sizes[0] == 0 ? sizes[0] : -1;
    for (size_t i = 1; i < count; i++)
        if (sizes[i] != sizes[0])
            return -1;
    return sizes[0];
}

tw_status tw_onnx_infer_split_to_sequence(tw_onnx_node *node) {
    tw_onnx_shape shape = element_shape(node, 0);
    int axis = 0;
    if (shape.rank < 0)
        return become_sequence(node, element_of(node, 0), &shape);
    TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 0), shape.rank, &axis));
    if (!tw_onnx_input(node, 1) && tw_onnx_attribute_int(node, "keepdims", 1) == 0) {
        for (int i = axis; i + 1 < shape.rank; i++)
            shape.dims[i] = shape.dims[i + 1];
        shape.rank--;
    } else {
        shape.dims[axis] = part_extent(node, shape.dims[axis]);
    }
    return become_sequence(node, element_of(node, 0), &shape);
}

tw_status tw_onnx_infer_concat_from_sequence(tw_onnx_node *node) {
    tw_onnx_shape shape = element_shape(node, 0);
    const bool fresh = tw_onnx_attribute_int(node, "new_axis", 0) != 0;
    int axis = 0;
    if (shape.rank < 0 || (fresh && shape.rank == TW_ONNX_MAX_RANK))
        return TW_OK;
    TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 0), shape.rank + fresh, &axis));
    if (fresh) {
        memmove(&shape.dims[axis + 1], &shape.dims[axis],
                (size_t)(shape.rank - axis) * sizeof *shape.dims);
        shape.rank++;
    }
    shape.dims[axis] = -1;
    return tw_onnx_output(node, 0, element_of(node, 0), &shape);
}

/* Identity of anything. */
tw_status tw_onnx_infer_identity(tw_onnx_node *node) {
    tw_onnx_value *value = NULL;
    TW_TRY(tw_onnx_require(node, 0, &value));
    if (node->output_count == 0)
        return TW_OK;
    const tw_bytes name = node->outputs[0].name;
    node->outputs[0] = *value;
    node->outputs[0].name = name;
    return TW_OK;
}

tw_status tw_onnx_infer_optional(tw_onnx_node *node) {
    enum { ATTRIBUTE_TYPE = 14 };
    tw_onnx_attribute attribute;
    tw_wire_field field;
    if (node->output_count == 0)
        return TW_OK;
    const tw_bytes name = node->outputs[0].name;
    if (tw_onnx_input(node, 0))
        TW_TRY(tw_onnx_infer_identity(node));
    else if (tw_onnx_attribute_find(node, "type", &attribute))
        while (tw_wire_next(&attribute.bytes, &field) == TW_WIRE_FIELD)
            if (field.number == ATTRIBUTE_TYPE && field.type == TW_WIRE_BYTES)
                TW_TRY(tw_onnx_type(node->import, field.bytes, name, NULL, &node->outputs[0]));
    node->outputs[0].optional = true;
    return TW_OK;
}

tw_status tw_onnx_infer_optional_get(tw_onnx_node *node) {
    TW_TRY(tw_onnx_infer_identity(node));
    if (node->output_count)
        node->outputs[0].optional = false;
    return TW_OK;
}

tw_status tw_onnx_infer_optional_has(tw_onnx_node *node) {
    const tw_onnx_shape scalar = {.rank = 0};
    return tw_onnx_output(node, 0, TW_ONNX_BOOL, &scalar);
}
