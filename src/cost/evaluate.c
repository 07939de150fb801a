/* Prices a mapping: energy and latency from the counts of its tensors. */
#include "cost/cost.h"

#include "cost/counts.h"

/* Energy of what is read and written at one level; words[role] gets the words, read and written. */
static void price_accesses(const tw_level *arch, const tw_problem *problem, tw_level_cost *level,
                           double words[TW_ROLE_COUNT][2]) {
    double energy = 0, network = 0;
    for (unsigned t = 0; t < problem->tensor_count; t++) {
        const tw_role role = problem->tensors[t].role;
        tw_tensor_cost *c = &level->tensors[t];
        const double reads = (double)c->reads, writes = (double)c->writes;
        c->energy_pj = reads * arch->read_pj[role] + writes * arch->write_pj[role];
        energy += c->energy_pj;
        network += (double)c->network_words;
        words[role][0] += reads;
        words[role][1] += writes;
    }
    level->energy_pj = energy;
    level->network_pj = network * arch->fanout.hops * arch->fanout.hop_pj;
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

/* The used share of the fullest part. */
static double occupancy(const tw_level *arch, const tw_problem *problem,
                        const tw_level_cost *level) {
    double used[TW_ROLE_COUNT] = {0}, fullest = 0;
    if (!arch->bounded)
        return 0;
    for (unsigned t = 0; t < problem->tensor_count; t++) {
        const tw_role role = problem->tensors[t].role;
        used[arch->shared ? 0 : role] +=
            (double)level->tensors[t].tile_words * arch->word_units[role];
    }
    for (int r = 0; r < (arch->shared ? 1 : TW_ROLE_COUNT); r++)
        if (arch->capacity_units[r] > 0 && used[r] / arch->capacity_units[r] > fullest)
            fullest = used[r] / arch->capacity_units[r];
    return fullest;
}

static void price_level(const tw_level *arch, const tw_problem *problem, tw_level_cost *level) {
    double words[TW_ROLE_COUNT][2] = {{0}};
    price_accesses(arch, problem, level, words);
    level->cycles = level_cycles(arch, (double)level->active, words);
    level->occupancy = occupancy(arch, problem, level);
}

static void price_levels(const tw_hierarchy *arch, const tw_problem *problem, const tw_nest *nest,
                         tw_cost *out) {
    double cycles = (double)out->compute_steps, energy = 0, network = 0;
    uint64_t instances = 1;
    const tw_level *arch_level = arch->levels;
    tw_level_cost *level = out->levels;
    for (unsigned l = 0; l < arch->level_count; l++, arch_level++, level++) {
        level->instances = instances;
        level->active = nest->active[l];
        price_level(arch_level, problem, level);
        energy += level->energy_pj;
        network += level->network_pj;
        if (!arch->overlap)
            cycles += level->cycles;
        else if (level->cycles > cycles)
            cycles = level->cycles;
        instances *= arch_level->fanout.x * arch_level->fanout.y;
    }
    out->energy_pj = energy;
    out->network_pj = network;
    out->latency_cycles = cycles;
}

/* Leakage: every instance of the machine, active or not, for the whole run. mW * ns = pJ. */
static void price_leakage(const tw_hierarchy *arch, double mac_units, tw_cost *out) {
    const double ns = arch->clock_mhz > 0 ? out->latency_cycles * (1000.0 / arch->clock_mhz) : 0;
    double leakage = 0;
    for (unsigned l = 0; l < arch->level_count; l++) {
        tw_level_cost *level = &out->levels[l];
        level->static_pj = arch->levels[l].leakage_mw * (double)level->instances * ns;
        leakage += level->static_pj;
    }
    out->mac_static_pj = arch->mac_leakage_mw * mac_units * ns;
    out->static_pj = leakage + out->mac_static_pj;
}

bool tw_evaluate(const tw_hierarchy *arch, const tw_problem *problem, const tw_mapping *mapping,
                 tw_cost *out) {
    tw_nest nest;
    bool counted = true;
    tw_nest_make(arch, mapping, &nest);
    for (unsigned t = 0; t < problem->tensor_count; t++)
        counted &= tw_count_tensor(arch, problem, mapping, &nest, t, out);
    out->level_count = arch->level_count;
    out->tensor_count = problem->tensor_count;
    out->macs = problem->macs;
    out->compute_steps = nest.loops[0].outer;
    price_levels(arch, problem, &nest, out);
    const double mac_units = (double)tw_hierarchy_instances(arch, arch->level_count);
    price_leakage(arch, mac_units, out);
    out->utilization = (double)out->macs / ((double)out->compute_steps * mac_units);
    out->mac_pj = (double)out->macs * arch->mac_pj;
    out->energy_pj += out->mac_pj + out->network_pj + out->static_pj;
    out->edp = out->energy_pj * out->latency_cycles;
    return counted;
}
