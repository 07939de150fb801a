/* Native accelerators, networks and mappings as NeuroSpector's files, which read back the same. */
#ifndef TW_NEUROSPECTOR_WRITE_H
#define TW_NEUROSPECTOR_WRITE_H

#include "arch/accelerator.h"
#include "base/text.h"
#include "input/mapping_set.h"
#include "workload/network.h"

/* TW_INVALID for what the format cannot say. */
tw_status tw_neurospector_accelerator_write(tw_text *out,
                                            const tw_accelerator *accelerator) TW_NODISCARD;
/* Layers that are no convolutions are left out with a warning, with `strict` they are errors. */
tw_status tw_neurospector_network_write(tw_text *out, const tw_network *network,
                                        bool strict) TW_NODISCARD;
tw_status tw_neurospector_mappings_write(tw_text *out, const tw_accelerator *accelerator,
                                         const tw_network *network,
                                         const tw_mapping_set *mappings) TW_NODISCARD;

#endif
