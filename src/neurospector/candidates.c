#include "neurospector/candidates.h"

#include <math.h>
#include <stdlib.h>

/* The PEs of a chip, were each to hold its share of T without any overlap. */
static bool lbs_may_hold(const ns_space *space, double pes, const ns_tile *tile) {
    const ns_buffer *lb = &space->accelerator->buffers[NS_LB];
    double sum = 0;
    bool fits = true;
    for (int d = ns_first_shared(space); d < NS_DATA; d++) {
        sum += lb->bypass & 1U << d ? 0 : tile->words[d] / pes;
        fits &= tile->words[d] / pes < lb->capacity_words[d];
    }
    if (!lb->present || lb->size_count == 0)
        return true;
    return lb->size_count == 1 ? sum <= lb->capacity_words[0] : fits;
}

/* The part of a column in a tile's index. */
typedef struct {
    uint32_t stride, count;
} index_part;

static index_part part_of(const ns_lattice *lattice, ns_column column) {
    index_part part = {lattice->count, 1};
    for (unsigned a = 0; a < lattice->axis_count; a++) {
        const ns_axis *axis = &lattice->axes[a];
        if (axis->column != column)
            continue;
        part.stride = axis->stride < part.stride ? axis->stride : part.stride;
        part.count *= axis->exponent + 1;
    }
    return part;
}

static uint32_t read_part(const index_part *part, uint32_t tile) {
    return tile / part->stride % part->count;
}

/* Where P and Q, and R and S, are alike, swapping both pairs changes no cost: of two such T's one
 * is looked at. */
static void drop_swapped(ns_candidates *candidates) {
    const ns_space *space = candidates->inside->space;
    const uint64_t *size = space->layer->size;
    if (size[NS_P] != size[NS_Q] || size[NS_R] != size[NS_S])
        return;
    const index_part p = part_of(&space->lattice, NS_P), q = part_of(&space->lattice, NS_Q);
    const index_part r = part_of(&space->lattice, NS_R), s = part_of(&space->lattice, NS_S);
    for (uint32_t t = 0; t < space->lattice.count; t++) {
        const uint32_t of_p = read_part(&p, t), of_q = read_part(&q, t);
        if (of_p > of_q || (of_p == of_q && read_part(&r, t) > read_part(&s, t)))
            candidates->possible[t] = false;
    }
}

static void find_possible(ns_candidates *candidates) {
    const ns_space *space = candidates->inside->space;
    const ns_group_list *pes = &space->groups[NS_PE];
    const double most_pes = pes->groups[pes->count - 1].units;
    for (uint32_t t = 0; t < space->lattice.count; t++)
        candidates->possible[t] =
            space->fits_gb[t] && lbs_may_hold(space, most_pes, &space->lattice.tiles[t]);
    drop_swapped(candidates);
}

tw_status ns_candidates_init(ns_candidates *candidates, const ns_inside *inside,
                             const ns_outside *outside, const ns_found *found) {
    tw_ctx *ctx = inside->space->ctx;
    *candidates = (ns_candidates){.inside = inside, .outside = outside, .found = found};
    const size_t tiles = inside->space->lattice.count;
    candidates->hopeful = tw_resize(ctx, NULL, tiles * sizeof *candidates->hopeful);
    candidates->possible = tw_resize(ctx, NULL, tiles);
    if (!candidates->hopeful || !candidates->possible)
        return tw_out_of_memory(ctx);
    find_possible(candidates);
    return TW_OK;
}

void ns_candidates_free(ns_candidates *candidates) {
    if (!candidates->inside)
        return;
    tw_free(candidates->inside->space->ctx, candidates->possible);
    tw_free(candidates->inside->space->ctx, candidates->hopeful);
    tw_free(candidates->inside->space->ctx, candidates->list);
}

static unsigned objectives_of(const ns_candidates *candidates) {
    return candidates->outside->objectives->count;
}

/* The chips can be unrolled around T. */
static bool leaves_room(const ns_space *space, const ns_group *chips, uint32_t t) {
    const ns_lattice *lattice = &space->lattice;
    const uint64_t room = ns_whole(lattice)->packed - lattice->tiles[t].packed;
    bool fits = false;
    for (uint32_t i = 0; i < chips->count && !fits; i++) {
        const uint32_t chip = space->unrolled[NS_CHIP].tiles[chips->first + i];
        fits = ns_divides(lattice, lattice->tiles[chip].packed, room);
    }
    return fits;
}

void ns_candidates_look(ns_candidates *candidates, const ns_group *chips, ns_dataflow outer) {
    const ns_space *space = candidates->inside->space;
    const ns_outside_tables *tables = candidates->outside->tables[outer];
    const unsigned objectives = objectives_of(candidates);
    uint32_t count = 0;
    for (uint32_t t = 0; t < space->lattice.count; t++) {
        ns_values least = {{candidates->inside->least[0][t] + tables[0].any[t], 0}};
        if (objectives > 1)
            least.of[1] = candidates->inside->least[1][t] + tables[1].any[t];
        if (!ns_is_hopeless(candidates->found, &least) && candidates->possible[t] &&
            leaves_room(space, chips, t))
            candidates->hopeful[count++] = t;
    }
    candidates->hopeful_count = count;
}

/* Takes part of T in when it leaves hope. */
TW_INLINE bool take(const ns_candidates *candidates, ns_candidate *c, ns_values outside) {
    const ns_values all = ns_values_sum(c->inside, outside);
    if (ns_is_hopeless(candidates->found, &all))
        return false;
    c->bound = ns_values_least(c->bound, all);
    return true;
}

/* The least bound of T over the cases that are not hopeless; false when all are. */
TW_INLINE bool bound_tile(const ns_candidates *candidates, unsigned objectives,
                          const ns_place *place, const ns_rates *word_rates, bool whole,
                          ns_candidate *c) {
    const ns_outside *outside = candidates->outside;
    const ns_tile *tile = &outside->space->lattice.tiles[c->tile];
    ns_rates rates;
    ns_cases cases;
    c->inside = (ns_values){{0}};
    c->bound = (ns_values){{HUGE_VAL, HUGE_VAL}};
    c->whole = c->beyond = false;
    for (unsigned o = 0; o < objectives; o++) {
        c->inside.of[o] = candidates->inside->least[o][c->tile];
        for (int d = 0; d < NS_DATA; d++)
            rates.of[o][d] = tile->words[d] * word_rates->of[o][d];
    }
    if (outside->space->has_gb_loops) {
        ns_make_cases(outside, objectives, place, tile, &rates, &cases);
        for (int i = 0; i < NS_CASES; i++)
            c->beyond |= take(candidates, c, ns_case_bound(&cases, objectives, i, c->tile));
    }
    if (whole)
        c->whole = take(candidates, c, ns_whole_bound(outside, objectives, place, c->tile));
    return c->whole || c->beyond;
}

/* By the bound; with two, by how large both are beside what was found. */
static double order_of(const ns_candidates *candidates, const ns_candidate *c) {
    const ns_found *found = candidates->found;
    if (objectives_of(candidates) == 1 || found->count == 0)
        return c->bound.of[0];
    const ns_values *first = &found->mappings[0].values;
    return c->bound.of[0] / (first->of[0] + 1) + c->bound.of[1] / (first->of[1] + 1);
}

static tw_status reserve(ns_candidates *candidates, size_t more) {
    tw_ctx *ctx = candidates->inside->space->ctx;
    if (candidates->count + more <= candidates->capacity)
        return TW_OK;
    const size_t capacity = 2 * candidates->capacity + more;
    ns_candidate *grown = tw_resize(ctx, candidates->list, capacity * sizeof *grown);
    if (!grown)
        return tw_out_of_memory(ctx);
    candidates->list = grown;
    candidates->capacity = capacity;
    return TW_OK;
}

tw_status ns_candidates_add(ns_candidates *candidates, const ns_place *place, uint32_t chips,
                            uint32_t combination, bool whole) {
    const ns_rates word_rates = ns_word_rates(candidates->outside, place->chips);
    const unsigned objectives = objectives_of(candidates);
    for (uint32_t i = 0; i < candidates->hopeful_count; i++) {
        ns_candidate c = {
            .tile = candidates->hopeful[i], .chips = chips, .combination = combination};
        const bool hopeful = objectives == 1
                                 ? bound_tile(candidates, 1, place, &word_rates, whole, &c)
                                 : bound_tile(candidates, 2, place, &word_rates, whole, &c);
        if (!hopeful)
            continue;
        c.order = order_of(candidates, &c);
        TW_TRY(reserve(candidates, 1));
        candidates->list[candidates->count++] = c;
    }
    return TW_OK;
}

void ns_candidates_best_first(ns_candidates *candidates, size_t first) {
    size_t best = first;
    for (size_t i = first; i < candidates->count; i++)
        if (candidates->list[i].order < candidates->list[best].order)
            best = i;
    const ns_candidate swap = candidates->list[best];
    candidates->list[best] = candidates->list[first];
    candidates->list[first] = swap;
}

static int compare(const void *a, const void *b) {
    const ns_candidate *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->tile != y->tile)
        return x->tile < y->tile ? -1 : 1;
    if (x->chips != y->chips)
        return x->chips < y->chips ? -1 : 1;
    return (x->combination > y->combination) - (x->combination < y->combination);
}

void ns_candidates_sort(ns_candidates *candidates, size_t first) {
    size_t kept = first;
    for (size_t i = first; i < candidates->count; i++) {
        ns_candidate c = candidates->list[i];
        c.order = order_of(candidates, &c);
        if (!ns_is_hopeless(candidates->found, &c.bound))
            candidates->list[kept++] = c;
    }
    candidates->count = kept;
    if (kept > first) /* there may be no list yet */
        qsort(candidates->list + first, kept - first, sizeof *candidates->list, compare);
}
