/* The accelerator and the network that mappings and constraints of the corpus are for. */
#ifndef TW_TESTS_FUZZ_TOY_H
#define TW_TESTS_FUZZ_TOY_H

#include "fuzz/fuzz.h"

static const char toy_accelerator_text[] = "kind: hierarchy\n"
                                           "name: toy\n"
                                           "word_bits: 16\n"
                                           "mac: {energy: 1pJ}\n"
                                           "levels:\n"
                                           "  - {name: DRAM, energy: 100pJ}\n"
                                           "  - {name: BUFFER, energy: 2pJ, capacity: 1KiB,\n"
                                           "     fanout: {x: 4, y: 4}}\n"
                                           "  - {name: SPAD, energy: 1pJ, capacity: 64B}\n";
static const char toy_network_text[] = "kind: network\n"
                                       "name: net\n"
                                       "layers:\n"
                                       "  - {name: fc1, op: gemm, dims: {B: 1, K: 32, C: 8}}\n"
                                       "  - {name: fc2, op: gemm, dims: {B: 2, K: 32, C: 8}}\n";

static inline void toy_accelerator(tw_ctx *ctx, tw_accelerator *out) {
    const tw_input input = fuzz_text(ctx, toy_accelerator_text);
    *out = (tw_accelerator){.ctx = ctx, .origin = "toy"};
    tw_arena_init(&out->arena, ctx);
    if (tw_native_accelerator_load(&input, out) != TW_OK)
        abort();
}

static inline void toy_network(tw_ctx *ctx, tw_network *out) {
    static const tw_network_options options;
    const tw_input input = fuzz_text(ctx, toy_network_text);
    *out = (tw_network){.ctx = ctx, .origin = "net"};
    tw_arena_init(&out->arena, ctx);
    if (tw_native_network_load(&input, &options, out) != TW_OK)
        abort();
}

#endif
