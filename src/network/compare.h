/* Two JSON trees compared value by value: what a file says against what was computed anew. */
#ifndef TW_NETWORK_COMPARE_H
#define TW_NETWORK_COMPARE_H

#include "input/tree.h"

/* Reports every value of `given` that differs from `computed`, at its place in the file, and every
 * key that only one of them has; numbers are equal when they have the same bits. Keys among
 * `skip` (NULL-terminated) are passed over at the top. The number of differences. */
size_t tw_tree_compare(tw_document *document, const char *path, const tw_node *given,
                       const tw_node *computed, const char *const *skip);

#endif
