/* Any format of accelerators, and the constraints in it. */
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_input input = fuzz_open(ctx, data, size);
    tw_accelerator accelerator = {.ctx = ctx, .origin = "fuzz"};
    tw_arena_init(&accelerator.arena, ctx);
    (void)tw_input_kind_of(&input);
    const tw_status status = tw_accelerator_format_of(&input)->load(&input, &accelerator);
    fuzz_check(ctx, status);
    if (status == TW_OK && accelerator.kind == TW_KIND_HIERARCHY &&
        (!accelerator.hierarchy.name || accelerator.hierarchy.level_count == 0))
        abort();
    tw_arena_free(&accelerator.arena);
    fuzz_close(&input);
    tw_ctx_free(ctx);
    return 0;
}
