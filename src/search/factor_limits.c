#include "search/factor_limits.h"

#include "base/checked.h"

static tw_factor_limit limit_of(uint64_t fixed, uint64_t max) {
    return (tw_factor_limit){fixed, max};
}

static tw_factor_limit axis_limit(uint64_t size, bool allowed, uint64_t fixed) {
    return limit_of(fixed, allowed ? size : 1);
}

static void limit_level(const tw_level *level, tw_factor_limit slots[][TW_DIM_COUNT]) {
    const tw_level_constraints *c = &level->constraints;
    const tw_fanout *fanout = &level->fanout;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        slots[TW_SLOT_TEMPORAL][d] =
            limit_of(c->temporal_fixed[d], c->temporal_max[d] ? c->temporal_max[d] : UINT64_MAX);
        slots[TW_SLOT_X][d] = axis_limit(fanout->x, fanout->dims_x >> d & 1, c->spatial_x_fixed[d]);
        slots[TW_SLOT_Y][d] = axis_limit(fanout->y, fanout->dims_y >> d & 1, c->spatial_y_fixed[d]);
    }
}

static void rank_loops(const tw_level_constraints *c, const tw_problem *problem,
                       unsigned rank[TW_DIM_COUNT]) {
    tw_dim_mask relevant = TW_ALL_DIMS;
    if (c->order_count == 0 && c->stationary >= 0) {
        relevant = 0;
        for (unsigned t = 0; t < problem->tensor_count; t++)
            if ((int)problem->tensors[t].role == c->stationary)
                relevant |= problem->tensors[t].dim_mask;
    }
    for (int d = 0; d < TW_DIM_COUNT; d++)
        rank[d] = relevant >> d & 1 ? 0 : 1;
    for (unsigned i = 0; i < c->order_count; i++)
        rank[c->order[i]] = 1 + i;
}

void tw_factor_limits_make(const tw_hierarchy *arch, const tw_problem *problem,
                           tw_factor_limits *out) {
    for (unsigned l = 0; l < arch->level_count; l++) {
        limit_level(&arch->levels[l], out->slots[l]);
        rank_loops(&arch->levels[l].constraints, problem, out->rank[l]);
    }
}

double tw_trivial_bound(const tw_hierarchy *arch, const tw_problem *problem,
                        tw_objective objective) {
    const double energy_pj = (double)problem->macs * arch->mac_pj;
    const uint64_t units = tw_hierarchy_instances(arch, arch->level_count);
    const double cycles = (double)tw_ceil_div_u64(problem->macs, units);
    switch (objective) {
    case TW_OBJECTIVE_LATENCY:
        return cycles;
    case TW_OBJECTIVE_EDP:
        return energy_pj * cycles;
    case TW_OBJECTIVE_ENERGY:
    case TW_OBJECTIVE_PARETO:
        break;
    }
    return energy_pj;
}
