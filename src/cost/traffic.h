/* Words of one tensor that cross one boundary of the hierarchy: from the level that keeps it down
 * to the next inner level that keeps it (or to the compute units), per instance.
 *
 * The tile of the inner level moves as the loops outside it run; docs/model.md has the sum. Where
 * no tiles overlap in part (no windows, see tw_tensor), a loop either leaves the tile where it is
 * or moves it away altogether: loops inside the first one that moves it are free, and from that one
 * on every iteration brings the whole tile. windows.h has the other case.
 *
 * Without windows every count is a product of different factors of the nest, at most the MACs,
 * which fit 64 bits (tw_problem_make): such a product is not checked.
 *
 * All of it is inline: it is what an evaluation spends its time on. */
#ifndef TW_COST_TRAFFIC_H
#define TW_COST_TRAFFIC_H

#include "base/checked.h"
#include "base/inline.h"
#include "cost/windows.h"

/* The fanouts in use from `parent` down to `child`. */
static inline uint32_t tw_fanouts_between(const tw_nest *nest, unsigned parent, unsigned child) {
    return nest->fanouts & ((1u << child) - (1u << parent));
}

/* The product of the factors on a tensor's plain axes. */
static inline uint64_t tw_plain_product(const tw_tensor *tensor,
                                        const uint64_t factors[TW_DIM_COUNT]) {
    uint64_t result = 1;
    for (unsigned i = 0; i < tensor->plain_count; i++)
        result *= factors[tensor->plain[i]];
    return result;
}

/* Children of `fanouts` that differ on a plain axis of the tensor. */
static inline uint64_t tw_plain_children(const tw_flow *flow, uint32_t fanouts) {
    uint64_t count = 1;
    for (; fanouts; fanouts &= fanouts - 1)
        count *= tw_plain_product(flow->tensor, flow->nest->spatial[__builtin_ctz(fanouts)]);
    return count;
}

/* All children of `fanouts`. */
static inline uint64_t tw_children(const tw_nest *nest, uint32_t fanouts) {
    uint64_t count = 1;
    for (; fanouts; fanouts &= fanouts - 1)
        count *= nest->children[__builtin_ctz(fanouts)];
    return count;
}

/* How many different tiles the children of `fanouts` hold. */
TW_INLINE uint64_t tw_different_tiles(const tw_flow *flow, bool windows, uint32_t fanouts,
                                      bool *overflow) {
    const uint64_t tiles = tw_plain_children(flow, fanouts);
    return windows ? tiles * tw_window_starts(flow, fanouts, overflow) : tiles;
}

/* How many groups of children are served apart from each other: all children of fanouts that share
 * nothing, and the different tiles where only equal ones are shared. */
TW_INLINE uint64_t tw_separate_groups(const tw_flow *flow, bool windows, uint32_t fanouts,
                                      bool *overflow) {
    return tw_children(flow->nest, flow->sharing->separate & fanouts) *
           tw_different_tiles(flow, windows, flow->sharing->equal & fanouts, overflow);
}

/* Words of one child alone, without windows: every step outside the loops that leave the tile where
 * it is. */
static inline tw_traffic tw_plain_traffic(const tw_flow *flow, unsigned child) {
    const tw_nest *nest = flow->nest;
    const tw_dim_mask dims = flow->tensor->plain_dims;
    const tw_nest_loop *loop = &nest->loops[nest->outside[child]];
    while (loop->outer > 1 && !(dims >> loop->dim & 1))
        loop++;
    const uint64_t tile = tw_plain_product(flow->tensor, nest->tile[child]),
                   words = tile * loop->outer;
    return (tw_traffic){tile, words, words};
}

/* tw_boundary_traffic, where the caller knows whether the tensor has windows. */
TW_INLINE tw_traffic tw_traffic_of(const tw_flow *flow, bool windows, unsigned parent,
                                   unsigned child, bool *overflow) {
    const uint32_t fanouts = tw_fanouts_between(flow->nest, parent, child);
    const uint32_t merged = flow->sharing->merged & fanouts;
    const bool computes = child == flow->nest->level_count;
    const uint64_t steps = flow->nest->loops[0].outer;
    bool beyond = false; /* a local flag stays in a register */
    tw_traffic words = {1, steps, steps};
    if (!computes)
        words = windows ? tw_window_traffic(flow, child, merged, &beyond)
                        : tw_plain_traffic(flow, child);
    if (merged && (computes || !windows))
        words.parent *= tw_different_tiles(flow, windows, merged, &beyond);
    if (fanouts > merged) {
        const uint64_t groups = tw_separate_groups(flow, windows, fanouts, &beyond);
        words.parent = windows ? tw_mul_u64(words.parent, groups, &beyond) : words.parent * groups;
    }
    *overflow |= beyond;
    return words;
}

/* Traffic between `parent` and `child`, parent < child <= level_count; child == level_count are the
 * compute units, which hold nothing and take their word every step. Fanouts outside `parent` play
 * no part. */
static inline tw_traffic tw_boundary_traffic(const tw_flow *flow, unsigned parent, unsigned child,
                                             bool *overflow) {
    return flow->tensor->window_count ? tw_traffic_of(flow, true, parent, child, overflow)
                                      : tw_traffic_of(flow, false, parent, child, overflow);
}

/* Distinct words that an instance of `child` ever holds, summed over its instances; `outside` is
 * that of `parent`. Without windows, children that differ in a dimension of the tensor divide its
 * words among themselves, and those that differ in another hold copies. */
TW_INLINE uint64_t tw_distinct_words(const tw_flow *flow, bool windows, unsigned parent,
                                     unsigned child, uint64_t outside, bool *overflow) {
    const uint32_t fanouts = tw_fanouts_between(flow->nest, parent, child);
    if (windows)
        return tw_window_distinct(flow, child, overflow);
    return fanouts ? outside * (tw_children(flow->nest, fanouts) / tw_plain_children(flow, fanouts))
                   : outside;
}

#endif
