#include "tiled/dag.h"

#include <string.h>

int tw_tiled_dag_find(const tw_tiled_dag *dag, const char *name) {
    for (unsigned i = 0; i < dag->layer_count; i++)
        if (strcmp(dag->layers[i].name, name) == 0)
            return (int)i;
    return -1;
}

void tw_tiled_dag_free(tw_tiled_dag *dag) {
    if (!dag)
        return;
    tw_ctx *ctx = dag->arena.ctx;
    tw_arena_free(&dag->arena);
    tw_free(ctx, dag);
}

static bool has(const int *list, unsigned count, int value) {
    for (unsigned i = 0; i < count; i++)
        if (list[i] == value)
            return true;
    return false;
}

static tw_status check_links(tw_ctx *ctx, const tw_tiled_dag *dag, const tw_tiled_node *node,
                             int index) {
    int64_t channels = 0;
    if (node->prev_count == 0)
        return tw_fail(ctx, TW_INVALID, NULL, "layer %s reads nothing, expected at least one input",
                       node->name);
    for (unsigned p = 0; p < node->prev_count; p++) {
        const int source = node->prevs[p];
        if (source >= index)
            return tw_fail(ctx, TW_INVALID, NULL, "layer %s reads a layer that stands after it",
                           node->name);
        tw_dim2 size;
        const char *name;
        if (source >= 0) {
            const tw_tiled_node *from = &dag->layers[source];
            size = (tw_dim2){from->layer.rows_out, from->layer.columns_out};
            channels += from->layer.channels_out;
            name = from->name;
        } else {
            const tw_tiled_external *from = &dag->externals[-1 - source];
            size = (tw_dim2){from->rows, from->columns};
            channels += from->channels;
            name = from->name;
        }
        if (!tw_tiled_accepts_input(&node->layer, size))
            return tw_fail(
                ctx, TW_INVALID, NULL,
                "layer %s reads %s of %d x %d, expected between %d x %d (output times stride) and "
                "%d x %d (what its windows touch)",
                node->name, name, size.h, size.w, node->layer.rows_out * node->layer.stride_rows,
                node->layer.columns_out * node->layer.stride_columns, node->layer.rows_in,
                node->layer.columns_in);
    }
    if (channels != node->layer.channels_in)
        return tw_fail(ctx, TW_INVALID, NULL,
                       "layer %s expects %d input channels, its inputs have %lld", node->name,
                       node->layer.channels_in, (long long)channels);
    return TW_OK;
}

static tw_status fill_nexts(tw_ctx *ctx, tw_tiled_dag *dag) {
    for (unsigned i = 0; i < dag->layer_count; i++)
        for (unsigned p = 0; p < dag->layers[i].prev_count; p++)
            if (dag->layers[i].prevs[p] >= 0)
                dag->layers[dag->layers[i].prevs[p]].next_count++;
    for (unsigned i = 0; i < dag->layer_count; i++) {
        tw_tiled_node *node = &dag->layers[i];
        node->nexts = tw_arena_array(&dag->arena, node->next_count + 1, sizeof(int));
        if (!node->nexts)
            return tw_out_of_memory(ctx);
        node->next_count = 0;
    }
    for (unsigned i = 0; i < dag->layer_count; i++)
        for (unsigned p = 0; p < dag->layers[i].prev_count; p++) {
            if (dag->layers[i].prevs[p] < 0)
                continue;
            tw_tiled_node *from = &dag->layers[dag->layers[i].prevs[p]];
            if (!has(from->nexts, from->next_count, (int)i))
                from->nexts[from->next_count++] = (int)i;
        }
    return TW_OK;
}

/* The vertex that a layer without filters joins: the last whose tail it reads, as the tail's only
 * consumer, without reading any other layer of it. -1: none. */
static int find_home(const tw_tiled_dag *dag, const tw_tiled_vertex *vertices, unsigned count,
                     const tw_tiled_node *node) {
    for (unsigned v = count; v-- > 0;) {
        const tw_tiled_vertex *vertex = &vertices[v];
        const int tail = vertex->layers[vertex->layer_count - 1];
        if (!has(node->prevs, node->prev_count, tail) || dag->layers[tail].next_count > 1)
            continue;
        bool inner = false;
        for (unsigned i = 0; i + 1 < vertex->layer_count; i++)
            inner |= has(node->prevs, node->prev_count, vertex->layers[i]);
        if (!inner)
            return (int)v;
    }
    return -1;
}

/* Depth first, in the original's order of visits; post-order gives the reversed schedule. */
typedef struct {
    const tw_tiled_dag *dag;
    const tw_tiled_vertex *vertices;
    unsigned count, done;
    const int *home; /* vertex of each layer */
    bool *seen;
    int *post_order; /* vertices */
    int *successors; /* scratch, a stack: each frame has a slice */
} walk;

typedef struct {
    int vertex;
    unsigned begin, end, at; /* its successors in the scratch */
} frame;

/* The unseen vertices after `vertex`: consumers in order without repeats, reversed. */
static unsigned list_successors(const walk *w, int vertex, int *out) {
    const tw_tiled_vertex *v = &w->vertices[vertex];
    unsigned count = 0;
    for (unsigned i = v->layer_count; i-- > 0;) {
        const tw_tiled_node *node = &w->dag->layers[v->layers[i]];
        for (unsigned n = node->next_count; n-- > 0;) {
            const int next = node->nexts[n];
            bool repeated = w->home[next] == vertex;
            for (unsigned j = 0; j <= i && !repeated; j++) {
                const tw_tiled_node *earlier = &w->dag->layers[v->layers[j]];
                repeated = has(earlier->nexts, j == i ? n : earlier->next_count, next);
            }
            if (!repeated && !w->seen[w->home[next]])
                out[count++] = w->home[next];
        }
    }
    return count;
}

static void visit(walk *w, int start, frame *frames) {
    unsigned depth = 0, used = 0;
    w->seen[start] = true;
    frames[depth++] = (frame){start, 0, 0, 0};
    used = frames[0].end = list_successors(w, start, w->successors);
    while (depth) {
        frame *top = &frames[depth - 1];
        if (top->at == top->end) {
            w->post_order[w->done++] = top->vertex;
            used = top->begin;
            depth--;
            continue;
        }
        const int next = w->successors[top->at++];
        if (w->seen[next])
            continue;
        w->seen[next] = true;
        const unsigned n = list_successors(w, next, w->successors + used);
        frames[depth++] = (frame){next, used, used + n, used};
        used += n;
    }
}

static bool reads_only_externals(const tw_tiled_node *node) {
    for (unsigned p = 0; p < node->prev_count; p++)
        if (node->prevs[p] >= 0)
            return false;
    return true;
}

static void add_sorted(int *list, unsigned *count, int value) {
    unsigned at = 0;
    while (at < *count && list[at] < value)
        at++;
    if (at < *count && list[at] == value)
        return;
    memmove(list + at + 1, list + at, (*count - at) * sizeof *list);
    list[at] = value;
    (*count)++;
}

static tw_status link_vertices(tw_ctx *ctx, tw_tiled_dag *dag, int *home) {
    for (unsigned v = 0; v < dag->vertex_count; v++)
        for (unsigned i = 0; i < dag->vertices[v].layer_count; i++)
            home[dag->vertices[v].layers[i]] = (int)v;
    for (unsigned v = 0; v < dag->vertex_count; v++) {
        tw_tiled_vertex *vertex = &dag->vertices[v];
        unsigned prevs = 1, nexts = 1;
        for (unsigned i = 0; i < vertex->layer_count; i++) {
            prevs += dag->layers[vertex->layers[i]].prev_count;
            nexts += dag->layers[vertex->layers[i]].next_count;
        }
        vertex->prevs = tw_arena_array(&dag->arena, prevs, sizeof(int));
        vertex->nexts = tw_arena_array(&dag->arena, nexts, sizeof(int));
        if (!vertex->prevs || !vertex->nexts)
            return tw_out_of_memory(ctx);
        for (unsigned i = 0; i < vertex->layer_count; i++) {
            const tw_tiled_node *node = &dag->layers[vertex->layers[i]];
            for (unsigned p = 0; p < node->prev_count; p++) {
                const int from = node->prevs[p] < 0 ? -1 : home[node->prevs[p]];
                if (from != (int)v)
                    add_sorted(vertex->prevs, &vertex->prev_count, from);
            }
            for (unsigned n = 0; n < node->next_count; n++)
                if (home[node->nexts[n]] != (int)v)
                    add_sorted(vertex->nexts, &vertex->next_count, home[node->nexts[n]]);
        }
    }
    return TW_OK;
}

/* Vertices in network order, before the topological sort. Each has room for all layers' worth of
 * members only together: members are found by `home`. */
static tw_status make_vertices(tw_ctx *ctx, tw_tiled_dag *dag, tw_tiled_vertex *vertices,
                               unsigned *count, int *home) {
    for (unsigned i = 0; i < dag->layer_count; i++) {
        const tw_tiled_node *node = &dag->layers[i];
        int v = tw_tiled_has_filters(&node->layer) ? -1 : find_home(dag, vertices, *count, node);
        if (v < 0)
            v = (int)(*count)++;
        tw_tiled_vertex *vertex = &vertices[v];
        int *longer = tw_arena_array(&dag->arena, vertex->layer_count + 1, sizeof(int));
        if (!longer)
            return tw_out_of_memory(ctx);
        if (vertex->layer_count)
            memcpy(longer, vertex->layers, vertex->layer_count * sizeof(int));
        longer[vertex->layer_count++] = (int)i;
        vertex->layers = longer;
        home[i] = v;
    }
    return TW_OK;
}

static tw_status order_vertices(tw_ctx *ctx, tw_tiled_dag *dag, const tw_tiled_vertex *vertices,
                                int *home) {
    const unsigned layers = dag->layer_count, count = dag->vertex_count;
    size_t links = 1;
    for (unsigned i = 0; i < layers; i++)
        links += dag->layers[i].next_count;
    walk w = {dag, vertices, count, 0, home, NULL, NULL, NULL};
    w.seen = tw_arena_array(&dag->arena, count, sizeof(bool));
    w.post_order = tw_arena_array(&dag->arena, count, sizeof(int));
    w.successors = tw_arena_array(&dag->arena, links, sizeof(int));
    frame *frames = tw_arena_array(&dag->arena, count, sizeof(frame));
    if (!w.seen || !w.post_order || !w.successors || !frames)
        return tw_out_of_memory(ctx);
    for (unsigned i = layers; i-- > 0;)
        if (reads_only_externals(&dag->layers[i]) && !w.seen[home[i]])
            visit(&w, home[i], frames);
    unsigned position = 0;
    for (unsigned v = 0; v < count; v++) {
        dag->vertices[v] = vertices[w.post_order[count - 1 - v]];
        for (unsigned i = 0; i < dag->vertices[v].layer_count; i++) {
            dag->position[dag->vertices[v].layers[i]] = (int)position;
            dag->order[position++] = dag->vertices[v].layers[i];
        }
    }
    return link_vertices(ctx, dag, home);
}

tw_status tw_tiled_dag_finish(tw_ctx *ctx, tw_tiled_dag *dag) {
    if (dag->layer_count == 0 || dag->external_count == 0)
        return tw_fail(ctx, TW_INVALID, NULL, "network %s has no layers or no input", dag->name);
    for (unsigned i = 0; i < dag->layer_count; i++)
        TW_TRY(check_links(ctx, dag, &dag->layers[i], (int)i));
    TW_TRY(fill_nexts(ctx, dag));
    TW_TRY(tw_tiled_dag_check_batch(ctx, dag, 1));
    tw_tiled_vertex *vertices =
        tw_arena_array(&dag->arena, dag->layer_count, sizeof(tw_tiled_vertex));
    int *home = tw_arena_array(&dag->arena, dag->layer_count, sizeof(int));
    dag->vertices = tw_arena_array(&dag->arena, dag->layer_count, sizeof(tw_tiled_vertex));
    dag->order = tw_arena_array(&dag->arena, dag->layer_count, sizeof(int));
    dag->position = tw_arena_array(&dag->arena, dag->layer_count, sizeof(int));
    if (!vertices || !home || !dag->vertices || !dag->order || !dag->position)
        return tw_out_of_memory(ctx);
    TW_TRY(make_vertices(ctx, dag, vertices, &dag->vertex_count, home));
    return order_vertices(ctx, dag, vertices, home);
}

tw_status tw_tiled_dag_check_batch(tw_ctx *ctx, const tw_tiled_dag *dag, int64_t batch) {
    if (batch < 1 || batch > 1 << 20)
        return tw_fail(ctx, TW_USAGE, NULL, "batch %lld, expected 1 to 2^20", (long long)batch);
    const double limit = 4503599627370496.; /* 2^52: all counts stay exact */
    for (unsigned i = 0; i < dag->layer_count; i++) {
        const tw_tiled_layer *l = &dag->layers[i].layer;
        const double window =
            (double)l->window_rows * l->window_columns * l->channels_in * l->region_channels;
        const double out = (double)l->rows_out * l->columns_out * l->channels_out * (double)batch;
        const double in = (double)l->rows_in * l->columns_in * l->channels_in * (double)batch;
        if (window * out > limit || in > limit)
            return tw_fail(ctx, TW_INVALID, NULL,
                           "layer %s is too large: more than 2^52 operations", dag->layers[i].name);
    }
    return TW_OK;
}
