/* The operation table: footprints and MACs worked by hand from the axes. */
#include "support/small_machine.h"

#include "cost/cost.h"
#include "oracle/simulator.h"

typedef struct {
    const char *name;
    uint64_t extent[TW_DIM_COUNT]; /* G B K C P Q R S */
    uint64_t stride[2], dilation[2];
    unsigned inputs;
    uint64_t macs;
    uint64_t words[TW_MAX_TENSORS];
} shape;

static void footprints_follow_the_axes(void **state) {
    /* input rows: 1 + stride (P-1) + dilation (R-1) */
    static const shape cases[] = {
        {"conv",
         {1, 2, 16, 3, 14, 12, 3, 5},
         {1, 1},
         {1, 1},
         1,
         2 * 16 * 3 * 14 * 12 * 15,
         {2 * 3 * 16 * 16, 16 * 3 * 15, 2 * 16 * 14 * 12}},
        {"conv",
         {1, 1, 8, 4, 7, 7, 3, 3},
         {2, 3},
         {2, 1},
         1,
         8 * 4 * 49 * 9,
         {4 * (1 + 12 + 4) * (1 + 18 + 2), 8 * 4 * 9, 8 * 49}},
        /* depthwise: 32 groups of one channel */
        {"conv",
         {32, 1, 1, 1, 5, 5, 3, 3},
         {1, 1},
         {1, 1},
         1,
         32 * 25 * 9,
         {32 * 49, 32 * 9, 32 * 25}},
        {"gemm",
         {1, 64, 128, 256, 1, 1, 1, 1},
         {1, 1},
         {1, 1},
         1,
         64 * 128 * 256,
         {64 * 256, 128 * 256, 64 * 128}},
        {"bmm",
         {12, 10, 20, 30, 1, 1, 1, 1},
         {1, 1},
         {1, 1},
         1,
         12 * 10 * 20 * 30,
         {12 * 10 * 30, 12 * 20 * 30, 12 * 10 * 20}},
        {"pool",
         {1, 1, 64, 1, 56, 56, 3, 3},
         {2, 2},
         {1, 1},
         1,
         64 * 56 * 56 * 9,
         {64 * 113 * 113, 64 * 56 * 56}},
        {"eltwise", {1, 2, 8, 1, 4, 4, 1, 1}, {1, 1}, {1, 1}, 3, 2 * 8 * 16, {256, 256, 256, 256}},
    };
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const shape *c = &cases[i];
        tw_problem problem;
        bool overflow = false;
        assert_int_equal(tw_problem_make(ctx, NULL, tw_operation_by_name(c->name), c->extent,
                                         c->stride, c->dilation, c->inputs, &problem),
                         TW_OK);
        assert_int_equal(problem.macs, c->macs);
        assert_int_equal(problem.output, problem.tensor_count - 1);
        assert_int_equal(problem.tensors[problem.output].role, TW_ROLE_OUTPUT);
        for (unsigned t = 0; t < problem.tensor_count; t++) {
            assert_int_equal(tw_tile_words(&problem.tensors[t], problem.extent, &overflow),
                             c->words[t]);
            assert_int_equal(problem.tensors[t].words, c->words[t]);
        }
        assert_false(overflow);
    }
    assert_no_message(ctx);
    tw_ctx_free(ctx);
}

/* Bit d for each of the dimensions named. */
static uint32_t mask_of(const char *dims) {
    uint32_t mask = 0;
    for (; *dims; dims++) {
        const char name[2] = {*dims, '\0'};
        mask |= 1u << tw_dim_by_name(name);
    }
    return mask;
}

static void axes_are_plain_or_windows(void **state) {
    static const struct {
        const char *sizes;
        uint64_t stride;
        const char *plain;
        unsigned windows;
        uint64_t words;
    } cases[] = {
        /* two dimensions move on the rows, one on the columns */
        {"B2 C4 P5 Q6 R3", 1, "BCQ", 1, 2 * 4 * 7 * 6},
        {"C4 P5 Q6 R3 S2", 1, "C", 2, 4 * 7 * 7},
        /* the kernel's row alone moves; an output row alone moves, in steps of two */
        {"C4 R3", 2, "CR", 0, 4 * 3},
        {"C4 P5", 2, "C", 1, 4 * 9},
        {"K8", 2, "", 0, 1},
    };
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const tw_problem problem = sized_problem(ctx, "conv", cases[i].sizes, cases[i].stride);
        const tw_tensor *input = &problem.tensors[0];
        assert_int_equal(input->plain_dims, mask_of(cases[i].plain));
        assert_int_equal(input->window_count, cases[i].windows);
        assert_int_equal(input->words, cases[i].words);
    }
    tw_ctx_free(ctx);
}

static void every_row_of_the_table_is_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < tw_operation_count; i++) {
        const tw_operation *op = &tw_operations[i];
        assert_ptr_equal(tw_operation_by_name(op->name), op);
        assert_in_range(op->tensor_count, 2, 3);
        assert_int_equal(op->tensors[op->tensor_count - 1].role, TW_ROLE_OUTPUT);
        for (const char *d = op->dims; *d; d++) {
            const char name[2] = {*d, '\0'};
            assert_true(tw_dim_by_name(name) >= 0);
        }
        /* an axis may name only the operation's dimensions */
        for (unsigned t = 0; t < op->tensor_count; t++)
            for (unsigned a = 0; a < TW_MAX_AXES && op->tensors[t].axes[a][0].dim; a++)
                for (unsigned k = 0; k < TW_MAX_AXIS_TERMS && op->tensors[t].axes[a][k].dim; k++)
                    assert_non_null(strchr(op->dims, op->tensors[t].axes[a][k].dim));
    }
    assert_null(tw_operation_by_name("convolution"));
}

#define AXIS(d)                                                                                    \
    {                                                                                              \
        { d, TW_COEFFICIENT_ONE }                                                                  \
    }

/* The example of docs/howto/add-an-operation.md, which no source knows. */
static const tw_operation conv_wgrad = {
    "conv_wgrad",
    "gradient of a convolution's weights",
    "BKCPQRS",
    true,
    false,
    false,
    3,
    {{TW_ROLE_INPUT,
      {AXIS('B'),
       AXIS('C'),
       {{'P', TW_COEFFICIENT_STRIDE_ROWS}, {'R', TW_COEFFICIENT_DILATION_ROWS}},
       {{'Q', TW_COEFFICIENT_STRIDE_COLUMNS}, {'S', TW_COEFFICIENT_DILATION_COLUMNS}}}},
     {TW_ROLE_WEIGHT, {AXIS('B'), AXIS('K'), AXIS('P'), AXIS('Q')}},
     {TW_ROLE_OUTPUT, {AXIS('K'), AXIS('C'), AXIS('R'), AXIS('S')}}}};

/* Counts of the closed forms and of the execution, for every tensor at both levels. */
static void expect_equal_counts(const tw_problem *problem, const tw_cost *cost,
                                const tw_simulation *simulated) {
    assert_int_equal(cost->compute_steps, simulated->compute_steps);
    for (unsigned l = 0; l < 2; l++)
        for (unsigned t = 0; t < problem->tensor_count; t++) {
            const tw_tensor_cost *c = &cost->levels[l].tensors[t];
            const tw_simulated_counts *s = &simulated->counts[l][t];
            assert_int_equal(c->tile_words, s->tile_words);
            assert_int_equal(c->fill, s->fill);
            assert_int_equal(c->read, s->read);
            assert_int_equal(c->update, s->update);
            assert_int_equal(c->psum_read, s->psum_read);
            assert_int_equal(c->evict, s->evict);
            assert_int_equal(c->refill, s->refill);
            assert_int_equal(c->network_words, s->network_words);
        }
}

/* B2 K4 C3 P6 Q4 R3 S2, stride 2 */
static tw_problem strided_problem(tw_ctx *ctx, const tw_operation *operation) {
    static const uint64_t extent[TW_DIM_COUNT] = {1, 2, 4, 3, 6, 4, 3, 2};
    static const uint64_t stride[2] = {2, 2}, dilation[2] = {1, 1};
    tw_problem problem;
    assert_int_equal(tw_problem_make(ctx, NULL, operation, extent, stride, dilation, 1, &problem),
                     TW_OK);
    assert_int_equal(problem.macs, 2 * 4 * 3 * 6 * 4 * 3 * 2);
    return problem;
}

/* The cost model counts nests of a strided problem like the simulator. */
static void expect_simulated_counts(tw_ctx *ctx, const tw_problem *problem, bool sliding) {
    static const char *const nests[][2] = {{"K4 C3 R3", "B2 P6 Q4 S2"},
                                           {"B2 P3 K2 Q2", "C3 R3 K2 P2 S2 Q2"},
                                           {"R3 S2 P6 K4", "Q4 B2 C3"},
                                           {"Q2 R3 B2 C3 P2", "P3 K4 Q2 S2"}};
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        tw_hierarchy arch = two_levels();
        arch.levels[1].sliding_window = sliding;
        const tw_mapping mapping = two_level_mapping(&arch, nests[i][0], nests[i][1]);
        tw_cost cost;
        tw_simulation simulated;
        assert_int_equal(tw_mapping_check(ctx, NULL, &arch, problem, &mapping), TW_OK);
        assert_true(tw_evaluate(&arch, problem, &mapping, &cost));
        assert_int_equal(tw_simulate(ctx, &arch, problem, &mapping, 0, &simulated), TW_OK);
        expect_equal_counts(problem, &cost, &simulated);
    }
}

static void a_new_operation_is_one_row(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    const tw_problem problem = strided_problem(ctx, &conv_wgrad);
    assert_int_equal(problem.tensors[0].words, 2 * 3 * (1 + 2 * 5 + 2) * (1 + 2 * 3 + 1));
    assert_int_equal(problem.tensors[1].words, 2 * 4 * 6 * 4);
    assert_int_equal(problem.tensors[2].words, 4 * 3 * 3 * 2);
    expect_simulated_counts(ctx, &problem, false);
    expect_simulated_counts(ctx, &problem, true);
    tw_ctx_free(ctx);
}

/* The gradient of a convolution's input: its partial sums overlap. */
static const tw_operation conv_dgrad = {
    "conv_dgrad",
    "gradient of a convolution's input",
    "BKCPQRS",
    true,
    false,
    true,
    3,
    {{TW_ROLE_INPUT, {AXIS('B'), AXIS('K'), AXIS('P'), AXIS('Q')}},
     {TW_ROLE_WEIGHT, {AXIS('K'), AXIS('C'), AXIS('R'), AXIS('S')}},
     {TW_ROLE_OUTPUT,
      {AXIS('B'),
       AXIS('C'),
       {{'P', TW_COEFFICIENT_STRIDE_ROWS}, {'R', TW_COEFFICIENT_DILATION_ROWS}},
       {{'Q', TW_COEFFICIENT_STRIDE_COLUMNS}, {'S', TW_COEFFICIENT_DILATION_COLUMNS}}}}}};

static void an_output_may_have_windows(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    const tw_problem problem = strided_problem(ctx, &conv_dgrad);
    assert_int_equal(problem.tensors[problem.output].window_count, 2);
    expect_simulated_counts(ctx, &problem, true);
    tw_ctx_free(ctx);
}

static void sizes_out_of_range_are_errors(void **state) {
    static const struct {
        const char *name;
        uint64_t extent[TW_DIM_COUNT];
        uint64_t stride[2];
        unsigned inputs;
        const char *expected;
    } cases[] = {
        {"gemm", {1, 0, 1, 1, 1, 1, 1, 1}, {1, 1}, 1, "dimension B is 0"},
        {"gemm",
         {1, 1, 1, UINT64_C(1) << 63, 1, 1, 1, 1},
         {1, 1},
         1,
         "dimension C is 9223372036854775808"},
        {"gemm", {1, 1, 1, 1, 1, 1, 3, 1}, {1, 1}, 1, "operation gemm has no dimension R"},
        {"conv", {1, 1, 1, 1, 1, 1, 1, 1}, {0, 1}, 1, "stride 0"},
        {"conv", {1, 1, 1, 1, 1, 1, 1, 1}, {1, 1}, 2, "operation conv with 2 inputs"},
        {"eltwise", {1, 1, 1, 1, 1, 1, 1, 1}, {1, 1}, 8, "operation eltwise with 8 inputs"},
        {"eltwise", {1, 1, 1, 1, 1, 1, 1, 1}, {1, 1}, 0, "operation eltwise with 0 inputs"},
        {"gemm",
         {1, UINT64_C(1) << 31, UINT64_C(1) << 31, UINT64_C(1) << 31, 1, 1, 1, 1},
         {1, 1},
         1,
         "multiply to more than 64 bits"},
    };
    static const uint64_t dilation[2] = {1, 1};
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tw_problem problem;
        assert_int_equal(tw_problem_make(ctx, NULL, tw_operation_by_name(cases[i].name),
                                         cases[i].extent, cases[i].stride, dilation,
                                         cases[i].inputs, &problem),
                         TW_INVALID);
        assert_message(ctx, cases[i].expected);
    }
    tw_ctx_free(ctx);
}

static void equal_problems_are_equal(void **state) {
    static const uint64_t extent[TW_DIM_COUNT] = {1, 1, 8, 4, 7, 7, 3, 3};
    static const uint64_t one[2] = {1, 1}, two[2] = {2, 2};
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    const tw_operation *conv = tw_operation_by_name("conv");
    tw_problem a, b, c;
    assert_int_equal(tw_problem_make(ctx, NULL, conv, extent, one, one, 1, &a), TW_OK);
    assert_int_equal(tw_problem_make(ctx, NULL, conv, extent, one, one, 1, &b), TW_OK);
    assert_int_equal(tw_problem_make(ctx, NULL, conv, extent, two, one, 1, &c), TW_OK);
    assert_true(tw_problem_equal(&a, &b));
    assert_false(tw_problem_equal(&a, &c));
    tw_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(footprints_follow_the_axes),
        cmocka_unit_test(axes_are_plain_or_windows),
        cmocka_unit_test(every_row_of_the_table_is_sound),
        cmocka_unit_test(a_new_operation_is_one_row),
        cmocka_unit_test(an_output_may_have_windows),
        cmocka_unit_test(sizes_out_of_range_are_errors),
        cmocka_unit_test(equal_problems_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
