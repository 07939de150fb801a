/* What one level costs, in the 32-bit floats of the original: bottom-up decides level by level and
 * looks at no more. Every operation is rounded where the original rounds it, since ties are kept or
 * broken by the last bit. */
#ifndef TW_NEUROSPECTOR_LEVEL_COST_H
#define TW_NEUROSPECTOR_LEVEL_COST_H

#include "neurospector/chain.h"

/* A scheduling table as ten tiles of the lattice, one a row. */
typedef struct {
    uint32_t rows[NS_ROWS];
} ns_plan;

typedef struct {
    const ns_space *space;
    ns_metric metric;
    ns_model single;
    float access_pj[NS_LEVELS][NS_DATA];
    float macs;
    ns_dataflow inner_flow, outer_flow; /* in force at LB and GB */
    const ns_tile *dram_tile;           /* DRAM's crossings of this tile are at hand */
    ns_crossings dram;
} ns_level_prices;

void ns_level_prices_init(ns_level_prices *prices, const ns_space *space, ns_metric metric);
void ns_level_prices_set(ns_level_prices *prices, const ns_dataflows *dataflows);
/* Energy or cycles of the buffer of row e, LB, GB or DRAM; not negative, and finite where
 * ns_single_check is passed. */
float ns_level_price(ns_level_prices *prices, ns_row e, const ns_plan *plan);
/* What no plan costs less than whose row e, GB or DRAM, sends the same tile. With e = GB, among
 * plans that are equal in the rows further out. */
float ns_level_least(ns_level_prices *prices, ns_row e, const ns_plan *plan);

#endif
