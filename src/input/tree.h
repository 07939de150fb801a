/* A YAML file as a tree of nodes with positions, from libyaml's events. Limits on size, depth and
 * node count keep any input from hanging or exhausting us. No anchors or aliases. */
#ifndef TW_INPUT_TREE_H
#define TW_INPUT_TREE_H

#include "base/arena.h"

typedef enum { TW_NODE_SCALAR, TW_NODE_SEQUENCE, TW_NODE_MAPPING } tw_node_kind;

typedef struct tw_node tw_node;
struct tw_node {
    tw_node_kind kind;
    unsigned line, column;
    bool quoted; /* scalar in quotes: always a string */
    bool used;   /* a reader took this value (for unknown-key errors) */
    const char *scalar;
    size_t length;    /* of the scalar: it may hold a NUL, which readers refuse */
    size_t count;     /* items, or key/value pairs */
    tw_node **keys;   /* mapping: scalars */
    tw_node **values; /* mapping values or sequence items */
};

typedef struct {
    tw_ctx *ctx;
    tw_arena *arena;
    const char *file;
    const char *bytes; /* the whole input, for the caret line */
    size_t size;
    tw_node *root; /* NULL for an empty document */
} tw_document;

/* Parses `bytes`, which must outlive the document. Errors go to the diagnostics. */
tw_status tw_document_parse(tw_ctx *ctx, tw_arena *arena, const char *file, const char *bytes,
                            size_t size, tw_document *out) TW_NODISCARD;
/* The position of a node, with its source line (allocated in the arena). */
tw_position tw_node_position(const tw_document *document, const tw_node *node);
/* The value under `key`, marked used, or NULL. */
tw_node *tw_node_get(tw_node *mapping, const char *key);

#endif
