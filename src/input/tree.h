/* A YAML file as a tree of nodes with positions, from libyaml's events. Limits on size, depth and
 * node count keep any input from hanging or exhausting us.
 *
 * Our own files are read strictly: anchors, aliases, tags and duplicate keys are errors. Foreign
 * files (Timeloop, ZigZag) use them, so the lenient reading expands aliases and `<<` merges into
 * copies, keeps tags, and warns of duplicate keys, of which the first counts. */
#ifndef TW_INPUT_TREE_H
#define TW_INPUT_TREE_H

#include "base/arena.h"

enum { TW_MAX_TREE_DEPTH = 64, TW_MAX_TREE_NODES = 1000000 };

typedef enum { TW_NODE_SCALAR, TW_NODE_SEQUENCE, TW_NODE_MAPPING } tw_node_kind;

typedef struct tw_node tw_node;
struct tw_node {
    tw_node_kind kind;
    unsigned line, column;
    bool quoted;     /* scalar in quotes: always a string */
    bool used;       /* a reader took this value */
    const char *tag; /* "!Component" in a lenient reading, else NULL */
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
    struct tw_line_cursor *cursor; /* the source line last looked for, or NULL */
    tw_node *root;                 /* NULL for an empty document */
    size_t errors;                 /* reported by tw_node_error */
} tw_document;

/* Parses `bytes`, which must outlive the document. Errors go to the diagnostics. */
tw_status tw_document_parse(tw_ctx *ctx, tw_arena *arena, const char *file, const char *bytes,
                            size_t size, tw_document *out) TW_NODISCARD;
tw_status tw_document_parse_lenient(tw_ctx *ctx, tw_arena *arena, const char *file,
                                    const char *bytes, size_t size, tw_document *out) TW_NODISCARD;
/* The position of a node, with its source line (allocated in the arena). */
tw_position tw_node_position(const tw_document *document, const tw_node *node);
/* The value under `key`, marked used, or NULL. */
tw_node *tw_node_get(tw_node *mapping, const char *key);
/* An error at a node (NULL: the file), counted in document->errors, so that a reader goes on to
 * find all of them and fails at its end: `return tw_document_status(document);` */
void tw_node_error(tw_document *document, const tw_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* TW_OK, TW_INVALID after errors, TW_ERROR when memory ran out. */
tw_status tw_document_status(const tw_document *document);

#endif
