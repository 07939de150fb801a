/* One tensor on its way through a nest, and what crosses a boundary on this way. */
#ifndef TW_COST_FLOW_H
#define TW_COST_FLOW_H

#include "cost/nest.h"

typedef struct {
    const tw_hierarchy *arch;
    const tw_nest *nest;
    const tw_tensor *tensor;
    const tw_sharing *sharing;
} tw_flow;

/* From a level that keeps the tensor down to the next inner one that does, or to the compute
 * units. */
typedef struct {
    uint64_t tile;   /* words of the inner level's tile; 1 for the compute units */
    uint64_t child;  /* words that one instance of the inner level receives (or sends) */
    uint64_t parent; /* words that one instance of the outer level reads (or receives) for all of
                        them */
} tw_traffic;

static inline tw_flow tw_flow_of(const tw_hierarchy *arch, const tw_nest *nest,
                                 const tw_tensor *tensor) {
    return (tw_flow){arch, nest, tensor,
                     tensor->role == TW_ROLE_OUTPUT ? &nest->output : &nest->inputs};
}

#endif
