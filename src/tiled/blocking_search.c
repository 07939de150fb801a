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
#include <math.h>

#include "tiled/blocking.h"
#include "tiled/divisors.h"
#include "tiled/goal_key.h"

/* Relative slack of bounds: they are summed in another order than the exact cost. */
#define SLACK 1e-9

typedef struct {
    tw_goal_key key;
    int64_t rank[8]; /* place in the original's enumeration */
    tw_loop_split split;
} candidate;

/* The outermost level of a group. */
typedef struct {
    tw_goal_key bound;
    int64_t t0[TW_LOOPS];
    int inner0;
} group;

typedef struct {
    const tw_blocking_context *c;
    const tw_nested_loop *nest;
    unsigned count; /* candidates found, at most options->top */
    candidate *best;

    int64_t *divisors[TW_LOOPS];
    unsigned divisor_count[TW_LOOPS];

    /* Per fetch, all nodes: cost and words from memory when kept in the buffer or not; cost of the
     * array network; cost and words of the buffer. */
    double memory_cost[2][TW_DATAS], memory_words[2][TW_DATAS];
    double network_cost[TW_DATAS], buffer_cost[TW_DATAS], buffer_words[TW_DATAS];
    double fixed_cost;
    int64_t proc_time;
    int64_t group_size[TW_DATAS];

    /* The group at hand. */
    int64_t t0[TW_LOOPS], rest[TW_LOOPS], fetch0[TW_DATAS], gbuf[TW_DATAS];
    bool pinned;
    int inner0;
} search;

/* The two loops that index a category of a nest with filters, and the one that does not. */
static const int data_a[TW_DATAS] = {TW_LOOP_IFM, TW_LOOP_IFM, TW_LOOP_OFM};
static const int data_b[TW_DATAS] = {TW_LOOP_OFM, TW_LOOP_BAT, TW_LOOP_BAT};
static const int data_not[TW_DATAS] = {TW_LOOP_BAT, TW_LOOP_OFM, TW_LOOP_IFM};

/* Whether nothing with this key or a larger one can be among the best. */
static bool is_worse(const search *s, tw_goal_key bound) {
    if (s->count < s->c->options->top)
        return false;
    const tw_goal_key limit = s->best[s->count - 1].key;
    const double allowed = limit.first + SLACK * fabs(limit.first);
    if (s->c->options->goal != TW_GOAL_D)
        return bound.first > allowed;
    return bound.first > limit.first ||
           (bound.first == limit.first && bound.second > limit.second + SLACK * limit.second);
}

/* ---- Exact candidates ---- */

static int permutation_rank(const int order[TW_LOOPS]) {
    return 2 * order[0] + (order[1] > order[2]);
}

static int compare_rank(const int64_t a[8], const int64_t b[8]) {
    for (int i = 0; i < 8; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static bool comes_before(const candidate *a, const candidate *b) {
    if (tw_goal_key_less(a->key, b->key))
        return true;
    return !tw_goal_key_less(b->key, a->key) && compare_rank(a->rank, b->rank) < 0;
}

static void add_candidate(search *s, const tw_loop_split *split) {
    tw_blocking priced;
    tw_blocking_price(s->c, s->nest, split, &priced);
    if (!priced.valid)
        return;
    candidate new = {
        .key = tw_goal_key_of(s->c->options->goal, priced.access_cost, (double)priced.time),
        .split = *split};
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        new.rank[2 * lp] = split->t[0][lp];
        new.rank[2 * lp + 1] = split->t[1][lp];
    }
    new.rank[6] = permutation_rank(split->order[0]);
    new.rank[7] = permutation_rank(split->order[1]);
    unsigned at = s->count;
    if (at == s->c->options->top) {
        if (!comes_before(&new, &s->best[at - 1]))
            return;
        at--;
    } else {
        s->count++;
    }
    for (; at > 0 && comes_before(&new, &s->best[at - 1]); at--)
        s->best[at] = s->best[at - 1];
    s->best[at] = new;
}

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

/* ---- Bounds ---- */

static void prepare_costs(search *s) {
    const tw_blocking_context *c = s->c;
    const double *unit = c->cost->mem_hier, nodes = c->nodes;
    double passes = 1;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        passes *= (double)s->nest->loopcnt[lp];
    s->proc_time = s->nest->unit_time * (int64_t)passes;
    s->fixed_cost = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        const bool off_chip = (d != TW_DATA_IFM || c->src == TW_END_DRAM) &&
                              (d != TW_DATA_OFM || c->dst == TW_END_DRAM);
        s->group_size[d] = tw_sharing_group(c->sharing, (tw_data)d);
        const bool forwarded = c->options->gbuf_sharing || c->options->access_forwarding;
        const double share = nodes / (double)(forwarded ? s->group_size[d] : 1);
        for (int stored = 0; stored < 2; stored++) {
            const double words =
                tw_nest_total_access(s->nest, stored ? TW_MEM_DRAM : TW_MEM_GBUF, (tw_data)d) *
                share;
            s->memory_cost[stored][d] = words * unit[off_chip ? TW_MEM_DRAM : TW_MEM_GBUF];
            s->memory_words[stored][d] = off_chip ? words : 0;
        }
        s->network_cost[d] =
            tw_nest_total_access(s->nest, TW_MEM_ITCN, (tw_data)d) * nodes * unit[TW_MEM_ITCN];
        s->buffer_words[d] = tw_nest_total_access(s->nest, TW_MEM_GBUF, (tw_data)d) * nodes;
        s->buffer_cost[d] = s->buffer_words[d] * unit[TW_MEM_GBUF];
        s->fixed_cost += s->nest->unit_access[TW_MEM_REGF][d] * passes *
                         (d == TW_DATA_OFM ? 2 : 1) * nodes * unit[TW_MEM_REGF];
        if (!c->options->gbuf_sharing)
            s->group_size[d] = 1;
    }
}

static double time_bound(const search *s, double memory_words, double busiest_words) {
    double time = (double)s->proc_time;
    const double down = 1 - SLACK;
    const double memory = ceil(memory_words / s->c->resource->dram_words * down);
    if (memory > time)
        time = memory;
    if (s->c->resource->bus_words) {
        const double bus =
            ceil(busiest_words / s->c->nodes / (double)s->c->resource->bus_words * down);
        if (bus > time)
            time = bus;
    }
    return time;
}

/* The key of a blocking with these fetches, or a bound of it when a category may or may not be
 * stored (then fetch1 is the least possible). */
static tw_goal_key key_of_fetches(const search *s, const int64_t fetch0[TW_DATAS],
                                  const int64_t fetch1[TW_DATAS], bool pinned, bool is_bound) {
    double cost = s->fixed_cost, memory_words = 0, busiest = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        const double f0 = (double)(d == TW_DATA_FIL && pinned ? 0 : fetch0[d]);
        const double f1 = (double)fetch1[d];
        const bool must_store = !s->c->options->gbuf_bypass[d];
        const bool stored = must_store || fetch0[d] < fetch1[d];
        const double with = s->memory_cost[1][d] * f0 + s->buffer_cost[d] * f1;
        const double without = s->memory_cost[0][d] * f0;
        cost += s->network_cost[d] * f1;
        if (is_bound && !must_store) {
            cost += with < without ? with : without;
            memory_words += s->memory_words[1][d] * f0;
            continue;
        }
        cost += stored ? with : without;
        memory_words += s->memory_words[stored][d] * f0;
        if (stored && s->buffer_words[d] * f1 > busiest)
            busiest = s->buffer_words[d] * f1;
    }
    if (s->c->options->goal == TW_GOAL_E)
        return (tw_goal_key){cost, 0};
    return tw_goal_key_of(s->c->options->goal, cost, time_bound(s, memory_words, busiest));
}

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
    return s->c->resource->no_time_mux && t0[TW_LOOP_IFM] == 1 && t0[TW_LOOP_OFM] == 1;
}

tw_blocking_bound tw_blocking_lower_bound(const tw_blocking_context *context,
                                          const tw_nested_loop *nest) {
    search s = {.c = context, .nest = nest};
    const int64_t once[TW_DATAS] = {1, 1, 1};
    prepare_costs(&s);
    const bool pinned = context->resource->no_time_mux;
    double cost = s.fixed_cost, words = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        const double f0 = d == TW_DATA_FIL && pinned ? 0 : (double)once[d];
        const double with = s.memory_cost[1][d] * f0 + s.buffer_cost[d];
        const double without = s.memory_cost[0][d] * f0;
        const bool must_store = !context->options->gbuf_bypass[d];
        cost += s.network_cost[d] + (must_store || with < without ? with : without);
        words += s.memory_words[1][d] * f0;
    }
    return (tw_blocking_bound){cost, (int64_t)time_bound(&s, words, 0)};
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
        words += t2[data_a[d]] * t2[data_b[d]] * s->nest->usize_regf[d];
    return words <= s->c->resource->regf_words;
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
    if (is_worse(s, key_of_fetches(s, s->fetch0, fetch1, s->pinned, false)))
        return false;
    canonical_order(split.t[0], s->inner0, split.order[0]);
    canonical_order(split.t[1], inner1, split.order[1]);
    add_candidate(s, &split);
    return true;
}

/* Register tiles of loop z downwards, the others given. The cost rises as the tile shrinks, once
 * the loop runs at the middle level at all. */
static void walk_last(search *s, int64_t t2[TW_LOOPS], int z, int inner1) {
    for (unsigned i = s->divisor_count[z]; i-- > 0;) {
        const int64_t tile = s->divisors[z][i];
        if (tile > s->rest[z] || s->rest[z] % tile)
            continue;
        t2[z] = tile;
        if (registers_hold(s, t2) && !try_blocking(s, t2, inner1) && tile < s->rest[z])
            break;
    }
}

static void walk_both(search *s, int64_t t2[TW_LOOPS], int y, int z, int inner1) {
    for (unsigned i = s->divisor_count[y]; i-- > 0;) {
        const int64_t tile = s->divisors[y][i];
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
        s->rest[lp] = s->nest->loopcnt[lp] / g->t0[lp];
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
        if (s->c->options->gbuf_bypass[d])
            continue;
        const int64_t size = s->nest->loopcnt[data_a[d]] / t0[data_a[d]] *
                             (s->nest->loopcnt[data_b[d]] / t0[data_b[d]]) * s->nest->usize_gbuf[d];
        words += (size + s->group_size[d] - 1) / s->group_size[d];
    }
    return words <= s->c->resource->gbuf_words;
}

static bool is_allowed(const search *s, const group *g) {
    tw_loop_split split;
    memcpy(split.t[0], g->t0, sizeof split.t[0]);
    canonical_order(g->t0, g->inner0, split.order[0]);
    return tw_blocking_meets(&s->c->top, &split);
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
        g->bound = key_of_fetches(s, fetch0, fetch1, filters_pinned(s, t0), true);
        count += !is_worse(s, g->bound);
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
    while (count > 0 && !is_worse(s, heap[0].bound)) {
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
    for (unsigned i = 0; i < s->divisor_count[0]; i++) {
        for (unsigned o = 0; o < s->divisor_count[1]; o++)
            for (unsigned b = 0; b < s->divisor_count[2]; b++) {
                const int64_t t0[TW_LOOPS] = {s->divisors[0][i], s->divisors[1][o],
                                              s->divisors[2][b]};
                if (count + TW_LOOPS > room) {
                    walk_cheapest_first(s, groups, count);
                    count = 0;
                }
                count += add_groups(s, t0, groups + count);
            }
    }
    walk_cheapest_first(s, groups, count);
}

/* ---- Nests without filters ---- */

/* Each datum is fetched once whatever the blocking: all that fit are equal, and the first ones of
 * the enumeration are the result. */
static void add_all_orders(search *s, tw_loop_split *split) {
    static const int orders[6][TW_LOOPS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                            {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int p = 0; p < 36 && s->count < s->c->options->top; p++) {
        memcpy(split->order[0], orders[p / 6], sizeof split->order[0]);
        memcpy(split->order[1], orders[p % 6], sizeof split->order[1]);
        if (tw_blocking_meets(&s->c->top, split))
            add_candidate(s, split);
    }
}

static bool fits_anywhere(const search *s, const tw_loop_split *split) {
    int64_t registers = 0, buffer = 0;
    for (int d = TW_DATA_IFM; d < TW_DATAS; d++) {
        const int64_t tile = split->t[2][TW_LOOP_OFM] * split->t[2][TW_LOOP_BAT];
        const int64_t rows = tile * split->t[1][TW_LOOP_OFM] * split->t[1][TW_LOOP_BAT];
        const int64_t room = rows * s->nest->usize_gbuf[d];
        registers += tile * s->nest->usize_regf[d];
        if (!s->c->options->gbuf_bypass[d])
            buffer += (room + s->group_size[d] - 1) / s->group_size[d];
    }
    return registers <= s->c->resource->regf_words && buffer <= s->c->resource->gbuf_words;
}

/* Splits of the batch loop for one split of the output loop. */
static void walk_batch(search *s, tw_loop_split *split) {
    const int64_t total = s->nest->loopcnt[TW_LOOP_BAT];
    const int64_t *divisors = s->divisors[TW_LOOP_BAT];
    for (unsigned i = 0; i < s->divisor_count[TW_LOOP_BAT]; i++)
        for (unsigned j = 0; j < s->divisor_count[TW_LOOP_BAT]; j++) {
            if (total / divisors[i] % divisors[j] || s->count == s->c->options->top)
                continue;
            split->t[0][TW_LOOP_BAT] = divisors[i];
            split->t[1][TW_LOOP_BAT] = divisors[j];
            split->t[2][TW_LOOP_BAT] = total / divisors[i] / divisors[j];
            if (fits_anywhere(s, split))
                add_all_orders(s, split);
        }
}

static void search_without_filters(search *s) {
    const int64_t total = s->nest->loopcnt[TW_LOOP_OFM];
    const int64_t *divisors = s->divisors[TW_LOOP_OFM];
    tw_loop_split split;
    for (int bl = 0; bl < 3; bl++)
        split.t[bl][TW_LOOP_IFM] = 1;
    for (unsigned i = 0; i < s->divisor_count[TW_LOOP_OFM]; i++)
        for (unsigned j = 0; j < s->divisor_count[TW_LOOP_OFM]; j++) {
            if (total / divisors[i] % divisors[j] || s->count == s->c->options->top)
                continue;
            split.t[0][TW_LOOP_OFM] = divisors[i];
            split.t[1][TW_LOOP_OFM] = divisors[j];
            split.t[2][TW_LOOP_OFM] = total / divisors[i] / divisors[j];
            walk_batch(s, &split);
        }
}

tw_status tw_blocking_search(tw_ctx *ctx, const tw_blocking_context *context,
                             const tw_nested_loop *nest, tw_blocking *out, unsigned *count) {
    search s = {.c = context, .nest = nest};
    size_t divisors = 0, groups = TW_LOOPS;
    *count = 0;
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        s.divisor_count[lp] = tw_divisor_count(nest->loopcnt[lp]);
        divisors += s.divisor_count[lp];
        groups *= s.divisor_count[lp];
    }
    if (!nest->conv)
        groups = 0;
    groups = groups < MOST_GROUPS ? groups : MOST_GROUPS;
    /* One block: groups, candidates, divisors. */
    const size_t candidates = context->options->top;
    char *block = tw_alloc(ctx, groups * sizeof(group) + candidates * sizeof(candidate) +
                                    divisors * sizeof(int64_t));
    if (!block)
        return tw_out_of_memory(ctx);
    s.best = (candidate *)(void *)(block + groups * sizeof(group));
    s.divisors[0] = (int64_t *)(void *)(s.best + candidates);
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        tw_divisors(nest->loopcnt[lp], s.divisors[lp]);
        if (lp + 1 < TW_LOOPS)
            s.divisors[lp + 1] = s.divisors[lp] + s.divisor_count[lp];
    }
    prepare_costs(&s);
    if (nest->conv)
        search_with_filters(&s, (group *)(void *)block, groups);
    else
        search_without_filters(&s);
    for (unsigned i = 0; i < s.count; i++)
        tw_blocking_evaluate(context, nest, &s.best[i].split, &out[i]);
    *count = s.count;
    tw_free(ctx, block);
    return TW_OK;
}
