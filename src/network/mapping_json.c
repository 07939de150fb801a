#include "network/mapping_json.h"

#include <string.h>

#include "input/fields.h"

static void write_factor(tw_json *json, const char *dim, uint64_t factor) {
    tw_json_array_row(json, NULL);
    tw_json_text(json, NULL, dim);
    tw_json_u64(json, NULL, factor);
    tw_json_end(json);
}

static bool is_unrolled(const uint64_t factors[TW_DIM_COUNT]) {
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (factors[d] > 1)
            return true;
    return false;
}

static void write_axis(tw_json *json, const char *key, const uint64_t factors[TW_DIM_COUNT]) {
    if (!is_unrolled(factors))
        return;
    tw_json_array_row(json, key);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (factors[d] > 1)
            write_factor(json, tw_dim_names[d], factors[d]);
    tw_json_end(json);
}

void tw_mapping_write_json(tw_json *json, const tw_hierarchy *arch, const tw_mapping *mapping) {
    tw_json_array(json, "mapping");
    for (unsigned l = 0; l < mapping->level_count; l++) {
        const tw_level_mapping *level = &mapping->levels[l];
        tw_json_object_row(json, NULL);
        tw_json_text(json, "level", arch->levels[l].name);
        tw_json_array_row(json, "temporal");
        for (unsigned i = 0; i < level->loop_count; i++)
            write_factor(json, tw_dim_names[level->loops[i].dim], level->loops[i].factor);
        tw_json_end(json);
        if (is_unrolled(level->spatial_x) || is_unrolled(level->spatial_y)) {
            tw_json_object_row(json, "spatial");
            write_axis(json, "x", level->spatial_x);
            write_axis(json, "y", level->spatial_y);
            tw_json_end(json);
        }
        tw_json_array_row(json, "keeps");
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            if (level->keeps >> r & 1)
                tw_json_text(json, NULL, tw_role_names[r]);
        tw_json_end(json);
        tw_json_end(json);
    }
    tw_json_end(json);
}

/* A list of [dimension, factor] pairs: at most TW_MAX_LOOPS. */
static unsigned read_factors(tw_document *document, const tw_node *node, const char *what,
                             tw_loop loops[TW_MAX_LOOPS]) {
    if (!node || !tw_value_is_sequence(document, node, what))
        return 0;
    if (node->count > TW_MAX_LOOPS)
        tw_node_error(document, node, "%s has %zu loops, expected at most %d", what, node->count,
                      TW_MAX_LOOPS);
    unsigned count = 0;
    for (size_t i = 0; i < node->count && i < TW_MAX_LOOPS; i++) {
        const tw_node *pair = node->values[i];
        if (pair->kind != TW_NODE_SEQUENCE || pair->count != 2) {
            tw_node_error(document, pair, "%s: expected a pair such as [\"K\", 4]", what);
            continue;
        }
        unsigned dim = 0;
        uint64_t factor = 1;
        if (tw_value_choice(document, pair->values[0], what, tw_dim_names, TW_DIM_COUNT, &dim) &&
            tw_value_u64(document, pair->values[1], what, 1, UINT64_C(1) << 40, &factor))
            loops[count++] = (tw_loop){(tw_dim)dim, factor};
    }
    return count;
}

static void read_axis(tw_document *document, const tw_node *node, const char *what,
                      uint64_t factors[TW_DIM_COUNT]) {
    tw_loop loops[TW_MAX_LOOPS];
    const unsigned count = read_factors(document, node, what, loops);
    for (unsigned i = 0; i < count; i++) {
        if (factors[loops[i].dim] != 1)
            tw_node_error(document, node, "%s has %s twice", what, tw_dim_names[loops[i].dim]);
        factors[loops[i].dim] = loops[i].factor;
    }
}

static void read_keeps(tw_document *document, const tw_node *node, tw_role_mask *out) {
    if (!node || !tw_value_is_sequence(document, node, "keeps"))
        return;
    *out = 0;
    for (size_t i = 0; i < node->count; i++) {
        unsigned role = 0;
        if (tw_value_choice(document, node->values[i], "keeps", tw_role_names, TW_ROLE_COUNT,
                            &role))
            *out |= 1u << role;
    }
}

static void read_spatial(tw_document *document, tw_node *node, tw_level_mapping *out) {
    static const char *const keys[] = {"x", "y"};
    if (!node || !tw_fields_check(document, node, "spatial", keys, 2))
        return;
    read_axis(document, tw_node_get(node, "x"), "spatial x", out->spatial_x);
    read_axis(document, tw_node_get(node, "y"), "spatial y", out->spatial_y);
}

static void read_level(tw_document *document, tw_node *node, const char *name,
                       tw_level_mapping *out) {
    static const char *const keys[] = {"level", "temporal", "spatial", "keeps"};
    if (!tw_fields_check(document, node, "a level of the mapping", keys, 4))
        return;
    const tw_node *level = tw_field_require(document, node, "level", "a level of the mapping");
    const char *given = NULL;
    if (tw_value_text(document, level, "level", &given) && strcmp(given, name) != 0)
        tw_node_error(document, level,
                      "level \"%.60s\", expected \"%s\": the levels of the accelerator in order",
                      given, name);
    out->loop_count = read_factors(document, tw_node_get(node, "temporal"), "temporal", out->loops);
    read_spatial(document, tw_node_get(node, "spatial"), out);
    read_keeps(document, tw_node_get(node, "keeps"), &out->keeps);
}

bool tw_mapping_read_json(tw_document *document, tw_node *node, const tw_hierarchy *arch,
                          tw_mapping *out) {
    const size_t errors = document->errors;
    tw_mapping_init(arch, out);
    if (!tw_value_is_sequence(document, node, "mapping"))
        return false;
    if (node->count != arch->level_count) {
        tw_node_error(document, node, "the mapping has %zu levels, the accelerator %u", node->count,
                      arch->level_count);
        return false;
    }
    for (unsigned l = 0; l < arch->level_count; l++)
        read_level(document, node->values[l], arch->levels[l].name, &out->levels[l]);
    return document->errors == errors;
}
