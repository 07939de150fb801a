/* NeuroSpector's files: accelerators, networks and scheduling tables, whatever the input is. What
 * is read is searched when it is small: nothing of it may crash, and a mapping found is valid. */
#include "fuzz/fuzz.h"
#include "input/neurospector_cfg.h"
#include "neurospector/exact.h"
#include "neurospector/legality.h"

static const char plain_accelerator[] =
    "[ACCELERATOR]\nPRECISION=INT8\n"
    "[LOCAL_BUFFER]\nDATAFLOW=WS\nSIZE=16,16,16\nUNIT_ACCESS_ENERGY=1,1,1\n"
    "UNIT_STATIC_POWER=0,0,0\nUNIT_CYCLE=1,1,1\nBANDWIDTH=8\n[PE_ARRAY]\nSIZE_X=2\nSIZE_Y=3\n"
    "[GLOBAL_BUFFER]\nDATAFLOW=OS\nSIZE=256\nUNIT_ACCESS_ENERGY=5,5,5\nUNIT_STATIC_POWER=0,0,0\n"
    "UNIT_CYCLE=1,1,1\nBANDWIDTH=8\n"
    "[DRAM]\nUNIT_ACCESS_ENERGY=100,100,100\nUNIT_STATIC_POWER=0,0,0\nUNIT_CYCLE=1,1,1\n"
    "BANDWIDTH=8\n";

static void search_small(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer) {
    const ns_search_options options = {.flexible = true, .work_limit = 50};
    ns_search_result result;
    double macs = 1;
    for (int c = 0; c < NS_COLUMNS; c++)
        macs *= (double)layer->size[c];
    if (macs > 100000 || ns_exact(ctx, accelerator, layer, &options, &result) != TW_OK)
        return;
    if (result.found && !ns_table_is_valid(accelerator, layer, &result.table))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    if (!ctx)
        return 0;
    tw_arena arena;
    tw_arena_init(&arena, ctx);
    tw_input input = fuzz_open(ctx, data, size);
    const tw_input plain = fuzz_text(ctx, plain_accelerator);
    static const uint64_t sizes[NS_COLUMNS] = {4, 1, 6, 6, 3, 3, 3, 1};
    ns_layer layer = {.name = "layer", .stride = 1};
    for (int c = 0; c < NS_COLUMNS; c++)
        layer.size[c] = sizes[c];
    ns_accelerator accelerator;
    ns_network network;
    ns_schedule *schedules = NULL;
    size_t count = 0;
    if (ns_accelerator_read(&input, &arena, &accelerator) == TW_OK &&
        accelerator.arrays[NS_CHIP].x * accelerator.arrays[NS_CHIP].y < 64)
        search_small(ctx, &accelerator, &layer);
    if (ns_accelerator_read(&plain, &arena, &accelerator) == TW_OK) {
        if (ns_network_read(&input, &arena, NS_GROUPS_RAW, &network) == TW_OK)
            search_small(ctx, &accelerator, &network.layers[0]);
        if (ns_network_read(&input, &arena, NS_GROUPS_PHYSICAL, &network) == TW_OK &&
            ns_schedules_read(&input, &arena, &accelerator, &schedules, &count) == TW_OK)
            (void)!ns_table_check(ctx, NULL, &accelerator, &network.layers[0], &schedules[0].table);
        (void)!ns_schedules_read(&input, &arena, &accelerator, &schedules, &count);
    }
    fuzz_close(&input);
    tw_arena_free(&arena);
    tw_ctx_free(ctx);
    return 0;
}
