/* Links, vertices and scheduling order of networks against the reference's networks.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reference.h"
#include "tiled/nn_dataflow.h"

static void check_order(const tw_tiled_dag *dag, const json_t *json) {
    const json_t *order = json_object_get(json, "schedule_order");
    assert_int_equal(json_array_size(order), dag->layer_count);
    for (unsigned i = 0; i < dag->layer_count; i++)
        assert_string_equal(json_string_value(json_array_get(order, i)),
                            dag->layers[dag->order[i]].name);
}

static void check_vertices(const tw_tiled_dag *dag, const json_t *json) {
    const json_t *list = json_object_get(json, "dag_vertex_list");
    assert_int_equal(json_array_size(list), dag->vertex_count);
    for (unsigned v = 0; v < dag->vertex_count; v++) {
        const json_t *vertex = json_array_get(list, v);
        assert_int_equal(json_array_size(vertex), dag->vertices[v].layer_count);
        for (unsigned i = 0; i < dag->vertices[v].layer_count; i++)
            assert_string_equal(json_string_value(json_array_get(vertex, i)),
                                dag->layers[dag->vertices[v].layers[i]].name);
    }
}

static void check_layers(const tw_tiled_dag *dag, const json_t *json) {
    const json_t *layers = json_object_get(json, "layers");
    for (unsigned i = 0; i < dag->layer_count; i++) {
        const json_t *want = json_array_get(layers, i);
        const tw_tiled_layer *l = &dag->layers[i].layer;
        assert_int_equal(json_integer_value(json_object_get(want, "ops_b1")), tw_tiled_ops(l, 1));
        assert_int_equal(json_integer_value(json_object_get(want, "total_ifmap")),
                         tw_tiled_ifmap_words(l, 1));
        assert_int_equal(json_integer_value(json_object_get(want, "total_filter")),
                         tw_tiled_filter_words(l));
        const json_t *nexts = json_object_get(want, "nexts");
        assert_int_equal(json_array_size(nexts), dag->layers[i].next_count);
        for (unsigned n = 0; n < dag->layers[i].next_count; n++)
            assert_string_equal(json_string_value(json_array_get(nexts, n)),
                                dag->layers[dag->layers[i].nexts[n]].name);
    }
}

static void every_network_has_the_reference_order(void **state) {
    (void)state;
    json_t *networks = load_reference("networks.json");
    tw_ctx *ctx = tw_ctx_new(NULL);
    const char *name;
    json_t *json;
    json_object_foreach(networks, name, json) {
        tw_tiled_dag *dag = NULL;
        const tw_status status = tw_tiled_dag_from_json(ctx, name, json, &dag);
        tw_diagnostics_print(ctx, stderr, false);
        assert_int_equal(status, TW_OK);
        check_order(dag, json);
        check_vertices(dag, json);
        check_layers(dag, json);
        tw_tiled_dag_free(dag);
    }
    tw_ctx_free(ctx);
    json_decref(networks);
}

/* The zoo's files say what networks.json says. */
static void zoo_files_equal_the_reference(void **state) {
    (void)state;
    static const char *const zoo[] = {
        "alex_net", "zfnet", "vgg_net", "vgg19_net",    "googlenet",     "resnet50", "resnet152",
        "mlp_s",    "mlp_m", "mlp_l",   "lstm_phoneme", "lstm_showtell", "lstm_gnmt"};
    json_t *networks = load_reference("networks.json");
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t i = 0; i < sizeof zoo / sizeof *zoo; i++) {
        tw_tiled_dag *want = NULL, *is = NULL;
        assert_int_equal(
            tw_tiled_dag_from_json(ctx, zoo[i], json_object_get(networks, zoo[i]), &want), TW_OK);
        assert_int_equal(tw_nn_dataflow_load(ctx, zoo[i], &is), TW_OK);
        assert_int_equal(is->layer_count, want->layer_count);
        assert_int_equal(is->external_count, want->external_count);
        for (unsigned k = 0; k < want->layer_count; k++) {
            const tw_tiled_node *a = &want->layers[k], *b = &is->layers[k];
            assert_string_equal(a->name, b->name);
            assert_memory_equal(&a->layer, &b->layer, sizeof a->layer);
            assert_int_equal(a->prev_count, b->prev_count);
            assert_memory_equal(a->prevs, b->prevs, a->prev_count * sizeof *a->prevs);
        }
        tw_tiled_dag_free(want);
        tw_tiled_dag_free(is);
    }
    tw_ctx_free(ctx);
    json_decref(networks);
}

static void sizes_that_do_not_chain_are_refused(void **state) {
    (void)state;
    static const char *const text =
        "{'input': {'nofm': 3, 'hofm': 8, 'wofm': 8}, 'layers': [{'name': 'c', 'type': 'ConvLayer',"
        "'nifm': 4, 'nofm': 5, 'hofm': 8, 'wofm': 8, 'htrd': 1, 'wtrd': 1, 'hfil': 3, 'wfil': 3,"
        "'prevs': ['__INPUT__']}]}";
    char json_text[512];
    snprintf(json_text, sizeof json_text, "%s", text);
    for (char *c = json_text; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_t *json = json_loads(json_text, 0, NULL);
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_tiled_dag *dag = NULL;
    assert_int_equal(tw_tiled_dag_from_json(ctx, "bad", json, &dag), TW_INVALID);
    assert_null(dag);
    assert_int_equal(tw_diagnostics_count(ctx), 1);
    assert_string_equal(ctx->diagnostics[0].message,
                        "layer c expects 4 input channels, its inputs have 3");
    json_object_set_new(json_array_get(json_object_get(json, "layers"), 0), "hofm",
                        json_integer(11));
    assert_int_equal(tw_tiled_dag_from_json(ctx, "bad", json, &dag), TW_INVALID);
    tw_ctx_free(ctx);
    json_decref(json);
}

static void regions_are_cut_like_the_reference(void **state) {
    (void)state;
    json_t *file = load_reference("goldens_unit/node_region.json");
    const json_t *rows = json_object_get(file, "rows");
    for (size_t r = 0; r < json_array_size(rows); r++) {
        const json_t *row = json_array_get(rows, r), *request = json_object_get(row, "req"),
                     *want = json_object_get(row, "out");
        int h, w, oh, ow, counts[64];
        assert_int_equal(
            json_unpack((json_t *)row, "{s[ii] s[ii]}", "dim", &h, &w, "origin", &oh, &ow), 0);
        const tw_region whole =
            tw_region_make((tw_dim2){h, w}, (tw_dim2){oh, ow}, (tw_dim2){1, 1}, TW_REGION_PROC);
        const unsigned count = (unsigned)json_array_size(request);
        for (unsigned i = 0; i < count; i++)
            counts[i] = (int)json_integer_value(json_array_get(request, i));
        tw_region cut[64];
        const bool done = tw_region_allocate(&whole, count, counts, cut);
        assert_int_equal(done, json_array_size(want) > 0);
        for (unsigned i = 0; done && i < count; i++) {
            const json_t *region = json_array_get(want, i),
                         *nodes = json_object_get(region, "nodes");
            int wtot, wbeg;
            json_unpack((json_t *)region, "{s[ii] si si}", "dim", &h, &w, "wtot", &wtot, "wbeg",
                        &wbeg);
            assert_int_equal(cut[i].dim.h, h);
            assert_int_equal(cut[i].dim.w, w);
            assert_int_equal(cut[i].wtot, wtot);
            assert_int_equal(cut[i].wbeg, wbeg);
            for (int k = 0; k < h * w; k++) {
                const tw_dim2 at = tw_region_absolute(&cut[i], (tw_dim2){k / w, k % w});
                const json_t *node = json_array_get(nodes, (size_t)k);
                assert_int_equal(at.h, json_integer_value(json_array_get(node, 0)));
                assert_int_equal(at.w, json_integer_value(json_array_get(node, 1)));
            }
        }
    }
    json_decref(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_network_has_the_reference_order),
        cmocka_unit_test(zoo_files_equal_the_reference),
        cmocka_unit_test(sizes_that_do_not_chain_are_refused),
        cmocka_unit_test(regions_are_cut_like_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
