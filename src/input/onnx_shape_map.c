/* Operators that keep or broadcast the shape of their inputs, and reductions. */
#include <math.h>
#include <string.h>

#include "input/onnx_rules.h"

static int element_of(const tw_onnx_node *node, unsigned i) {
    const tw_onnx_value *value = tw_onnx_input(node, i);
    return value ? value->element : TW_ONNX_UNDEFINED;
}

static tw_status same_as_first(tw_onnx_node *node, int element) {
    tw_onnx_value *first = NULL;
    TW_TRY(tw_onnx_require(node, 0, &first));
    if (node->output_count == 0)
        return TW_OK;
    const tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    node->outputs[0].channel_axis = first->channel_axis;
    return tw_onnx_output(node, 0, element, &shape);
}

tw_status tw_onnx_infer_same(tw_onnx_node *node) {
    return same_as_first(node, element_of(node, 0));
}

tw_status tw_onnx_infer_bool(tw_onnx_node *node) {
    return same_as_first(node, TW_ONNX_BOOL);
}

tw_status tw_onnx_infer_unary(tw_onnx_node *node) {
    const tw_onnx_fold_kind kind = (tw_onnx_fold_kind)node->operation->argument;
    const int element = element_of(node, 0);
    size_t count = 0;
    TW_TRY(same_as_first(node, tw_onnx_compute_type(kind, element)));
    const tw_onnx_cell *in = tw_onnx_cells(node->import, node->inputs[0], &count);
    tw_onnx_cell *out = in ? tw_onnx_output_cells(node, 0) : NULL;
    for (size_t i = 0; out && i < count; i++)
        out[i] = tw_onnx_compute(kind, element, in[i], in[i]);
    return TW_OK;
}

/* Keeps the channel axis of the first input that has the output's rank. */
static void keep_channels(tw_onnx_node *node) {
    tw_onnx_value *output = &node->outputs[0];
    for (unsigned i = 0; i < node->input_count && output->channel_axis < 0; i++)
        if (node->inputs[i] && node->inputs[i]->rank == output->rank)
            output->channel_axis = node->inputs[i]->channel_axis;
}

static void fold_into(tw_onnx_node *node, tw_onnx_fold_kind kind, unsigned input) {
    tw_onnx_value *output = &node->outputs[0];
    const tw_onnx_shape shape = tw_onnx_shape_of(output), other = tw_onnx_input_shape(node, input);
    const int element = element_of(node, 0);
    size_t count = 0;
    const tw_onnx_cell *in = tw_onnx_cells(node->import, node->inputs[input], &count);
    if (!in || element_of(node, input) != element)
        output->cells = NULL;
    const int64_t total = tw_onnx_shape_count(&shape);
    for (int64_t i = 0; output->cells && i < total; i++) {
        const tw_onnx_cell b = in[tw_onnx_broadcast_offset(&other, &shape, (size_t)i)];
        output->cells[i] = input ? tw_onnx_compute(kind, element, output->cells[i], b) : b;
    }
}

tw_status tw_onnx_infer_nary(tw_onnx_node *node) {
    const tw_onnx_fold_kind kind = (tw_onnx_fold_kind)node->operation->argument;
    tw_onnx_value *value = NULL;
    TW_TRY(tw_onnx_require(node, 0, &value));
    tw_onnx_shape shape = tw_onnx_shape_of(value);
    for (unsigned i = 1; i < node->input_count; i++) {
        TW_TRY(tw_onnx_require(node, i, &value));
        const tw_onnx_shape other = tw_onnx_shape_of(value);
        /* Before opset 7 the second operand may sit at an axis of the first. */
        if (tw_onnx_attribute_int(node, "broadcast", 0) == 0)
            TW_TRY(tw_onnx_broadcast(node, &shape, &other, &shape));
    }
    if (node->output_count == 0)
        return TW_OK;
    TW_TRY(tw_onnx_output(node, 0, tw_onnx_compute_type(kind, element_of(node, 0)), &shape));
    keep_channels(node);
    if (kind == TW_FOLD_NONE || tw_onnx_attribute_int(node, "broadcast", 0) ||
        !tw_onnx_output_cells(node, 0))
        return TW_OK;
    for (unsigned i = 0; i < node->input_count; i++)
        fold_into(node, kind, i);
    return TW_OK;
}

tw_status tw_onnx_infer_where(tw_onnx_node *node) {
    tw_onnx_value *inputs[3];
    tw_onnx_shape shape = {.rank = 0};
    const tw_onnx_cell *cells[3];
    size_t count = 0;
    for (unsigned i = 0; i < 3; i++) {
        TW_TRY(tw_onnx_require(node, i, &inputs[i]));
        const tw_onnx_shape other = tw_onnx_shape_of(inputs[i]);
        TW_TRY(tw_onnx_broadcast(node, &shape, &other, &shape));
        cells[i] = tw_onnx_cells(node->import, inputs[i], &count);
    }
    TW_TRY(tw_onnx_output(node, 0, inputs[1]->element, &shape));
    tw_onnx_cell *out = cells[0] && cells[1] && cells[2] ? tw_onnx_output_cells(node, 0) : NULL;
    const int64_t total = tw_onnx_shape_count(&shape);
    for (int64_t i = 0; out && i < total; i++) {
        tw_onnx_cell picked[3];
        for (unsigned k = 0; k < 3; k++) {
            const tw_onnx_shape from = tw_onnx_shape_of(inputs[k]);
            picked[k] = cells[k][tw_onnx_broadcast_offset(&from, &shape, (size_t)i)];
        }
        if (tw_onnx_cell_known(TW_ONNX_BOOL, picked[0]))
            out[i] = picked[0].i ? picked[1] : picked[2];
    }
    return TW_OK;
}

tw_status tw_onnx_infer_cast(tw_onnx_node *node) {
    const bool like = tw_bytes_equal_text(node->op, "CastLike");
    const int from = element_of(node, 0);
    const int to = like ? element_of(node, 1) : (int)tw_onnx_attribute_int(node, "to", from);
    size_t count = 0;
    TW_TRY(same_as_first(node, to));
    const tw_onnx_cell *in = tw_onnx_cells(node->import, node->inputs[0], &count);
    tw_onnx_cell *out = in ? tw_onnx_output_cells(node, 0) : NULL;
    for (size_t i = 0; out && i < count; i++) {
        if (tw_onnx_is_real(to))
            out[i].r = tw_onnx_cell_real(from, in[i]);
        else
            out[i].i = tw_onnx_cell_int(from, in[i]);
        if (to == TW_ONNX_BOOL && tw_onnx_cell_known(from, in[i]))
            out[i].i = tw_onnx_cell_real(from, in[i]) != 0;
    }
    return TW_OK;
}

tw_status tw_onnx_infer_quantize(tw_onnx_node *node) {
    const int zero_point = element_of(node, 2);
    return same_as_first(node, zero_point ? zero_point : TW_ONNX_UINT8);
}

tw_status tw_onnx_infer_dequantize(tw_onnx_node *node) {
    return same_as_first(node, TW_ONNX_FLOAT);
}

/* Output of the shape of X; the slope is broadcast to it, or, before opset 7, one a channel. */
tw_status tw_onnx_infer_prelu(tw_onnx_node *node) {
    const tw_onnx_shape shape = tw_onnx_input_shape(node, 0), slope = tw_onnx_input_shape(node, 1);
    tw_onnx_shape both;
    if (slope.rank != 1 || shape.rank < 2 || slope.dims[0] != shape.dims[1])
        TW_TRY(tw_onnx_broadcast(node, &shape, &slope, &both));
    return tw_onnx_infer_same(node);
}

/* BatchNormalization: running mean and variance have the shape of theirs; LayerNormalization:
 * mean and inverse deviation keep the axes before `axis`. */
tw_status tw_onnx_infer_normalization(tw_onnx_node *node) {
    TW_TRY(tw_onnx_infer_same(node));
    tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    if (tw_bytes_equal_text(node->op, "LayerNormalization") && shape.rank > 0) {
        int axis = 0;
        TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", -1), shape.rank, &axis));
        for (int i = axis; i < shape.rank; i++)
            shape.dims[i] = 1;
        TW_TRY(tw_onnx_output(node, 1, TW_ONNX_FLOAT, &shape));
        return tw_onnx_output(node, 2, TW_ONNX_FLOAT, &shape);
    }
    for (unsigned i = 1; i < node->output_count && i < 5; i++) {
        const tw_onnx_shape channels = tw_onnx_input_shape(node, i % 2 ? 3 : 4);
        TW_TRY(tw_onnx_output(node, i, element_of(node, i % 2 ? 3 : 4), &channels));
    }
    return TW_OK;
}

tw_status tw_onnx_infer_dropout(tw_onnx_node *node) {
    const tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    TW_TRY(tw_onnx_infer_same(node));
    return tw_onnx_output(node, 1, TW_ONNX_BOOL, &shape);
}

/* QLinearAdd and QLinearMul: operands 0 and 3, each followed by its scale and zero point. */
tw_status tw_onnx_infer_quantized_binary(tw_onnx_node *node) {
    const tw_onnx_shape a = tw_onnx_input_shape(node, 0), b = tw_onnx_input_shape(node, 3);
    tw_onnx_shape out;
    TW_TRY(tw_onnx_broadcast(node, &a, &b, &out));
    return tw_onnx_output(node, 0, element_of(node, 0), &out);
}

/* ---- Reductions ----------------------------------------------------------------------------- */

tw_status tw_onnx_reduced_axes(tw_onnx_node *node, int rank, uint32_t *axes, bool *known,
                               bool *keep) {
    int64_t list[TW_ONNX_MAX_RANK];
    size_t count = 0;
    *axes = 0;
    *known = true;
    *keep = tw_onnx_attribute_int(node, "keepdims", 1) != 0;
    tw_onnx_value *input = tw_onnx_input(node, 1);
    if (input && !tw_onnx_ints(node->import, input, TW_ONNX_MAX_RANK, list, &count)) {
        *known = false;
        return TW_OK;
    }
    if (!input)
        (void)tw_onnx_attribute_ints(node, "axes", TW_ONNX_MAX_RANK, list, &count);
    if (count > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "more than 32 axes");
    for (size_t i = 0; i < count; i++) {
        int axis = 0;
        TW_TRY(tw_onnx_axis(node, list[i], rank, &axis));
        *axes |= UINT32_C(1) << axis;
    }
    if (count == 0 && tw_onnx_attribute_int(node, "noop_with_empty_axes", 0) == 0)
        *axes = rank == TW_ONNX_MAX_RANK ? UINT32_MAX : (UINT32_C(1) << rank) - 1;
    return TW_OK;
}

static tw_status output_reduced(tw_onnx_node *node, const tw_onnx_shape *in, uint32_t axes,
                                bool keep, int element) {
    tw_onnx_shape out = {.rank = 0};
    for (int i = 0; i < in->rank; i++) {
        if (!(axes >> i & 1))
            out.dims[out.rank++] = in->dims[i];
        else if (keep)
            out.dims[out.rank++] = 1;
    }
    return tw_onnx_output(node, 0, element, &out);
}

/* A list reduced to one number, as ReduceProd of a shape. */
static void fold_reduction(tw_onnx_node *node) {
    const tw_onnx_fold_kind kind = (tw_onnx_fold_kind)node->operation->argument;
    const tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    size_t count = 0;
    const tw_onnx_cell *in = tw_onnx_cells(node->import, node->inputs[0], &count);
    if (kind == TW_FOLD_NONE || !in || shape.rank != 1 || count == 0 || node->output_count == 0)
        return;
    tw_onnx_cell *out = tw_onnx_output_cells(node, 0);
    if (!out || node->outputs[0].rank > 1 ||
        (node->outputs[0].rank == 1 && node->outputs[0].dims[0] != 1))
        return;
    out[0] = in[0];
    for (size_t i = 1; i < count; i++)
        out[0] = tw_onnx_compute(kind, element_of(node, 0), out[0], in[i]);
}

tw_status tw_onnx_infer_reduce(tw_onnx_node *node) {
    tw_onnx_value *input = NULL;
    TW_TRY(tw_onnx_require(node, 0, &input));
    const tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    uint32_t axes = 0;
    bool known = false, keep = false;
    if (shape.rank < 0)
        return TW_OK;
    TW_TRY(tw_onnx_reduced_axes(node, shape.rank, &axes, &known, &keep));
    if (!known) {
        tw_onnx_shape unknown = {.rank = keep ? shape.rank : -1};
        for (int i = 0; i < unknown.rank; i++)
            unknown.dims[i] = -1;
        return tw_onnx_output(node, 0, input->element, &unknown);
    }
    TW_TRY(output_reduced(node, &shape, axes, keep, input->element));
    fold_reduction(node);
    return TW_OK;
}

tw_status tw_onnx_infer_arg(tw_onnx_node *node) {
    const tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    int axis = 0;
    if (shape.rank < 0)
        return TW_OK;
    TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 0), shape.rank, &axis));
    return output_reduced(node, &shape, UINT32_C(1) << axis,
                          tw_onnx_attribute_int(node, "keepdims", 1) != 0, TW_ONNX_INT64);
}
