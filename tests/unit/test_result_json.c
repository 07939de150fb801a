/* Results made by hand: the JSON that is written reads back to the same result, and a number that
 * was changed is seen. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_writer.h"
#include "cost/cost.h"
#include "network/result_read.h"
#include "network/result_write.h"

/* DRAM -> BUFFER (4 x 2 below it) -> MAC; gemm B=2, K=8, C=4. */
static tw_hierarchy two_levels(void) {
    tw_hierarchy arch = {.name = "toy",
                         .source = "this test",
                         .level_count = 2,
                         .mac_pj = 0.1,
                         .clock_mhz = 200,
                         .word_bits = {16, 16, 32},
                         .overlap = true};
    for (unsigned l = 0; l < 2; l++) {
        tw_level *level = &arch.levels[l];
        *level = (tw_level){.name = l ? "BUFFER" : "DRAM",
                            .shared = true,
                            .bounded = l == 1,
                            .capacity_units = {l ? 4096.0 : 0, 0, 0},
                            .word_units = {16, 16, 32},
                            .keeps = TW_ALL_ROLES,
                            .may_keep = TW_ALL_ROLES,
                            .bandwidth = 1.0 / 3,
                            .fanout = {.x = l ? 4 : 1,
                                       .y = l ? 2 : 1,
                                       .dims_x = l ? TW_ALL_DIMS : 0,
                                       .dims_y = TW_ALL_DIMS,
                                       .reduce = true,
                                       .hop_pj = 0.01,
                                       .hops = 1},
                            .constraints = {.stationary = l ? TW_ROLE_WEIGHT : -1}};
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            level->read_pj[r] = level->write_pj[r] = l ? 0.7 : 64.1;
    }
    arch.levels[1].constraints.temporal_max[TW_DIM_K] = 4;
    arch.levels[1].constraints.order_count = 2;
    arch.levels[1].constraints.order[0] = TW_DIM_K;
    arch.levels[1].constraints.order[1] = TW_DIM_C;
    return arch;
}

static tw_layer gemm_layer(tw_ctx *ctx, const char *name) {
    const uint64_t extent[TW_DIM_COUNT] = {1, 2, 8, 4, 1, 1, 1, 1}, ones[2] = {1, 1};
    tw_layer layer = {.name = name, .repeat = 3};
    assert_int_equal(tw_problem_make(ctx, NULL, tw_operation_by_name("gemm"), extent, ones, ones, 1,
                                     &layer.problem),
                     TW_OK);
    return layer;
}

static void fill_point(const tw_hierarchy *arch, const tw_problem *problem, tw_point *point) {
    tw_mapping_init(arch, &point->mapping);
    tw_level_mapping *levels = point->mapping.levels;
    levels[0].loops[levels[0].loop_count++] = (tw_loop){TW_DIM_B, 2};
    levels[1].loops[levels[1].loop_count++] = (tw_loop){TW_DIM_K, 2};
    levels[1].loops[levels[1].loop_count++] = (tw_loop){TW_DIM_C, 2};
    levels[1].spatial_x[TW_DIM_K] = 4;
    levels[1].spatial_y[TW_DIM_C] = 2;
    assert_true(tw_mapping_is_valid(arch, problem, &point->mapping));
    assert_true(tw_evaluate(arch, problem, &point->mapping, &point->cost));
}

/* A mapped layer, a layer that shares it, an infeasible one. */
static tw_result *make_result(tw_ctx *ctx) {
    const tw_hierarchy arch = two_levels();
    tw_result *result = tw_result_new(ctx, "toy", "net \"x\"", &arch);
    assert_non_null(result);
    result->command = "map";
    result->model = "loopnest";
    result->settings = (tw_result_settings){"free", "fixed", "exact", NULL, NULL, 0, 0, 0, 0};
    assert_int_equal(tw_result_make_layers(result, 3), TW_OK);
    const char *names[] = {"first", "second", "third"};
    for (size_t i = 0; i < 3; i++) {
        tw_layer layer = gemm_layer(ctx, names[i]);
        if (i == 2)
            layer.problem.extent[TW_DIM_B] = 5;
        assert_int_equal(tw_result_set_layer(result, i, &layer), TW_OK);
    }
    tw_result_find_shared(result);
    tw_search_result *search = &result->layers[0].search;
    fill_point(&arch, &result->layers_data[0].problem, &search->best);
    search->found = TW_FOUND_OPTIMAL;
    search->objective_value = search->lower_bound = search->best.cost.energy_pj;
    search->evaluated = 12345678901234567u;
    search->space_log10 = 10.5;
    result->layers[1].search = *search;
    result->layers[2].search =
        (tw_search_result){.found = TW_FOUND_INFEASIBLE, .reason = "too small by 3"};
    tw_result_sum(result);
    return result;
}

static tw_status read_text(tw_ctx *ctx, tw_arena *arena, const tw_text *text, tw_result **out) {
    tw_document document;
    assert_int_equal(
        tw_document_parse(ctx, arena, "result.json", text->data, text->length, &document), TW_OK);
    return tw_result_read(&document, out);
}

static void writes_and_reads_back(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_arena arena;
    tw_arena_init(&arena, ctx);
    tw_result *result = make_result(ctx), *again = NULL;
    tw_text first, second;
    tw_text_init(&first, ctx);
    tw_text_init(&second, ctx);
    tw_result_write_json(&first, result, false);
    const tw_status status = read_text(ctx, &arena, &first, &again);
    if (status != TW_OK)
        tw_diagnostics_print(ctx, stderr, false);
    assert_int_equal(status, TW_OK);
    tw_result_write_json(&second, again, false);
    assert_string_equal(first.data, second.data);
    assert_non_null(strstr(first.data, "\"network\": \"net \\\"x\\\"\""));
    assert_non_null(strstr(first.data, "\"same_as\": \"first\""));
    assert_non_null(strstr(first.data, "\"evaluated\": 12345678901234567"));
    assert_null(strstr(first.data, "timing"));
    tw_text_free(&first);
    tw_text_free(&second);
    tw_result_free(result);
    tw_result_free(again);
    tw_arena_free(&arena);
    tw_ctx_free(ctx);
}

static void sums_over_repeats(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_result *result = make_result(ctx);
    const tw_cost *cost = &result->layers[0].search.best.cost;
    assert_int_equal(result->status, TW_INFEASIBLE);
    assert_int_equal(result->total.macs, 2 * 3 * 64);
    assert_int_equal(result->total.layers, 9);
    assert_int_equal(result->total.unmapped, 3);
    assert_true(result->total.energy_pj == cost->energy_pj * 3 + cost->energy_pj * 3);
    assert_true(result->layers[1].shared && result->layers[1].same_as == 0);
    assert_false(result->layers[2].shared);
    tw_result_free(result);
    tw_ctx_free(ctx);
}

/* Replaces one piece of the JSON and expects the message with its place. */
static void expect_refused(const char *from, const char *to, const char *message) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_arena arena;
    tw_arena_init(&arena, ctx);
    tw_result *result = make_result(ctx), *again = NULL;
    tw_text text, changed;
    tw_text_init(&text, ctx);
    tw_text_init(&changed, ctx);
    tw_result_write_json(&text, result, false);
    const char *place = strstr(text.data, from);
    assert_non_null(place);
    tw_text_add_bytes(&changed, text.data, (size_t)(place - text.data));
    tw_text_add(&changed, "%s%s", to, place + strlen(from));
    assert_int_equal(read_text(ctx, &arena, &changed, &again), TW_INVALID);
    assert_null(again);
    assert_true(ctx->diagnostic_count > 0);
    if (!strstr(ctx->diagnostics[0].message, message))
        fail_msg("\"%s\" does not say \"%s\"", ctx->diagnostics[0].message, message);
    assert_true(ctx->diagnostics[0].line > 1);
    tw_text_free(&text);
    tw_text_free(&changed);
    tw_result_free(result);
    tw_arena_free(&arena);
    tw_ctx_free(ctx);
}

static void refuses_what_is_no_result(void **state) {
    (void)state;
    expect_refused("tilewright/result/1", "tilewright/result/9",
                   "expected \"tilewright/result/1\"");
    expect_refused("[\"K\", 2]", "[\"K\", 3]", "the factors of K multiply to 12");
    expect_refused("[\"K\", 2]", "[\"K\", 2, 2]", "expected [dimension, factor]");
    expect_refused("\"level\": \"BUFFER\"", "\"level\": \"BUFER\"", "did you mean \"BUFFER\"");
    expect_refused("\"same_as\": \"first\"", "\"same_as\": \"third\"", "no earlier layer");
    expect_refused("\"model\": \"loopnest\"", "\"model\": \"loopnset\"", "cannot be computed");
    expect_refused("\"mac_pj\"", "\"mac_pJ\"", "did you mean \"mac_pj\"");
    expect_refused("\"mac_pj\": 0.1", "\"mac_pj\": 1e300",
                   "MAC energy in pJ of the accelerator is 1e+300");
    expect_refused("\"clock_mhz\": 200", "\"clock_mhz\": 1e-99",
                   "clock in MHz of the accelerator is 1e-99");
    expect_refused("\"bandwidth\": 0.3333333333333333", "\"bandwidth\": 1e-99",
                   "the bandwidth of DRAM is 1e-99, expected 0 or 1e-09 to 1e+18");
    expect_refused("\"type\": \"gemm\"", "\"type\": \"gem\"", "unknown operation");
    expect_refused("\"status\": \"optimal\"", "\"status\": \"best\"", "expected optimal");
}

static void writes_numbers_that_read_back(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_text text;
    tw_json json;
    tw_text_init(&text, ctx);
    tw_json_init(&json, &text);
    tw_json_array_row(&json, NULL);
    tw_json_double(&json, NULL, 0.1);
    tw_json_double(&json, NULL, 1356800);
    tw_json_double(&json, NULL, -0.0);
    tw_json_double(&json, NULL, 1e300);
    tw_json_double(&json, NULL, NAN);
    tw_json_double(&json, NULL, INFINITY);
    tw_json_u64(&json, NULL, UINT64_MAX);
    tw_json_i64(&json, NULL, INT64_MIN);
    tw_json_ints(&json, NULL, (const int[]){-1, 2}, 2);
    tw_json_i64s(&json, NULL, (const int64_t[]){INT64_MAX}, 1);
    tw_json_doubles(&json, NULL, (const double[]){0.5}, 1);
    tw_json_text(&json, NULL, "a\"\\\n\x7f\xc2\x85\xff\xe2\x82\xac");
    tw_json_end(&json);
    assert_string_equal(text.data, "[0.1, 1356800, 0, 1e+300, null, null, 18446744073709551615, "
                                   "-9223372036854775808, [-1, 2], [9223372036854775807], [0.5], "
                                   "\"a\\\"\\\\\\u000a\\u007f\\u0085\xef\xbf\xbd\xe2\x82\xac\"]\n");
    tw_text_free(&text);
    tw_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_back),
        cmocka_unit_test(sums_over_repeats),
        cmocka_unit_test(refuses_what_is_no_result),
        cmocka_unit_test(writes_numbers_that_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
