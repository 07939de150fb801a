#include "network/hierarchy_json.h"

#include <string.h>

#include "input/fields.h"

typedef enum {
    TEXT,       /* const char * */
    FLAG,       /* bool */
    COUNT,      /* uint64_t */
    REAL,       /* double */
    ROLE_REALS, /* double[TW_ROLE_COUNT] */
    ROLE_BITS,  /* uint32_t[TW_ROLE_COUNT] */
    ROLES,      /* tw_role_mask */
    DIMS,       /* tw_dim_mask, as letters: "KPQ" */
    MULTICAST,  /* tw_multicast */
    DIM_COUNTS, /* uint64_t[TW_DIM_COUNT], 0 = absent */
} field_kind;

typedef struct {
    const char *name;
    field_kind kind;
    size_t offset;
    bool optional; /* left out when empty or 0, which is what its absence means */
} field;

#define FIELD(type, member, kind, optional)                                                        \
    { #member, kind, offsetof(type, member), optional }

static const field hierarchy_fields[] = {
    FIELD(tw_hierarchy, name, TEXT, false),           FIELD(tw_hierarchy, description, TEXT, true),
    FIELD(tw_hierarchy, source, TEXT, true),          FIELD(tw_hierarchy, mac_pj, REAL, false),
    FIELD(tw_hierarchy, mac_leakage_mw, REAL, true),  FIELD(tw_hierarchy, clock_mhz, REAL, true),
    FIELD(tw_hierarchy, word_bits, ROLE_BITS, false), FIELD(tw_hierarchy, overlap, FLAG, false),
};

static const field level_fields[] = {
    FIELD(tw_level, name, TEXT, false),
    FIELD(tw_level, shared, FLAG, false),
    FIELD(tw_level, bounded, FLAG, false),
    FIELD(tw_level, capacity_units, ROLE_REALS, false),
    FIELD(tw_level, word_units, ROLE_REALS, false),
    FIELD(tw_level, keeps, ROLES, false),
    FIELD(tw_level, may_keep, ROLES, false),
    FIELD(tw_level, must_keep, ROLES, false),
    FIELD(tw_level, sliding_window, FLAG, false),
    FIELD(tw_level, read_pj, ROLE_REALS, false),
    FIELD(tw_level, write_pj, ROLE_REALS, false),
    FIELD(tw_level, bandwidth, REAL, true),
    FIELD(tw_level, read_bandwidth, REAL, true),
    FIELD(tw_level, write_bandwidth, REAL, true),
    FIELD(tw_level, role_bandwidth, ROLE_REALS, true),
    FIELD(tw_level, leakage_mw, REAL, true),
};

static const field fanout_fields[] = {
    FIELD(tw_fanout, x, COUNT, false),
    FIELD(tw_fanout, y, COUNT, false),
    FIELD(tw_fanout, dims_x, DIMS, false),
    FIELD(tw_fanout, dims_y, DIMS, false),
    FIELD(tw_fanout, multicast, MULTICAST, false),
    FIELD(tw_fanout, reduce, FLAG, false),
    FIELD(tw_fanout, hop_pj, REAL, true),
    FIELD(tw_fanout, hops, REAL, true),
};

static const field constraint_fields[] = {
    FIELD(tw_level_constraints, temporal_fixed, DIM_COUNTS, true),
    FIELD(tw_level_constraints, temporal_max, DIM_COUNTS, true),
    FIELD(tw_level_constraints, spatial_x_fixed, DIM_COUNTS, true),
    FIELD(tw_level_constraints, spatial_y_fixed, DIM_COUNTS, true),
};

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])

static const char *const multicast_names[] = {"words", "tiles", "none"};

/* ---- Writing ---- */

static void write_role_reals(tw_json *json, const field *f, const double values[TW_ROLE_COUNT]) {
    bool any = !f->optional;
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        any |= values[r] != 0;
    if (!any)
        return;
    tw_json_array_row(json, f->name);
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        tw_json_double(json, NULL, values[r]);
    tw_json_end(json);
}

static void write_dim_counts(tw_json *json, const char *key, const uint64_t counts[TW_DIM_COUNT]) {
    bool any = false;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        any |= counts[d] != 0;
    if (!any)
        return;
    tw_json_object_row(json, key);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (counts[d])
            tw_json_u64(json, tw_dim_names[d], counts[d]);
    tw_json_end(json);
}

static void write_dims(tw_json *json, const char *key, tw_dim_mask mask) {
    char letters[TW_DIM_COUNT + 1] = "";
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (mask >> d & 1)
            strncat(letters, tw_dim_names[d], 1);
    tw_json_text(json, key, letters);
}

static void write_roles(tw_json *json, const char *key, tw_role_mask mask) {
    tw_json_array_row(json, key);
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (mask >> r & 1)
            tw_json_text(json, NULL, tw_role_names[r]);
    tw_json_end(json);
}

static void write_role_bits(tw_json *json, const char *key, const uint32_t bits[TW_ROLE_COUNT]) {
    tw_json_array_row(json, key);
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        tw_json_u64(json, NULL, bits[r]);
    tw_json_end(json);
}

static void write_field(tw_json *json, const field *f, const void *value) {
    switch (f->kind) {
    case TEXT:
        if (*(const char *const *)value || !f->optional)
            tw_json_text(json, f->name, *(const char *const *)value);
        break;
    case FLAG:
        tw_json_bool(json, f->name, *(const bool *)value);
        break;
    case COUNT:
        tw_json_u64(json, f->name, *(const uint64_t *)value);
        break;
    case REAL:
        if (*(const double *)value != 0 || !f->optional)
            tw_json_double(json, f->name, *(const double *)value);
        break;
    case ROLE_REALS:
        write_role_reals(json, f, value);
        break;
    case ROLE_BITS:
        write_role_bits(json, f->name, value);
        break;
    case ROLES:
        write_roles(json, f->name, *(const tw_role_mask *)value);
        break;
    case DIMS:
        write_dims(json, f->name, *(const tw_dim_mask *)value);
        break;
    case MULTICAST:
        tw_json_text(json, f->name, multicast_names[*(const tw_multicast *)value]);
        break;
    case DIM_COUNTS:
        write_dim_counts(json, f->name, value);
        break;
    }
}

static void write_fields(tw_json *json, const field *fields, size_t count, const void *object) {
    for (size_t i = 0; i < count; i++)
        write_field(json, &fields[i], (const char *)object + fields[i].offset);
}

static void write_constraints(tw_json *json, const tw_level_constraints *constraints) {
    tw_json_object_row(json, "constraints");
    write_fields(json, constraint_fields, COUNT_OF(constraint_fields), constraints);
    if (constraints->order_count) {
        tw_json_array_row(json, "order");
        for (unsigned i = 0; i < constraints->order_count; i++)
            tw_json_text(json, NULL, tw_dim_names[constraints->order[i]]);
        tw_json_end(json);
    }
    if (constraints->stationary != TW_STATIONARY_FREE)
        tw_json_text(json, "stationary",
                     constraints->stationary < 0 ? "none" : tw_role_names[constraints->stationary]);
    tw_json_end(json);
}

void tw_hierarchy_write_json(tw_json *json, const char *key, const tw_hierarchy *hierarchy) {
    tw_json_object(json, key);
    tw_json_text(json, "kind", "hierarchy");
    write_fields(json, hierarchy_fields, COUNT_OF(hierarchy_fields), hierarchy);
    tw_json_array(json, "levels");
    for (unsigned l = 0; l < hierarchy->level_count; l++) {
        const tw_level *level = &hierarchy->levels[l];
        tw_json_object(json, NULL);
        write_fields(json, level_fields, COUNT_OF(level_fields), level);
        tw_json_object_row(json, "fanout");
        write_fields(json, fanout_fields, COUNT_OF(fanout_fields), &level->fanout);
        tw_json_end(json);
        write_constraints(json, &level->constraints);
        tw_json_end(json);
    }
    tw_json_end(json);
    tw_json_end(json);
}

/* ---- Reading ---- */

static bool read_three(tw_document *document, const tw_node *node, const char *what) {
    if (!tw_value_is_sequence(document, node, what))
        return false;
    if (node->count == TW_ROLE_COUNT)
        return true;
    tw_node_error(document, node, "%s: %zu values, expected %d (input, weight, output)", what,
                  node->count, TW_ROLE_COUNT);
    return false;
}

static void read_real(tw_document *document, const tw_node *node, const char *what, double *out) {
    tw_quantity quantity;
    if (tw_value_quantity(document, node, what, TW_QUANTITY_NUMBER, &quantity))
        *out = quantity.value;
}

static void read_roles(tw_document *document, const tw_node *node, const char *what,
                       tw_role_mask *out) {
    if (!tw_value_is_sequence(document, node, what))
        return;
    *out = 0;
    for (size_t i = 0; i < node->count; i++) {
        unsigned role = 0;
        if (tw_value_choice(document, node->values[i], what, tw_role_names, TW_ROLE_COUNT, &role))
            *out |= 1u << role;
    }
}

static void read_dims(tw_document *document, const tw_node *node, const char *what,
                      tw_dim_mask *out) {
    const char *letters = "";
    const bool none = node->kind == TW_NODE_SCALAR && node->length == 0;
    if (!none && !tw_value_text(document, node, what, &letters))
        return;
    *out = 0;
    for (const char *c = letters; *c; c++) {
        const int dim = tw_dim_by_name((char[]){*c, '\0'});
        if (dim < 0)
            tw_node_error(document, node, "%s: no dimension %c, expected letters of GBKCPQRS", what,
                          *c);
        else
            *out |= 1u << dim;
    }
}

static void read_dim_counts(tw_document *document, tw_node *node, const char *what,
                            uint64_t counts[TW_DIM_COUNT]) {
    if (!tw_fields_check(document, node, what, tw_dim_names, TW_DIM_COUNT))
        return;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        tw_value_u64(document, tw_node_get(node, tw_dim_names[d]), what, 1, UINT64_C(1) << 40,
                     &counts[d]);
}

static void read_role_reals(tw_document *document, tw_node *node, const char *what,
                            double out[TW_ROLE_COUNT]) {
    if (read_three(document, node, what))
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            read_real(document, node->values[r], what, &out[r]);
}

static void read_role_bits(tw_document *document, tw_node *node, const char *what,
                           uint32_t out[TW_ROLE_COUNT]) {
    uint64_t bits = 0;
    if (!read_three(document, node, what))
        return;
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (tw_value_u64(document, node->values[r], what, 1, 1 << 20, &bits))
            out[r] = (uint32_t)bits;
}

static void read_multicast(tw_document *document, tw_node *node, const char *what,
                           tw_multicast *out) {
    unsigned choice = 0;
    if (tw_value_choice(document, node, what, multicast_names, COUNT_OF(multicast_names), &choice))
        *out = (tw_multicast)choice;
}

static void read_field(tw_document *document, const field *f, tw_node *node, void *out) {
    switch (f->kind) {
    case TEXT:
        tw_value_text(document, node, f->name, out);
        break;
    case FLAG:
        tw_value_bool(document, node, f->name, out);
        break;
    case COUNT:
        tw_value_u64(document, node, f->name, 1, UINT64_C(1) << 40, out);
        break;
    case REAL:
        read_real(document, node, f->name, out);
        break;
    case ROLE_REALS:
        read_role_reals(document, node, f->name, out);
        break;
    case ROLE_BITS:
        read_role_bits(document, node, f->name, out);
        break;
    case ROLES:
        read_roles(document, node, f->name, out);
        break;
    case DIMS:
        read_dims(document, node, f->name, out);
        break;
    case MULTICAST:
        read_multicast(document, node, f->name, out);
        break;
    case DIM_COUNTS:
        read_dim_counts(document, node, f->name, out);
        break;
    }
}

enum { MOST_KEYS = 24 };

/* Reads the fields of one object; `extra` are further keys that the caller reads itself. */
static bool read_fields(tw_document *document, tw_node *node, const char *what, const field *fields,
                        size_t count, const char *const *extra, size_t extra_count, void *object) {
    const char *known[MOST_KEYS];
    for (size_t i = 0; i < count; i++)
        known[i] = fields[i].name;
    for (size_t i = 0; i < extra_count; i++)
        known[count + i] = extra[i];
    if (!tw_fields_check(document, node, what, known, count + extra_count))
        return false;
    for (size_t i = 0; i < count; i++) {
        tw_node *value = fields[i].optional
                             ? tw_node_get(node, fields[i].name)
                             : tw_field_require(document, node, fields[i].name, what);
        if (value)
            read_field(document, &fields[i], value, (char *)object + fields[i].offset);
    }
    return true;
}

static void read_order(tw_document *document, const tw_node *node, tw_level_constraints *out) {
    if (!node || !tw_value_is_sequence(document, node, "order"))
        return;
    for (size_t i = 0; i < node->count && i < TW_DIM_COUNT; i++) {
        unsigned dim = 0;
        if (tw_value_choice(document, node->values[i], "order", tw_dim_names, TW_DIM_COUNT, &dim))
            out->order[out->order_count++] = (tw_dim)dim;
    }
}

static void read_constraints(tw_document *document, tw_node *node, tw_level_constraints *out) {
    static const char *const extra[] = {"order", "stationary"};
    out->stationary = -1;
    if (!node || !read_fields(document, node, "constraints", constraint_fields,
                              COUNT_OF(constraint_fields), extra, COUNT_OF(extra), out))
        return;
    read_order(document, tw_node_get(node, "order"), out);
    static const char *const roles[] = {"input", "weight", "output", "none"};
    unsigned role = 0;
    if (tw_value_choice(document, tw_node_get(node, "stationary"), "stationary", roles, 4, &role))
        out->stationary = role < TW_ROLE_COUNT ? (int)role : TW_STATIONARY_NONE;
}

static void read_level(tw_document *document, tw_node *node, tw_level *out) {
    static const char *const extra[] = {"fanout", "constraints"};
    out->fanout.x = out->fanout.y = 1;
    if (!read_fields(document, node, "a level", level_fields, COUNT_OF(level_fields), extra,
                     COUNT_OF(extra), out))
        return;
    tw_node *fanout = tw_field_require(document, node, "fanout", "a level");
    if (fanout)
        read_fields(document, fanout, "fanout", fanout_fields, COUNT_OF(fanout_fields), NULL, 0,
                    &out->fanout);
    read_constraints(document, tw_node_get(node, "constraints"), &out->constraints);
}

tw_status tw_hierarchy_read_json(tw_document *document, tw_node *node, tw_hierarchy *out) {
    static const char *const extra[] = {"kind", "levels"};
    *out = (tw_hierarchy){0};
    if (!read_fields(document, node, "accelerator", hierarchy_fields, COUNT_OF(hierarchy_fields),
                     extra, COUNT_OF(extra), out))
        return tw_document_status(document);
    tw_node *levels = tw_field_require(document, node, "levels", "accelerator");
    if (levels && tw_value_is_sequence(document, levels, "levels")) {
        if (levels->count > TW_MAX_LEVELS)
            tw_node_error(document, levels, "%zu levels, expected at most %d", levels->count,
                          TW_MAX_LEVELS);
        for (size_t l = 0; l < levels->count && l < TW_MAX_LEVELS; l++)
            read_level(document, levels->values[l], &out->levels[out->level_count++]);
    }
    TW_TRY(tw_document_status(document));
    const tw_position at = tw_node_position(document, node);
    return tw_hierarchy_check(document->ctx, &at, out);
}
