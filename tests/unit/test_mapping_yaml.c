/* Mapping files and mappings out of results: what they give, complete and partial, and errors. */
#include "support/input_text.h"

static const char arch_text[] = "kind: hierarchy\n"
                                "name: toy\n"
                                "word_bits: 16\n"
                                "mac: {energy: 1pJ}\n"
                                "levels:\n"
                                "  - {name: DRAM, energy: 100pJ}\n"
                                "  - {name: BUFFER, energy: 2pJ, capacity: 1KiB,\n"
                                "     fanout: {x: 4, y: 4}}\n"
                                "  - {name: SPAD, energy: 1pJ, capacity: 64B}\n";
static const char net_text[] = "kind: network\n"
                               "name: net\n"
                               "layers:\n"
                               "  - {name: fc1, op: gemm, dims: {B: 1, K: 32, C: 8}}\n"
                               "  - {name: fc2, op: gemm, dims: {B: 2, K: 32, C: 8}}\n";
static const char base[] = "kind: mapping\n"
                           "layers:\n"
                           "  - name: fc2\n"
                           "    mapping:\n"
                           "      - {level: DRAM, temporal: [[K, 4], [B, 2]]}\n"
                           "      - {level: BUFFER, temporal: [[K, 1], [C, 2]],\n"
                           "         spatial: {x: [[K, 2], [C, 2]], y: [[K, 4]]},\n"
                           "         keep: [input, output]}\n"
                           "      - {level: SPAD, temporal: [[C, 2]]}\n";
static const char result[] =
    "{\"schema\": \"tilewright/result/1\", \"layers\": [\n"
    " {\"name\": \"fc1\", \"status\": \"infeasible\"},\n"
    " {\"name\": \"fc2\", \"mapping\": [\n"
    "  {\"level\": \"DRAM\", \"temporal\": [[\"K\", 4], [\"B\", 2]]},\n"
    "  {\"level\": \"BUFFER\", \"temporal\": [[\"C\", 2]],\n"
    "   \"spatial\": {\"x\": [[\"K\", 2], [\"C\", 2]], \"y\": [[\"K\", 4]]},\n"
    "   \"keep\": [\"input\", \"output\"]},\n"
    "  {\"level\": \"SPAD\", \"temporal\": [[\"C\", 2]]}]}]}\n";

typedef struct {
    tw_ctx *ctx;
    tw_accelerator accelerator;
    tw_network network;
    tw_mapping_set set;
} fixture;

static void open_fixture(fixture *f) {
    static const tw_network_options options;
    f->ctx = tw_ctx_new(NULL);
    const tw_input arch = text_input(f->ctx, arch_text), net = text_input(f->ctx, net_text);
    f->accelerator = (tw_accelerator){.ctx = f->ctx, .origin = "toy"};
    f->network = (tw_network){.ctx = f->ctx, .origin = "net"};
    f->set = (tw_mapping_set){.ctx = f->ctx, .origin = "test.yaml"};
    tw_arena_init(&f->accelerator.arena, f->ctx);
    tw_arena_init(&f->network.arena, f->ctx);
    tw_arena_init(&f->set.arena, f->ctx);
    assert_int_equal(tw_native_accelerator_load(&arch, &f->accelerator), TW_OK);
    assert_int_equal(tw_native_network_load(&net, &options, &f->network), TW_OK);
}

static void close_fixture(fixture *f) {
    tw_arena_free(&f->accelerator.arena);
    tw_arena_free(&f->network.arena);
    tw_arena_free(&f->set.arena);
    tw_ctx_free(f->ctx);
}

static tw_status load(fixture *f, const char *text, bool partial) {
    const tw_input input = text_input(f->ctx, text);
    return tw_mapping_format_of(&input)->load(&input, &f->accelerator, &f->network, partial,
                                              &f->set);
}

static void check_fc2(const tw_mapping_set *set) {
    assert_int_equal(set->count, 1);
    assert_null(tw_mapping_set_find(set, "fc1"));
    const tw_named_mapping *item = tw_mapping_set_find(set, "fc2");
    assert_non_null(item);
    const tw_mapping *m = &item->mapping;
    assert_int_equal(m->level_count, 3);
    assert_int_equal(m->levels[0].loop_count, 2);
    assert_int_equal(m->levels[0].loops[0].dim, TW_DIM_K);
    assert_int_equal(m->levels[0].loops[0].factor, 4);
    assert_int_equal(m->levels[0].loops[1].dim, TW_DIM_B);
    assert_int_equal(m->levels[1].loop_count, 1); /* a factor of 1 is no loop */
    assert_int_equal(m->levels[1].loops[0].dim, TW_DIM_C);
    assert_int_equal(m->levels[1].spatial_x[TW_DIM_K], 2);
    assert_int_equal(m->levels[1].spatial_x[TW_DIM_C], 2);
    assert_int_equal(m->levels[1].spatial_y[TW_DIM_K], 4);
    assert_int_equal(m->levels[1].spatial_y[TW_DIM_P], 1);
    assert_int_equal(m->levels[1].keeps, 1u << TW_ROLE_INPUT | 1u << TW_ROLE_OUTPUT);
    assert_int_equal(item->keeps_given, 1u << 1);
    assert_int_equal(m->levels[2].keeps, TW_ALL_ROLES);
    assert_int_equal(m->levels[2].spatial_x[TW_DIM_K], 1);
}

static void reads_a_mapping(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f);
    assert_int_equal(load(&f, base, false), TW_OK);
    assert_no_message(f.ctx);
    check_fc2(&f.set);
    const tw_layer *layer = &f.network.layers[1];
    assert_int_equal(tw_mapping_check(f.ctx, NULL, &f.accelerator.hierarchy, &layer->problem,
                                      &f.set.items[0].mapping),
                     TW_OK);
    close_fixture(&f);
}

static void reads_a_result(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f);
    assert_int_equal(load(&f, result, false), TW_OK);
    assert_no_message(f.ctx);
    check_fc2(&f.set);
    close_fixture(&f);
}

static void what_a_partial_mapping_leaves_out_is_free(void **state) {
    (void)state;
    fixture f;
    open_fixture(&f);
    assert_int_equal(load(&f,
                          "kind: mapping\n"
                          "layers:\n"
                          "  - name: fc2\n"
                          "    mapping:\n"
                          "      - {level: BUFFER, temporal: [[C, 2], [K, 1], [B, free]],\n"
                          "         spatial: {x: [[K, 4]]}}\n",
                          true),
                     TW_OK);
    assert_no_message(f.ctx);
    assert_true(f.set.partial);
    const tw_mapping *m = &f.set.items[0].mapping;
    assert_int_equal(f.set.items[0].keeps_given, 0);
    assert_int_equal(m->levels[0].loop_count, 3); /* B, K, C: all free */
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(m->levels[0].loops[i].factor, 0);
    assert_int_equal(m->levels[1].loop_count, 3);
    assert_int_equal(m->levels[1].loops[0].dim, TW_DIM_C);
    assert_int_equal(m->levels[1].loops[0].factor, 2);
    assert_int_equal(m->levels[1].loops[1].factor, 1); /* K: no loop here */
    assert_int_equal(m->levels[1].loops[2].factor, 0);
    assert_int_equal(m->levels[1].spatial_x[TW_DIM_K], 4);
    assert_int_equal(m->levels[1].spatial_x[TW_DIM_C], 0);
    assert_int_equal(m->levels[1].spatial_x[TW_DIM_P], 1); /* its extent is 1 */
    assert_int_equal(m->levels[2].spatial_y[TW_DIM_B], 0);
    close_fixture(&f);
}

typedef struct {
    const char *from, *to, *expected;
} change;

static void refuse(const char *text, const change *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        fixture f;
        open_fixture(&f);
        char *changed = replaced(text, cases[i].from, cases[i].to);
        assert_int_equal(load(&f, changed, false), TW_INVALID);
        assert_message(f.ctx, cases[i].expected);
        close_fixture(&f);
        free(changed);
    }
}

static void refuses_wrong_files(void **state) {
    static const change cases[] = {
        {"kind: mapping", "kind: network", "this file is of kind \"network\", expected mapping"},
        {"name: fc2", "name: fc3", "network net has no layer \"fc3\", did you mean \"fc1\"?"},
        {"- name: fc2\n    mapping", "- mapping", "a layer has no \"name\""},
        {"    mapping:\n", "    maping:\n",
         "unknown key \"maping\" in a layer, did you mean "
         "\"mapping\"?"},
        {"layers:\n", "layers:\n  - {name: fc2, mapping: []}\n", "layer \"fc2\" is mapped twice"},
        {"level: BUFFER", "level: BUFER",
         "test.yaml:6:17: error: layer fc2: accelerator toy has no level \"BUFER\", did you mean "
         "\"BUFFER\"?"},
        {"level: SPAD", "level: BUFFER", "layer fc2: level BUFFER is given twice"},
        {"level: SPAD, ", "", "a level of a mapping has no \"level\""},
        {"[K, 4], [B, 2]", "[K, 0], [B, 2]", "the factor of a loop is \"0\""},
        {"[K, 4], [B, 2]", "[K, -4]", "the factor of a loop is \"-4\""},
        {"[K, 4], [B, 2]", "[K, 9223372036854775808]", "expected a whole number from 1"},
        {"[K, 4], [B, 2]", "[K, free]", "the factor of a loop is \"free\""},
        {"[K, 4], [B, 2]", "[N, 4]", "the dimension of a loop is \"N\", expected G, B, K"},
        {"[K, 4], [B, 2]", "[K, 4, 2]",
         "a loop is a list of another length, expected [dimension, "
         "factor]"},
        {"[K, 4], [B, 2]", "K", "a loop is text, expected [dimension, factor]"},
        {"[[K, 4], [B, 2]]", "4", "temporal is text, expected a list"},
        {"[[K, 4], [B, 2]]",
         "[[K, 2], [B, 2], [K, 2], [B, 2], [K, 2], [B, 2], [K, 2], [B, 2], [K, 2], [B, 2], [K, 2], "
         "[B, 2], [K, 2], [B, 2], [K, 2], [B, 2], [K, 2]]",
         "layer fc2: more than 16 loops at a level"},
        {"x: [[K, 2], [C, 2]]", "x: [[K, 2], [K, 2]]", "layer fc2: K stands twice on one axis"},
        {"x: [[K, 2]", "z: [[K, 2]", "unknown key \"z\" in spatial"},
        {"keep: [input, output]", "keep: [inputs]",
         "keep is \"inputs\", expected input, weight or "
         "output; did you mean \"input\"?"},
    };
    (void)state;
    refuse(base, cases, sizeof cases / sizeof *cases);
}

static void refuses_wrong_results(void **state) {
    static const change cases[] = {
        {"result/1", "result/2", "schema is \"tilewright/result/2\", expected tilewright/result/1"},
        {"\"layers\": [", "\"layer\": [", "the result has no \"layers\""},
        {"\"name\": \"fc2\"", "\"name\": \"fc3\"", "network net has no layer \"fc3\""},
        {"\"name\": \"fc2\"", "\"name\": 2", "network net has no layer \"2\""},
        {"[\"K\", 4], [", "[\"K\", 4.5], [", "the factor of a loop is \"4.5\""},
        {"[\"K\", 4], [", "[\"K\", null], [", "the factor of a loop is \"null\""},
        {"[\"K\", 4], [", "[\"K\", [[[[[[[[[[[[4]]]]]]]]]]]]], [",
         "the factor of a loop is a list"},
        {"\"mapping\": [", "\"mapping\": [7, ", "a level of a mapping is text"},
        {"\"SPAD\"", "\"SPAT\"", "has no level \"SPAT\", did you mean \"SPAD\"?"},
        {"}]}]}", "}]}]", "did not find expected ',' or '}'"},
        {"\"fc1\", ", "\"fc1\", \"name\": \"fc1\", ",
         "duplicate key \"name\", first given on line"},
    };
    (void)state;
    refuse(result, cases, sizeof cases / sizeof *cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_mapping),
        cmocka_unit_test(reads_a_result),
        cmocka_unit_test(what_a_partial_mapping_leaves_out_is_free),
        cmocka_unit_test(refuses_wrong_files),
        cmocka_unit_test(refuses_wrong_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
