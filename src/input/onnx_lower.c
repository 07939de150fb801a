/* From nodes to layers: names, sources, and the account of what became of every node. */
#include <stdarg.h>
#include <string.h>

#include "base/checked.h"
#include "input/onnx_graph.h"
#include "input/onnx_rules.h"

/* ---- The account ----------------------------------------------------------------------------- */

static const char *node_text(tw_onnx_node *node) {
    if (node->name.size)
        return tw_onnx_text(node->import, node->name);
    return node->output_count && node->outputs[0].name.size
               ? tw_onnx_text(node->import, node->outputs[0].name)
               : tw_onnx_text(node->import, node->op);
}

static tw_onnx_account_entry *new_entry(tw_onnx *import) {
    tw_onnx_account *account = &import->account;
    if (account->entry_count == account->entry_capacity) {
        const size_t capacity = account->entry_capacity ? account->entry_capacity * 2 : 16;
        tw_onnx_account_entry *grown = tw_arena_array(&import->scratch, capacity, sizeof *grown);
        if (!grown)
            return NULL;
        if (account->entry_count)
            memcpy(grown, account->entries, account->entry_count * sizeof *grown);
        account->entries = grown;
        account->entry_capacity = capacity;
    }
    return &account->entries[account->entry_count++];
}

/* Nodes with the same operator and reason share an entry; beyond a number of entries, operators
 * with the same reason do. */
static tw_status note(tw_onnx_node *node, const char *reason, bool assumed) {
    enum { MOST_ENTRIES = 256 };
    tw_onnx *import = node->import;
    tw_onnx_account *account = &import->account;
    const char *op = tw_onnx_text(import, node->op);
    for (size_t i = 0; i < account->entry_count; i++) {
        tw_onnx_account_entry *entry = &account->entries[i];
        if (entry->reason == reason &&
            (strcmp(entry->op, op) == 0 || account->entry_count >= MOST_ENTRIES)) {
            entry->count++;
            return TW_OK;
        }
    }
    tw_onnx_account_entry *entry = new_entry(import);
    if (!entry)
        return tw_out_of_memory(import->ctx);
    *entry = (tw_onnx_account_entry){
        .op = op, .reason = reason, .first = node_text(node), .assumed = assumed, .count = 1};
    return TW_OK;
}

void tw_onnx_expanded(tw_onnx_node *node) {
    if (!node->accounted && node->import->rehearsal == 0)
        node->import->account.mapped++;
    node->accounted = true;
}

tw_status tw_onnx_assume(tw_onnx_node *node, const char *assumption) {
    return node->import->rehearsal ? TW_OK : note(node, assumption, true);
}

tw_status tw_onnx_skip(tw_onnx_node *node, const char *reason) {
    node->accounted = true;
    TW_TRY(tw_onnx_share_sources(node, true));
    if (node->import->rehearsal)
        return TW_OK;
    node->import->account.skipped++;
    if (node->import->options->strict)
        return tw_onnx_fail(node, "is not modelled: %s", reason);
    return note(node, reason, false);
}

tw_status tw_onnx_fold(tw_onnx_node *node) {
    if (node->import->rehearsal == 0 && !node->accounted)
        node->import->account.folded++;
    node->accounted = true;
    return tw_onnx_share_sources(node, true);
}

/* ---- Who made the data ------------------------------------------------------------------------
 */

enum { MOST_SOURCES = 512 };

static bool has_source(const tw_source *list, unsigned count, tw_source source) {
    for (unsigned i = 0; i < count; i++)
        if (list[i] == source)
            return true;
    return false;
}

/* The sources of the values, in order; `once`: each only once. More than MOST_SOURCES are
 * reduced to each only once, and to none when that is still too many. */
static tw_status gather_sources(tw_onnx *import, unsigned value_count,
                                const tw_onnx_value *const *values, bool once, unsigned *count,
                                const tw_source **out) {
    tw_source list[MOST_SOURCES];
    unsigned total = 0, filled = 0;
    const tw_onnx_value *only = NULL;
    unsigned holders = 0;
    for (unsigned i = 0; i < value_count; i++)
        if (values[i] && values[i]->source_count) {
            total = total > MOST_SOURCES ? total : total + values[i]->source_count;
            only = values[i];
            holders++;
        }
    *count = only && holders == 1 ? only->source_count : 0;
    *out = only && holders == 1 ? only->sources : NULL;
    if (holders <= 1)
        return TW_OK;
    once |= total > MOST_SOURCES;
    for (unsigned i = 0; i < value_count; i++)
        for (unsigned k = 0; values[i] && k < values[i]->source_count; k++) {
            if (once && has_source(list, filled, values[i]->sources[k]))
                continue;
            if (filled == MOST_SOURCES)
                return TW_OK;
            list[filled++] = values[i]->sources[k];
        }
    tw_source *copy = tw_arena_array(&import->scratch, filled, sizeof *copy);
    if (!copy)
        return tw_out_of_memory(import->ctx);
    memcpy(copy, list, filled * sizeof *copy);
    *out = copy;
    *count = filled;
    return TW_OK;
}

tw_status tw_onnx_produced_by(tw_onnx_node *node, unsigned count, const tw_source *sources) {
    tw_source *copy = count ? tw_arena_array(&node->import->scratch, count, sizeof *copy) : NULL;
    if (count && !copy)
        return tw_out_of_memory(node->import->ctx);
    if (count)
        memcpy(copy, sources, count * sizeof *copy);
    for (unsigned i = 0; i < node->output_count; i++) {
        node->outputs[i].sources = copy;
        node->outputs[i].source_count = count;
    }
    return TW_OK;
}

tw_status tw_onnx_share_sources(tw_onnx_node *node, bool once) {
    unsigned count = 0;
    const tw_source *sources = NULL;
    TW_TRY(gather_sources(node->import, node->input_count,
                          (const tw_onnx_value *const *)node->inputs, once, &count, &sources));
    for (unsigned i = 0; i < node->output_count; i++) {
        if (node->outputs[i].constant) /* NOLINT: there are output_count of them */
            continue;
        node->outputs[i].sources = sources;
        node->outputs[i].source_count = count;
    }
    return TW_OK;
}

tw_status tw_onnx_graph_input(tw_onnx *import, tw_onnx_value *value) {
    int64_t bound = 0;
    size_t count = 0;
    if (import->options->dim_count && !tw_onnx_is_real(value->element) &&
        value->element != TW_ONNX_STRING && value->rank >= 0 && value->rank <= 1 &&
        tw_onnx_dim_value(import, value->name, &bound)) {
        /* A number that the user gives, such as a sampling rate. */
        const tw_onnx_shape shape = tw_onnx_shape_of(value);
        count = tw_onnx_shape_count(&shape) == 1;
        value->cells = count ? tw_arena_array(&import->scratch, 1, sizeof *value->cells) : NULL;
        if (value->cells) {
            value->cells[0].i = bound;
            value->constant = true;
            return TW_OK;
        }
    }
    return tw_onnx_external(import, value);
}

tw_status tw_onnx_external(tw_onnx *import, tw_onnx_value *value) {
    tw_network *network = import->network;
    if (network->external_count == import->external_capacity) {
        const size_t capacity = import->external_capacity ? import->external_capacity * 2 : 8;
        tw_external *grown = tw_arena_array(&network->arena, capacity, sizeof *grown);
        if (!grown)
            return tw_out_of_memory(import->ctx);
        if (network->external_count)
            memcpy(grown, network->externals, network->external_count * sizeof *grown);
        network->externals = grown;
        import->external_capacity = capacity;
    }
    tw_source *source = tw_arena_alloc(&import->scratch, sizeof *source);
    tw_external *external = &network->externals[network->external_count];
    external->name = tw_onnx_unique_name(import, tw_onnx_text(import, value->name), NULL,
                                         network->external_count);
    if (!source || !external->name)
        return tw_out_of_memory(import->ctx);
    uint64_t extent[TW_DIM_COUNT];
    if (!tw_onnx_extents(value, extent))
        extent[TW_DIM_K] = extent[TW_DIM_P] = extent[TW_DIM_Q] = 1;
    external->channels = extent[TW_DIM_K];
    external->rows = extent[TW_DIM_P];
    external->columns = extent[TW_DIM_Q];
    *source = -1 - (tw_source)network->external_count++;
    value->sources = source;
    value->source_count = 1;
    return TW_OK;
}

/* ---- Layers ---------------------------------------------------------------------------------- */

const char *tw_onnx_unique_name(tw_onnx *import, const char *base, const char *part,
                                size_t number) {
    char *name = part ? tw_arena_printf(&import->network->arena, "%s.%s", base, part)
                      : tw_arena_strdup(&import->network->arena, base);
    for (size_t attempt = 0; name; attempt++) {
        const tw_bytes bytes = {(const unsigned char *)name, strlen(name)};
        bool known = tw_onnx_scope_find(import->names, bytes) != NULL;
        if (!known) {
            tw_onnx_value *entry = tw_arena_alloc(&import->scratch, sizeof *entry);
            if (!entry)
                return NULL;
            entry->name = bytes;
            return tw_onnx_scope_bind(import->names, entry) == TW_OK ? name : NULL;
        }
        name = tw_arena_printf(&import->network->arena, "%s%s%s#%zu", base, part ? "." : "",
                               part ? part : "", number + attempt);
    }
    return NULL;
}

bool tw_onnx_extents(const tw_onnx_value *value, uint64_t extent[TW_DIM_COUNT]) {
    const tw_onnx_shape shape = tw_onnx_shape_of(value);
    const int rank = shape.rank;
    int channel = value->channel_axis >= 0 && value->channel_axis < rank ? value->channel_axis
                  : rank >= 4                                            ? 1
                                                                         : rank - 1;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        extent[d] = 1;
    if (tw_onnx_shape_count(&shape) < 1)
        return false;
    if (rank == 0)
        return true;
    extent[TW_DIM_K] = (uint64_t)shape.dims[channel];
    if (channel == rank - 1) { /* rows of a matrix */
        extent[TW_DIM_B] = (uint64_t)tw_onnx_shape_product(&shape, 0, channel);
        return true;
    }
    extent[TW_DIM_B] = (uint64_t)tw_onnx_shape_product(&shape, 0, channel);
    if (rank - channel == 2) {
        extent[TW_DIM_P] = (uint64_t)shape.dims[rank - 1];
        return true;
    }
    extent[TW_DIM_P] = (uint64_t)tw_onnx_shape_product(&shape, channel + 1, rank - 1);
    extent[TW_DIM_Q] = (uint64_t)shape.dims[rank - 1];
    return true;
}

tw_onnx_layer tw_onnx_layer_init(const char *operation) {
    tw_onnx_layer layer = {.operation = operation,
                           .stride = {1, 1},
                           .dilation = {1, 1},
                           .operand_count = 1,
                           .times = 1};
    for (int d = 0; d < TW_DIM_COUNT; d++)
        layer.extent[d] = 1;
    return layer;
}

static tw_status rehearse_layer(tw_onnx *import, const tw_onnx_layer *layer, uint64_t repeat) {
    bool overflow = false;
    uint64_t macs = repeat;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        macs = tw_mul_u64(macs, layer->extent[d], &overflow);
    import->rehearsed_macs = tw_add_u64(import->rehearsed_macs, macs, &overflow);
    if (overflow)
        import->rehearsed_macs = UINT64_MAX;
    return TW_OK;
}

static tw_layer *new_layer(tw_onnx *import) {
    tw_network *network = import->network;
    if (network->layer_count == import->layer_capacity) {
        const size_t capacity = import->layer_capacity ? import->layer_capacity * 2 : 64;
        tw_layer *grown = tw_resize(import->ctx, import->layers, capacity * sizeof *import->layers);
        if (!grown)
            return NULL;
        import->layers = grown;
        import->layer_capacity = capacity;
    }
    return &import->layers[network->layer_count];
}

static tw_status layer_sources(tw_onnx *import, const tw_onnx_layer *layer, tw_layer *out) {
    const tw_source *sources = NULL;
    TW_TRY(gather_sources(import, layer->input_count, layer->inputs, false, &out->source_count,
                          &sources));
    if (out->source_count < layer->operand_count)
        out->source_count = 0; /* an operand has no producer that can be named */
    if (!out->source_count)
        return TW_OK;
    out->sources = tw_arena_array(&import->network->arena, out->source_count, sizeof *sources);
    if (!out->sources)
        return tw_out_of_memory(import->ctx);
    memcpy(out->sources, sources, out->source_count * sizeof *sources);
    return TW_OK;
}

tw_status tw_onnx_emit(tw_onnx_node *node, const tw_onnx_layer *layer, tw_source *index) {
    tw_onnx *import = node->import;
    bool overflow = false;
    const uint64_t repeat = tw_mul_u64(import->repeat, layer->times, &overflow);
    *index = 0;
    if (overflow)
        return tw_onnx_fail(node, "it runs more than 2^64 times");
    if (import->rehearsal) {
        node->accounted = true;
        return rehearse_layer(import, layer, repeat);
    }
    if (!node->accounted)
        import->account.mapped++;
    node->accounted = true;
    if (import->network->layer_count == TW_ONNX_MAX_LAYERS)
        return tw_onnx_fail(node, "the model makes more than %d layers", TW_ONNX_MAX_LAYERS);
    tw_layer *out = new_layer(import);
    if (!out)
        return tw_out_of_memory(import->ctx);
    *out = (tw_layer){.at = {.file = import->network->origin}, .repeat = repeat};
    TW_TRY(layer_sources(import, layer, out));
    out->name =
        tw_onnx_unique_name(import, node_text(node), layer->part, import->network->layer_count + 1);
    if (!out->name)
        return tw_out_of_memory(import->ctx);
    const tw_position at = {.file = import->file};
    const tw_status status =
        tw_problem_make(import->ctx, &at, tw_operation_by_name(layer->operation), layer->extent,
                        layer->stride, layer->dilation, layer->operand_count, &out->problem);
    if (status != TW_OK)
        return tw_onnx_fail(node, "cannot be a layer");
    *index = (tw_source)import->network->layer_count++;
    return TW_OK;
}

tw_status tw_onnx_emit_after(tw_onnx_node *node, const tw_onnx_layer *layer, tw_source before,
                             tw_source *index) {
    const tw_onnx_value made = {.source_count = 1, .sources = &before};
    tw_onnx_layer chained = *layer;
    for (unsigned i = layer->input_count; i > 0; i--)
        chained.inputs[i] = chained.inputs[i - 1];
    chained.inputs[0] = &made;
    chained.input_count++;
    return tw_onnx_emit(node, &chained, index);
}

tw_status tw_onnx_sizes_known(tw_onnx_node *node, unsigned inputs, bool *go) {
    *go = false;
    if (node->output_count == 0)
        return tw_onnx_fold(node);
    for (unsigned i = 0; i <= inputs; i++) {
        const tw_onnx_value *value = i < inputs ? tw_onnx_input(node, i) : &node->outputs[0];
        const tw_onnx_shape shape = value ? tw_onnx_shape_of(value) : (tw_onnx_shape){.rank = 0};
        if (tw_onnx_shape_count(&shape) == 0)
            return tw_onnx_fold(node); /* nothing to compute */
        if (tw_onnx_shape_count(&shape) < 0)
            return tw_onnx_skip(node, "its size depends on data");
    }
    *go = true;
    return TW_OK;
}
