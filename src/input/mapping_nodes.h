/* Mappings out of nodes: the list of levels that mapping files and results share. */
#ifndef TW_INPUT_MAPPING_NODES_H
#define TW_INPUT_MAPPING_NODES_H

#include "input/mapping_set.h"
#include "input/tree.h"

/* `levels` is a list of {level, temporal, spatial, keep}. Fills out->mapping and keeps_given. */
void tw_mapping_from_nodes(tw_document *document, tw_node *levels, const tw_hierarchy *arch,
                           const tw_problem *problem, bool partial, tw_named_mapping *out);
/* Adds the mapping of the layer whose name stands at `name`, both in the object at `node`. The
 * document lies in the arena of the set. */
void tw_mapping_set_add(tw_document *document, const tw_node *node, const tw_node *name,
                        tw_node *levels, const tw_hierarchy *arch, const tw_network *network,
                        tw_mapping_set *out);

#endif
