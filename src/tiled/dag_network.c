/* Loaded networks as a tiled accelerator sees them. */
#include "tiled/dag.h"

typedef struct {
    tw_ctx *ctx;
    const tw_network *network;
    tw_tiled_dag *dag;
} importer;

static tw_status refuse(const importer *m, const tw_layer *layer, const char *why) {
    return tw_fail(m->ctx, TW_INVALID, &layer->at,
                   "layer %s: %s, which a tiled accelerator does not run", layer->name, why);
}

static int extent(const tw_problem *p, tw_dim dim) {
    return (int)p->extent[dim];
}

static tw_status check_sizes(const importer *m, const tw_layer *layer) {
    const tw_problem *p = &layer->problem;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (d != TW_DIM_B && p->extent[d] > 1 << 20)
            return refuse(m, layer, "a size is larger than 2^20");
    if (p->extent[TW_DIM_G] > 1)
        return refuse(m, layer, "its channels are in groups");
    if (p->dilation[0] > 1 || p->dilation[1] > 1)
        return refuse(m, layer, "its windows are dilated");
    if (layer->repeat > 1)
        return refuse(m, layer, "it repeats (list its copies one by one)");
    if (p->extent[TW_DIM_B] % m->network->batch)
        return refuse(m, layer, "its batch is not a multiple of the network's");
    return TW_OK;
}

/* Rows and columns of all inputs, when they agree; their channels. */
static bool input_shape(const importer *m, const tw_tiled_node *node, tw_dim2 *size,
                        int64_t *channels) {
    *channels = 0;
    for (unsigned p = 0; p < node->prev_count; p++) {
        const int source = node->prevs[p];
        tw_dim2 here;
        if (source >= 0) {
            const tw_tiled_layer *l = &m->dag->layers[source].layer;
            here = (tw_dim2){l->rows_out, l->columns_out};
            *channels += l->channels_out;
        } else {
            const tw_tiled_external *e = &m->dag->externals[-1 - source];
            here = (tw_dim2){e->rows, e->columns};
            *channels += e->channels;
        }
        if (p && !tw_dim2_equal(here, *size))
            return false;
        *size = here;
    }
    return node->prev_count > 0;
}

/* A matrix product reads a map whole (a window as large as the map), or position by position. */
static tw_status make_product(const importer *m, const tw_layer *layer, tw_tiled_node *node) {
    const tw_problem *p = &layer->problem;
    const uint64_t rows = p->extent[TW_DIM_B] / m->network->batch;
    const tw_dim2 one = {1, 1};
    tw_dim2 size = one;
    int64_t channels = 0;
    if (rows > 1 << 20)
        return refuse(m, layer, "it has more than 2^20 rows");
    if (rows == 1 && input_shape(m, node, &size, &channels) &&
        channels * size.h * size.w == extent(p, TW_DIM_C))
        node->layer = tw_tiled_conv((int)channels, extent(p, TW_DIM_K), one, size, one);
    else
        node->layer = tw_tiled_conv(extent(p, TW_DIM_C), extent(p, TW_DIM_K),
                                    (tw_dim2){(int)rows, 1}, one, one);
    return TW_OK;
}

static tw_status make_layer(const importer *m, const tw_layer *layer, tw_tiled_node *node) {
    const tw_problem *p = &layer->problem;
    const char *name = p->operation->name;
    const tw_dim2 out = {extent(p, TW_DIM_P), extent(p, TW_DIM_Q)}, one = {1, 1};
    const tw_dim2 window = {extent(p, TW_DIM_R), extent(p, TW_DIM_S)};
    const tw_dim2 stride = {(int)p->stride[0], (int)p->stride[1]};
    TW_TRY(check_sizes(m, layer));
    if (strcmp(name, "gemm") == 0)
        return make_product(m, layer, node);
    if (p->extent[TW_DIM_B] != m->network->batch)
        return refuse(m, layer, "its batch is not the network's");
    if (strcmp(name, "conv") == 0) {
        node->layer = tw_tiled_conv(extent(p, TW_DIM_C), extent(p, TW_DIM_K), out, window, stride);
    } else if (strcmp(name, "pool") == 0) {
        node->layer = tw_tiled_local_region(extent(p, TW_DIM_K), out, 1, window, 1, stride);
    } else if (strcmp(name, "eltwise") == 0) {
        const int operands = (int)p->tensor_count - 1;
        node->layer = tw_tiled_local_region(extent(p, TW_DIM_K), out, operands, one, operands, one);
    } else {
        return refuse(m, layer, p->operation->summary);
    }
    return TW_OK;
}

/* A layer that does not say what it reads, reads the one before it. */
static tw_status link_node(const importer *m, unsigned index, tw_tiled_node *node) {
    const tw_layer *layer = &m->network->layers[index];
    node->prev_count = layer->source_count ? layer->source_count : 1;
    node->prevs = tw_arena_array(&m->dag->arena, node->prev_count, sizeof(int));
    if (!node->prevs)
        return tw_out_of_memory(m->ctx);
    node->prevs[0] = (int)index - 1; /* -1: the network's input */
    for (unsigned p = 0; p < layer->source_count; p++) {
        node->prevs[p] = layer->sources[p];
        if (node->prevs[p] >= (int)index)
            return refuse(m, layer, "it reads a layer that stands after it");
    }
    return TW_OK;
}

/* The input of a network that declares none is what its first layer reads. */
static tw_status make_externals(const importer *m) {
    tw_tiled_dag *dag = m->dag;
    const size_t count = m->network->external_count;
    dag->external_count = count ? (unsigned)count : 1;
    dag->externals = tw_arena_array(&dag->arena, dag->external_count, sizeof *dag->externals);
    if (!dag->externals)
        return tw_out_of_memory(m->ctx);
    for (size_t e = 0; e < count; e++) {
        const tw_external *from = &m->network->externals[e];
        if (from->channels > 1 << 20 || from->rows > 1 << 20 || from->columns > 1 << 20)
            return tw_fail(m->ctx, TW_INVALID, NULL, "input %s is larger than 2^20", from->name);
        dag->externals[e] =
            (tw_tiled_external){tw_arena_strdup(&dag->arena, from->name), (int)from->channels,
                                (int)from->rows, (int)from->columns};
        if (!dag->externals[e].name)
            return tw_out_of_memory(m->ctx);
    }
    return TW_OK;
}

static void guess_input(tw_tiled_dag *dag) {
    const tw_tiled_layer *l = &dag->layers[0].layer;
    dag->externals[0] = (tw_tiled_external){"input", l->channels_in, l->rows_in, l->columns_in};
}

static tw_status import(const importer *m) {
    tw_tiled_dag *dag = m->dag;
    if (m->network->layer_count > 1 << 20)
        return tw_fail(m->ctx, TW_INVALID, NULL, "network %s has too many layers", dag->name);
    dag->layer_count = (unsigned)m->network->layer_count;
    TW_TRY(make_externals(m));
    dag->layers = tw_arena_array(&dag->arena, dag->layer_count, sizeof *dag->layers);
    if (!dag->layers)
        return tw_out_of_memory(m->ctx);
    for (unsigned i = 0; i < dag->layer_count; i++) {
        tw_tiled_node *node = &dag->layers[i];
        node->name = tw_arena_strdup(&dag->arena, m->network->layers[i].name);
        if (!node->name)
            return tw_out_of_memory(m->ctx);
        TW_TRY(link_node(m, i, node));
        TW_TRY(make_layer(m, &m->network->layers[i], node));
        if (i == 0 && m->network->external_count == 0)
            guess_input(dag);
    }
    return tw_tiled_dag_finish(m->ctx, dag);
}

tw_status tw_tiled_dag_from_network(tw_ctx *ctx, const tw_network *network, tw_tiled_dag **out) {
    *out = NULL;
    tw_tiled_dag *dag = tw_alloc(ctx, sizeof *dag);
    if (!dag)
        return tw_out_of_memory(ctx);
    tw_arena_init(&dag->arena, ctx);
    dag->name = tw_arena_strdup(&dag->arena, network->name ? network->name : "network");
    const importer m = {ctx, network, dag};
    const tw_status status = dag->name ? import(&m) : tw_out_of_memory(ctx);
    if (status != TW_OK) {
        tw_tiled_dag_free(dag);
        return status;
    }
    *out = dag;
    return TW_OK;
}
