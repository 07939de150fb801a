/* Labels in the order in which they are expanded: a heap by bound; equal bounds go by energy, then
 * to the label that is further out, then to the older one, so that the order never depends on
 * anything else. Energy matters for latencies, which many labels share: little traffic leads to a
 * mapping that keeps the bound. */
#ifndef TW_SEARCH_FRONTIER_H
#define TW_SEARCH_FRONTIER_H

#include "base/ctx.h"

typedef struct {
    double bound, energy_pj;
    uint32_t step, label;
} tw_frontier_entry;

typedef struct {
    tw_ctx *ctx;
    size_t count, capacity;
    tw_frontier_entry *entries;
} tw_frontier;

void tw_frontier_init(tw_frontier *frontier, tw_ctx *ctx);
void tw_frontier_free(tw_frontier *frontier);
void tw_frontier_clear(tw_frontier *frontier);
tw_status tw_frontier_push(tw_frontier *frontier, tw_frontier_entry entry) TW_NODISCARD;
/* The first entry, taken out. Undefined on an empty frontier. */
tw_frontier_entry tw_frontier_pop(tw_frontier *frontier);

#endif
