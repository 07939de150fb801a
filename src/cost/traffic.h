/* Words of one tensor that cross one boundary of the hierarchy: from the level that keeps it down
 * to the next inner level that keeps it (or to the compute units), per instance.
 *
 * The tile of the inner level moves as the loops outside it run; docs/model.md has the sum. Where
 * no tiles overlap in part (no windows, see tw_tensor), a loop either leaves the tile where it is
 * or moves it away altogether: loops inside the first one that moves it are free, and from that one
 * on every iteration brings the whole tile. windows.h has the other case. */
#ifndef TW_COST_TRAFFIC_H
#define TW_COST_TRAFFIC_H

#include "cost/flow.h"

/* Traffic between `parent` and `child`, parent < child <= level_count; child == level_count are the
 * compute units, which hold nothing and take their word every step. Fanouts outside `parent` play
 * no part. */
tw_traffic tw_boundary_traffic(const tw_flow *flow, unsigned parent, unsigned child,
                               bool *overflow);

/* Distinct words that an instance of `child` ever holds, summed over its instances; `outside` is
 * that of `parent`. */
uint64_t tw_distinct_words(const tw_flow *flow, unsigned parent, unsigned child, uint64_t outside,
                           bool *overflow);

#endif
