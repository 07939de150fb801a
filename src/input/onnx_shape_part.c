/* Parts and joins of data: Concat, Split, Slice and the Gathers. */
#include "input/onnx_view.h"

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

/* The extent of each part of a Split; -1: unknown. */
typedef struct {
    bool listed; /* by the sizes that the node gives */
    int64_t sizes[256];
    int64_t extent, each; /* of the whole axis; of all parts but the last when they are equal */
} parts;

static tw_status find_parts(tw_onnx_node *node, int64_t extent, parts *out) {
    tw_onnx_value *sizes = tw_onnx_input(node, 1);
    const int64_t count = node->output_count;
    size_t listed = 0;
    out->listed = sizes ? tw_onnx_ints(node->import, sizes, 256, out->sizes, &listed)
                        : tw_onnx_attribute_ints(node, "split", 256, out->sizes, &listed);
    if (out->listed && listed != node->output_count)
        return tw_onnx_fail(node, "another number of sizes than its %u outputs",
                            node->output_count);
    out->extent = extent;
    out->each = extent < 0 || sizes ? -1 : extent / count + (extent % count != 0);
    return TW_OK;
}

/* Of part k, which begins at `begin`. */
static int64_t part_extent(const parts *p, unsigned k, int64_t begin) {
    if (p->listed)
        return p->sizes[k];
    if (p->each < 0)
        return -1;
    const int64_t left = begin >= p->extent ? 0 : p->extent - begin;
    return left < p->each ? left : p->each;
}

tw_status tw_onnx_infer_split(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    int axis = 0;
    int64_t step[TW_ONNX_MAX_RANK], begin = 0;
    parts p;
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 0), in.rank, &axis));
    TW_TRY(find_parts(node, in.dims[axis], &p));
    tw_onnx_row_major(&in, step);
    for (unsigned k = 0; k < node->output_count; k++) {
        tw_onnx_shape out = in;
        const int64_t extent = out.dims[axis] = part_extent(&p, k, begin);
        if (p.listed && (extent < 0 || (p.extent >= 0 && extent > p.extent - begin)))
            return tw_onnx_fail(node, "its parts are larger than axis %d of extent %lld", axis,
                                (long long)p.extent);
        TW_TRY(tw_onnx_output(node, k, data->element, &out));
        node->outputs[k].channel_axis = data->channel_axis;
        if (tw_onnx_shape_known(&out) && tw_onnx_shape_known(&in))
            tw_onnx_view_cells(node, k, data, begin * step[axis], step);
        begin += extent > 0 ? extent : 0;
    }
    if (p.listed && p.extent >= 0 && begin != p.extent)
        return tw_onnx_fail(node, "its parts add to %lld of axis %d, which has extent %lld",
                            (long long)begin, axis, (long long)p.extent);
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
 * TW_ONNX_UNKNOWN_INT. */
typedef struct {
    size_t count[LISTS];
    int64_t entry[LISTS][TW_ONNX_MAX_RANK];
} slices;

/* False when one is not known at all. */
static bool read_slices(tw_onnx_node *node, slices *out) {
    static const char *const names[LISTS] = {"starts", "ends", "axes", "steps"};
    for (unsigned k = 0; k < LISTS; k++) {
        out->count[k] = 0;
        if (!tw_onnx_list_of(node, k + 1, names[k], out->entry[k], &out->count[k]) &&
            (k < AXES || tw_onnx_input(node, k + 1)))
            return false;
    }
    for (size_t i = 0; i < out->count[STARTS] && i < TW_ONNX_MAX_RANK; i++) {
        if (!out->count[AXES])
            out->entry[AXES][i] = (int64_t)i;
        if (!out->count[STEPS])
            out->entry[STEPS][i] = 1;
    }
    return true;
}

static tw_status check_slices(tw_onnx_node *node, const slices *s, int rank) {
    const size_t count = s->count[STARTS];
    if (count > (size_t)rank || s->count[ENDS] != count ||
        (s->count[AXES] && s->count[AXES] != count) ||
        (s->count[STEPS] && s->count[STEPS] != count))
        return tw_onnx_fail(node,
                            "starts, ends, axes and steps differ in length or are more than "
                            "the rank %d",
                            rank);
    return TW_OK;
}

/* Where the output's elements lie in the input: one step along axis a moves `from[a]` elements. */
typedef struct {
    int64_t base, from[TW_ONNX_MAX_RANK];
} cell_view;

/* Cuts one axis by entry i of the lists. */
static tw_status cut_axis(tw_onnx_node *node, const slices *s, size_t i, const tw_onnx_shape *in,
                          tw_onnx_shape *out, cell_view *at) {
    int axis = 0;
    int64_t start = s->entry[STARTS][i];
    const int64_t end = s->entry[ENDS][i], step = s->entry[STEPS][i];
    TW_TRY(tw_onnx_axis(node, s->entry[AXES][i], in->rank, &axis));
    if (step == 0)
        return tw_onnx_fail(node, "a step is 0");
    if (in->dims[axis] < 0 || start == TW_ONNX_UNKNOWN_INT || step == TW_ONNX_UNKNOWN_INT ||
        (end == TW_ONNX_UNKNOWN_INT && step > 0)) {
        out->dims[axis] = -1;
        return TW_OK;
    }
    out->dims[axis] = slice_extent(in->dims[axis], &start, end, step);
    at->base += out->dims[axis] ? start * at->from[axis] : 0;
    at->from[axis] *= out->dims[axis] > 1 ? step : 1;
    return TW_OK;
}

tw_status tw_onnx_infer_slice(tw_onnx_node *node) {
    tw_onnx_value *data = NULL;
    tw_onnx_shape in;
    slices s;
    cell_view at = {.base = 0};
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    if (in.rank < 0)
        return TW_OK;
    tw_onnx_shape out = in;
    if (!read_slices(node, &s)) {
        out = tw_onnx_rank_unknown(in.rank);
        return tw_onnx_output(node, 0, data->element, &out);
    }
    TW_TRY(check_slices(node, &s, in.rank));
    tw_onnx_row_major(&in, at.from);
    for (size_t i = 0; i < s.count[STARTS]; i++) {
        if (s.entry[AXES][i] == TW_ONNX_UNKNOWN_INT) {
            out = tw_onnx_rank_unknown(in.rank);
            break;
        }
        TW_TRY(cut_axis(node, &s, i, &in, &out, &at));
    }
    TW_TRY(tw_onnx_output(node, 0, data->element, &out));
    if (node->output_count)
        node->outputs[0].channel_axis = data->channel_axis;
    if (tw_onnx_shape_known(&out) && tw_onnx_shape_known(&in))
        tw_onnx_view_cells(node, 0, data, at.base, at.from);
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
    TW_TRY(tw_onnx_first_input(node, &data, &in));
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
    TW_TRY(tw_onnx_first_input(node, &data, &in));
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
    TW_TRY(tw_onnx_first_input(node, &data, &in));
    const tw_onnx_shape picks = tw_onnx_input_shape(node, 1);
    return tw_onnx_output(node, 0, data->element, &picks);
}
