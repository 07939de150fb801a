/* Any format of mappings, complete and partial, for the toy accelerator and network. What was read
 * is checked for legality too, since it comes from outside. */
#include "fuzz/toy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (int partial = 0; partial < 2; partial++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_accelerator accelerator;
        tw_network network;
        tw_mapping_set set = {.ctx = ctx, .origin = "fuzz"};
        tw_arena_init(&set.arena, ctx);
        toy_accelerator(ctx, &accelerator);
        toy_network(ctx, &network);
        tw_input input = fuzz_open(ctx, data, size);
        const tw_status status =
            tw_mapping_format_of(&input)->load(&input, &accelerator, &network, partial, &set);
        fuzz_check(ctx, status);
        for (size_t i = 0; status == TW_OK && !partial && i < set.count; i++) {
            const tw_problem *problem = strcmp(set.items[i].layer, "fc1") == 0
                                            ? &network.layers[0].problem
                                            : &network.layers[1].problem;
            const bool valid =
                tw_mapping_is_valid(&accelerator.hierarchy, problem, &set.items[i].mapping);
            if (valid != (tw_mapping_check(ctx, NULL, &accelerator.hierarchy, problem,
                                           &set.items[i].mapping) == TW_OK))
                abort();
        }
        fuzz_close(&input);
        tw_arena_free(&set.arena);
        tw_arena_free(&network.arena);
        tw_arena_free(&accelerator.arena);
        tw_ctx_free(ctx);
    }
    return 0;
}
