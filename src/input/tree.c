/* Builds the tree from libyaml's events with a stack of the collections that are open. Events,
 * not libyaml's own documents: those take time quadratic in the depth of nesting before any limit
 * of ours could act. */
#include "input/tree.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "input/file.h"
#include "input/tree_alias.h"

/* Readers ask for places mostly in order: each search begins at the one before, so that asking for
 * every line of a file, or for every column of a line, costs one pass. */
struct tw_line_cursor {
    unsigned line, column;
    const char *at, *column_at;
};

typedef struct {
    tw_node *node;
    size_t capacity;
    tw_node *key; /* mapping: waits for its value */
} frame;

typedef struct {
    tw_document *document;
    bool lenient;
    unsigned depth;
    frame stack[TW_MAX_TREE_DEPTH];
    tw_tree_aliases aliases;
} builder;

static bool is_continuation(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

static tw_status fail_at(tw_document *document, yaml_mark_t mark, const char *message) {
    const tw_node place = {.line = (unsigned)mark.line + 1, .column = (unsigned)mark.column + 1};
    const tw_position at = tw_node_position(document, &place);
    return tw_fail(document->ctx, TW_INVALID, &at, "%s", message);
}

/* Doubles the room of an open collection when it is full. */
static tw_status reserve(tw_document *document, frame *top) {
    tw_node *node = top->node;
    if (node->count < top->capacity)
        return TW_OK;
    const size_t capacity = top->capacity ? top->capacity * 2 : 4;
    tw_node **values = tw_arena_array(document->arena, capacity, sizeof *values);
    tw_node **keys = node->kind == TW_NODE_MAPPING
                         ? tw_arena_array(document->arena, capacity, sizeof *keys)
                         : NULL;
    if (!values || (node->kind == TW_NODE_MAPPING && !keys))
        return tw_out_of_memory(document->ctx);
    if (node->count) {
        memcpy(values, node->values, node->count * sizeof *values);
        if (keys)
            memcpy(keys, node->keys, node->count * sizeof *keys);
    }
    node->values = values;
    node->keys = keys;
    top->capacity = capacity;
    return TW_OK;
}

/* Hangs a complete or just opened node into the innermost open collection. */
static tw_status attach(builder *b, tw_node *node, yaml_mark_t mark) {
    if (b->depth == 0) {
        b->document->root = node;
        return TW_OK;
    }
    frame *top = &b->stack[b->depth - 1];
    if (top->node->kind == TW_NODE_MAPPING && !top->key) {
        if (node->kind != TW_NODE_SCALAR)
            return fail_at(b->document, mark, "a key is a list or a mapping, expected a word");
        top->key = node;
        return TW_OK;
    }
    TW_TRY(reserve(b->document, top));
    if (top->key)
        top->node->keys[top->node->count] = top->key;
    top->node->values[top->node->count++] = node;
    top->key = NULL;
    return TW_OK;
}

static tw_status new_node(builder *b, tw_node_kind kind, yaml_mark_t mark, tw_node **out) {
    if (b->aliases.node_count++ >= TW_MAX_TREE_NODES)
        return fail_at(b->document, mark, "the file has more than 1000000 values, the limit");
    tw_node *node = tw_arena_alloc(b->document->arena, sizeof *node);
    if (!node)
        return tw_out_of_memory(b->document->ctx);
    node->kind = kind;
    node->line = (unsigned)mark.line + 1;
    node->column = (unsigned)mark.column + 1;
    *out = node;
    return TW_OK;
}

/* Anchor and tag of a node: refused in our files, remembered in foreign ones. */
static tw_status decorate(builder *b, tw_node *node, const yaml_char_t *anchor,
                          const yaml_char_t *tag, yaml_mark_t mark) {
    if (!b->lenient && anchor)
        return fail_at(b->document, mark, "anchors (&name) are not part of this format");
    if (!b->lenient && tag)
        return fail_at(b->document, mark, "tags (!name) are not part of this format");
    if (tag && !(node->tag = tw_arena_strdup(b->document->arena, (const char *)tag)))
        return tw_out_of_memory(b->document->ctx);
    return anchor ? tw_tree_anchor(&b->aliases, b->document, (const char *)anchor, node) : TW_OK;
}

static tw_status add_scalar(builder *b, const yaml_event_t *event) {
    tw_node *node = NULL;
    TW_TRY(new_node(b, TW_NODE_SCALAR, event->start_mark, &node));
    node->length = event->data.scalar.length;
    node->scalar =
        tw_arena_strndup(b->document->arena, (const char *)event->data.scalar.value, node->length);
    if (!node->scalar)
        return tw_out_of_memory(b->document->ctx);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    TW_TRY(decorate(b, node, event->data.scalar.anchor, event->data.scalar.tag, event->start_mark));
    return attach(b, node, event->start_mark);
}

static tw_status open_collection(builder *b, tw_node_kind kind, const yaml_char_t *anchor,
                                 const yaml_char_t *tag, yaml_mark_t mark) {
    tw_node *node = NULL;
    if (b->depth == TW_MAX_TREE_DEPTH)
        return fail_at(b->document, mark, "nested more than 64 deep, the limit");
    TW_TRY(new_node(b, kind, mark, &node));
    TW_TRY(decorate(b, node, anchor, tag, mark));
    TW_TRY(attach(b, node, mark));
    b->stack[b->depth++] = (frame){.node = node};
    return TW_OK;
}

/* By text, then by place, so that of equal keys the later ones follow. */
static int compare_keys(const void *a, const void *b) {
    const tw_node *x = *(tw_node *const *)a, *y = *(tw_node *const *)b;
    const int order = strcmp(x->scalar, y->scalar);
    if (order)
        return order;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

static void report_duplicate(builder *b, const tw_node *first, const tw_node *again) {
    if (!b->lenient) {
        tw_node_error(b->document, again, "duplicate key \"%s\", first given on line %u",
                      again->scalar, first->line);
        return;
    }
    const tw_position at = tw_node_position(b->document, again);
    tw_diag(b->document->ctx, TW_SEVERITY_WARNING, &at,
            "duplicate key \"%s\", the one on line %u counts", again->scalar, first->line);
}

static tw_status check_duplicates(builder *b, const tw_node *mapping) {
    const size_t count = mapping->count;
    if (count < 2)
        return TW_OK;
    tw_node **sorted = tw_alloc_array(b->document->ctx, count, sizeof(tw_node *));
    if (!sorted)
        return tw_out_of_memory(b->document->ctx);
    memcpy(sorted, mapping->keys, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_keys);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (strcmp(sorted[first]->scalar, sorted[i]->scalar) == 0)
            report_duplicate(b, sorted[first], sorted[i]);
        else
            first = i;
    }
    tw_free(b->document->ctx, sorted);
    return TW_OK;
}

static tw_status close_collection(builder *b) {
    tw_node *node = b->stack[--b->depth].node;
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the parser's events are balanced */
    if (node->kind != TW_NODE_MAPPING)
        return TW_OK;
    TW_TRY(check_duplicates(b, node));
    return b->lenient ? tw_tree_merge(b->document, node) : TW_OK;
}

static tw_status add_alias(builder *b, const yaml_event_t *event) {
    const char *name = (const char *)event->data.alias.anchor;
    if (!b->lenient)
        return fail_at(b->document, event->start_mark,
                       "aliases (*name) are not part of this format");
    const tw_node *target = tw_tree_anchored(&b->aliases, name);
    for (unsigned i = 0; i < b->depth; i++)
        if (b->stack[i].node == target)
            target = NULL;
    if (!target)
        return fail_at(b->document, event->start_mark,
                       "the alias names no anchor that is complete before it");
    tw_node *copy = NULL;
    TW_TRY(tw_tree_copy(&b->aliases, b->document, target, b->depth, &copy));
    return attach(b, copy, event->start_mark);
}

static tw_status take_event(builder *b, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (b->document->root)
            return fail_at(b->document, event->start_mark,
                           "a second document begins here, expected one in a file");
        return TW_OK;
    case YAML_SCALAR_EVENT:
        return add_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(b, TW_NODE_SEQUENCE, event->data.sequence_start.anchor,
                               event->data.sequence_start.tag, event->start_mark);
    case YAML_MAPPING_START_EVENT:
        return open_collection(b, TW_NODE_MAPPING, event->data.mapping_start.anchor,
                               event->data.mapping_start.tag, event->start_mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_collection(b);
    case YAML_ALIAS_EVENT:
        return add_alias(b, event);
    default:
        return TW_OK;
    }
}

/* libyaml reads ahead of its marks and gives only the offset of a byte that is no text. */
static yaml_mark_t mark_of_byte(const tw_document *document, size_t offset) {
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < offset && i < document->size; i++) {
        if (document->bytes[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (!is_continuation(document->bytes[i])) {
            mark.column++;
        }
    }
    return mark;
}

/* Without white space at the end. */
static size_t text_length(const tw_document *document) {
    size_t length = document->size;
    while (length > 0 && strchr(" \t\r\n", document->bytes[length - 1]))
        length--;
    return length;
}

static tw_status fail_parser(tw_document *document, const yaml_parser_t *parser) {
    if (parser->error == YAML_MEMORY_ERROR)
        return tw_out_of_memory(document->ctx);
    char message[256];
    if (parser->error == YAML_READER_ERROR) {
        snprintf(message, sizeof message, "not text: %s",
                 parser->problem ? parser->problem : "expected UTF-8");
        return fail_at(document, mark_of_byte(document, parser->problem_offset), message);
    }
    const yaml_mark_t end = mark_of_byte(document, text_length(document));
    const bool early = parser->problem_mark.line > end.line;
    snprintf(message, sizeof message, "%s%s", early ? "the file ends too early: " : "",
             parser->problem ? parser->problem : "not YAML");
    const size_t length = strlen(message);
    if (parser->context && parser->context_mark.line <= end.line)
        snprintf(message + length, sizeof message - length, " %s that began on line %zu",
                 parser->context, parser->context_mark.line + 1);
    return fail_at(document, early ? end : parser->problem_mark, message);
}

static tw_status parse_events(builder *b, yaml_parser_t *parser) {
    for (bool ended = false; !ended;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return fail_parser(b->document, parser);
        ended = event.type == YAML_STREAM_END_EVENT;
        const tw_status status = take_event(b, &event);
        yaml_event_delete(&event);
        TW_TRY(status);
    }
    return tw_document_status(b->document);
}

static tw_status parse(tw_ctx *ctx, tw_arena *arena, const char *file, const char *bytes,
                       size_t size, bool lenient, tw_document *out) {
    *out = (tw_document){.ctx = ctx, .arena = arena, .file = file, .bytes = bytes, .size = size};
    const tw_position whole = {.file = file};
    if (!(out->cursor = tw_arena_alloc(arena, sizeof *out->cursor)))
        return tw_out_of_memory(ctx);
    *out->cursor = (struct tw_line_cursor){1, 1, bytes, bytes};
    if (size > TW_MAX_TEXT_BYTES)
        return tw_fail(ctx, TW_INVALID, &whole, "the file has %zu bytes, the limit for text is %u",
                       size, (unsigned)TW_MAX_TEXT_BYTES);
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return tw_out_of_memory(ctx);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
    builder b = {.document = out, .lenient = lenient};
    const tw_status status = parse_events(&b, &parser);
    yaml_parser_delete(&parser);
    return status;
}

tw_status tw_document_parse(tw_ctx *ctx, tw_arena *arena, const char *file, const char *bytes,
                            size_t size, tw_document *out) {
    return parse(ctx, arena, file, bytes, size, false, out);
}

tw_status tw_document_parse_lenient(tw_ctx *ctx, tw_arena *arena, const char *file,
                                    const char *bytes, size_t size, tw_document *out) {
    return parse(ctx, arena, file, bytes, size, true, out);
}

static bool find_line(const tw_document *document, unsigned line, struct tw_line_cursor *place) {
    const char *begin = document->bytes, *end = begin + document->size;
    if (!document->cursor || document->cursor->line > line)
        *place = (struct tw_line_cursor){1, 1, begin, begin};
    else
        *place = *document->cursor;
    while (place->line < line) {
        const char *stop = memchr(place->at, '\n', (size_t)(end - place->at));
        if (!stop)
            return false;
        *place = (struct tw_line_cursor){place->line + 1, 1, stop + 1, stop + 1};
    }
    return true;
}

/* Columns count code points. */
static void find_column(struct tw_line_cursor *place, unsigned column, const char *end) {
    while (place->column < column && place->column_at < end && *place->column_at != '\n') {
        place->column++;
        place->column_at++;
        while (place->column_at < end && is_continuation(*place->column_at))
            place->column_at++;
    }
    while (place->column > column) {
        place->column--;
        place->column_at--;
        while (place->column_at > place->at && is_continuation(*place->column_at))
            place->column_at--;
    }
}

/* The source line around a position, cut at a length that a terminal can show. */
static void show_source(const tw_document *document, tw_position *at) {
    enum { LONGEST = 240, MOST_BEFORE = 100 };
    struct tw_line_cursor place;
    if (!document->bytes || at->line == 0 || !find_line(document, at->line, &place))
        return;
    const char *end = document->bytes + document->size;
    find_column(&place, at->column > 2 * MOST_BEFORE ? at->column - MOST_BEFORE : 1, end);
    if (document->cursor)
        *document->cursor = place;
    const char *from = place.column_at;
    size_t length = 0;
    while (from + length < end && from[length] != '\n' && from[length] != '\r' && length < LONGEST)
        length++;
    while (length > 0 && from + length < end && is_continuation(from[length]))
        length--;
    at->text = tw_arena_strndup(document->arena, from, length);
    at->text_column = place.column;
}

tw_position tw_node_position(const tw_document *document, const tw_node *node) {
    tw_position at = {.file = document->file};
    if (node) {
        at.line = node->line;
        at.column = node->column;
        show_source(document, &at);
    }
    return at;
}

tw_node *tw_node_get(tw_node *mapping, const char *key) {
    if (!mapping || mapping->kind != TW_NODE_MAPPING)
        return NULL;
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i]->scalar, key) == 0 && mapping->keys[i]->length == strlen(key)) {
            mapping->values[i]->used = true;
            return mapping->values[i];
        }
    return NULL;
}

void tw_node_error(tw_document *document, const tw_node *node, const char *format, ...) {
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    document->errors++;
    tw_position at = {.file = document->file};
    if (document->ctx->diagnostic_count < TW_MAX_DIAGNOSTICS) /* else it is only counted */
        at = tw_node_position(document, node);
    tw_diag(document->ctx, TW_SEVERITY_ERROR, &at, "%s", message);
}

tw_status tw_document_status(const tw_document *document) {
    if (atomic_load(&document->ctx->out_of_memory))
        return TW_ERROR;
    return document->errors ? TW_INVALID : TW_OK;
}
