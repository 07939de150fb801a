/* On spaces small enough to enumerate, a technique must find what brute force finds, for every
 * objective: an exact one the same optimum (and the same Pareto front), a heuristic nothing
 * better. Whatever it returns must be a valid mapping whose price is the reported one, to the bit.
 *
 *     prop_search [--seed N] [--cases N] [--technique NAME] */
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include "prop/random_space.h"
#include "support/options.h"
enum { DEFAULT_CASES = 3000, MAX_MAPPINGS = 5000, RANDOM_SAMPLES = 20 };

static const struct technique {
    const char *name;
    bool exact;
    uint64_t work_limit;
} techniques[] = {
    {"exact", true, 0},
    {"bottom-up", false, 0},
    {"random", false, RANDOM_SAMPLES},
};
enum { TECHNIQUE_COUNT = sizeof techniques / sizeof *techniques };

static const tw_objective objectives[] = {TW_OBJECTIVE_ENERGY, TW_OBJECTIVE_LATENCY,
                                          TW_OBJECTIVE_EDP, TW_OBJECTIVE_PARETO};
static const char *const objective_names[] = {"energy", "latency", "edp", "pareto"};

typedef struct {
    tw_ctx *ctx;
    const search_space *space;
    const struct technique *technique;
    const char *objective;
    bool good;
} trial;

static void complain(trial *t, const char *what, double expected, double actual) {
    if (t->good)
        printf("%s, objective %s:\n", t->technique->name, t->objective);
    printf("  %s: brute force %.17g, %s %.17g\n", what, expected, t->technique->name, actual);
    t->good = false;
}

static uint64_t temporal_factor(const tw_level_mapping *level, tw_dim dim) {
    uint64_t factor = 1;
    for (unsigned i = 0; i < level->loop_count; i++)
        factor *= level->loops[i].dim == dim ? level->loops[i].factor : 1;
    return factor;
}

static bool is_given(uint64_t given, uint64_t factor) {
    return given == 0 || given == factor;
}

/* Place of a dimension in the prescribed order: larger ones stand inside smaller ones. */
static int prescribed_place(const search_space *space, const tw_level_constraints *c, tw_dim dim) {
    for (unsigned i = 0; i < c->order_count; i++)
        if (c->order[i] == dim)
            return (int)i + 1;
    if (c->order_count > 0 || c->stationary < 0)
        return 0;
    for (unsigned t = 0; t < space->problem.tensor_count; t++)
        if ((int)space->problem.tensors[t].role == c->stationary &&
            (space->problem.tensors[t].dim_mask >> dim & 1))
            return 0;
    return 1;
}

static bool obeys(const search_space *space, unsigned l, const tw_level_mapping *level) {
    const tw_level_constraints *c = &space->arch.levels[l].constraints;
    int place = 0;
    for (unsigned i = 0; i < level->loop_count && !space->has_partial; i++) {
        if (level->loops[i].factor == 1)
            continue;
        const int next = prescribed_place(space, c, level->loops[i].dim);
        if (next < place)
            return false;
        place = next;
    }
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        const uint64_t factor = temporal_factor(level, (tw_dim)d);
        if (space->has_partial) {
            const tw_level_mapping *given = &space->partial.levels[l];
            if (!is_given(given->loops[d].factor, factor) ||
                !is_given(given->spatial_x[d], level->spatial_x[d]) ||
                !is_given(given->spatial_y[d], level->spatial_y[d]))
                return false;
        } else if (!is_given(c->temporal_fixed[d], factor) ||
                   !is_given(c->spatial_x_fixed[d], level->spatial_x[d]) ||
                   !is_given(c->spatial_y_fixed[d], level->spatial_y[d]) ||
                   (c->temporal_max[d] && factor > c->temporal_max[d])) {
            return false;
        }
    }
    return true;
}

/* The point is valid, within the choices left open, and priced as eval prices it. */
static void check_point(trial *t, const tw_point *point) {
    tw_cost cost;
    if (!tw_mapping_is_valid(&t->space->arch, &t->space->problem, &point->mapping))
        complain(t, "valid", 1, 0);
    else if (!tw_evaluate(&t->space->arch, &t->space->problem, &point->mapping, &cost) ||
             cost.energy_pj != point->cost.energy_pj ||
             cost.latency_cycles != point->cost.latency_cycles || cost.edp != point->cost.edp)
        complain(t, "price of the mapping", cost.energy_pj, point->cost.energy_pj);
    for (unsigned l = 0; l < t->space->arch.level_count; l++)
        if (!obeys(t->space, l, &point->mapping.levels[l]))
            complain(t, "obeys the constraints of level", l, l);
    tw_role_mask roles = 0;
    for (unsigned i = 0; i < t->space->problem.tensor_count; i++)
        roles |= 1u << t->space->problem.tensors[i].role;
    for (unsigned l = 1; l < t->space->arch.level_count; l++) {
        const tw_level *level = &t->space->arch.levels[l];
        const tw_role_mask keeps = point->mapping.levels[l].keeps;
        if (!t->space->search_bypass && ((keeps ^ level->keeps) & roles))
            complain(t, "keeps", level->keeps, keeps);
    }
}

static void check_front(trial *t, const tw_search_result *expected, const tw_search_result *is) {
    if (t->technique->exact && is->front_count != expected->front_count)
        complain(t, "points of the front", (double)expected->front_count, (double)is->front_count);
    for (size_t i = 0; i < is->front_count; i++) {
        check_point(t, &is->front[i]);
        if (i >= expected->front_count || !t->technique->exact)
            continue;
        if (is->front[i].cost.energy_pj != expected->front[i].cost.energy_pj)
            complain(t, "energy of a point", expected->front[i].cost.energy_pj,
                     is->front[i].cost.energy_pj);
        if (is->front[i].cost.latency_cycles != expected->front[i].cost.latency_cycles)
            complain(t, "latency of a point", expected->front[i].cost.latency_cycles,
                     is->front[i].cost.latency_cycles);
    }
}

static void check_result(trial *t, tw_objective objective, const tw_search_result *expected,
                         const tw_search_result *is) {
    if (t->technique->exact && is->found != expected->found) {
        complain(t, "found", expected->found, is->found);
        return;
    }
    if (is->found != TW_FOUND_OPTIMAL && is->found != TW_FOUND_FEASIBLE)
        return;
    if (expected->found == TW_FOUND_INFEASIBLE) {
        complain(t, "found", expected->found, is->found);
        return;
    }
    check_point(t, &is->best);
    if (is->objective_value != tw_objective_value(objective, &is->best.cost))
        complain(t, "objective of the best", tw_objective_value(objective, &is->best.cost),
                 is->objective_value);
    if (t->technique->exact ? is->objective_value != expected->objective_value
                            : is->objective_value < expected->objective_value)
        complain(t, "objective", expected->objective_value, is->objective_value);
    if (is->lower_bound > expected->objective_value)
        complain(t, "lower bound", expected->objective_value, is->lower_bound);
    if (objective == TW_OBJECTIVE_PARETO)
        check_front(t, expected, is);
}

static tw_search_options options_for(const search_space *space, tw_objective objective,
                                     uint64_t work_limit) {
    return (tw_search_options){.objective = objective,
                               .search_bypass = space->search_bypass,
                               .work_limit = work_limit,
                               .seed = 1,
                               .threads = 1,
                               .partial = space->has_partial ? &space->partial : NULL};
}

/* Turns the Pareto front of the whole space into the answer for one objective: the optima of
 * energy, latency and their product are all points of it. */
static void choose_from_front(tw_search_result *front, tw_objective objective) {
    if (front->found != TW_FOUND_OPTIMAL)
        return;
    front->best = front->front[0];
    for (size_t i = 1; i < front->front_count; i++)
        if (tw_objective_value(objective, &front->front[i].cost) <
            tw_objective_value(objective, &front->best.cost))
            front->best = front->front[i];
    front->objective_value = tw_objective_value(objective, &front->best.cost);
}

static void run_technique(trial *t, tw_objective objective, const tw_search_result *expected) {
    tw_search_options options = options_for(t->space, objective, t->technique->work_limit);
    tw_search_result is;
    options.technique = t->technique->name;
    if (tw_search(t->ctx, &t->space->arch, &t->space->problem, &options, &is) != TW_OK)
        abort();
    check_result(t, objective, expected, &is);
    tw_search_result_free(t->ctx, &is);
}

typedef struct {
    uint64_t enumerated, feasible, differing;
} tally;

/* False when a technique differs. A space too large for brute force is left out. */
static bool try_space(tw_ctx *ctx, const search_space *space, const char *only, tally *sum) {
    tw_search_options options = options_for(space, TW_OBJECTIVE_PARETO, MAX_MAPPINGS);
    tw_search_result expected;
    options.technique = "brute-force";
    if (tw_search(ctx, &space->arch, &space->problem, &options, &expected) != TW_OK)
        abort();
    const bool whole = expected.limit == TW_OK;
    bool good = true;
    for (size_t o = 0; whole && o < sizeof objectives / sizeof *objectives; o++) {
        choose_from_front(&expected, objectives[o]);
        for (size_t i = 0; i < TECHNIQUE_COUNT; i++) {
            if (only && strcmp(only, techniques[i].name) != 0)
                continue;
            trial t = {ctx, space, &techniques[i], objective_names[o], true};
            run_technique(&t, objectives[o], &expected);
            good &= t.good;
        }
    }
    sum->enumerated += whole;
    sum->feasible += whole && expected.found == TW_FOUND_OPTIMAL;
    sum->differing += !good;
    tw_search_result_free(ctx, &expected);
    return good;
}

int main(int argc, char **argv) {
    const uint64_t seed = number_option(argc, argv, "--seed", 1);
    const uint64_t cases = number_option(argc, argv, "--cases", DEFAULT_CASES);
    tw_ctx *ctx = tw_ctx_new(NULL);
    if (!ctx)
        return 1;
    tally sum = {0};
    for (uint64_t i = 0; i < cases && sum.differing < 3; i++) {
        test_rng rng = {seed + (i << 32)};
        search_space space;
        random_space(ctx, &rng, &space);
        if (try_space(ctx, &space, text_option(argc, argv, "--technique"), &sum))
            continue;
        printf("seed %llu, case %llu:\n", (unsigned long long)seed, (unsigned long long)i);
        print_space(stdout, &space);
    }
    printf("seed %llu: of %llu spaces %llu enumerated, %llu with a valid mapping, %llu differ\n",
           (unsigned long long)seed, (unsigned long long)cases, (unsigned long long)sum.enumerated,
           (unsigned long long)sum.feasible, (unsigned long long)sum.differing);
    tw_ctx_free(ctx);
    return sum.differing || sum.feasible == 0 ? 1 : 0;
}
