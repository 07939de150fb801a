/* Anchors, aliases and merge keys of foreign YAML. An alias becomes a copy of its target, counted
 * against the limit on nodes, so that nested aliases cannot explode. */
#ifndef TW_INPUT_TREE_ALIAS_H
#define TW_INPUT_TREE_ALIAS_H

#include "input/tree.h"

typedef struct tw_tree_anchor_entry tw_tree_anchor_entry;

typedef struct {
    tw_tree_anchor_entry *last; /* linked, newest first: a later anchor hides an earlier one */
    size_t anchor_count;
    size_t node_count; /* of the whole tree so far */
} tw_tree_aliases;

/* Anchors of a file and keys of a merged mapping: their look-ups are linear. */
enum { TW_MAX_ANCHORS = 4096, TW_MAX_MERGED_KEYS = 512 };

tw_status tw_tree_anchor(tw_tree_aliases *aliases, tw_document *document, const char *name,
                         tw_node *node) TW_NODISCARD;
const tw_node *tw_tree_anchored(const tw_tree_aliases *aliases, const char *name);
/* A deep copy that will stand at `depth`. */
tw_status tw_tree_copy(tw_tree_aliases *aliases, tw_document *document, const tw_node *node,
                       unsigned depth, tw_node **out) TW_NODISCARD;
/* Replaces `<<: mapping` (or a list of mappings) by the keys that `mapping` does not have. */
tw_status tw_tree_merge(tw_document *document, tw_node *mapping) TW_NODISCARD;

#endif
