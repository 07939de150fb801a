/* Operators that make tensors out of nothing, out of a shape, or out of a few numbers. */
#include <math.h>
#include <string.h>

#include "input/onnx_rules.h"

static tw_status constant_list(tw_onnx_node *node) {
    int64_t list[256];
    size_t count = 0;
    tw_onnx_attribute attribute;
    tw_onnx_shape shape = {.rank = 0};
    tw_onnx_cell *cells = NULL;
    if (tw_onnx_attribute_find(node, "value_int", &attribute)) {
        TW_TRY(tw_onnx_output(node, 0, TW_ONNX_INT64, &shape));
        if ((cells = tw_onnx_output_cells(node, 0)))
            cells[0].i = tw_onnx_attribute_int(node, "value_int", 0);
    } else if (tw_onnx_attribute_find(node, "value_float", &attribute)) {
        TW_TRY(tw_onnx_output(node, 0, TW_ONNX_FLOAT, &shape));
        if ((cells = tw_onnx_output_cells(node, 0)))
            cells[0].r = tw_onnx_attribute_real(node, "value_float", 0);
    } else if (tw_onnx_attribute_ints(node, "value_ints", 256, list, &count)) {
        shape = tw_onnx_shape_vector(count <= 256 ? (int64_t)count : -1);
        TW_TRY(tw_onnx_output(node, 0, TW_ONNX_INT64, &shape));
        cells = count <= 256 ? tw_onnx_output_cells(node, 0) : NULL;
        for (size_t i = 0; cells && i < count; i++)
            cells[i].i = list[i];
    } else if (tw_onnx_attribute_find(node, "value_floats", &attribute)) {
        shape = tw_onnx_shape_vector(tw_onnx_attribute_length(&attribute, 7));
        return tw_onnx_output(node, 0, TW_ONNX_FLOAT, &shape);
    } else if (tw_onnx_attribute_find(node, "value_strings", &attribute)) {
        shape = tw_onnx_shape_vector(tw_onnx_attribute_length(&attribute, 9));
        return tw_onnx_output(node, 0, TW_ONNX_STRING, &shape);
    } else if (tw_onnx_attribute_find(node, "value_string", &attribute)) {
        return tw_onnx_output(node, 0, TW_ONNX_STRING, &shape);
    }
    return TW_OK;
}

tw_status tw_onnx_infer_constant(tw_onnx_node *node) {
    tw_bytes tensor;
    tw_onnx_attribute sparse;
    if (node->output_count == 0)
        return TW_OK;
    tw_onnx_value *output = &node->outputs[0];
    const tw_bytes name = output->name;
    if (tw_onnx_attribute_tensor(node, "value", &tensor)) {
        TW_TRY(tw_onnx_tensor_header(node->import, tensor, output));
        output->name = name;
        return TW_OK;
    }
    if (tw_onnx_attribute_find(node, "sparse_value", &sparse)) {
        tw_wire_field field;
        while (tw_wire_next(&sparse.bytes, &field) == TW_WIRE_FIELD)
            if (field.number == 22 && field.type == TW_WIRE_BYTES)
                TW_TRY(tw_onnx_sparse_header(node->import, field.bytes, output));
        output->name = name;
        return TW_OK;
    }
    return constant_list(node);
}

/* A shape given as a list of integers at input 0. */
static tw_status shape_input(tw_onnx_node *node, tw_onnx_shape *out) {
    tw_onnx_value *list = NULL;
    size_t count = 0;
    TW_TRY(tw_onnx_require(node, 0, &list));
    *out = tw_onnx_shape_unknown();
    const tw_onnx_cell *cells = tw_onnx_cells(node->import, list, &count);
    if (!cells && list->rank == 1 && list->dims[0] >= 0 && list->dims[0] <= TW_ONNX_MAX_RANK)
        out->rank = (int)list->dims[0];
    for (int i = 0; i < out->rank; i++)
        out->dims[i] = -1;
    if (!cells)
        return TW_OK;
    if (count > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "the shape has more than 32 dimensions");
    out->rank = (int)count;
    for (size_t i = 0; i < count; i++) {
        const int64_t extent = tw_onnx_cell_int(list->element, cells[i]);
        if (extent < 0 && extent != TW_ONNX_UNKNOWN_INT)
            return tw_onnx_fail(node, "the shape has an entry of %lld", (long long)extent);
        out->dims[i] = extent < 0 ? -1 : extent;
    }
    return TW_OK;
}

tw_status tw_onnx_infer_constant_of_shape(tw_onnx_node *node) {
    tw_onnx_shape shape;
    tw_bytes tensor;
    tw_onnx_value value = {.element = TW_ONNX_FLOAT};
    tw_onnx_cell fill = {.r = 0};
    size_t count = 0;
    TW_TRY(shape_input(node, &shape));
    if (tw_onnx_attribute_tensor(node, "value", &tensor)) {
        TW_TRY(tw_onnx_tensor_header(node->import, tensor, &value));
        const tw_onnx_cell *cells = tw_onnx_cells(node->import, &value, &count);
        fill = cells && count == 1 ? cells[0] : tw_onnx_cell_unknown(value.element);
    }
    TW_TRY(tw_onnx_output(node, 0, value.element, &shape));
    tw_onnx_cell *out = tw_onnx_output_cells(node, 0);
    const int64_t total = tw_onnx_shape_count(&shape);
    for (int64_t i = 0; out && i < total; i++)
        out[i] = fill;
    return TW_OK;
}

tw_status tw_onnx_infer_shape(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    TW_TRY(tw_onnx_require(node, 0, &data));
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0);
    int64_t begin = tw_onnx_attribute_int(node, "start", 0),
            end = tw_onnx_attribute_int(node, "end", INT64_MAX);
    if (in.rank < 0) {
        const tw_onnx_shape unknown = tw_onnx_shape_vector(-1);
        return tw_onnx_output(node, 0, TW_ONNX_INT64, &unknown);
    }
    begin = begin < 0 ? begin + in.rank : begin;
    end = end < 0 ? end + in.rank : end;
    begin = begin < 0 ? 0 : begin > in.rank ? in.rank : begin;
    end = end < begin ? begin : end > in.rank ? in.rank : end;
    const tw_onnx_shape shape = tw_onnx_shape_vector(end - begin);
    TW_TRY(tw_onnx_output(node, 0, TW_ONNX_INT64, &shape));
    tw_onnx_cell *cells = tw_onnx_output_cells(node, 0);
    for (int64_t i = begin; cells && i < end; i++)
        if (in.dims[i] >= 0)
            cells[i - begin].i = in.dims[i];
    /* Sizes that are known are the same in every run. */
    if (node->output_count)
        node->outputs[0].constant |= tw_onnx_shape_known(&in);
    return TW_OK;
}

tw_status tw_onnx_infer_size(tw_onnx_node *node) {
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0), scalar = {.rank = 0};
    TW_TRY(tw_onnx_output(node, 0, TW_ONNX_INT64, &scalar));
    const int64_t count = tw_onnx_shape_count(&in);
    tw_onnx_cell *cells = tw_onnx_output_cells(node, 0);
    if (cells && count >= 0)
        cells[0].i = count;
    if (node->output_count)
        node->outputs[0].constant |= count >= 0;
    return TW_OK;
}

tw_status tw_onnx_infer_range(tw_onnx_node *node) {
    tw_onnx_value *inputs[3];
    double numbers[3] = {NAN, NAN, NAN};
    tw_onnx_shape shape = tw_onnx_shape_vector(-1);
    size_t count = 0;
    for (unsigned i = 0; i < 3; i++) {
        TW_TRY(tw_onnx_require(node, i, &inputs[i]));
        const tw_onnx_cell *cells = tw_onnx_cells(node->import, inputs[i], &count);
        if (cells && count == 1)
            numbers[i] = tw_onnx_cell_real(inputs[i]->element, cells[0]);
    }
    if (numbers[2] == 0)
        return tw_onnx_fail(node, "its step is 0");
    const double length = ceil((numbers[1] - numbers[0]) / numbers[2]);
    if (length >= 0x1p40)
        return tw_onnx_fail(node, "its output is too large");
    if (!isnan(length))
        shape.dims[0] = length > 0 ? (int64_t)length : 0;
    TW_TRY(tw_onnx_output(node, 0, inputs[0]->element, &shape));
    tw_onnx_cell *out = tw_onnx_output_cells(node, 0);
    for (int64_t i = 0; out && i < shape.dims[0]; i++) {
        const double value = numbers[0] + (double)i * numbers[2];
        if (tw_onnx_is_real(inputs[0]->element))
            out[i].r = value;
        else
            out[i].i = (int64_t)value;
    }
    return TW_OK;
}

tw_status tw_onnx_infer_one_hot(tw_onnx_node *node) {
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0);
    tw_onnx_value *depth = tw_onnx_input(node, 1), *values = tw_onnx_input(node, 2);
    int64_t extent = -1;
    size_t count = 0;
    int axis = 0;
    if (in.rank < 0)
        return TW_OK;
    if (in.rank == TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "its output has more than 32 dimensions");
    TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", -1), in.rank + 1, &axis));
    if (!tw_onnx_ints(node->import, depth, 1, &extent, &count) || extent < 0)
        extent = -1;
    tw_onnx_shape out = {.rank = in.rank + 1};
    for (int i = 0, from = 0; i < out.rank; i++)
        out.dims[i] = i == axis ? extent : in.dims[from++];
    return tw_onnx_output(node, 0, values ? values->element : 0, &out);
}

tw_status tw_onnx_infer_eye_like(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    TW_TRY(tw_onnx_require(node, 0, &data));
    const tw_onnx_shape shape = tw_onnx_shape_of(data);
    if (shape.rank >= 0 && shape.rank != 2)
        return tw_onnx_fail(node, "the input has rank %d, expected 2", shape.rank);
    return tw_onnx_output(node, 0, (int)tw_onnx_attribute_int(node, "dtype", data->element),
                          &shape);
}

/* RandomNormal and RandomUniform: a shape attribute; never a constant. */
tw_status tw_onnx_infer_random(tw_onnx_node *node) {
    tw_onnx_shape shape = {.rank = 0};
    size_t count = 0;
    if (!tw_onnx_attribute_ints(node, "shape", TW_ONNX_MAX_RANK, shape.dims, &count) ||
        count > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "attribute shape is missing or has more than 32 entries");
    shape.rank = (int)count;
    for (int i = 0; i < shape.rank; i++)
        if (shape.dims[i] < 0)
            return tw_onnx_fail(node, "the shape has an entry of %lld", (long long)shape.dims[i]);
    if (node->output_count)
        node->outputs[0].constant = false;
    return tw_onnx_output(node, 0, (int)tw_onnx_attribute_int(node, "dtype", TW_ONNX_FLOAT),
                          &shape);
}

tw_status tw_onnx_infer_random_like(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    TW_TRY(tw_onnx_require(node, 0, &data));
    const tw_onnx_shape shape = tw_onnx_shape_of(data);
    if (node->output_count)
        node->outputs[0].constant = false;
    return tw_onnx_output(node, 0, (int)tw_onnx_attribute_int(node, "dtype", data->element),
                          &shape);
}

tw_status tw_onnx_infer_multinomial(tw_onnx_node *node) {
    tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    if (node->output_count)
        node->outputs[0].constant = false;
    if (shape.rank != 2)
        return TW_OK;
    shape.dims[1] = tw_onnx_attribute_int(node, "sample_size", 1);
    return tw_onnx_output(node, 0, (int)tw_onnx_attribute_int(node, "dtype", TW_ONNX_INT32),
                          &shape);
}

/* HannWindow and its kin: a vector of the given length. */
tw_status tw_onnx_infer_window_function(tw_onnx_node *node) {
    int64_t length = -1;
    size_t count = 0;
    if (!tw_onnx_ints(node->import, tw_onnx_input(node, 0), 1, &length, &count))
        length = -1;
    const tw_onnx_shape shape = tw_onnx_shape_vector(length < 0 ? -1 : length);
    return tw_onnx_output(
        node, 0, (int)tw_onnx_attribute_int(node, "output_datatype", TW_ONNX_FLOAT), &shape);
}

/* MelWeightMatrix: [dft_length / 2 + 1, num_mel_bins]. */
tw_status tw_onnx_infer_mel(tw_onnx_node *node) {
    int64_t bins = -1, length = -1;
    size_t count = 0;
    if (!tw_onnx_ints(node->import, tw_onnx_input(node, 0), 1, &bins, &count) || bins < 0)
        bins = -1;
    if (!tw_onnx_ints(node->import, tw_onnx_input(node, 1), 1, &length, &count) || length < 0)
        length = -1;
    const tw_onnx_shape shape = {.rank = 2, .dims = {length < 0 ? -1 : length / 2 + 1, bins}};
    return tw_onnx_output(
        node, 0, (int)tw_onnx_attribute_int(node, "output_datatype", TW_ONNX_FLOAT), &shape);
}
