#include "tiled/memo.h"

#include <string.h>

static uint64_t hash_bytes(const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    uint64_t hash = size * UINT64_C(0x9E3779B97F4A7C15);
    for (; size; at += size < 8 ? size : 8, size -= size < 8 ? size : 8) {
        uint64_t word = 0;
        memcpy(&word, at, size < 8 ? size : 8);
        hash = (hash ^ word) * UINT64_C(0xFF51AFD7ED558CCD);
        hash ^= hash >> 32;
    }
    return hash;
}

static tw_memo_slot *probe(const tw_memo *memo, uint64_t hash, const void *key, size_t size) {
    for (size_t i = hash & (memo->capacity - 1);; i = (i + 1) & (memo->capacity - 1)) {
        tw_memo_slot *slot = &memo->slots[i];
        if (!slot->key ||
            (slot->hash == hash && slot->size == size && memcmp(slot->key, key, size) == 0))
            return slot;
    }
}

static bool grow(tw_memo *memo) {
    tw_memo larger = *memo;
    larger.capacity = memo->capacity ? 2 * memo->capacity : 64;
    larger.slots = tw_arena_array(memo->arena, larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < memo->capacity; i++)
        if (memo->slots[i].key)
            *probe(&larger, memo->slots[i].hash, memo->slots[i].key, memo->slots[i].size) =
                memo->slots[i];
    *memo = larger;
    return true;
}

tw_memo_slot *tw_memo_find(tw_memo *memo, const void *key, size_t size) {
    if (2 * (memo->count + 1) > memo->capacity && !grow(memo))
        return NULL;
    const uint64_t hash = hash_bytes(key, size);
    tw_memo_slot *slot = probe(memo, hash, key, size);
    if (slot->key) {
        memo->hits++;
        return slot;
    }
    void *copy = tw_arena_alloc(memo->arena, size);
    if (!copy)
        return NULL;
    memcpy(copy, key, size);
    *slot = (tw_memo_slot){hash, size, copy, NULL};
    memo->count++;
    return slot;
}
