#include "input/tree_alias.h"

#include <string.h>

struct tw_tree_anchor_entry {
    tw_tree_anchor_entry *next;
    const char *name;
    const tw_node *node;
};

tw_status tw_tree_anchor(tw_tree_aliases *aliases, tw_document *document, const char *name,
                         tw_node *node) {
    if (aliases->anchor_count++ >= TW_MAX_ANCHORS) {
        const tw_position at = tw_node_position(document, node);
        return tw_fail(document->ctx, TW_INVALID, &at, "more than %d anchors, the limit",
                       (int)TW_MAX_ANCHORS);
    }
    tw_tree_anchor_entry *entry = tw_arena_alloc(document->arena, sizeof *entry);
    if (!entry || !(entry->name = tw_arena_strdup(document->arena, name)))
        return tw_out_of_memory(document->ctx);
    entry->node = node;
    entry->next = aliases->last;
    aliases->last = entry;
    return TW_OK;
}

const tw_node *tw_tree_anchored(const tw_tree_aliases *aliases, const char *name) {
    for (const tw_tree_anchor_entry *e = aliases->last; e; e = e->next)
        if (strcmp(e->name, name) == 0)
            return e->node;
    return NULL;
}

static tw_status copy_list(tw_tree_aliases *aliases, tw_document *document, tw_node *const *from,
                           size_t count, unsigned depth, tw_node ***out) {
    tw_node **list = tw_arena_array(document->arena, count ? count : 1, sizeof *list);
    if (!list)
        return tw_out_of_memory(document->ctx);
    for (size_t i = 0; i < count; i++)
        TW_TRY(tw_tree_copy(aliases, document, from[i], depth, &list[i]));
    *out = list;
    return TW_OK;
}

tw_status tw_tree_copy(tw_tree_aliases *aliases, tw_document *document, const tw_node *node,
                       unsigned depth, tw_node **out) {
    const tw_position at = {.file = document->file, .line = node->line, .column = node->column};
    if (depth > TW_MAX_TREE_DEPTH)
        return tw_fail(document->ctx, TW_INVALID, &at, "nested more than 64 deep, the limit");
    if (aliases->node_count++ >= TW_MAX_TREE_NODES)
        return tw_fail(document->ctx, TW_INVALID, &at,
                       "the file's aliases make more than 1000000 values, the limit");
    tw_node *copy = tw_arena_alloc(document->arena, sizeof *copy);
    if (!copy)
        return tw_out_of_memory(document->ctx);
    *copy = *node;
    if (node->kind == TW_NODE_MAPPING)
        TW_TRY(copy_list(aliases, document, node->keys, node->count, depth + 1, &copy->keys));
    if (node->kind != TW_NODE_SCALAR)
        TW_TRY(copy_list(aliases, document, node->values, node->count, depth + 1, &copy->values));
    *out = copy;
    return TW_OK;
}

static bool is_merge(const tw_node *key) {
    return !key->quoted && strcmp(key->scalar, "<<") == 0;
}

static bool has_key(const tw_node *mapping, const char *key) {
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i]->scalar, key) == 0)
            return true;
    return false;
}

/* Room for the keys of every merged mapping, with the merge keys themselves left out. */
static size_t merged_count(const tw_node *mapping) {
    size_t count = 0;
    for (size_t i = 0; i < mapping->count; i++) {
        const tw_node *value = mapping->values[i];
        if (!is_merge(mapping->keys[i]))
            count++;
        else if (value->kind == TW_NODE_MAPPING)
            count += value->count;
        else
            for (size_t j = 0; j < value->count; j++)
                count += value->values[j]->count;
    }
    return count;
}

static void add_missing(tw_node *to, const tw_node *from) {
    for (size_t i = 0; from->kind == TW_NODE_MAPPING && i < from->count; i++)
        if (!has_key(to, from->keys[i]->scalar)) {
            to->keys[to->count] = from->keys[i];
            to->values[to->count++] = from->values[i];
        }
}

tw_status tw_tree_merge(tw_document *document, tw_node *mapping) {
    bool any = false;
    for (size_t i = 0; i < mapping->count; i++)
        any |= is_merge(mapping->keys[i]);
    if (!any)
        return TW_OK;
    const tw_node old = *mapping;
    const size_t room = merged_count(&old);
    if (room > TW_MAX_MERGED_KEYS) {
        const tw_position at = tw_node_position(document, mapping);
        return tw_fail(document->ctx, TW_INVALID, &at,
                       "merging (<<) gives a mapping of %zu keys, the limit is %d", room,
                       (int)TW_MAX_MERGED_KEYS);
    }
    mapping->count = 0;
    mapping->keys = tw_arena_array(document->arena, room ? room : 1, sizeof *mapping->keys);
    mapping->values = tw_arena_array(document->arena, room ? room : 1, sizeof *mapping->values);
    if (!mapping->keys || !mapping->values)
        return tw_out_of_memory(document->ctx);
    for (size_t i = 0; i < old.count; i++)
        if (!is_merge(old.keys[i])) {
            mapping->keys[mapping->count] = old.keys[i];
            mapping->values[mapping->count++] = old.values[i];
        }
    for (size_t i = 0; i < old.count; i++) {
        if (!is_merge(old.keys[i]))
            continue;
        add_missing(mapping, old.values[i]);
        for (size_t j = 0; old.values[i]->kind == TW_NODE_SEQUENCE && j < old.values[i]->count; j++)
            add_missing(mapping, old.values[i]->values[j]);
    }
    return TW_OK;
}
