#include "workload/network.h"

#include "base/checked.h"

static tw_status check_sources(tw_ctx *ctx, const tw_network *network) {
    tw_status status = TW_OK;
    for (size_t i = 0; i < network->layer_count; i++) {
        const tw_layer *layer = &network->layers[i];
        for (unsigned s = 0; s < layer->source_count; s++) {
            const tw_source source = layer->sources[s];
            const size_t index = (size_t)(source >= 0 ? source : -1 - source);
            if (index >= (source >= 0 ? network->layer_count : network->external_count))
                status =
                    tw_fail(ctx, TW_INVALID, &layer->at,
                            "layer %s reads source %d, which does not exist", layer->name, source);
        }
    }
    return status;
}

typedef enum { UNSEEN, OPEN, DONE } visit;
typedef struct {
    size_t layer;
    unsigned next; /* source to look at next */
} step;

/* Depth-first from `start` towards the producers; an open layer met again closes a cycle. */
static tw_status visit_from(tw_ctx *ctx, const tw_network *network, size_t start, visit *state,
                            step *path) {
    size_t depth = 0;
    path[depth++] = (step){start, 0};
    state[start] = OPEN;
    while (depth > 0) {
        step *top = &path[depth - 1];
        const tw_layer *layer = &network->layers[top->layer];
        if (top->next == layer->source_count) {
            state[top->layer] = DONE;
            depth--;
            continue;
        }
        const tw_source source = layer->sources[top->next++];
        if (source < 0 || state[source] == DONE)
            continue;
        if (state[source] == OPEN)
            return tw_fail(ctx, TW_INVALID, &layer->at,
                           "the layers form a cycle: %s reads %s, which depends on it", layer->name,
                           network->layers[source].name);
        state[source] = OPEN;
        path[depth++] = (step){(size_t)source, 0};
    }
    return TW_OK;
}

static tw_status check_cycles(tw_ctx *ctx, const tw_network *network) {
    visit *state = tw_alloc_array(ctx, network->layer_count, sizeof *state);
    step *path = tw_alloc_array(ctx, network->layer_count, sizeof *path);
    tw_status status = state && path ? TW_OK : tw_out_of_memory(ctx);
    for (size_t i = 0; i < network->layer_count && status == TW_OK; i++)
        if (state[i] == UNSEEN)
            status = visit_from(ctx, network, i, state, path);
    tw_free(ctx, state);
    tw_free(ctx, path);
    return status;
}

static tw_status check_total(tw_ctx *ctx, const tw_network *network) {
    bool overflow = false;
    uint64_t total = 0;
    for (size_t i = 0; i < network->layer_count; i++) {
        const tw_layer *layer = &network->layers[i];
        total =
            tw_add_u64(total, tw_mul_u64(layer->problem.macs, layer->repeat, &overflow), &overflow);
        if (overflow)
            return tw_fail(ctx, TW_INVALID, &layer->at,
                           "with layer %s the operations of the network exceed 64 bits",
                           layer->name);
    }
    return TW_OK;
}

tw_status tw_network_check(tw_ctx *ctx, const tw_network *network) {
    const tw_position whole = {.file = network->origin};
    if (network->layer_count == 0)
        return tw_fail(ctx, TW_INVALID, &whole, "the network has no layers");
    TW_TRY(check_sources(ctx, network));
    TW_TRY(check_cycles(ctx, network));
    return check_total(ctx, network);
}
