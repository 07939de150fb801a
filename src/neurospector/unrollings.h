/* The unrollings that a step has seen, whatever their split over X and Y.
 *
 * Prices, degrees and ties depend on the tile that an array unrolls, not on how it is spread over
 * the array's two axes. After all inner splits under an unrolling were visited, visiting them again
 * finds nothing for PM, and for SP at most a lower cost than the running one at the same degree:
 * what they can offer is the largest degree among them and the least cost at it. */
#ifndef TW_NEUROSPECTOR_UNROLLINGS_H
#define TW_NEUROSPECTOR_UNROLLINGS_H

#include "neurospector/level_cost.h"

typedef struct {
    uint32_t pe, gb, chip; /* tiles: unrolled over PEs, GB's loops, unrolled over chips */
    bool taken;            /* the slot */
    float cost;            /* of the cheapest at this degree */
    float degree;          /* the largest priced */
} ns_unrolling;

typedef struct {
    tw_ctx *ctx;
    size_t count, capacity; /* a power of two, or 0 */
    ns_unrolling *slots;
} ns_unrollings;

/* The unrolling of the plan, added when it was not *known. It is valid until the next call. NULL
 * without memory. */
ns_unrolling *ns_unrollings_at(ns_unrollings *seen, const ns_plan *plan, bool *known);
void ns_unrollings_free(ns_unrollings *seen);

static inline void ns_unrolling_offer(ns_unrolling *unrolling, float cost, float degree) {
    if (degree > unrolling->degree || (degree == unrolling->degree && cost < unrolling->cost)) {
        unrolling->degree = degree;
        unrolling->cost = cost;
    }
}

#endif
