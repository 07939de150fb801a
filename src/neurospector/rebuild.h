/* The scheduling table behind the tiles that a search found. */
#ifndef TW_NEUROSPECTOR_REBUILD_H
#define TW_NEUROSPECTOR_REBUILD_H

#include "neurospector/chain.h"

/* A mapping, from the MACs outwards: the unrolled tiles of the three arrays, T that GB sends, and
 * what GB holds. */
typedef struct {
    uint32_t mac, pe, inner, gb, chip;
} ns_chain;

/* The table, and what it costs in exact arithmetic. */
void ns_price_chain(const ns_space *space, const ns_chain *chain, const ns_dataflows *dataflows,
                    ns_table *table, ns_cost *cost);
/* Fails when a mapping costs something else than its parts did, of which it was made. */
tw_status ns_prices_agree(const ns_space *space, const char *unit, double whole,
                          double parts) TW_NODISCARD;

#endif
