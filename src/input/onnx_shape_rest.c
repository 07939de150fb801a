/* Shapes of operators of which little or nothing is modelled, so that what follows them is. */
#include <string.h>

#include "input/onnx_rules.h"

static int element_of(const tw_onnx_node *node, unsigned i) {
    const tw_onnx_value *value = tw_onnx_input(node, i);
    return value ? value->element : TW_ONNX_UNDEFINED;
}

/* RNN, GRU, LSTM: X [seq, batch, input] (layout 1: [batch, seq, input]), W [directions, gates *
 * hidden, input]; Y [seq, directions, batch, hidden], Y_h and Y_c [directions, batch, hidden]. */
tw_status tw_onnx_infer_recurrent(tw_onnx_node *node) {
    const tw_onnx_shape x = tw_onnx_input_shape(node, 0), r = tw_onnx_input_shape(node, 2);
    const bool batch_first = tw_onnx_attribute_int(node, "layout", 0) == 1;
    int64_t hidden = tw_onnx_attribute_int(node, "hidden_size", -1);
    if (x.rank < 0)
        return TW_OK;
    if (x.rank != 3 || (r.rank >= 0 && r.rank != 3))
        return tw_onnx_fail(node,
                            "the input has rank %d and the recurrent weight rank %d, "
                            "expected 3",
                            x.rank, r.rank);
    if (hidden < 0 && r.rank == 3)
        hidden = r.dims[2];
    const tw_bytes direction = tw_onnx_attribute_text(node, "direction");
    const int64_t directions = tw_bytes_equal_text(direction, "bidirectional") ? 2 : 1;
    const int64_t seq = x.dims[batch_first], batch = x.dims[!batch_first];
    tw_onnx_shape y = {.rank = 4, .dims = {seq, directions, batch, hidden}};
    tw_onnx_shape last = {.rank = 3, .dims = {directions, batch, hidden}};
    if (batch_first) {
        y = (tw_onnx_shape){.rank = 4, .dims = {batch, seq, directions, hidden}};
        last = (tw_onnx_shape){.rank = 3, .dims = {batch, directions, hidden}};
    }
    TW_TRY(tw_onnx_output(node, 0, element_of(node, 0), &y));
    TW_TRY(tw_onnx_output(node, 1, element_of(node, 0), &last));
    return tw_onnx_output(node, 2, element_of(node, 0), &last);
}

tw_status tw_onnx_infer_top_k(tw_onnx_node *node) {
    tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    int axis = 0;
    int64_t k = tw_onnx_attribute_int(node, "k", -1);
    size_t count = 0;
    if (shape.rank < 0)
        return TW_OK;
    TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", -1), shape.rank, &axis));
    if (tw_onnx_input(node, 1) && !tw_onnx_ints(node->import, node->inputs[1], 1, &k, &count))
        k = -1;
    if (k >= 0 && shape.dims[axis] >= 0 && k > shape.dims[axis])
        return tw_onnx_fail(node, "k is %lld, axis %d has extent %lld", (long long)k, axis,
                            (long long)shape.dims[axis]);
    shape.dims[axis] = k < 0 ? -1 : k;
    TW_TRY(tw_onnx_output(node, 0, element_of(node, 0), &shape));
    return tw_onnx_output(node, 1, TW_ONNX_INT64, &shape);
}

tw_status tw_onnx_infer_non_zero(tw_onnx_node *node) {
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0);
    const tw_onnx_shape out = {.rank = 2, .dims = {in.rank < 0 ? -1 : in.rank, -1}};
    return tw_onnx_output(node, 0, TW_ONNX_INT64, &out);
}

tw_status tw_onnx_infer_unique(tw_onnx_node *node) {
    tw_onnx_shape first = tw_onnx_input_shape(node, 0);
    const tw_onnx_shape list = tw_onnx_shape_vector(-1);
    tw_onnx_attribute attribute;
    int axis = 0;
    if (first.rank < 0)
        return TW_OK;
    if (tw_onnx_attribute_find(node, "axis", &attribute)) {
        TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 0), first.rank, &axis));
        first.dims[axis] = -1;
    } else {
        first = list;
    }
    TW_TRY(tw_onnx_output(node, 0, element_of(node, 0), &first));
    for (unsigned i = 1; i < 4; i++)
        TW_TRY(tw_onnx_output(node, i, TW_ONNX_INT64, &list));
    return TW_OK;
}

tw_status tw_onnx_infer_compress(tw_onnx_node *node) {
    tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    tw_onnx_attribute attribute;
    int axis = 0;
    if (shape.rank < 0)
        return TW_OK;
    if (tw_onnx_attribute_find(node, "axis", &attribute))
        TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 0), shape.rank, &axis));
    else
        shape = tw_onnx_shape_vector(-1);
    shape.dims[axis] = -1;
    return tw_onnx_output(node, 0, element_of(node, 0), &shape);
}

/* NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: a scalar, or with reduction none the
 * shape of the target; a second output has the shape of the scores. */
tw_status tw_onnx_infer_loss(tw_onnx_node *node) {
    const tw_onnx_shape scores = tw_onnx_input_shape(node, 0), scalar = {.rank = 0},
                        target = tw_onnx_input_shape(node, 1);
    const bool none = tw_bytes_equal_text(tw_onnx_attribute_text(node, "reduction"), "none");
    if (scores.rank >= 0 && scores.rank < 2)
        return tw_onnx_fail(node, "the input has rank %d, expected 2 or more", scores.rank);
    TW_TRY(tw_onnx_output(node, 0, element_of(node, 0), none ? &target : &scalar));
    return tw_onnx_output(node, 1, element_of(node, 0), &scores);
}

tw_status tw_onnx_infer_selected(tw_onnx_node *node) {
    const tw_onnx_shape out = {.rank = 2, .dims = {-1, 3}};
    return tw_onnx_output(node, 0, TW_ONNX_INT64, &out);
}

tw_status tw_onnx_infer_grid_sample(tw_onnx_node *node) {
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0), grid = tw_onnx_input_shape(node, 1);
    if (in.rank < 3 || grid.rank != in.rank)
        return TW_OK;
    tw_onnx_shape out = in;
    for (int i = 2; i < in.rank; i++)
        out.dims[i] = grid.dims[i - 1];
    return tw_onnx_output(node, 0, element_of(node, 0), &out);
}

tw_status tw_onnx_infer_roi_align(tw_onnx_node *node) {
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0), rois = tw_onnx_input_shape(node, 1);
    const tw_onnx_shape out = {.rank = 4,
                               .dims = {rois.rank == 2 ? rois.dims[0] : -1,
                                        in.rank == 4 ? in.dims[1] : -1,
                                        tw_onnx_attribute_int(node, "output_height", 1),
                                        tw_onnx_attribute_int(node, "output_width", 1)}};
    return tw_onnx_output(node, 0, element_of(node, 0), &out);
}

tw_status tw_onnx_infer_det(tw_onnx_node *node) {
    tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    if (shape.rank < 0)
        return TW_OK;
    if (shape.rank < 2)
        return tw_onnx_fail(node, "the input has rank %d, expected 2 or more", shape.rank);
    shape.rank -= 2;
    return tw_onnx_output(node, 0, element_of(node, 0), &shape);
}

/* [batch..., length, 1 or 2] -> [batch..., length or its positive half, 2]. */
tw_status tw_onnx_infer_dft(tw_onnx_node *node) {
    tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    int64_t length = 0;
    size_t count = 0;
    int axis = 0;
    if (shape.rank < 2)
        return TW_OK;
    TW_TRY(tw_onnx_axis(node, tw_onnx_attribute_int(node, "axis", 1), shape.rank, &axis));
    if (tw_onnx_input(node, 1))
        shape.dims[axis] =
            tw_onnx_ints(node->import, node->inputs[1], 1, &length, &count) ? length : -1;
    if (tw_onnx_attribute_int(node, "onesided", 0) && shape.dims[axis] >= 0)
        shape.dims[axis] = shape.dims[axis] / 2 + 1;
    shape.dims[shape.rank - 1] = 2;
    return tw_onnx_output(node, 0, element_of(node, 0), &shape);
}

/* signal [batch, length, 1 or 2] -> [batch, frames, bins, 2]. */
tw_status tw_onnx_infer_stft(tw_onnx_node *node) {
    const tw_onnx_shape signal = tw_onnx_input_shape(node, 0),
                        window = tw_onnx_input_shape(node, 2);
    int64_t step = 0, frame = window.rank == 1 ? window.dims[0] : -1;
    size_t count = 0;
    if (signal.rank < 2)
        return TW_OK;
    if (!tw_onnx_ints(node->import, tw_onnx_input(node, 1), 1, &step, &count) || step < 1)
        step = -1;
    if (tw_onnx_input(node, 3) && !tw_onnx_ints(node->import, node->inputs[3], 1, &frame, &count))
        frame = -1;
    tw_onnx_shape out = {.rank = 4, .dims = {signal.dims[0], -1, -1, 2}};
    if (step > 0 && frame > 0 && signal.dims[1] >= frame)
        out.dims[1] = (signal.dims[1] - frame) / step + 1;
    if (frame > 0)
        out.dims[2] = tw_onnx_attribute_int(node, "onesided", 1) ? frame / 2 + 1 : frame;
    return tw_onnx_output(node, 0, element_of(node, 0), &out);
}

/* StringNormalizer drops stop words: [n] or [1, n] of unknown n. */
tw_status tw_onnx_infer_strings(tw_onnx_node *node) {
    tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    if (shape.rank < 1)
        return TW_OK;
    shape.dims[shape.rank - 1] = -1;
    return tw_onnx_output(node, 0, TW_ONNX_STRING, &shape);
}

/* [n] -> [pool size], [b, n] -> [b, pool size]; the size is the largest of ngram_indexes + 1. */
tw_status tw_onnx_infer_tf_idf(tw_onnx_node *node) {
    tw_onnx_shape shape = tw_onnx_input_shape(node, 0);
    int64_t list[4096], largest = -1;
    size_t count = 0;
    if (shape.rank < 1)
        return TW_OK;
    if (tw_onnx_attribute_ints(node, "ngram_indexes", 4096, list, &count) && count <= 4096)
        for (size_t i = 0; i < count; i++)
            largest = list[i] > largest ? list[i] : largest;
    shape.dims[shape.rank - 1] = largest < 0 || largest == INT64_MAX ? -1 : largest + 1;
    return tw_onnx_output(node, 0, TW_ONNX_FLOAT, &shape);
}

/* Adagrad, Adam, Momentum: R, T, then for n tensors X, G and their states; the outputs are the
 * new X and states, shaped as the inputs. */
tw_status tw_onnx_infer_optimizer(tw_onnx_node *node) {
    const unsigned groups = (unsigned)node->operation->argument; /* inputs per optimized tensor */
    const unsigned tensors = node->input_count < 2 ? 0 : (node->input_count - 2) / groups;
    for (unsigned i = 0; i < node->output_count && tensors; i++) {
        const unsigned kind = i / tensors; /* 0: X, then the states, which follow the gradients */
        const unsigned input = 2 + (kind ? kind + 1 : 0) * tensors + i % tensors;
        const tw_onnx_shape shape = tw_onnx_input_shape(node, input);
        TW_TRY(tw_onnx_output(node, i, element_of(node, input), &shape));
    }
    return TW_OK;
}

tw_status tw_onnx_infer_dynamic_quantize(tw_onnx_node *node) {
    const tw_onnx_shape shape = tw_onnx_input_shape(node, 0), scalar = {.rank = 0};
    TW_TRY(tw_onnx_output(node, 0, TW_ONNX_UINT8, &shape));
    TW_TRY(tw_onnx_output(node, 1, TW_ONNX_FLOAT, &scalar));
    return tw_onnx_output(node, 2, TW_ONNX_UINT8, &scalar);
}

/* com.microsoft Attention: input [batch, seq, in], weight [in, 3 * hidden]. */
tw_status tw_onnx_infer_attention(tw_onnx_node *node) {
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0), weight = tw_onnx_input_shape(node, 1);
    if (in.rank < 0 || weight.rank < 0)
        return TW_OK;
    if (in.rank != 3 || weight.rank != 2 ||
        (in.dims[2] >= 0 && weight.dims[0] >= 0 && in.dims[2] != weight.dims[0]))
        return tw_onnx_fail(node, "input and weight do not fit: expected [batch, seq, in] and "
                                  "[in, 3 * hidden]");
    tw_onnx_shape out = in;
    out.dims[2] = weight.dims[1] < 0 ? -1 : weight.dims[1] / 3;
    return tw_onnx_output(node, 0, element_of(node, 0), &out);
}
