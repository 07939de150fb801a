/* How many positions a set of equal intervals covers when they start at every sum of a few
 * arithmetic progressions: children of an array whose tiles lie side by side, overlap (halos), or
 * leave gaps (strides). */
#ifndef TW_COST_INTERVAL_UNION_H
#define TW_COST_INTERVAL_UNION_H

#include <stdbool.h>
#include <stdint.h>

enum { TW_MAX_PROGRESSIONS = 24 };

/* Starts at 0, stride, 2*stride, ..., (count-1)*stride. */
typedef struct {
    uint64_t stride, count;
} tw_progression;

/* |union of [s, s + length)| over every s = sum of one element of each progression. Sorts and
 * merges `progressions` in place. Allocates nothing. */
uint64_t tw_interval_union(uint64_t length, tw_progression *progressions, unsigned count,
                           bool *overflow);

#endif
