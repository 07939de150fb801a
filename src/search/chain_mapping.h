/* From a label back to the mapping that it stands for. */
#ifndef TW_SEARCH_CHAIN_MAPPING_H
#define TW_SEARCH_CHAIN_MAPPING_H

#include "search/labels.h"

/* The mapping of a complete chain. */
void tw_label_mapping(const tw_labels *labels, const tw_label *label, tw_mapping *out);

/* The loop nest of a partial chain, as if the levels outside `label->level` held no loops, and
 * what its levels keep. The label may still be the pool's scratch. */
void tw_label_nest(const tw_labels *labels, const tw_label *label, tw_nest *out,
                   tw_role_mask keeps[TW_MAX_LEVELS]);

#endif
