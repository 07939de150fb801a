/* Prices a mapping: counts per level and tensor, then energy and latency from the counts. */
#include "cost/cost.h"

#include <string.h>

#include "base/checked.h"
#include "cost/nest.h"
#include "cost/traffic.h"

typedef struct {
    const tw_hierarchy *arch;
    const tw_problem *problem;
    const tw_mapping *mapping;
    tw_nest nest;
    tw_cost *out;
    bool overflow;
} evaluation;

static bool keeps(const evaluation *e, unsigned level, unsigned tensor) {
    return e->mapping->levels[level].keeps >> e->problem->tensors[tensor].role & 1;
}

static uint64_t total(evaluation *e, uint64_t per_instance, unsigned level) {
    return tw_mul_u64(per_instance, e->nest.active[level], &e->overflow);
}

/* Inputs: the child is filled, the parent read. */
static void count_input(evaluation *e, unsigned t, unsigned parent, unsigned child) {
    const tw_traffic words =
        tw_boundary_traffic(e->arch, e->problem, &e->nest, t, parent, child, &e->overflow);
    e->out->levels[parent].tensors[t].read = total(e, words.parent, parent);
    if (child < e->nest.level_count)
        e->out->levels[child].tensors[t].fill = total(e, words.child, child);
}

/* Distinct words that one instance of `level` ever holds: without a window, its tiles lie side by
 * side. Needs the level's tile_words. */
static uint64_t distinct_words(evaluation *e, unsigned t, unsigned level) {
    const tw_tensor *tensor = &e->problem->tensors[t];
    if (tensor->window_axes)
        return tw_distinct_words(e->problem, &e->nest, t, level, &e->overflow);
    uint64_t words = e->out->levels[level].tensors[t].tile_words;
    for (unsigned i = e->nest.outside[level]; i < e->nest.loop_count; i++)
        if (tensor->plain_dims >> e->nest.loops[i].dim & 1)
            words = tw_mul_u64(words, e->nest.loops[i].factor, &e->overflow);
    return words;
}

/* The output: the child evicts and gets partial sums back, the parent is updated. Words that
 * arrive at an address of the parent for the first time need no partial sum. *distinct has the
 * words that the child ever holds, and gets those of the parent. */
static void count_output(evaluation *e, unsigned t, unsigned parent, unsigned child,
                         uint64_t *distinct) {
    const tw_traffic words =
        tw_boundary_traffic(e->arch, e->problem, &e->nest, t, parent, child, &e->overflow);
    tw_tensor_cost *above = &e->out->levels[parent].tensors[t];
    const uint64_t first = distinct_words(e, t, parent);
    above->update = total(e, words.parent, parent);
    above->psum_read = total(e, words.parent - first, parent);
    if (child < e->nest.level_count) {
        tw_tensor_cost *below = &e->out->levels[child].tensors[t];
        below->evict = total(e, words.child, child);
        below->refill = total(e, words.child - *distinct, child);
    }
    *distinct = first;
}

/* Words that arrive at the children of fanout `level` (for the output: leave or come back to
 * them) on their way between `parent` and `child`. */
static uint64_t network_words(evaluation *e, unsigned t, unsigned level, unsigned child) {
    const unsigned below = level + 1;
    if (below == e->nest.level_count)
        return e->problem->macs;
    if (below == child) {
        const tw_tensor_cost *c = &e->out->levels[child].tensors[t];
        return tw_add_u64(c->fill, tw_add_u64(c->evict, c->refill, &e->overflow), &e->overflow);
    }
    const uint64_t stream = total(
        e, tw_boundary_traffic(e->arch, e->problem, &e->nest, t, below, child, &e->overflow).parent,
        below);
    if (e->problem->tensors[t].role != TW_ROLE_OUTPUT || child == e->nest.level_count)
        return stream;
    if (e->overflow)
        return 0;
    /* Partial sums come back on the same ways, merged as on the way out. */
    const tw_tensor_cost *c = &e->out->levels[child].tensors[t];
    return tw_add_u64(stream, c->refill / (c->evict / stream), &e->overflow);
}

static void count_tensor(evaluation *e, unsigned t) {
    const bool output = e->problem->tensors[t].role == TW_ROLE_OUTPUT;
    unsigned child = e->nest.level_count;
    uint64_t distinct = 0;
    for (unsigned parent = child; parent-- > 0;) {
        if (!keeps(e, parent, t))
            continue;
        tw_tensor_cost *c = &e->out->levels[parent].tensors[t];
        c->tile_words = tw_tile_words(&e->problem->tensors[t], e->nest.tile[parent], &e->overflow);
        if (output)
            count_output(e, t, parent, child, &distinct);
        else
            count_input(e, t, parent, child);
        for (unsigned l = parent; l < child; l++)
            e->out->levels[l].tensors[t].network_words = network_words(e, t, l, child);
        child = parent;
    }
}

/* reads, writes and energy of one level; returns nothing but the sums in *level. */
static void sum_level(evaluation *e, unsigned l, double words[TW_ROLE_COUNT][2]) {
    const tw_level *arch_level = &e->arch->levels[l];
    tw_level_cost *level = &e->out->levels[l];
    double network = 0;
    for (unsigned t = 0; t < e->problem->tensor_count; t++) {
        const tw_role role = e->problem->tensors[t].role;
        tw_tensor_cost *c = &level->tensors[t];
        c->reads =
            tw_add_u64(c->read, tw_add_u64(c->psum_read, c->evict, &e->overflow), &e->overflow);
        c->writes =
            tw_add_u64(c->fill, tw_add_u64(c->update, c->refill, &e->overflow), &e->overflow);
        c->energy_pj = (double)c->reads * arch_level->read_pj[role] +
                       (double)c->writes * arch_level->write_pj[role];
        level->energy_pj += c->energy_pj;
        network += (double)c->network_words;
        words[role][0] += (double)c->reads;
        words[role][1] += (double)c->writes;
    }
    level->network_pj = network * arch_level->fanout.hops * arch_level->fanout.hop_pj;
}

/* The larger of `cycles` and what a port needs; most ports are not given, and need nothing. */
static double slower(double cycles, double words, double active, double bandwidth) {
    if (bandwidth <= 0)
        return cycles;
    const double port = words / active / bandwidth;
    return port > cycles ? port : cycles;
}

/* Cycles that one instance's slowest port needs. */
static double level_cycles(const tw_level *level, double active, double words[TW_ROLE_COUNT][2]) {
    double cycles = 0, reads = 0, writes = 0;
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        reads += words[r][0];
        writes += words[r][1];
        cycles = slower(cycles, words[r][0] + words[r][1], active, level->role_bandwidth[r]);
    }
    cycles = slower(cycles, reads, active, level->read_bandwidth);
    cycles = slower(cycles, writes, active, level->write_bandwidth);
    return slower(cycles, reads + writes, active, level->bandwidth);
}

/* The used share of the fullest part; the tiles have been measured by now. */
static double occupancy(const evaluation *e, unsigned l) {
    const tw_level *level = &e->arch->levels[l];
    double used[TW_ROLE_COUNT] = {0}, fullest = 0;
    if (!level->bounded)
        return 0;
    for (unsigned t = 0; t < e->problem->tensor_count; t++) {
        const tw_role role = e->problem->tensors[t].role;
        used[level->shared ? 0 : role] +=
            (double)e->out->levels[l].tensors[t].tile_words * level->word_units[role];
    }
    for (int r = 0; r < (level->shared ? 1 : TW_ROLE_COUNT); r++)
        if (level->capacity_units[r] > 0 && used[r] / level->capacity_units[r] > fullest)
            fullest = used[r] / level->capacity_units[r];
    return fullest;
}

static void price_levels(evaluation *e) {
    tw_cost *out = e->out;
    double cycles = (double)out->compute_steps;
    for (unsigned l = 0; l < e->nest.level_count; l++) {
        tw_level_cost *level = &out->levels[l];
        double words[TW_ROLE_COUNT][2] = {{0}};
        level->instances = l == 0 ? 1
                                  : out->levels[l - 1].instances * e->arch->levels[l - 1].fanout.x *
                                        e->arch->levels[l - 1].fanout.y;
        level->active = e->nest.active[l];
        sum_level(e, l, words);
        level->cycles = level_cycles(&e->arch->levels[l], (double)level->active, words);
        level->occupancy = occupancy(e, l);
        out->energy_pj += level->energy_pj;
        out->network_pj += level->network_pj;
        if (!e->arch->overlap)
            cycles += level->cycles;
        else if (level->cycles > cycles)
            cycles = level->cycles;
    }
    out->latency_cycles = cycles;
}

/* Leakage: every instance of the machine, active or not, for the whole run. mW * ns = pJ. */
static void price_leakage(evaluation *e) {
    tw_cost *out = e->out;
    const tw_level_cost *last = &out->levels[e->nest.level_count - 1];
    const tw_fanout *fanout = &e->arch->levels[e->nest.level_count - 1].fanout;
    const double mac_units = (double)(last->instances * fanout->x * fanout->y);
    out->utilization = (double)out->macs / ((double)out->compute_steps * mac_units);
    if (e->arch->clock_mhz <= 0)
        return;
    const double ns = out->latency_cycles * (1000.0 / e->arch->clock_mhz);
    for (unsigned l = 0; l < e->nest.level_count; l++) {
        tw_level_cost *level = &out->levels[l];
        level->static_pj = e->arch->levels[l].leakage_mw * (double)level->instances * ns;
        out->static_pj += level->static_pj;
    }
    out->mac_static_pj = e->arch->mac_leakage_mw * mac_units * ns;
    out->static_pj += out->mac_static_pj;
}

static void clear_cost(tw_cost *out, unsigned levels, unsigned tensors) {
    memset(out, 0, offsetof(tw_cost, levels));
    memset(&out->macs, 0, sizeof *out - offsetof(tw_cost, macs));
    for (unsigned l = 0; l < levels; l++) {
        tw_level_cost *level = &out->levels[l];
        memset(level->tensors, 0, tensors * sizeof level->tensors[0]);
        level->cycles = level->occupancy = 0;
        level->energy_pj = level->network_pj = level->static_pj = 0;
    }
    out->level_count = levels;
    out->tensor_count = tensors;
}

bool tw_evaluate(const tw_hierarchy *arch, const tw_problem *problem, const tw_mapping *mapping,
                 tw_cost *out) {
    evaluation e;
    e.arch = arch;
    e.problem = problem;
    e.mapping = mapping;
    e.out = out;
    e.overflow = false;
    tw_nest_make(mapping, &e.nest);
    clear_cost(out, arch->level_count, problem->tensor_count);
    out->macs = problem->macs;
    out->compute_steps = e.nest.loops[0].outer;
    for (unsigned t = 0; t < problem->tensor_count; t++)
        count_tensor(&e, t);
    price_levels(&e);
    price_leakage(&e);
    out->mac_pj = (double)out->macs * arch->mac_pj;
    out->energy_pj += out->mac_pj + out->network_pj + out->static_pj;
    out->edp = out->energy_pj * out->latency_cycles;
    return !e.overflow;
}
