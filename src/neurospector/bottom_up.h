/* NeuroSpector's own optimizer: levels are decided one after the other, from DRAM inwards, each by
 * its own cost, and two candidates survive every step. See bottom_up.c. */
#ifndef TW_NEUROSPECTOR_BOTTOM_UP_H
#define TW_NEUROSPECTOR_BOTTOM_UP_H

#include "neurospector/search.h"

/* The original's table, strategy and dataflows, in the arithmetic of its floats but with counts
 * that do not wrap. Never proven. Work limits count mappings priced; `pruned` are those of its
 * inner walks that were passed over, since their price could change nothing. */
tw_status ns_bottom_up(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                       const ns_search_options *options, ns_search_result *out) TW_NODISCARD;

#endif
