#include "cost/nest.h"

#include <string.h>

/* The fanout below level l: its factors, and the tile of all its children together. Returns how
 * many children it uses. */
static uint64_t add_fanout(const tw_fanout *fanout, const tw_level_mapping *level, unsigned l,
                           tw_nest *out) {
    uint64_t *spatial = out->spatial[l], children = 1;
    memcpy(out->tile[l], out->tile[l + 1], sizeof out->tile[l]);
    if (fanout->x * fanout->y == 1)
        return 1;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        spatial[d] = level->spatial_x[d] * level->spatial_y[d];
        out->tile[l][d] *= spatial[d];
        children *= spatial[d];
    }
    return children;
}

static void add_loops(const tw_level_mapping *level, unsigned l, tw_nest *out) {
    uint64_t *tile = out->tile[l];
    tw_nest_loop *next = &out->loops[out->loop_count];
    for (const tw_loop *loop = level->loops + level->loop_count; loop-- > level->loops;) {
        if (loop->factor == 1)
            continue;
        next->factor = loop->factor;
        next->step = tile[loop->dim];
        next->dim = loop->dim;
        tile[loop->dim] *= loop->factor;
        next++;
    }
    out->loop_count = (unsigned)(next - out->loops);
    out->outside[l] = out->loop_count;
}

void tw_nest_find_fanouts(const tw_hierarchy *arch, unsigned lowest, tw_nest *nest) {
    nest->fanouts = 0;
    nest->inputs = nest->output = (tw_sharing){0};
    for (unsigned l = lowest; l < nest->level_count; l++) {
        const tw_fanout *fanout = &arch->levels[l].fanout;
        if (nest->children[l] == 1)
            continue;
        const uint32_t bit = 1u << l;
        nest->fanouts |= bit;
        if (fanout->reduce)
            nest->output.merged |= bit;
        else
            nest->output.separate |= bit;
        if (fanout->multicast == TW_MULTICAST_WORDS)
            nest->inputs.merged |= bit;
        else if (fanout->multicast == TW_MULTICAST_TILES)
            nest->inputs.equal |= bit;
        else
            nest->inputs.separate |= bit;
    }
}

void tw_nest_make(const tw_hierarchy *arch, const tw_mapping *mapping, tw_nest *out) {
    const unsigned levels = mapping->level_count;
    out->level_count = levels;
    out->loop_count = 0;
    out->outside[levels] = 0;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        out->tile[levels][d] = 1;
    for (unsigned l = levels; l-- > 0;) {
        out->children[l] = add_fanout(&arch->levels[l].fanout, &mapping->levels[l], l, out);
        add_loops(&mapping->levels[l], l, out);
    }

    uint64_t outer = 1;
    out->loops[out->loop_count] = (tw_nest_loop){.factor = 1, .outer = outer};
    for (tw_nest_loop *loop = out->loops + out->loop_count; loop-- > out->loops;)
        loop->outer = outer *= loop->factor;
    out->active[0] = 1;
    for (unsigned l = 0; l < levels; l++)
        out->active[l + 1] = out->active[l] * out->children[l];
    tw_nest_find_fanouts(arch, 0, out);
}
