/* Matrix products, recurrent cells and attention as gemm and bmm layers.
 *
 * In a product with broadcasting each batch axis belongs to both operands (then it is a group: G),
 * to the left alone (then it makes more rows: B) or to the right alone (more columns: K). This
 * keeps not only the MACs but the words of every operand. */
#include <string.h>

#include "input/onnx_rules.h"

typedef struct {
    uint64_t groups, rows, columns, inner;
} product;

/* bmm also where both operands are computed: its second source is its weight. */
static tw_onnx_layer product_layer(const product *p, bool computed) {
    tw_onnx_layer layer = tw_onnx_layer_init(p->groups > 1 || computed ? "bmm" : "gemm");
    layer.extent[TW_DIM_G] = p->groups;
    layer.extent[TW_DIM_B] = p->rows;
    layer.extent[TW_DIM_K] = p->columns;
    layer.extent[TW_DIM_C] = p->inner;
    return layer;
}

/* `left` and `right` feed it. The weight of a gemm is a constant where there is one. */
static tw_status emit_product(tw_onnx_node *node, product p, unsigned left, unsigned right) {
    tw_source index = 0;
    if (p.groups == 1 && node->inputs[left]->constant && !node->inputs[right]->constant) {
        p = (product){1, p.columns, p.rows, p.inner};
        const unsigned swap = left;
        left = right;
        right = swap;
    }
    tw_onnx_layer layer =
        product_layer(&p, !node->inputs[left]->constant && !node->inputs[right]->constant);
    layer.inputs[layer.input_count++] = node->inputs[left];
    layer.inputs[layer.input_count++] = node->inputs[right];
    TW_TRY(tw_onnx_emit(node, &layer, &index));
    return tw_onnx_produced_by(node, node->import->rehearsal ? 0 : 1, &index);
}

tw_status tw_onnx_lower_matmul(tw_onnx_node *node) {
    unsigned left = 0, right = 1;
    bool go = false;
    tw_onnx_matmul_inputs(node, &left, &right);
    TW_TRY(tw_onnx_sizes_known(node, right + 1, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape a = tw_onnx_input_shape(node, left), b = tw_onnx_input_shape(node, right);
    product p = {1, a.rank >= 2 ? (uint64_t)a.dims[a.rank - 2] : 1,
                 b.rank >= 2 ? (uint64_t)b.dims[b.rank - 1] : 1, (uint64_t)a.dims[a.rank - 1]};
    const int batch = (a.rank > b.rank ? a.rank : b.rank) - 2;
    for (int i = 0; i < batch; i++) {
        const int in_a = i - (batch - (a.rank - 2)), in_b = i - (batch - (b.rank - 2));
        const uint64_t x = a.rank >= 2 && in_a >= 0 ? (uint64_t)a.dims[in_a] : 1,
                       y = b.rank >= 2 && in_b >= 0 ? (uint64_t)b.dims[in_b] : 1;
        if (x > 1 && y > 1)
            p.groups *= x;
        else
            *(x > 1 ? &p.rows : &p.columns) *= x > 1 ? x : y;
    }
    return emit_product(node, p, left, right);
}

tw_status tw_onnx_lower_gemm(tw_onnx_node *node) {
    bool go = false;
    TW_TRY(tw_onnx_sizes_known(node, 2, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape a = tw_onnx_input_shape(node, 0), out = tw_onnx_shape_of(&node->outputs[0]);
    const uint64_t inner = (uint64_t)a.dims[tw_onnx_attribute_int(node, "transA", 0) == 0];
    const product p = {1, (uint64_t)out.dims[0], (uint64_t)out.dims[1], inner};
    return emit_product(node, p, 0, 1);
}

/* A letter of both operands and the output is a group, of both but not the output a reduction. */
tw_status tw_onnx_lower_einsum(tw_onnx_node *node) {
    bool go = false, plain = false;
    tw_onnx_einsum e;
    product p = {1, 1, 1, 1};
    TW_TRY(tw_onnx_sizes_known(node, node->input_count < 2 ? node->input_count : 2, &go));
    if (!go)
        return TW_OK;
    TW_TRY(tw_onnx_einsum_read(node, &e, &plain));
    if (plain && e.operand_count == 1)
        return strlen(e.letters[0]) == strlen(e.letters[1]) ? tw_onnx_fold(node)
                                                            : tw_onnx_lower_reduce(node);
    if (!plain)
        return tw_onnx_skip(node, "this form of Einsum is not read");
    for (int c = 0; c < 128; c++) {
        const bool in_a = c && strchr(e.letters[0], c), in_b = c && strchr(e.letters[1], c),
                   in_out = c && strchr(e.letters[2], c);
        if (!in_a && !in_b)
            continue;
        if (!in_out && !(in_a && in_b))
            return tw_onnx_skip(node, "an axis of one operand is summed before the product");
        uint64_t *extent = !in_out        ? &p.inner
                           : in_a && in_b ? &p.groups
                           : in_a         ? &p.rows
                                          : &p.columns;
        *extent *= (uint64_t)e.extent[c];
    }
    return emit_product(node, p, 0, 1);
}

/* ---- Recurrent cells ------------------------------------------------------------------------- */

/* Extents of a recurrent node; `rows`: of all gates. */
typedef struct {
    uint64_t seq, batch, depth, hidden, rows;
} recurrence;

/* One direction: the input's part of the gates for all steps at once, then for every step the
 * state's part, and the element-wise work of the gates. */
static tw_status lower_direction(tw_onnx_node *node, const recurrence *r,
                                 const char *const parts[3], tw_source *made) {
    const product input = {1, r->seq * r->batch, r->rows, r->depth},
                  state = {1, r->batch, r->rows, r->hidden};
    tw_onnx_layer layer = product_layer(&input, false);
    layer.part = parts[0];
    layer.inputs[layer.input_count++] = node->inputs[0];
    TW_TRY(tw_onnx_emit(node, &layer, made));
    layer = product_layer(&state, false);
    layer.part = parts[1];
    layer.times = r->seq;
    TW_TRY(tw_onnx_emit_after(node, &layer, *made, made));
    layer = tw_onnx_layer_init("eltwise");
    layer.part = parts[2];
    layer.times = r->seq;
    layer.extent[TW_DIM_B] = r->batch;
    layer.extent[TW_DIM_K] = r->rows;
    return tw_onnx_emit_after(node, &layer, *made, made);
}

/* RNN, GRU, LSTM of one direction or two. Argument: the number of gates. */
tw_status tw_onnx_lower_recurrent(tw_onnx_node *node) {
    static const char *const parts[2][3] = {{"input", "state", "gates"},
                                            {"reverse_input", "reverse_state", "reverse_gates"}};
    bool go = false;
    TW_TRY(tw_onnx_sizes_known(node, 3, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape x = tw_onnx_input_shape(node, 0), w = tw_onnx_input_shape(node, 1);
    const bool batch_first = tw_onnx_attribute_int(node, "layout", 0) == 1;
    const uint64_t hidden = (uint64_t)tw_onnx_input_shape(node, 2).dims[2];
    recurrence r = {.seq = (uint64_t)x.dims[batch_first],
                    .batch = (uint64_t)x.dims[!batch_first],
                    .hidden = hidden,
                    .rows = (uint64_t)node->operation->argument * hidden};
    tw_source made[2] = {0, 0};
    if (w.rank != 3 || w.dims[1] != (int64_t)r.rows || w.dims[0] > 2)
        return tw_onnx_fail(node, "its weight has not %llu rows for each of one or two directions",
                            (unsigned long long)r.rows);
    r.depth = (uint64_t)w.dims[2];
    for (int64_t d = 0; d < w.dims[0]; d++)
        TW_TRY(lower_direction(node, &r, parts[d], &made[d]));
    return tw_onnx_produced_by(node, node->import->rehearsal ? 0 : (unsigned)w.dims[0], made);
}

/* ---- Fused attention --------------------------------------------------------------------------
 */

/* com.microsoft Attention without a past: projections to queries, keys and values, scores,
 * softmax, and the weighted values. */
tw_status tw_onnx_lower_attention(tw_onnx_node *node) {
    bool go = false;
    TW_TRY(tw_onnx_sizes_known(node, 2, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0), w = tw_onnx_input_shape(node, 1);
    const int64_t heads = tw_onnx_attribute_int(node, "num_heads", 0);
    tw_onnx_attribute sizes;
    if (heads < 1 || w.dims[1] % (3 * heads) ||
        tw_onnx_attribute_find(node, "qkv_hidden_sizes", &sizes))
        return tw_onnx_skip(node, "attention with queries and values of different sizes");
    const uint64_t seq = (uint64_t)in.dims[1], groups = (uint64_t)in.dims[0] * (uint64_t)heads,
                   depth = (uint64_t)(w.dims[1] / 3 / heads);
    const product steps[3] = {
        {1, (uint64_t)in.dims[0] * seq, (uint64_t)w.dims[1], (uint64_t)w.dims[0]},
        {groups, seq, seq, depth},
        {groups, seq, depth, seq}};
    tw_source made = 0;
    tw_onnx_layer layer = product_layer(&steps[0], false);
    layer.part = "projection";
    layer.inputs[layer.input_count++] = node->inputs[0];
    TW_TRY(tw_onnx_emit(node, &layer, &made));
    layer = product_layer(&steps[1], true);
    layer.part = "scores";
    TW_TRY(tw_onnx_emit_after(node, &layer, made, &made));
    layer = tw_onnx_layer_init("eltwise");
    layer.part = "softmax";
    layer.extent[TW_DIM_B] = groups * seq;
    layer.extent[TW_DIM_K] = seq;
    TW_TRY(tw_onnx_emit_after(node, &layer, made, &made));
    layer = product_layer(&steps[2], true);
    layer.part = "values";
    TW_TRY(tw_onnx_emit_after(node, &layer, made, &made));
    return tw_onnx_produced_by(node, node->import->rehearsal ? 0 : 1, &made);
}
