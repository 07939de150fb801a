#include "tiled/v15.h"

#include <string.h>

static tw_status copy_layers(tw_ctx *ctx, const tw_tiled_dag *dag, tw_v15_network *out) {
    out->layer_count = dag->layer_count;
    out->layers = tw_arena_array(&out->arena, dag->layer_count, sizeof *out->layers);
    if (!out->layers)
        return tw_out_of_memory(out->arena.ctx);
    for (unsigned i = 0; i < dag->layer_count; i++) {
        const tw_tiled_node *node = &dag->layers[i];
        if (node->layer.channel_stride != 1)
            return tw_fail(ctx, TW_INVALID, NULL,
                           "layer %s is element-wise, which nn_dataflow 1.5 does not have",
                           node->name);
        int *prevs = tw_arena_array(&out->arena, node->prev_count, sizeof *prevs);
        const char *name = tw_arena_strdup(&out->arena, node->name);
        if (!prevs || !name)
            return tw_out_of_memory(out->arena.ctx);
        memcpy(prevs, node->prevs, node->prev_count * sizeof *prevs);
        out->layers[i] = (tw_v15_layer){name, node->layer, node->prev_count, prevs, false};
    }
    return TW_OK;
}

/* Builds a network by appending layers; out of memory shows at the end. */
typedef struct {
    tw_v15_network *network;
    bool failed;
} builder;

/* `prevs` has two entries when the layer reads their sum, else the first counts. */
static int append(builder *b, const char *name, tw_tiled_layer layer, int prev, int summed) {
    tw_v15_network *n = b->network;
    int *prevs = tw_arena_array(&n->arena, 2, sizeof *prevs);
    if (!prevs || !name) {
        b->failed = true;
        return 0;
    }
    prevs[0] = prev;
    prevs[1] = summed;
    n->layers[n->layer_count] = (tw_v15_layer){name, layer, summed < 0 ? 1 : 2, prevs, summed >= 0};
    return (int)n->layer_count++;
}

static tw_tiled_layer square_conv(int in, int out, int size, int window, int stride) {
    return tw_tiled_conv(in, out, (tw_dim2){size, size}, (tw_dim2){window, window},
                         (tw_dim2){stride, stride});
}

/* ResNet-152 (He et al., CVPR 2016) as 1.5 has it: from the third block of a module on, and into
 * the next module, a block reads the sum of the two before it; nothing follows the last block. */
static tw_status build_resnet152(tw_v15_network *out) {
    static const int BLOCKS[4] = {3, 8, 36, 3};
    enum { LAYERS = 2 + 3 * 50 };
    builder b = {.network = out};
    out->layers = tw_arena_array(&out->arena, LAYERS, sizeof *out->layers);
    if (!out->layers)
        return tw_out_of_memory(out->arena.ctx);
    int last = append(&b, "conv1", square_conv(3, 64, 112, 7, 2), -1, -1);
    const tw_dim2 two = {2, 2}, size = {56, 56};
    last = append(&b, "pool1", tw_tiled_local_region(64, size, 1, two, 1, two), last, -1);
    int before = -1, channels = 64; /* the block output before the last one, if it is added */
    for (int m = 0; m < 4; m++) {
        const int narrow = 64 << m, wide = 256 << m, side = 56 >> m;
        for (int i = 1; i <= BLOCKS[m]; i++) {
            const char *names[3];
            for (int c = 0; c < 3; c++)
                names[c] = tw_arena_printf(&out->arena, "conv%d_%d_%c", m + 2, i, 'a' + c);
            const int stride = i == 1 && m > 0 ? 2 : 1;
            const int block = last;
            last =
                append(&b, names[0], square_conv(channels, narrow, side, 1, stride), last, before);
            last = append(&b, names[1], square_conv(narrow, narrow, side, 3, 1), last, -1);
            last = append(&b, names[2], square_conv(narrow, wide, side, 1, 1), last, -1);
            before = i == 1 ? -1 : block;
            channels = wide;
        }
    }
    return b.failed ? tw_out_of_memory(out->arena.ctx) : TW_OK;
}

static tw_status fill(tw_ctx *ctx, const tw_tiled_dag *dag, tw_v15_network *out) {
    if (dag->external_count != 1)
        return tw_fail(ctx, TW_INVALID, NULL,
                       "network %s has initial states, which nn_dataflow 1.5 does not have",
                       dag->name);
    out->input = dag->externals[0];
    out->name = tw_arena_strdup(&out->arena, dag->name);
    if (!out->name)
        return tw_out_of_memory(out->arena.ctx);
    return strcmp(dag->name, "resnet152") == 0 ? build_resnet152(out) : copy_layers(ctx, dag, out);
}

tw_status tw_v15_network_make(tw_ctx *ctx, const tw_tiled_dag *dag, tw_v15_network **out) {
    *out = NULL;
    tw_v15_network *network = tw_alloc(ctx, sizeof *network);
    if (!network)
        return tw_out_of_memory(ctx);
    tw_arena_init(&network->arena, ctx);
    const tw_status status = fill(ctx, dag, network);
    if (status == TW_OK)
        *out = network;
    else
        tw_v15_network_free(network);
    return status;
}

void tw_v15_network_free(tw_v15_network *network) {
    if (!network)
        return;
    tw_ctx *ctx = network->arena.ctx;
    tw_arena_free(&network->arena);
    tw_free(ctx, network);
}
