/* A host with its own allocator: every block that the library takes passes through one callback,
 * which here counts. At the end nothing may be left.
 *
 * Works and its worker threads share the callback, so it must be thread-safe.
 */
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <tilewright/tilewright.h>

typedef struct {
    atomic_size_t used_bytes, peak_bytes, blocks;
} memory;

static void account(memory *m, size_t before, size_t after) {
    const size_t used = atomic_fetch_add(&m->used_bytes, after - before) + after - before;
    size_t peak = atomic_load(&m->peak_bytes);
    while (used > peak && !atomic_compare_exchange_weak(&m->peak_bytes, &peak, used))
        ;
}

/* Like realloc, with size 0 meaning free. */
static void *resize(void *user, void *block, size_t size) {
    memory *m = user;
    const size_t before = block ? malloc_usable_size(block) : 0;
    if (size == 0) {
        free(block);
        account(m, before, 0);
        if (block)
            atomic_fetch_sub(&m->blocks, 1);
        return NULL;
    }
    void *grown = realloc(block, size);
    if (grown) {
        account(m, before, malloc_usable_size(grown));
        if (!block)
            atomic_fetch_add(&m->blocks, 1);
    }
    return grown;
}

static tw_status map_all(tw_ctx *ctx) {
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    tw_result *result = NULL;
    tw_status status = tw_accelerator_load(ctx, "eyeriss", &accelerator);
    if (status == TW_OK)
        status = tw_network_load(ctx, "alexnet", NULL, &network);
    if (status == TW_OK)
        status = tw_map(ctx, accelerator, network, NULL, &result);
    if (status == TW_OK)
        printf("%zu layers of %s on %s\n", tw_network_layer_count(network),
               tw_network_name(network), tw_accelerator_name(accelerator));
    tw_result_free(result);
    tw_network_free(network);
    tw_accelerator_free(accelerator);
    return status;
}

int main(void) {
    memory m = {0};
    const tw_allocator allocator = {resize, &m};
    tw_ctx *ctx = tw_ctx_new(&allocator);
    if (!ctx)
        return TW_ERROR;
    const tw_status status = map_all(ctx);
    tw_diagnostics_print(ctx, stderr, false);
    tw_ctx_free(ctx);
    printf("at most %zu KiB at a time, %zu blocks left\n", atomic_load(&m.peak_bytes) >> 10,
           atomic_load(&m.blocks));
    if (atomic_load(&m.blocks) > 0)
        return TW_ERROR;
    return (int)status;
}
