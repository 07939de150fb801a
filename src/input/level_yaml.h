/* One storage level of a `kind: hierarchy` file, with the fanout below it. */
#ifndef TW_INPUT_LEVEL_YAML_H
#define TW_INPUT_LEVEL_YAML_H

#include "arch/hierarchy.h"
#include "input/tree.h"

/* Fills *out; `arch` gives clock and word widths. The outermost level may leave out its capacity.
 */
void tw_level_read(tw_document *document, tw_node *node, const tw_hierarchy *arch, bool outermost,
                   tw_level *out);

#endif
