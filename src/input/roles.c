#include "input/roles.h"

#include <string.h>

void tw_value_per_role(tw_document *document, tw_node *node, const char *what,
                       tw_quantity_kind kind, tw_quantity out[TW_ROLE_COUNT], tw_role_mask *given) {
    if (!node)
        return;
    if (node->kind == TW_NODE_SCALAR) {
        tw_quantity value;
        if (tw_value_quantity(document, node, what, kind, &value))
            for (int r = 0; r < TW_ROLE_COUNT; r++) {
                out[r] = value;
                *given |= 1u << r;
            }
        return;
    }
    if (!tw_fields_check(document, node, what, tw_role_names, TW_ROLE_COUNT))
        return;
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        char part[96];
        snprintf(part, sizeof part, "%s of %s", what, tw_role_names[r]);
        if (tw_value_quantity(document, tw_node_get(node, tw_role_names[r]), part, kind, &out[r]))
            *given |= 1u << r;
    }
}

/* The words for a whole set. */
static bool read_all_or_none(tw_document *document, const tw_node *node, const char *what,
                             size_t count, uint32_t *out) {
    const bool all = strcmp(node->scalar, "all") == 0;
    if (!all && strcmp(node->scalar, "none") != 0) {
        tw_node_error(document, node, "%s is \"%.40s\", expected a list, all or none", what,
                      node->scalar);
        return false;
    }
    *out = all ? (1u << count) - 1 : 0;
    return true;
}

/* A list of words, each at most once, or `all` or `none`, as a bit mask. */
static bool read_set(tw_document *document, const tw_node *node, const char *what,
                     const char *const *words, size_t count, uint32_t *out) {
    if (!node)
        return false;
    if (node->kind == TW_NODE_SCALAR)
        return read_all_or_none(document, node, what, count, out);
    if (!tw_value_is_sequence(document, node, what))
        return false;
    uint32_t mask = 0;
    bool good = true;
    for (size_t i = 0; i < node->count; i++) {
        unsigned index = 0;
        if (!tw_value_choice(document, node->values[i], what, words, count, &index)) {
            good = false;
        } else if (mask >> index & 1) {
            tw_node_error(document, node->values[i], "%s names %s twice", what, words[index]);
            good = false;
        }
        mask |= good ? 1u << index : 0;
    }
    if (good)
        *out = mask;
    return good;
}

bool tw_value_roles(tw_document *document, const tw_node *node, const char *what,
                    tw_role_mask *out) {
    return read_set(document, node, what, tw_role_names, TW_ROLE_COUNT, out);
}

bool tw_value_dims(tw_document *document, const tw_node *node, const char *what, tw_dim_mask *out) {
    return read_set(document, node, what, tw_dim_names, TW_DIM_COUNT, out);
}

bool tw_value_dim(tw_document *document, const tw_node *node, const char *what, tw_dim *out) {
    unsigned index = 0;
    if (!tw_value_choice(document, node, what, tw_dim_names, TW_DIM_COUNT, &index))
        return false;
    *out = (tw_dim)index;
    return true;
}
