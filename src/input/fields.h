/* Typed values out of a document's nodes, for every reader of a YAML format.
 *
 * Each function reports what is wrong at its place and goes on, so that one run shows all errors
 * of a file; `*out` changes only when the value is good, so that it holds the default before. */
#ifndef TW_INPUT_FIELDS_H
#define TW_INPUT_FIELDS_H

#include "input/tree.h"
#include "input/units.h"

/* "a mapping", "a list", "text": what the node is, for messages. */
const char *tw_node_kind_text(const tw_node *node);
/* Errors for keys that are not among `known`, with the closest one. False when `mapping` is no
 * mapping (an error, `what` names it). */
bool tw_fields_check(tw_document *document, const tw_node *mapping, const char *what,
                     const char *const *known, size_t known_count);
/* The value under `key`, or NULL with an error. */
tw_node *tw_field_require(tw_document *document, tw_node *mapping, const char *key,
                          const char *what);
/* Of values: NULL is no error and false. */
bool tw_value_text(tw_document *document, const tw_node *node, const char *what,
                   const char **out); /* in the document's arena */
/* Text that tables and reports print: at most 200 bytes, no control characters. */
bool tw_value_name(tw_document *document, const tw_node *node, const char *what, const char **out);
bool tw_value_bool(tw_document *document, const tw_node *node, const char *what, bool *out);
bool tw_value_u64(tw_document *document, const tw_node *node, const char *what, uint64_t least,
                  uint64_t most, uint64_t *out);
/* A number of a unit; negative, infinite and NaN values are refused. */
bool tw_value_quantity(tw_document *document, const tw_node *node, const char *what,
                       tw_quantity_kind kind, tw_quantity *out);
/* One of `words`: its index. */
bool tw_value_choice(tw_document *document, const tw_node *node, const char *what,
                     const char *const *words, size_t word_count, unsigned *out);
bool tw_value_is_sequence(tw_document *document, const tw_node *node, const char *what);

#endif
