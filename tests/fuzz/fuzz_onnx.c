/* ONNX models, with and without values for their dimensions. What is read must survive being
 * written as native YAML: names are unique and printable, sources are earlier layers. */
#include <ctype.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "input/native.h"
#include "input/onnx_read.h"
#include "report/native_yaml.h"

static void check_names(const tw_network *network) {
    for (size_t i = 0; i < network->layer_count; i++) {
        const tw_layer *layer = &network->layers[i];
        if (layer->problem.macs == 0 || layer->repeat == 0 || !layer->name[0])
            abort();
        for (const char *c = layer->name; *c; c++)
            if (!isprint((unsigned char)*c))
                abort();
        for (unsigned s = 0; s < layer->source_count; s++)
            if (layer->sources[s] >= (tw_source)i ||
                layer->sources[s] < -(tw_source)network->external_count)
                abort();
    }
}

/* Reads the native form again; it must be the same network. */
static void check_native(tw_ctx *ctx, const tw_network *network) {
    static const tw_network_options options;
    tw_text text;
    tw_network again = {.ctx = ctx, .origin = "again"};
    tw_text_init(&text, ctx);
    tw_arena_init(&again.arena, ctx);
    if (tw_native_network_write(&text, network) != TW_OK)
        abort();
    const tw_input input = {.ctx = ctx, .path = "again", .bytes = text.data, .size = text.length};
    if (network->layer_count <= 200) {
        if (tw_native_network_load(&input, &options, &again) != TW_OK ||
            again.layer_count != network->layer_count)
            abort();
        for (size_t i = 0; i < again.layer_count; i++)
            if (!tw_problem_equal(&again.layers[i].problem, &network->layers[i].problem) ||
                strcmp(again.layers[i].name, network->layers[i].name) != 0)
                abort();
    }
    tw_arena_free(&again.arena);
    tw_text_free(&text);
}

static void load(const uint8_t *data, size_t size, bool keep_unknown) {
    static const tw_network_options options;
    const tw_onnx_inspection inspection = {.keep_unknown_inputs = keep_unknown};
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_input input = fuzz_open(ctx, data, size);
    tw_network network = {.ctx = ctx, .origin = "fuzz"};
    tw_arena_init(&network.arena, ctx);
    const tw_status status = tw_onnx_load_inspected(&input, &options, &inspection, &network);
    if (status == TW_OK && network.layers) {
        check_names(&network);
        check_native(ctx, &network);
    }
    fuzz_check(ctx, status);
    tw_arena_free(&network.arena);
    fuzz_close(&input);
    tw_ctx_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    load(data, size, false);
    load(data, size, true);
    return 0;
}
