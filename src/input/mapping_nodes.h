/* One layer's mapping out of nodes: the list of levels that mapping files and results share. */
#ifndef TW_INPUT_MAPPING_NODES_H
#define TW_INPUT_MAPPING_NODES_H

#include "input/mapping_set.h"
#include "input/tree.h"

/* `levels` is a list of {level, temporal, spatial, keep}. Fills out->mapping and keeps_given. */
void tw_mapping_from_nodes(tw_document *document, tw_node *levels, const tw_hierarchy *arch,
                           const tw_problem *problem, bool partial, tw_named_mapping *out);
/* The layer of the network with this name; NULL with an error at `node`. */
const tw_layer *tw_mapping_layer(tw_document *document, const tw_node *node, const char *name,
                                 const tw_network *network);
/* Room for one mapping for each of `count` entries. */
tw_status tw_mapping_set_reserve(tw_mapping_set *set, size_t count) TW_NODISCARD;

#endif
