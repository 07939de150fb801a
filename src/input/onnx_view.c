#include "input/onnx_view.h"

void tw_onnx_view_cells(tw_onnx_node *node, unsigned k, tw_onnx_value *value, int64_t base,
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

void tw_onnx_row_major(const tw_onnx_shape *shape, int64_t *step) {
    int64_t distance = 1;
    for (int axis = shape->rank - 1; axis >= 0; axis--) {
        step[axis] = distance;
        distance *= shape->dims[axis] > 0 ? shape->dims[axis] : 1;
    }
}

tw_status tw_onnx_first_input(tw_onnx_node *node, tw_onnx_value **value, tw_onnx_shape *shape) {
    TW_TRY(tw_onnx_require(node, 0, value));
    *shape = tw_onnx_input_shape(node, 0);
    return TW_OK;
}

tw_onnx_shape tw_onnx_rank_unknown(int rank) {
    tw_onnx_shape shape = {.rank = rank};
    for (int i = 0; i < rank; i++)
        shape.dims[i] = -1;
    return shape;
}

bool tw_onnx_list_of(tw_onnx_node *node, unsigned input, const char *attribute, int64_t *out,
                     size_t *count) {
    tw_onnx_value *value = tw_onnx_input(node, input);
    if (!value)
        return tw_onnx_attribute_ints(node, attribute, TW_ONNX_MAX_RANK, out, count);
    const tw_onnx_cell *cells = tw_onnx_cells(node->import, value, count);
    for (size_t i = 0; cells && i < *count && i < TW_ONNX_MAX_RANK; i++)
        out[i] = tw_onnx_cell_int(value->element, cells[i]);
    return cells != NULL;
}
