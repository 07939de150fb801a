/* What the chips hold together is the tile that DRAM sends. For each such tile a front of energy
 * (static included) and cycles is made, as in front.c, but from the inside out, so that the tile is
 * known at the end:
 *
 *     T with its labels -> GB tiles by the run of their loops, the rest of GB's loops being free
 *                       -> the tile sent, by DRAM's loops and chips
 *
 * where the second arrow is a sweep over the lattice per dataflow. GB tiles that pass a tensor on
 * unchanged are priced one by one. A mapping is useless when one of the front costs less by all
 * that its tiles could save, if all their words were found or left on the chips: bounds of that
 * kind prune every stage. */
#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "neurospector/held_search.h"

enum { CHECK_EVERY = 32, MOST_TILES = 1 << 20 };

/* ---- What tiles can save ---- */

static uint64_t volume(const uint64_t extent[NS_HELD_AXES]) {
    return extent[0] * extent[1] * extent[2] * extent[3];
}

ns_held ns_held_of(const ns_layer *layer, const uint64_t e[NS_COLUMNS]) {
    const uint64_t outputs = e[NS_K] == layer->size[NS_K] ? e[NS_K] * e[NS_G] : e[NS_K];
    const uint64_t inputs = e[NS_C] == layer->size[NS_C] ? e[NS_C] * e[NS_G] : e[NS_C];
    return (ns_held){{e[NS_B], inputs, (e[NS_P] - 1) * layer->stride + e[NS_R],
                      (e[NS_Q] - 1) * layer->stride + e[NS_S]},
                     {e[NS_B], outputs, e[NS_P], e[NS_Q]}};
}

static void fill_saving(ns_held_search *s) {
    const ns_lattice *lattice = &s->space.lattice;
    for (uint32_t t = 0; t < lattice->count; t++) {
        uint64_t extent[NS_COLUMNS];
        ns_lattice_extents(lattice, t, extent);
        const ns_held held = ns_held_of(s->space.layer, extent);
        const double words[2] = {s->use->output ? (double)volume(held.output) : 0,
                                 s->use->input ? (double)volume(held.input) : 0};
        ns_price saved = {0, 0};
        for (int i = 0; i < 2; i++) {
            saved.pj += words[i] * s->use->word_pj;
            saved.cycles += ceil(words[i] / s->use->words_per_cycle) * s->use->word_cycles;
        }
        s->saving[t] = ns_with_static(s, saved);
    }
}

/* ---- Chip groups ---- */

static tw_status expand(ns_held_search *s, uint32_t t) {
    ns_price least = {HUGE_VAL, HUGE_VAL};
    s->out->evaluated++;
    TW_TRY(ns_held_make_labels(s, t));
    if (s->label_count == 0)
        return TW_OK;
    for (size_t i = 0; i < s->label_count; i++) {
        ns_take_least(&least.pj, s->labels[i].compute.pj);
        ns_take_least(&least.cycles, s->labels[i].compute.cycles);
    }
    TW_TRY(ns_held_expand_passing(s, t, least));
    for (int i = 0; i < s->inner_count && s->space.has_gb_loops; i++)
        for (int kind = 0; kind < s->inners[i].run_count; kind++)
            TW_TRY(ns_held_expand_runs(s, &s->inners[i], kind, t));
    return TW_OK;
}

static bool must_stop(ns_held_search *s) {
    if (s->stopped)
        return true;
    const tw_status why =
        ns_why_stop(s->space.ctx, s->options, s->start_s, s->out->evaluated, true);
    if (why == TW_OK)
        return false;
    s->out->limit = why;
    s->stopped = true;
    return true;
}

static tw_status search_chips(ns_held_search *s, const ns_group *chips) {
    const ns_lattice *lattice = &s->space.lattice;
    s->chips = chips;
    ns_held_fill_bounds(s);
    for (uint32_t g = 0; g < s->space.groups[NS_PE].count; g++)
        s->group_made[g] = false;
    for (int i = 0; i < s->inner_count; i++)
        for (int kind = 0; kind < s->inners[i].run_count; kind++)
            ns_tile_sets_clear(&s->inners[i].runs[kind]);
    for (uint32_t t = 0; t < lattice->count; t++) {
        if (t % CHECK_EVERY == 0 && must_stop(s))
            return TW_OK;
        if (s->space.fits_gb[t] && !ns_is_useless_inside(s, (ns_price){s->space.mac_pj, 0}, t))
            TW_TRY(expand(s, t));
    }
    for (int i = 0; i < s->inner_count && s->space.has_gb_loops; i++)
        for (int kind = 0; kind < s->inners[i].run_count; kind++) {
            ns_inner_flow *flow = &s->inners[i];
            TW_TRY(ns_tile_sets_of_divisors(lattice, NS_ALL_COLUMNS & ~flow->run_columns[kind],
                                            s->space.fits_gb, &flow->runs[kind]));
            for (uint32_t gb = 0; gb < lattice->count; gb++) {
                if (gb % CHECK_EVERY == 0 && must_stop(s))
                    return TW_OK;
                TW_TRY(ns_held_leave_chips(s, flow, kind, gb));
            }
        }
    return TW_OK;
}

/* ---- Whole search ---- */

static tw_status add_kind(ns_held_search *s, ns_inner_flow *flow, unsigned columns,
                          const ns_tile_list *tiles) {
    const int kind = flow->run_count++;
    flow->run_columns[kind] = columns;
    flow->run_tiles[kind] = tiles;
    return ns_tile_sets_init(&flow->runs[kind], s->space.ctx, s->space.lattice.count);
}

/* With input stationary and no K loops the run is the longer of BPQ and CRS. */
static tw_status add_kinds(ns_held_search *s, ns_inner_flow *flow) {
    static const uint32_t unit = 0;
    static const ns_tile_list only_unit = {1, (uint32_t *)(uintptr_t)&unit};
    const unsigned k = 1U << NS_K, bpq = 1U << NS_B | 1U << NS_P | 1U << NS_Q;
    const unsigned crs = 1U << NS_C | 1U << NS_R | 1U << NS_S;
    switch (flow->inner) {
    case NS_IS:
        TW_TRY(add_kind(s, flow, k, &s->of_k));
        TW_TRY(add_kind(s, flow, k | bpq, &s->free_of[NS_WEIGHT]));
        return add_kind(s, flow, k | crs, &s->free_of[NS_OUTPUT]);
    case NS_WS:
        return add_kind(s, flow, bpq, &s->free_of[NS_WEIGHT]);
    case NS_OS:
        return add_kind(s, flow, crs, &s->free_of[NS_OUTPUT]);
    default:
        return add_kind(s, flow, 0, &only_unit);
    }
}

static tw_status add_combination(ns_held_search *s, int number, ns_dataflow inner,
                                 ns_dataflow outer) {
    int at = 0;
    while (at < s->inner_count && s->inners[at].inner != inner)
        at++;
    ns_inner_flow *flow = &s->inners[at];
    if (at == s->inner_count) {
        s->inner_count++;
        *flow = (ns_inner_flow){.inner = inner, .combination = {-1, -1, -1, -1}};
        TW_TRY(add_kinds(s, flow));
    }
    flow->combination[outer] = number;
    s->outer_used[outer] = true;
    return TW_OK;
}

static tw_status add_combinations(ns_held_search *s) {
    ns_dataflow inner[NS_MAX_COMBINATIONS], outer[NS_MAX_COMBINATIONS];
    const size_t count = ns_distinct_combinations(s->space.accelerator, s->options->flexible,
                                                  s->combinations, inner, outer);
    for (size_t i = 0; i < count; i++)
        TW_TRY(add_combination(s, (int)i, inner[i], outer[i]));
    return TW_OK;
}

static tw_status new_table(ns_held_search *s, ns_price_table *table) {
    table->pj = tw_alloc_array(s->space.ctx, s->space.lattice.count, sizeof *table->pj);
    table->cycles = tw_alloc_array(s->space.ctx, s->space.lattice.count, sizeof *table->cycles);
    return table->pj && table->cycles ? TW_OK : tw_out_of_memory(s->space.ctx);
}

static tw_status allocate(ns_held_search *s) {
    tw_ctx *ctx = s->space.ctx;
    const uint32_t tiles = s->space.lattice.count, groups = s->space.groups[NS_PE].count;
    ns_price_table *tables[] = {&s->outer, &s->outside, &s->most, &s->cap};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        TW_TRY(new_table(s, tables[i]));
    TW_TRY(ns_tile_sets_init(&s->held, ctx, tiles));
    TW_TRY(ns_pareto_init(&s->mac_sets, ctx, tiles));
    s->saving = tw_alloc_array(ctx, tiles, sizeof *s->saving);
    s->found = tw_alloc_array(ctx, s->front->count + 1, sizeof *s->found);
    s->group_sets = tw_alloc_array(ctx, groups, sizeof *s->group_sets);
    s->group_made = tw_alloc_array(ctx, groups, sizeof *s->group_made);
    if (!s->saving || !s->found || !s->group_sets || !s->group_made)
        return tw_out_of_memory(ctx);
    return TW_OK;
}

/* The front of energy, static included, and cycles. */
static void take_found(ns_held_search *s) {
    for (size_t i = 0; i < s->front->count; i++) {
        const ns_cost *cost = &s->front->points[i].cost;
        while (s->found_count > 0 && s->found[s->found_count - 1].pj >= cost->energy_pj)
            s->found_count--;
        s->found[s->found_count++] = (ns_price){cost->energy_pj, cost->cycles};
    }
    for (int i = 0; i <= NS_LEVELS; i++)
        s->static_pj += s->space.model.static_pj_per_cycle[i];
}

static tw_status search_all(ns_held_search *s) {
    const ns_group_list *groups = &s->space.groups[NS_CHIP];
    TW_TRY(allocate(s));
    TW_TRY(add_combinations(s));
    take_found(s);
    fill_saving(s);
    for (uint32_t g = 0; g < groups->count && !s->stopped; g++)
        TW_TRY(search_chips(s, &groups->groups[g]));
    return TW_OK;
}

static tw_status finish(ns_held_search *s) {
    ns_front *out = s->out;
    size_t count = 0;
    for (uint32_t t = 0; t < s->space.lattice.count; t++)
        count += s->held.sets[t].count;
    out->proven = !s->stopped;
    out->points = tw_alloc_array(s->space.ctx, count + 1, sizeof *out->points);
    if (!out->points)
        return tw_out_of_memory(s->space.ctx);
    for (uint32_t t = 0; t < s->space.lattice.count; t++)
        for (uint32_t i = 0; i < s->held.sets[t].count; i++) {
            const ns_set_point *from = &s->held.sets[t].points[i];
            ns_front_point *p = &out->points[out->count++];
            p->dataflows = s->combinations[from->combination];
            ns_price_chain(&s->space, &from->chain, &p->dataflows, &p->table, &p->cost);
            TW_TRY(ns_prices_agree(&s->space, "pJ", p->cost.energy_pj, from->price.pj));
            TW_TRY(ns_prices_agree(&s->space, "cycles", p->cost.cycles, from->price.cycles));
        }
    return TW_OK;
}

static void release(ns_held_search *s) {
    tw_ctx *ctx = s->space.ctx;
    ns_price_table *tables[] = {&s->outer, &s->outside, &s->most, &s->cap};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        tw_free(ctx, tables[i]->pj);
        tw_free(ctx, tables[i]->cycles);
    }
    for (int i = 0; i < s->inner_count; i++)
        for (int kind = 0; kind < s->inners[i].run_count; kind++)
            ns_tile_sets_free(&s->inners[i].runs[kind]);
    ns_tile_sets_free(&s->held);
    ns_pareto_free(&s->mac_sets);
    for (uint32_t g = 0; s->group_sets && g < s->space.groups[NS_PE].count; g++)
        ns_pareto_free(&s->group_sets[g]);
    tw_free(ctx, s->group_sets);
    tw_free(ctx, s->group_made);
    tw_free(ctx, s->saving);
    tw_free(ctx, s->found);
    tw_free(ctx, s->labels);
    for (int d = 0; d < NS_DATA; d++)
        tw_free(ctx, s->free_of[d].tiles);
    tw_free(ctx, s->of_k.tiles);
    ns_space_free(&s->space);
}

static tw_status list_loops(ns_held_search *s) {
    const unsigned k = 1U << NS_K, bpq = 1U << NS_B | 1U << NS_P | 1U << NS_Q;
    const unsigned crs = 1U << NS_C | 1U << NS_R | 1U << NS_S;
    const unsigned still = s->space.layer->stride == 0 ? 1U << NS_P | 1U << NS_Q : 0;
    TW_TRY(ns_list_tiles(&s->space, k | still, HUGE_VAL, &s->free_of[NS_INPUT]));
    TW_TRY(ns_list_tiles(&s->space, bpq, HUGE_VAL, &s->free_of[NS_WEIGHT]));
    TW_TRY(ns_list_tiles(&s->space, crs, HUGE_VAL, &s->free_of[NS_OUTPUT]));
    return ns_list_tiles(&s->space, k, HUGE_VAL, &s->of_k);
}

tw_status ns_held_front(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                        const ns_search_options *options, const ns_held_use *use,
                        const ns_front *front, ns_front *out) {
    ns_held_search s = {.options = options, .use = use, .front = front, .out = out};
    *out = (ns_front){.space_log10 = front->space_log10};
    s.start_s = tw_seconds();
    tw_status status = ns_space_init(&s.space, ctx, accelerator, layer);
    if (status == TW_LIMIT || (status == TW_OK && s.space.lattice.count > MOST_TILES)) {
        out->limit = TW_LIMIT;
        status = TW_OK;
    } else if (status == TW_OK) {
        status = list_loops(&s);
        if (status == TW_OK)
            status = search_all(&s);
        if (status == TW_OK)
            status = finish(&s);
    }
    release(&s);
    return status;
}
