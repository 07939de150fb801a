/* From a label back to the mapping that it stands for. */
#ifndef TW_SEARCH_CHAIN_MAPPING_H
#define TW_SEARCH_CHAIN_MAPPING_H

#include "search/labels.h"

/* The levels from `lowest` inwards as the label and its ancestors took them; levels further out
 * hold no loops. The label may still be the pool's scratch. */
void tw_label_mapping(const tw_labels *labels, const tw_label *label, unsigned lowest,
                      tw_mapping *out);

#endif
