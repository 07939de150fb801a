/* Exact 64-bit counting: every product and sum that may leave 64 bits sets a flag instead of
 * wrapping. A caller looks at the flag once, at the end. */
#ifndef TW_BASE_CHECKED_H
#define TW_BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t tw_mul_u64(uint64_t a, uint64_t b, bool *overflow) {
    uint64_t product = 0;
    *overflow |= __builtin_mul_overflow(a, b, &product);
    return product;
}

static inline uint64_t tw_add_u64(uint64_t a, uint64_t b, bool *overflow) {
    uint64_t sum = 0;
    *overflow |= __builtin_add_overflow(a, b, &sum);
    return sum;
}

static inline uint64_t tw_ceil_div_u64(uint64_t a, uint64_t b) {
    return a / b + (a % b != 0);
}

#endif
