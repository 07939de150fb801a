/* Matrix products: MatMul with broadcasting, Gemm, Einsum. */
#include <string.h>

#include "input/onnx_rules.h"

void tw_onnx_matmul_inputs(const tw_onnx_node *node, unsigned *a, unsigned *b) {
    *a = 0;
    *b = tw_bytes_equal_text(node->op, "QLinearMatMul") ? 3 : 1;
}

static int matmul_type(const tw_onnx_node *node, const tw_onnx_value *a) {
    if (tw_bytes_equal_text(node->op, "MatMulInteger"))
        return TW_ONNX_INT32;
    if (tw_bytes_equal_text(node->op, "QLinearMatMul") && tw_onnx_input(node, 7))
        return node->inputs[7]->element;
    return a->element;
}

static tw_status mismatch(tw_onnx_node *node, const tw_onnx_shape *a, const tw_onnx_shape *b) {
    char texts[2][TW_ONNX_SHAPE_TEXT];
    return tw_onnx_fail(node, "matrices of shapes %s and %s cannot be multiplied",
                        tw_onnx_shape_text(a, texts[0]), tw_onnx_shape_text(b, texts[1]));
}

/* A vector is a matrix of one row (left) or one column (right), which the result has not. */
tw_status tw_onnx_infer_matmul(tw_onnx_node *node) {
    unsigned index_a = 0, index_b = 1;
    tw_onnx_value *left = NULL, *right = NULL;
    tw_onnx_matmul_inputs(node, &index_a, &index_b);
    TW_TRY(tw_onnx_require(node, index_a, &left));
    TW_TRY(tw_onnx_require(node, index_b, &right));
    const tw_onnx_shape a = tw_onnx_shape_of(left), b = tw_onnx_shape_of(right);
    if (a.rank < 0 || b.rank < 0)
        return TW_OK;
    if (a.rank == 0 || b.rank == 0)
        return mismatch(node, &a, &b);
    tw_onnx_shape batch_a = a, batch_b = b, out;
    batch_a.rank = a.rank < 2 ? 0 : a.rank - 2;
    batch_b.rank = b.rank < 2 ? 0 : b.rank - 2;
    const int64_t inner_a = a.dims[a.rank - 1], inner_b = b.dims[b.rank < 2 ? 0 : b.rank - 2];
    if (inner_a >= 0 && inner_b >= 0 && inner_a != inner_b)
        return mismatch(node, &a, &b);
    TW_TRY(tw_onnx_broadcast(node, &batch_a, &batch_b, &out));
    if (a.rank >= 2)
        out.dims[out.rank++] = a.dims[a.rank - 2];
    if (b.rank >= 2)
        out.dims[out.rank++] = b.dims[b.rank - 1];
    TW_TRY(tw_onnx_output(node, 0, matmul_type(node, left), &out));
    if (node->output_count)
        node->outputs[0].channel_axis = out.rank - 1;
    return TW_OK;
}

tw_status tw_onnx_infer_gemm(tw_onnx_node *node) {
    tw_onnx_value *left = NULL, *right = NULL;
    TW_TRY(tw_onnx_require(node, 0, &left));
    TW_TRY(tw_onnx_require(node, 1, &right));
    const tw_onnx_shape a = tw_onnx_shape_of(left), b = tw_onnx_shape_of(right);
    const bool turn_a = tw_onnx_attribute_int(node, "transA", 0) != 0,
               turn_b = tw_onnx_attribute_int(node, "transB", 0) != 0;
    if (a.rank < 0 || b.rank < 0)
        return TW_OK;
    if (a.rank != 2 || b.rank != 2)
        return mismatch(node, &a, &b);
    const int64_t inner_a = a.dims[!turn_a], inner_b = b.dims[turn_b];
    if (inner_a >= 0 && inner_b >= 0 && inner_a != inner_b)
        return mismatch(node, &a, &b);
    const tw_onnx_shape out = {.rank = 2, .dims = {a.dims[turn_a], b.dims[!turn_b]}};
    if (node->output_count)
        node->outputs[0].channel_axis = 1;
    return tw_onnx_output(node, 0, left->element, &out);
}

/* ---- Einsum -------------------------------------------------------------------------------- */

/* Axes under an ellipsis are letters of their own, the last axis 1, the one before it 2, ... */
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

typedef struct {
    char letters[TW_ONNX_MAX_RANK + 1];
    int count, ellipsis; /* ellipsis: where it stands among the letters, or -1 */
} einsum_term;

/* Cuts "ij,jk->ik" into its terms, that of the output last. False for what is not of that form. */
static bool cut_terms(tw_bytes equation, einsum_term terms[3], unsigned *operands, bool *arrow) {
    unsigned at = 0;
    *arrow = false;
    terms[0] = terms[1] = terms[2] = (einsum_term){.ellipsis = -1};
    for (size_t i = 0; i < equation.size; i++) {
        const char *c = (const char *)equation.data + i;
        const size_t left = equation.size - i;
        einsum_term *term = &terms[at];
        if (*c == ' ')
            continue;
        if (is_letter(*c) && term->count < TW_ONNX_MAX_RANK) {
            term->letters[term->count++] = *c;
        } else if (left >= 3 && memcmp(c, "...", 3) == 0 && term->ellipsis < 0) {
            term->ellipsis = term->count;
            i += 2;
        } else if (*c == ',' && !*arrow && at < 1) {
            at++;
        } else if (left >= 2 && memcmp(c, "->", 2) == 0 && !*arrow) {
            *arrow = true;
            at++;
            i++;
        } else {
            return false;
        }
    }
    *operands = *arrow ? at : at + 1;
    return true;
}

/* Puts `axes` letters in the place of the ellipsis. */
static bool expand_ellipsis(einsum_term *term, int axes) {
    if (term->ellipsis < 0)
        return true;
    if (axes < 0 || term->count + axes > TW_ONNX_MAX_RANK)
        return false;
    char *place = &term->letters[term->ellipsis];
    memmove(place + axes, place, (size_t)(term->count - term->ellipsis));
    for (int i = 0; i < axes; i++)
        place[i] = (char)(axes - i);
    term->count += axes;
    return true;
}

/* Without an arrow the output has the ellipsis, then the letters that occur once, in order. */
static void implied_output(const einsum_term *terms, unsigned operands, einsum_term *out) {
    for (int c = 'A'; c <= 'z'; c++) {
        int times = 0;
        for (unsigned i = 0; i < operands; i++)
            for (int k = 0; k < terms[i].count; k++)
                times += terms[i].letters[k] == c;
        if (times == 1 && is_letter((char)c) && out->count < TW_ONNX_MAX_RANK)
            out->letters[out->count++] = (char)c;
    }
    for (unsigned i = 0; i < operands; i++)
        if (terms[i].ellipsis >= 0)
            out->ellipsis = 0;
}

static tw_status note_extents(tw_onnx_node *node, const tw_onnx_shape *shape, const char *letters,
                              tw_onnx_einsum *out, bool *plain) {
    for (unsigned k = 0; letters[k]; k++) {
        int64_t *extent = &out->extent[(unsigned char)letters[k]];
        const int64_t own = shape->dims[k];
        if (own > 1 && *extent > 1 && own != *extent)
            return tw_onnx_fail(node, "an axis of its equation has extents %lld and %lld",
                                (long long)*extent, (long long)own);
        *plain &=
            own > 0 && (*extent == 0 || own == *extent) && !strchr(letters + k + 1, letters[k]);
        if (*extent <= 0 || own > *extent)
            *extent = own;
    }
    return TW_OK;
}

tw_status tw_onnx_einsum_read(tw_onnx_node *node, tw_onnx_einsum *out, bool *plain) {
    einsum_term terms[3];
    bool arrow = false;
    int widest = 0;
    *out = (tw_onnx_einsum){0};
    *plain = false;
    if (!cut_terms(tw_onnx_attribute_text(node, "equation"), terms, &out->operand_count, &arrow) ||
        out->operand_count != node->input_count)
        return TW_OK;
    if (!arrow)
        implied_output(terms, out->operand_count, &terms[out->operand_count]);
    for (unsigned i = 0; i < out->operand_count; i++) {
        const tw_onnx_shape shape = tw_onnx_input_shape(node, i);
        const int under = terms[i].ellipsis < 0 ? 0 : shape.rank - terms[i].count;
        if (shape.rank < 0)
            return TW_OK;
        if (!expand_ellipsis(&terms[i], under) || terms[i].count != shape.rank)
            return tw_onnx_fail(node, "operand %u has rank %d, which does not fit its equation", i,
                                shape.rank);
        widest = under > widest ? under : widest;
    }
    if (!expand_ellipsis(&terms[out->operand_count], widest))
        return tw_onnx_fail(node, "its output has more than 32 dimensions");
    *plain = out->readable = true;
    for (unsigned i = 0; i <= out->operand_count; i++)
        memcpy(out->letters[i], terms[i].letters, (size_t)terms[i].count);
    for (unsigned i = 0; i < out->operand_count; i++) {
        const tw_onnx_shape shape = tw_onnx_input_shape(node, i);
        TW_TRY(note_extents(node, &shape, out->letters[i], out, plain));
    }
    return TW_OK;
}

tw_status tw_onnx_infer_einsum(tw_onnx_node *node) {
    tw_onnx_value *first = NULL;
    tw_onnx_einsum einsum;
    bool plain = false;
    TW_TRY(tw_onnx_require(node, 0, &first));
    TW_TRY(tw_onnx_einsum_read(node, &einsum, &plain));
    if (!einsum.readable)
        return TW_OK;
    tw_onnx_shape out = {.rank = 0};
    for (const char *c = einsum.letters[einsum.operand_count]; *c; c++)
        out.dims[out.rank++] = einsum.extent[(unsigned char)*c];
    return tw_onnx_output(node, 0, first->element, &out);
}
