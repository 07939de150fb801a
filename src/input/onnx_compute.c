/* Arithmetic on known content: what shape sub-graphs are made of. A result that cannot be stated
 * exactly (overflow, division by zero, an unknown operand) is unknown, never wrong. */
#include <math.h>
#include <string.h>

#include "input/onnx_rules.h"

static int64_t power(int64_t base, int64_t exponent, bool *bad) {
    int64_t result = 1;
    if (exponent < 0 || exponent > 64)
        *bad = true;
    for (int64_t i = 0; i < exponent && !*bad; i++)
        *bad |= __builtin_mul_overflow(result, base, &result);
    return result;
}

static int64_t compute_int(tw_onnx_fold_kind kind, int64_t a, int64_t b, bool *bad) {
    int64_t result = 0;
    switch (kind) {
    case TW_FOLD_ADD:
    case TW_FOLD_SUM:
        *bad |= __builtin_add_overflow(a, b, &result);
        return result;
    case TW_FOLD_SUB:
        *bad |= __builtin_sub_overflow(a, b, &result);
        return result;
    case TW_FOLD_MUL:
    case TW_FOLD_PRODUCT:
        *bad |= __builtin_mul_overflow(a, b, &result);
        return result;
    case TW_FOLD_DIV:
        *bad |= b == 0 || (a == INT64_MIN && b == -1);
        return *bad ? 0 : a / b;
    case TW_FOLD_MOD: /* sign of the divisor */
        *bad |= b == 0 || b == -1;
        return *bad ? 0 : a % b + (a % b != 0 && (a % b < 0) != (b < 0) ? b : 0);
    case TW_FOLD_POW:
        return power(a, b, bad);
    case TW_FOLD_MIN:
        return a < b ? a : b;
    case TW_FOLD_MAX:
        return a > b ? a : b;
    case TW_FOLD_AND:
        return a && b;
    case TW_FOLD_OR:
        return a || b;
    case TW_FOLD_XOR:
        return !a != !b;
    case TW_FOLD_NEG:
        *bad |= __builtin_sub_overflow(0, a, &result);
        return result;
    case TW_FOLD_ABS:
        return a < 0 ? -a : a;
    case TW_FOLD_NOT:
        return !a;
    default: /* the rest leaves whole numbers as they are */
        *bad |= kind == TW_FOLD_SQRT || kind == TW_FOLD_NONE;
        return a;
    }
}

static double compute_real(tw_onnx_fold_kind kind, double a, double b) {
    switch (kind) {
    case TW_FOLD_ADD:
    case TW_FOLD_SUM:
        return a + b;
    case TW_FOLD_SUB:
        return a - b;
    case TW_FOLD_MUL:
    case TW_FOLD_PRODUCT:
        return a * b;
    case TW_FOLD_DIV:
        return a / b;
    case TW_FOLD_MOD:
        return fmod(a, b);
    case TW_FOLD_POW:
        return pow(a, b);
    case TW_FOLD_MIN:
        return a < b ? a : b;
    case TW_FOLD_MAX:
        return a > b ? a : b;
    case TW_FOLD_NEG:
        return -a;
    case TW_FOLD_ABS:
        return fabs(a);
    case TW_FOLD_FLOOR:
        return floor(a);
    case TW_FOLD_CEIL:
        return ceil(a);
    case TW_FOLD_ROUND:
        return nearbyint(a);
    case TW_FOLD_SQRT:
        return sqrt(a);
    default:
        return NAN;
    }
}

static bool compares(tw_onnx_fold_kind kind) {
    return kind >= TW_FOLD_EQUAL && kind <= TW_FOLD_GREATER_EQUAL;
}

static int64_t compare(tw_onnx_fold_kind kind, bool less, bool equal) {
    switch (kind) {
    case TW_FOLD_EQUAL:
        return equal;
    case TW_FOLD_LESS:
        return less;
    case TW_FOLD_LESS_EQUAL:
        return less || equal;
    case TW_FOLD_GREATER:
        return !less && !equal;
    default:
        return !less;
    }
}

int tw_onnx_compute_type(tw_onnx_fold_kind kind, int element) {
    return compares(kind) || kind == TW_FOLD_AND || kind == TW_FOLD_OR || kind == TW_FOLD_XOR ||
                   kind == TW_FOLD_NOT
               ? TW_ONNX_BOOL
               : element;
}

tw_onnx_cell tw_onnx_compute(tw_onnx_fold_kind kind, int element, tw_onnx_cell a, tw_onnx_cell b) {
    const int type = tw_onnx_compute_type(kind, element);
    if (!tw_onnx_cell_known(element, a) || !tw_onnx_cell_known(element, b))
        return tw_onnx_cell_unknown(type);
    const bool real = tw_onnx_is_real(element);
    if (compares(kind))
        return (tw_onnx_cell){.i = real ? compare(kind, a.r < b.r, a.r == b.r)
                                        : compare(kind, a.i < b.i, a.i == b.i)};
    if (real)
        return (tw_onnx_cell){.r = compute_real(kind, a.r, b.r)};
    bool bad = false;
    const int64_t result = compute_int(kind, a.i, b.i, &bad);
    return bad ? tw_onnx_cell_unknown(type) : (tw_onnx_cell){.i = result};
}

tw_status tw_onnx_broadcast(tw_onnx_node *node, const tw_onnx_shape *a, const tw_onnx_shape *b,
                            tw_onnx_shape *out) {
    char texts[2][TW_ONNX_SHAPE_TEXT];
    tw_onnx_shape result = {.rank = a->rank > b->rank ? a->rank : b->rank};
    if (a->rank < 0 || b->rank < 0) {
        *out = tw_onnx_shape_unknown();
        return TW_OK;
    }
    for (int i = 0; i < result.rank; i++) {
        const int in_a = i - (result.rank - a->rank), in_b = i - (result.rank - b->rank);
        const int64_t x = in_a < 0 ? 1 : a->dims[in_a], y = in_b < 0 ? 1 : b->dims[in_b];
        if (x >= 0 && y >= 0 && x != y && x != 1 && y != 1)
            return tw_onnx_fail(node, "shapes %s and %s cannot be broadcast to one another",
                                tw_onnx_shape_text(a, texts[0]), tw_onnx_shape_text(b, texts[1]));
        result.dims[i] = x < 0 ? (y > 1 ? y : -1) : y < 0 ? (x > 1 ? x : -1) : x == 1 ? y : x;
    }
    *out = result;
    return TW_OK;
}

size_t tw_onnx_broadcast_offset(const tw_onnx_shape *from, const tw_onnx_shape *to, size_t i) {
    size_t offset = 0, step = 1;
    for (int axis = to->rank - 1; axis >= 0; axis--) {
        const size_t extent = (size_t)to->dims[axis], at = extent ? i % extent : 0;
        const int own = axis - (to->rank - from->rank);
        i = extent ? i / extent : 0;
        if (own < 0)
            break;
        if (from->dims[own] != 1)
            offset += at * step;
        step *= (size_t)from->dims[own];
    }
    return offset;
}

void tw_onnx_copy_cells(tw_onnx_node *node, tw_onnx_value *value) {
    size_t count = 0;
    const tw_onnx_cell *cells = tw_onnx_cells(node->import, value, &count);
    const tw_onnx_shape shape = tw_onnx_shape_of(&node->outputs[0]);
    if (!cells || tw_onnx_shape_count(&shape) != (int64_t)count)
        return;
    tw_onnx_cell *out = tw_onnx_output_cells(node, 0);
    if (out)
        memcpy(out, cells, count * sizeof *out);
}
