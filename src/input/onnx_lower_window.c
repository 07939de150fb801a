/* Convolutions, transposed convolutions and pools as layers.
 *
 * A transposed convolution adds input(p) * weight(r) to output(stride * p + dilation * r). Outputs
 * whose position has the same remainder modulo the stride meet the same taps: the operation is
 * `stride` interleaved convolutions of stride 1, each with the taps r for which dilation * r has
 * its remainder. With g = gcd(stride, dilation) there are s = stride / g such phases that have
 * taps; the first k mod s of them have ceil(k / s) taps, the others floor(k / s), dilated by
 * dilation / g. Phases with equally many taps are one layer with that many times the output
 * channels. So every input position meets every tap exactly once: the MACs are exact, and so are
 * the numbers of weights and, where the output is stride times the input, of outputs. */
#include "input/onnx_rules.h"

/* Spatial axes beyond two fit where windows along them do not overlap in the loop nest: along a
 * depth of kernel 1, positions are independent (batch); with one position, taps are channels. */
static bool squash_depth(const tw_onnx_window *window, const tw_onnx_shape *out, uint64_t *batch,
                         uint64_t *taps) {
    *batch = *taps = 1;
    for (int i = 0; i < window->rank - 2; i++) {
        if (window->kernel[i] == 1)
            *batch *= (uint64_t)out->dims[i + 2];
        else if (out->dims[i + 2] == 1)
            *taps *= (uint64_t)window->kernel[i];
        else
            return false;
    }
    return true;
}

/* P, Q, R, S, stride and dilation from the last two spatial axes; one axis is rows. */
static void set_window(const tw_onnx_window *window, const tw_onnx_shape *out,
                       tw_onnx_layer *layer) {
    static const tw_dim outputs[2] = {TW_DIM_P, TW_DIM_Q}, taps[2] = {TW_DIM_R, TW_DIM_S};
    const int first = window->rank >= 2 ? window->rank - 2 : 0;
    for (int i = first; i < window->rank; i++) {
        const int k = i - first;
        layer->extent[outputs[k]] = (uint64_t)out->dims[i + 2];
        layer->extent[taps[k]] = (uint64_t)window->kernel[i];
        layer->stride[k] = out->dims[i + 2] > 1 ? (uint64_t)window->stride[i] : 1;
        layer->dilation[k] = window->kernel[i] > 1 ? (uint64_t)window->dilation[i] : 1;
    }
}

static tw_status emit_alone(tw_onnx_node *node, const tw_onnx_layer *layer) {
    tw_source index = 0;
    TW_TRY(tw_onnx_emit(node, layer, &index));
    return tw_onnx_produced_by(node, node->import->rehearsal ? 0 : 1, &index);
}

tw_status tw_onnx_lower_conv(tw_onnx_node *node) {
    unsigned data_index = 0, weight_index = 1;
    bool go = false;
    tw_onnx_window window;
    uint64_t batch = 1, taps = 1;
    tw_onnx_conv_inputs(node, &data_index, &weight_index);
    TW_TRY(tw_onnx_sizes_known(node, weight_index + 1, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape in = tw_onnx_input_shape(node, data_index),
                        weight = tw_onnx_input_shape(node, weight_index),
                        out = tw_onnx_shape_of(&node->outputs[0]);
    TW_TRY(tw_onnx_window_read(node, in.rank - 2, &weight, &window));
    if (!squash_depth(&window, &out, &batch, &taps))
        return tw_onnx_skip(node, "its windows slide along three axes, layers have two");
    const uint64_t groups = (uint64_t)tw_onnx_attribute_int(node, "group", 1);
    tw_onnx_layer layer = tw_onnx_layer_init("conv");
    set_window(&window, &out, &layer);
    layer.extent[TW_DIM_G] = groups;
    layer.extent[TW_DIM_B] = (uint64_t)out.dims[0] * batch;
    layer.extent[TW_DIM_K] = (uint64_t)out.dims[1] / groups;
    layer.extent[TW_DIM_C] = (uint64_t)weight.dims[1] * taps;
    layer.inputs[layer.input_count++] = node->inputs[data_index];
    layer.inputs[layer.input_count++] = node->inputs[weight_index];
    return emit_alone(node, &layer);
}

/* ---- Transposed convolution ----------------------------------------------------------------- */

typedef struct {
    uint64_t phases, taps; /* phases with this many taps each */
} phase_class;

static uint64_t greatest_divisor(uint64_t a, uint64_t b) {
    while (b) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The one or two classes of phases along an axis; *dilation is that between their taps. */
static unsigned classes_of(uint64_t kernel, uint64_t stride, uint64_t *dilation,
                           phase_class out[2]) {
    const uint64_t divisor = greatest_divisor(stride, *dilation), phases = stride / divisor;
    unsigned count = 0;
    *dilation /= divisor;
    if (kernel % phases)
        out[count++] = (phase_class){kernel % phases, kernel / phases + 1};
    if (kernel / phases)
        out[count++] = (phase_class){phases - kernel % phases, kernel / phases};
    return count;
}

/* A layer for each pair of classes of rows and columns. */
static tw_status emit_phases(tw_onnx_node *node, const tw_onnx_layer *base,
                             const phase_class classes[2][2], const unsigned counts[2]) {
    static const char *const parts[4] = {"phase1", "phase2", "phase3", "phase4"};
    tw_source made[4];
    unsigned count = 0;
    const bool alone = counts[0] * counts[1] == 1;
    for (unsigned r = 0; r < counts[0]; r++)
        for (unsigned c = 0; c < counts[1]; c++) {
            const phase_class rows = classes[0][r], columns = classes[1][c];
            tw_onnx_layer layer = *base;
            layer.part = alone ? NULL : parts[count];
            layer.extent[TW_DIM_K] *= rows.phases * columns.phases;
            layer.extent[TW_DIM_R] = rows.taps;
            layer.extent[TW_DIM_S] = columns.taps;
            TW_TRY(tw_onnx_emit(node, &layer, &made[count++]));
        }
    return tw_onnx_produced_by(node, node->import->rehearsal ? 0 : count, made);
}

tw_status tw_onnx_lower_conv_transpose(tw_onnx_node *node) {
    static const tw_dim outputs[2] = {TW_DIM_P, TW_DIM_Q};
    bool go = false;
    tw_onnx_window window;
    TW_TRY(tw_onnx_sizes_known(node, 2, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0), weight = tw_onnx_input_shape(node, 1);
    TW_TRY(tw_onnx_window_read(node, in.rank - 2, &weight, &window));
    if (window.rank > 2)
        return tw_onnx_skip(node, "its windows slide along three axes, layers have two");
    const uint64_t groups = (uint64_t)tw_onnx_attribute_int(node, "group", 1);
    tw_onnx_layer layer = tw_onnx_layer_init("conv");
    phase_class classes[2][2] = {{{1, 1}}, {{1, 1}}};
    unsigned counts[2] = {1, 1};
    layer.extent[TW_DIM_G] = groups;
    layer.extent[TW_DIM_B] = (uint64_t)in.dims[0];
    layer.extent[TW_DIM_K] = (uint64_t)weight.dims[1];
    layer.extent[TW_DIM_C] = (uint64_t)in.dims[1] / groups;
    for (int i = 0; i < window.rank; i++) {
        layer.extent[outputs[i]] = (uint64_t)in.dims[i + 2];
        layer.dilation[i] = (uint64_t)window.dilation[i];
        counts[i] = classes_of((uint64_t)window.kernel[i], (uint64_t)window.stride[i],
                               &layer.dilation[i], classes[i]);
    }
    layer.inputs[layer.input_count++] = node->inputs[0];
    layer.inputs[layer.input_count++] = node->inputs[1];
    return emit_phases(node, &layer, (const phase_class(*)[2])classes, counts);
}

/* ---- Pools ------------------------------------------------------------------------------------
 */

tw_status tw_onnx_lower_pool(tw_onnx_node *node) {
    bool go = false;
    tw_onnx_window window;
    uint64_t batch = 1, taps = 1;
    TW_TRY(tw_onnx_sizes_known(node, 1, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0),
                        out = tw_onnx_shape_of(&node->outputs[0]);
    TW_TRY(tw_onnx_window_read(node, in.rank - 2, NULL, &window));
    if (!squash_depth(&window, &out, &batch, &taps) || taps > 1)
        return tw_onnx_skip(node, "its windows slide along three axes, layers have two");
    tw_onnx_layer layer = tw_onnx_layer_init("pool");
    set_window(&window, &out, &layer);
    layer.extent[TW_DIM_B] = (uint64_t)out.dims[0] * batch;
    layer.extent[TW_DIM_K] = (uint64_t)out.dims[1];
    layer.inputs[layer.input_count++] = node->inputs[0];
    return emit_alone(node, &layer);
}

tw_status tw_onnx_lower_global_pool(tw_onnx_node *node) {
    bool go = false;
    TW_TRY(tw_onnx_sizes_known(node, 1, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0);
    tw_onnx_layer layer = tw_onnx_layer_init("pool");
    layer.extent[TW_DIM_B] = (uint64_t)in.dims[0];
    layer.extent[TW_DIM_K] = (uint64_t)in.dims[1];
    layer.extent[TW_DIM_R] = (uint64_t)in.dims[2];
    layer.extent[TW_DIM_S] = (uint64_t)tw_onnx_shape_product(&in, 3, in.rank);
    layer.inputs[layer.input_count++] = node->inputs[0];
    return emit_alone(node, &layer);
}

/* A reduction is a pool with one window over all that is reduced. */
tw_status tw_onnx_lower_reduce(tw_onnx_node *node) {
    bool go = false;
    TW_TRY(tw_onnx_sizes_known(node, 1, &go));
    if (!go)
        return TW_OK;
    const tw_onnx_shape in = tw_onnx_input_shape(node, 0),
                        out = tw_onnx_shape_of(&node->outputs[0]);
    const uint64_t kept = (uint64_t)tw_onnx_shape_count(&out);
    tw_onnx_layer layer = tw_onnx_layer_init("pool");
    layer.extent[TW_DIM_K] = kept;
    layer.extent[TW_DIM_R] = (uint64_t)tw_onnx_shape_count(&in) / kept;
    layer.inputs[layer.input_count++] = node->inputs[0];
    return emit_alone(node, &layer);
}
