/* Choosing subgroups and rotation loops of one blocking.
 *
 * The buffer level's loops that stand at or above the outermost of the categories' innermost loops
 * may be cut in two: an upper part during which the subgroups rotate, a lower part during which
 * each node keeps its share. All cuts, orders and subgroups are tried; the fewest hops win, the
 * first among equals. */
#include <math.h>

#include "tiled/buffer_sharing.h"
#include "tiled/set_order.h"

enum { MAX_SUBGROUPS = 7, MAX_PERMUTATIONS = 6 };

typedef struct {
    int count;
    int loop[TW_LOOPS];
} loop_list;

typedef struct {
    int loop;
    int64_t factor;
} nest_entry;

typedef struct {
    double rot_fetch[TW_DATAS], wide_fetch[TW_DATAS], wide_width[TW_DATAS];
    int64_t rounds[TW_DATAS], units[TW_DATAS];
} sharing_counts;

typedef struct {
    const tw_sharing_request *q;
    const tw_sharing_scheme *groups;
    unsigned conv;
    double words[TW_DATAS]; /* total_access at the buffer * groups of nodes */
    loop_list fixed, flexible;
} sweep;

static bool indexes(const sweep *s, int d, int lp) {
    return tw_data_loops[s->conv][d] >> lp & 1;
}

static bool in_list(const loop_list *list, int lp) {
    for (int i = 0; i < list->count; i++)
        if (list->loop[i] == lp)
            return true;
    return false;
}

/* Loops below the outermost "innermost data loop" cannot be cut. Outermost first. */
static void split_loops(sweep *s) {
    const int64_t *t = s->q->t1;
    const int *order = s->q->order1;
    int limit = -1;
    for (int d = 0; d < TW_DATAS; d++) {
        int inner = -1;
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (indexes(s, d, lp) && t[lp] > 1 && (inner < 0 || order[lp] < inner))
                inner = order[lp];
        limit = inner > limit ? inner : limit;
    }
    for (int place = TW_LOOPS - 1; place >= 0; place--)
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (order[lp] == place && t[lp] > 1 && place < limit)
                s->fixed.loop[s->fixed.count++] = lp;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        if (t[lp] > 1 && !in_list(&s->fixed, lp))
            s->flexible.loop[s->flexible.count++] = lp;
}

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* Smallest subgroups that still fit, when the categories are shrunk in this order. */
static void shrink_subgroups(const sweep *s, const int64_t start[TW_DATAS],
                             const int order[TW_DATAS], int64_t out[TW_DATAS]) {
    const tw_sharing_request *q = s->q;
    int64_t size[TW_DATAS], room = q->gbuf_words;
    for (int d = 0; d < TW_DATAS; d++) {
        size[d] = ceil_div(q->full_size[d], start[d]);
        room -= size[d];
        out[d] = start[d];
    }
    for (int i = 0; i < TW_DATAS; i++) {
        const int d = order[i];
        if (out[d] <= 1)
            continue;
        const int64_t whole = size[d] * start[d];
        for (int64_t k = out[d]; k >= 1; k--) {
            if (s->groups->grp[d] % k)
                continue;
            if (ceil_div(whole, k) > room + size[d])
                break;
            out[d] = k;
        }
        room -= ceil_div(whole, out[d]) - size[d];
    }
}

static const int permutations[MAX_PERMUTATIONS][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                      {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

static unsigned list_subgroups(const sweep *s, const int64_t start[TW_DATAS],
                               int64_t out[MAX_SUBGROUPS][TW_DATAS]) {
    memcpy(out[0], start, sizeof out[0]);
    for (int p = 0; p < MAX_PERMUTATIONS; p++)
        shrink_subgroups(s, start, permutations[p], out[p + 1]);
    return 1 + tw_set_order(out + 1, MAX_PERMUTATIONS);
}

static int make_nest(const sweep *s, const int64_t cut[TW_LOOPS], const loop_list *above,
                     const loop_list *below, nest_entry nest[3 * TW_LOOPS]) {
    const int64_t *t = s->q->t1;
    int n = 0;
    for (int i = 0; i < above->count; i++)
        if (cut[above->loop[i]] > 1)
            nest[n++] = (nest_entry){above->loop[i], cut[above->loop[i]]};
    for (int i = 0; i < below->count; i++) {
        const int lp = below->loop[i];
        if (t[lp] > cut[lp])
            nest[n++] = (nest_entry){lp, ceil_div(t[lp], cut[lp])};
    }
    for (int i = 0; i < s->fixed.count; i++)
        nest[n++] = (nest_entry){s->fixed.loop[i], t[s->fixed.loop[i]]};
    return n;
}

/* How often a category rotates, and in how many units, under a nest. */
static void count_rotations(const sweep *s, int d, int64_t subgroup, const nest_entry *nest, int n,
                            int64_t *rounds, int64_t *units) {
    int first = 0;
    while (first < n && !indexes(s, d, nest[first].loop))
        first++;
    *rounds = 0;
    *units = 1;
    if (first == n)
        return;
    if (subgroup > 1) {
        *rounds = 1;
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (!indexes(s, d, lp))
                *rounds *= s->q->t0[lp];
        for (int i = 0; i < first; i++)
            *rounds *= nest[i].factor;
    }
    for (int i = first; i < n && indexes(s, d, nest[i].loop); i++)
        *units *= nest[i].factor;
}

static void count_sharing(const sweep *s, const int64_t subgroup[TW_DATAS], const nest_entry *nest,
                          int n, sharing_counts *c) {
    for (int d = 0; d < TW_DATAS; d++) {
        const int64_t from_buffer = s->q->fetch[1][d], from_memory = s->q->fetch[0][d];
        int64_t rounds;
        count_rotations(s, d, subgroup[d], nest, n, &rounds, &c->units[d]);
        if (rounds == (d == TW_DATA_OFM ? (from_memory + 1) / 2 : from_memory))
            rounds = 0; /* fetched afresh from memory each round */
        c->rounds[d] = rounds;
        c->wide_width[d] = (double)subgroup[d] / (double)c->units[d];
        const double once =
            tw_sharing_wide_hops(s->q->sharing, (tw_data)d, subgroup[d], c->wide_width[d]);
        double combined = (double)rounds;
        if (d == TW_DATA_OFM)
            combined = (double)(from_buffer > 2 * rounds - 1 ? 2 * rounds : 2 * rounds - 1);
        combined *= (double)(c->units[d] - 1) / (double)c->units[d];
        c->wide_fetch[d] = once * ((double)from_buffer - combined);
        c->rot_fetch[d] =
            tw_sharing_rotate_hops(s->q->sharing, (tw_data)d, subgroup[d], c->units[d]) *
            (double)rounds;
    }
}

static double words_of(const sweep *s, const double fetch[TW_DATAS]) {
    double sum = 0;
    for (int d = 0; d < TW_DATAS; d++)
        sum += tw_nest_total_access(s->q->nest, TW_MEM_GBUF, (tw_data)d) * fetch[d] * s->words[d];
    return sum;
}

typedef struct {
    double hops;
    int64_t subgroup[TW_DATAS], cut[TW_LOOPS];
    loop_list moving, below;
    sharing_counts counts;
} best_sharing;

static int factorial(int n) {
    return n < 2 ? 1 : n * factorial(n - 1);
}

/* The i-th permutation, in lexicographic order, of a list of up to three loops. */
static loop_list permuted(const loop_list *list, int i) {
    static const int two[2][3] = {{0, 1, 2}, {1, 0, 2}};
    const int *order = list->count == 3 ? permutations[i] : two[list->count == 2 ? i : 0];
    loop_list out = {list->count, {0, 0, 0}};
    for (int k = 0; k < list->count; k++)
        out.loop[k] = list->loop[order[k]];
    return out;
}

/* All orders for one subgroup choice and one cut. */
static void try_orders(const sweep *s, const int64_t subgroup[TW_DATAS],
                       const int64_t cut[TW_LOOPS], best_sharing *best) {
    loop_list trivial = {0, {0, 0, 0}}, moving = {0, {0, 0, 0}};
    for (int i = 0; i < s->flexible.count; i++) {
        loop_list *list = cut[s->flexible.loop[i]] == 1 ? &trivial : &moving;
        list->loop[list->count++] = s->flexible.loop[i];
    }
    for (int a = 0; a < factorial(moving.count); a++) {
        const loop_list upper = permuted(&moving, a);
        loop_list above = trivial;
        for (int i = 0; i < upper.count; i++)
            above.loop[above.count++] = upper.loop[i];
        for (int b = 0; b < factorial(s->flexible.count); b++) {
            const loop_list below = permuted(&s->flexible, b);
            nest_entry nest[3 * TW_LOOPS];
            sharing_counts counts;
            count_sharing(s, subgroup, nest, make_nest(s, cut, &above, &below, nest), &counts);
            const double hops = words_of(s, counts.rot_fetch) + words_of(s, counts.wide_fetch);
            if (!(hops < best->hops))
                continue;
            *best = (best_sharing){.hops = hops, .moving = upper, .below = below, .counts = counts};
            memcpy(best->subgroup, subgroup, sizeof best->subgroup);
            memcpy(best->cut, cut, sizeof best->cut);
        }
    }
}

static void try_cuts(const sweep *s, const int64_t subgroup[TW_DATAS], best_sharing *best) {
    int64_t whole[TW_LOOPS];
    for (int lp = 0; lp < TW_LOOPS; lp++)
        whole[lp] = in_list(&s->flexible, lp) ? s->q->t1[lp] : 1;
    int64_t cut[TW_LOOPS];
    for (cut[0] = 1; cut[0] <= whole[0]; cut[0]++)
        for (cut[1] = 1; whole[0] % cut[0] == 0 && cut[1] <= whole[1]; cut[1]++)
            for (cut[2] = 1; whole[1] % cut[1] == 0 && cut[2] <= whole[2]; cut[2]++)
                if (whole[2] % cut[2] == 0)
                    try_orders(s, subgroup, cut, best);
}

/* Positions from the innermost of the lists outwards; loops in neither come last, ascending. */
static void positions_of(const loop_list *outer, const loop_list *inner, int order[TW_LOOPS]) {
    int next = 0;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        order[lp] = -1;
    for (int i = inner->count - 1; i >= 0; i--)
        order[inner->loop[i]] = next++;
    for (int i = outer->count - 1; i >= 0; i--)
        order[outer->loop[i]] = next++;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        if (order[lp] < 0)
            order[lp] = next++;
}

static void no_sharing(tw_sharing_scheme *scheme, double noc[TW_DATAS]) {
    for (int d = 0; d < TW_DATAS; d++) {
        scheme->subgrp[d] = 1;
        scheme->rot_fetch[d] = scheme->wide_fetch[d] = scheme->wide_width[d] = noc[d] = 0;
        scheme->rot_round_cnt[d] = 0;
        scheme->rot_unit_cnt[d] = 1;
    }
    for (int lp = 0; lp < TW_LOOPS; lp++) {
        scheme->bs_t[lp] = 1;
        scheme->bs_order[lp] = lp;
    }
}

static void report(const sweep *s, const best_sharing *best, tw_sharing_scheme *scheme,
                   double noc[TW_DATAS]) {
    for (int d = 0; d < TW_DATAS; d++) {
        scheme->subgrp[d] = best->subgroup[d];
        scheme->rot_fetch[d] = best->counts.rot_fetch[d];
        scheme->wide_fetch[d] = best->counts.wide_fetch[d];
        scheme->wide_width[d] = best->counts.wide_width[d];
        scheme->rot_round_cnt[d] = best->counts.rounds[d];
        scheme->rot_unit_cnt[d] = best->counts.units[d];
        const double words = tw_nest_total_access(s->q->nest, TW_MEM_GBUF, (tw_data)d);
        noc[d] = words * scheme->rot_fetch[d] * s->words[d] +
                 words * scheme->wide_fetch[d] * s->words[d];
    }
    const loop_list none = {0, {0, 0, 0}};
    memcpy(scheme->bs_t, best->cut, sizeof scheme->bs_t);
    positions_of(&none, &best->moving, scheme->bs_order);
}

void tw_sharing_choose(const tw_sharing_request *request, tw_sharing_scheme *scheme,
                       int order1[TW_LOOPS], double noc[TW_DATAS]) {
    sweep s = {.q = request, .groups = scheme, .conv = request->nest->conv};
    int64_t start[TW_DATAS];
    bool alone = true;
    for (int d = 0; d < TW_DATAS; d++) {
        start[d] = request->full_size[d] ? scheme->grp[d] : 1;
        alone &= start[d] == 1;
        s.words[d] = (double)(request->nodes / scheme->grp[d]);
    }
    no_sharing(scheme, noc);
    if (alone)
        return;
    split_loops(&s);
    int64_t subgroups[MAX_SUBGROUPS][TW_DATAS];
    const unsigned count = list_subgroups(&s, start, subgroups);
    best_sharing best = {.hops = INFINITY};
    for (unsigned i = 0; i < count; i++)
        try_cuts(&s, subgroups[i], &best);
    report(&s, &best, scheme, noc);
    positions_of(&best.below, &s.fixed, order1);
}
