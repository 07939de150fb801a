/* The operation table: footprints and MACs worked by hand from the axes. */
#include "support/input_text.h"

#include "workload/operations.h"

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
        for (unsigned t = 0; t < problem.tensor_count; t++)
            assert_int_equal(tw_tile_words(&problem.tensors[t], problem.extent, &overflow),
                             c->words[t]);
        assert_false(overflow);
    }
    assert_no_message(ctx);
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
        cmocka_unit_test(every_row_of_the_table_is_sound),
        cmocka_unit_test(sizes_out_of_range_are_errors),
        cmocka_unit_test(equal_problems_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
