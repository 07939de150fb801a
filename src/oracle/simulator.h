/* The loop-nest model by execution: runs a mapping step by step with explicit sets of words and
 * counts what moves. No closed forms and no code of src/cost: it is what the cost model is tested
 * against, and what `verify --simulate` runs. */
#ifndef TW_ORACLE_SIMULATOR_H
#define TW_ORACLE_SIMULATOR_H

#include "mapping/mapping.h"

/* Totals over all active instances, in words; 0 where the level does not keep the tensor. The
 * names are those of tw_tensor_cost. */
typedef struct {
    uint64_t tile_words; /* one instance */
    uint64_t fill, read;
    uint64_t update, psum_read, evict, refill;
    uint64_t network_words; /* over the fanout below, to and from its children */
} tw_simulated_counts;

typedef struct {
    uint64_t compute_steps, macs;
    uint64_t active[TW_MAX_LEVELS]; /* instances in use */
    tw_simulated_counts counts[TW_MAX_LEVELS][TW_MAX_TENSORS];
} tw_simulation;

/* Executes `mapping`, whose factors must multiply to the extents and whose outermost level must
 * keep every tensor; capacities and array sizes play no part. Time is one unit per word that is
 * looked at; TW_LIMIT, with a diagnostic, when more than `work_limit` units (0: no limit) or more
 * than 1 GiB of sets would be needed. */
tw_status tw_simulate(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                      const tw_mapping *mapping, uint64_t work_limit,
                      tw_simulation *out) TW_NODISCARD;

#endif
