#include "report/native_yaml.h"

#include <string.h>

#include "input/constraints.h"

static tw_status finish(const tw_text *out) {
    return out->failed ? tw_out_of_memory(out->ctx) : TW_OK;
}

/* ` KEY: NUMBERunit`, with the shortest decimal that reads back to the same bits. */
static void add_number(tw_text *out, double value, const char *unit) {
    char buffer[TW_DOUBLE_TEXT];
    tw_format_number(buffer, value);
    tw_text_add(out, "%s%s", buffer, unit);
}

static void add_roles(tw_text *out, const char *key, tw_role_mask mask) {
    const char *comma = "";
    tw_text_add(out, "    %s: %s", key, mask ? "[" : "none\n");
    for (int r = 0; r < TW_ROLE_COUNT && mask; r++)
        if (mask >> r & 1) {
            tw_text_add(out, "%s%s", comma, tw_role_names[r]);
            comma = ", ";
        }
    tw_text_add(out, "%s", mask ? "]\n" : "");
}

static void add_head(tw_text *out, const char *kind, const char *name, const char *description) {
    tw_text_add(out, "kind: %s\nname: ", kind);
    tw_yaml_text(out, name ? name : kind);
    tw_text_add(out, "\n");
    if (description && description[0]) {
        tw_text_add(out, "description: ");
        tw_yaml_text(out, description);
        tw_text_add(out, "\n");
    }
}

/* ---- Accelerators ------------------------------------------------------------------------ */

static tw_status add_capacity_of(tw_text *out, const tw_hierarchy *arch, const tw_level *level,
                                 int r) {
    const int own = level->shared ? 0 : r;
    /* A shared capacity is in words or in bits for all roles. */
    bool words = true, bits = true;
    for (int k = level->shared ? 0 : r; k < (level->shared ? (int)TW_ROLE_COUNT : r + 1); k++) {
        words &= level->word_units[k] == 1;
        bits &= level->word_units[k] == (double)arch->word_bits[k];
    }
    if (!words && !bits)
        return tw_fail(out->ctx, TW_INVALID, NULL,
                       "level %s counts its capacity neither in words nor in bits", level->name);
    add_number(out, level->capacity_units[own], bits ? " bits" : " words");
    return TW_OK;
}

static tw_status add_capacity(tw_text *out, const tw_hierarchy *arch, const tw_level *level) {
    const char *comma = "";
    tw_text_add(out, "    capacity: ");
    if (!level->bounded) {
        tw_text_add(out, "unlimited\n");
        return TW_OK;
    }
    if (level->shared) {
        TW_TRY(add_capacity_of(out, arch, level, 0));
        tw_text_add(out, "\n");
        return TW_OK;
    }
    tw_text_add(out, "{");
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        if (!(level->capacity_units[r] > 0))
            continue;
        tw_text_add(out, "%s%s: ", comma, tw_role_names[r]);
        TW_TRY(add_capacity_of(out, arch, level, r));
        comma = ", ";
    }
    tw_text_add(out, "}\n");
    return TW_OK;
}

static bool all_equal(const double values[TW_ROLE_COUNT]) {
    return values[0] == values[1] && values[1] == values[2];
}

static void add_energy(tw_text *out, const tw_level *level) {
    tw_text_add(out, "    energy: ");
    if (all_equal(level->read_pj) && all_equal(level->write_pj)) {
        if (level->read_pj[0] == level->write_pj[0]) {
            add_number(out, level->read_pj[0], "pJ\n");
            return;
        }
        tw_text_add(out, "{read: ");
        add_number(out, level->read_pj[0], "pJ, write: ");
        add_number(out, level->write_pj[0], "pJ}\n");
        return;
    }
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        tw_text_add(out, "%s%s: {read: ", r ? ", " : "{", tw_role_names[r]);
        add_number(out, level->read_pj[r], "pJ, write: ");
        add_number(out, level->write_pj[r], "pJ}");
    }
    tw_text_add(out, "}\n");
}

static void add_bandwidth(tw_text *out, const tw_level *level) {
    const double ports[] = {level->bandwidth,         level->read_bandwidth,
                            level->write_bandwidth,   level->role_bandwidth[0],
                            level->role_bandwidth[1], level->role_bandwidth[2]};
    const char *const names[] = {"total",          "read",           "write",
                                 tw_role_names[0], tw_role_names[1], tw_role_names[2]};
    const char *before = "    bandwidth: {";
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        if (!(ports[i] > 0))
            continue;
        tw_text_add(out, "%s%s: ", before, names[i]);
        add_number(out, ports[i], " words/cycle");
        before = ", ";
    }
    tw_text_add(out, "%s", *before == ',' ? "}\n" : "");
}

static void add_dims(tw_text *out, const char *key, tw_dim_mask mask) {
    const char *comma = "";
    if (mask == TW_ALL_DIMS)
        return;
    tw_text_add(out, ", %s: %s", key, mask ? "[" : "none");
    for (int d = 0; d < TW_DIM_COUNT && mask; d++)
        if (mask >> d & 1) {
            tw_text_add(out, "%s%s", comma, tw_dim_names[d]);
            comma = ", ";
        }
    tw_text_add(out, "%s", mask ? "]" : "");
}

static void add_fanout(tw_text *out, const tw_fanout *fanout) {
    static const char *const words[] = {[TW_MULTICAST_WORDS] = "words",
                                        [TW_MULTICAST_TILES] = "tiles",
                                        [TW_MULTICAST_NONE] = "none"};
    tw_text_add(out, "    fanout: {x: %llu, y: %llu", (unsigned long long)fanout->x,
                (unsigned long long)fanout->y);
    add_dims(out, "dims_x", fanout->dims_x);
    add_dims(out, "dims_y", fanout->dims_y);
    tw_text_add(out, ", multicast: %s, reduce: %s, hop_energy: ", words[fanout->multicast],
                fanout->reduce ? "true" : "false");
    add_number(out, fanout->hop_pj, "pJ, hops: ");
    add_number(out, fanout->hops, "}\n");
}

/* `, KEY: {K: 4, ...}` for the factors that are not 0. */
static void add_factors(tw_text *out, const char *key, const uint64_t factors[TW_DIM_COUNT],
                        const char **before) {
    const char *inner = "{";
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (!factors[d])
            continue;
        if (*inner == '{')
            tw_text_add(out, "%s%s: ", *before, key);
        tw_text_add(out, "%s%s: %llu", inner, tw_dim_names[d], (unsigned long long)factors[d]);
        inner = ", ";
    }
    if (*inner == ',') {
        tw_text_add(out, "}");
        *before = ", ";
    }
}

static void add_constraints(tw_text *out, const tw_level_constraints *constraints) {
    const char *before = "    constraints: {";
    add_factors(out, "temporal", constraints->temporal_fixed, &before);
    add_factors(out, "temporal_max", constraints->temporal_max, &before);
    add_factors(out, "spatial_x", constraints->spatial_x_fixed, &before);
    add_factors(out, "spatial_y", constraints->spatial_y_fixed, &before);
    for (unsigned i = 0; i < constraints->order_count; i++) {
        tw_text_add(out, "%s%s", i ? ", " : before, i ? "" : "order: [");
        tw_text_add(out, "%s", tw_dim_names[constraints->order[i]]);
    }
    if (constraints->order_count) {
        tw_text_add(out, "]");
        before = ", ";
    }
    if (constraints->stationary != TW_STATIONARY_FREE) {
        tw_text_add(out, "%sstationary: %s", before,
                    constraints->stationary < 0 ? "none" : tw_role_names[constraints->stationary]);
        before = ", ";
    }
    tw_text_add(out, "%s", *before == ',' ? "}\n" : "");
}

static tw_status add_level(tw_text *out, const tw_hierarchy *arch, unsigned l) {
    const tw_level *level = &arch->levels[l];
    const tw_role_mask room = tw_level_capacity_roles(level),
                       least = l == 0 ? (tw_role_mask)TW_ALL_ROLES : 0;
    tw_text_add(out, "  - name: ");
    tw_yaml_text(out, level->name);
    tw_text_add(out, "\n");
    TW_TRY(add_capacity(out, arch, level));
    if (level->keeps != level->may_keep)
        add_roles(out, "keeps", level->keeps);
    if (level->may_keep != room)
        add_roles(out, "may_keep", level->may_keep);
    if (level->must_keep != least)
        add_roles(out, "must_keep", level->must_keep);
    if (level->sliding_window)
        tw_text_add(out, "    sliding_window: true\n");
    add_energy(out, level);
    add_bandwidth(out, level);
    if (level->leakage_mw > 0) {
        tw_text_add(out, "    leakage: ");
        add_number(out, level->leakage_mw, "mW\n");
    }
    add_fanout(out, &level->fanout);
    add_constraints(out, &level->constraints);
    return TW_OK;
}

tw_status tw_native_accelerator_write(tw_text *out, const tw_accelerator *accelerator) {
    const tw_hierarchy *arch = &accelerator->hierarchy;
    if (accelerator->kind != TW_KIND_HIERARCHY || arch->level_count == 0)
        return tw_fail(out->ctx, TW_INVALID, NULL,
                       "%s is no hierarchy of storage levels, which is all that can be written",
                       accelerator->origin ? accelerator->origin : "the accelerator");
    add_head(out, "hierarchy", arch->name, arch->description);
    if (arch->source && arch->source[0]) {
        tw_text_add(out, "source: ");
        tw_yaml_text(out, arch->source);
        tw_text_add(out, "\n");
    }
    if (arch->clock_mhz > 0) {
        tw_text_add(out, "clock: ");
        add_number(out, arch->clock_mhz, "MHz\n");
    }
    tw_text_add(out, "overlap: %s\nword_bits: {", arch->overlap ? "true" : "false");
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        tw_text_add(out, "%s%s: %u", r ? ", " : "", tw_role_names[r], arch->word_bits[r]);
    tw_text_add(out, "}\nmac: {energy: ");
    add_number(out, arch->mac_pj, "pJ");
    if (arch->mac_leakage_mw > 0) {
        tw_text_add(out, ", leakage: ");
        add_number(out, arch->mac_leakage_mw, "mW");
    }
    tw_text_add(out, "}\nlevels:\n");
    for (unsigned l = 0; l < arch->level_count; l++)
        TW_TRY(add_level(out, arch, l));
    return finish(out);
}

/* ---- Networks ----------------------------------------------------------------------------- */

static void add_pair(tw_text *out, const char *key, const uint64_t pair[2]) {
    if (pair[0] == 1 && pair[1] == 1)
        return;
    if (pair[0] == pair[1])
        tw_text_add(out, ", %s: %llu", key, (unsigned long long)pair[0]);
    else
        tw_text_add(out, ", %s: [%llu, %llu]", key, (unsigned long long)pair[0],
                    (unsigned long long)pair[1]);
}

static void add_layer(tw_text *out, const tw_network *network, const tw_layer *layer) {
    const tw_problem *problem = &layer->problem;
    const tw_operation *operation = problem->operation;
    const char *comma = "";
    tw_text_add(out, "  - {name: ");
    tw_yaml_text(out, layer->name);
    tw_text_add(out, ", op: %s, dims: {", operation->name);
    for (const char *d = operation->dims; *d; d++) {
        const char name[2] = {*d, '\0'};
        const uint64_t extent = problem->extent[tw_dim_by_name(name)];
        if (*d == 'G' && extent == 1)
            continue;
        tw_text_add(out, "%s%s: %llu", comma, name, (unsigned long long)extent);
        comma = ", ";
    }
    tw_text_add(out, "}");
    if (operation->window) {
        add_pair(out, "stride", problem->stride);
        add_pair(out, "dilation", problem->dilation);
    }
    if (layer->repeat > 1)
        tw_text_add(out, ", repeat: %llu", (unsigned long long)layer->repeat);
    const unsigned operands = problem->tensor_count - operation->tensor_count + 1;
    if (operation->variable_inputs && operands != (layer->source_count ? layer->source_count : 1))
        tw_text_add(out, ", operands: %u", operands);
    for (unsigned i = 0; i < layer->source_count; i++) {
        const tw_source source = layer->sources[i];
        tw_text_add(out, "%s", i ? ", " : ", inputs: [");
        tw_yaml_text(out, source < 0 ? network->externals[-1 - source].name
                                     : network->layers[source].name);
    }
    tw_text_add(out, "%s}\n", layer->source_count ? "]" : "");
}

tw_status tw_native_network_write(tw_text *out, const tw_network *network) {
    add_head(out, "network", network->name, network->description);
    tw_text_add(out, "batch: %llu\n", (unsigned long long)network->batch);
    if (network->external_count)
        tw_text_add(out, "inputs:\n");
    for (size_t e = 0; e < network->external_count; e++) {
        const tw_external *external = &network->externals[e];
        tw_text_add(out, "  - {name: ");
        tw_yaml_text(out, external->name);
        tw_text_add(out, ", channels: %llu, rows: %llu, columns: %llu}\n",
                    (unsigned long long)external->channels, (unsigned long long)external->rows,
                    (unsigned long long)external->columns);
    }
    tw_text_add(out, "layers:\n");
    for (size_t i = 0; i < network->layer_count; i++)
        add_layer(out, network, &network->layers[i]);
    return finish(out);
}

/* ---- Mappings ------------------------------------------------------------------------------ */

static void add_axis(tw_text *out, const char *key, const uint64_t factors[TW_DIM_COUNT],
                     const char **before) {
    const char *inner = "[";
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (factors[d] <= 1)
            continue;
        if (*inner == '[')
            tw_text_add(out, "%s%s: ", *before, key);
        tw_text_add(out, "%s[%s, %llu]", inner, tw_dim_names[d], (unsigned long long)factors[d]);
        inner = ", ";
    }
    if (*inner == ',') {
        tw_text_add(out, "]");
        *before = ", ";
    }
}

static void add_level_mapping(tw_text *out, const tw_level *level, const tw_level_mapping *loops) {
    const char *before = ", spatial: {", *comma = "";
    tw_text_add(out, "      - {level: ");
    tw_yaml_text(out, level->name);
    tw_text_add(out, ", temporal: [");
    for (unsigned i = 0; i < loops->loop_count; i++)
        tw_text_add(out, "%s[%s, %llu]", i ? ", " : "", tw_dim_names[loops->loops[i].dim],
                    (unsigned long long)loops->loops[i].factor);
    tw_text_add(out, "]");
    add_axis(out, "x", loops->spatial_x, &before);
    add_axis(out, "y", loops->spatial_y, &before);
    tw_text_add(out, "%s, keep: [", strcmp(before, ", ") == 0 ? "}" : "");
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (loops->keeps >> r & 1) {
            tw_text_add(out, "%s%s", comma, tw_role_names[r]);
            comma = ", ";
        }
    tw_text_add(out, "]");
    if (loops->stationary)
        tw_text_add(out, ", stationary: %s", tw_stationary_name(loops));
    tw_text_add(out, "}\n");
}

tw_status tw_native_mappings_write(tw_text *out, const tw_hierarchy *arch,
                                   const tw_mapping_set *mappings) {
    tw_text_add(out, "kind: mapping\nlayers:\n");
    for (size_t i = 0; i < mappings->count; i++) {
        const tw_named_mapping *item = &mappings->items[i];
        tw_text_add(out, "  - name: ");
        tw_yaml_text(out, item->layer);
        tw_text_add(out, "\n    mapping:\n");
        for (unsigned l = 0; l < item->mapping.level_count && l < arch->level_count; l++)
            add_level_mapping(out, &arch->levels[l], &item->mapping.levels[l]);
    }
    return finish(out);
}
