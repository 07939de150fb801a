#include "search/rest.h"

static double overlapping(const tw_chain_tensor *tensor, const uint16_t index[TW_DIM_COUNT]) {
    double most = 1;
    for (unsigned a = 0; tensor->window && a < tensor->axis_count; a++)
        if (tensor->axes[a].window)
            most *= tw_axis_entry(&tensor->axes[a], tensor->axes[a].overlapping, index);
    return most;
}

void tw_rest_make(const tw_chain *c, const uint16_t index[TW_DIM_COUNT], tw_rest *out) {
    double rest[TW_DIM_COUNT], iterations = 1;
    for (unsigned i = 0; i < c->lattice.active_count; i++) {
        const tw_dim d = c->lattice.active[i];
        const tw_divisors *dim = &c->lattice.dims[d];
        rest[d] = (double)dim->divisors[dim->count - 1 - index[d]];
        iterations *= rest[d];
    }
    out->iterations = iterations;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const tw_chain_tensor *tensor = &c->tensors[t];
        double irrelevant = 1;
        for (unsigned i = 0; i < tensor->irrelevant_count; i++)
            irrelevant *= rest[tensor->irrelevant[i]];
        out->irrelevant[t] = irrelevant;
        out->overlapping[t] = overlapping(tensor, index);
    }
}
