/* The exhaustive search over blockings and orders, without visiting most of them.
 *
 * With three loops, a level's order matters only through its innermost loop of more than one
 * iteration: the category that this loop does not index is fetched once for it, the others anew
 * each time. So a level is a choice of factors and of one innermost loop. Given the outermost
 * level, memory traffic is known, and everything below it costs at least as if each datum passed
 * once: that is the bound by which whole groups are left out, cheapest group first. Within a group
 * the innermost loop of the middle level takes all of its factor, and traffic falls with the
 * register tiles of the two other loops, so that these are walked downwards until the cost passes
 * the limit.
 *
 * Bounds leave out only what is strictly worse than the best found (by more than rounding), what is
 * left is priced exactly and ties go to the first in the original's enumeration order: the result
 * equals that of the full enumeration. */
#include <string.h>

#include "tiled/divisors.h"
#include "tiled/nest_search.h"

/* The outermost level of a group. */
typedef struct {
    tw_goal_key bound;
    int64_t t0[TW_LOOPS];
    int inner0;
} group;

typedef struct {
    tw_nest_search n;
    /* The group at hand. */
    int64_t t0[TW_LOOPS], rest[TW_LOOPS], fetch0[TW_DATAS];
    bool pinned;
    int inner0;
} search;

/* The two loops that index a category of a nest with filters, and the one that does not. */
static const int data_a[TW_DATAS] = {TW_LOOP_IFM, TW_LOOP_IFM, TW_LOOP_OFM};
static const int data_b[TW_DATAS] = {TW_LOOP_OFM, TW_LOOP_BAT, TW_LOOP_BAT};
static const int data_not[TW_DATAS] = {TW_LOOP_BAT, TW_LOOP_OFM, TW_LOOP_IFM};

/* Innermost first, then the other loops of more than one iteration, then the rest. */
static void canonical_order(const int64_t t[TW_LOOPS], int inner, int order[TW_LOOPS]) {
    int place = 0;
    if (inner >= 0)
        order[inner] = place++;
    for (int pass = 0; pass < 2; pass++)
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (lp != inner && (t[lp] > 1) == (pass == 0))
                order[lp] = place++;
}

/* ---- Fetches ---- */

static int64_t written_and_read(int d, int64_t times) {
    return d == TW_DATA_OFM ? 2 * times - 1 : times;
}

static void count_outer_fetches(const int64_t t0[TW_LOOPS], int inner0, int64_t fetch[TW_DATAS]) {
    for (int d = 0; d < TW_DATAS; d++) {
        const int out = data_not[d];
        const bool alone = t0[data_a[d]] == 1 && t0[data_b[d]] == 1;
        fetch[d] = alone || out == inner0 ? 1 : written_and_read(d, t0[out]);
    }
}

/* The least that fetches into the registers can be: those into the buffer. */
static void least_inner_fetches(const int64_t fetch0[TW_DATAS], int64_t fetch1[TW_DATAS]) {
    for (int d = 0; d < TW_DATAS; d++)
        fetch1[d] = fetch0[d];
}

static bool filters_pinned(const search *s, const int64_t t0[TW_LOOPS]) {
    return s->n.context->resource->no_time_mux && t0[TW_LOOP_IFM] == 1 && t0[TW_LOOP_OFM] == 1;
}

/* ---- The two inner levels of a group ---- */

/* Fetches into the registers. */
static void count_inner_fetches(const search *s, const int64_t t1[TW_LOOPS], int inner1,
                                int64_t fetch1[TW_DATAS]) {
    for (int d = 0; d < TW_DATAS; d++) {
        const int out = data_not[d];
        if (t1[data_a[d]] == 1 && t1[data_b[d]] == 1)
            fetch1[d] = s->fetch0[d];
        else
            fetch1[d] = written_and_read(d, s->t0[out] * (out == inner1 ? 1 : t1[out]));
    }
}

static bool registers_hold(const search *s, const int64_t t2[TW_LOOPS]) {
    int64_t words = 0;
    for (int d = 0; d < TW_DATAS; d++)
        words += t2[data_a[d]] * t2[data_b[d]] * s->n.nest->usize_regf[d];
    return words <= s->n.context->resource->regf_words;
}

/* Looks at one blocking; false when it is worse than the limit. */
static bool try_blocking(search *s, const int64_t t2[TW_LOOPS], int inner1) {
    tw_loop_split split;
    int64_t fetch1[TW_DATAS];
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        split.t[0][lp] = s->t0[lp];
        split.t[1][lp] = s->rest[lp] / t2[lp];
        split.t[2][lp] = t2[lp];
    }
    count_inner_fetches(s, split.t[1], inner1, fetch1);
    if (tw_best_blockings_exclude(
            &s->n.best, tw_fetch_cost_key(&s->n.cost, s->fetch0, fetch1, s->pinned, false)))
        return false;
    canonical_order(split.t[0], s->inner0, split.order[0]);
    canonical_order(split.t[1], inner1, split.order[1]);
    tw_best_blockings_add(&s->n.best, &split);
    return true;
}

/* Register tiles of loop z downwards, the others given. The cost rises as the tile shrinks, once
 * the loop runs at the middle level at all. */
static void walk_last(search *s, int64_t t2[TW_LOOPS], int z, int inner1) {
    for (unsigned i = s->n.divisor_count[z]; i-- > 0;) {
        const int64_t tile = s->n.divisors[z][i];
        if (tile > s->rest[z] || s->rest[z] % tile)
            continue;
        t2[z] = tile;
        if (registers_hold(s, t2) && !try_blocking(s, t2, inner1) && tile < s->rest[z])
            break;
    }
}

static void walk_both(search *s, int64_t t2[TW_LOOPS], int y, int z, int inner1) {
    for (unsigned i = s->n.divisor_count[y]; i-- > 0;) {
        const int64_t tile = s->n.divisors[y][i];
        if (tile > s->rest[y] || s->rest[y] % tile)
            continue;
        t2[y] = tile;
        t2[z] = 1;
        if (registers_hold(s, t2))
            walk_last(s, t2, z, inner1);
    }
}

/* The middle level with `inner1` innermost: it takes all of that loop. Another loop that is
 * innermost at the outermost level must not run here. */
static void walk_middle(search *s, int inner1) {
    const int y = (inner1 + 1) % TW_LOOPS, z = (inner1 + 2) % TW_LOOPS;
    int64_t t2[TW_LOOPS];
    t2[inner1] = 1;
    if (s->inner0 < 0 || s->inner0 == inner1) {
        walk_both(s, t2, y, z, inner1);
        return;
    }
    const int moving = s->inner0 == y ? z : y;
    t2[s->inner0] = s->rest[s->inner0];
    walk_last(s, t2, moving, inner1);
}

static void walk_group(search *s, const group *g) {
    memcpy(s->t0, g->t0, sizeof s->t0);
    s->inner0 = g->inner0;
    count_outer_fetches(g->t0, g->inner0, s->fetch0);
    s->pinned = filters_pinned(s, g->t0);
    for (int lp = 0; lp < TW_LOOPS; lp++)
        s->rest[lp] = s->n.nest->loopcnt[lp] / g->t0[lp];
    if ((s->inner0 < 0 || s->rest[s->inner0] == 1) && registers_hold(s, s->rest))
        try_blocking(s, s->rest, -1);
    for (int lp = 0; lp < TW_LOOPS; lp++)
        if (s->rest[lp] > 1)
            walk_middle(s, lp);
}

/* ---- Groups, cheapest first ---- */

/* Categories that must be stored have to fit whatever the inner levels are. */
static bool buffer_can_hold(const search *s, const int64_t t0[TW_LOOPS]) {
    int64_t words = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        if (s->n.context->options->gbuf_bypass[d])
            continue;
        const int64_t size = s->n.nest->loopcnt[data_a[d]] / t0[data_a[d]] *
                             (s->n.nest->loopcnt[data_b[d]] / t0[data_b[d]]) *
                             s->n.nest->usize_gbuf[d];
        words += (size + s->n.cost.group_size[d] - 1) / s->n.cost.group_size[d];
    }
    return words <= s->n.context->resource->gbuf_words;
}

static bool is_allowed(const search *s, const group *g) {
    tw_loop_split split;
    memcpy(split.t[0], g->t0, sizeof split.t[0]);
    canonical_order(g->t0, g->inner0, split.order[0]);
    return tw_blocking_meets(&s->n.context->top, &split);
}

static unsigned add_groups(const search *s, const int64_t t0[TW_LOOPS], group *out) {
    if (!buffer_can_hold(s, t0))
        return 0;
    unsigned count = 0;
    const bool none = t0[0] == 1 && t0[1] == 1 && t0[2] == 1;
    for (int inner = none ? -1 : 0; inner < (none ? 0 : TW_LOOPS); inner++) {
        if (inner >= 0 && t0[inner] == 1)
            continue;
        group *g = &out[count];
        int64_t fetch0[TW_DATAS], fetch1[TW_DATAS];
        memcpy(g->t0, t0, sizeof g->t0);
        g->inner0 = inner;
        if (!is_allowed(s, g))
            continue;
        count_outer_fetches(t0, inner, fetch0);
        least_inner_fetches(fetch0, fetch1);
        g->bound = tw_fetch_cost_key(&s->n.cost, fetch0, fetch1, filters_pinned(s, t0), true);
        count += !tw_best_blockings_exclude(&s->n.best, g->bound);
    }
    return count;
}

static bool group_before(const group *a, const group *b) {
    return tw_goal_key_less(a->bound, b->bound);
}

static void sift_down(group *heap, size_t count, size_t at) {
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (group_before(&heap[child], &heap[least]))
                least = child;
        if (least == at)
            return;
        const group swap = heap[at];
        heap[at] = heap[least];
        heap[least] = swap;
        at = least;
    }
}

/* Walks the groups from a heap until the cheapest left is worse than what is found. */
static void walk_cheapest_first(search *s, group *heap, size_t count) {
    for (size_t i = count / 2; i-- > 0;)
        sift_down(heap, count, i);
    while (count > 0 && !tw_best_blockings_exclude(&s->n.best, heap[0].bound)) {
        walk_group(s, &heap[0]);
        heap[0] = heap[--count];
        sift_down(heap, count, 0);
    }
}

/* All groups at once, or, when they would be too many to hold, those of one input-loop factor at a
 * time. */
enum { MOST_GROUPS = 1 << 17 };
static void search_with_filters(search *s, group *groups, size_t room) {
    size_t count = 0;
    for (unsigned i = 0; i < s->n.divisor_count[0]; i++) {
        for (unsigned o = 0; o < s->n.divisor_count[1]; o++)
            for (unsigned b = 0; b < s->n.divisor_count[2]; b++) {
                const int64_t t0[TW_LOOPS] = {s->n.divisors[0][i], s->n.divisors[1][o],
                                              s->n.divisors[2][b]};
                if (count + TW_LOOPS > room) {
                    walk_cheapest_first(s, groups, count);
                    count = 0;
                }
                count += add_groups(s, t0, groups + count);
            }
    }
    walk_cheapest_first(s, groups, count);
}

static size_t group_room(const tw_nest_search *n) {
    size_t groups = TW_LOOPS;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        groups *= n->divisor_count[lp];
    if (!n->nest->conv)
        groups = 0;
    return groups < MOST_GROUPS ? groups : MOST_GROUPS;
}

/* The search in one block of memory: groups, candidates, divisors. NULL: no memory. */
static group *prepare(tw_ctx *ctx, tw_nest_search *n, size_t *room) {
    const size_t candidates = n->context->options->top;
    size_t divisors = 0;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        divisors += n->divisor_count[lp] = tw_divisor_count(n->nest->loopcnt[lp]);
    *room = group_room(n);
    group *groups = tw_alloc(ctx, *room * sizeof *groups + candidates * sizeof *n->best.items +
                                      divisors * sizeof *n->divisors[0]);
    if (!groups)
        return NULL;
    n->best = (tw_best_blockings){n->context, n->nest, 0, (void *)(groups + *room)};
    int64_t *next = (void *)(n->best.items + candidates);
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        n->divisors[lp] = next;
        next += tw_divisors(n->nest->loopcnt[lp], next);
    }
    tw_fetch_cost_make(n->context, n->nest, &n->cost);
    return groups;
}

tw_status tw_blocking_search(tw_ctx *ctx, const tw_blocking_context *context,
                             const tw_nested_loop *nest, tw_blocking *out, unsigned *count) {
    search s = {.n = {.context = context, .nest = nest}};
    size_t room = 0;
    *count = 0;
    group *groups = prepare(ctx, &s.n, &room);
    if (!groups)
        return tw_out_of_memory(ctx);
    if (nest->conv)
        search_with_filters(&s, groups, room);
    else
        tw_nest_search_local(&s.n);
    for (unsigned i = 0; i < s.n.best.count; i++)
        tw_blocking_evaluate(context, nest, &s.n.best.items[i].split, &out[i]);
    *count = s.n.best.count;
    tw_free(ctx, groups);
    return TW_OK;
}
