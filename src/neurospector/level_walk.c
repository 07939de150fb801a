#include "neurospector/level_walk.h"

#include "base/pool.h"
#include "neurospector/level_choice.h"
#include "neurospector/splits.h"
#include "neurospector/unrollings.h"

enum { CHECK_EVERY = 4096 };

typedef struct {
    ns_level_search *s;
    ns_row b, e;
    ns_choice choice;
    ns_plan plan; /* of the visit; in the outer walk the sums over the columns so far */
    ns_factorizations lists;
    ns_row rows[NS_ROWS]; /* of the lists' levels */
    ns_splits splits;
    ns_unrollings seen;
    bool repeats; /* some array has two axes to split over */
    bool done;    /* registers are stuck, or a limit was reached */
    bool second;  /* the outer walk has come to a second plan that fits */
} walk;

/* Asked before a mapping is priced and in every step of the outer walk. */
static bool must_stop(walk *w) {
    ns_level_search *s = w->s;
    ns_search_result *out = s->out;
    if (++s->asked % CHECK_EVERY == 0)
        out->limit = ns_why_stop(s->space.ctx, s->options, s->start_s, out->evaluated, true);
    else if (s->options->work_limit && out->evaluated >= s->options->work_limit)
        out->limit = TW_LIMIT;
    w->done |= out->limit != TW_OK;
    return w->done;
}

static bool plan_holds(const walk *w) {
    return ns_arrays_hold(&w->s->space, w->plan.rows) &&
           ns_buffers_hold(&w->s->space, w->plan.rows);
}

/* ---- The inner walk -------------------------------------------------------------------------- */

/* What the level pays at least for the plan, which sends `sent`. */
static float least_of(walk *w, uint32_t sent) {
    float *least = &w->s->least[sent];
    if (*least < 0)
        *least = ns_level_least(&w->s->prices, w->e, &w->plan);
    return *least;
}

static void price(walk *w, float degree, ns_unrolling *unrolling) {
    ns_level_search *s = w->s;
    if (must_stop(w))
        return;
    const float cost = ns_level_price(&s->prices, w->e, &w->plan);
    s->out->evaluated++;
    ns_consider_cheapest(&w->choice, &w->plan, cost);
    ns_consider_spread(&w->choice, &w->plan, cost, degree);
    ns_unrolling_offer(unrolling, cost, degree);
}

static uint32_t sent_by(const walk *w) {
    uint32_t sent = 0;
    for (int r = 0; r < (int)w->e; r++)
        sent += w->plan.rows[r];
    return sent;
}

static bool split_holds(walk *w, uint32_t all, uint32_t split) {
    w->plan.rows[w->b] = split;
    w->plan.rows[w->e] = all - split;
    return ns_buffers_hold(&w->s->space, w->plan.rows);
}

/* Passes over the visits that come next and do not fit either, since only divisors of the fastest
 * columns grow; returns how many. */
static uint64_t skip_larger(walk *w, uint32_t all) {
    unsigned columns = w->splits.count > 0 ? 1 : 0;
    while (columns < w->splits.count && !split_holds(w, all, w->splits.slower[columns - 1]))
        columns++;
    return ns_splits_skip(&w->splits, columns);
}

static void walk_splits(walk *w, ns_unrolling *unrolling) {
    ns_level_search *s = w->s;
    const uint32_t all = w->plan.rows[w->e], below = sent_by(w);
    const uint64_t evaluated = s->out->evaluated;
    const uint64_t visits = ns_splits_begin(&w->splits, &s->space.lattice, &s->divisors, all);
    uint64_t made = 0;
    for (; made < visits && !w->done; made++) {
        const uint32_t split = ns_splits_next(&w->splits);
        const float degree = s->degree[split];
        if (!split_holds(w, all, split))
            made += skip_larger(w, all);
        else if (ns_choice_is_open(&w->choice, least_of(w, below + split), degree))
            price(w, degree, unrolling);
    }
    s->out->pruned += (made < visits ? made : visits) - (s->out->evaluated - evaluated);
    w->plan.rows[w->b] = 0;
    w->plan.rows[w->e] = all;
}

static void pass_over_splits(walk *w) {
    const uint32_t all = w->plan.rows[w->e];
    w->s->out->pruned += ns_splits_begin(&w->splits, &w->s->space.lattice, &w->s->divisors, all);
}

static tw_status visit_splits(walk *w) {
    ns_unrolling alone = {.degree = 0}, *unrolling = &alone;
    bool known = false;
    if (w->repeats)
        unrolling = ns_unrollings_at(&w->seen, &w->plan, &known);
    if (!unrolling)
        return tw_out_of_memory(w->s->space.ctx);
    const bool open =
        unrolling->degree == w->choice.sp_degree && unrolling->cost < w->choice.sp_cost;
    if (known && !open)
        pass_over_splits(w);
    else
        walk_splits(w, unrolling);
    return TW_OK;
}

/* ---- The outer walk -------------------------------------------------------------------------- */

/* Registers take nothing: of all splits the one that leaves row e as it is. The original does not
 * clear a virtual register row: from the second plan on, its inner walk ends on another split, if
 * there is one, and everything after that is refused. */
static void visit_registers(walk *w) {
    ns_level_search *s = w->s;
    s->out->evaluated++;
    ns_consider_cheapest(&w->choice, &w->plan, ns_level_price(&s->prices, w->e, &w->plan));
    w->done |=
        w->second && w->plan.rows[w->e] != 0 && ns_row_is_virtual(s->space.accelerator, NS_ROW_REG);
    w->second = true;
}

static tw_status visit_plan(walk *w) {
    if (w->b != NS_ROW_REG)
        return visit_splits(w);
    visit_registers(w);
    return TW_OK;
}

static void take(walk *w, int column, uint32_t item, bool back) {
    const uint32_t *tiles = w->lists.items[column] + (size_t)item * w->lists.levels;
    for (unsigned l = 0; l < w->lists.levels; l++)
        w->plan.rows[w->rows[l]] += back ? 0 - tiles[l] : tiles[l];
}

/* Visits what fits of all items of the columns from this one on, but number 0: `zero` says that
 * the columns so far have item 0. */
static tw_status visit_columns(walk *w, int column, bool zero) {
    if (column == NS_COLUMNS)
        return zero ? TW_OK : visit_plan(w);
    for (uint32_t i = 0; i < w->lists.count[column] && !must_stop(w); i++) {
        take(w, column, i, false);
        if (plan_holds(w))
            TW_TRY(visit_columns(w, column + 1, zero && i == 0));
        take(w, column, i, true);
    }
    return TW_OK;
}

static tw_status visit_number_0(walk *w) {
    for (int c = 0; c < NS_COLUMNS; c++)
        take(w, c, 0, false);
    return !w->done && plan_holds(w) ? visit_plan(w) : TW_OK;
}

static tw_status walk_plans(walk *w) {
    const ns_space *space = &w->s->space;
    uint64_t extent[NS_COLUMNS];
    unsigned levels = 0;
    for (int r = (int)w->b + 1; r <= (int)w->e; r++)
        if (!ns_row_is_virtual(space->accelerator, (ns_row)r))
            w->rows[levels++] = (ns_row)r;
    for (int a = 0; a < NS_ARRAYS; a++)
        w->repeats |= space->accelerator->arrays[a].x > 1 && space->accelerator->arrays[a].y > 1;
    ns_lattice_extents(&space->lattice, w->plan.rows[w->e], extent);
    w->plan.rows[w->e] = 0;
    TW_TRY(ns_factorizations_init(&w->lists, &w->s->divisors, extent, levels));
    TW_TRY(visit_columns(w, 0, true));
    return visit_number_0(w);
}

tw_status ns_walk_level(ns_level_search *s, ns_row b, ns_row e, ns_dataflow flow,
                        const ns_plan *from, ns_survivors *out) {
    walk w = {.s = s,
              .b = b,
              .e = e,
              .choice = ns_choice_begin(s->space.lattice.tiles, e, flow, from),
              .plan = *from,
              .seen = {.ctx = s->space.ctx}};
    for (uint32_t t = 0; t < s->space.lattice.count; t++)
        s->least[t] = -1;
    const tw_status status = walk_plans(&w);
    *out = (ns_survivors){w.choice.pm, w.choice.sp};
    ns_factorizations_free(&w.lists);
    ns_unrollings_free(&w.seen);
    return status;
}

/* ---- What steps share ------------------------------------------------------------------------ */

/* Prime factors of v, without the last one unless it is repeated. */
static unsigned counted_factors(uint64_t v) {
    unsigned count = 0;
    for (uint64_t i = 2; i <= v / i; i++)
        for (; v % i == 0; v /= i)
            count++;
    return count;
}

/* Fills in degree[]: per tile the product over its columns. */
static void measure_degrees(ns_level_search *s) {
    uint32_t filled = 1;
    s->degree[0] = 1;
    for (int c = NS_COLUMNS - 1; c >= 0; c--) { /* the index grows from G to K */
        const uint32_t before = filled;
        for (uint32_t i = 0; i < s->divisors.count[c]; i++) {
            const ns_divisor *divisor = &s->divisors.divisors[c][i];
            const float factor = (float)(counted_factors(divisor->value) + 1);
            for (uint32_t t = before; i > 0 && t-- > 0;)
                s->degree[divisor->tile + t] = s->degree[t] * factor;
        }
        filled = before * s->divisors.count[c];
    }
}

tw_status ns_level_search_init(ns_level_search *s, tw_ctx *ctx, const ns_accelerator *accelerator,
                               const ns_layer *layer, const ns_search_options *options,
                               ns_search_result *out) {
    *s = (ns_level_search){.options = options, .out = out, .start_s = tw_seconds()};
    TW_TRY(ns_space_init(&s->space, ctx, accelerator, layer));
    TW_TRY(ns_divisors_init(&s->divisors, ctx, &s->space.lattice));
    ns_level_prices_init(&s->prices, &s->space, options->metric);
    s->degree = tw_resize(ctx, NULL, s->space.lattice.count * sizeof *s->degree);
    s->least = tw_resize(ctx, NULL, s->space.lattice.count * sizeof *s->least);
    if (!s->degree || !s->least)
        return tw_out_of_memory(ctx);
    measure_degrees(s);
    return TW_OK;
}

void ns_level_search_free(ns_level_search *s) {
    tw_free(s->space.ctx, s->degree);
    tw_free(s->space.ctx, s->least);
    ns_divisors_free(&s->divisors);
    ns_space_free(&s->space);
}
