/* Element-wise work, and what is folded away. */
#include "input/onnx_rules.h"

enum { MOST_OPERANDS = TW_MAX_TENSORS - 1 };

static bool is_full(const tw_onnx_value *value, int64_t count) {
    const tw_onnx_shape shape = tw_onnx_shape_of(value);
    return tw_onnx_shape_count(&shape) >= count;
}

/* An operand of the layer: a constant of full size comes from outside. A value without a producer
 * of its own (made from sizes alone) has none to name. */
static tw_status add_operand(tw_onnx_node *node, tw_onnx_value *value, tw_onnx_layer *layer) {
    if (value->constant && value->source_count == 0 && node->import->rehearsal == 0)
        TW_TRY(tw_onnx_external(node->import, value));
    layer->inputs[layer->input_count++] = value;
    layer->operand_count = layer->input_count;
    return TW_OK;
}

/* Ends a layer that has as many operands as one can; its result is an operand of the next. */
static tw_status chain(tw_onnx_node *node, tw_onnx_layer *layer, bool chained, tw_source *made) {
    TW_TRY(chained ? tw_onnx_emit_after(node, layer, *made, made)
                   : tw_onnx_emit(node, layer, made));
    layer->input_count = 0;
    layer->operand_count = 1;
    return TW_OK;
}

/* A layer that does one operation for each element of the larger of output 0 and input 0. Inputs
 * of that size are its operands; smaller ones are broadcast and, unless they are constants, named
 * as its last sources without counting as operands. */
tw_status tw_onnx_lower_eltwise(tw_onnx_node *node) {
    bool go = false, chained = false;
    tw_source made = 0;
    TW_TRY(tw_onnx_sizes_known(node, 1, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape out = tw_onnx_shape_of(&node->outputs[0]),
                        in = tw_onnx_input_shape(node, 0);
    const int64_t out_count = tw_onnx_shape_count(&out), in_count = tw_onnx_shape_count(&in);
    const int64_t count = out_count > in_count ? out_count : in_count;
    tw_onnx_layer layer = tw_onnx_layer_init("eltwise");
    (void)tw_onnx_extents(out_count >= in_count ? &node->outputs[0] : node->inputs[0],
                          layer.extent);
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 0; i < node->input_count; i++) {
            tw_onnx_value *value = node->inputs[i];
            if (!value || is_full(value, count) != (pass == 0) || (pass == 1 && value->constant))
                continue;
            if (layer.input_count + chained == MOST_OPERANDS) {
                layer.operand_count = pass == 0 ? MOST_OPERANDS : layer.operand_count;
                TW_TRY(chain(node, &layer, chained, &made));
                chained = true;
            }
            if (pass == 0)
                TW_TRY(add_operand(node, value, &layer));
            else
                layer.inputs[layer.input_count++] = value;
            if (pass == 0)
                layer.operand_count += chained;
        }
    TW_TRY(chain(node, &layer, chained, &made));
    return tw_onnx_produced_by(node, node->import->rehearsal ? 0 : 1, &made);
}

/* The parts one after the other, also when a producer stands twice. */
tw_status tw_onnx_lower_concat(tw_onnx_node *node) {
    TW_TRY(tw_onnx_fold(node));
    return tw_onnx_share_sources(node, false);
}

/* Shape, Size: numbers that no data goes into. */
tw_status tw_onnx_lower_sizes(tw_onnx_node *node) {
    TW_TRY(tw_onnx_fold(node));
    return tw_onnx_produced_by(node, 0, NULL);
}

/* Nearest neighbours are copies; anything else computes. */
tw_status tw_onnx_lower_resize(tw_onnx_node *node) {
    const tw_bytes mode = tw_onnx_attribute_text(node, "mode");
    return mode.size == 0 || tw_bytes_equal_text(mode, "nearest") ? tw_onnx_fold(node)
                                                                  : tw_onnx_lower_eltwise(node);
}
