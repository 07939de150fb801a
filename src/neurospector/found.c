#include "neurospector/found.h"

#include <string.h>

static tw_status reserve(ns_found *found) {
    if (found->count < found->capacity)
        return TW_OK;
    const size_t capacity = 2 * found->capacity + 8;
    ns_mapping *grown = tw_resize(found->ctx, found->mappings, capacity * sizeof *grown);
    if (!grown)
        return tw_out_of_memory(found->ctx);
    found->mappings = grown;
    found->capacity = capacity;
    return TW_OK;
}

static bool replaces(const ns_found *found, const ns_mapping *mapping, const ns_mapping *old) {
    bool at_most = true;
    for (unsigned o = 0; o < found->objectives; o++)
        at_most &= mapping->values.of[o] <= old->values.of[o];
    return at_most;
}

tw_status ns_found_add(ns_found *found, const ns_mapping *mapping) {
    TW_TRY(reserve(found));
    size_t first = 0, last;
    while (first < found->count && found->mappings[first].values.of[0] < mapping->values.of[0])
        first++;
    for (last = first; last < found->count && replaces(found, mapping, &found->mappings[last]);)
        last++;
    memmove(found->mappings + first + 1, found->mappings + last,
            (found->count - last) * sizeof *found->mappings);
    found->mappings[first] = *mapping;
    found->count += 1 + first - last;
    return TW_OK;
}

void ns_found_free(ns_found *found) {
    if (found->ctx)
        tw_free(found->ctx, found->mappings);
    *found = (ns_found){.ctx = NULL};
}
