#include "search/chain_mapping.h"

#include <string.h>

/* Divisor of the step from one tile to the next, per dimension. */
static void step_factors(const tw_lattice *lattice, tw_tile_id from, tw_tile_id to,
                         uint64_t factor[TW_DIM_COUNT]) {
    uint64_t below[TW_DIM_COUNT];
    tw_tile_extents(lattice, from, below);
    tw_tile_extents(lattice, to, factor);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        factor[d] /= below[d];
}

static void write_loops(const tw_lattice *lattice, const tw_label *label, tw_tile_id from,
                        tw_level_mapping *out) {
    uint64_t factor[TW_DIM_COUNT];
    tw_dim dims[TW_DIM_COUNT];
    tw_dim_mask loops = 0;
    step_factors(lattice, from, label->tile, factor);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        loops |= (tw_dim_mask)(factor[d] > 1) << d;
    const unsigned count = tw_order_dims(&label->order, loops, dims);
    out->loop_count = count;
    for (unsigned i = 0; i < count; i++)
        out->loops[count - 1 - i] = (tw_loop){dims[i], factor[dims[i]]};
}

void tw_label_mapping(const tw_labels *labels, const tw_label *label, unsigned lowest, bool split,
                      tw_mapping *out) {
    const tw_chain *c = labels->chain;
    tw_mapping_init(c->arch, out);
    for (; label->level < c->levels; label = tw_label_at(labels, label->parent)) {
        if (label->level < lowest)
            continue;
        const tw_tile_id from = tw_label_at(labels, label->parent)->tile;
        tw_level_mapping *level = &out->levels[label->level];
        level->keeps = label->keeps;
        if (label->loops) {
            write_loops(&c->lattice, label, from, level);
        } else {
            uint64_t factor[TW_DIM_COUNT];
            step_factors(&c->lattice, from, label->tile, factor);
            if (!split)
                memcpy(level->spatial_x, factor, sizeof factor);
            else
                (void)tw_unrolling_split(&c->arch->levels[label->level], factor, level->spatial_x,
                                         level->spatial_y);
        }
    }
}
