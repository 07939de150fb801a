#include "input/constraints.h"

#include <string.h>

#include "base/checked.h"
#include "input/native.h"
#include "input/roles.h"

#define LARGEST_FACTOR (UINT64_C(1) << 40)

void tw_constraints_init(tw_level_constraints *constraints) {
    *constraints = (tw_level_constraints){.stationary = -1};
}

tw_role_mask tw_level_capacity_roles(const tw_level *level) {
    if (level->shared || !level->bounded)
        return TW_ALL_ROLES;
    tw_role_mask mask = 0;
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        mask |= level->capacity_units[r] > 0 ? 1u << r : 0;
    return mask;
}

/* `{K: 4, C: 1}` */
static void read_factors(tw_document *document, tw_node *node, const char *what,
                         uint64_t factors[TW_DIM_COUNT]) {
    if (!node || !tw_fields_check(document, node, what, tw_dim_names, TW_DIM_COUNT))
        return;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        char part[64];
        snprintf(part, sizeof part, "%s of %s", what, tw_dim_names[d]);
        (void)tw_value_u64(document, tw_node_get(node, tw_dim_names[d]), part, 1, LARGEST_FACTOR,
                           &factors[d]);
    }
}

/* Prescribed factors must fit the array and stand on dimensions that it allows. */
static void read_spatial(tw_document *document, tw_node *node, const char *axis, uint64_t size,
                         tw_dim_mask allowed, uint64_t factors[TW_DIM_COUNT]) {
    char what[32];
    snprintf(what, sizeof what, "spatial_%s", axis);
    if (!node)
        return;
    read_factors(document, node, what, factors);
    uint64_t product = 1;
    bool overflow = false;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (factors[d] > 1 && !(allowed >> d & 1))
            tw_node_error(document, node, "%s unrolls %s, which dims_%s does not allow", what,
                          tw_dim_names[d], axis);
        product = tw_mul_u64(product, factors[d] ? factors[d] : 1, &overflow);
    }
    if (overflow || product > size)
        tw_node_error(document, node, "the factors of %s multiply to %llu, the fanout has %llu",
                      what, (unsigned long long)product, (unsigned long long)size);
}

static void read_order(tw_document *document, tw_node *node, tw_level_constraints *out) {
    if (!tw_value_is_sequence(document, node, "order"))
        return;
    tw_dim_mask seen = 0;
    out->order_count = 0;
    for (size_t i = 0; i < node->count; i++) {
        tw_dim dim;
        if (!tw_value_dim(document, node->values[i], "order", &dim))
            continue;
        if (seen >> dim & 1)
            tw_node_error(document, node->values[i], "order names %s twice", tw_dim_names[dim]);
        else
            out->order[out->order_count++] = dim;
        seen |= 1u << dim;
    }
}

/* What is kept is prescribed: the search may not choose. */
static void read_keep(tw_document *document, tw_node *node, tw_level *level,
                      tw_role_mask capacity_roles) {
    static const char *const keys[] = {"keep", "bypass"};
    tw_role_mask mask[2] = {level->must_keep, TW_ALL_ROLES & ~level->may_keep};
    bool given[2];
    for (int i = 0; i < 2; i++) {
        const tw_node *value = tw_node_get(node, keys[i]);
        given[i] = tw_value_roles(document, value, keys[i], &mask[i]);
        const tw_role_mask impossible = i == 0 ? mask[i] & ~capacity_roles : 0;
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            if (given[i] && (impossible >> r & 1))
                tw_node_error(document, value, "keep names %s, for which level %s has no capacity",
                              tw_role_names[r], level->name);
    }
    if (given[0] && given[1] && (mask[0] & mask[1]))
        tw_node_error(document, tw_node_get(node, "bypass"), "a tensor is both kept and bypassed");
    if (given[0]) {
        level->must_keep |= mask[0];
        level->may_keep |= mask[0];
        level->keeps |= mask[0];
    }
    if (given[1]) {
        level->must_keep &= ~mask[1];
        level->may_keep &= ~mask[1];
        level->keeps &= ~mask[1];
    }
}

/* A narrower choice of the dimensions on an axis. */
static void read_dims(tw_document *document, tw_node *node, const char *key, tw_dim_mask *allowed) {
    const tw_node *value = tw_node_get(node, key);
    tw_dim_mask mask = 0;
    if (!tw_value_dims(document, value, key, &mask))
        return;
    if (value->kind == TW_NODE_SCALAR && mask)
        mask = *allowed; /* `all` that the array can */
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if ((mask & ~*allowed) >> d & 1)
            tw_node_error(document, value, "%s names %s, which the fanout does not allow", key,
                          tw_dim_names[d]);
    *allowed &= mask;
}

static const char *const level_keys[] = {"temporal", "temporal_max", "spatial_x", "spatial_y",
                                         "dims_x",   "dims_y",       "order",     "stationary",
                                         "keep",     "bypass"};

void tw_constraints_read(tw_document *document, tw_node *node, tw_level *level,
                         tw_role_mask capacity_roles) {
    tw_level_constraints *out = &level->constraints;
    tw_fanout *fanout = &level->fanout;
    char what[96];
    snprintf(what, sizeof what, "the constraints of level %.40s", level->name);
    if (!node ||
        !tw_fields_check(document, node, what, level_keys, sizeof level_keys / sizeof *level_keys))
        return;
    read_factors(document, tw_node_get(node, "temporal"), "temporal", out->temporal_fixed);
    read_factors(document, tw_node_get(node, "temporal_max"), "temporal_max", out->temporal_max);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (out->temporal_fixed[d] && out->temporal_max[d] &&
            out->temporal_fixed[d] > out->temporal_max[d])
            tw_node_error(document, node, "temporal fixes %s to %llu, more than its maximum %llu",
                          tw_dim_names[d], (unsigned long long)out->temporal_fixed[d],
                          (unsigned long long)out->temporal_max[d]);
    read_dims(document, node, "dims_x", &fanout->dims_x);
    read_dims(document, node, "dims_y", &fanout->dims_y);
    read_spatial(document, tw_node_get(node, "spatial_x"), "x", fanout->x, fanout->dims_x,
                 out->spatial_x_fixed);
    read_spatial(document, tw_node_get(node, "spatial_y"), "y", fanout->y, fanout->dims_y,
                 out->spatial_y_fixed);
    read_order(document, tw_node_get(node, "order"), out);
    static const char *const roles[] = {"input", "weight", "output", "none"};
    unsigned role = 0;
    if (tw_value_choice(document, tw_node_get(node, "stationary"), "stationary", roles, 4, &role))
        out->stationary = role < TW_ROLE_COUNT ? (int)role : TW_STATIONARY_NONE;
    read_keep(document, node, level, capacity_roles);
}

static tw_level *level_by_name(tw_document *document, const tw_node *key, tw_hierarchy *arch) {
    const char *names[TW_MAX_LEVELS];
    for (unsigned l = 0; l < arch->level_count; l++) {
        if (strcmp(arch->levels[l].name, key->scalar) == 0)
            return &arch->levels[l];
        names[l] = arch->levels[l].name;
    }
    const char *close = tw_closest_word(key->scalar, names, arch->level_count);
    tw_node_error(document, key, "accelerator %s has no level \"%.60s\"%s%s%s", arch->name,
                  key->scalar, close ? ", did you mean \"" : "", close ? close : "",
                  close ? "\"?" : "");
    return NULL;
}

static const char *const file_keys[] = {"kind", "name", "description", "levels"};

static tw_status merge(tw_document *document, tw_hierarchy *arch) {
    tw_node *root = document->root;
    (void)tw_fields_check(document, root, "a constraints file", file_keys,
                          sizeof file_keys / sizeof *file_keys);
    tw_node *levels = tw_field_require(document, root, "levels", "the constraints file");
    if (levels && levels->kind != TW_NODE_MAPPING)
        tw_node_error(document, levels, "levels is %s, expected a mapping by level name",
                      tw_node_kind_text(levels));
    for (size_t i = 0; levels && levels->kind == TW_NODE_MAPPING && i < levels->count; i++) {
        tw_level *level = level_by_name(document, levels->keys[i], arch);
        if (level)
            tw_constraints_read(document, levels->values[i], level, tw_level_capacity_roles(level));
    }
    if (arch->levels[0].keeps != TW_ALL_ROLES)
        tw_node_error(document, levels, "the outermost level %s must keep every tensor",
                      arch->levels[0].name);
    return tw_document_status(document);
}

tw_status tw_constraints_merge(tw_ctx *ctx, const char *path, tw_hierarchy *arch) {
    tw_input input;
    tw_arena arena;
    tw_document document;
    TW_TRY(tw_input_open(ctx, path, &input));
    tw_arena_init(&arena, ctx);
    tw_status status = tw_native_open(&input, &arena, "constraints", &document);
    if (status == TW_OK)
        status = merge(&document, arch);
    tw_arena_free(&arena);
    tw_input_close(&input);
    return status;
}
