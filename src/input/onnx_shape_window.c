/* Convolutions and pools: windows that slide along the spatial axes, which are 2, 3, ... of a
 * tensor [batch, channels, spatial...]. */
#include <string.h>

#include "input/onnx_rules.h"

enum { LARGEST = 1 << 30 }; /* of kernel, stride, dilation and padding: products stay in range */

/* `rank` numbers of an attribute, all from `least` on; `otherwise` where it is absent. */
static tw_status read_list(tw_onnx_node *node, const char *name, int rank, int64_t least,
                           int64_t otherwise, int64_t *out) {
    size_t count = 0;
    if (!tw_onnx_attribute_ints(node, name, (size_t)rank, out, &count)) {
        for (int i = 0; i < rank; i++)
            out[i] = otherwise;
        return TW_OK;
    }
    if (count != (size_t)rank)
        return tw_onnx_fail(node, "attribute %s has another number of entries than %d", name, rank);
    for (int i = 0; i < rank; i++)
        if (out[i] < least || out[i] > LARGEST)
            return tw_onnx_fail(node, "attribute %s is %lld, expected %lld to 2^30", name,
                                (long long)out[i], (long long)least);
    return TW_OK;
}

static tw_status read_padding(tw_onnx_node *node, tw_onnx_window *window) {
    int64_t pads[2 * TW_ONNX_MAX_RANK];
    const tw_bytes mode = tw_onnx_attribute_text(node, "auto_pad");
    window->same =
        tw_bytes_equal_text(mode, "SAME_UPPER") || tw_bytes_equal_text(mode, "SAME_LOWER");
    window->valid = tw_bytes_equal_text(mode, "VALID");
    if (mode.size && !window->same && !window->valid && !tw_bytes_equal_text(mode, "NOTSET"))
        return tw_onnx_fail(node,
                            "auto_pad is '%s', expected NOTSET, SAME_UPPER, SAME_LOWER or "
                            "VALID",
                            tw_onnx_text(node->import, mode));
    TW_TRY(read_list(node, "pads", 2 * window->rank, 0, 0, pads));
    for (int i = 0; i < window->rank; i++) {
        window->pad_begin[i] = window->same || window->valid ? 0 : pads[i];
        window->pad_end[i] = window->same || window->valid ? 0 : pads[window->rank + i];
    }
    return TW_OK;
}

static tw_status kernel_of_weight(tw_onnx_node *node, const tw_onnx_shape *weight,
                                  tw_onnx_window *window) {
    if (weight->rank >= 0 && weight->rank != window->rank + 2)
        return tw_onnx_fail(node, "the weight has rank %d, expected %d like the input",
                            weight->rank, window->rank + 2);
    for (int i = 0; i < window->rank; i++) {
        const int64_t extent = weight->rank < 0 ? -1 : weight->dims[i + 2];
        if (extent == 0 || extent > LARGEST)
            return tw_onnx_fail(node, "the weight's kernel has extent %lld", (long long)extent);
        if (extent > 0 && window->kernel[i] > 0 && extent != window->kernel[i])
            return tw_onnx_fail(node, "kernel_shape %lld differs from the weight's %lld",
                                (long long)window->kernel[i], (long long)extent);
        if (extent > 0)
            window->kernel[i] = extent;
    }
    return TW_OK;
}

tw_status tw_onnx_window_read(tw_onnx_node *node, int rank, const tw_onnx_shape *weight,
                              tw_onnx_window *out) {
    *out = (tw_onnx_window){.rank = rank};
    if (rank < 1 || rank > TW_ONNX_MAX_RANK / 2)
        return tw_onnx_fail(node, "the input has rank %d, expected 3 or more", rank + 2);
    TW_TRY(read_list(node, "kernel_shape", rank, 1, -1, out->kernel));
    TW_TRY(read_list(node, "strides", rank, 1, 1, out->stride));
    TW_TRY(read_list(node, "dilations", rank, 1, 1, out->dilation));
    out->ceil = tw_onnx_attribute_int(node, "ceil_mode", 0) != 0;
    if (weight)
        TW_TRY(kernel_of_weight(node, weight, out));
    return read_padding(node, out);
}

/* Positions of the window on one axis. */
static tw_status positions(tw_onnx_node *node, const tw_onnx_window *window, int i, int64_t extent,
                           int64_t *out) {
    *out = -1;
    if (extent < 0 || window->kernel[i] < 0)
        return TW_OK;
    if (window->same) {
        *out = extent / window->stride[i] + (extent % window->stride[i] != 0);
        return TW_OK;
    }
    const int64_t span = (window->kernel[i] - 1) * window->dilation[i] + 1;
    const int64_t room = extent + window->pad_begin[i] + window->pad_end[i] - span;
    if (room < 0)
        return tw_onnx_fail(node, "its window spans %lld positions, the padded input has %lld",
                            (long long)span, (long long)(room + span));
    const int64_t stride = window->stride[i];                        /* >= 1 */
    *out = room / stride + 1 + (window->ceil && room % stride != 0); /* NOLINT */
    return TW_OK;
}

static tw_status slide(tw_onnx_node *node, const tw_onnx_window *window, const tw_onnx_shape *in,
                       tw_onnx_shape *out) {
    for (int i = 0; i < window->rank; i++)
        TW_TRY(positions(node, window, i, in->dims[i + 2], &out->dims[i + 2]));
    return TW_OK;
}

void tw_onnx_conv_inputs(const tw_onnx_node *node, unsigned *data, unsigned *weight) {
    *data = 0;
    *weight = tw_bytes_equal_text(node->op, "QLinearConv") ? 3 : 1;
}

static int conv_type(const tw_onnx_node *node, const tw_onnx_value *data) {
    if (tw_bytes_equal_text(node->op, "ConvInteger"))
        return TW_ONNX_INT32;
    if (tw_bytes_equal_text(node->op, "QLinearConv") && tw_onnx_input(node, 7))
        return node->inputs[7]->element;
    return data->element;
}

/* Channels of the input must be groups * the weight's channels. */
static tw_status check_channels(tw_onnx_node *node, int64_t channels, int64_t per_group,
                                int64_t outputs, int64_t groups) {
    if (groups < 1 || groups > LARGEST)
        return tw_onnx_fail(node, "group is %lld, expected a positive number", (long long)groups);
    if (channels >= 0 && per_group >= 0 && (per_group > channels || channels != per_group * groups))
        return tw_onnx_fail(node, "the input has %lld channels, expected %lld: %lld groups of %lld",
                            (long long)channels, (long long)(per_group * groups), (long long)groups,
                            (long long)per_group);
    if (outputs >= 0 && outputs % groups)
        return tw_onnx_fail(node, "%lld output channels cannot be split into %lld groups",
                            (long long)outputs, (long long)groups);
    return TW_OK;
}

tw_status tw_onnx_infer_conv(tw_onnx_node *node) {
    unsigned data_index = 0, weight_index = 1;
    tw_onnx_value *data = NULL, *weight = NULL;
    tw_onnx_window window;
    tw_onnx_conv_inputs(node, &data_index, &weight_index);
    TW_TRY(tw_onnx_require(node, data_index, &data));
    TW_TRY(tw_onnx_require(node, weight_index, &weight));
    const tw_onnx_shape in = tw_onnx_shape_of(data), filter = tw_onnx_shape_of(weight);
    if (in.rank < 0)
        return TW_OK;
    TW_TRY(tw_onnx_window_read(node, in.rank - 2, &filter, &window));
    tw_onnx_shape out = {.rank = in.rank, .dims = {in.dims[0], -1}};
    if (filter.rank >= 0) {
        out.dims[1] = filter.dims[0];
        TW_TRY(check_channels(node, in.dims[1], filter.dims[1], filter.dims[0],
                              tw_onnx_attribute_int(node, "group", 1)));
    }
    TW_TRY(slide(node, &window, &in, &out));
    if (node->output_count)
        node->outputs[0].channel_axis = 1;
    return tw_onnx_output(node, 0, conv_type(node, data), &out);
}

/* The extent that a transposed convolution makes of one axis. */
static tw_status transposed_extent(tw_onnx_node *node, const tw_onnx_window *window, int i,
                                   int64_t extent, int64_t extra, int64_t *out) {
    *out = -1;
    if (extent < 0 || window->kernel[i] < 0)
        return TW_OK;
    if (extent > LARGEST)
        return tw_onnx_fail(node, "the input has extent %lld", (long long)extent);
    const int64_t full = window->stride[i] * (extent - 1) + extra +
                         (window->kernel[i] - 1) * window->dilation[i] + 1;
    *out = window->same ? extent * window->stride[i]
                        : full - window->pad_begin[i] - window->pad_end[i];
    if (*out < 0)
        return tw_onnx_fail(node, "its output would have extent %lld", (long long)*out);
    return TW_OK;
}

tw_status tw_onnx_infer_conv_transpose(tw_onnx_node *node) {
    tw_onnx_value *data = NULL, *weight = NULL;
    tw_onnx_window window;
    int64_t extra[TW_ONNX_MAX_RANK], given[TW_ONNX_MAX_RANK];
    TW_TRY(tw_onnx_require(node, 0, &data));
    TW_TRY(tw_onnx_require(node, 1, &weight));
    const tw_onnx_shape in = tw_onnx_shape_of(data), filter = tw_onnx_shape_of(weight);
    if (in.rank < 0)
        return TW_OK;
    TW_TRY(tw_onnx_window_read(node, in.rank - 2, &filter, &window));
    TW_TRY(read_list(node, "output_padding", window.rank, 0, 0, extra));
    TW_TRY(read_list(node, "output_shape", window.rank, 0, -1, given));
    tw_onnx_shape out = {.rank = in.rank, .dims = {in.dims[0], -1}};
    const int64_t groups = tw_onnx_attribute_int(node, "group", 1);
    TW_TRY(check_channels(node, -1, -1, in.dims[1], groups));
    if (filter.rank >= 0 && in.dims[1] >= 0 && filter.dims[0] >= 0 && filter.dims[0] != in.dims[1])
        return tw_onnx_fail(node, "the input has %lld channels, the weight %lld",
                            (long long)in.dims[1], (long long)filter.dims[0]);
    if (filter.rank >= 0 && filter.dims[1] >= 0 && filter.dims[1] <= LARGEST)
        out.dims[1] = filter.dims[1] * groups;
    for (int i = 0; i < window.rank; i++) {
        if (given[i] >= 0)
            out.dims[i + 2] = given[i];
        else
            TW_TRY(transposed_extent(node, &window, i, in.dims[i + 2], extra[i], &out.dims[i + 2]));
    }
    if (node->output_count)
        node->outputs[0].channel_axis = 1;
    return tw_onnx_output(node, 0, data->element, &out);
}

tw_status tw_onnx_infer_pool(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_window window;
    TW_TRY(tw_onnx_require(node, 0, &data));
    const tw_onnx_shape in = tw_onnx_shape_of(data);
    if (in.rank < 0)
        return TW_OK;
    TW_TRY(tw_onnx_window_read(node, in.rank - 2, NULL, &window));
    for (int i = 0; i < window.rank; i++)
        if (window.kernel[i] < 0)
            return tw_onnx_fail(node, "attribute kernel_shape is missing");
    tw_onnx_shape out = {.rank = in.rank, .dims = {in.dims[0], in.dims[1]}};
    TW_TRY(slide(node, &window, &in, &out));
    if (node->output_count)
        node->outputs[0].channel_axis = 1;
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    return tw_onnx_output(node, 1, TW_ONNX_INT64, &out);
}

tw_status tw_onnx_infer_global_pool(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    TW_TRY(tw_onnx_require(node, 0, &data));
    tw_onnx_shape shape = tw_onnx_shape_of(data);
    if (shape.rank < 0)
        return TW_OK;
    if (shape.rank < 3)
        return tw_onnx_fail(node, "the input has rank %d, expected 3 or more", shape.rank);
    for (int i = 2; i < shape.rank; i++)
        shape.dims[i] = 1;
    if (node->output_count)
        node->outputs[0].channel_axis = 1;
    return tw_onnx_output(node, 0, data->element, &shape);
}

/* MaxUnpool: the inverse of a pool's shape, unless its third input gives it. */
tw_status tw_onnx_infer_unpool(tw_onnx_node *node) {
    tw_onnx_window window;
    tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    tw_onnx_value *data = NULL, *given = tw_onnx_input(node, 2);
    int64_t dims[TW_ONNX_MAX_RANK];
    size_t count = 0;
    TW_TRY(tw_onnx_require(node, 0, &data));
    if (shape.rank < 0)
        return TW_OK;
    TW_TRY(tw_onnx_window_read(node, shape.rank - 2, NULL, &window));
    if (given) {
        const bool known = tw_onnx_ints(node->import, given, TW_ONNX_MAX_RANK, dims, &count) &&
                           count == (size_t)shape.rank;
        if (!known)
            return TW_OK;
        memcpy(shape.dims, dims, sizeof dims);
        return tw_onnx_output(node, 0, data->element, &shape);
    }
    for (int i = 0; i < window.rank; i++)
        TW_TRY(transposed_extent(node, &window, i, shape.dims[i + 2], 0, &shape.dims[i + 2]));
    return tw_onnx_output(node, 0, data->element, &shape);
}
