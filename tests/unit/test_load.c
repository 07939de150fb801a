/* The public load functions: built-ins with their operations against the literature, files that
 * are no files, and memory that runs out anywhere. */
#include "support/input_text.h"

#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/constraints.h"

/* Multiply-accumulates of one inference at batch 1 and the default parameters. `exact` is worked
 * out from the layer tables of the papers, `published` is in millions, to `tolerance`. */
typedef struct {
    const char *name;
    uint64_t exact;
    double published, tolerance;
    const char *source;
} total;

static const total totals[] = {
    {"alexnet", 724406816, 724, 0.001, "Sze et al., Proc. IEEE 105(12), 2017, Table II"},
    {"vgg16", 15470264320, 15470, 0.001, "torchvision, VGG16_Weights: 15.47"},
    {"vgg19", 19632062464, 19630, 0.001, "torchvision, VGG19_Weights: 19.63"},
    {"googlenet", 1582671872, 1500, 0.06, "Szegedy et al., CVPR 2015: a budget of 1.5 billion"},
    {"inception-v4", 12253974624, 12280, 0.005, "timm, inception_v4: 12.28, with its pools"},
    {"resnet18", 1814073344, 1810, 0.005, "torchvision, ResNet18_Weights: 1.81"},
    {"resnet50", 4089184256, 4090, 0.001, "torchvision, ResNet50_Weights: 4.09"},
    {"resnet152", 11513626624, 11510, 0.001, "torchvision, ResNet152_Weights: 11.51"},
    {"mobilenet-v2", 300774272, 300, 0.005, "Sandler et al., CVPR 2018, Table 4: 300 million"},
    {"mobilenet-v3-small", 56510400, 56, 0.02, "Howard et al., ICCV 2019, Table 3: 56 million"},
    {"efficientnet-b0", 385814752, 390, 0.015, "Tan, Le, ICML 2019, Table 2: 0.39 billion"},
    /* 12 blocks of 12 s h^2 + 2 s^2 h, s = 128, h = 768 */
    {"bert-base", 12ull * (12ull * 128 * 768 * 768 + 2ull * 128 * 128 * 768), 11250, 0.01,
     "22.5 billion operations, two a MAC: Jiao et al., TinyBERT, EMNLP 2020, Table 1"},
    /* the same with s = 1024, and the vocabulary */
    {"gpt2", 12ull * (12ull * 1024 * 768 * 768 + 2ull * 1024 * 1024 * 768) + 1024ull * 768 * 50257,
     1024 * 124.0 + 19327, 0.005,
     "124 million parameters once a token, Radford et al., 2019, and 2 s^2 h a block"},
    {"vit-b16", 17563828224, 17560, 0.001, "torchvision, ViT_B_16_Weights: 17.56"},
    /* 32 blocks of 4 h^2 + 3 h f and 2 s h, s = 512, h = 4096, f = 11008, and the vocabulary */
    {"llama-7b-prefill",
     32ull * 512 * (4ull * 4096 * 4096 + 3ull * 4096 * 11008 + 2ull * 512 * 4096) + 4096ull * 32000,
     512 * 6608.0, 0.05, "6.74 billion parameters, Touvron et al., 2023; one each per token"},
    {"llama-7b-decode",
     32ull * (4ull * 4096 * 4096 + 3ull * 4096 * 11008 + 2ull * 512 * 4096) + 4096ull * 32000, 6607,
     0.03, "6.74 billion parameters less the embeddings, Touvron et al., 2023"},
};
enum { TOTAL_COUNT = sizeof totals / sizeof *totals };

/* Of convolutions, fully connected layers and matrix products. */
static uint64_t multiply_accumulates(const tw_network *network) {
    uint64_t sum = 0;
    for (size_t i = 0; i < network->layer_count; i++) {
        const tw_layer *layer = &network->layers[i];
        const char *op = layer->problem.operation->name;
        if (strcmp(op, "pool") != 0 && strcmp(op, "eltwise") != 0)
            sum += layer->problem.macs * layer->repeat;
    }
    return sum;
}

static void networks_have_the_published_operations(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t i = 0; i < TOTAL_COUNT; i++) {
        tw_network *network = NULL;
        assert_int_equal(tw_network_load(ctx, totals[i].name, NULL, &network), TW_OK);
        assert_string_equal(tw_network_name(network), totals[i].name);
        assert_int_equal(tw_network_layer_count(network), network->layer_count);
        const uint64_t macs = multiply_accumulates(network);
        assert_int_equal(macs, totals[i].exact);
        const double ratio = (double)macs / 1e6 / totals[i].published;
        if (ratio < 1 - totals[i].tolerance || ratio > 1 + totals[i].tolerance)
            fail_msg("%s: %.0f million, published %.0f (%s)", totals[i].name, (double)macs / 1e6,
                     totals[i].published, totals[i].source);
        tw_network_free(network);
    }
    assert_no_message(ctx);
    tw_ctx_free(ctx);
}

/* Twice the batch is twice the work, of every built-in. */
static void the_batch_multiplies(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    const tw_network_options options = {.batch = 2};
    for (size_t i = 0; i < TOTAL_COUNT; i++) {
        tw_network *network = NULL;
        assert_int_equal(tw_network_load(ctx, totals[i].name, &options, &network), TW_OK);
        assert_int_equal(multiply_accumulates(network), 2 * totals[i].exact);
        tw_network_free(network);
    }
    tw_ctx_free(ctx);
}

/* An independent program's tables of the same networks. */
static void operations_equal_an_independent_count(void **state) {
    static const char *const pairs[][2] = {{"alexnet", "alex_net"},
                                           {"vgg16", "vgg_net"},
                                           {"vgg19", "vgg19_net"},
                                           {"googlenet", "googlenet"}};
    (void)state;
    json_t *all = json_load_file(TW_TEST_REFERENCE_DIR "/nn-dataflow/networks.json", 0, NULL);
    if (!all) {
        print_message("skipped: no " TW_TEST_REFERENCE_DIR "/nn-dataflow/networks.json\n");
        skip();
    }
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const json_t *layers = json_object_get(json_object_get(all, pairs[i][1]), "layers");
        json_int_t sum = 0;
        for (size_t l = 0; l < json_array_size(layers); l++) {
            const json_t *layer = json_array_get(layers, l);
            const char *type = json_string_value(json_object_get(layer, "type"));
            if (strcmp(type, "ConvLayer") == 0 || strcmp(type, "FCLayer") == 0)
                sum += json_integer_value(json_object_get(layer, "ops_b1"));
        }
        for (size_t k = 0; k < TOTAL_COUNT; k++)
            if (strcmp(totals[k].name, pairs[i][0]) == 0)
                assert_int_equal(sum, totals[k].exact);
    }
    json_decref(all);
}

/* Where convolutions follow each other, channels and sizes fit. */
static void layers_of_built_ins_chain(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t i = 0; i < TOTAL_COUNT; i++) {
        tw_network *network = NULL;
        assert_int_equal(tw_network_load(ctx, totals[i].name, NULL, &network), TW_OK);
        for (size_t l = 0; l < network->layer_count; l++) {
            const tw_layer *layer = &network->layers[l];
            const uint64_t *extent = layer->problem.extent;
            uint64_t channels = 0;
            assert_true(layer->source_count > 0);
            for (unsigned s = 0; s < layer->source_count; s++) {
                const tw_source from = layer->sources[s];
                assert_true(from < (int)l); /* listed in an order that can be run */
                channels += from < 0 ? network->externals[-1 - from].channels
                                     : network->layers[from].problem.extent[TW_DIM_K] *
                                           network->layers[from].problem.extent[TW_DIM_G];
            }
            if (strcmp(layer->problem.operation->name, "conv") == 0)
                assert_int_equal(channels, extent[TW_DIM_C] * extent[TW_DIM_G]);
            if (strcmp(layer->problem.operation->name, "pool") == 0)
                assert_int_equal(channels, extent[TW_DIM_K]);
        }
        tw_network_free(network);
    }
    tw_ctx_free(ctx);
}

static void accelerators_load_and_say_their_sources(void **state) {
    static const struct {
        const char *name;
        uint64_t mac_units;
    } built_ins[] = {{"eyeriss", 12 * 14},    {"eyeriss-isca", 12 * 14},
                     {"simba", 36 * 16 * 64}, {"tpu-like", 256 * 256},
                     {"nvdla-like", 2048},    {"tensor-core-like", 108 * 4 * 256},
                     {"edge-npu", 16 * 16}};
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t i = 0; i < sizeof built_ins / sizeof *built_ins; i++) {
        tw_accelerator *accelerator = NULL;
        assert_int_equal(tw_accelerator_load(ctx, built_ins[i].name, &accelerator), TW_OK);
        const tw_hierarchy *arch = &accelerator->hierarchy;
        assert_string_equal(tw_accelerator_name(accelerator), built_ins[i].name);
        assert_string_equal(accelerator->origin, built_ins[i].name);
        assert_int_equal(tw_hierarchy_instances(arch, arch->level_count), built_ins[i].mac_units);
        assert_non_null(arch->source);
        assert_true(strlen(arch->source) > 80);
        tw_accelerator_free(accelerator);
    }
    assert_no_message(ctx);
    tw_ctx_free(ctx);
}

/* ---- what is not a file */

static void expect_refused(const char *path, tw_status status, const char *expected) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    assert_int_equal(tw_accelerator_load(ctx, path, &accelerator), status);
    assert_null(accelerator);
    assert_message(ctx, expected);
    assert_int_equal(tw_network_load(ctx, path, NULL, &network), status);
    assert_null(network);
    assert_message(ctx, expected);
    tw_ctx_free(ctx);
}

static void refuses_what_is_no_file(void **state) {
    (void)state;
    char folder[] = "/tmp/tilewright-load-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    expect_refused(folder, TW_INVALID, "is a directory, expected a regular file");
    snprintf(path, sizeof path, "%s/missing.yaml", folder);
    expect_refused(path, TW_INVALID, "cannot open: No such file or directory");
    expect_refused("/dev/null", TW_INVALID, "is a device, expected a regular file");
    snprintf(path, sizeof path, "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refused(path, TW_INVALID, "is a FIFO, expected a regular file");
    unlink(path);
    rmdir(folder);
    expect_refused("", TW_INVALID, "no file and no built-in");
    expect_refused("no-such-thing", TW_INVALID, "is called \"no-such-thing\"");
    expect_refused("../networks/alexnet", TW_INVALID, "cannot open");
}

static void refuses_a_wrong_name_with_the_closest(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    assert_int_equal(tw_accelerator_load(ctx, "eyeris", &accelerator), TW_INVALID);
    assert_message(ctx, "no file and no built-in accelerator is called \"eyeris\", did you mean "
                        "\"eyeriss\"?");
    assert_int_equal(tw_network_load(ctx, "resnet-50", NULL, &network), TW_INVALID);
    assert_message(ctx, "did you mean \"resnet50\"?");
    tw_ctx_free(ctx);
}

/* Random bytes, and real files with some of their bytes changed: an error or a result, no crash. */
static void survives_garbage(void **state) {
    (void)state;
    char path[] = "/tmp/tilewright-garbage-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    uint32_t random = 12345;
    for (int round = 0; round < 200; round++) {
        unsigned char bytes[512];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = (unsigned char)(random >> 24);
            if (round % 2) /* printable */
                bytes[i] = (unsigned char)(bytes[i] % 96 + 32 - (bytes[i] % 16 == 0) * 22);
        }
        assert_int_equal(pwrite(fd, bytes, sizeof bytes, 0), sizeof bytes);
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_accelerator *accelerator = NULL;
        tw_network *network = NULL;
        assert_int_equal(tw_accelerator_load(ctx, path, &accelerator), TW_INVALID);
        assert_int_equal(tw_network_load(ctx, path, NULL, &network), TW_INVALID);
        assert_true(tw_error_count(ctx) >= 2);
        tw_ctx_free(ctx);
    }
    close(fd);
    unlink(path);
}

/* ---- memory that runs out at the n-th allocation */

typedef struct {
    size_t allocations, fail_at, live;
} failing;

static void *failing_resize(void *user, void *block, size_t size) {
    failing *f = user;
    if (size == 0) {
        f->live -= block != NULL;
        free(block);
        return NULL;
    }
    if (++f->allocations == f->fail_at)
        return NULL;
    void *result = realloc(block, size);
    f->live += block == NULL && result != NULL;
    return result;
}

/* Loads one of everything; TW_OK when nothing failed. */
static tw_status load_everything(tw_ctx *ctx, const char *mapping, const char *constraints) {
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    tw_mapping_set *set = NULL;
    const char *const names[] = {"seq"};
    const uint64_t values[] = {64};
    const tw_network_options options = {.dim_count = 1, .dim_names = names, .dim_values = values};
    tw_status status = tw_accelerator_load(ctx, "eyeriss", &accelerator);
    if (status == TW_OK)
        status = tw_network_load(ctx, "bert-base", &options, &network);
    if (status == TW_OK)
        status = tw_mapping_set_load(ctx, mapping, accelerator, network, true, &set);
    if (status == TW_OK) {
        tw_hierarchy arch = accelerator->hierarchy;
        status = tw_constraints_merge(ctx, constraints, &arch);
    }
    tw_mapping_set_free(set);
    tw_network_free(network);
    tw_accelerator_free(accelerator);
    return status;
}

static void write_file(char *path, const char *text) {
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    char mapping[] = "/tmp/tilewright-mapping-XXXXXX", constraints[] = "/tmp/tilewright-con-XXXXXX";
    write_file(mapping, "{\"schema\": \"tilewright/result/1\", \"layers\": [{\"name\": "
                        "\"mlp_expand\", \"mapping\": [{\"level\": \"DRAM\", \"temporal\": "
                        "[[\"K\", 4]], \"keep\": [\"input\", \"weight\", \"output\"]}]}]}");
    write_file(constraints, "kind: constraints\nlevels: {SCRATCHPAD: {order: [K, C]}}\n");
    bool done = false;
    for (size_t n = 1; !done; n++) {
        failing f = {.fail_at = n};
        const tw_allocator allocator = {failing_resize, &f};
        tw_ctx *ctx = tw_ctx_new(&allocator);
        if (ctx) {
            const tw_status status = load_everything(ctx, mapping, constraints);
            done = f.allocations < n;
            assert_int_equal(status, done ? TW_OK : TW_ERROR);
            assert_true(done || tw_diagnostics_count(ctx) > 0);
            tw_ctx_free(ctx);
        }
        assert_int_equal(f.live, 0);
        assert_true(n < 100000);
    }
    unlink(mapping);
    unlink(constraints);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_have_the_published_operations),
        cmocka_unit_test(the_batch_multiplies),
        cmocka_unit_test(operations_equal_an_independent_count),
        cmocka_unit_test(layers_of_built_ins_chain),
        cmocka_unit_test(accelerators_load_and_say_their_sources),
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(refuses_a_wrong_name_with_the_closest),
        cmocka_unit_test(survives_garbage),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
