#include "cost/traffic.h"

#include "base/checked.h"
#include "cost/interval_union.h"

/* What the children of the boundary share, and the axes of the tensor: windows and plain ones. */
typedef struct {
    const tw_nest *nest;
    unsigned parent, child;
    uint32_t merged; /* bit l: children of fanout l share words */
    uint32_t equal;  /* bit l: children of fanout l share equal tiles only */
    tw_dim_mask dims, plain_dims;
    uint64_t plain_words; /* positions of the child's tile on all plain axes */
    unsigned window_count;
    const tw_axis *windows[TW_MAX_AXES];
} boundary;

static void classify_fanouts(const tw_hierarchy *arch, bool output, boundary *b) {
    for (unsigned l = b->parent; l < b->child; l++) {
        const tw_fanout *fanout = &arch->levels[l].fanout;
        if (output ? fanout->reduce : fanout->multicast == TW_MULTICAST_WORDS)
            b->merged |= 1u << l;
        else if (!output && fanout->multicast == TW_MULTICAST_TILES)
            b->equal |= 1u << l;
    }
}

static void split_axes(const tw_tensor *tensor, boundary *b, bool *overflow) {
    b->window_count = 0;
    b->plain_words = 1;
    for (uint32_t windows = tensor->window_axes; windows; windows &= windows - 1)
        b->windows[b->window_count++] = &tensor->axes[__builtin_ctz(windows)];
    if (b->child == b->nest->level_count)
        return; /* one position each */
    for (unsigned a = 0; a < tensor->axis_count; a++)
        if (!(tensor->window_axes >> a & 1))
            b->plain_words = tw_mul_u64(
                b->plain_words, tw_axis_extent(&tensor->axes[a], b->nest->tile[b->child], overflow),
                overflow);
}

static uint64_t children(const boundary *b, unsigned l) {
    return b->nest->active[l + 1] / b->nest->active[l];
}

/* Children of the fanouts in `fanouts` that differ on some plain axis. */
static uint64_t plain_children(const boundary *b, uint32_t fanouts, bool *overflow) {
    uint64_t count = 1;
    for (unsigned l = b->parent; l < b->child; l++)
        if (fanouts >> l & 1 && b->nest->active[l + 1] > b->nest->active[l])
            for (tw_dim_mask dims = b->plain_dims; dims; dims &= dims - 1)
                count = tw_mul_u64(count, b->nest->spatial[l][__builtin_ctz(dims)], overflow);
    return count;
}

/* Positions on a window of the union over the children of the fanouts in `fanouts`, each an
 * interval of `length`. */
static uint64_t window_union(const boundary *b, const tw_axis *window, uint64_t length,
                             uint32_t fanouts, bool *overflow) {
    tw_progression progressions[TW_MAX_PROGRESSIONS];
    unsigned count = 0;
    for (unsigned i = 0; i < window->term_count; i++)
        for (unsigned l = b->parent; l < b->child; l++) {
            const tw_axis_term *term = &window->terms[i];
            const uint64_t factor = b->nest->spatial[l][term->dim];
            if (factor > 1 && (fanouts >> l & 1))
                progressions[count++] = (tw_progression){
                    tw_mul_u64(term->coefficient, b->nest->tile[l + 1][term->dim], overflow),
                    factor};
        }
    return count ? tw_interval_union(length, progressions, count, overflow) : length;
}

/* How many groups of children are served apart from each other: all children of fanouts that do
 * not share, and the distinct tiles where only equal ones are shared. */
static uint64_t separate_groups(const boundary *b, bool *overflow) {
    uint64_t groups = 1;
    for (unsigned l = b->parent; l < b->child; l++)
        if (!((b->merged | b->equal) >> l & 1))
            groups = tw_mul_u64(groups, children(b, l), overflow);
    if (!b->equal)
        return groups;
    groups = tw_mul_u64(groups, plain_children(b, b->equal, overflow), overflow);
    for (unsigned w = 0; w < b->window_count; w++)
        groups =
            tw_mul_u64(groups, window_union(b, b->windows[w], 1, b->equal, overflow), overflow);
    return groups;
}

/* The moving tile: on each window its extent, the union over the children that share words, and
 * how far the wrapped inner loops have shifted its origin. */
typedef struct {
    uint64_t plain_merged; /* of the union over the children: positions on all plain axes */
    uint64_t extent[TW_MAX_AXES], merged[TW_MAX_AXES];
    uint64_t wrapped[TW_MAX_AXES]; /* backwards: subtracted from the origin */
    tw_traffic words;              /* of the whole tile: one child's, and of the union */
} moving_tile;

static void measure_tile(const boundary *b, moving_tile *m, bool *overflow) {
    m->plain_merged = tw_mul_u64(b->plain_words, plain_children(b, b->merged, overflow), overflow);
    m->words = (tw_traffic){b->plain_words, m->plain_merged};
    for (unsigned w = 0; w < b->window_count; w++) {
        m->extent[w] = tw_axis_extent(b->windows[w], b->nest->tile[b->child], overflow);
        m->merged[w] = window_union(b, b->windows[w], m->extent[w], b->merged, overflow);
        m->wrapped[w] = 0;
        m->words.child = tw_mul_u64(m->words.child, m->extent[w], overflow);
        m->words.parent = tw_mul_u64(m->words.parent, m->merged[w], overflow);
    }
}

static uint64_t axis_coefficient(const tw_axis *axis, tw_dim dim) {
    for (unsigned i = 0; i < axis->term_count; i++)
        if (axis->terms[i].dim == dim)
            return axis->terms[i].coefficient;
    return 0;
}

static uint64_t distance(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

/* Words of the tile that stay when the origin moves by shift[w] on each window: for one child, and
 * for the union of the children that share words. A word of the union is new when some child
 * gets it as new on some axis, so those that stay form a product over the axes. */
static tw_traffic words_that_stay(const boundary *b, const moving_tile *m,
                                  const uint64_t shift[TW_MAX_AXES], bool sliding, bool *overflow) {
    tw_traffic stay = {b->plain_words, m->plain_merged};
    for (unsigned w = 0; w < b->window_count; w++) {
        if (shift[w] >= m->extent[w] || (shift[w] > 0 && !sliding))
            return (tw_traffic){0, 0};
        const uint64_t fresh =
            shift[w] == 0 ? 0 : window_union(b, b->windows[w], shift[w], b->merged, overflow);
        stay.child = tw_mul_u64(stay.child, m->extent[w] - shift[w], overflow);
        stay.parent = tw_mul_u64(stay.parent, m->merged[w] - fresh, overflow);
    }
    return stay;
}

static uint64_t repeat_words(uint64_t words, uint64_t factor, uint64_t stay, bool *overflow) {
    return tw_mul_u64(words, factor, overflow) - (factor - 1) * stay;
}

/* Runs the recurrence over the loops outside the child. Once a loop on a plain axis has moved the
 * tile, no later advance can overlap, and the rest is a product. */
static tw_traffic run_loops(const boundary *b, moving_tile *m, bool sliding, bool *overflow) {
    tw_traffic words = m->words;
    const tw_nest_loop *loop = &b->nest->loops[b->nest->outside[b->child]];
    bool moved = false;
    for (; loop->outer > 1 && !(b->plain_dims >> loop->dim & 1); loop++) {
        if (!moved && !(b->dims >> loop->dim & 1))
            continue; /* a loop inside the first one that moves the tile costs nothing */
        uint64_t shift[TW_MAX_AXES];
        for (unsigned w = 0; w < b->window_count; w++) {
            const uint64_t advance =
                tw_mul_u64(axis_coefficient(b->windows[w], loop->dim), loop->step, overflow);
            shift[w] = distance(advance, m->wrapped[w]);
            m->wrapped[w] = tw_add_u64(m->wrapped[w],
                                       tw_mul_u64(advance, loop->factor - 1, overflow), overflow);
        }
        moved = true;
        const tw_traffic stay = words_that_stay(b, m, shift, sliding, overflow);
        words.child = repeat_words(words.child, loop->factor, stay.child, overflow);
        words.parent = repeat_words(words.parent, loop->factor, stay.parent, overflow);
    }
    words.child = tw_mul_u64(words.child, loop->outer, overflow);
    words.parent = tw_mul_u64(words.parent, loop->outer, overflow);
    return words;
}

tw_traffic tw_boundary_traffic(const tw_hierarchy *arch, const tw_problem *problem,
                               const tw_nest *nest, unsigned tensor, unsigned parent,
                               unsigned child, bool *overflow) {
    const tw_tensor *t = &problem->tensors[tensor];
    bool beyond = false; /* a local flag stays in a register */
    boundary b;
    b.nest = nest;
    b.parent = parent;
    b.child = child;
    b.merged = b.equal = 0;
    b.dims = t->dim_mask;
    b.plain_dims = t->plain_dims;
    classify_fanouts(arch, t->role == TW_ROLE_OUTPUT, &b);
    split_axes(t, &b, &beyond);
    moving_tile m;
    measure_tile(&b, &m, &beyond);
    tw_traffic words;
    if (child == nest->level_count) {
        const uint64_t steps = nest->loops[0].outer;
        words = (tw_traffic){steps, tw_mul_u64(m.words.parent, steps, &beyond)};
    } else {
        words = run_loops(&b, &m, arch->levels[child].sliding_window, &beyond);
    }
    words.parent = tw_mul_u64(words.parent, separate_groups(&b, &beyond), &beyond);
    *overflow |= beyond;
    return words;
}

/* Distinct positions on one axis over all loops outside `level`. */
static uint64_t axis_distinct(const tw_nest *nest, const tw_axis *axis, unsigned level,
                              bool *overflow) {
    tw_progression progressions[TW_MAX_NEST];
    unsigned count = 0;
    for (unsigned i = nest->outside[level]; i < nest->loop_count; i++) {
        const uint64_t coefficient = axis_coefficient(axis, nest->loops[i].dim);
        if (coefficient)
            progressions[count++] = (tw_progression){
                tw_mul_u64(coefficient, nest->loops[i].step, overflow), nest->loops[i].factor};
    }
    const uint64_t extent = tw_axis_extent(axis, nest->tile[level], overflow);
    return tw_interval_union(extent, progressions, count, overflow);
}

uint64_t tw_distinct_words(const tw_problem *problem, const tw_nest *nest, unsigned tensor,
                           unsigned level, bool *overflow) {
    const tw_tensor *t = &problem->tensors[tensor];
    bool beyond = false;
    uint64_t words = 1;
    for (unsigned a = 0; a < t->axis_count; a++) {
        const tw_axis *axis = &t->axes[a];
        const uint64_t positions = t->window_axes >> a & 1
                                       ? axis_distinct(nest, axis, level, &beyond)
                                       : tw_axis_extent(axis, nest->tile[level], &beyond);
        words = tw_mul_u64(words, positions, &beyond);
    }
    for (unsigned i = nest->outside[level]; i < nest->loop_count; i++)
        if (t->plain_dims >> nest->loops[i].dim & 1)
            words = tw_mul_u64(words, nest->loops[i].factor, &beyond);
    *overflow |= beyond;
    return words;
}
