#include "search/goal.h"

#include <math.h>
#include <string.h>

void tw_goal_init(tw_goal *goal, tw_ctx *ctx, const tw_chain *chain,
                  const tw_search_options *options, bool blend) {
    *goal = (tw_goal){.ctx = ctx,
                      .chain = chain,
                      .objective = options->objective,
                      .blend = blend,
                      .gap = options->gap,
                      .value = INFINITY,
                      .gap_bound = INFINITY};
}

void tw_goal_free(tw_goal *goal) {
    if (goal->ctx)
        tw_free(goal->ctx, goal->best);
    *goal = (tw_goal){0};
}

/* ---- Values ---- */

static double value_of(const tw_goal *goal, double energy_pj, double cycles) {
    switch (goal->objective) {
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

double tw_goal_value(const tw_goal *goal, const double *accounts) {
    if (goal->blend)
        return goal->chain->blends[0].energy * accounts[0] + accounts[1];
    const double cycles = tw_chain_latency(goal->chain, accounts);
    return value_of(goal, accounts[0] + goal->chain->leakage_pj_per_cycle * cycles, cycles);
}

tw_region tw_goal_point(const tw_goal *goal, const double *accounts, tw_best *out) {
    const double leakage_pj_per_cycle = goal->blend ? 0 : goal->chain->leakage_pj_per_cycle;
    out->latency_cycles = goal->blend ? accounts[1] : tw_chain_latency(goal->chain, accounts);
    out->energy_pj = accounts[0] + leakage_pj_per_cycle * out->latency_cycles;
    return (tw_region){out->energy_pj, out->latency_cycles, NULL, tw_goal_value(goal, accounts)};
}

static bool inside(const tw_goal *goal, const tw_region *region, double energy_pj, double cycles) {
    const tw_chain *c = goal->chain;
    for (unsigned k = 0; region->least && k < c->blend_count; k++)
        if (c->blends[k].energy * energy_pj + c->blends[k].latency * cycles <
            region->least[k] * (1 - TW_SAME))
            return false;
    return true;
}

/* The least product of energy and latency: it lies in a corner of the region, which is convex. */
static double least_product(const tw_goal *goal, const tw_region *region) {
    const tw_blend *blends = goal->chain->blends;
    const unsigned count = region->least ? goal->chain->blend_count : 0;
    double energy_pj = region->energy_pj, cycles = region->cycles; /* of the two outer corners */
    for (unsigned k = 0; k < count; k++) {
        if (blends[k].energy == 0 || blends[k].latency == 0)
            continue;
        cycles = fmax(cycles, (region->least[k] - blends[k].energy * region->energy_pj) /
                                  blends[k].latency);
        energy_pj = fmax(energy_pj, (region->least[k] - blends[k].latency * region->cycles) /
                                        blends[k].energy);
    }
    double least = fmin(region->energy_pj * cycles, energy_pj * region->cycles);
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = i + 1; j < count; j++) {
            const double determinant =
                blends[i].energy * blends[j].latency - blends[j].energy * blends[i].latency;
            const double e =
                (region->least[i] * blends[j].latency - region->least[j] * blends[i].latency) /
                determinant;
            const double d =
                (blends[i].energy * region->least[j] - blends[j].energy * region->least[i]) /
                determinant;
            if (e >= region->energy_pj * (1 - TW_SAME) && d >= region->cycles * (1 - TW_SAME) &&
                inside(goal, region, e, d))
                least = fmin(least, e * d);
        }
    return least;
}

void tw_goal_region(const tw_goal *goal, const double *bounds, tw_region *out) {
    const tw_chain *c = goal->chain;
    if (c->account_count == 1) {
        *out = (tw_region){.energy_pj = bounds[0], .value = bounds[0]};
        return;
    }
    const double *least = bounds + c->account_count;
    if (goal->blend) {
        *out = (tw_region){.energy_pj = bounds[0], .value = least[0]};
        return;
    }
    double cycles = tw_chain_latency(c, bounds);
    for (unsigned k = 0; k < c->blend_count; k++)
        if (c->blends[k].energy == 0)
            cycles = fmax(cycles, least[k] / c->blends[k].latency);
    double energy_pj = bounds[0] + c->leakage_pj_per_cycle * cycles;
    for (unsigned k = 0; k < c->blend_count; k++)
        if (c->blends[k].latency == 0)
            energy_pj = fmax(energy_pj, least[k] / c->blends[k].energy);
    *out = (tw_region){fmax(energy_pj, goal->least_energy_pj), fmax(cycles, goal->least_cycles),
                       c->blend_count ? least : NULL, 0};
    out->value = goal->objective == TW_OBJECTIVE_EDP ? least_product(goal, out)
                                                     : value_of(goal, out->energy_pj, out->cycles);
}

/* ---- Pruning ---- */

/* Pockets of the front: what is better than all its points has less energy than best[i] and less
 * latency than best[i - 1], for some i from 0 to count. */
static double pocket_energy(const tw_goal *goal, size_t i) {
    return i < goal->count ? goal->best[i].energy_pj : INFINITY;
}

static double pocket_cycles(const tw_goal *goal, size_t i) {
    return i > 0 ? goal->best[i - 1].latency_cycles : INFINITY;
}

static bool pocket_is_open(const tw_goal *goal, const tw_region *region, size_t i) {
    return region->energy_pj < pocket_energy(goal, i) * (1 - TW_SAME) &&
           region->cycles < pocket_cycles(goal, i) * (1 - TW_SAME);
}

/* The region is closed towards larger values: it reaches into a pocket just when the pocket's far
 * corner is inside of it. */
static bool improves_front(const tw_goal *goal, const tw_region *region) {
    const tw_chain *c = goal->chain;
    for (size_t i = 0; i <= goal->count; i++) {
        bool reaches = pocket_is_open(goal, region, i);
        for (unsigned k = 0; reaches && region->least && k < c->blend_count; k++) {
            const tw_blend *blend = &c->blends[k];
            const double energy = blend->energy > 0 ? blend->energy * pocket_energy(goal, i) : 0;
            const double time = blend->latency > 0 ? blend->latency * pocket_cycles(goal, i) : 0;
            reaches = region->least[k] < (energy + time) * (1 - TW_SAME);
        }
        if (reaches)
            return true;
    }
    return false;
}

bool tw_goal_hopeless(tw_goal *goal, const tw_region *region) {
    const double value = region->value;
    if (!(value < INFINITY))
        return true;
    if (goal->objective == TW_OBJECTIVE_PARETO && !goal->blend)
        return !improves_front(goal, region);
    if (value >= goal->value * (1 - TW_SAME))
        return true;
    if (value >= goal->value * (1 - goal->gap)) {
        goal->gap_bound = fmin(goal->gap_bound, value);
        return true;
    }
    return false;
}

/* The most that energy * E + latency * D comes to in points (E, D) of better value that are beyond
 * the corner: under a hyperbola it is largest at one of the arc's ends. */
static double most_of_blend(const tw_goal *goal, const tw_region *corner, double energy,
                            double latency) {
    double most = 0;
    switch (goal->objective) {
    case TW_OBJECTIVE_ENERGY:
        return latency > 0 ? INFINITY : energy * goal->value;
    case TW_OBJECTIVE_LATENCY:
        return energy > 0 ? INFINITY : latency * goal->value;
    case TW_OBJECTIVE_EDP:
        return fmax(energy * corner->energy_pj + latency * goal->value / corner->energy_pj,
                    energy * goal->value / corner->cycles + latency * corner->cycles);
    case TW_OBJECTIVE_PARETO:
        break;
    }
    for (size_t i = 0; i <= goal->count; i++)
        if (pocket_is_open(goal, corner, i))
            most = fmax(most, (energy > 0 ? energy * pocket_energy(goal, i) : 0) +
                                  (latency > 0 ? latency * pocket_cycles(goal, i) : 0));
    return most;
}

double tw_goal_limit(const tw_goal *goal, const tw_region *corner, unsigned slot) {
    const tw_chain *c = goal->chain;
    if (goal->blend)
        return slot == 0 ? INFINITY : goal->value * (1 - TW_SAME);
    if (slot == 0)
        return most_of_blend(goal, corner, 1, 0) * (1 - TW_SAME) -
               c->leakage_pj_per_cycle * corner->cycles;
    const tw_blend *blend = &c->blends[slot - c->account_count];
    return most_of_blend(goal, corner, blend->energy, blend->latency) * (1 - TW_SAME);
}

/* ---- The best ---- */

static tw_status insert(tw_goal *goal, size_t at, const tw_best *fresh) {
    if (goal->count == goal->capacity) {
        const size_t capacity = goal->capacity ? 2 * goal->capacity : 4;
        tw_best *grown = tw_resize(goal->ctx, goal->best, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(goal->ctx);
        goal->best = grown;
        goal->capacity = capacity;
    }
    memmove(goal->best + at + 1, goal->best + at, (goal->count - at) * sizeof *goal->best);
    goal->best[at] = *fresh;
    goal->count++;
    return TW_OK;
}

/* Keeps the front free of dominated points, by ascending energy. */
static tw_status add_to_front(tw_goal *goal, const tw_best *fresh) {
    size_t kept = 0, at = 0;
    for (size_t i = 0; i < goal->count; i++) {
        const tw_best *other = &goal->best[i];
        if (fresh->energy_pj <= other->energy_pj * (1 + TW_SAME) &&
            fresh->latency_cycles <= other->latency_cycles * (1 + TW_SAME))
            continue;
        goal->best[kept++] = *other;
    }
    goal->count = kept;
    while (at < kept && goal->best[at].energy_pj < fresh->energy_pj)
        at++;
    return insert(goal, at, fresh);
}

tw_status tw_goal_take(tw_goal *goal, const tw_best *fresh) {
    if (goal->objective == TW_OBJECTIVE_PARETO && !goal->blend)
        return add_to_front(goal, fresh);
    goal->value = goal->blend
                      ? goal->chain->blends[0].energy * fresh->energy_pj + fresh->latency_cycles
                      : value_of(goal, fresh->energy_pj, fresh->latency_cycles);
    goal->count = 0;
    return insert(goal, 0, fresh);
}
