/* A table of answers by question: keys are bytes, values are pointers. Everything lies in an arena
 * and goes with it. */
#ifndef TW_TILED_MEMO_H
#define TW_TILED_MEMO_H

#include "base/arena.h"

typedef struct {
    uint64_t hash;
    size_t size;
    const void *key; /* NULL: free */
    void *value;
} tw_memo_slot;

typedef struct {
    tw_arena *arena;
    size_t count, capacity; /* a power of two */
    tw_memo_slot *slots;
    uint64_t hits;
} tw_memo;

/* The slot of a key, made (with value NULL) when there is none; NULL when out of memory. Valid
 * until the next call. */
tw_memo_slot *tw_memo_find(tw_memo *memo, const void *key, size_t size) TW_NODISCARD;

#endif
