/* Prints what the import makes of ONNX models, for the Python tests to compare:
 *
 *     onnx_dump [--infer] [--dim NAME=VALUE]... MODEL...
 *
 * per model a line `model PATH`, then `value NAME KIND dim dim ...` for each tensor of the main
 * graph (`?` unknown, `-` as the only dimension: unknown rank), `layer NAME OP G B K C P Q R S
 * stride (2) dilation (2) repeat macs <source...`, `account mapped folded skipped`, and `status
 * NUMBER`; diagnostics on stderr. With
 * --infer, dimensions without a value stay unknown and declared shapes are not used. */
#include <stdlib.h>
#include <string.h>

#include "input/onnx_read.h"

static void print_value(void *user, unsigned depth, const tw_onnx_value *value) {
    (void)user;
    if (depth > 0)
        return;
    printf("value ");
    fwrite(value->name.data, 1, value->name.size, stdout);
    printf("\t%s%s\t", value->optional ? "optional " : "",
           value->kind == TW_ONNX_TENSOR     ? "tensor"
           : value->kind == TW_ONNX_SEQUENCE ? "sequence"
                                             : "other");
    if (value->rank < 0)
        printf("-");
    for (int i = 0; i < value->rank; i++) {
        if (value->dims[i] < 0)
            printf("%s?", i ? " " : "");
        else
            printf("%s%lld", i ? " " : "", (long long)value->dims[i]);
    }
    printf("\n");
}

static void print_layers(const tw_network *network) {
    for (size_t i = 0; i < network->layer_count; i++) {
        const tw_layer *layer = &network->layers[i];
        printf("layer %s %s", layer->name, layer->problem.operation->name);
        for (int d = 0; d < TW_DIM_COUNT; d++)
            printf(" %llu", (unsigned long long)layer->problem.extent[d]);
        printf(" %llu %llu %llu %llu", (unsigned long long)layer->problem.stride[0],
               (unsigned long long)layer->problem.stride[1],
               (unsigned long long)layer->problem.dilation[0],
               (unsigned long long)layer->problem.dilation[1]);
        printf(" %llu %llu", (unsigned long long)layer->repeat,
               (unsigned long long)layer->problem.macs);
        for (unsigned k = 0; k < layer->source_count; k++) {
            const tw_source from = layer->sources[k];
            printf(" <%s",
                   from < 0 ? network->externals[-1 - from].name : network->layers[from].name);
        }
        printf("\n");
    }
}

/* A built-in, to compare with. */
static void dump_built_in(const char *name, const tw_network_options *options) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_network *network = NULL;
    printf("model %s\n", name);
    const tw_status status = ctx ? tw_network_load(ctx, name, options, &network) : TW_ERROR;
    if (status == TW_OK)
        print_layers(network);
    printf("status %d\n", (int)status);
    tw_network_free(network);
    if (ctx)
        tw_diagnostics_print(ctx, stderr, false);
    tw_ctx_free(ctx);
}

static void dump(const char *path, const tw_network_options *options, bool infer) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_network network = {.ctx = ctx, .origin = path};
    tw_onnx_account account = {0};
    const tw_onnx_inspection inspection = {.observer = print_value,
                                           .keep_unknown_inputs = infer,
                                           .ignore_declared = infer,
                                           .account = &account};
    tw_input input;
    if (!ctx)
        return;
    printf("model %s\n", path);
    tw_arena_init(&network.arena, ctx);
    tw_status status = tw_input_open(ctx, path, &input);
    if (status == TW_OK) {
        status = tw_onnx_load_inspected(&input, options, &inspection, &network);
        tw_input_close(&input);
    }
    if (status == TW_OK && network.layers)
        print_layers(&network);
    printf("account %zu %zu %zu\nstatus %d\n", account.mapped, account.folded, account.skipped,
           (int)status);
    tw_diagnostics_print(ctx, stderr, false);
    tw_arena_free(&network.arena);
    tw_ctx_free(ctx);
}

int main(int argc, char **argv) {
    enum { MOST = 16 };
    const char *names[MOST];
    uint64_t values[MOST];
    tw_network_options options = {.dim_names = names, .dim_values = values};
    bool infer = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--infer") == 0) {
            infer = true;
        } else if (strcmp(argv[i], "--strict") == 0) {
            options.strict = true;
        } else if (strcmp(argv[i], "--dim") == 0 && i + 1 < argc && options.dim_count < MOST) {
            char *equals = strrchr(argv[++i], '=');
            if (!equals)
                return 2;
            *equals = '\0';
            names[options.dim_count] = argv[i];
            values[options.dim_count++] = strtoull(equals + 1, NULL, 10);
        } else if (!strchr(argv[i], '/') && !strchr(argv[i], '.')) {
            dump_built_in(argv[i], &options);
        } else {
            dump(argv[i], &options, infer);
        }
    }
    return 0;
}
