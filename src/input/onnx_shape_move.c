/* Operators that move data: their content is a view of their input's, so that shapes computed by
 * Gather, Slice, Concat and the like stay known. */
#include <string.h>

#include "input/onnx_rules.h"

/* Content of output k: the cell at index (i0, i1, ...) is that of `value` at
 * base + i0 * step[0] + i1 * step[1] + ..., which must lie inside. */
static void view_cells(tw_onnx_node *node, unsigned k, tw_onnx_value *value, int64_t base,
                       const int64_t *step) {
    size_t count = 0;
    const tw_onnx_cell *in = tw_onnx_cells(node->import, value, &count);
    tw_onnx_cell *out = in && k < node->output_count ? tw_onnx_output_cells(node, k) : NULL;
    if (!out)
        return;
    const tw_onnx_shape shape = tw_onnx_shape_of(&node->outputs[k]);
    const int64_t total = tw_onnx_shape_count(&shape);
    for (int64_t i = 0; i < total; i++) {
        int64_t rest = i, offset = base;
        for (int axis = shape.rank - 1; axis >= 0; axis--) {
            offset += rest % shape.dims[axis] * step[axis]; /* NOLINT: one step an axis */
            rest /= shape.dims[axis];
        }
        if (offset >= 0 && (size_t)offset < count)
            out[i] = in[offset];
    }
}

/* Row-major distances between neighbours along each axis; of a known shape. */
static void row_major(const tw_onnx_shape *shape, int64_t *step) {
    int64_t distance = 1;
    for (int axis = shape->rank - 1; axis >= 0; axis--) {
        step[axis] = distance;
        distance *= shape->dims[axis] > 0 ? shape->dims[axis] : 1;
    }
}

static tw_status first_input(tw_onnx_node *node, tw_onnx_value **value, tw_onnx_shape *shape) {
    TW_TRY(tw_onnx_require(node, 0, value));
    *shape = tw_onnx_input_shape(node, 0);
    return TW_OK;
}

static tw_onnx_shape all_unknown(int rank) {
    tw_onnx_shape shape = {.rank = rank};
    for (int i = 0; i < rank; i++)
        shape.dims[i] = -1;
    return shape;
}

/* ---- The same data in another shape -------------------------------------------------------- */

/* An output of as many axes as the vector at input i has entries. */
static tw_status rank_of_list(tw_onnx_node *node, unsigned i, int element) {
    const tw_onnx_shape list = tw_onnx_input_shape(node, i);
    if (list.rank != 1 || list.dims[0] < 0 || list.dims[0] > TW_ONNX_MAX_RANK)
        return TW_OK;
    const tw_onnx_shape shape = all_unknown((int)list.dims[0]);
    return tw_onnx_output(node, 0, element, &shape);
}

/* Integers of a list that may be an input or, in older versions, an attribute. Unknown entries
 * are TW_ONNX_UNKNOWN_INT. False when there is none. */
static bool list_of(tw_onnx_node *node, unsigned input, const char *attribute, int64_t *out,
                    size_t *count) {
    tw_onnx_value *value = tw_onnx_input(node, input);
    if (!value)
        return tw_onnx_attribute_ints(node, attribute, TW_ONNX_MAX_RANK, out, count);
    const tw_onnx_cell *cells = tw_onnx_cells(node->import, value, count);
    for (size_t i = 0; cells && i < *count && i < TW_ONNX_MAX_RANK; i++)
        out[i] = tw_onnx_cell_int(value->element, cells[i]);
    return cells != NULL;
}

tw_status tw_onnx_infer_reshape(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in, out = {.rank = 0};
    int64_t list[TW_ONNX_MAX_RANK];
    size_t count = 0;
    TW_TRY(first_input(node, &data, &in));
    if (!list_of(node, 1, "shape", list, &count))
        return rank_of_list(node, 1, data->element);
    if (count > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "the new shape has more than 32 dimensions");
    const bool zero_is_zero = tw_onnx_attribute_int(node, "allowzero", 0) != 0;
    int wildcard = -1, unknown = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t extent = list[i];
        if (extent == -1 && wildcard >= 0)
            return tw_onnx_fail(node, "the new shape has two entries of -1");
        if (extent == -1)
            wildcard = (int)i;
        else if (extent < -1 && extent != TW_ONNX_UNKNOWN_INT)
            return tw_onnx_fail(node, "the new shape has an entry of %lld", (long long)extent);
        if (extent == 0 && !zero_is_zero)
            extent = in.rank < 0 ? -1 : (int)i < in.rank ? in.dims[i] : -2;
        if (extent == -2)
            return tw_onnx_fail(node, "the new shape keeps dimension %zu, which the input lacks",
                                i);
        unknown += extent < 0;
        out.dims[out.rank++] = extent < 0 ? -1 : extent;
    }
    const int64_t total = tw_onnx_shape_count(&in);
    tw_onnx_shape rest = out;
    if (wildcard >= 0)
        rest.dims[wildcard] = 1;
    const int64_t others = tw_onnx_shape_count(&rest);
    if (unknown == 0 && others < 0)
        return tw_onnx_fail(node, "the new shape has more than 2^62 elements");
    if (total >= 0 && unknown <= 1 && others >= 0) {
        /* Everything is known but the wildcard. */
        if (wildcard < 0 ? others != total : others == 0 ? total != 0 : total % others != 0)
            return tw_onnx_fail(node, "%lld elements cannot take the new shape", (long long)total);
        if (wildcard >= 0)
            out.dims[wildcard] = others ? total / others : 0;
    }
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    tw_onnx_copy_cells(node, data);
    return TW_OK;
}

tw_status tw_onnx_infer_flatten(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    TW_TRY(first_input(node, &data, &in));
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
    *known = list_of(node, 1, "axes", list, &count) || !tw_onnx_input(node, 1);
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
    TW_TRY(first_input(node, &data, &in));
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
    TW_TRY(first_input(node, &data, &in));
    if (in.rank < 0 || !list_of(node, 1, "axes", list, &count))
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
    TW_TRY(first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    tw_onnx_shape out = {.rank = in.rank};
    const bool given = tw_onnx_attribute_ints(node, "perm", TW_ONNX_MAX_RANK, order, &count);
    if (given && count != (size_t)in.rank)
        return tw_onnx_fail(node, "perm has another number of entries than the rank %d", in.rank);
    row_major(&in, from);
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
    view_cells(node, 0, data, 0, step);
    return TW_OK;
}

/* ---- Parts and joins ------------------------------------------------------------------------- */

/* Copies input `from` to its place along the axis. */
static void place(tw_onnx_node *node, tw_onnx_value *from, int axis, int64_t begin) {
    tw_onnx_value *output = &node->outputs[0];
    const tw_onnx_shape in = tw_onnx_shape_of(from), out = tw_onnx_shape_of(output);
    const int64_t inner = tw_onnx_shape_product(&out, axis + 1, out.rank),
                  outer = tw_onnx_shape_product(&out, 0, axis), span = in.dims[axis] * inner;
    size_t count = 0;
    const tw_onnx_cell *cells = tw_onnx_cells(node->import, from, &count);
    for (int64_t o = 0; o < outer && cells; o++)
        for (int64_t i = 0; i < span; i++)
            output->cells[(o * out.dims[axis] + begin) * inner + i] = cells[o * span + i];
}

static void join_cells(tw_onnx_node *node, int axis) {
    int64_t begin = 0;
    for (unsigned i = 0; i < node->input_count; i++) {
        place(node, node->inputs[i], axis, begin);
        begin += node->inputs[i]->dims[axis];
    }
}

/* Adds a tensor to what is joined along `axis`. */
static tw_status join_shape(tw_onnx_node *node, const tw_onnx_shape *next, int axis,
                            tw_onnx_shape *out) {
    if (next->rank != out->rank)
        return tw_onnx_fail(node, "tensors of rank %d and %d cannot be joined", out->rank,
                            next->rank);
    for (int i = 0; i < out->rank; i++) {
        int64_t *extent = &out->dims[i];
        if (i == axis) {
            if (*extent < 0 || next->dims[i] < 0)
                *extent = -1;
            else if (__builtin_add_overflow(*extent, next->dims[i], extent))
                return tw_onnx_fail(node, "its output is too large");
        } else if (*extent < 0) {
            *extent = next->dims[i];
        } else if (next->dims[i] >= 0 && next->dims[i] != *extent) {
            return tw_onnx_fail(node,
                                "tensors with extents %lld and %lld on axis %d cannot be "
                                "joined along axis %d",
                                (long long)*extent, (long long)next->dims[i], i, axis);
        }
    }
    return TW_OK;
}

tw_status tw_onnx_infer_concat(tw_onnx_node *node) {
    tw_onnx_value *value = NULL;
    TW_TRY(tw_onnx_require(node, 0, &value));
    const int element = value->element;
    tw_onnx_shape out = tw_onnx_shape_of(value);
    int axis = 0;
    bool known = out.rank >= 0;
    if (known)
        TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 1), out.rank, &axis));
    for (unsigned i = 1; i < node->input_count; i++) {
        TW_TRY(tw_onnx_require(node, i, &value));
        const tw_onnx_shape next = tw_onnx_shape_of(value);
        known &= next.rank >= 0;
        if (known)
            TW_TRY(join_shape(node, &next, axis, &out));
    }
    if (!known || node->output_count == 0)
        return TW_OK;
    TW_TRY(tw_onnx_output(node, 0, element, &out));
    for (unsigned i = 0; i < node->input_count && node->outputs[0].channel_axis < 0; i++)
        node->outputs[0].channel_axis = node->inputs[i]->channel_axis;
    if (tw_onnx_output_cells(node, 0))
        join_cells(node, axis);
    return TW_OK;
}

tw_status tw_onnx_infer_split(tw_onnx_node *node) {
    tw_onnx_value *data = NULL, *sizes = tw_onnx_input(node, 1);
    tw_onnx_shape in;
    int axis = 0;
    int64_t step[TW_ONNX_MAX_RANK], list[256], begin = 0;
    size_t count = 0;
    TW_TRY(first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 0), in.rank, &axis));
    const bool listed = sizes ? tw_onnx_ints(node->import, sizes, 256, list, &count)
                              : tw_onnx_attribute_ints(node, "split", 256, list, &count);
    if (listed && count != node->output_count)
        return tw_onnx_fail(node, "another number of sizes than its %u outputs",
                            node->output_count);
    const int64_t extent = in.dims[axis], parts = node->output_count;
    const int64_t each = extent < 0 ? -1 : extent / parts + (extent % parts != 0);
    row_major(&in, step);
    for (unsigned k = 0; k < node->output_count; k++) {
        tw_onnx_shape out = in;
        out.dims[axis] = listed                  ? list[k]
                         : sizes                 ? -1
                         : extent < 0            ? -1
                         : begin >= extent       ? 0
                         : begin + each > extent ? extent - begin
                                                 : each;
        if (listed && (list[k] < 0 || (extent >= 0 && list[k] > extent - begin)))
            return tw_onnx_fail(node, "its parts are larger than axis %d of extent %lld", axis,
                                (long long)extent);
        TW_TRY(tw_onnx_output(node, k, data->element, &out));
        node->outputs[k].channel_axis = data->channel_axis;
        if (tw_onnx_shape_known(&out) && tw_onnx_shape_known(&in))
            view_cells(node, k, data, begin * step[axis], step);
        begin += out.dims[axis] > 0 ? out.dims[axis] : 0;
    }
    if (listed && extent >= 0 && begin != extent)
        return tw_onnx_fail(node, "its parts add to %lld of axis %d, which has extent %lld",
                            (long long)begin, axis, (long long)extent);
    return TW_OK;
}

/* Elements of [start, end) by step, both as Slice takes them: beyond the ends is cut off. */
static int64_t slice_extent(int64_t extent, int64_t *start, int64_t end, int64_t step) {
    const int64_t low = step < 0 ? -1 : 0, high = step < 0 ? extent - 1 : extent;
    *start = *start < 0 ? *start + extent : *start;
    end = end < 0 ? end + extent : end;
    *start = *start < 0 ? 0 : *start > high ? high : *start;
    end = end < low ? low : end > extent ? extent : end;
    if (step > 0)
        return end > *start ? (end - *start - 1) / step + 1 : 0;
    return *start > end ? (*start - end - 1) / -step + 1 : 0;
}

enum { STARTS, ENDS, AXES, STEPS, LISTS };

/* The lists of a Slice; in its first version they are attributes. An unknown entry is
 * TW_ONNX_UNKNOWN_INT. False when one is not known at all. */
static bool slice_lists(tw_onnx_node *node, int64_t lists[LISTS][TW_ONNX_MAX_RANK],
                        size_t counts[LISTS]) {
    static const char *const names[LISTS] = {"starts", "ends", "axes", "steps"};
    for (unsigned k = 0; k < LISTS; k++) {
        counts[k] = 0;
        if (!list_of(node, k + 1, names[k], lists[k], &counts[k]) &&
            (k < AXES || tw_onnx_input(node, k + 1)))
            return false;
    }
    for (size_t i = 0; i < counts[STARTS] && i < TW_ONNX_MAX_RANK; i++) {
        if (!counts[AXES])
            lists[AXES][i] = (int64_t)i;
        if (!counts[STEPS])
            lists[STEPS][i] = 1;
    }
    return true;
}

tw_status tw_onnx_infer_slice(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    int64_t lists[LISTS][TW_ONNX_MAX_RANK], from[TW_ONNX_MAX_RANK], base = 0;
    size_t counts[LISTS];
    TW_TRY(first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    tw_onnx_shape out = in;
    if (!slice_lists(node, lists, counts)) {
        out = all_unknown(in.rank);
        return tw_onnx_output(node, 0, data->element, &out);
    }
    if (counts[STARTS] > (size_t)in.rank || counts[ENDS] != counts[STARTS] ||
        (counts[AXES] && counts[AXES] != counts[STARTS]) ||
        (counts[STEPS] && counts[STEPS] != counts[STARTS]))
        return tw_onnx_fail(node,
                            "starts, ends, axes and steps differ in length or are more than "
                            "the rank %d",
                            in.rank);
    row_major(&in, from);
    for (size_t i = 0; i < counts[STARTS]; i++) {
        int axis = 0;
        int64_t start = lists[STARTS][i], step = lists[STEPS][i];
        if (lists[AXES][i] == TW_ONNX_UNKNOWN_INT) {
            out = all_unknown(in.rank);
            break;
        }
        TW_TRY(tw_onnx_axis(node, lists[AXES][i], in.rank, &axis));
        if (step == 0)
            return tw_onnx_fail(node, "a step is 0");
        if (in.dims[axis] < 0 || start == TW_ONNX_UNKNOWN_INT || step == TW_ONNX_UNKNOWN_INT ||
            (lists[ENDS][i] == TW_ONNX_UNKNOWN_INT && step > 0)) {
            out.dims[axis] = -1;
            continue;
        }
        out.dims[axis] = slice_extent(in.dims[axis], &start, lists[ENDS][i], step);
        base += out.dims[axis] ? start * from[axis] : 0;
        from[axis] *= out.dims[axis] > 1 ? step : 1;
    }
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    if (node->output_count)
        node->outputs[0].channel_axis = data->channel_axis;
    if (tw_onnx_shape_known(&out) && tw_onnx_shape_known(&in))
        view_cells(node, 0, data, base, from);
    return TW_OK;
}

/* Picks rows of a list, as Gather of a shape does. */
static void pick_cells(tw_onnx_node *node, tw_onnx_value *data, tw_onnx_value *indices) {
    size_t count = 0, picks = 0;
    const tw_onnx_cell *in = tw_onnx_cells(node->import, data, &count);
    const tw_onnx_cell *which = tw_onnx_cells(node->import, indices, &picks);
    tw_onnx_cell *out =
        in && which && data->rank == 1 && node->output_count ? tw_onnx_output_cells(node, 0) : NULL;
    for (size_t i = 0; out && i < picks; i++) {
        int64_t at = tw_onnx_cell_int(indices->element, which[i]);
        at = at < 0 && at >= -(int64_t)count ? at + (int64_t)count : at;
        if (at >= 0 && (size_t)at < count)
            out[i] = in[at];
    }
}

tw_status tw_onnx_infer_gather(tw_onnx_node *node) {
    tw_onnx_value *data = NULL, *indices = NULL;
    tw_onnx_shape in, out = {.rank = 0};
    int axis = 0;
    TW_TRY(first_input(node, &data, &in));
    TW_TRY(tw_onnx_require(node, 1, &indices));
    const tw_onnx_shape picks = tw_onnx_shape_of(indices);
    if (in.rank < 0 || picks.rank < 0)
        return TW_OK;
    if (in.rank + picks.rank - 1 > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "its output has more than 32 dimensions");
    TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 0), in.rank, &axis));
    for (int i = 0; i < in.rank; i++) {
        if (i != axis)
            out.dims[out.rank++] = in.dims[i];
        for (int k = 0; i == axis && k < picks.rank; k++)
            out.dims[out.rank++] = picks.dims[k];
    }
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    pick_cells(node, data, indices);
    return TW_OK;
}

tw_status tw_onnx_infer_gather_nd(tw_onnx_node *node) {
    tw_onnx_value *data = NULL, *indices = NULL;
    tw_onnx_shape in, out = {.rank = 0};
    TW_TRY(first_input(node, &data, &in));
    TW_TRY(tw_onnx_require(node, 1, &indices));
    const tw_onnx_shape picks = tw_onnx_shape_of(indices);
    const int64_t batch = tw_onnx_attribute_int(node, "batch_dims", 0);
    if (in.rank < 0 || picks.rank < 1 || picks.dims[picks.rank - 1] < 0)
        return TW_OK;
    const int64_t depth = picks.dims[picks.rank - 1];
    if (batch < 0 || batch >= picks.rank || depth < 1 || depth > in.rank - batch)
        return tw_onnx_fail(node, "batch_dims and indices do not fit the input of rank %d",
                            in.rank);
    if (picks.rank - 1 + in.rank - (int)(batch + depth) > TW_ONNX_MAX_RANK)
        return tw_onnx_fail(node, "its output has more than 32 dimensions");
    for (int i = 0; i < picks.rank - 1; i++)
        out.dims[out.rank++] = picks.dims[i];
    for (int i = (int)(batch + depth); i < in.rank; i++)
        out.dims[out.rank++] = in.dims[i];
    return tw_onnx_output(node, 0, data->element, &out);
}

tw_status tw_onnx_infer_gather_elements(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    TW_TRY(first_input(node, &data, &in));
    const tw_onnx_shape picks = tw_onnx_input_shape(node, 1);
    return tw_onnx_output(node, 0, data->element, &picks);
}

/* ---- Repeats and borders --------------------------------------------------------------------- */

tw_status tw_onnx_infer_expand(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in, wanted = {.rank = 0}, out;
    int64_t list[TW_ONNX_MAX_RANK], step[TW_ONNX_MAX_RANK], from[TW_ONNX_MAX_RANK];
    size_t count = 0;
    TW_TRY(first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    if (!list_of(node, 1, "shape", list, &count)) {
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
    row_major(&in, from);
    for (int i = 0; i < out.rank; i++) {
        const int own = i - (out.rank - in.rank);
        step[i] = own < 0 || in.dims[own] == 1 ? 0 : from[own];
    }
    view_cells(node, 0, data, 0, step);
    return TW_OK;
}

tw_status tw_onnx_infer_tile(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    int64_t list[TW_ONNX_MAX_RANK];
    size_t count = 0;
    TW_TRY(first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    tw_onnx_shape out = in;
    const bool known = list_of(node, 1, "repeats", list, &count);
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

tw_status tw_onnx_infer_pad(tw_onnx_node *node) {
    tw_onnx_value *data = NULL, *list = tw_onnx_input(node, 1), *axes_list = tw_onnx_input(node, 3);
    tw_onnx_shape in;
    int64_t pads[2 * TW_ONNX_MAX_RANK], axes[TW_ONNX_MAX_RANK];
    size_t count = 0, axis_count = 0;
    TW_TRY(first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    tw_onnx_shape out = in;
    bool known =
        list ? tw_onnx_ints(node->import, list, 2 * TW_ONNX_MAX_RANK, pads, &count)
             : tw_onnx_attribute_ints(node, "pads", 2 * TW_ONNX_MAX_RANK, pads, &count) ||
                   tw_onnx_attribute_ints(node, "paddings", 2 * TW_ONNX_MAX_RANK, pads, &count);
    if (axes_list)
        known &= tw_onnx_ints(node->import, axes_list, TW_ONNX_MAX_RANK, axes, &axis_count);
    if (!known) {
        out = all_unknown(in.rank);
        return tw_onnx_output(node, 0, data->element, &out);
    }
    const size_t entries = axes_list ? axis_count : (size_t)in.rank;
    if (count != 2 * entries)
        return tw_onnx_fail(node, "pads has not two entries for each of %zu axes", entries);
    for (size_t i = 0; i < entries; i++) {
        int axis = (int)i;
        if (axes_list)
            TW_TRY(tw_onnx_axis(node, axes[i], in.rank, &axis));
        if (in.dims[axis] >= 0 &&
            (__builtin_add_overflow(in.dims[axis], pads[i], &out.dims[axis]) ||
             __builtin_add_overflow(out.dims[axis], pads[entries + i], &out.dims[axis]) ||
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
    TW_TRY(first_input(node, &data, &in));
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

/* ---- Resize -----------------------------------------------------------------------------------
 */

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
    TW_TRY(first_input(node, &data, &in));
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
        out = all_unknown(in.rank);
        return tw_onnx_output(node, 0, data->element, &out);
    }
    for (size_t i = 0; i < count; i++) {
        TW_TRY(resized_axis(node, i, in.rank, &axis));
        out.dims[axis] = scaled(in.dims[axis], tw_onnx_cell_real(element, scales[i]));
    }
    return tw_onnx_output(node, 0, data->element, &out);
}
