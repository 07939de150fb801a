#include "cost/nest.h"

static void add_level(const tw_level_mapping *level, unsigned l, tw_nest *out) {
    uint64_t *tile = out->tile[l];
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        out->spatial[l][d] = level->spatial_x[d] * level->spatial_y[d];
        tile[d] = out->tile[l + 1][d] * out->spatial[l][d];
    }
    for (unsigned i = level->loop_count; i-- > 0;) {
        const tw_loop *loop = &level->loops[i];
        if (loop->factor == 1)
            continue;
        out->loops[out->loop_count++] =
            (tw_nest_loop){.factor = loop->factor, .step = tile[loop->dim], .dim = loop->dim};
        tile[loop->dim] *= loop->factor;
    }
}

void tw_nest_make(const tw_mapping *mapping, tw_nest *out) {
    const unsigned levels = mapping->level_count;
    out->level_count = levels;
    out->loop_count = 0;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        out->tile[levels][d] = 1;
    out->outside[levels] = 0;
    for (unsigned l = levels; l-- > 0;) {
        add_level(&mapping->levels[l], l, out);
        out->outside[l] = out->loop_count;
    }

    out->loops[out->loop_count] = (tw_nest_loop){.factor = 1, .outer = 1};
    for (unsigned i = out->loop_count; i-- > 0;)
        out->loops[i].outer = out->loops[i].factor * out->loops[i + 1].outer;
    out->active[0] = 1;
    for (unsigned l = 0; l < levels; l++) {
        out->active[l + 1] = out->active[l];
        for (int d = 0; d < TW_DIM_COUNT; d++)
            out->active[l + 1] *= out->spatial[l][d];
    }
}
