#include "search/chain_mapping.h"

/* Factor of each dimension in the step from one tile to the next. */
static void step_factors(const tw_lattice *lattice, const tw_label *from, const tw_label *to,
                         uint64_t factor[TW_DIM_COUNT]) {
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        const tw_divisors *dim = &lattice->dims[d];
        factor[d] = dim->divisors[dim->ratio[to->index[d] * dim->count + from->index[d]]];
    }
}

static unsigned order_loops(const tw_label *label, const uint64_t factor[TW_DIM_COUNT],
                            tw_dim dims[TW_DIM_COUNT]) {
    tw_dim_mask loops = 0;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        loops |= (tw_dim_mask)(factor[d] > 1) << d;
    return tw_order_dims(&label->order, loops, dims);
}

void tw_label_mapping(const tw_labels *labels, const tw_label *label, tw_mapping *out) {
    const tw_chain *c = labels->chain;
    tw_mapping_init(c->arch, out);
    for (; label->level < c->levels; label = tw_label_at(labels, label->parent)) {
        uint64_t factor[TW_DIM_COUNT];
        step_factors(&c->lattice, tw_label_at(labels, label->parent), label, factor);
        tw_level_mapping *level = &out->levels[label->level];
        level->keeps = label->keeps;
        if (label->loops) {
            tw_dim dims[TW_DIM_COUNT];
            level->loop_count = order_loops(label, factor, dims);
            for (unsigned i = 0; i < level->loop_count; i++)
                level->loops[level->loop_count - 1 - i] = (tw_loop){dims[i], factor[dims[i]]};
        } else {
            (void)tw_unrolling_split(&c->arch->levels[label->level], factor, level->spatial_x,
                                     level->spatial_y);
        }
    }
}

static void add_fanout(tw_nest *out, unsigned level, const uint64_t factor[TW_DIM_COUNT]) {
    uint64_t units = 1;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        out->spatial[level][d] = factor[d];
        out->tile[level][d] = out->tile[level + 1][d] * factor[d];
        units *= factor[d];
    }
    /* counted from the inside so far: all_units / this is what lies outside */
    out->active[level] = out->active[level + 1] * units;
    out->children[level] = units;
    out->outside[level] = out->loop_count;
}

static void add_loops(tw_nest *out, const tw_label *label, const uint64_t factor[TW_DIM_COUNT]) {
    tw_dim dims[TW_DIM_COUNT];
    uint64_t *tile = out->tile[label->level];
    const unsigned count = order_loops(label, factor, dims);
    for (unsigned i = 0; i < count; i++) {
        out->loops[out->loop_count++] =
            (tw_nest_loop){.factor = factor[dims[i]], .step = tile[dims[i]], .dim = dims[i]};
        tile[dims[i]] *= factor[dims[i]];
    }
    out->outside[label->level] = out->loop_count;
}

static void finish_nest(const tw_hierarchy *arch, unsigned lowest, tw_nest *out) {
    out->loops[out->loop_count] = (tw_nest_loop){.factor = 1, .outer = 1};
    for (unsigned i = out->loop_count; i-- > 0;)
        out->loops[i].outer = out->loops[i].factor * out->loops[i + 1].outer;
    const uint64_t all_units = out->active[lowest];
    for (unsigned l = lowest; l <= out->level_count; l++)
        out->active[l] = all_units / out->active[l];
    tw_nest_find_fanouts(arch, lowest, out);
    for (unsigned l = 0; l < lowest; l++) {
        out->active[l] = 1;
        out->outside[l] = out->loop_count;
        for (int d = 0; d < TW_DIM_COUNT; d++)
            out->tile[l][d] = out->tile[lowest][d];
    }
}

void tw_label_nest(const tw_labels *labels, const tw_label *label, tw_nest *out,
                   tw_role_mask keeps[TW_MAX_LEVELS]) {
    const tw_chain *c = labels->chain;
    const unsigned lowest = label->level;
    const tw_label *path[2 * TW_MAX_LEVELS + 1];
    unsigned steps = 0;
    for (; label->level < c->levels; label = tw_label_at(labels, label->parent))
        path[steps++] = label;
    path[steps] = label;

    out->level_count = c->levels;
    out->loop_count = 0;
    out->outside[c->levels] = 0;
    out->active[c->levels] = 1;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        out->tile[c->levels][d] = 1;
    for (; steps-- > 0;) {
        uint64_t factor[TW_DIM_COUNT];
        step_factors(&c->lattice, path[steps + 1], path[steps], factor);
        keeps[path[steps]->level] = path[steps]->keeps;
        if (path[steps]->loops)
            add_loops(out, path[steps], factor);
        else
            add_fanout(out, path[steps]->level, factor);
    }
    finish_nest(c->arch, lowest, out);
}
