/* Network files: layers, links, parameters, and what is said about every way to get them wrong. */
#include "support/input_text.h"

#include "base/text.h"
#include "input/expression.h"

static const char base[] =
    "kind: network\n"
    "name: toy\n"
    "batch: 2\n"
    "parameters: {seq: 128, width: 64}\n"
    "inputs:\n"
    "  - {name: image, channels: 3, rows: 32, columns: 32}\n"
    "  - {name: tokens, channels: $width}\n"
    "layers:\n"
    "  - {name: conv1, op: conv, dims: {K: 16, C: 3, P: 16, Q: 15, R: 3, S: 5}, stride: [2, 3],\n"
    "     dilation: 2, inputs: [image]}\n"
    "  - {name: dw, op: conv, groups: 16, dims: {K: 1, C: 1, P: 14, Q: 13, R: 3, S: 3},\n"
    "     inputs: [conv1]}\n"
    "  - {name: pool, op: pool, dims: {K: 16, P: 7, Q: 6, R: 2, S: 2}, stride: 2, inputs: [dw]}\n"
    "  - {name: sum, op: eltwise, dims: {K: 16, P: 7, Q: 6}, inputs: [pool, later]}\n"
    "  - {name: query, op: gemm, dims: {B: $batch*$seq, K: $width, C: 64}, repeat: 12,\n"
    "     inputs: [tokens]}\n"
    "  - {name: scores, op: bmm, dims: {G: 4*$batch, B: $seq, K: $seq, C: ($width + 64) / 8},\n"
    "     inputs: [query, query]}\n"
    "  - {name: later, op: pool, dims: {K: 16, P: 7, Q: 6, R: 1, S: 1}}\n"
    "  - {name: scale, op: eltwise, dims: {K: 16, P: 7, Q: 6}, operands: 1, inputs: [sum, "
    "later]}\n";

static tw_status load(tw_ctx *ctx, const char *text, const tw_network_options *options,
                      tw_network *out) {
    static const tw_network_options defaults;
    const tw_input input = text_input(ctx, text);
    *out = (tw_network){.ctx = ctx, .origin = "test.yaml"};
    tw_arena_init(&out->arena, ctx);
    return tw_native_network_load(&input, options ? options : &defaults, out);
}

static const uint64_t *extent(const tw_network *network, size_t layer) {
    return network->layers[layer].problem.extent;
}

static void reads_layers_and_links(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_network net;
    assert_int_equal(load(ctx, base, NULL, &net), TW_OK);
    assert_no_message(ctx);
    assert_string_equal(net.name, "toy");
    assert_int_equal(net.batch, 2);
    assert_int_equal(net.layer_count, 8);
    assert_int_equal(net.external_count, 2);
    assert_int_equal(net.externals[0].rows, 32);
    assert_int_equal(net.externals[1].channels, 64);
    assert_int_equal(net.externals[1].columns, 1);

    const tw_problem *conv = &net.layers[0].problem;
    const uint64_t conv_extent[] = {1, 2, 16, 3, 16, 15, 3, 5};
    assert_memory_equal(conv->extent, conv_extent, sizeof conv_extent);
    assert_int_equal(conv->stride[0], 2);
    assert_int_equal(conv->stride[1], 3);
    assert_int_equal(conv->dilation[0], 2);
    assert_int_equal(conv->dilation[1], 2);
    assert_int_equal(conv->macs, 2 * 16 * 3 * 16 * 15 * 3 * 5);
    assert_int_equal(extent(&net, 1)[TW_DIM_G], 16);
    assert_int_equal(net.layers[1].problem.macs, 2 * 16 * 14 * 13 * 9); /* depthwise */
    assert_int_equal(net.layers[3].problem.tensor_count, 3);            /* two operands, output */
    assert_int_equal(extent(&net, 4)[TW_DIM_B], 256);
    assert_int_equal(net.layers[4].repeat, 12);
    assert_int_equal(extent(&net, 5)[TW_DIM_G], 8);
    assert_int_equal(extent(&net, 5)[TW_DIM_C], 16);
    assert_int_equal(net.layers[7].problem.tensor_count, 2); /* the second input is broadcast */

    assert_int_equal(net.layers[0].sources[0], -1);
    assert_int_equal(net.layers[4].sources[0], -2);
    assert_int_equal(net.layers[3].source_count, 2);
    assert_int_equal(net.layers[3].sources[0], 2);
    assert_int_equal(net.layers[3].sources[1], 6);
    assert_int_equal(net.layers[6].source_count, 0);
    assert_int_equal(net.layers[3].at.line, 14);
    tw_arena_free(&net.arena);
    tw_ctx_free(ctx);
}

/* More than the limit, and a name to look for among them. */
static void many_parameters_are_refused(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_network net;
    const char *const names[] = {"p"};
    const uint64_t values[] = {7};
    const tw_network_options options = {.dim_count = 1, .dim_names = names, .dim_values = values};
    tw_text text;
    tw_text_init(&text, ctx);
    tw_text_add(&text, "kind: network\nname: n\nparameters:\n");
    for (int i = 0; i < 5000; i++)
        tw_text_add(&text, "  p%d: 1\n", i);
    tw_text_add(&text, "layers:\n  - {name: a, op: gemm, dims: {K: 1, C: 1}}\n");
    assert_int_not_equal(load(ctx, text.data, &options, &net), TW_OK);
    assert_message(ctx, "5000 parameters, the limit is 64");
    tw_text_free(&text);
    tw_arena_free(&net.arena);
    tw_ctx_free(ctx);
}

static void options_set_batch_and_parameters(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_network net;
    const char *const names[] = {"seq"};
    const uint64_t values[] = {7};
    const tw_network_options options = {
        .batch = 3, .dim_count = 1, .dim_names = names, .dim_values = values};
    assert_int_equal(load(ctx, base, &options, &net), TW_OK);
    assert_int_equal(net.batch, 3);
    assert_int_equal(extent(&net, 0)[TW_DIM_B], 3);
    assert_int_equal(extent(&net, 4)[TW_DIM_B], 21);
    assert_int_equal(extent(&net, 5)[TW_DIM_K], 7);
    tw_arena_free(&net.arena);

    const char *const wrong[] = {"sequ"};
    const tw_network_options unknown = {.dim_count = 1, .dim_names = wrong, .dim_values = values};
    assert_int_equal(load(ctx, base, &unknown, &net), TW_USAGE);
    assert_message(ctx, "the network has no parameter \"sequ\", did you mean \"seq\"?");
    tw_arena_free(&net.arena);

    const uint64_t zero[] = {0};
    const tw_network_options empty = {.dim_count = 1, .dim_names = names, .dim_values = zero};
    assert_int_equal(load(ctx, base, &empty, &net), TW_USAGE);
    assert_message(ctx, "parameter seq is 0, expected a whole number from 1 to 2^40");
    tw_arena_free(&net.arena);
    tw_ctx_free(ctx);
}

typedef struct {
    const char *from, *to, *expected;
} change;

static void refuses_what_is_wrong(void **state) {
    static const change cases[] = {
        {"kind: network", "kind: hierarchy",
         "this file is of kind \"hierarchy\", expected network"},
        {"name: toy\n", "", "the network has no \"name\""},
        {"batch: 2", "batch: 0", "batch is \"0\", expected a whole number from 1"},
        {"batch: 2", "bach: 2", "unknown key \"bach\" in a network, did you mean \"batch\"?"},
        {"batch: 2", "batch: [2]", "batch is a list, expected a whole number"},
        {"{seq: 128, width: 64}", "{batch: 128, seq: 1, width: 64}",
         "\"batch\" cannot name a parameter"},
        {"{seq: 128, width: 64}", "{se-q: 128, seq: 1, width: 64}",
         "\"se-q\" cannot name a parameter"},
        {"{seq: 128, width: 64}", "[seq]", "parameters is a list, expected a mapping"},
        {"channels: 3,", "", "an input has no \"channels\""},
        {"name: tokens", "name: image", "\"image\" is used twice as a name, first on line 6"},
        {"name: pool,", "name: dw,", "\"dw\" is used twice as a name, first on line 11"},
        {"name: pool,", "name: image,", "\"image\" is used twice as a name"},
        {"name: conv1, ", "", "test.yaml:9:5: error: a layer has no \"name\""},
        {"op: conv, dims", "op: convolution, dims",
         "op is \"convolution\", expected conv, gemm, bmm, pool or eltwise"},
        {"op: conv, dims", "dims", "a layer has no \"op\""},
        {"op: conv, dims", "op: conv, dmis",
         "unknown key \"dmis\" in a layer, did you mean \"dims\"?"},
        {"K: 16, C: 3", "K: 16", "dims does not give C (conv needs GBKCPQRS)"},
        {"K: 16, C: 3", "K: 16, C: 0", "C is 0, expected a whole number from 1 to 2^40"},
        {"K: 16, C: 3", "K: 16, C: -3", "C is \"-3\": expected a whole number"},
        {"K: 16, C: 3", "K: 16, C: 3.5", "C is \"3.5\": unexpected \".5\""},
        {"K: 16, C: 3", "K: 16, C: 2147483648", ""},
        {"K: 16, C: 3", "K: 16, C: 1099511627777", "expected a whole number from 1 to 2^40"},
        {"K: 16, C: 3", "K: 16, C: 9223372036854775808", "expected a whole number from 1 to 2^40"},
        {"K: 16, C: 3", "K: 16, C: 99999999999999999999", "a number leaves 64 bits"},
        {"K: 16, C: 3", "K: 1099511627776, C: 1099511627776",
         "test.yaml:9:5: error: the sizes of the operation multiply to more than 64 bits"},
        {"K: 16, C: 3", "K: 16, C: 3, Z: 1", "unknown key \"Z\" in dims"},
        {"K: 16, C: 3", "K: 16, C: 3, C: 3", "duplicate key \"C\""},
        {"K: 16, C: 3", "K: 16, C: $chan", "C is \"$chan\": there is no parameter \"$chan\""},
        {"K: 16, C: 3", "K: 16, C: 7/2", "a division does not come out even"},
        {"K: 16, C: 3", "K: 16, C: [3]", "C is a list, expected text"},
        {"stride: [2, 3]", "stride: [2]",
         "stride is a list of another length, expected a number or "
         "[rows, columns]"},
        {"stride: [2, 3]", "stride: 0", "stride is 0"},
        {"stride: [2, 3]", "stride: 2000000",
         "stride is 2000000, expected a whole number from 1 to 2^20"},
        {"dilation: 2", "dilation: {}", "dilation is a mapping"},
        {"groups: 16, dims: {", "groups: 16, dims: {G: 16, ", "groups and G are the same"},
        {"op: pool, dims: {K: 16, P: 7, Q: 6, R: 2",
         "op: pool, dims: {C: 4, K: 16, P: 7, Q: 6, R: 2",
         "operation pool has no dimension C, only BKPQRS"},
        {"repeat: 12", "repeat: 0", "repeat is 0"},
        {"C: 64}, repeat: 12,", "C: 6400000}, repeat: 1000000000000,",
         "the operations of the network exceed 64 bits"},
        {"repeat: 12", "stride: 2", "operation gemm has no stride"},
        {"repeat: 12", "groups: 2", "this operation has no groups"},
        {"repeat: 12", "operands: 2", "operation gemm has no operands to choose"},
        {"inputs: [image]}", "inputs: [imgae]}",
         "test.yaml:10:28: error: no layer or input is called \"imgae\", did you mean \"image\"?"},
        {"inputs: [image]}", "inputs: image}", "inputs is text, expected a list"},
        {"inputs: [image]}", "inputs: [dw]}",
         "the layers form a cycle: dw reads conv1, which "
         "depends on it"},
        {"inputs: [conv1]}", "inputs: [dw]}", "the layers form a cycle: dw reads dw"},
        {"inputs: [pool, later]", "inputs: [pool, later, dw, pool, pool, pool, pool, pool]",
         "8 inputs, an element-wise layer reads at most 7"},
        {"operands: 1", "operands: 3", "operands is 3, but inputs lists only 2"},
        {"layers:\n", "layers: []\nx:\n", "the network has no layers"},
        {"layers:\n", "x:\n", "the network has no \"layers\""},
        {"layers:\n", "layers: {}\nx:\n", "layers is a mapping, expected a list"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_network net;
        char *text = replaced(base, cases[i].from, cases[i].to);
        const tw_status status = load(ctx, text, NULL, &net);
        if ((status == TW_OK) != (cases[i].expected[0] == '\0'))
            print_error("case %zu\n", i);
        assert_message(ctx, cases[i].expected);
        assert_int_equal(status, cases[i].expected[0] ? TW_INVALID : TW_OK);
        tw_arena_free(&net.arena);
        tw_ctx_free(ctx);
        free(text);
    }
}

/* A chain in reverse order: links and the cycle check must not be
 * quadratic, nor the look-up of source lines. */
static void links_many_layers(void **state) {
    (void)state;
    enum { MANY = 20000 };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "kind: network\nname: chain\nlayers:\n");
    for (int i = 0; i < MANY; i++) {
        fprintf(out, "  - {name: l%d, op: gemm, dims: {K: 1, C: 1}", i);
        if (i + 1 < MANY)
            fprintf(out, ", inputs: [l%d]", i + 1);
        fprintf(out, "}\n");
    }
    fclose(out);
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_network net;
    assert_int_equal(load(ctx, text, NULL, &net), TW_OK);
    assert_int_equal(net.layer_count, MANY);
    assert_int_equal(net.layers[0].sources[0], 1);
    tw_arena_free(&net.arena);
    tw_ctx_free(ctx);
    free(text);
}

static void evaluates_expressions(void **state) {
    (void)state;
    const tw_parameter parameters[] = {{"batch", 4}, {"seq", 128}, {"se", 9}};
    static const struct {
        const char *text;
        uint64_t value;
        const char *expected;
    } cases[] = {
        {"12", 12, NULL},
        {" 12 * $batch ", 48, NULL},
        {"$seq", 128, NULL},
        {"$se", 9, NULL},
        {"2+3*4", 14, NULL},
        {"(2+3)*4", 20, NULL},
        {"20/2/5", 2, NULL},
        {"10-3-2", 5, NULL},
        {"18446744073709551615", UINT64_MAX, NULL},
        {"18446744073709551616", 0, "a number leaves 64 bits"},
        {"4294967296*4294967296", 0, "a product leaves 64 bits"},
        {"18446744073709551615+1", 0, "a sum leaves 64 bits"},
        {"1-2", 0, "a difference is negative"},
        {"1/0", 0, "division by zero"},
        {"7/2", 0, "a division does not come out even"},
        {"(1", 0, "a ) is missing"},
        {"1)", 0, "unexpected \")\""},
        {"", 0, "expected a whole number, $parameter or ("},
        {"1+", 0, "expected a whole number"},
        {"$", 0, "there is no parameter \"$\""},
        {"$s", 0, "there is no parameter \"$s\""},
        {"2^3", 0, "unexpected \"^3\""},
        {"seq", 0, "expected a whole number"},
        {"((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))", 0,
         "too many parentheses"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[TW_EXPRESSION_MESSAGE];
        uint64_t value = 0;
        const bool good = tw_expression_evaluate(cases[i].text, parameters, 3, &value, message);
        if (good != (cases[i].expected == NULL) || (!good && !strstr(message, cases[i].expected)))
            fail_msg("\"%s\": %s", cases[i].text, good ? "taken" : message);
        assert_int_equal(value, cases[i].value);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_layers_and_links),
        cmocka_unit_test(options_set_batch_and_parameters),
        cmocka_unit_test(many_parameters_are_refused),
        cmocka_unit_test(refuses_what_is_wrong),
        cmocka_unit_test(links_many_layers),
        cmocka_unit_test(evaluates_expressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
