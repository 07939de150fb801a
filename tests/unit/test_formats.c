/* Every format recognises its own files and nobody else's: each sample goes to all three tables. */
#include "support/input_text.h"

#include "input/formats.h"

typedef struct {
    const char *text;
    tw_input_kind kind;
    const char *accelerator, *network, *mapping; /* the format that takes it */
} sample;

#define NATIVE "native YAML"

static const sample samples[] = {
    {"kind: hierarchy\nname: a\n", TW_INPUT_ACCELERATOR, NATIVE, NATIVE, NATIVE},
    {"# words\n\nname: a\nkind: tiled # so\n", TW_INPUT_ACCELERATOR, NATIVE, NATIVE, NATIVE},
    {"kind: 'network'\n", TW_INPUT_NETWORK, NATIVE, NATIVE, NATIVE},
    {"kind: mapping\nlayers: []\n", TW_INPUT_MAPPING, NATIVE, NATIVE, NATIVE},
    {"kind: constraints\r\n", TW_INPUT_CONSTRAINTS, NATIVE, NATIVE, NATIVE},
    {"{\"name\": \"a\", \"kind\": \"network\"}", TW_INPUT_NETWORK, NATIVE, NATIVE, NATIVE},
    {"{\"schema\": \"tilewright/result/1\", \"kind\": 1}", TW_INPUT_RESULT, NATIVE, NATIVE,
     "result of map"},
    {" \n{\"version\": \"0\", \"schema\":\"tilewright/result/9\"}", TW_INPUT_RESULT, NATIVE, NATIVE,
     "result of map"},
    {"kind: hierarchies\n", TW_INPUT_UNKNOWN, NATIVE, NATIVE, NATIVE},
    {"  kind: network\n", TW_INPUT_UNKNOWN, NATIVE, NATIVE, NATIVE},
    {"# tilewright/result/1\n", TW_INPUT_UNKNOWN, NATIVE, NATIVE, NATIVE},
    {"words\n", TW_INPUT_UNKNOWN, NATIVE, NATIVE, NATIVE},
    {"", TW_INPUT_UNKNOWN, NATIVE, NATIVE, NATIVE},
};

static void samples_are_recognised(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const tw_input input = text_input(ctx, samples[i].text);
        assert_string_equal(tw_accelerator_format_of(&input)->name, samples[i].accelerator);
        assert_string_equal(tw_network_format_of(&input)->name, samples[i].network);
        assert_string_equal(tw_mapping_format_of(&input)->name, samples[i].mapping);
        if (tw_input_kind_of(&input) != samples[i].kind)
            fail_msg("sample %zu is kind %d", i, (int)tw_input_kind_of(&input));
    }
    assert_no_message(ctx);
    tw_ctx_free(ctx);
}

/* Files of the fuzz corpus, in the formats of others. */
typedef struct {
    const char *path;
    tw_input_kind kind;
    const char *accelerator, *network, *mapping;
} foreign_file;

static const foreign_file foreign_files[] = {
    {"accelerator/neurospector.cfg", TW_INPUT_ACCELERATOR, "NeuroSpector", NATIVE, NATIVE},
    {"accelerator/timeloop_03.yaml", TW_INPUT_ACCELERATOR, "Timeloop architecture", NATIVE, NATIVE},
    {"accelerator/timeloop_04.yaml", TW_INPUT_ACCELERATOR, "Timeloop architecture", NATIVE, NATIVE},
    {"network/neurospector.cfg", TW_INPUT_NETWORK, NATIVE, "NeuroSpector", NATIVE},
    {"network/timeloop_problem.yaml", TW_INPUT_NETWORK, NATIVE, "Timeloop problem", NATIVE},
    {"network/zigzag.yaml", TW_INPUT_NETWORK, NATIVE, "ZigZag workload", NATIVE},
    {"network/scalesim_conv.csv", TW_INPUT_NETWORK, NATIVE, "SCALE-Sim topology", NATIVE},
    {"network/scalesim_gemm.csv", TW_INPUT_NETWORK, NATIVE, "SCALE-Sim topology", NATIVE},
    {"onnx/conv.onnx", TW_INPUT_NETWORK, NATIVE, "ONNX", NATIVE},
    {"network/all-keys.yaml", TW_INPUT_NETWORK, NATIVE, NATIVE, NATIVE},
    {"mapping/neurospector.cfg", TW_INPUT_MAPPING, NATIVE, NATIVE, "NeuroSpector"},
    {"mapping/result.json", TW_INPUT_RESULT, NATIVE, NATIVE, "result of map"},
};

static void foreign_files_are_recognised(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t i = 0; i < sizeof foreign_files / sizeof *foreign_files; i++) {
        const foreign_file *f = &foreign_files[i];
        char path[512];
        tw_input input;
        snprintf(path, sizeof path, TW_TEST_SOURCE_DIR "/tests/fuzz/corpus/%s", f->path);
        assert_int_equal(tw_input_open(ctx, path, &input), TW_OK);
        assert_string_equal(tw_accelerator_format_of(&input)->name, f->accelerator);
        assert_string_equal(tw_network_format_of(&input)->name, f->network);
        assert_string_equal(tw_mapping_format_of(&input)->name, f->mapping);
        assert_int_equal(tw_input_kind_of(&input), f->kind);
        tw_input_close(&input);
    }
    assert_no_message(ctx);
    tw_ctx_free(ctx);
}

static void sniffing_reads_lines(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    const tw_input input = text_input(ctx, "a: 1\nab : 2\nabc: \"three four\"\nlast:\n");
    char value[8];
    assert_true(tw_sniff_key(&input, "a", value, sizeof value));
    assert_string_equal(value, "1");
    assert_false(tw_sniff_key(&input, "b", value, sizeof value));
    assert_true(tw_sniff_key(&input, "abc", value, sizeof value));
    assert_string_equal(value, "three");
    assert_true(tw_sniff_key(&input, "last", value, sizeof value));
    assert_string_equal(value, "");
    assert_true(tw_sniff_key(&input, "abc", value, 3));
    assert_string_equal(value, "th");
    assert_true(tw_sniff_text(&input));
    const tw_input binary = text_input(ctx, "a: 1\n\x02\x03");
    assert_false(tw_sniff_text(&binary));
    assert_false(tw_sniff_key(&binary, "a", NULL, 0));
    tw_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_recognised),
        cmocka_unit_test(foreign_files_are_recognised),
        cmocka_unit_test(sniffing_reads_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
