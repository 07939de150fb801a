#include "input/onnx_value.h"

#include <math.h>
#include <stdio.h>

bool tw_onnx_is_real(int element) {
    return element == TW_ONNX_FLOAT || element == TW_ONNX_DOUBLE || element == TW_ONNX_FLOAT16 ||
           element == TW_ONNX_BFLOAT16;
}

bool tw_onnx_cell_known(int element, tw_onnx_cell cell) {
    return tw_onnx_is_real(element) ? !isnan(cell.r) : cell.i != TW_ONNX_UNKNOWN_INT;
}

tw_onnx_cell tw_onnx_cell_unknown(int element) {
    if (tw_onnx_is_real(element))
        return (tw_onnx_cell){.r = NAN};
    return (tw_onnx_cell){.i = TW_ONNX_UNKNOWN_INT};
}

int64_t tw_onnx_cell_int(int element, tw_onnx_cell cell) {
    if (!tw_onnx_is_real(element))
        return cell.i;
    if (!(cell.r > -0x1p63 && cell.r < 0x1p63))
        return TW_ONNX_UNKNOWN_INT;
    return (int64_t)cell.r;
}

double tw_onnx_cell_real(int element, tw_onnx_cell cell) {
    if (tw_onnx_is_real(element))
        return cell.r;
    return cell.i == TW_ONNX_UNKNOWN_INT ? NAN : (double)cell.i;
}

tw_onnx_shape tw_onnx_shape_unknown(void) {
    return (tw_onnx_shape){.rank = -1};
}

tw_onnx_shape tw_onnx_shape_of(const tw_onnx_value *value) {
    tw_onnx_shape shape = {.rank = value->rank};
    for (int i = 0; i < shape.rank; i++)
        shape.dims[i] = value->dims[i];
    return shape;
}

tw_onnx_shape tw_onnx_shape_vector(int64_t length) {
    return (tw_onnx_shape){.rank = 1, .dims = {length}};
}

bool tw_onnx_shape_known(const tw_onnx_shape *shape) {
    for (int i = 0; i < shape->rank; i++)
        if (shape->dims[i] < 0)
            return false;
    return shape->rank >= 0;
}

int64_t tw_onnx_shape_product(const tw_onnx_shape *shape, int from, int to) {
    int64_t product = 1;
    for (int i = from; i < to; i++) {
        if (shape->dims[i] < 0 || __builtin_mul_overflow(product, shape->dims[i], &product) ||
            product >> 62)
            return -1;
    }
    return product;
}

int64_t tw_onnx_shape_count(const tw_onnx_shape *shape) {
    return shape->rank < 0 ? -1 : tw_onnx_shape_product(shape, 0, shape->rank);
}

const char *tw_onnx_shape_text(const tw_onnx_shape *shape, char buffer[TW_ONNX_SHAPE_TEXT]) {
    size_t used = 0;
    if (shape->rank < 0)
        return "of unknown rank";
    buffer[used++] = '[';
    for (int i = 0; i < shape->rank && used + 24 < TW_ONNX_SHAPE_TEXT; i++) {
        const char *comma = i ? "," : "";
        const int length = shape->dims[i] < 0
                               ? snprintf(buffer + used, TW_ONNX_SHAPE_TEXT - used, "%s?", comma)
                               : snprintf(buffer + used, TW_ONNX_SHAPE_TEXT - used, "%s%lld", comma,
                                          (long long)shape->dims[i]);
        used += (size_t)length;
    }
    buffer[used++] = ']';
    buffer[used] = '\0';
    return buffer;
}

tw_onnx_shape tw_onnx_shape_union(const tw_onnx_shape *a, const tw_onnx_shape *b) {
    if (a->rank != b->rank)
        return tw_onnx_shape_unknown();
    tw_onnx_shape result = *a;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i])
            result.dims[i] = -1;
    return result;
}
