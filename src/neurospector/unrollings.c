#include "neurospector/unrollings.h"

enum { FIRST_CAPACITY = 64 };

static bool same(const ns_unrolling *a, const ns_unrolling *b) {
    return a->pe == b->pe && a->gb == b->gb && a->chip == b->chip;
}

/* The slot of the unrolling, or the empty one that it gets: never more than half are taken. */
static ns_unrolling *find(const ns_unrollings *seen, const ns_unrolling *key) {
    uint64_t hash = key->pe * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ key->gb) * UINT64_C(0xC2B2AE3D27D4EB4F);
    hash = (hash ^ (hash >> 29) ^ key->chip) * UINT64_C(0x9E3779B97F4A7C15);
    size_t i = (hash >> 32) & (seen->capacity - 1);
    while (seen->slots[i].taken && !same(&seen->slots[i], key))
        i = (i + 1) & (seen->capacity - 1);
    return &seen->slots[i];
}

static bool grow(ns_unrollings *seen) {
    const ns_unrollings old = *seen;
    seen->capacity = old.capacity ? 2 * old.capacity : FIRST_CAPACITY;
    seen->slots = tw_alloc_array(seen->ctx, seen->capacity, sizeof *seen->slots);
    if (!seen->slots) {
        *seen = old;
        return false;
    }
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].taken)
            *find(seen, &old.slots[i]) = old.slots[i];
    tw_free(seen->ctx, old.slots);
    return true;
}

ns_unrolling *ns_unrollings_at(ns_unrollings *seen, const ns_plan *plan, bool *known) {
    const uint32_t *rows = plan->rows;
    const ns_unrolling key = {.pe = rows[NS_ROW_PE_X] + rows[NS_ROW_PE_Y],
                              .gb = rows[NS_ROW_GB],
                              .chip = rows[NS_ROW_CHIP_X] + rows[NS_ROW_CHIP_Y],
                              .taken = true};
    if (2 * (seen->count + 1) > seen->capacity && !grow(seen))
        return NULL;
    ns_unrolling *slot = find(seen, &key);
    *known = slot->taken;
    if (!slot->taken) {
        *slot = key;
        seen->count++;
    }
    return slot;
}

void ns_unrollings_free(ns_unrollings *seen) {
    if (seen->ctx)
        tw_free(seen->ctx, seen->slots);
}
