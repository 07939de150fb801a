/* A hierarchy inside a result: written and read back through one table of fields, so that what is
 * written is always read. Every value stands in base units (pJ, mW, MHz, words per cycle, and
 * the capacity in the level's own units), which doubles carry to the bit. */
#ifndef TW_NETWORK_HIERARCHY_JSON_H
#define TW_NETWORK_HIERARCHY_JSON_H

#include "arch/hierarchy.h"
#include "base/json_writer.h"
#include "input/tree.h"

void tw_hierarchy_write_json(tw_json *json, const char *key, const tw_hierarchy *hierarchy);
/* Strings lie in the document's arena. Errors at their places, all of them. */
tw_status tw_hierarchy_read_json(tw_document *document, tw_node *node,
                                 tw_hierarchy *out) TW_NODISCARD;

#endif
