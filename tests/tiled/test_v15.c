/* The model of nn_dataflow 1.5 on a network small enough to price by hand. Whole networks are
 * replayed by reference_check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <string.h>

#include "tiled/nn_dataflow.h"
#include "tiled/v15_json.h"

static tw_tiled_dag *load(tw_ctx *ctx, const char *text) {
    json_t *json = json_loads(text, 0, NULL);
    tw_tiled_dag *dag = NULL;
    assert_non_null(json);
    assert_int_equal(tw_tiled_dag_from_json(ctx, "small", json, &dag), TW_OK);
    json_decref(json);
    return dag;
}

static const char FULLY_CONNECTED[] =
    "{\"input\": {\"nofm\": 2, \"hofm\": 1, \"wofm\": 1}, \"layers\": [{\"name\": \"fc\","
    "\"type\": \"FCLayer\", \"nifm\": 2, \"nofm\": 3, \"hofm\": 1, \"wofm\": 1, \"htrd\": 1,"
    "\"wtrd\": 1, \"hfil\": 1, \"wfil\": 1, \"prevs\": [\"__INPUT__\"]}]}";

static tw_v15_result *search(tw_ctx *ctx, const tw_v15_network *network, int argc,
                             const char *const *argv, tw_nn_dataflow_request *request) {
    assert_int_equal(tw_nn_dataflow_parse(ctx, argc, argv, request), TW_OK);
    const tw_tiled_resource resource = tw_nn_dataflow_resource(request);
    tw_v15_result *result = NULL;
    assert_int_equal(tw_v15_search(ctx, network, request->batch, &resource, &request->cost,
                                   &request->options, &result),
                     TW_OK);
    assert_non_null(result);
    return result;
}

/* One element with 11 register words holds all 6 weights, 2 inputs and 3 outputs: each word comes
 * from memory once (11 * 200), over the array bus once (11 * 2), and 6 operations touch registers
 * four times each (24) and cost 1; 6 cycles at 5 each. The global buffer is bypassed. */
static void a_fully_connected_layer_on_one_element(void **state) {
    (void)state;
    static const char *const argv[] = {
        "small",   "--compat", "1.5", "--batch", "1",  "--nodes", "1",  "1",
        "--array", "1",        "1",   "--regf",  "22", "--gbuf",  "64", "--unit-static-cost",
        "5"};
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_tiled_dag *dag = load(ctx, FULLY_CONNECTED);
    tw_v15_network *network = NULL;
    assert_int_equal(tw_v15_network_make(ctx, dag, &network), TW_OK);
    tw_nn_dataflow_request request;
    tw_v15_result *result = search(ctx, network, 17, argv, &request);
    const tw_v15_totals t = tw_v15_sum(result, &request.cost);
    assert_true(t.total_cost == 2200 + 22 + 24 + 6 + 30);
    assert_true(t.accesses[TW_MEM_DRAM] == 11 && t.accesses[TW_MEM_GBUF] == 0);
    assert_true(t.accesses[TW_MEM_ITCN] == 11 && t.accesses[TW_MEM_REGF] == 24);
    assert_true(t.static_cost == 30);
    assert_int_equal(t.total_time, 6);
    tw_v15_result_free(result);
    tw_v15_network_free(network);
    tw_tiled_dag_free(dag);
    tw_ctx_free(ctx);
}

/* On a row of 4 nodes memory stands at both ends. Cutting 4 outputs four ways, node i fetches the
 * 2 inputs from node 0 over i hops (0 + 1 + 2 + 3 times 2), sends its output to node 3 (3 + 2 + 1
 * hops), and gets its 2 weights from the nearer end (0 + 1 + 1 + 0 times 2). */
static void memory_stands_at_both_ends_of_a_row(void **state) {
    (void)state;
    static const char *const argv[] = {
        "small", "--compat=1.5", "--batch", "1",      "--nodes", "1", "4", "--array", "1",
        "1",     "--regf",       "22",      "--gbuf", "64"};
    char text[sizeof FULLY_CONNECTED];
    memcpy(text, FULLY_CONNECTED, sizeof text);
    strstr(text, "\"nofm\": 3")[8] = '4';
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_tiled_dag *dag = load(ctx, text);
    tw_v15_network *network = NULL;
    assert_int_equal(tw_v15_network_make(ctx, dag, &network), TW_OK);
    tw_nn_dataflow_request request;
    tw_v15_result *result = search(ctx, network, 14, argv, &request);
    const int64_t *hops = result->layers[0]->unit_nhops;
    assert_int_equal(hops[TW_DATA_IFM], 12);
    assert_int_equal(hops[TW_DATA_OFM], 6);
    assert_int_equal(hops[TW_DATA_FIL], 4);
    tw_v15_result_free(result);
    tw_v15_network_free(network);
    tw_tiled_dag_free(dag);
    tw_ctx_free(ctx);
}

static void what_came_later_is_refused(void **state) {
    (void)state;
    static const char *const later[] = {"n",  "--compat", "1.5",     "--batch", "1", "--nodes",
                                        "1",  "1",        "--array", "1",       "1", "--regf",
                                        "22", "--gbuf",   "64",      "-g",      "d"};
    static const char *const earlier[] = {
        "n", "--batch", "1",      "--nodes", "1",      "1",  "--array",
        "1", "1",       "--regf", "22",      "--gbuf", "64", "--unit-static-cost",
        "1"};
    static const char element_wise[] =
        "{\"input\": {\"nofm\": 4, \"hofm\": 1, \"wofm\": 1}, \"layers\": [{\"name\": \"sum\","
        "\"type\": \"EltwiseLayer\", \"nifm\": 4, \"nofm\": 2, \"hofm\": 1, \"wofm\": 1,"
        "\"htrd\": 1, \"wtrd\": 1, \"nreg\": 2, \"hreg\": 1, \"wreg\": 1, \"ntrd\": 2,"
        "\"prevs\": [\"__INPUT__\"]}]}";
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_nn_dataflow_request request;
    assert_int_equal(tw_nn_dataflow_parse(ctx, 17, later, &request), TW_USAGE);
    assert_string_equal(ctx->diagnostics[0].message, "--goal does not exist in nn_dataflow 1.5");
    assert_int_equal(tw_nn_dataflow_parse(ctx, 15, earlier, &request), TW_USAGE);
    tw_tiled_dag *dag = load(ctx, element_wise);
    tw_v15_network *network = NULL;
    assert_int_equal(tw_v15_network_make(ctx, dag, &network), TW_INVALID);
    assert_null(network);
    tw_tiled_dag_free(dag);
    tw_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fully_connected_layer_on_one_element),
        cmocka_unit_test(memory_stands_at_both_ends_of_a_row),
        cmocka_unit_test(what_came_later_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
