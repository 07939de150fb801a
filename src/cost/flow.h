/* One tensor on its way through a nest, and what crosses a boundary on this way. */
#ifndef TW_COST_FLOW_H
#define TW_COST_FLOW_H

#include "cost/nest.h"

/* Bit l of the masks is fanout l, if it has several children in use: what these share. */
typedef struct {
    const tw_hierarchy *arch;
    const tw_nest *nest;
    const tw_tensor *tensor;
    uint32_t merged;   /* words: inputs by multicast, the output by reduction */
    uint32_t equal;    /* equal tiles only */
    uint32_t separate; /* nothing */
} tw_flow;

/* From a level that keeps the tensor down to the next inner one that does, or to the compute
 * units. */
typedef struct {
    uint64_t tile;   /* words of the inner level's tile; 1 for the compute units */
    uint64_t child;  /* words that one instance of the inner level receives (or sends) */
    uint64_t parent; /* words that one instance of the outer level reads (or receives) for all of
                        them */
} tw_traffic;

void tw_flow_make(const tw_hierarchy *arch, const tw_nest *nest, const tw_tensor *tensor,
                  tw_flow *out);

#endif
