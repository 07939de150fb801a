/* A tile, a union of tiles and a shift of a tile lie within the tensor, whose words fit 64 bits
 * (tw_problem_make): only what the iterations multiply can leave them, and is checked. */
#include "cost/windows.h"

#include "cost/interval_union.h"
#include "cost/traffic.h"

static uint64_t window_extent(const tw_axis *window, const uint64_t tile[TW_DIM_COUNT]) {
    uint64_t positions = 1;
    for (unsigned i = 0; i < TW_MAX_AXIS_TERMS; i++)
        positions += window->terms[i].coefficient * (tile[window->terms[i].dim] - 1);
    return positions;
}

/* Positions that one iteration of `loop` moves on the window. */
static uint64_t window_step(const tw_axis *window, const tw_nest_loop *loop) {
    for (unsigned i = 0; i < window->term_count; i++)
        if (window->terms[i].dim == loop->dim)
            return window->terms[i].coefficient * loop->step;
    return 0;
}

/* Positions on a window of the union over the children of `fanouts`, each an interval of `length`.
 */
static uint64_t window_union(const tw_flow *flow, const tw_axis *window, uint64_t length,
                             uint32_t fanouts, bool *overflow) {
    tw_progression progressions[TW_MAX_PROGRESSIONS];
    unsigned count = 0;
    for (; fanouts; fanouts &= fanouts - 1) {
        const unsigned l = (unsigned)__builtin_ctz(fanouts);
        for (unsigned i = 0; i < window->term_count; i++) {
            const tw_axis_term *term = &window->terms[i];
            const uint64_t factor = flow->nest->spatial[l][term->dim];
            if (factor > 1)
                progressions[count++] = (tw_progression){
                    term->coefficient * flow->nest->tile[l + 1][term->dim], factor};
        }
    }
    return count ? tw_interval_union(length, progressions, count, overflow) : length;
}

uint64_t tw_window_starts(const tw_flow *flow, uint32_t fanouts, bool *overflow) {
    uint64_t starts = 1;
    for (unsigned w = 0; w < flow->tensor->window_count; w++)
        starts *= window_union(flow, &flow->tensor->windows[w], 1, fanouts, overflow);
    return starts;
}

/* The moving tile, of one child and of the union over the children that share words: positions on
 * all plain axes together and on each window, and how far the wrapped inner loops have shifted
 * its origin. */
typedef struct {
    const tw_flow *flow;
    uint32_t merged; /* the fanouts whose children form the union */
    uint64_t plain, plain_union;
    uint64_t extent[TW_MAX_AXES], extent_union[TW_MAX_AXES];
    uint64_t wrapped[TW_MAX_AXES]; /* backwards: subtracted from the origin */
} moving_tile;

/* Words of the whole tile. */
static tw_traffic measure_tile(moving_tile *m, const uint64_t tile[TW_DIM_COUNT], bool *overflow) {
    const tw_tensor *tensor = m->flow->tensor;
    tw_traffic words = {m->plain, m->plain, m->plain_union};
    for (unsigned w = 0; w < tensor->window_count; w++) {
        const tw_axis *window = &tensor->windows[w];
        m->extent[w] = window_extent(window, tile);
        m->extent_union[w] = window_union(m->flow, window, m->extent[w], m->merged, overflow);
        m->wrapped[w] = 0;
        words.tile *= m->extent[w];
        words.parent *= m->extent_union[w];
    }
    words.child = words.tile;
    return words;
}

static uint64_t distance(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

/* The shift of the origin on each window when `loop` advances; afterwards that loop wraps too. */
static void advance(moving_tile *m, const tw_nest_loop *loop, uint64_t shift[TW_MAX_AXES]) {
    for (unsigned w = 0; w < m->flow->tensor->window_count; w++) {
        const uint64_t step = window_step(&m->flow->tensor->windows[w], loop);
        shift[w] = distance(step, m->wrapped[w]);
        m->wrapped[w] += step * (loop->factor - 1);
    }
}

/* Words of the tile that stay when the origin moves by shift[w] on each window: for one child, and
 * for the union of the children that share words. A word of the union is new when some child
 * gets it as new on some axis, so those that stay form a product over the axes. */
static tw_traffic words_that_stay(const moving_tile *m, const uint64_t shift[TW_MAX_AXES],
                                  bool sliding, bool *overflow) {
    tw_traffic stay = {.child = m->plain, .parent = m->plain_union};
    for (unsigned w = 0; w < m->flow->tensor->window_count; w++) {
        uint64_t fresh = 0;
        if (shift[w] > 0) {
            if (shift[w] >= m->extent[w] || !sliding)
                return (tw_traffic){.child = 0, .parent = 0};
            fresh =
                window_union(m->flow, &m->flow->tensor->windows[w], shift[w], m->merged, overflow);
        }
        stay.child *= m->extent[w] - shift[w];
        stay.parent *= m->extent_union[w] - fresh;
    }
    return stay;
}

static uint64_t repeat_words(uint64_t words, uint64_t factor, uint64_t stay, bool *overflow) {
    return tw_mul_u64(words, factor, overflow) - (factor - 1) * stay;
}

/* Runs the recurrence over `loop` and those outside it. Once a loop on a plain axis has moved the
 * tile, no later advance can overlap, and the rest is a product. */
static tw_traffic run_loops(moving_tile *m, const tw_nest_loop *loop, bool sliding,
                            tw_traffic words, bool *overflow) {
    const tw_tensor *tensor = m->flow->tensor;
    bool moved = false;
    for (; loop->outer > 1 && !(tensor->plain_dims >> loop->dim & 1); loop++) {
        if (!moved && !(tensor->dim_mask >> loop->dim & 1))
            continue; /* a loop inside the first one that moves the tile costs nothing */
        uint64_t shift[TW_MAX_AXES];
        advance(m, loop, shift);
        moved = true;
        const tw_traffic stay = words_that_stay(m, shift, sliding, overflow);
        words.child = repeat_words(words.child, loop->factor, stay.child, overflow);
        words.parent = repeat_words(words.parent, loop->factor, stay.parent, overflow);
    }
    words.child = tw_mul_u64(words.child, loop->outer, overflow);
    words.parent = tw_mul_u64(words.parent, loop->outer, overflow);
    return words;
}

tw_traffic tw_window_traffic(const tw_flow *flow, unsigned child, uint32_t merged, bool *overflow) {
    const tw_nest *nest = flow->nest;
    bool beyond = false; /* a local flag stays in a register */
    moving_tile m;
    m.flow = flow;
    m.merged = merged;
    m.plain = tw_plain_product(flow->tensor, nest->tile[child]);
    m.plain_union = m.plain * tw_plain_children(flow, merged);
    const tw_traffic tile = measure_tile(&m, nest->tile[child], &beyond);
    const tw_traffic words = run_loops(&m, &nest->loops[nest->outside[child]],
                                       flow->arch->levels[child].sliding_window, tile, &beyond);
    *overflow |= beyond;
    return words;
}

/* Distinct positions on one window over all loops outside `level`. */
static uint64_t distinct_positions(const tw_nest *nest, const tw_axis *window, unsigned level,
                                   bool *overflow) {
    tw_progression progressions[TW_MAX_NEST];
    unsigned count = 0;
    for (unsigned i = nest->outside[level]; i < nest->loop_count; i++) {
        const uint64_t step = window_step(window, &nest->loops[i]);
        if (step > 0)
            progressions[count++] = (tw_progression){step, nest->loops[i].factor};
    }
    return tw_interval_union(window_extent(window, nest->tile[level]), progressions, count,
                             overflow);
}

/* Positions on the windows, and tiles side by side on the plain axes. */
uint64_t tw_window_distinct(const tw_flow *flow, unsigned level, bool *overflow) {
    const tw_nest *nest = flow->nest;
    const tw_dim_mask dims = flow->tensor->plain_dims;
    uint64_t words = tw_plain_product(flow->tensor, nest->tile[level]);
    for (unsigned w = 0; w < flow->tensor->window_count; w++)
        words *= distinct_positions(nest, &flow->tensor->windows[w], level, overflow);
    for (unsigned i = nest->outside[level]; i < nest->loop_count; i++)
        if (dims >> nest->loops[i].dim & 1)
            words *= nest->loops[i].factor;
    return tw_mul_u64(words, nest->active[level], overflow);
}
