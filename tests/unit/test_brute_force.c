/* Brute force is the oracle of the exact search, so its own space is counted by hand here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ctx.h"
#include "search/brute_force.h"
#include "search/random_search.h"
#include "workload/operations.h"

static void make_gemm(tw_ctx *ctx, uint64_t b, uint64_t k, uint64_t c, tw_problem *out) {
    uint64_t extent[TW_DIM_COUNT];
    const uint64_t one[2] = {1, 1};
    for (int d = 0; d < TW_DIM_COUNT; d++)
        extent[d] = 1;
    extent[TW_DIM_B] = b;
    extent[TW_DIM_K] = k;
    extent[TW_DIM_C] = c;
    assert_int_equal(
        tw_problem_make(ctx, NULL, tw_operation_by_name("gemm"), extent, one, one, 1, out), TW_OK);
}

/* Unbounded levels that keep everything, no fanout, one picojoule per read of level 0. */
static void make_levels(unsigned levels, tw_hierarchy *out) {
    memset(out, 0, sizeof *out);
    out->name = "test";
    out->level_count = levels;
    out->overlap = true;
    for (unsigned l = 0; l < levels; l++) {
        tw_level *level = &out->levels[l];
        level->name = l == 0 ? "outer" : "inner";
        level->keeps = level->may_keep = TW_ALL_ROLES;
        level->shared = true;
        level->fanout = (tw_fanout){.x = 1, .y = 1, .dims_x = TW_ALL_DIMS, .dims_y = TW_ALL_DIMS};
        level->constraints.stationary = -1;
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            level->word_units[r] = 1;
    }
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        out->levels[0].read_pj[r] = out->levels[0].write_pj[r] = 1;
}

static tw_search_result run(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                            const tw_search_options *options) {
    tw_search_result result;
    assert_int_equal(tw_search_brute_force(ctx, arch, problem, options, &result), TW_OK);
    return result;
}

static uint64_t size_of_space(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem) {
    const tw_search_options options = {.objective = TW_OBJECTIVE_ENERGY};
    const tw_search_result result = run(ctx, arch, problem, &options);
    assert_int_equal(result.found, TW_FOUND_OPTIMAL);
    return result.evaluated;
}

/* K = 4 and C = 2 over two levels: factors 4|1, 2|2, 1|4 and 2|1, 1|2; a level with two loops has
 * two orders: 2 + 2 + 1 + 1 + 2 + 2. */
static void test_factors_and_orders(void **state) {
    tw_ctx *ctx = *state;
    tw_problem problem;
    tw_hierarchy arch;
    make_gemm(ctx, 1, 4, 2, &problem);
    make_levels(2, &arch);
    assert_int_equal(size_of_space(ctx, &arch, &problem), 10);
}

/* K = 4 on one level over a 2 x 2 fanout: temporal, X and Y take 4|1|1, 2|2|1, 2|1|2, 1|2|2. */
static void test_fanout(void **state) {
    tw_ctx *ctx = *state;
    tw_problem problem;
    tw_hierarchy arch;
    make_gemm(ctx, 1, 4, 1, &problem);
    make_levels(1, &arch);
    arch.levels[0].fanout.x = arch.levels[0].fanout.y = 2;
    assert_int_equal(size_of_space(ctx, &arch, &problem), 4);
    arch.levels[0].fanout.dims_x = TW_ALL_DIMS & ~(1u << TW_DIM_K);
    assert_int_equal(size_of_space(ctx, &arch, &problem), 2);
    arch.levels[0].constraints.spatial_y_fixed[TW_DIM_K] = 2;
    assert_int_equal(size_of_space(ctx, &arch, &problem), 1);
}

/* Three loops have six orders. Named ones stand innermost in their order; of a stationary tensor
 * the irrelevant loops (of the weight: B). */
static void test_order_constraints(void **state) {
    tw_ctx *ctx = *state;
    tw_problem problem;
    tw_hierarchy arch;
    make_gemm(ctx, 2, 2, 2, &problem);
    make_levels(1, &arch);
    tw_level_constraints *c = &arch.levels[0].constraints;
    assert_int_equal(size_of_space(ctx, &arch, &problem), 6);
    c->stationary = TW_ROLE_WEIGHT;
    assert_int_equal(size_of_space(ctx, &arch, &problem), 2);
    c->order_count = 1;
    c->order[0] = TW_DIM_C;
    assert_int_equal(size_of_space(ctx, &arch, &problem), 2);
    c->order_count = 2;
    c->order[1] = TW_DIM_K;
    assert_int_equal(size_of_space(ctx, &arch, &problem), 1);
}

/* One factorisation and order; the inner level keeps any subset of three roles. */
static void test_bypass(void **state) {
    tw_ctx *ctx = *state;
    tw_problem problem;
    tw_hierarchy arch;
    make_gemm(ctx, 1, 2, 1, &problem);
    make_levels(2, &arch);
    arch.levels[1].constraints.temporal_fixed[TW_DIM_K] = 1;
    tw_search_options options = {.objective = TW_OBJECTIVE_ENERGY, .search_bypass = true};
    assert_int_equal(run(ctx, &arch, &problem, &options).evaluated, 8);
    arch.levels[1].must_keep = 1u << TW_ROLE_INPUT;
    assert_int_equal(run(ctx, &arch, &problem, &options).evaluated, 4);
    arch.levels[1].may_keep = 1u << TW_ROLE_INPUT;
    assert_int_equal(run(ctx, &arch, &problem, &options).evaluated, 1);
}

/* K = 2, C = 2, inner room for 3 words, reads and writes of the outer level at 1 pJ. A tile of one
 * MAC takes 3 words, a tile of K = 2 takes 5. With C inside, outputs stay: the input is read 4
 * times, the weight 4, the output written 2: 10. With K inside, the input stays: 2 + 4 + 4 writes
 * + 2 partial sums read = 12. */
static void test_optimum(void **state) {
    tw_ctx *ctx = *state;
    tw_problem problem;
    tw_hierarchy arch;
    make_gemm(ctx, 1, 2, 2, &problem);
    make_levels(2, &arch);
    arch.levels[1].bounded = true;
    arch.levels[1].capacity_units[0] = 3;
    const tw_search_options options = {.objective = TW_OBJECTIVE_ENERGY};
    const tw_search_result result = run(ctx, &arch, &problem, &options);
    assert_int_equal(result.found, TW_FOUND_OPTIMAL);
    assert_int_equal(result.evaluated, 2);
    assert_true(result.objective_value == 10);
    assert_true(result.lower_bound == 10);
    assert_int_equal(result.best.mapping.levels[0].loops[1].dim, TW_DIM_C);
}

static void test_infeasible(void **state) {
    tw_ctx *ctx = *state;
    tw_problem problem;
    tw_hierarchy arch;
    make_gemm(ctx, 1, 2, 2, &problem);
    make_levels(2, &arch);
    arch.levels[1].bounded = true;
    arch.levels[1].capacity_units[0] = 2;
    const tw_search_options options = {.objective = TW_OBJECTIVE_LATENCY};
    const tw_search_result result = run(ctx, &arch, &problem, &options);
    assert_int_equal(result.found, TW_FOUND_INFEASIBLE);
    assert_string_equal(result.reason, "none of 4 factorisations fits: the closest exceeds the "
                                       "capacity of inner by 1 words");
}

static void test_limits(void **state) {
    tw_ctx *ctx = *state;
    tw_problem problem;
    tw_hierarchy arch;
    make_gemm(ctx, 8, 8, 8, &problem);
    make_levels(2, &arch);
    tw_search_options options = {.objective = TW_OBJECTIVE_ENERGY, .work_limit = 7};
    tw_search_result result = run(ctx, &arch, &problem, &options);
    assert_int_equal(result.found, TW_FOUND_FEASIBLE);
    assert_int_equal(result.limit, TW_LIMIT);
    assert_int_equal(result.evaluated, 7);
    assert_true(result.lower_bound <= result.objective_value);
    tw_cancel(ctx);
    options.work_limit = 0;
    result = run(ctx, &arch, &problem, &options);
    assert_int_equal(result.found, TW_FOUND_NOTHING);
    assert_int_equal(result.limit, TW_CANCELLED);
}

/* The same seed finds the same mapping; nothing is better than the optimum. */
static void test_random(void **state) {
    tw_ctx *ctx = *state;
    tw_problem problem;
    tw_hierarchy arch;
    make_gemm(ctx, 4, 6, 8, &problem);
    make_levels(2, &arch);
    arch.levels[1].bounded = true;
    arch.levels[1].capacity_units[0] = 20;
    const tw_search_options options = {
        .objective = TW_OBJECTIVE_ENERGY, .work_limit = 50, .seed = 3};
    tw_search_result first, second;
    assert_int_equal(tw_search_random(ctx, &arch, &problem, &options, &first), TW_OK);
    assert_int_equal(tw_search_random(ctx, &arch, &problem, &options, &second), TW_OK);
    assert_int_equal(first.found, TW_FOUND_FEASIBLE);
    assert_int_equal(first.evaluated, 50);
    assert_int_equal(tw_mapping_compare(&first.best.mapping, &second.best.mapping), 0);
    const tw_search_options whole = {.objective = TW_OBJECTIVE_ENERGY};
    assert_true(first.objective_value >= run(ctx, &arch, &problem, &whole).objective_value);
}

static int new_context(void **state) {
    *state = tw_ctx_new(NULL);
    return *state ? 0 : -1;
}

static int free_context(void **state) {
    tw_ctx_free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_factors_and_orders, new_context, free_context),
        cmocka_unit_test_setup_teardown(test_fanout, new_context, free_context),
        cmocka_unit_test_setup_teardown(test_order_constraints, new_context, free_context),
        cmocka_unit_test_setup_teardown(test_bypass, new_context, free_context),
        cmocka_unit_test_setup_teardown(test_optimum, new_context, free_context),
        cmocka_unit_test_setup_teardown(test_infeasible, new_context, free_context),
        cmocka_unit_test_setup_teardown(test_limits, new_context, free_context),
        cmocka_unit_test_setup_teardown(test_random, new_context, free_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
