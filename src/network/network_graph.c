#include "network/network_graph.h"

#include "schedule/state_set.h"

#define NOT_PLANNED SIZE_MAX

typedef struct {
    tw_ctx *ctx;
    const tw_network *network;
    tw_result *result;
    tw_network_graph *out;
    size_t words;
    size_t *order;     /* layers of the network, each after those that it needs */
    size_t *planned;   /* per layer of the network: its place in `out`, or NOT_PLANNED */
    uint64_t *needed;  /* per layer of the network: all that must run before it, as bits */
    uint64_t *implied; /* one set: what those that a layer needs need themselves */
} maker;

static uint64_t *needed_by(const maker *m, size_t layer) {
    return &m->needed[layer * m->words];
}

/* ---- What layers need ---- */

/* All that the layer reads directly, or that may be that, has its place in the order. */
static bool is_ready(const maker *m, const uint64_t *placed, size_t index) {
    const tw_layer *layer = &m->network->layers[index];
    if (tw_bit(placed, index))
        return false;
    for (size_t i = 0; layer->source_count == 0 && i < index; i++)
        if (!tw_bit(placed, i))
            return false;
    for (unsigned s = 0; s < layer->source_count; s++)
        if (layer->sources[s] >= 0 && !tw_bit(placed, (size_t)layer->sources[s]))
            return false;
    return true;
}

static void add_needed(const maker *m, size_t layer, size_t other) {
    uint64_t *to = needed_by(m, layer);
    const uint64_t *from = needed_by(m, other);
    for (size_t w = 0; w < m->words; w++)
        to[w] |= from[w];
    tw_bit_set(to, other);
}

static void collect_needed(const maker *m, size_t index) {
    const tw_layer *layer = &m->network->layers[index];
    for (size_t i = 0; layer->source_count == 0 && i < index; i++)
        add_needed(m, index, i);
    for (unsigned s = 0; s < layer->source_count; s++)
        if (layer->sources[s] >= 0)
            add_needed(m, index, (size_t)layer->sources[s]);
}

/* The first layer that is ready goes next, so that a file in order keeps its order. */
static tw_status sort_layers(maker *m) {
    const size_t count = m->network->layer_count;
    uint64_t *placed = m->implied;
    for (size_t done = 0; done < count; done++) {
        size_t next = 0;
        while (next < count && !is_ready(m, placed, next))
            next++;
        if (next == count) {
            size_t open = 0;
            while (tw_bit(placed, open))
                open++;
            return tw_fail(m->ctx, TW_INVALID, &m->network->layers[open].at,
                           "layer %s cannot be scheduled: a layer that does not say what it reads "
                           "is taken to run after all that stand before it, and that forms a cycle",
                           m->network->layers[open].name);
        }
        tw_bit_set(placed, next);
        collect_needed(m, next);
        m->order[done] = next;
    }
    memset(m->implied, 0, m->words * sizeof *m->implied);
    return TW_OK;
}

/* ---- Planned layers ---- */

static void place_layers(maker *m, const size_t *origin) {
    tw_network_graph *out = m->out;
    for (size_t i = 0; i < m->network->layer_count; i++)
        m->planned[i] = NOT_PLANNED;
    for (size_t i = 0; i < m->result->layer_count; i++)
        if (tw_layer_is_mapped(&m->result->layers[i]))
            m->planned[origin[i]] = i; /* for now the place in the result */
    for (size_t i = 0; i < m->network->layer_count; i++) {
        const size_t at = m->order[i];
        if (m->planned[at] == NOT_PLANNED)
            continue;
        out->result_layer[out->count] = m->planned[at];
        m->planned[at] = out->count++;
    }
}

/* The planned layers that it needs and no other of these needs. */
static tw_status list_before(maker *m, size_t index, tw_planned_layer *out) {
    const uint64_t *needs = needed_by(m, index);
    const size_t count = m->network->layer_count;
    memset(m->implied, 0, m->words * sizeof *m->implied);
    for (size_t i = 0; i < count; i++)
        if (tw_bit(needs, i) && m->planned[i] != NOT_PLANNED)
            for (size_t w = 0; w < m->words; w++)
                m->implied[w] |= needed_by(m, i)[w];
    for (int pass = 0; pass < 2; pass++) {
        uint32_t *list = NULL;
        if (pass == 1 &&
            !(list = tw_arena_array(&m->result->arena, out->before_count + 1, sizeof *list)))
            return tw_out_of_memory(m->ctx);
        out->before_count = 0;
        for (size_t i = 0; i < count; i++)
            if (tw_bit(needs, i) && m->planned[i] != NOT_PLANNED && !tw_bit(m->implied, i)) {
                if (list)
                    list[out->before_count] = (uint32_t)m->planned[i];
                out->before_count++;
            }
        out->before = list;
    }
    return TW_OK;
}

/* The layer that it reads as its only input, or is taken to read. */
static int only_source(const maker *m, size_t index) {
    const tw_layer *layer = &m->network->layers[index];
    if (layer->source_count == 0)
        return (int)index - 1;
    return layer->source_count == 1 ? layer->sources[0] : TW_NO_PRODUCER;
}

static size_t count_readers(const maker *m, int layer) {
    size_t readers = 0;
    for (size_t i = 0; i < m->network->layer_count; i++) {
        const tw_layer *reader = &m->network->layers[i];
        readers += reader->source_count == 0 && (int)i == layer + 1;
        for (unsigned s = 0; s < reader->source_count; s++)
            readers += reader->sources[s] == layer;
    }
    return readers;
}

static void find_producer(const maker *m, size_t index, tw_planned_layer *out) {
    const int source = only_source(m, index);
    out->producer = TW_NO_PRODUCER;
    if (source < 0 || m->planned[source] == NOT_PLANNED)
        return;
    out->producer = (int)m->planned[source];
    out->sole_reader = count_readers(m, source) == 1;
}

static void find_partners(maker *m) {
    const size_t count = m->network->layer_count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            if (m->planned[i] == NOT_PLANNED || m->planned[j] == NOT_PLANNED ||
                tw_bit(needed_by(m, i), j) || tw_bit(needed_by(m, j), i))
                continue;
            m->out->has_partner[m->planned[i]] = m->out->has_partner[m->planned[j]] = true;
        }
}

static tw_status make(maker *m, const size_t *origin) {
    TW_TRY(sort_layers(m));
    place_layers(m, origin);
    for (size_t i = 0; i < m->network->layer_count; i++) {
        if (m->planned[i] == NOT_PLANNED)
            continue;
        tw_planned_layer *layer = &m->out->layers[m->planned[i]];
        layer->repeat = m->network->layers[i].repeat;
        TW_TRY(list_before(m, i, layer));
        find_producer(m, i, layer);
    }
    find_partners(m);
    return TW_OK;
}

tw_status tw_network_graph_make(tw_ctx *ctx, const tw_network *network, const size_t *origin,
                                tw_result *result, tw_network_graph *out) {
    const size_t count = network->layer_count;
    maker m = {.ctx = ctx, .network = network, .result = result, .out = out};
    m.words = count / 64 + 1;
    *out = (tw_network_graph){0};
    out->layers = tw_arena_array(&result->arena, result->layer_count + 1, sizeof *out->layers);
    out->result_layer =
        tw_arena_array(&result->arena, result->layer_count + 1, sizeof *out->result_layer);
    out->has_partner =
        tw_arena_array(&result->arena, result->layer_count + 1, sizeof *out->has_partner);
    m.order = tw_alloc_array(ctx, count + 1, sizeof *m.order);
    m.planned = tw_alloc_array(ctx, count + 1, sizeof *m.planned);
    m.needed = tw_alloc_array(ctx, count * m.words + 1, sizeof *m.needed);
    m.implied = tw_alloc_array(ctx, m.words, sizeof *m.implied);
    tw_status status = TW_OK;
    if (!out->layers || !out->result_layer || !out->has_partner || !m.order || !m.planned ||
        !m.needed || !m.implied)
        status = tw_out_of_memory(ctx);
    if (status == TW_OK)
        status = make(&m, origin);
    tw_free(ctx, m.order);
    tw_free(ctx, m.planned);
    tw_free(ctx, m.needed);
    tw_free(ctx, m.implied);
    return status;
}
