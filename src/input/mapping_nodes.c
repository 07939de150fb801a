#include "input/mapping_nodes.h"

#include <string.h>

#include "base/checked.h"
#include "input/fields.h"
#include "input/roles.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LARGEST_FACTOR (UINT64_C(1) << 40)

static const char *const level_keys[] = {"level", "temporal", "spatial", "keep", "stationary"};
static const char *const axis_keys[] = {"x", "y"};

typedef struct {
    tw_document *document;
    const tw_hierarchy *arch;
    const tw_problem *problem;
    const char *layer;
    bool partial;
} reader;

/* `[K, 4]`; factor 0 stands for `free`. */
static bool read_loop(reader *r, const tw_node *node, tw_loop *out) {
    if (node->kind != TW_NODE_SEQUENCE || node->count != 2) {
        tw_node_error(
            r->document, node, "layer %.60s: a loop is %s, expected [dimension, factor]", r->layer,
            node->kind == TW_NODE_SEQUENCE ? "a list of another length" : tw_node_kind_text(node));
        return false;
    }
    const tw_node *factor = node->values[1];
    if (!tw_value_dim(r->document, node->values[0], "the dimension of a loop", &out->dim))
        return false;
    out->factor = 0;
    if (r->partial && factor->kind == TW_NODE_SCALAR && strcmp(factor->scalar, "free") == 0)
        return true;
    return tw_value_u64(r->document, factor, "the factor of a loop", 1, LARGEST_FACTOR,
                        &out->factor);
}

static void read_temporal(reader *r, const tw_node *node, tw_level_mapping *out) {
    if (!tw_value_is_sequence(r->document, node, "temporal"))
        return;
    for (size_t i = 0; i < node->count; i++) {
        tw_loop loop;
        if (!read_loop(r, node->values[i], &loop) || (loop.factor == 1 && !r->partial))
            continue;
        if (out->loop_count == TW_MAX_LOOPS) {
            tw_node_error(r->document, node, "layer %.60s: more than %d loops at a level", r->layer,
                          (int)TW_MAX_LOOPS);
            return;
        }
        out->loops[out->loop_count++] = loop;
    }
}

static void read_axis(reader *r, const tw_node *node, uint64_t factors[TW_DIM_COUNT]) {
    tw_dim_mask seen = 0;
    if (!tw_value_is_sequence(r->document, node, "a spatial axis"))
        return;
    for (size_t i = 0; i < node->count; i++) {
        tw_loop loop;
        if (!read_loop(r, node->values[i], &loop))
            continue;
        if (seen >> loop.dim & 1)
            tw_node_error(r->document, node->values[i], "layer %.60s: %s stands twice on one axis",
                          r->layer, tw_dim_names[loop.dim]);
        seen |= 1u << loop.dim;
        factors[loop.dim] = loop.factor;
    }
}

static int level_index(reader *r, const tw_node *node, const char *name) {
    const char *names[TW_MAX_LEVELS];
    for (unsigned l = 0; l < r->arch->level_count; l++) {
        names[l] = r->arch->levels[l].name;
        if (strcmp(names[l], name) == 0)
            return (int)l;
    }
    const char *close = tw_closest_word(name, names, r->arch->level_count);
    tw_node_error(r->document, node, "layer %.60s: accelerator %s has no level \"%.60s\"%s%s%s",
                  r->layer, r->arch->name, name, close ? ", did you mean \"" : "",
                  close ? close : "", close ? "\"?" : "");
    return -1;
}

/* Adds a free loop for every dimension without one, so that all factors are there to choose. */
static void complete_loops(reader *r, const tw_node *node, tw_level_mapping *level) {
    tw_dim_mask seen = 0;
    for (unsigned i = 0; i < level->loop_count; i++)
        seen |= 1u << level->loops[i].dim;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (r->problem->extent[d] == 1 || (seen >> d & 1))
            continue;
        if (level->loop_count == TW_MAX_LOOPS) {
            tw_node_error(r->document, node, "layer %.60s: more than %d loops at a level", r->layer,
                          (int)TW_MAX_LOOPS);
            return;
        }
        level->loops[level->loop_count++] = (tw_loop){(tw_dim)d, 0};
    }
}

static void init_levels(reader *r, tw_mapping *out) {
    tw_mapping_init(r->arch, out);
    for (unsigned l = 0; r->partial && l < out->level_count; l++)
        for (int d = 0; d < TW_DIM_COUNT; d++)
            if (r->problem->extent[d] > 1)
                out->levels[l].spatial_x[d] = out->levels[l].spatial_y[d] = 0;
}

static void read_level(reader *r, tw_node *node, uint32_t *levels_seen, tw_named_mapping *out) {
    const char *name = NULL;
    if (!tw_fields_check(r->document, node, "a level of a mapping", level_keys,
                         COUNT(level_keys)) ||
        !tw_value_text(r->document,
                       tw_field_require(r->document, node, "level", "a level of a mapping"),
                       "level", &name))
        return;
    const int l = level_index(r, tw_node_get(node, "level"), name);
    if (l < 0)
        return;
    if (*levels_seen >> l & 1) {
        tw_node_error(r->document, node, "layer %.60s: level %s is given twice", r->layer, name);
        return;
    }
    *levels_seen |= 1u << l;
    tw_level_mapping *level = &out->mapping.levels[l];
    read_temporal(r, tw_node_get(node, "temporal"), level);
    tw_node *spatial = tw_node_get(node, "spatial");
    if (spatial && tw_fields_check(r->document, spatial, "spatial", axis_keys, COUNT(axis_keys))) {
        read_axis(r, tw_node_get(spatial, "x"), level->spatial_x);
        read_axis(r, tw_node_get(spatial, "y"), level->spatial_y);
    }
    if (tw_value_roles(r->document, tw_node_get(node, "keep"), "keep", &level->keeps))
        out->keeps_given |= 1u << l;
    static const char *const roles[] = {"input", "weight", "output", "none"};
    unsigned role = 0;
    if (tw_value_choice(r->document, tw_node_get(node, "stationary"), "stationary", roles,
                        COUNT(roles), &role))
        level->stationary = (unsigned char)(1 + role); /* TW_NOTHING_STATIONARY follows the roles */
}

void tw_mapping_from_nodes(tw_document *document, tw_node *levels, const tw_hierarchy *arch,
                           const tw_problem *problem, bool partial, tw_named_mapping *out) {
    reader r = {document, arch, problem, out->layer, partial};
    uint32_t seen = 0;
    init_levels(&r, &out->mapping);
    if (!tw_value_is_sequence(document, levels, "a mapping"))
        return;
    for (size_t i = 0; i < levels->count; i++)
        read_level(&r, levels->values[i], &seen, out);
    for (unsigned l = 0; partial && l < arch->level_count; l++)
        complete_loops(&r, levels, &out->mapping.levels[l]);
}

/* The closest name of the first layers: an error may cost no more. */
static const char *closest_layer(const char *name, const tw_network *network) {
    enum { MOST = 2000 };
    const char *names[MOST];
    const size_t count = network->layer_count < MOST ? network->layer_count : MOST;
    for (size_t i = 0; i < count; i++)
        names[i] = network->layers[i].name;
    return tw_closest_word(name, names, count);
}

static void fail_layer(tw_document *document, const tw_node *name, const tw_network *network) {
    const char *close = closest_layer(name->scalar, network);
    tw_node_error(document, name, "network %s has no layer \"%.60s\"%s%s%s", network->name,
                  name->scalar, close ? ", did you mean \"" : "", close ? close : "",
                  close ? "\"?" : "");
}

void tw_mapping_set_add(tw_document *document, const tw_node *node, const tw_node *name,
                        tw_node *levels, const tw_hierarchy *arch, const tw_network *network,
                        tw_mapping_set *out) {
    size_t layer = 0;
    if (!tw_name_index_find(&out->layers, name->scalar, &layer)) {
        fail_layer(document, name, network);
        return;
    }
    tw_named_mapping *item = tw_mapping_set_append(out, name->scalar);
    if (!item) {
        tw_node_error(document, node, "layer \"%.60s\" is mapped twice", name->scalar);
        return;
    }
    item->at = tw_node_position(document, name);
    tw_mapping_from_nodes(document, levels, arch, &network->layers[layer].problem, out->partial,
                          item);
}
