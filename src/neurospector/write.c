#include "neurospector/write.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "neurospector/native.h"
#include "workload/operations.h"

static void add_number(tw_text *out, const char *before, double value) {
    char digits[TW_DOUBLE_TEXT];
    snprintf(digits, sizeof digits, "%.15g", value); /* 200, where the shortest text is 2e+02 */
    if (strtod(digits, NULL) != value)
        tw_format_double(digits, value);
    tw_text_add(out, "%s%s", before, digits);
}

static void add_three(tw_text *out, const char *key, const double values[NS_DATA]) {
    tw_text_add(out, "%s", key);
    for (int d = 0; d < NS_DATA; d++)
        add_number(out, d ? "," : "=", values[d]);
    tw_text_add(out, "\n");
}

static void add_upper(tw_text *out, const char *text) {
    for (; *text; text++)
        tw_text_add(out, "%c", toupper((unsigned char)*text));
}

/* What is free has no word in this format: a flexible search chooses where any dataflow stands. */
static void write_dataflow(tw_text *out, const tw_position *at, const ns_buffer *buffer,
                           ns_buffer_id id) {
    ns_dataflow flow = buffer->dataflow;
    for (int d = 0; d < NS_DATA && !buffer->keeps_dataflow; d++)
        if (!(buffer->bypass & 1U << d)) {
            flow = (ns_dataflow)(NS_IS + d);
            break;
        }
    tw_text_add(out, "DATAFLOW=");
    add_upper(out, ns_dataflow_names[flow]);
    tw_text_add(out, "\n");
    if (!buffer->keeps_dataflow)
        tw_diag(out->ctx, TW_SEVERITY_WARNING, at,
                "any tensor may be stationary in [%s], of which this format names one: search it "
                "with --dataflow=flexible",
                ns_buffer_sections[id]);
}

static void write_buffer(tw_text *out, const tw_position *at, const ns_buffer *buffer,
                         ns_buffer_id id, double word_bytes) {
    tw_text_add(out, "\n[%s]\n", ns_buffer_sections[id]);
    if (id != NS_DRAM)
        write_dataflow(out, at, buffer, id);
    for (unsigned d = 0; d < buffer->size_count; d++)
        add_number(out, d ? "," : "SIZE=", buffer->capacity_words[d] * word_bytes);
    if (buffer->size_count)
        tw_text_add(out, "\n");
    for (int d = 0, first = 1; d < NS_DATA; d++)
        if (buffer->bypass & 1U << d) {
            tw_text_add(out, "%s", first ? "BYPASS=" : ",");
            add_upper(out, ns_data_names[d]);
            first = 0;
        }
    if (buffer->bypass)
        tw_text_add(out, "\n");
    add_number(out, "BANDWIDTH=", buffer->bandwidth_bits);
    tw_text_add(out, "\n");
    add_three(out, "UNIT_ACCESS_ENERGY", buffer->access_pj);
    add_three(out, "UNIT_STATIC_POWER", buffer->static_mw);
    add_three(out, "UNIT_CYCLE", buffer->unit_cycles);
}

static void write_array(tw_text *out, const ns_array *array, ns_array_id id) {
    if (array->x * array->y > 1)
        tw_text_add(out, "\n[%s]\nSIZE_X=%" PRIu64 "\nSIZE_Y=%" PRIu64 "\n", ns_array_sections[id],
                    array->x, array->y);
}

tw_status tw_neurospector_accelerator_write(tw_text *out, const tw_accelerator *accelerator) {
    const tw_position at = {.file = accelerator->origin};
    const tw_hierarchy *arch = &accelerator->hierarchy;
    ns_accelerator from;
    if (accelerator->kind != TW_KIND_HIERARCHY)
        return tw_fail(out->ctx, TW_INVALID, &at, "tiled accelerators are no part of this format");
    TW_TRY(tw_neurospector_check(out->ctx, &at, arch, NULL));
    if (arch->word_bits[0] < 8) /* 12 bits take one byte, here and where it is read */
        return tw_fail(out->ctx, TW_INVALID, &at,
                       "this format counts room in whole bytes, and a word has %u bits",
                       arch->word_bits[0]);
    ns_accelerator_of(arch, &from);
    tw_text_add(out, "[ACCELERATOR]\nNAME=%s\nPRECISION=INT%u\n", from.name, from.precision_bits);
    if (from.frequency_mhz > 0) {
        add_number(out, "FREQUENCY=", from.frequency_mhz);
        tw_text_add(out, "\n");
    }
    add_number(out, "UNIT_MAC_ENERGY=", from.mac_pj);
    add_number(out, "\nUNIT_MAC_STATIC=", from.mac_static_mw);
    tw_text_add(out, "\n");
    for (int a = 0; a < NS_ARRAYS; a++)
        write_array(out, &from.arrays[a], (ns_array_id)a);
    for (int b = NS_LB; b < NS_BUFFERS; b++)
        if (from.buffers[b].present)
            write_buffer(out, &at, &from.buffers[b], (ns_buffer_id)b, from.precision_bits / 8);
    return TW_OK;
}

tw_status tw_neurospector_network_write(tw_text *out, const tw_network *network, bool strict) {
    size_t written = 0;
    tw_text_add(out, "[NETWORK]\nname=%s\n\n[LAYERS]\n# NAME=K,B,P,Q,C,R,S,G,stride\n",
                network->name);
    for (size_t i = 0; i < network->layer_count; i++) {
        const tw_layer *layer = &network->layers[i];
        ns_layer from;
        if (!ns_layer_of(&layer->problem, &from) || strpbrk(layer->name, "=[#")) {
            tw_diag(out->ctx, strict ? TW_SEVERITY_ERROR : TW_SEVERITY_WARNING, &layer->at,
                    "layer %s (%s) cannot be said in this format%s", layer->name,
                    layer->problem.operation->name, strict ? "" : ": it is left out");
            if (strict)
                return TW_INVALID;
            continue;
        }
        from.size[NS_K] *= from.size[NS_G]; /* channels of all groups */
        from.size[NS_C] *= from.size[NS_G];
        tw_text_add(out, "%s=", layer->name);
        for (int c = 0; c < NS_COLUMNS; c++)
            tw_text_add(out, "%" PRIu64 ",", from.size[c]);
        tw_text_add(out, "%" PRIu64 "\n", from.stride);
        written++;
    }
    const tw_position at = {.file = network->origin};
    return written ? TW_OK
                   : tw_fail(out->ctx, TW_INVALID, &at, "network %s has no convolutions",
                             network->name);
}

static void write_table(tw_text *out, const ns_accelerator *accelerator, const char *layer,
                        const ns_table *table, const ns_dataflows *flows) {
    tw_text_add(out, "[LAYER]\nlayer_name=%s\n[SCHEDULING_TABLE]\n", layer);
    for (int r = 0; r < NS_ROWS; r++) {
        if (ns_row_is_virtual(accelerator, (ns_row)r))
            continue;
        tw_text_add(out, "%s=", ns_row_section((ns_row)r));
        for (int c = 0; c < NS_COLUMNS; c++)
            tw_text_add(out, "%" PRIu64 "%c", table->factor[r][c], c + 1 < NS_COLUMNS ? ',' : '\n');
    }
    tw_text_add(out, "[DATAFLOW]\n");
    for (int b = NS_LB; b <= NS_GB; b++)
        if (accelerator->buffers[b].present) {
            tw_text_add(out, "%s=", ns_buffer_sections[b]);
            add_upper(out, ns_dataflow_names[flows->of[b]]);
            tw_text_add(out, "\n");
        }
    tw_text_add(out, "\n");
}

static bool has_groups(const tw_network *network, const char *layer) {
    for (size_t l = 0; l < network->layer_count; l++)
        if (strcmp(network->layers[l].name, layer) == 0)
            return network->layers[l].problem.extent[TW_DIM_G] > 1;
    return false;
}

/* A row that is not written must be all ones. */
static bool has_hidden_loops(const ns_accelerator *accelerator, const ns_table *table) {
    bool hidden = false;
    for (int r = 0; r < NS_ROWS; r++)
        hidden |= ns_row_is_virtual(accelerator, (ns_row)r) && ns_row_product(table, (ns_row)r) > 1;
    return hidden;
}

tw_status tw_neurospector_mappings_write(tw_text *out, const tw_accelerator *accelerator,
                                         const tw_network *network,
                                         const tw_mapping_set *mappings) {
    const tw_position at = {.file = accelerator->origin};
    ns_accelerator from;
    ns_table table;
    ns_dataflows flows;
    if (accelerator->kind != TW_KIND_HIERARCHY)
        return tw_fail(out->ctx, TW_INVALID, &at, "tiled accelerators are no part of this format");
    TW_TRY(tw_neurospector_check(out->ctx, &at, &accelerator->hierarchy, NULL));
    ns_accelerator_of(&accelerator->hierarchy, &from);
    for (size_t i = 0; i < mappings->count; i++) {
        const tw_named_mapping *item = &mappings->items[i];
        if (has_groups(network, item->layer))
            tw_diag(out->ctx, TW_SEVERITY_WARNING, &item->at,
                    "layer %s has groups: K and C of its table are those of one group, which every "
                    "command but `tilewright neurospector` expects",
                    item->layer);
        ns_table_of(&accelerator->hierarchy, &item->mapping, &table, &flows);
        if (has_hidden_loops(&from, &table))
            return tw_fail(out->ctx, TW_INVALID, &item->at,
                           "layer %s has loops at a level that holds nothing, which has no row in "
                           "this format",
                           item->layer);
        write_table(out, &from, item->layer, &table, &flows);
    }
    return TW_OK;
}
