/* The array of levels under "mapping" in a result: written and read back. */
#ifndef TW_NETWORK_MAPPING_JSON_H
#define TW_NETWORK_MAPPING_JSON_H

#include "base/json_writer.h"
#include "input/tree.h"
#include "mapping/mapping.h"

void tw_mapping_write_json(tw_json *json, const tw_hierarchy *arch, const tw_mapping *mapping);
/* Errors go to the document; false after one. Validity is not checked (see tw_mapping_check). */
bool tw_mapping_read_json(tw_document *document, tw_node *node, const tw_hierarchy *arch,
                          tw_mapping *out);

#endif
