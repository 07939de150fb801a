/* The links of a network file: names of inputs and layers to indices. */
#ifndef TW_INPUT_NETWORK_LINKS_H
#define TW_INPUT_NETWORK_LINKS_H

#include "input/tree.h"
#include "workload/network.h"

/* Fills the layers' sources from `layers` (their `inputs:` lists) and reports names that are given
 * twice or that nothing has. `inputs` is the list of external inputs, or NULL. */
tw_status tw_network_link(tw_document *document, const tw_node *layers, const tw_node *inputs,
                          tw_network *network) TW_NODISCARD;

#endif
