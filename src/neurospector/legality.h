/* Which scheduling tables are valid. Registers hold nothing, unrolled loops fit their array, the
 * tiles of LB and GB fit: together when the buffer is shared (bypassed data do not count), each
 * strictly below its own size when it is split. */
#ifndef TW_NEUROSPECTOR_LEGALITY_H
#define TW_NEUROSPECTOR_LEGALITY_H

#include "arch/neurospector.h"

bool ns_tile_fits(const ns_buffer *buffer, const uint64_t words[NS_DATA]);
/* A table whose columns multiply to the layer's sizes. */
bool ns_table_is_valid(const ns_accelerator *accelerator, const ns_layer *layer,
                       const ns_table *table);
/* The same with a diagnostic at `at` for every violation, the products of the columns and virtual
 * rows included. TW_INVALID when there is one. */
tw_status ns_table_check(tw_ctx *ctx, const tw_position *at, const ns_accelerator *accelerator,
                         const ns_layer *layer, const ns_table *table) TW_NODISCARD;
/* Why a layer has no valid mapping: what does not fit though it holds a single word of each. False
 * when nothing of that kind is in the way. */
bool ns_smallest_tile_fails(const ns_accelerator *accelerator, const ns_layer *layer, char *reason,
                            size_t size);

#endif
