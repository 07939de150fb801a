/* Scheduling tables as mappings of a hierarchy: which rows belong to which level, and which column
 * is which dimension. */
#ifndef TW_MAPPING_NEUROSPECTOR_TABLE_H
#define TW_MAPPING_NEUROSPECTOR_TABLE_H

#include "arch/neurospector.h"
#include "mapping/mapping.h"

/* What a level of a hierarchy is in the tables. */
typedef struct {
    ns_buffer_id buffer;
    ns_array_id array; /* between it and the next inner level */
} ns_level_role;

extern const tw_dim ns_column_dims[NS_COLUMNS];

/* Outermost first; of two levels or three. */
const ns_level_role *ns_level_roles(unsigned level_count);
/* Loops that leave the stationary datum of the next inner buffer as it is stand innermost. Only the
 * dataflows `given` (bit b: buffer b's) are said to be none: else the accelerator's own count. */
enum { NS_ALL_BUFFERS = (1 << NS_BUFFERS) - 1 };
void ns_mapping_of(const tw_hierarchy *arch, const ns_table *table, const ns_dataflows *flows,
                   unsigned given, tw_mapping *out);

#endif
