#include "tiled/segment.h"

#include <math.h>

/* The share of the nodes that may idle in a balanced segment. */
static const double MAX_IDLE = 0.05;

typedef struct {
    const tw_segment_context *context;
    tw_segment *segment;
    int *number; /* of each layer of the network: its number in the segment, or -1 */
} builder;

/* Inputs or outputs of a layer by where the other end is. */
typedef struct {
    unsigned memory, same_share, other_share;
    int same, other; /* number of the last such layer */
} links;

static links sort_links(const builder *b, const tw_segment_layer *layer, const int *ends,
                        unsigned count) {
    links found = {.same = -1, .other = -1};
    for (unsigned i = 0; i < count; i++) {
        const int number = ends[i] < 0 ? -1 : b->number[ends[i]];
        if (number < 0) {
            found.memory++;
        } else if (b->segment->layers[number].spatial == layer->spatial) {
            found.same_share++;
            found.same = number;
        } else {
            found.other_share++;
            found.other = number;
        }
    }
    return found;
}

static bool same_prevs(const tw_tiled_node *a, const tw_tiled_node *b) {
    if (a->prev_count != b->prev_count)
        return false;
    for (unsigned i = 0; i < a->prev_count; i++)
        if (a->prevs[i] != b->prevs[i])
            return false;
    return true;
}

/* Layers that fetch the same data from memory share the fetch: the first hands it on. */
static void follow(builder *b, unsigned k) {
    const tw_tiled_node *nodes = b->context->dag->layers;
    tw_segment_layer *layers = b->segment->layers;
    for (unsigned i = 0; i < k; i++) {
        const bool fetches = layers[i].reads_memory && layers[i].temporal == 0;
        if (fetches && same_prevs(&nodes[layers[i].layer], &nodes[layers[k].layer])) {
            layers[i].leader = (int)i;
            layers[k].leader = (int)i;
            layers[k].holders = layers[i].spatial;
            return;
        }
    }
}

static bool link_inputs(builder *b, unsigned k, links *in) {
    tw_segment_layer *layer = &b->segment->layers[k];
    const tw_tiled_node *node = &b->context->dag->layers[layer->layer];
    *in = sort_links(b, layer, node->prevs, node->prev_count);
    if ((in->memory && in->other_share) || in->other_share > 1)
        return false;
    layer->reads_memory = in->memory > 0;
    if (in->other_share) {
        for (unsigned i = b->segment->share_begin[layer->spatial]; i < k; i++)
            if (b->segment->layers[i].source >= 0)
                return false;
        layer->source = in->other;
    }
    if (in->memory && !in->same_share)
        follow(b, k);
    return true;
}

/* What goes both to memory and to a reader inside is handed on by the nodes that made it. */
static void hold(builder *b, unsigned k, const tw_tiled_node *node, bool same_share) {
    const int share = b->segment->layers[k].spatial;
    for (unsigned i = 0; i < node->next_count; i++) {
        const int number = b->number[node->nexts[i]];
        if (number >= 0 && (b->segment->layers[number].spatial == share) == same_share)
            b->segment->layers[number].holders = share;
    }
}

static bool link_outputs(builder *b, unsigned k, links *out) {
    tw_segment_layer *layer = &b->segment->layers[k];
    const tw_tiled_node *node = &b->context->dag->layers[layer->layer];
    *out = sort_links(b, layer, node->nexts, node->next_count);
    if (out->same_share == 0 ? !tw_segment_is_last_turn(b->segment, k)
                             : out->same_share > 1 || out->same != (int)k + 1)
        return false;
    layer->writes_memory = node->next_count == 0 || out->memory > 0;
    layer->feeds_share = out->other_share > 0;
    if (layer->writes_memory && (out->same_share || out->other_share))
        hold(b, k, node, out->same_share > 0);
    return true;
}

static bool link_layers(builder *b) {
    for (unsigned k = 0; k < b->segment->layer_count; k++) {
        links in, out;
        if (!link_inputs(b, k, &in) || !link_outputs(b, k, &out))
            return false;
        const unsigned sources = in.same_share + in.other_share;
        const unsigned readers = out.same_share + out.other_share;
        if (!b->context->options->pipeline_opt &&
            (sources > 1 || readers > 1 || (k > 0 && sources == 0)))
            return false;
    }
    return true;
}

/* Moves single units between shares until all nodes are given away: from the share that is most
 * above its due, or to the one that is most below. */
static void settle(int total, int unit, const double *due, int *nodes, unsigned count) {
    int sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += nodes[i];
    while (sum != total) {
        const double sign = sum > total ? 1 : -1;
        unsigned worst = 0;
        for (unsigned i = 1; i < count; i++)
            if (sign * (nodes[i] - due[i]) > sign * (nodes[worst] - due[worst]))
                worst = i;
        nodes[worst] -= (int)sign * unit;
        sum -= (int)sign * unit;
    }
}

static bool is_balanced(const double *ops, double ops_sum, const int *nodes, unsigned count) {
    double time = 0;
    int sum = 0;
    for (unsigned i = 0; i < count; i++) {
        if (nodes[i] == 0)
            return false;
        time = fmax(time, ops[i] / nodes[i]);
        sum += nodes[i];
    }
    return ops_sum / time / sum >= 1 - MAX_IDLE;
}

/* Nodes for each share in proportion to its operations, in whole multiples of a divisor of the
 * mesh's height: large multiples first, because they make simple regions. */
static bool share_nodes(const tw_region *mesh, const double *ops, double *due, int *nodes,
                        unsigned count) {
    const int total = tw_dim2_size(mesh->dim);
    double ops_sum = 0;
    for (unsigned i = 0; i < count; i++)
        ops_sum += ops[i];
    for (unsigned i = 0; i < count; i++)
        due[i] = ops[i] / ops_sum * total;
    for (int unit = mesh->dim.h; unit > 0; unit--) {
        if (mesh->dim.h % unit || (int64_t)count * unit > total)
            continue;
        for (unsigned i = 0; i < count; i++) {
            const int units = (int)nearbyint(due[i] / unit);
            nodes[i] = (units > 1 ? units : 1) * unit;
        }
        settle(total, unit, due, nodes, count);
        if (is_balanced(ops, ops_sum, nodes, count))
            return true;
    }
    return false;
}

static tw_status allocate(tw_arena *arena, const builder *b, bool *fits) {
    tw_segment *segment = b->segment;
    const unsigned count = segment->share_count;
    double *ops = tw_arena_array(arena, count, 2 * sizeof *ops);
    int *nodes = tw_arena_array(arena, count, sizeof *nodes);
    segment->regions = tw_arena_array(arena, count, sizeof *segment->regions);
    if (!ops || !nodes || !segment->regions)
        return tw_out_of_memory(arena->ctx);
    for (unsigned k = 0; k < segment->layer_count; k++) {
        const tw_segment_layer *layer = &segment->layers[k];
        ops[layer->spatial] +=
            (double)tw_tiled_ops(&b->context->dag->layers[layer->layer].layer, 1);
    }
    const tw_region *mesh = &b->context->resource->proc;
    *fits = share_nodes(mesh, ops, ops + count, nodes, count) &&
            tw_region_allocate(mesh, count, nodes, segment->regions);
    return TW_OK;
}

static bool never_shares_nodes(const builder *b) {
    const tw_tiled_dag *dag = b->context->dag;
    if (b->segment->layer_count != dag->layer_count)
        return false;
    for (unsigned s = 0; s < b->segment->share_count; s++) {
        unsigned with_filters = 0;
        for (unsigned k = b->segment->share_begin[s]; k < b->segment->share_begin[s + 1]; k++)
            with_filters += tw_tiled_has_filters(&dag->layers[b->segment->layers[k].layer].layer);
        if (with_filters > 1)
            return false;
    }
    return true;
}

static void number_layers(builder *b, unsigned first, unsigned last, bool temporal) {
    unsigned k = 0;
    for (unsigned v = first; v <= last; v++) {
        const tw_tiled_vertex *vertex = &b->context->dag->vertices[v];
        const unsigned share = temporal ? 0 : v - first;
        if (v == first || !temporal)
            b->segment->share_begin[share] = k;
        for (unsigned i = 0; i < vertex->layer_count; i++, k++) {
            b->number[vertex->layers[i]] = (int)k;
            b->segment->layers[k] = (tw_segment_layer){
                .layer = vertex->layers[i],
                .spatial = (int)share,
                .temporal = (int)(k - b->segment->share_begin[share]),
                .source = -1,
                .leader = -1,
                .holders = -1,
            };
        }
    }
    b->segment->share_begin[b->segment->share_count] = k;
}

static tw_status build(tw_arena *arena, builder *b, unsigned first, unsigned last, bool temporal,
                       bool *valid) {
    unsigned layer_count = 0;
    for (unsigned v = first; v <= last; v++)
        layer_count += b->context->dag->vertices[v].layer_count;
    tw_segment *segment = b->segment;
    segment->share_count = temporal ? 1 : last - first + 1;
    segment->layer_count = layer_count;
    segment->layers = tw_arena_array(arena, layer_count, sizeof *segment->layers);
    segment->share_begin =
        tw_arena_array(arena, (size_t)segment->share_count + 1, sizeof *segment->share_begin);
    if (!segment->layers || !segment->share_begin)
        return tw_out_of_memory(arena->ctx);
    number_layers(b, first, last, temporal);
    segment->no_time_mux = never_shares_nodes(b);
    *valid = link_layers(b);
    return *valid ? allocate(arena, b, valid) : TW_OK;
}

tw_status tw_segment_make(tw_arena *arena, const tw_segment_context *context, unsigned first,
                          unsigned last, bool temporal, const tw_segment **out) {
    tw_ctx *ctx = arena->ctx;
    const unsigned layer_count = context->dag->layer_count;
    *out = NULL;
    if (!temporal && last - first >= (unsigned)tw_dim2_size(context->resource->proc.dim))
        return TW_OK;
    tw_segment *segment = tw_arena_alloc(arena, sizeof *segment);
    int *number = tw_alloc_array(ctx, layer_count, sizeof *number);
    if (!segment || !number) {
        tw_free(ctx, number);
        return tw_out_of_memory(arena->ctx);
    }
    for (unsigned i = 0; i < layer_count; i++)
        number[i] = -1;
    builder b = {context, segment, number};
    bool valid = false;
    const tw_status status = build(arena, &b, first, last, temporal, &valid);
    tw_free(ctx, number);
    if (status == TW_OK && valid)
        *out = segment;
    return status;
}

tw_tiled_resource tw_segment_resource(const tw_segment *segment, unsigned k,
                                      const tw_tiled_resource *chip) {
    const tw_segment_layer *layer = &segment->layers[k];
    tw_tiled_resource own = *chip;
    own.proc = segment->regions[layer->spatial];
    own.no_time_mux = segment->no_time_mux;
    if (layer->reads_memory) {
        if (layer->leader >= 0 && layer->leader != (int)k)
            own.src = segment->regions[segment->layers[layer->leader].spatial];
    } else {
        const int share =
            layer->source >= 0 ? segment->layers[layer->source].spatial : layer->spatial;
        own.src = segment->regions[share];
    }
    if (!layer->writes_memory)
        own.dst = own.proc;
    return own;
}
