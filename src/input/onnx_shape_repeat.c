/* Data that is repeated, bordered or resized: Expand, Tile, Pad, DepthToSpace, Resize. */
#include "input/onnx_view.h"

tw_status tw_onnx_infer_expand(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in, wanted = {.rank = 0}, out;
    int64_t list[TW_ONNX_MAX_RANK], step[TW_ONNX_MAX_RANK], from[TW_ONNX_MAX_RANK];
    size_t count = 0;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    if (!tw_onnx_list_of(node, 1, "shape", list, &count)) {
        const tw_onnx_shape length = tw_onnx_input_shape(node, 1);
        if (length.rank != 1 || length.dims[0] < 0 || length.dims[0] > TW_ONNX_MAX_RANK)
            return TW_OK;
        count = (size_t)length.dims[0];
        for (size_t i = 0; i < count; i++)
            list[i] = TW_ONNX_UNKNOWN_INT;
    }
    if (count > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "the new shape has more than 32 dimensions");
    for (size_t i = 0; i < count; i++) {
        if (list[i] < 0 && list[i] != TW_ONNX_UNKNOWN_INT)
            return tw_onnx_fail(node, "the new shape has an entry of %lld", (long long)list[i]);
        wanted.dims[wanted.rank++] = list[i] < 0 ? -1 : list[i];
    }
    TW_TRY(tw_onnx_broadcast(node, &in, &wanted, &out));
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    if (!tw_onnx_shape_known(&out) || !tw_onnx_shape_known(&in))
        return TW_OK;
    tw_onnx_row_major(&in, from);
    for (int i = 0; i < out.rank; i++) {
        const int own = i - (out.rank - in.rank);
        step[i] = own < 0 || in.dims[own] == 1 ? 0 : from[own];
    }
    tw_onnx_view_cells(node, 0, data, 0, step);
    return TW_OK;
}

tw_status tw_onnx_infer_tile(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    int64_t list[TW_ONNX_MAX_RANK];
    size_t count = 0;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    tw_onnx_shape out = in;
    const bool known = tw_onnx_list_of(node, 1, "repeats", list, &count);
    if (known && count != (size_t)in.rank)
        return tw_onnx_fail(node, "repeats has another number of entries than the rank %d",
                            in.rank);
    for (int i = 0; i < in.rank; i++) {
        const int64_t times = known ? list[i] : TW_ONNX_UNKNOWN_INT;
        if (times < 0 && times != TW_ONNX_UNKNOWN_INT)
            return tw_onnx_fail(node, "repeats has an entry of %lld", (long long)times);
        if (times < 0 || in.dims[i] < 0)
            out.dims[i] = -1;
        else if (__builtin_mul_overflow(in.dims[i], times, &out.dims[i]))
            return tw_onnx_fail(node, "its output is too large");
    }
    return tw_onnx_output(node, 0, data->element, &out);
}

/* The lists of a Pad: two entries for each of some axes, or of all when none are listed. */
typedef struct {
    size_t count, axis_count;
    int64_t pads[2 * TW_ONNX_MAX_RANK], axes[TW_ONNX_MAX_RANK];
    bool all_axes;
} padding;

/* False when they are not known. */
static bool read_padding(tw_onnx_node *node, padding *out) {
    enum { MOST = 2 * TW_ONNX_MAX_RANK };
    tw_onnx_value *list = tw_onnx_input(node, 1), *axes = tw_onnx_input(node, 3);
    out->count = out->axis_count = 0;
    out->all_axes = !axes;
    bool known = list ? tw_onnx_ints(node->import, list, MOST, out->pads, &out->count)
                      : tw_onnx_attribute_ints(node, "pads", MOST, out->pads, &out->count) ||
                            tw_onnx_attribute_ints(node, "paddings", MOST, out->pads, &out->count);
    if (axes)
        known &= tw_onnx_ints(node->import, axes, TW_ONNX_MAX_RANK, out->axes, &out->axis_count);
    return known;
}

tw_status tw_onnx_infer_pad(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    padding p;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    tw_onnx_shape out = in;
    if (!read_padding(node, &p)) {
        out = tw_onnx_rank_unknown(in.rank);
        return tw_onnx_output(node, 0, data->element, &out);
    }
    const size_t entries = p.all_axes ? (size_t)in.rank : p.axis_count;
    if (p.count != 2 * entries)
        return tw_onnx_fail(node, "pads has not two entries for each of %zu axes", entries);
    for (size_t i = 0; i < entries; i++) {
        int axis = (int)i;
        if (!p.all_axes)
            TW_TRY(tw_onnx_axis(node, p.axes[i], in.rank, &axis));
        if (in.dims[axis] >= 0 &&
            (__builtin_add_overflow(in.dims[axis], p.pads[i], &out.dims[axis]) ||
             __builtin_add_overflow(out.dims[axis], p.pads[entries + i], &out.dims[axis]) ||
             out.dims[axis] < 0))
            return tw_onnx_fail(node, "pads leave nothing of axis %d, or too much", axis);
    }
    if (node->output_count)
        node->outputs[0].channel_axis = data->channel_axis;
    return tw_onnx_output(node, 0, data->element, &out);
}

/* DepthToSpace and, with argument 1, SpaceToDepth. */
tw_status tw_onnx_infer_depth_to_space(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    const int64_t block = tw_onnx_attribute_int(node, "blocksize", 0);
    const bool gather = node->operation->argument == 1;
    if (block < 1 || block > 1 << 15)
        return tw_onnx_fail(node, "blocksize is %lld", (long long)block);
    if (in.rank < 0)
        return TW_OK;
    if (in.rank != 4)
        return tw_onnx_fail(node, "the input has rank %d, expected 4", in.rank);
    tw_onnx_shape out = in;
    for (int i = 1; i < 4; i++) {
        const int64_t factor = i == 1 ? block * block : block;
        const bool divide = (i == 1) != gather;
        if (in.dims[i] >= 0 && divide && in.dims[i] % factor)
            return tw_onnx_fail(node, "axis %d of extent %lld is no multiple of %lld", i,
                                (long long)in.dims[i], (long long)factor);
        if (in.dims[i] >= 0)
            out.dims[i] = divide             ? in.dims[i] / factor
                          : in.dims[i] >> 31 ? -1
                                             : in.dims[i] * factor;
    }
    if (node->output_count)
        node->outputs[0].channel_axis = 1;
    return tw_onnx_output(node, 0, data->element, &out);
}

static int64_t scaled(int64_t extent, double scale) {
    const double result = (double)extent * scale;
    return extent >= 0 && result >= 0 && result < 0x1p40 ? (int64_t)result : -1;
}

/* Scales of Upsample (attribute or input 1) and Resize (input 1 or 2). */
static const tw_onnx_cell *scales_of(tw_onnx_node *node, int *element, size_t *count) {
    const bool upsample = tw_bytes_equal_text(node->op, "Upsample");
    tw_onnx_value *scales = tw_onnx_input(node, upsample || node->input_count == 2 ? 1 : 2);
    *element = scales ? scales->element : 0;
    return scales ? tw_onnx_cells(node->import, scales, count) : NULL;
}

/* The axis that entry i of sizes or scales is for. */
static tw_status resized_axis(tw_onnx_node *node, size_t i, int rank, int *axis) {
    int64_t axes[TW_ONNX_MAX_RANK];
    size_t count = 0;
    *axis = (int)i;
    if (tw_onnx_attribute_ints(node, "axes", TW_ONNX_MAX_RANK, axes, &count) && i < count)
        return tw_onnx_axis(node, axes[i], rank, axis);
    return i < (size_t)rank ? TW_OK : tw_onnx_fail(node, "more sizes than the rank %d", rank);
}

tw_status tw_onnx_infer_resize(tw_onnx_node *node) {
    tw_onnx_value *data = NULL, *sizes = tw_onnx_input(node, 3);
    tw_onnx_shape in;
    int64_t list[TW_ONNX_MAX_RANK];
    size_t count = 0;
    int element = 0, axis = 0;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    tw_onnx_shape out = in;
    if (node->output_count)
        node->outputs[0].channel_axis = data->channel_axis;
    if (sizes && tw_onnx_ints(node->import, sizes, TW_ONNX_MAX_RANK, list, &count)) {
        for (size_t i = 0; i < count; i++) {
            TW_TRY(resized_axis(node, i, in.rank, &axis));
            if (list[i] < 0)
                return tw_onnx_fail(node, "a size is %lld", (long long)list[i]);
            out.dims[axis] = list[i];
        }
        return tw_onnx_output(node, 0, data->element, &out);
    }
    const tw_onnx_cell *scales = sizes ? NULL : scales_of(node, &element, &count);
    if (!scales || count > TW_ONNX_MAX_RANK || count == 0) {
        out = tw_onnx_rank_unknown(in.rank);
        return tw_onnx_output(node, 0, data->element, &out);
    }
    for (size_t i = 0; i < count; i++) {
        TW_TRY(resized_axis(node, i, in.rank, &axis));
        out.dims[axis] = scaled(in.dims[axis], tw_onnx_cell_real(element, scales[i]));
    }
    return tw_onnx_output(node, 0, data->element, &out);
}
