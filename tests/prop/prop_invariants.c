/* Laws of the cost model and of the optimum that need no oracle:
 *
 * - loops of factor 1, wherever they stand, change nothing;
 * - a loop split in two neighbours at its level changes nothing;
 * - every distinct input word is read from the outermost level at least once, every output word
 *   written there at least once;
 * - more room at a level never makes the optimum worse;
 * - the answer of the exact search does not depend on the number of threads;
 * - a partial mapping that gives no factor leaves the optimum where it is.
 *
 *     prop_invariants [--seed N] [--cases N] */
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include "prop/random_space.h"
#include "support/options.h"

enum { DEFAULT_CASES = 6000, SPACES = 400 };

typedef struct {
    tw_hierarchy arch;
    tw_problem problem;
    tw_mapping mapping;
} priced_case;

static bool same_tensor(const tw_tensor_cost *a, const tw_tensor_cost *b) {
    return a->tile_words == b->tile_words && a->fill == b->fill && a->read == b->read &&
           a->update == b->update && a->psum_read == b->psum_read && a->evict == b->evict &&
           a->refill == b->refill && a->reads == b->reads && a->writes == b->writes &&
           a->network_words == b->network_words && a->energy_pj == b->energy_pj;
}

static bool same_cost(const tw_cost *a, const tw_cost *b) {
    bool same = a->macs == b->macs && a->compute_steps == b->compute_steps &&
                a->energy_pj == b->energy_pj && a->latency_cycles == b->latency_cycles &&
                a->edp == b->edp && a->utilization == b->utilization;
    for (unsigned l = 0; l < a->level_count; l++) {
        same &= a->levels[l].active == b->levels[l].active &&
                a->levels[l].cycles == b->levels[l].cycles &&
                a->levels[l].occupancy == b->levels[l].occupancy;
        for (unsigned t = 0; t < a->tensor_count; t++)
            same &= same_tensor(&a->levels[l].tensors[t], &b->levels[l].tensors[t]);
    }
    return same;
}

static bool prices_the_same(const priced_case *c, const tw_mapping *other) {
    tw_cost before, after;
    return tw_evaluate(&c->arch, &c->problem, &c->mapping, &before) &&
           tw_evaluate(&c->arch, &c->problem, other, &after) && same_cost(&before, &after);
}

static void insert_loop(tw_level_mapping *level, unsigned at, tw_loop loop) {
    memmove(&level->loops[at + 1], &level->loops[at],
            (level->loop_count - at) * sizeof *level->loops);
    level->loops[at] = loop;
    level->loop_count++;
}

static bool law_trivial_loops(tw_ctx *ctx, test_rng *rng, const priced_case *c) {
    (void)ctx;
    tw_mapping other = c->mapping;
    for (unsigned l = 0; l < other.level_count; l++) {
        tw_level_mapping *level = &other.levels[l];
        if (level->loop_count < TW_MAX_LOOPS)
            insert_loop(level, (unsigned)random_below(rng, level->loop_count + 1),
                        (tw_loop){(tw_dim)random_below(rng, TW_DIM_COUNT), 1});
    }
    return prices_the_same(c, &other);
}

static bool law_split_loops(tw_ctx *ctx, test_rng *rng, const priced_case *c) {
    (void)ctx;
    tw_mapping other = c->mapping;
    for (unsigned l = 0; l < other.level_count; l++) {
        tw_level_mapping *level = &other.levels[l];
        for (unsigned i = 0; i < level->loop_count && level->loop_count < TW_MAX_LOOPS; i++) {
            const uint64_t factor = level->loops[i].factor;
            const uint64_t inner = 1 + random_below(rng, factor);
            if (factor % inner != 0)
                continue;
            level->loops[i].factor = factor / inner;
            insert_loop(level, i + 1, (tw_loop){level->loops[i].dim, inner});
            i++;
        }
    }
    return prices_the_same(c, &other);
}

/* Positions of the whole problem on an axis that some iteration touches. */
static uint64_t touched_positions(const tw_axis *axis, const tw_problem *problem) {
    bool overflow = false;
    bool touched[1024] = {false};
    const uint64_t extent = tw_axis_extent(axis, problem->extent, &overflow);
    const tw_axis_term *first = &axis->terms[0], *last = &axis->terms[axis->term_count - 1];
    uint64_t count = 0;
    if (extent > sizeof touched / sizeof *touched)
        abort();
    for (uint64_t i = 0; i < problem->extent[first->dim]; i++)
        for (uint64_t j = 0; j < (first == last ? 1 : problem->extent[last->dim]); j++) {
            bool *position = &touched[i * first->coefficient + j * last->coefficient];
            count += !*position;
            *position = true;
        }
    return count;
}

static bool law_conservation(tw_ctx *ctx, test_rng *rng, const priced_case *c) {
    (void)ctx;
    (void)rng;
    tw_cost cost;
    if (!tw_evaluate(&c->arch, &c->problem, &c->mapping, &cost))
        return false;
    for (unsigned t = 0; t < c->problem.tensor_count; t++) {
        const tw_tensor *tensor = &c->problem.tensors[t];
        const tw_tensor_cost *outermost = &cost.levels[0].tensors[t];
        uint64_t words = 1;
        for (unsigned a = 0; a < tensor->axis_count; a++)
            words *= touched_positions(&tensor->axes[a], &c->problem);
        if ((tensor->role == TW_ROLE_OUTPUT ? outermost->update : outermost->read) < words)
            return false;
    }
    return true;
}

static const struct {
    const char *name;
    bool (*holds)(tw_ctx *ctx, test_rng *rng, const priced_case *c);
} laws[] = {
    {"loops of factor 1 change nothing", law_trivial_loops},
    {"splitting loops changes nothing", law_split_loops},
    {"every word is read or written at the outermost level", law_conservation},
};

static bool check_laws(tw_ctx *ctx, uint64_t seed, uint64_t cases) {
    for (uint64_t i = 0; i < cases; i++) {
        test_rng rng = {seed + (i << 32)};
        search_space space;
        priced_case c;
        random_space(ctx, &rng, &space);
        c.arch = space.arch;
        c.problem = space.problem;
        random_mapping(&rng, &c.problem, &c.arch, &c.mapping);
        for (size_t k = 0; k < sizeof laws / sizeof *laws; k++)
            if (!laws[k].holds(ctx, &rng, &c)) {
                printf("seed %llu, case %llu, does not hold: %s\n", (unsigned long long)seed,
                       (unsigned long long)i, laws[k].name);
                print_case(stdout, &c.arch, &c.problem, &c.mapping);
                return false;
            }
    }
    return true;
}

static tw_found best_value(tw_ctx *ctx, const search_space *space, tw_objective objective,
                           double *value) {
    const tw_search_options options = {
        .objective = objective, .search_bypass = space->search_bypass, .threads = 1};
    tw_search_result result;
    if (tw_search(ctx, &space->arch, &space->problem, &options, &result) != TW_OK)
        abort();
    const tw_found found = result.found;
    *value = result.objective_value;
    tw_search_result_free(ctx, &result);
    return found;
}

static bool check_room(tw_ctx *ctx, uint64_t seed) {
    for (uint64_t i = 0; i < SPACES; i++) {
        test_rng rng = {seed + (i << 32) + 1};
        search_space space;
        double before = 0, after = 0;
        random_space(ctx, &rng, &space);
        const tw_objective objective = (tw_objective)random_below(&rng, TW_OBJECTIVE_PARETO);
        if (best_value(ctx, &space, objective, &before) != TW_FOUND_OPTIMAL)
            continue;
        const unsigned l = 1 + (unsigned)random_below(&rng, space.arch.level_count - 1);
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            space.arch.levels[l].capacity_units[r] += (double)random_below(&rng, 20);
        const tw_found found = best_value(ctx, &space, objective, &after);
        if (found == TW_FOUND_OPTIMAL ? after > before : found == TW_FOUND_INFEASIBLE) {
            printf("seed %llu, case %llu: more room at %s, optimum %.17g instead of %.17g\n",
                   (unsigned long long)seed, (unsigned long long)i, space.arch.levels[l].name,
                   after, before);
            print_space(stdout, &space);
            return false;
        }
    }
    return true;
}

static bool same_point(const tw_point *a, const tw_point *b) {
    return tw_mapping_compare(&a->mapping, &b->mapping) == 0 && same_cost(&a->cost, &b->cost);
}

static bool same_result(const tw_search_result *a, const tw_search_result *b) {
    bool same = a->found == b->found && a->front_count == b->front_count;
    if (same && a->found == TW_FOUND_OPTIMAL)
        same = a->objective_value == b->objective_value && a->lower_bound == b->lower_bound &&
               same_point(&a->best, &b->best);
    for (size_t i = 0; same && i < a->front_count; i++)
        same = same_point(&a->front[i], &b->front[i]);
    return same;
}

static bool check_threads(tw_ctx *ctx, uint64_t seed) {
    for (uint64_t i = 0; i < SPACES; i++) {
        test_rng rng = {seed + (i << 32) + 2};
        search_space space;
        random_space(ctx, &rng, &space);
        tw_search_options options = {.objective =
                                         (tw_objective)random_below(&rng, TW_OBJECTIVE_PARETO + 1),
                                     .search_bypass = space.search_bypass,
                                     .threads = 1};
        tw_search_result one, three;
        if (tw_search(ctx, &space.arch, &space.problem, &options, &one) != TW_OK)
            abort();
        options.threads = 3;
        if (tw_search(ctx, &space.arch, &space.problem, &options, &three) != TW_OK)
            abort();
        const bool same = same_result(&one, &three);
        tw_search_result_free(ctx, &one);
        tw_search_result_free(ctx, &three);
        if (!same) {
            printf("seed %llu, case %llu: 1 and 3 threads give different answers\n",
                   (unsigned long long)seed, (unsigned long long)i);
            print_space(stdout, &space);
            return false;
        }
    }
    return true;
}

/* In the form that the reader of mapping files makes: every dimension listed, every factor 0. */
static void list_free_loops(const tw_hierarchy *arch, tw_mapping *out) {
    tw_mapping_init(arch, out);
    for (unsigned l = 0; l < arch->level_count; l++)
        for (int d = 0; d < TW_DIM_COUNT; d++) {
            tw_level_mapping *level = &out->levels[l];
            level->loops[level->loop_count++] = (tw_loop){(tw_dim)d, 0};
            level->spatial_x[d] = level->spatial_y[d] = 0;
        }
}

static bool check_empty_partial(tw_ctx *ctx, uint64_t seed) {
    for (uint64_t i = 0; i < SPACES; i++) {
        test_rng rng = {seed + (i << 32) + 3};
        search_space space;
        tw_mapping free_loops;
        random_space(ctx, &rng, &space);
        list_free_loops(&space.arch, &free_loops);
        tw_search_options options = {.objective = TW_OBJECTIVE_EDP, .threads = 1};
        tw_search_result without, with;
        if (tw_search(ctx, &space.arch, &space.problem, &options, &without) != TW_OK)
            abort();
        options.partial = &free_loops;
        if (tw_search(ctx, &space.arch, &space.problem, &options, &with) != TW_OK)
            abort();
        const bool same = same_result(&without, &with);
        tw_search_result_free(ctx, &without);
        tw_search_result_free(ctx, &with);
        if (!same) {
            printf("seed %llu, case %llu: a partial mapping without factors changes the answer\n",
                   (unsigned long long)seed, (unsigned long long)i);
            print_space(stdout, &space);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv) {
    const uint64_t seed = number_option(argc, argv, "--seed", 1);
    tw_ctx *ctx = tw_ctx_new(NULL);
    if (!ctx)
        return 1;
    const bool good = check_laws(ctx, seed, number_option(argc, argv, "--cases", DEFAULT_CASES)) &&
                      check_room(ctx, seed) && check_threads(ctx, seed) &&
                      check_empty_partial(ctx, seed);
    printf("seed %llu: %s\n", (unsigned long long)seed, good ? "every law holds" : "FAILED");
    tw_ctx_free(ctx);
    return good ? 0 : 1;
}
