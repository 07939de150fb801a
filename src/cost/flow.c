#include "cost/flow.h"

void tw_flow_make(const tw_hierarchy *arch, const tw_nest *nest, const tw_tensor *tensor,
                  tw_flow *out) {
    const bool output = tensor->role == TW_ROLE_OUTPUT;
    *out = (tw_flow){.arch = arch, .nest = nest, .tensor = tensor};
    for (unsigned l = 0; l < nest->level_count; l++) {
        const tw_fanout *fanout = &arch->levels[l].fanout;
        if (nest->active[l + 1] == nest->active[l])
            continue;
        if (output ? fanout->reduce : fanout->multicast == TW_MULTICAST_WORDS)
            out->merged |= 1u << l;
        else if (!output && fanout->multicast == TW_MULTICAST_TILES)
            out->equal |= 1u << l;
        else
            out->separate |= 1u << l;
    }
}
