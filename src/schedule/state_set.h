/* Sets of layers as bits, and a table that finds them. */
#ifndef TW_SCHEDULE_STATE_SET_H
#define TW_SCHEDULE_STATE_SET_H

#include <stdint.h>
#include <string.h>

#include "base/ctx.h"

#define TW_NO_STATE UINT32_MAX

typedef struct {
    tw_ctx *ctx;
    size_t words; /* of one set */
    size_t count, capacity;
    uint64_t *bits;  /* the sets, by index */
    uint32_t *slots; /* open addressing; TW_NO_STATE: free */
    size_t slot_count;
} tw_state_set;

void tw_state_set_init(tw_state_set *set, tw_ctx *ctx, size_t layer_count);
void tw_state_set_free(tw_state_set *set);
void tw_state_set_clear(tw_state_set *set);
/* The index of these bits, or TW_NO_STATE. */
uint32_t tw_state_set_find(const tw_state_set *set, const uint64_t *bits);
/* Their index, added as the last when they are new. `bits` may not point into the set. */
tw_status tw_state_set_add(tw_state_set *set, const uint64_t *bits, uint32_t *index) TW_NODISCARD;

static inline const uint64_t *tw_state_bits(const tw_state_set *set, size_t index) {
    return &set->bits[index * set->words];
}
static inline bool tw_bit(const uint64_t *bits, size_t index) {
    return bits[index / 64] >> (index % 64) & 1;
}
static inline void tw_bit_set(uint64_t *bits, size_t index) {
    bits[index / 64] |= UINT64_C(1) << (index % 64);
}
static inline void tw_bit_clear(uint64_t *bits, size_t index) {
    bits[index / 64] &= ~(UINT64_C(1) << (index % 64));
}

#endif
