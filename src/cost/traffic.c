#include "cost/traffic.h"

#include "base/checked.h"
#include "cost/interval_union.h"

/* An axis on which two dimensions really move (a sliding window): the only kind where tiles can
 * overlap in part. On every other axis tiles are equal or disjoint. */
static bool is_window(const tw_problem *problem, const tw_axis *axis) {
    return axis->term_count == 2 && problem->extent[axis->terms[0].dim] > 1 &&
           problem->extent[axis->terms[1].dim] > 1;
}

/* What the children of the boundary share. */
typedef struct {
    const tw_problem *problem;
    const tw_nest *nest;
    const tw_tensor *tensor;
    unsigned parent, child;
    uint32_t merged; /* bit l: children of fanout l share words */
    uint32_t equal;  /* bit l: children of fanout l share equal tiles only */
} boundary;

static void classify_fanouts(const tw_hierarchy *arch, boundary *b) {
    const bool output = b->tensor->role == TW_ROLE_OUTPUT;
    for (unsigned l = b->parent; l < b->child; l++) {
        const tw_fanout *fanout = &arch->levels[l].fanout;
        if (output ? fanout->reduce : fanout->multicast == TW_MULTICAST_WORDS)
            b->merged |= 1u << l;
        else if (!output && fanout->multicast == TW_MULTICAST_TILES)
            b->equal |= 1u << l;
    }
}

/* Positions on `axis` of the union over the children of the fanouts in `fanouts`, each an interval
 * of `length`. */
static uint64_t axis_union(const boundary *b, const tw_axis *axis, uint64_t length,
                           uint32_t fanouts, bool *overflow) {
    if (!is_window(b->problem, axis)) {
        for (unsigned i = 0; i < axis->term_count; i++)
            for (unsigned l = b->parent; l < b->child; l++)
                if (fanouts >> l & 1)
                    length = tw_mul_u64(length, b->nest->spatial[l][axis->terms[i].dim], overflow);
        return length;
    }
    tw_progression progressions[TW_MAX_PROGRESSIONS];
    unsigned count = 0;
    for (unsigned i = 0; i < axis->term_count; i++)
        for (unsigned l = b->parent; l < b->child; l++) {
            const tw_axis_term *term = &axis->terms[i];
            const uint64_t factor = b->nest->spatial[l][term->dim];
            if (factor > 1 && (fanouts >> l & 1))
                progressions[count++] = (tw_progression){
                    tw_mul_u64(term->coefficient, b->nest->tile[l + 1][term->dim], overflow),
                    factor};
        }
    return tw_interval_union(length, progressions, count, overflow);
}

/* How many groups of children are served apart from each other: all children of fanouts that do
 * not share, and the distinct tiles where only equal ones are shared. */
static uint64_t separate_groups(const boundary *b, bool *overflow) {
    uint64_t groups = 1;
    for (unsigned l = b->parent; l < b->child; l++)
        if (!((b->merged | b->equal) >> l & 1))
            groups = tw_mul_u64(groups, b->nest->active[l + 1] / b->nest->active[l], overflow);
    for (unsigned a = 0; b->equal && a < b->tensor->axis_count; a++)
        groups =
            tw_mul_u64(groups, axis_union(b, &b->tensor->axes[a], 1, b->equal, overflow), overflow);
    return groups;
}

/* The moving tile: per axis its extent, the union over the children that share words, and how far
 * the wrapped inner loops have shifted its origin. */
typedef struct {
    uint64_t extent[TW_MAX_AXES], merged[TW_MAX_AXES];
    uint64_t wrapped[TW_MAX_AXES]; /* backwards: subtracted from the origin */
    uint64_t tile_words, merged_words;
} moving_tile;

static void measure_tile(const boundary *b, moving_tile *m, bool *overflow) {
    m->tile_words = m->merged_words = 1;
    for (unsigned a = 0; a < b->tensor->axis_count; a++) {
        const tw_axis *axis = &b->tensor->axes[a];
        m->extent[a] = tw_axis_extent(axis, b->nest->tile[b->child], overflow);
        m->merged[a] = axis_union(b, axis, m->extent[a], b->merged, overflow);
        m->wrapped[a] = 0;
        m->tile_words = tw_mul_u64(m->tile_words, m->extent[a], overflow);
        m->merged_words = tw_mul_u64(m->merged_words, m->merged[a], overflow);
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

/* Words of the tile that stay when the origin moves by shift[a] on each axis: for one child, and
 * for the union of the children that share words. A word of the union is new when some child
 * gets it as new on some axis, so those that stay form a product over the axes. */
static tw_traffic words_that_stay(const boundary *b, const moving_tile *m,
                                  const uint64_t shift[TW_MAX_AXES], bool sliding, bool *overflow) {
    tw_traffic stay = {m->tile_words, m->merged_words};
    bool moved = false;
    for (unsigned a = 0; a < b->tensor->axis_count; a++) {
        if (shift[a] >= m->extent[a] || (shift[a] > 0 && !sliding))
            return (tw_traffic){0, 0};
        moved |= shift[a] > 0;
    }
    if (!moved)
        return stay;
    stay = (tw_traffic){1, 1};
    for (unsigned a = 0; a < b->tensor->axis_count; a++) {
        const uint64_t fresh =
            shift[a] == 0 ? 0 : axis_union(b, &b->tensor->axes[a], shift[a], b->merged, overflow);
        stay.child = tw_mul_u64(stay.child, m->extent[a] - shift[a], overflow);
        stay.parent = tw_mul_u64(stay.parent, m->merged[a] - fresh, overflow);
    }
    return stay;
}

static uint64_t repeat_words(uint64_t words, uint64_t factor, uint64_t stay, bool *overflow) {
    return tw_mul_u64(words, factor, overflow) - (factor - 1) * stay;
}

/* Runs the recurrence over the loops outside the child. Once a loop on an axis without a window
 * has moved the tile, no later advance can overlap, and the rest is a product. */
static tw_traffic run_loops(const boundary *b, moving_tile *m, bool sliding, bool *overflow) {
    tw_traffic words = {m->tile_words, m->merged_words};
    const tw_nest_loop *loop = &b->nest->loops[b->nest->outside[b->child]];
    bool moved = false;
    for (; loop->outer > 1; loop++) {
        if (!moved && !(b->tensor->dim_mask >> loop->dim & 1))
            continue; /* a loop inside the first one that moves the tile costs nothing */
        uint64_t shift[TW_MAX_AXES];
        bool leaves = false;
        for (unsigned a = 0; a < b->tensor->axis_count; a++) {
            const uint64_t coefficient = axis_coefficient(&b->tensor->axes[a], loop->dim);
            const uint64_t advance = tw_mul_u64(coefficient, loop->step, overflow);
            shift[a] = distance(advance, m->wrapped[a]);
            m->wrapped[a] = tw_add_u64(m->wrapped[a],
                                       tw_mul_u64(advance, loop->factor - 1, overflow), overflow);
            leaves |= coefficient > 0 && !is_window(b->problem, &b->tensor->axes[a]);
        }
        moved = true;
        if (leaves)
            break;
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
    boundary b = {problem, nest, &problem->tensors[tensor], parent, child, 0, 0};
    classify_fanouts(arch, &b);
    moving_tile m;
    measure_tile(&b, &m, overflow);
    tw_traffic words;
    if (child == nest->level_count) {
        const uint64_t steps = nest->loops[0].outer;
        words = (tw_traffic){steps, tw_mul_u64(m.merged_words, steps, overflow)};
    } else {
        words = run_loops(&b, &m, arch->levels[child].sliding_window, overflow);
    }
    words.parent = tw_mul_u64(words.parent, separate_groups(&b, overflow), overflow);
    return words;
}

uint64_t tw_distinct_words(const tw_problem *problem, const tw_nest *nest, unsigned tensor,
                           unsigned level, bool *overflow) {
    const tw_tensor *t = &problem->tensors[tensor];
    uint64_t words = 1;
    for (unsigned a = 0; a < t->axis_count; a++) {
        const tw_axis *axis = &t->axes[a];
        const bool window = is_window(problem, axis);
        tw_progression progressions[TW_MAX_NEST];
        unsigned count = 0;
        uint64_t positions = tw_axis_extent(axis, nest->tile[level], overflow);
        for (unsigned i = nest->outside[level]; i < nest->loop_count; i++) {
            const tw_nest_loop *loop = &nest->loops[i];
            const uint64_t coefficient = axis_coefficient(axis, loop->dim);
            if (coefficient && window)
                progressions[count++] =
                    (tw_progression){tw_mul_u64(coefficient, loop->step, overflow), loop->factor};
            else if (coefficient)
                positions = tw_mul_u64(positions, loop->factor, overflow);
        }
        if (window)
            positions = tw_interval_union(positions, progressions, count, overflow);
        words = tw_mul_u64(words, positions, overflow);
    }
    return words;
}
