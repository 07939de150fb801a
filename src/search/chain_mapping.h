/* From a label back to the mapping that it stands for. */
#ifndef TW_SEARCH_CHAIN_MAPPING_H
#define TW_SEARCH_CHAIN_MAPPING_H

#include "search/labels.h"

/* The levels from `lowest` inwards as the label and its ancestors took them; levels further out
 * hold no loops. The label may still be the pool's scratch. Without `split` all spatial factors
 * stand on X: enough for counting. */
void tw_label_mapping(const tw_labels *labels, const tw_label *label, unsigned lowest, bool split,
                      tw_mapping *out);

#endif
