#include "input/network_links.h"

#include <stdlib.h>
#include <string.h>

#include "input/fields.h"

typedef struct {
    const char *name;
    tw_source source;
    const tw_node *node; /* where it is declared */
} producer;

typedef struct {
    size_t count;
    producer *sorted; /* by name, then in the order of the file */
} producer_index;

/* Externals first, then layers, each in the order of the file. */
static size_t rank(tw_source source) {
    return source < 0 ? (size_t)(-1 - source) : SIZE_MAX / 2 + (size_t)source;
}

static int compare_producers(const void *a, const void *b) {
    const producer *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    if (order)
        return order;
    return rank(x->source) < rank(y->source) ? -1 : rank(x->source) > rank(y->source);
}

static int compare_name(const void *name, const void *entry) {
    return strcmp(name, ((const producer *)entry)->name);
}

static tw_status build_index(tw_document *document, const tw_node *layers, const tw_node *inputs,
                             const tw_network *network, producer_index *out) {
    out->count = network->layer_count + network->external_count;
    out->sorted = tw_arena_array(document->arena, out->count, sizeof *out->sorted);
    if (!out->sorted)
        return tw_out_of_memory(document->ctx);
    producer *next = out->sorted;
    for (size_t e = 0; e < network->external_count; e++)
        *next++ = (producer){network->externals[e].name, -1 - (tw_source)e, inputs->values[e]};
    for (size_t i = 0; i < network->layer_count; i++)
        *next++ = (producer){network->layers[i].name, (tw_source)i, layers->values[i]};
    qsort(out->sorted, out->count, sizeof *out->sorted, compare_producers);
    for (size_t i = 1; i < out->count; i++) {
        const producer *first = &out->sorted[i - 1], *again = &out->sorted[i];
        if (strcmp(first->name, again->name) == 0 && strcmp(first->name, "?") != 0)
            tw_node_error(document, again->node,
                          "\"%.60s\" is used twice as a name, first on line %u", again->name,
                          first->node->line);
    }
    return TW_OK;
}

/* The closest name, while few enough that looking at all of them costs nothing. */
static const char *closest(const producer_index *index, const char *name) {
    enum { MOST = 2000 };
    const char *names[MOST];
    if (index->count > MOST)
        return NULL;
    for (size_t i = 0; i < index->count; i++)
        names[i] = index->sorted[i].name;
    return tw_closest_word(name, names, index->count);
}

static tw_status link_layer(tw_document *document, const producer_index *index,
                            const tw_node *inputs, tw_network *network, tw_layer *layer) {
    if (!tw_value_is_sequence(document, inputs, "inputs"))
        return TW_OK;
    layer->sources = tw_arena_array(&network->arena, inputs->count, sizeof *layer->sources);
    if (!layer->sources)
        return tw_out_of_memory(document->ctx);
    for (size_t i = 0; i < inputs->count; i++) {
        const char *name = NULL;
        if (!tw_value_text(document, inputs->values[i], "an input", &name))
            continue;
        const producer *found =
            bsearch(name, index->sorted, index->count, sizeof *index->sorted, compare_name);
        if (found) {
            layer->sources[layer->source_count++] = found->source;
            continue;
        }
        const char *close = closest(index, name);
        tw_node_error(document, inputs->values[i], "no layer or input is called \"%.60s\"%s%s%s",
                      name, close ? ", did you mean \"" : "", close ? close : "",
                      close ? "\"?" : "");
    }
    return TW_OK;
}

tw_status tw_network_link(tw_document *document, const tw_node *layers, const tw_node *inputs,
                          tw_network *network) {
    producer_index index = {0};
    TW_TRY(build_index(document, layers, inputs, network, &index));
    for (size_t i = 0; i < network->layer_count; i++)
        TW_TRY(link_layer(document, &index, tw_node_get(layers->values[i], "inputs"), network,
                          &network->layers[i]));
    return TW_OK;
}
