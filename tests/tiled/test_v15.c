/* The model of nn_dataflow 1.5 against every file of goldens_v15. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference.h"
#include "tiled/v15_json.h"

typedef struct {
    const char *net;
    int batch, word, bus;
    tw_dim2 nodes, array;
    int gbuf, regf;
    tw_tiled_memory memory;
    tw_tiled_cost cost;
    tw_tiled_options options;
} command;

static const char *text(const json_t *args, size_t i) {
    return json_string_value(json_array_get(args, i));
}

static int number(const json_t *args, size_t i) {
    return atoi(text(args, i));
}

static void disable_bypass(command *c, const json_t *args, size_t i) {
    for (; text(args, i) && text(args, i)[0] != '-'; i++)
        c->options.gbuf_bypass[*text(args, i) == 'f'   ? TW_DATA_FIL
                               : *text(args, i) == 'i' ? TW_DATA_IFM
                                                       : TW_DATA_OFM] = false;
}

static command parse(const json_t *args) {
    command c = {.net = text(args, 0),
                 .memory = TW_MEMORY_2D,
                 .cost = {.mac_op = 1, .mem_hier = {200, 6, 2, 1}, .noc_hop = 10},
                 .options = tw_tiled_options_default()};
    c.options.model_v15 = true;
    for (size_t i = 1; i < json_array_size(args); i++) {
        const char *a = text(args, i);
        if (strcmp(a, "--batch") == 0)
            c.batch = number(args, i + 1);
        else if (strcmp(a, "--nodes") == 0)
            c.nodes = (tw_dim2){number(args, i + 1), number(args, i + 2)};
        else if (strcmp(a, "--array") == 0)
            c.array = (tw_dim2){number(args, i + 1), number(args, i + 2)};
        else if (strcmp(a, "--regf") == 0)
            c.regf = number(args, i + 1) / 2;
        else if (strcmp(a, "--gbuf") == 0)
            c.gbuf = number(args, i + 1) / 2;
        else if (strcmp(a, "--mem-type") == 0)
            c.memory = strcmp(text(args, i + 1), "3D") == 0 ? TW_MEMORY_3D : TW_MEMORY_2D;
        else if (strcmp(a, "--unit-static-cost") == 0)
            c.cost.idle_unit = atof(text(args, i + 1));
        else if (strcmp(a, "--hop-cost") == 0)
            c.cost.noc_hop = atof(text(args, i + 1));
        else if (strcmp(a, "--op-cost") == 0)
            c.cost.mac_op = atof(text(args, i + 1));
        else if (strcmp(a, "--hier-cost") == 0)
            for (size_t m = 0; m < TW_MEMS; m++)
                c.cost.mem_hier[m] = atof(text(args, i + 1 + m));
        else if (strcmp(a, "-t") == 0)
            c.options.top = (unsigned)number(args, i + 1);
        else if (strcmp(a, "--solve-loopblocking") == 0)
            c.options.solve_loopblocking = true;
        else if (strcmp(a, "--hybrid-partition") == 0)
            c.options.partition_hybrid = true;
        else if (strcmp(a, "--batch-partition") == 0)
            c.options.partition_batch = true;
        else if (strcmp(a, "--ifmaps-partition") == 0)
            c.options.partition_ifmaps = true;
        else if (strcmp(a, "--disable-bypass") == 0)
            disable_bypass(&c, args, i + 1);
    }
    return c;
}

static void same(double got, const json_t *want) {
    const double expected = json_number_value(want);
    if (fabs(got - expected) > 1e-9 * fabs(expected))
        fail_msg("got %.17g, expected %.17g", got, expected);
}

static const json_t *at(const json_t *object, const char *key, size_t i) {
    return json_array_get(json_object_get(object, key), i);
}

static void check_layer(const tw_v15_layer *layer, const tw_v15_schedule *got, const json_t *want) {
    const tw_blocking *b = &got->blocking;
    assert_string_equal(layer->name, json_string_value(json_object_get(want, "name")));
    same(got->loop_cost, json_object_get(want, "cost"));
    same(got->part_cost, json_object_get(want, "part_cost"));
    same(got->occupancy, json_object_get(want, "part_occ"));
    same((double)b->time, json_object_get(want, "time"));
    same(b->ops, json_object_get(want, "ops"));
    assert_int_equal(got->nodes, json_integer_value(json_object_get(want, "part_num_nodes")));
    for (size_t m = 0; m < TW_MEMS; m++)
        for (size_t d = 0; d < TW_DATAS; d++)
            same(b->access[m][d], json_array_get(at(want, "access", m), d));
    static const char *const FACTORS[TW_LOOPS] = {"ti", "to", "tb"};
    for (size_t i = 0; i < 3; i++) {
        same((double)got->unit_nhops[i], at(want, "part_unit_nhops", i));
        same((double)got->total_nhops[i], at(want, "part_total_nhops", i));
        for (int lp = 0; lp < TW_LOOPS; lp++)
            same((double)b->t[i][lp], at(want, FACTORS[lp], i));
    }
    for (size_t bl = 0; bl < 2; bl++)
        for (size_t i = 0; i < 3; i++) {
            same((double)b->fetch[bl][i], json_array_get(at(want, "fetch", bl), i));
            same((double)b->size[bl][i], json_array_get(at(want, "size", bl), i));
            same((double)b->unit_cnt[bl][i], json_array_get(at(want, "unit_cnt", bl), i));
            same((double)b->unit_size[bl][i], json_array_get(at(want, "unit_size", bl), i));
            same(b->order[bl][i], json_array_get(at(want, "orders", bl), i));
        }
}

/* The totals as they are printed. */
static void check_output(tw_ctx *ctx, const command *c, const tw_tiled_resource *resource,
                         const tw_v15_result *result, const json_t *golden) {
    static const char *const NUMBERS[] = {
        "total_cost",        "total_time",        "total_ops",
        "total_noc_hops",    "total_op_cost",     "total_noc_cost",
        "total_access_cost", "total_static_cost", "batch"};
    const tw_v15_run run = {"1.5", c->batch, 1, resource, &c->cost, &c->options};
    tw_text text_out;
    tw_json json;
    tw_text_init(&text_out, ctx);
    tw_json_init(&json, &text_out);
    tw_json_object(&json, NULL);
    tw_v15_write(&json, &run, result);
    tw_json_end(&json);
    json_error_t error;
    json_t *printed = json_loads(text_out.data, JSON_REJECT_DUPLICATES, &error);
    if (!printed)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++)
        same(json_number_value(json_object_get(printed, NUMBERS[i])),
             json_object_get(golden, NUMBERS[i]));
    for (size_t m = 0; m < TW_MEMS; m++)
        same(json_number_value(at(printed, "total_accesses", m)), at(golden, "total_accesses", m));
    assert_true(
        json_equal(json_object_get(printed, "options"), json_object_get(golden, "options")));
    json_decref(printed);
    tw_text_free(&text_out);
}

static void check_run(tw_ctx *ctx, const json_t *networks, const json_t *golden) {
    const command c = parse(json_object_get(golden, "args"));
    tw_tiled_dag *dag = NULL;
    tw_v15_network *network = NULL;
    tw_v15_result *result = NULL;
    const tw_tiled_resource resource = tw_v15_resource(c.nodes, c.array, c.gbuf, c.regf, c.memory);
    assert_int_equal(tw_tiled_dag_from_json(ctx, c.net, json_object_get(networks, c.net), &dag),
                     TW_OK);
    assert_int_equal(tw_v15_network_make(ctx, dag, &network), TW_OK);
    assert_int_equal(tw_v15_search(ctx, network, c.batch, &resource, &c.cost, &c.options, &result),
                     TW_OK);
    assert_non_null(result);
    const json_t *layers = json_object_get(golden, "layers");
    assert_int_equal(json_array_size(layers), network->layer_count);
    for (unsigned i = 0; i < network->layer_count; i++)
        check_layer(&network->layers[i], result->layers[i], json_array_get(layers, i));
    same(result->total_cost, json_object_get(golden, "total_cost"));
    same((double)result->total_time, json_object_get(golden, "total_time"));
    check_output(ctx, &c, &resource, result, golden);
    tw_v15_result_free(result);
    tw_v15_network_free(network);
    tw_tiled_dag_free(dag);
}

static void every_run_equals_the_reference(void **state) {
    (void)state;
    json_t *networks = load_reference("networks.json");
    DIR *folder = opendir(TW_TEST_REFERENCE_DIR "/nn-dataflow/goldens_v15");
    assert_non_null(folder);
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (!strstr(entry->d_name, ".json"))
            continue;
        char path[300];
        snprintf(path, sizeof path, "goldens_v15/%s", entry->d_name);
        printf("%s\n", path);
        json_t *golden = load_reference(path);
        check_run(ctx, networks, golden);
        json_decref(golden);
    }
    closedir(folder);
    tw_ctx_free(ctx);
    json_decref(networks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_equals_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
