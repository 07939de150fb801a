/* Leaving out mirror images loses nothing: on square problems the exact search, which looks at one
 * of each two images, finds to the bit what it finds where a limit that forbids nothing makes rows
 * unlike columns, so that it looks at all of them. The spaces are too large to enumerate.
 *
 *     prop_mirror [--seed N] [--cases N] */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include "prop/random_space.h"
#include "search/bound.h"
#include "search/mirror.h"
#include "support/options.h"

enum { DEFAULT_CASES = 500, DEFAULT_SEED = 10000, WORK_LIMIT = 20000 };

static uint64_t choose(test_rng *rng, const uint64_t *values, size_t count) {
    return values[random_below(rng, count)];
}

static void random_square_problem(tw_ctx *ctx, test_rng *rng, tw_problem *out) {
    static const char *const names[] = {"conv", "conv", "conv", "pool"};
    static const uint64_t sides[] = {4, 6, 6, 10, 12, 12, 15, 18, 30},
                          kernels[] = {1, 1, 2, 3, 3, 6}, channels[] = {1, 1, 2, 2, 3, 4};
    const tw_operation *operation = tw_operation_by_name(names[random_below(rng, 4)]);
    uint64_t extent[TW_DIM_COUNT];
    for (int d = 0; d < TW_DIM_COUNT; d++)
        extent[d] = strchr(operation->dims, tw_dim_names[d][0]) ? choose(rng, channels, 6) : 1;
    extent[TW_DIM_G] = extent[TW_DIM_G] > 2 ? 2 : extent[TW_DIM_G];
    extent[TW_DIM_B] = 1;
    extent[TW_DIM_P] = extent[TW_DIM_Q] = choose(rng, sides, 9);
    extent[TW_DIM_R] = extent[TW_DIM_S] = choose(rng, kernels, 6);
    const uint64_t stride = 1 + random_below(rng, 2), dilation = 1 + random_below(rng, 2);
    if (tw_problem_make(ctx, NULL, operation, extent, (uint64_t[]){stride, stride},
                        (uint64_t[]){dilation, dilation}, 1, out) != TW_OK)
        abort();
}

static void random_square_space(tw_ctx *ctx, test_rng *rng, search_space *space) {
    random_space(ctx, rng, space);
    random_square_problem(ctx, rng, &space->problem);
    for (unsigned l = 0; l < space->arch.level_count; l++) {
        tw_level *level = &space->arch.levels[l];
        memset(&level->constraints, 0, sizeof level->constraints);
        level->constraints.stationary = TW_STATIONARY_FREE;
        level->fanout.dims_x = level->fanout.dims_y = TW_ALL_DIMS;
    }
}

static void search(tw_ctx *ctx, const search_space *space, tw_objective objective,
                   tw_search_result *out) {
    const tw_search_options options = {.objective = objective,
                                       .search_bypass = space->search_bypass,
                                       .technique = "exact",
                                       .work_limit = WORK_LIMIT,
                                       .threads = 1};
    if (tw_search(ctx, &space->arch, &space->problem, &options, out) != TW_OK)
        abort();
}

static bool same_answer(const tw_search_result *a, const tw_search_result *b) {
    bool same = a->found == b->found && a->front_count == b->front_count &&
                (a->found != TW_FOUND_OPTIMAL || a->objective_value == b->objective_value);
    for (size_t i = 0; same && i < a->front_count; i++)
        same = a->front[i].cost.energy_pj == b->front[i].cost.energy_pj &&
               a->front[i].cost.latency_cycles == b->front[i].cost.latency_cycles;
    return same;
}

static bool is_image(const tw_lattice *lattice, tw_tile_id tile) {
    uint16_t index[TW_DIM_COUNT], image[TW_DIM_COUNT];
    tw_tile_indices(lattice, tile, index);
    tw_tile_indices(lattice, tw_mirror_tile(lattice, index), image);
    return image[TW_DIM_P] == index[TW_DIM_Q] && image[TW_DIM_Q] == index[TW_DIM_P] &&
           image[TW_DIM_R] == index[TW_DIM_S] && image[TW_DIM_S] == index[TW_DIM_R] &&
           image[TW_DIM_K] == index[TW_DIM_K] && image[TW_DIM_C] == index[TW_DIM_C];
}

/* The tables of bounds, of which one half is copied, have numbers where those have that are made
 * entry by entry. (The numbers may differ: a crossing that cannot lower what was found before is
 * passed over, and what was found before depends on the order of the crossings.) */
static bool same_tables(tw_ctx *ctx, const search_space *space, tw_objective objective) {
    const tw_search_options options = {.objective = objective,
                                       .search_bypass = space->search_bypass};
    tw_chain half, whole;
    tw_bounds copied, made;
    if (tw_chain_make(ctx, &space->arch, &space->problem, &options, NULL, &half) != TW_OK ||
        tw_chain_make(ctx, &space->arch, &space->problem, &options, NULL, &whole) != TW_OK)
        abort();
    bool same = half.mirrors;
    whole.mirrors = false;
    if (tw_bounds_make(&half, &half.arena, &copied) != TW_OK ||
        tw_bounds_make(&whole, &whole.arena, &made) != TW_OK)
        abort();
    for (tw_tile_id tile = 0; tile < whole.lattice.size; tile++)
        same &= is_image(&whole.lattice, tile);
    for (unsigned l = 1; l <= made.tables; l++)
        for (unsigned k = 0; k < whole.keep_choice_count[l]; k++)
            for (size_t i = 0; i < whole.bound_count * whole.lattice.size; i++)
                same &= isinf(copied.to_go[l][k][i]) == isinf(made.to_go[l][k][i]);
    tw_chain_free(&half);
    tw_chain_free(&whole);
    return same;
}

/* What became of the cases. */
typedef struct {
    unsigned long proven, limited, failed;
} tally;

static void check_case(tw_ctx *ctx, uint64_t seed, tally *t) {
    test_rng rng = {seed};
    search_space space;
    random_square_space(ctx, &rng, &space);
    const tw_objective objective = (tw_objective)random_below(&rng, TW_OBJECTIVE_PARETO + 1);
    const bool holds =
        tw_mirror_holds(&space.arch, &space.problem) && same_tables(ctx, &space, objective);
    tw_search_result half, whole;
    search(ctx, &space, objective, &half);
    space.arch.levels[0].constraints.temporal_max[TW_DIM_P] = space.problem.extent[TW_DIM_P];
    const bool off = !tw_mirror_holds(&space.arch, &space.problem);
    search(ctx, &space, objective, &whole);
    if (half.limit != TW_OK || whole.limit != TW_OK)
        t->limited++;
    else if (holds && off && same_answer(&half, &whole))
        t->proven++;
    else
        t->failed++;
    if (t->failed == 1) {
        printf(
            "--seed %llu --cases 1, objective %d: %s; %.17g with images left out, %.17g with all\n",
            (unsigned long long)seed, (int)objective, holds ? "images hold" : "images fail",
            half.objective_value, whole.objective_value);
        print_space(stdout, &space);
    }
    tw_search_result_free(ctx, &half);
    tw_search_result_free(ctx, &whole);
}

int main(int argc, char **argv) {
    const uint64_t seed = number_option(argc, argv, "--seed", DEFAULT_SEED);
    const uint64_t cases = number_option(argc, argv, "--cases", DEFAULT_CASES);
    tally t = {0};
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (uint64_t i = 0; ctx && i < cases; i++)
        check_case(ctx, seed + i, &t);
    printf("%llu cases: %lu the same, %lu beyond the limit of work, %lu failed\n",
           (unsigned long long)cases, t.proven, t.limited, t.failed);
    const bool good = ctx && t.failed == 0 && t.limited <= cases / 2;
    tw_ctx_free(ctx);
    return good ? 0 : 1;
}
