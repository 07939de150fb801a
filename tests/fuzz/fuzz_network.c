/* Any format of networks. */
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const tw_network_options options;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_input input = fuzz_open(ctx, data, size);
    tw_network network = {.ctx = ctx, .origin = "fuzz"};
    tw_arena_init(&network.arena, ctx);
    const tw_status status = tw_network_format_of(&input)->load(&input, &options, &network);
    fuzz_check(ctx, status);
    for (size_t i = 0; status == TW_OK && i < network.layer_count; i++)
        if (network.layers[i].problem.macs == 0 || network.layers[i].repeat == 0)
            abort();
    tw_arena_free(&network.arena);
    fuzz_close(&input);
    tw_ctx_free(ctx);
    return 0;
}
