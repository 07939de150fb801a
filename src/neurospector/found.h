/* The best mappings found so far: none is at least as bad as another in every objective. With one
 * objective that is a single mapping. */
#ifndef TW_NEUROSPECTOR_FOUND_H
#define TW_NEUROSPECTOR_FOUND_H

#include "neurospector/objective.h"
#include "neurospector/rebuild.h"

typedef struct {
    ns_values values;
    ns_chain chain;
    size_t combination; /* of dataflows */
} ns_mapping;

typedef struct {
    tw_ctx *ctx;
    unsigned objectives;
    size_t count, capacity;
    ns_mapping *mappings; /* of[0] ascending, of[1] descending */
} ns_found;

/* A mapping found is at most as bad as `values` everywhere: what has at least them holds nothing
 * new. */
static inline bool ns_is_hopeless(const ns_found *found, const ns_values *values) {
    size_t low = 0, high = found->count;
    if (high == 0 || found->mappings[0].values.of[0] > values->of[0])
        return values->of[0] == __builtin_inf();
    if (found->objectives == 1)
        return true;
    while (high - low > 1) { /* the last mapping with at most so much of[0] has the least of[1] */
        const size_t middle = (low + high) / 2;
        if (found->mappings[middle].values.of[0] <= values->of[0])
            low = middle;
        else
            high = middle;
    }
    return found->mappings[low].values.of[1] <= values->of[1];
}

/* Takes a mapping in that is not hopeless, and drops those that it is at most as bad as. */
tw_status ns_found_add(ns_found *found, const ns_mapping *mapping) TW_NODISCARD;
void ns_found_free(ns_found *found);

#endif
