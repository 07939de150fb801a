/* Words of one tensor that cross one boundary of the hierarchy: from the level that keeps it down
 * to the next inner level that keeps it (or to the compute units), per instance.
 *
 * The tile of the inner level moves as the loops outside it run. When loop i advances, all loops
 * inside it wrap around; the shift of the tile's origin, projected on the tensor's axes, leaves
 * an overlap with the tile before. With W the words of the loops up to i,
 *
 *     W_0 = V,   W_i = n_i * W_{i-1} - (n_i - 1) * overlap_i,
 *
 * which is the sum of docs/model.md built from the inside. The same recurrence with unions over
 * the children gives what the parent reads. */
#ifndef TW_COST_TRAFFIC_H
#define TW_COST_TRAFFIC_H

#include "cost/nest.h"

typedef struct {
    uint64_t child;  /* words that one instance of the inner level receives (or sends) */
    uint64_t parent; /* words that one instance of `parent` reads (or receives) for all of them */
} tw_traffic;

/* Traffic of `tensor` between `parent` and `child`, parent < child <= level_count; child ==
 * level_count are the compute units, which hold nothing and take their word every step. The
 * fanouts from `parent` to child - 1 share as they say: inputs by multicast, the output by
 * reduction. Fanouts outside `parent` play no part. */
tw_traffic tw_boundary_traffic(const tw_hierarchy *arch, const tw_problem *problem,
                               const tw_nest *nest, unsigned tensor, unsigned parent,
                               unsigned child, bool *overflow);

/* Distinct words of `tensor` that one instance of `level` ever holds (level_count: one MAC). */
uint64_t tw_distinct_words(const tw_problem *problem, const tw_nest *nest, unsigned tensor,
                           unsigned level, bool *overflow);

#endif
