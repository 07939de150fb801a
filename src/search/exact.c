#include "search/exact.h"

#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "search/blends.h"
#include "search/infeasible.h"
#include "search/pass.h"
#include "search/random_search.h"

/* Labels a layer in the passes that look for a good mapping, and in the heuristic; and after how
 * many labels a proof is one that takes long. */
enum { NARROW_BEAM = 4, WIDE_BEAM = 48, BOTTOM_UP_BEAM = 2, LONG_PROOF = 200000 };
/* With less time than this no bounds are made. */
static const double least_time_s = 1e-3;
/* Random mappings when a limit comes before any other. */
enum { FALLBACK_SAMPLES = 500 };

/* log10 of the mappings: factorisations over every loop and fanout axis, orders, bypass. */
static double space_log10(const tw_chain *c, const tw_search_options *options) {
    unsigned slots = c->levels;
    for (unsigned l = 0; l < c->levels; l++)
        slots += (c->arch->levels[l].fanout.x > 1 ? 1u : 0u) +
                 (c->arch->levels[l].fanout.y > 1 ? 1u : 0u);
    double total = tw_lattice_log10_factorisations(&c->lattice, slots);
    for (unsigned i = 2; i <= c->lattice.active_count; i++)
        total += c->levels * log10(i);
    for (unsigned l = 0; options->search_bypass && l < c->levels; l++)
        total += c->keep_choice_count[l] ? log10(c->keep_choice_count[l]) : 0;
    return total;
}

static bool dominated(const tw_best *point, const tw_best *other) {
    const tw_cost *a = &point->point.cost, *b = &other->point.cost;
    return b->energy_pj <= a->energy_pj && b->latency_cycles <= a->latency_cycles &&
           (b->energy_pj < a->energy_pj || b->latency_cycles < a->latency_cycles);
}

/* The front as the cost model prices it; sums in another order can leave a point dominated. */
static tw_status write_front(tw_pass *p, tw_search_result *out) {
    out->front = tw_alloc_array(p->ctx, p->goal.count, sizeof *out->front);
    if (!out->front)
        return tw_out_of_memory(p->ctx);
    for (size_t i = 0; i < p->goal.count; i++) {
        bool keep = true;
        for (size_t j = 0; j < p->goal.count && keep; j++)
            keep = !dominated(&p->goal.best[i], &p->goal.best[j]);
        if (keep)
            out->front[out->front_count++] = p->goal.best[i].point;
    }
    return TW_OK;
}

static tw_status write_result(tw_pass *p, double root_bound, tw_search_result *out) {
    const tw_search_options *options = p->options;
    out->evaluated = p->evaluated;
    out->pruned = p->pruned;
    out->limit = p->limit;
    out->peak_bytes = p->chain->arena.used_bytes + p->labels.capacity * p->labels.stride;
    if (p->goal.count == 0) {
        out->found = p->limit == TW_OK ? TW_FOUND_INFEASIBLE : TW_FOUND_NOTHING;
        out->lower_bound = root_bound;
        return TW_OK;
    }
    out->best = p->goal.best[0].point;
    out->objective_value = tw_objective_value(options->objective, &out->best.cost);
    const double missed = fmax(fmin(p->open_bound, p->goal.gap_bound), root_bound);
    out->found = p->limit == TW_OK && p->goal.gap_bound == INFINITY && p->open_bound == INFINITY
                     ? TW_FOUND_OPTIMAL
                     : TW_FOUND_FEASIBLE;
    out->lower_bound =
        out->found == TW_FOUND_OPTIMAL ? out->objective_value : fmin(missed, out->objective_value);
    return options->objective == TW_OBJECTIVE_PARETO ? write_front(p, out) : TW_OK;
}

/* Starts from the mappings that choosing the blends brought. */
static tw_status take_known(tw_pass *p, const tw_known *known) {
    p->evaluated += known->evaluated;
    p->pruned += known->pruned;
    p->goal.least_energy_pj = known->least_energy_pj;
    p->goal.least_cycles = known->least_cycles;
    for (unsigned i = 0; i < known->count; i++) {
        const tw_best *best = &known->best[i];
        const tw_region point = {best->energy_pj, best->latency_cycles, NULL,
                                 tw_objective_value(p->options->objective, &best->point.cost)};
        if (!tw_goal_hopeless(&p->goal, &point))
            TW_TRY(tw_goal_take(&p->goal, best));
    }
    return TW_OK;
}

/* A beam for a first mapping, then everything whose bound is below it. A narrow beam is enough for
 * most layers; where the proof takes long, a better mapping is worth the time of a wide one, and is
 * what a limit leaves. */
static tw_status run_exact(tw_pass *p) {
    TW_TRY(tw_pass_beam(p, NARROW_BEAM));
    if (p->limit != TW_OK) {
        p->open_bound = -INFINITY;
        return TW_OK;
    }
    TW_TRY(tw_pass_prove(p, p->evaluated + LONG_PROOF));
    if (p->limit != TW_OK || p->open_bound == INFINITY)
        return TW_OK;
    const double proven = p->open_bound;
    TW_TRY(tw_pass_beam(p, WIDE_BEAM));
    if (p->limit == TW_OK)
        TW_TRY(tw_pass_prove(p, 0));
    p->open_bound = fmax(p->open_bound, proven);
    return TW_OK;
}

static tw_status run_bottom_up(tw_pass *p) {
    p->blind = true;
    TW_TRY(tw_pass_beam(p, BOTTOM_UP_BEAM));
    p->open_bound = -INFINITY;
    return TW_OK;
}

typedef tw_status (*runner)(tw_pass *);

static tw_status search_chain(tw_ctx *ctx, tw_chain *chain, const tw_search_options *options,
                              runner run, tw_search_result *out) {
    tw_bounds bounds;
    tw_refinement refinement;
    tw_pass pass;
    const double deadline_s = options->time_limit_s > 0 ? tw_seconds() + options->time_limit_s : 0;
    tw_known known = {0};
    if (run == run_exact)
        TW_TRY(tw_blends_choose(ctx, chain, options, deadline_s, &known));
    TW_TRY(tw_bounds_make(chain, &chain->arena, &bounds));
    TW_TRY(tw_refinement_make(&bounds, &chain->arena, &refinement));
    tw_status status = tw_pass_init(ctx, &bounds, &refinement, options, false, &pass);
    pass.deadline_s = deadline_s;
    if (status == TW_OK)
        status = take_known(&pass, &known);
    if (status == TW_OK)
        status = run(&pass);
    double root_bound = 0;
    if (status == TW_OK)
        status = tw_pass_root_bound(&pass, &root_bound);
    if (status == TW_OK)
        status = write_result(&pass, root_bound, out);
    if (status == TW_OK && run == run_bottom_up && out->found != TW_FOUND_NOTHING)
        out->found = pass.goal.count ? TW_FOUND_FEASIBLE : TW_FOUND_NOTHING;
    tw_pass_free(&pass);
    return status;
}

/* A limit came before the first mapping: the best of a few random ones is the best so far. */
static tw_status fall_back(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                           const tw_search_options *options, tw_search_result *out) {
    tw_search_options few = *options;
    tw_search_result drawn;
    few.time_limit_s = 0;
    few.work_limit = FALLBACK_SAMPLES;
    TW_TRY(tw_search_random(ctx, arch, problem, &few, &drawn));
    drawn.evaluated += out->evaluated;
    drawn.pruned += out->pruned;
    drawn.limit = out->limit;
    drawn.peak_bytes = out->peak_bytes;
    drawn.space_log10 = out->space_log10;
    if (drawn.found == TW_FOUND_FEASIBLE)
        drawn.lower_bound = fmin(fmax(drawn.lower_bound, out->lower_bound), drawn.objective_value);
    drawn.reason[0] = '\0';
    *out = drawn;
    return TW_OK;
}

static tw_status search_with(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                             const tw_search_options *options, runner run, tw_search_result *out) {
    *out = (tw_search_result){.found = TW_FOUND_NOTHING, .limit = TW_LIMIT};
    tw_chain chain;
    tw_status status = tw_chain_make(ctx, arch, problem, options, NULL, &chain);
    if (status == TW_OK) {
        out->space_log10 = space_log10(&chain, options);
        if (options->time_limit_s == 0 || options->time_limit_s > least_time_s)
            status = search_chain(ctx, &chain, options, run, out);
    }
    if (status == TW_OK && out->found == TW_FOUND_INFEASIBLE)
        tw_explain_infeasible(&chain, out->reason, sizeof out->reason);
    tw_chain_free(&chain);
    if (status == TW_OK && out->found == TW_FOUND_NOTHING)
        status = fall_back(ctx, arch, problem, options, out);
    if (status != TW_OK)
        tw_search_result_free(ctx, out);
    return status;
}

tw_status tw_search_exact(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                          const tw_search_options *options, tw_search_result *out) {
    return search_with(ctx, arch, problem, options, run_exact, out);
}

tw_status tw_search_bottom_up(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                              const tw_search_options *options, tw_search_result *out) {
    return search_with(ctx, arch, problem, options, run_bottom_up, out);
}
