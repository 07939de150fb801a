/* What a mapping costs: the loop-nest model of docs/model.md.
 *
 * All counts are totals in words over all active instances, exact; an overflow of 64 bits is an
 * error, never a wrong number. Evaluation allocates nothing. */
#ifndef TW_COST_COST_H
#define TW_COST_COST_H

#include "mapping/mapping.h"

/* Inputs use fill and read, the output the other four; reads = read | psum_read + evict and
 * writes = fill | update + refill. */
typedef struct {
    uint64_t tile_words; /* one instance; 0 when the level does not keep the tensor */
    uint64_t fill;       /* written into the level from its parent */
    uint64_t read;       /* read to supply its children */
    uint64_t update;     /* written by its children */
    uint64_t psum_read;  /* partial sums read for its children */
    uint64_t evict;      /* read on the way out to its parent */
    uint64_t refill;     /* partial sums that come back from its parent */
    uint64_t reads, writes;
    uint64_t network_words; /* words that arrive at or leave the children over the fanout below */
    double energy_pj;       /* reads and writes of this tensor at this level */
} tw_tensor_cost;

typedef struct {
    uint64_t instances, active;
    tw_tensor_cost tensors[TW_MAX_TENSORS];
    double cycles;    /* words / bandwidth of the slowest port of one instance */
    double occupancy; /* used share of the capacity (the fullest part when separate); 0 unbounded */
    double energy_pj; /* accesses of all tensors */
    double network_pj; /* of the fanout below */
    double static_pj;
} tw_level_cost;

typedef struct {
    unsigned level_count, tensor_count;
    tw_level_cost levels[TW_MAX_LEVELS];
    uint64_t macs, compute_steps;
    double mac_pj, mac_static_pj, network_pj, static_pj; /* static_pj includes the MAC units' */
    double energy_pj, latency_cycles, edp;
    double utilization; /* MACs / (compute steps * physical MAC units) */
} tw_cost;

/* Prices a valid mapping (see tw_mapping_check). False when a count leaves 64 bits. */
bool tw_evaluate(const tw_hierarchy *arch, const tw_problem *problem, const tw_mapping *mapping,
                 tw_cost *out);

#endif
