/* Without windows every count is a product of different factors of the nest, at most the MACs,
 * which fit 64 bits (tw_problem_make): such a product is not checked. */
#include "cost/traffic.h"

#include "base/checked.h"
#include "cost/windows.h"

static uint32_t fanouts_between(unsigned parent, unsigned child) {
    return (1u << child) - (1u << parent);
}

static uint64_t product(const uint64_t factors[TW_DIM_COUNT], tw_dim_mask dims) {
    uint64_t result = 1;
    for (; dims; dims &= dims - 1)
        result *= factors[__builtin_ctz(dims)];
    return result;
}

/* Children of `fanouts` that differ in `dims`. */
static uint64_t children(const tw_nest *nest, uint32_t fanouts, tw_dim_mask dims) {
    uint64_t count = 1;
    for (; fanouts; fanouts &= fanouts - 1)
        count *= product(nest->spatial[__builtin_ctz(fanouts)], dims);
    return count;
}

/* How many different tiles the children of `fanouts` hold. */
static uint64_t different_tiles(const tw_flow *flow, uint32_t fanouts, bool *overflow) {
    const uint64_t tiles = children(flow->nest, fanouts, flow->tensor->plain_dims);
    return flow->tensor->window_count ? tiles * tw_window_starts(flow, fanouts, overflow) : tiles;
}

/* Every step brings each compute unit its word. */
static tw_traffic compute_traffic(const tw_flow *flow, uint32_t merged, bool *overflow) {
    const uint64_t steps = flow->nest->loops[0].outer;
    return (tw_traffic){1, steps, steps * different_tiles(flow, merged, overflow)};
}

static tw_traffic plain_traffic(const tw_flow *flow, unsigned child, uint32_t merged) {
    const tw_nest *nest = flow->nest;
    const tw_dim_mask dims = flow->tensor->plain_dims;
    const tw_nest_loop *loop = &nest->loops[nest->outside[child]];
    while (loop->outer > 1 && !(dims >> loop->dim & 1))
        loop++;
    const uint64_t tile = product(nest->tile[child], dims), words = tile * loop->outer;
    return (tw_traffic){tile, words, words * children(nest, merged, dims)};
}

static tw_traffic window_traffic(const tw_flow *flow, unsigned child, uint32_t merged,
                                 bool *overflow) {
    const tw_dim_mask dims = flow->tensor->plain_dims;
    const uint64_t plain = product(flow->nest->tile[child], dims);
    return tw_window_traffic(flow, child, merged, plain, plain * children(flow->nest, merged, dims),
                             overflow);
}

/* How many groups of children are served apart from each other: all children of fanouts that share
 * nothing, and the different tiles where only equal ones are shared. */
static uint64_t separate_groups(const tw_flow *flow, uint32_t fanouts, bool *overflow) {
    return children(flow->nest, flow->separate & fanouts, TW_ALL_DIMS) *
           different_tiles(flow, flow->equal & fanouts, overflow);
}

tw_traffic tw_boundary_traffic(const tw_flow *flow, unsigned parent, unsigned child,
                               bool *overflow) {
    const uint32_t fanouts = fanouts_between(parent, child);
    const uint32_t merged = flow->merged & fanouts;
    tw_traffic words;
    if (child == flow->nest->level_count)
        words = compute_traffic(flow, merged, overflow);
    else if (flow->tensor->window_count)
        words = window_traffic(flow, child, merged, overflow);
    else
        words = plain_traffic(flow, child, merged);
    if (fanouts & (flow->equal | flow->separate))
        words.parent = tw_mul_u64(words.parent, separate_groups(flow, fanouts, overflow), overflow);
    return words;
}

/* Positions on the windows, and tiles side by side on the plain axes. */
static uint64_t window_distinct(const tw_flow *flow, unsigned level, bool *overflow) {
    const tw_nest *nest = flow->nest;
    const tw_dim_mask dims = flow->tensor->plain_dims;
    uint64_t words = product(nest->tile[level], dims) * tw_window_distinct(flow, level, overflow);
    for (unsigned i = nest->outside[level]; i < nest->loop_count; i++)
        if (dims >> nest->loops[i].dim & 1)
            words *= nest->loops[i].factor;
    return tw_mul_u64(words, nest->active[level], overflow);
}

/* Without windows, children that differ in a dimension of the tensor divide its words among
 * themselves, and those that differ in another hold copies. */
uint64_t tw_distinct_words(const tw_flow *flow, unsigned parent, unsigned child, uint64_t outside,
                           bool *overflow) {
    if (flow->tensor->window_count)
        return window_distinct(flow, child, overflow);
    const uint32_t several = flow->merged | flow->equal | flow->separate;
    return outside * children(flow->nest, several & fanouts_between(parent, child),
                              TW_ALL_DIMS & ~flow->tensor->plain_dims);
}
