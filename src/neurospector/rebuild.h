/* The scheduling table behind the tiles that a search found. */
#ifndef TW_NEUROSPECTOR_REBUILD_H
#define TW_NEUROSPECTOR_REBUILD_H

#include "neurospector/chain.h"

/* A mapping, from the MACs outwards: the unrolled tiles of the three arrays, T that GB sends, and
 * what GB holds. */
typedef struct {
    uint32_t mac, pe, inner, gb, chip;
} ns_chain;

void ns_table_of_chain(const ns_space *space, const ns_chain *chain, ns_table *out);

#endif
