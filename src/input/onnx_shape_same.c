/* The same data in another shape: Reshape, Flatten, Squeeze, Unsqueeze, Transpose. */
#include "input/onnx_view.h"

/* An output of as many axes as the vector at input i has entries. */
static tw_status rank_of_list(tw_onnx_node *node, unsigned i, int element) {
    const tw_onnx_shape list = tw_onnx_input_shape(node, i);
    if (list.rank != 1 || list.dims[0] < 0 || list.dims[0] > TW_ONNX_MAX_RANK)
        return TW_OK;
    const tw_onnx_shape shape = tw_onnx_rank_unknown((int)list.dims[0]);
    return tw_onnx_output(node, 0, element, &shape);
}

/* The shape that a Reshape asks for: unknown extents are -1, and so is the wildcard. */
typedef struct {
    tw_onnx_shape shape;
    int wildcard; /* the entry of -1, or -1 */
    int unknown;  /* extents, with the wildcard */
} asked_shape;

/* Appends entry i of the list. */
static tw_status ask_extent(tw_onnx_node *node, const tw_onnx_shape *in, bool zero_is_zero,
                            int64_t extent, int i, asked_shape *out) {
    if (extent == -1 && out->wildcard >= 0)
        return tw_onnx_fail(node, "the new shape has two entries of -1");
    if (extent == -1)
        out->wildcard = i;
    else if (extent < -1 && extent != TW_ONNX_UNKNOWN_INT)
        return tw_onnx_fail(node, "the new shape has an entry of %lld", (long long)extent);
    if (extent == 0 && !zero_is_zero) {
        if (in->rank >= 0 && i >= in->rank)
            return tw_onnx_fail(node, "the new shape keeps dimension %d, which the input lacks", i);
        extent = in->rank < 0 ? -1 : in->dims[i];
    }
    out->unknown += extent < 0;
    out->shape.dims[out->shape.rank++] = extent < 0 ? -1 : extent;
    return TW_OK;
}

/* Checks the number of elements as far as it is known, and gives the wildcard its extent when
 * nothing else is missing. */
static tw_status fill_wildcard(tw_onnx_node *node, const tw_onnx_shape *in, asked_shape *out) {
    const int64_t total = tw_onnx_shape_count(in);
    tw_onnx_shape rest = out->shape;
    if (out->wildcard >= 0)
        rest.dims[out->wildcard] = 1;
    const int64_t others = tw_onnx_shape_count(&rest);
    if (out->unknown == 0 && others < 0)
        return tw_onnx_fail(node, "the new shape has more than 2^62 elements");
    if (total < 0 || out->unknown > 1 || others < 0)
        return TW_OK;
    if (out->wildcard < 0 ? others != total : others == 0 ? total != 0 : total % others != 0)
        return tw_onnx_fail(node, "%lld elements cannot take the new shape", (long long)total);
    if (out->wildcard >= 0)
        out->shape.dims[out->wildcard] = others ? total / others : 0;
    return TW_OK;
}

tw_status tw_onnx_infer_reshape(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    int64_t list[TW_ONNX_MAX_RANK];
    size_t count = 0;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (!tw_onnx_list_of(node, 1, "shape", list, &count))
        return rank_of_list(node, 1, data->element);
    if (count > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "the new shape has more than 32 dimensions");
    const bool zero_is_zero = tw_onnx_attribute_int(node, "allowzero", 0) != 0;
    asked_shape out = {.shape = {.rank = 0}, .wildcard = -1};
    for (size_t i = 0; i < count; i++)
        TW_TRY(ask_extent(node, &in, zero_is_zero, list[i], (int)i, &out));
    TW_TRY(fill_wildcard(node, &in, &out));
    TW_TRY(tw_onnx_output(node, 0, data->element, &out.shape));
    tw_onnx_copy_cells(node, data);
    return TW_OK;
}

tw_status tw_onnx_infer_flatten(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    int64_t axis = tw_onnx_attribute_int(node, "axis", 1);
    if (axis < -in.rank || axis > in.rank)
        return tw_onnx_fail(node, "axis %lld of a tensor of rank %d", (long long)axis, in.rank);
    axis = axis < 0 ? axis + in.rank : axis;
    const tw_onnx_shape out = {.rank = 2,
                               .dims = {tw_onnx_shape_product(&in, 0, (int)axis),
                                        tw_onnx_shape_product(&in, (int)axis, in.rank)}};
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    tw_onnx_copy_cells(node, data);
    return TW_OK;
}

/* Axes of Squeeze and Unsqueeze as bits. */
static tw_status axes_of(tw_onnx_node *node, int rank, uint32_t *axes, bool *known) {
    int64_t list[TW_ONNX_MAX_RANK];
    size_t count = 0;
    *axes = 0;
    *known = tw_onnx_list_of(node, 1, "axes", list, &count) || !tw_onnx_input(node, 1);
    if (*known && count > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "more than 32 axes");
    for (size_t i = 0; *known && i < count; i++) {
        int axis = 0;
        if (list[i] == TW_ONNX_UNKNOWN_INT) {
            *known = false;
            return TW_OK;
        }
        TW_TRY(tw_onnx_axis(node, list[i], rank, &axis));
        if (*axes >> axis & 1)
            return tw_onnx_fail(node, "axis %d is given twice", axis);
        *axes |= UINT32_C(1) << axis;
    }
    return TW_OK;
}

tw_status tw_onnx_infer_squeeze(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in, out = {.rank = 0};
    uint32_t axes = 0;
    bool known = false;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    TW_TRY(axes_of(node, in.rank, &axes, &known));
    if (!known || (!axes && !tw_onnx_shape_known(&in)))
        return TW_OK;
    for (int i = 0; i < in.rank; i++) {
        if (axes >> i & 1 && in.dims[i] >= 0 && in.dims[i] != 1)
            return tw_onnx_fail(node, "axis %d has extent %lld, expected 1", i,
                                (long long)in.dims[i]);
        if (axes ? !(axes >> i & 1) : in.dims[i] != 1)
            out.dims[out.rank++] = in.dims[i];
    }
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    tw_onnx_copy_cells(node, data);
    return TW_OK;
}

tw_status tw_onnx_infer_unsqueeze(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in, out = {.rank = 0};
    int64_t list[TW_ONNX_MAX_RANK];
    size_t count = 0;
    uint32_t axes = 0;
    bool known = false;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0 || !tw_onnx_list_of(node, 1, "axes", list, &count))
        return TW_OK;
    if (count > TW_ONNX_MAX_RANK || in.rank + (int)count > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "its output has more than 32 dimensions");
    TW_TRY(axes_of(node, in.rank + (int)count, &axes, &known));
    if (!known)
        return TW_OK;
    for (int i = 0, from = 0; i < in.rank + (int)count; i++)
        out.dims[out.rank++] = axes >> i & 1 ? 1 : in.dims[from++];
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    tw_onnx_copy_cells(node, data);
    return TW_OK;
}

tw_status tw_onnx_infer_transpose(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    int64_t order[TW_ONNX_MAX_RANK], from[TW_ONNX_MAX_RANK], step[TW_ONNX_MAX_RANK];
    size_t count = 0;
    uint32_t seen = 0;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    tw_onnx_shape out = {.rank = in.rank};
    const bool given = tw_onnx_attribute_ints(node, "perm", TW_ONNX_MAX_RANK, order, &count);
    if (given && count != (size_t)in.rank)
        return tw_onnx_fail(node, "perm has another number of entries than the rank %d", in.rank);
    tw_onnx_row_major(&in, from);
    for (int i = 0; i < in.rank; i++) {
        const int64_t axis = given ? order[i] : in.rank - 1 - i;
        if (axis < 0 || axis >= in.rank || seen >> axis & 1)
            return tw_onnx_fail(node, "perm is no permutation of the axes");
        seen |= UINT32_C(1) << axis;
        out.dims[i] = in.dims[axis];
        step[i] = from[axis];
        if (axis == data->channel_axis && node->output_count)
            node->outputs[0].channel_axis = i;
    }
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    tw_onnx_view_cells(node, 0, data, 0, step);
    return TW_OK;
}
