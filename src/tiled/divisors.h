/* Divisors of loop counts and mesh sizes. */
#ifndef TW_TILED_DIVISORS_H
#define TW_TILED_DIVISORS_H

#include <stdint.h>

/* No number below 2^40 has more. */
enum { TW_MAX_DIVISORS = 6720 };

/* The divisors of value >= 1, ascending; returns how many. `out` has room for TW_MAX_DIVISORS, or
 * for as many as the caller knows there are. */
unsigned tw_divisors(int64_t value, int64_t *out);
/* How many there are. */
unsigned tw_divisor_count(int64_t value);

#endif
