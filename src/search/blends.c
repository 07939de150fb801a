#include "search/blends.h"

#include <math.h>
#include <string.h>

#include "base/pool.h"

enum { BEAM = 6, MAX_ROUNDS = 4, GAME_STEPS = 2000, MOST_WORK = 20000 };

/* An answer that is less than this share below the game's value ends it. */
static const double progress = 0.001;
/* Weights below this share of the largest are left out. */
static const double smallest_weight = 1e-3;

typedef struct {
    tw_ctx *ctx;
    const tw_chain *chain;
    const tw_search_options *options;
    double deadline_s;
    tw_known *known;
    unsigned count, blend_count;
    double samples[TW_MAX_KNOWN][TW_MAX_ACCOUNTS];
    tw_blend blends[TW_MAX_BLENDS];
    double answer; /* value of the last blend's cheapest mapping */
    bool proven;
} chooser;

/* ---- The game ---- */

static double blended(const tw_chain *c, const tw_blend *blend, const double *accounts) {
    double value = blend->energy * accounts[0];
    for (unsigned a = 1; a < c->account_count; a++)
        value += blend->weight[a] * accounts[a];
    return value;
}

static double least_blended(const chooser *s, const tw_blend *blend, unsigned *which) {
    double least = INFINITY;
    *which = 0;
    for (unsigned i = 0; i < s->count; i++) {
        const double value = blended(s->chain, blend, s->samples[i]);
        if (value < least) {
            least = value;
            *which = i;
        }
    }
    return least;
}

/* Scales the weights of accounts first <= a < end to the sum `total`. */
static void normalise(tw_blend *blend, unsigned first, unsigned end, double total) {
    double sum = 0;
    for (unsigned a = first; a < end; a++)
        sum += blend->weight[a];
    for (unsigned a = first; a < end; a++)
        blend->weight[a] *= total / sum;
}

static void normalise_groups(const tw_chain *c, tw_blend *blend, double total) {
    if (c->arch->overlap) {
        normalise(blend, 1, c->account_count, total);
        return;
    }
    blend->weight[1] = total;
    for (unsigned l = 0; l < c->levels; l++)
        if (c->first_port[l] < c->first_port[l + 1])
            normalise(blend, c->ports[c->first_port[l]].account,
                      c->ports[c->first_port[l + 1] - 1].account + 1, total);
}

/* Drops small weights and lists the others. */
static void list_terms(const tw_chain *c, tw_blend *blend, double total) {
    double largest = 0;
    for (unsigned a = 1; a < c->account_count; a++)
        largest = fmax(largest, blend->weight[a]);
    for (unsigned a = 1; a < c->account_count; a++)
        if (blend->weight[a] < smallest_weight * largest)
            blend->weight[a] = 0;
    normalise_groups(c, blend, total);
    blend->term_count = 0;
    for (unsigned a = 1; a < c->account_count; a++)
        if (blend->weight[a] > 0)
            blend->terms[blend->term_count++] = (uint8_t)a;
}

/* Weights that make the cheapest sample dear: the average of multiplicative updates towards the
 * accounts of whichever sample is cheapest. Only + - * / are used, so that every machine gets the
 * same weights. */
static tw_blend play(const chooser *s, double energy, double latency) {
    const tw_chain *c = s->chain;
    const double total = latency + energy * c->leakage_pj_per_cycle;
    tw_blend blend = {.energy = energy, .latency = latency}, average = blend;
    blend.weight[0] = average.weight[0] = energy;
    for (unsigned a = 1; a < c->account_count; a++)
        blend.weight[a] = 1;
    normalise_groups(c, &blend, total);
    for (int step = 1; step <= GAME_STEPS; step++) {
        unsigned which;
        (void)least_blended(s, &blend, &which);
        double largest = 0;
        for (unsigned a = 1; a < c->account_count; a++)
            largest = fmax(largest, s->samples[which][a]);
        const double rate = 2.0 / (20 + step * 0.5);
        for (unsigned a = 1; a < c->account_count; a++)
            blend.weight[a] *= 1 + (largest > 0 ? rate * s->samples[which][a] / largest : 0);
        normalise_groups(c, &blend, total);
        for (unsigned a = 1; a < c->account_count; a++)
            average.weight[a] += (blend.weight[a] - average.weight[a]) / step;
    }
    list_terms(c, &average, total);
    return average;
}

/* ---- The answer ---- */

/* Accounts of a mapping, from what it costs. */
static void account_for(const tw_chain *c, const tw_cost *cost, double *accounts) {
    accounts[0] = cost->energy_pj - cost->static_pj;
    accounts[1] = (double)cost->compute_steps;
    for (unsigned l = 0; l < c->levels; l++) {
        const tw_level_cost *level = &cost->levels[l];
        for (unsigned p = c->first_port[l]; p < c->first_port[l + 1]; p++) {
            double cycles = 0;
            for (unsigned t = 0; t < c->tensor_count; t++) {
                const tw_role role = c->tensors[t].role;
                cycles += (double)level->tensors[t].reads * c->ports[p].read[role] +
                          (double)level->tensors[t].writes * c->ports[p].write[role];
            }
            accounts[c->ports[p].account] = cycles / (double)level->active;
        }
    }
}

static tw_status search_blend(chooser *s, tw_chain *chain, const tw_search_options *options) {
    tw_bounds bounds;
    tw_refinement refinement;
    tw_pass pass;
    TW_TRY(tw_bounds_make(chain, &chain->arena, &bounds));
    TW_TRY(tw_refinement_make(&bounds, &chain->arena, &refinement));
    tw_status status = tw_pass_init(s->ctx, &bounds, &refinement, options, true, &pass);
    pass.deadline_s = s->deadline_s;
    if (status == TW_OK)
        status = tw_pass_beam(&pass, BEAM);
    if (status == TW_OK && pass.limit == TW_OK)
        status = tw_pass_prove(&pass, 0);
    if (status == TW_OK) {
        s->known->evaluated += pass.evaluated;
        s->known->pruned += pass.pruned;
        s->proven = pass.limit == TW_OK;
        s->answer = pass.goal.value;
        if (pass.goal.count > 0 && s->known->count < TW_MAX_KNOWN) {
            tw_best *best = &s->known->best[s->known->count++];
            best->point = pass.goal.best[0].point;
            best->energy_pj = best->point.cost.energy_pj;
            best->latency_cycles = best->point.cost.latency_cycles;
            account_for(s->chain, &best->point.cost, s->samples[s->count++]);
        }
    }
    tw_pass_free(&pass);
    return status;
}

/* The cheapest mapping by this blend joins the samples. */
static tw_status answer(chooser *s, const tw_blend *blend) {
    tw_search_options options = *s->options;
    options.gap = 0;
    options.work_limit = MOST_WORK;
    if (s->options->work_limit && s->options->work_limit < MOST_WORK)
        options.work_limit = s->options->work_limit;
    tw_chain chain;
    tw_status status =
        tw_chain_make(s->ctx, s->chain->arch, s->chain->problem, &options, blend, &chain);
    if (status == TW_OK)
        status = search_blend(s, &chain, &options);
    tw_chain_free(&chain);
    return status;
}

static bool finished(const chooser *s) {
    return s->count == 0 || s->count == TW_MAX_KNOWN || tw_is_cancelled(s->ctx) ||
           (s->deadline_s > 0 && tw_seconds() > s->deadline_s);
}

/* Adds the blend for a direction. */
static tw_status choose(chooser *s, double energy, double latency) {
    tw_blend blend = play(s, energy, latency);
    for (int round = 0; round < MAX_ROUNDS && !finished(s); round++) {
        unsigned which;
        const double before = least_blended(s, &blend, &which);
        TW_TRY(answer(s, &blend));
        if (s->answer >= before * (1 - progress))
            break;
        blend = play(s, energy, latency);
    }
    if (s->blend_count < TW_MAX_BLENDS)
        s->blends[s->blend_count++] = blend;
    return TW_OK;
}

static const tw_best *best_product(const chooser *s) {
    const tw_best *best = &s->known->best[0];
    for (unsigned i = 1; i < s->known->count; i++)
        if (s->known->best[i].point.cost.edp < best->point.cost.edp)
            best = &s->known->best[i];
    return best;
}

static tw_status choose_for_objective(chooser *s) {
    const tw_best *best;
    switch (s->options->objective) {
    case TW_OBJECTIVE_ENERGY:
        return choose(s, 1, 0);
    case TW_OBJECTIVE_LATENCY:
        return choose(s, 0, 1);
    case TW_OBJECTIVE_EDP:
    case TW_OBJECTIVE_PARETO:
        break;
    }
    TW_TRY(choose(s, 0, 1));
    best = best_product(s);
    return choose(s, 1 / best->energy_pj, 1 / best->latency_cycles);
}

tw_status tw_blends_choose(tw_ctx *ctx, tw_chain *chain, const tw_search_options *options,
                           double deadline_s, tw_known *out) {
    chooser s = {
        .ctx = ctx, .chain = chain, .options = options, .deadline_s = deadline_s, .known = out};
    *out = (tw_known){0};
    if (chain->account_count <= 2)
        return TW_OK;
    tw_blend even = {.energy = options->objective != TW_OBJECTIVE_LATENCY,
                     .latency = options->objective == TW_OBJECTIVE_LATENCY};
    for (unsigned a = 1; a < chain->account_count; a++)
        even.weight[a] = 1;
    normalise_groups(chain, &even, even.latency + even.energy * chain->leakage_pj_per_cycle);
    TW_TRY(answer(&s, &even));
    if (s.count > 0)
        TW_TRY(choose_for_objective(&s));
    memcpy(chain->blends, s.blends, sizeof s.blends);
    chain->blend_count = s.blend_count;
    chain->bound_count = chain->account_count + chain->blend_count;
    return TW_OK;
}
