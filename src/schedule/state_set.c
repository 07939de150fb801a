#include "schedule/state_set.h"

void tw_state_set_init(tw_state_set *set, tw_ctx *ctx, size_t layer_count) {
    *set = (tw_state_set){.ctx = ctx, .words = layer_count / 64 + 1};
}

void tw_state_set_free(tw_state_set *set) {
    tw_free(set->ctx, set->bits);
    tw_free(set->ctx, set->slots);
    tw_state_set_init(set, set->ctx, 0);
}

void tw_state_set_clear(tw_state_set *set) {
    set->count = 0;
    for (size_t i = 0; i < set->slot_count; i++)
        set->slots[i] = TW_NO_STATE;
}

static uint64_t hash_of(const tw_state_set *set, const uint64_t *bits) {
    uint64_t hash = UINT64_C(0x9E3779B97F4A7C15);
    for (size_t w = 0; w < set->words; w++) {
        hash = (hash ^ bits[w]) * UINT64_C(0xFF51AFD7ED558CCD);
        hash ^= hash >> 32;
    }
    return hash;
}

/* Where the bits are, or the free slot where they belong. */
static size_t slot_of(const tw_state_set *set, const uint64_t *bits) {
    size_t slot = hash_of(set, bits) & (set->slot_count - 1);
    while (set->slots[slot] != TW_NO_STATE &&
           memcmp(tw_state_bits(set, set->slots[slot]), bits, set->words * sizeof *bits) != 0)
        slot = (slot + 1) & (set->slot_count - 1);
    return slot;
}

uint32_t tw_state_set_find(const tw_state_set *set, const uint64_t *bits) {
    return set->slot_count ? set->slots[slot_of(set, bits)] : TW_NO_STATE;
}

static tw_status grow(tw_state_set *set) {
    const size_t capacity = set->capacity ? 2 * set->capacity : 64;
    uint64_t *bits = tw_resize(set->ctx, set->bits, capacity * set->words * sizeof *bits);
    if (!bits)
        return tw_out_of_memory(set->ctx);
    set->bits = bits;
    uint32_t *slots = tw_resize(set->ctx, set->slots, 2 * capacity * sizeof *slots);
    if (!slots)
        return tw_out_of_memory(set->ctx);
    set->slots = slots;
    set->slot_count = 2 * capacity;
    set->capacity = capacity;
    for (size_t i = 0; i < set->slot_count; i++)
        slots[i] = TW_NO_STATE;
    for (size_t i = 0; i < set->count; i++)
        slots[slot_of(set, tw_state_bits(set, i))] = (uint32_t)i;
    return TW_OK;
}

tw_status tw_state_set_add(tw_state_set *set, const uint64_t *bits, uint32_t *index) {
    if (set->count == set->capacity)
        TW_TRY(grow(set));
    const size_t slot = slot_of(set, bits);
    if (set->slots[slot] == TW_NO_STATE) {
        memcpy(&set->bits[set->count * set->words], bits, set->words * sizeof *bits);
        set->slots[slot] = (uint32_t)set->count++;
    }
    *index = set->slots[slot];
    return TW_OK;
}
