#include "neurospector/held_search.h"

#include <math.h>
#include <string.h>

bool ns_is_useless(const ns_held_search *s, ns_price price, ns_price saved) {
    const double pj = price.pj - saved.pj, cycles = price.cycles - saved.cycles;
    size_t low = 0, high = s->found_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (s->found[middle].pj <= pj)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && s->found[low - 1].cycles <= cycles;
}

bool ns_is_useless_inside(const ns_held_search *s, ns_price inside, uint32_t tile) {
    const ns_price total = {inside.pj + s->outside.pj[tile],
                            inside.cycles + s->outside.cycles[tile]};
    return !(s->outside.pj[tile] < HUGE_VAL) ||
           ns_is_useless(s, total, (ns_price){-s->cap.pj[tile], -s->cap.cycles[tile]});
}

/* ---- Outside of GB tiles ---- */

/* DRAM sends, GB takes in. */
static ns_price outer_price(const ns_held_search *s, uint32_t gb, uint32_t sent,
                            const ns_crossings *n) {
    const ns_tile *tiles = s->space.lattice.tiles;
    ns_price price = ns_send_price(&s->space, NS_LEVEL_DRAM, tiles[sent].words, n, 1);
    price.pj += ns_tile_pj(&s->space, NS_LEVEL_GB, tiles[gb].words, n, s->chips->units);
    return ns_with_static(s, price);
}

static ns_crossings dram_crossings(const ns_held_search *s, ns_dataflow flow, uint32_t sent,
                                   unsigned passed) {
    const ns_tile *tile = &s->space.lattice.tiles[sent];
    ns_crossings n = ns_dram_crossings(&s->space, flow, tile);
    ns_bypass_crossings(&s->space, tile, passed, &n);
    return n;
}

/* Whatever GB passes on, DRAM's crossings are none fewer than those without its bypass. */
static void bound_outer(ns_held_search *s, uint32_t gb) {
    for (uint32_t i = 0; i < s->chips->count; i++) {
        const uint32_t chip = s->space.unrolled[NS_CHIP].tiles[s->chips->first + i];
        if (!ns_fit_together(&s->space.lattice, gb, chip))
            continue;
        ns_take_least(&s->most.pj[gb], -s->saving[gb + chip].pj);
        ns_take_least(&s->most.cycles[gb], -s->saving[gb + chip].cycles);
        for (int flow = NS_NONE; flow < NS_DATAFLOWS; flow++) {
            if (!s->outer_used[flow])
                continue;
            const ns_crossings n = dram_crossings(s, (ns_dataflow)flow, gb + chip, NS_ALL_PASSED);
            const ns_price price = outer_price(s, gb, gb + chip, &n);
            ns_take_least(&s->outer.pj[gb], price.pj);
            ns_take_least(&s->outer.cycles[gb], price.cycles);
        }
    }
}

static void copy_least_of_multiples(const ns_held_search *s, const double *from, double *to) {
    memcpy(to, from, s->space.lattice.count * sizeof *to);
    if (s->space.has_gb_loops)
        ns_lattice_min_of_multiples(&s->space.lattice, NS_ALL_COLUMNS, to);
}

void ns_held_fill_bounds(ns_held_search *s) {
    for (uint32_t t = 0; t < s->space.lattice.count; t++) {
        s->outer.pj[t] = s->outer.cycles[t] = HUGE_VAL;
        s->most.pj[t] = s->most.cycles[t] = 0;
        if (s->space.fits_gb[t])
            bound_outer(s, t);
    }
    copy_least_of_multiples(s, s->outer.pj, s->outside.pj);
    copy_least_of_multiples(s, s->outer.cycles, s->outside.cycles);
    copy_least_of_multiples(s, s->most.pj, s->cap.pj);
    copy_least_of_multiples(s, s->most.cycles, s->cap.cycles);
}

/* ---- Pricing ---- */

/* What T with this label costs up to what GB sends. */
static ns_price inside_price(const ns_held_label *l, ns_price send, const ns_crossings *n) {
    return (ns_price){l->compute.pj + send.pj + l->fill[NS_INPUT] * n->input +
                          l->fill[NS_WEIGHT] * n->weight +
                          l->fill[NS_OUTPUT] * (n->output_read + n->output_write),
                      l->compute.cycles + send.cycles};
}

static ns_price send_price(const ns_held_search *s, uint32_t t, const ns_crossings *n) {
    return ns_with_static(s, ns_send_price(&s->space, NS_LEVEL_GB, s->space.lattice.tiles[t].words,
                                           n, s->chips->units));
}

static tw_status hold(ns_held_search *s, ns_price price, const ns_chain *chain, int combination) {
    const uint32_t sent = chain->gb + chain->chip;
    const ns_set_point point = {price, *chain, (uint32_t)combination};
    if (ns_is_useless(s, price, s->saving[sent]))
        return TW_OK;
    return ns_tile_sets_add(&s->held, sent, &point);
}

/* GB tile T * loops leaves the tile of some tensor as T has it. */
static tw_status price_passing(ns_held_search *s, const ns_inner_flow *flow, ns_dataflow outer,
                               int combination, uint32_t t, uint32_t gb, uint32_t chip) {
    const ns_tile *inner = &s->space.lattice.tiles[t], *tile = &s->space.lattice.tiles[gb];
    const uint32_t sent = gb + chip;
    const unsigned passed = ns_same_words(inner, tile);
    const ns_crossings counted = ns_dram_crossings(&s->space, outer, &s->space.lattice.tiles[sent]);
    const ns_crossings dram = dram_crossings(s, outer, sent, passed);
    const ns_crossings n = ns_with_passed(
        ns_gb_crossings(&s->space, flow->inner, inner, tile, s->chips->units, s->chips->crs),
        &counted, passed);
    const ns_price rest = ns_price_sum(outer_price(s, gb, sent, &dram), send_price(s, t, &n));
    for (size_t i = 0; i < s->label_count; i++) {
        const ns_held_label *l = &s->labels[i];
        TW_TRY(hold(s, inside_price(l, rest, &n), &(ns_chain){l->mac, l->pe, t, gb, chip},
                    combination));
    }
    return TW_OK;
}

static tw_status price_all_passing(ns_held_search *s, uint32_t t, uint32_t gb, ns_price least) {
    const uint32_t *chips = &s->space.unrolled[NS_CHIP].tiles[s->chips->first];
    if (ns_is_useless(s, (ns_price){least.pj + s->outer.pj[gb], least.cycles + s->outer.cycles[gb]},
                      (ns_price){-s->most.pj[gb], -s->most.cycles[gb]}))
        return TW_OK;
    for (uint32_t c = 0; c < s->chips->count; c++) {
        if (!ns_fit_together(&s->space.lattice, gb, chips[c]))
            continue;
        for (int i = 0; i < s->inner_count; i++)
            for (int outer = NS_NONE; outer < NS_DATAFLOWS; outer++)
                if (s->inners[i].combination[outer] >= 0)
                    TW_TRY(price_passing(s, &s->inners[i], (ns_dataflow)outer,
                                         s->inners[i].combination[outer], t, gb, chips[c]));
    }
    return TW_OK;
}

tw_status ns_held_expand_passing(ns_held_search *s, uint32_t t, ns_price least) {
    const ns_space *space = &s->space;
    if (space->fits_gb[t])
        TW_TRY(price_all_passing(s, t, t, least));
    for (int d = 0; d < NS_DATA && space->has_gb_loops; d++)
        for (uint32_t i = 0; i < s->free_of[d].count; i++) {
            const uint32_t loops = s->free_of[d].tiles[i];
            if (loops && ns_fit_together(&s->space.lattice, t, loops) && space->fits_gb[t + loops])
                TW_TRY(price_all_passing(s, t, t + loops, least));
        }
    return TW_OK;
}

tw_status ns_held_expand_runs(ns_held_search *s, ns_inner_flow *flow, int kind, uint32_t t) {
    const ns_tile *tiles = s->space.lattice.tiles;
    const ns_tile_list *runs = flow->run_tiles[kind];
    for (uint32_t i = 0; i < runs->count; i++) {
        const uint32_t gb = t + runs->tiles[i];
        if (!ns_fit_together(&s->space.lattice, t, runs->tiles[i]) || !s->space.fits_gb[gb])
            continue;
        const ns_crossings n = ns_gb_crossings(&s->space, flow->inner, &tiles[t], &tiles[gb],
                                               s->chips->units, s->chips->crs);
        const ns_price send = send_price(s, t, &n);
        for (size_t l = 0; l < s->label_count; l++) {
            const ns_set_point point = {inside_price(&s->labels[l], send, &n),
                                        {s->labels[l].mac, s->labels[l].pe, t, 0, 0},
                                        0};
            if (!ns_is_useless_inside(s, point.price, gb))
                TW_TRY(ns_tile_sets_add(&flow->runs[kind], gb, &point));
        }
    }
    return TW_OK;
}

tw_status ns_held_leave_chips(ns_held_search *s, const ns_inner_flow *flow, int kind, uint32_t gb) {
    const uint32_t *chips = &s->space.unrolled[NS_CHIP].tiles[s->chips->first];
    const ns_tile_set *set = &flow->runs[kind].sets[gb];
    for (uint32_t c = 0; c < s->chips->count && set->count; c++) {
        if (!ns_fit_together(&s->space.lattice, gb, chips[c]))
            continue;
        for (int outer = NS_NONE; outer < NS_DATAFLOWS; outer++) {
            if (flow->combination[outer] < 0)
                continue;
            const ns_crossings n = dram_crossings(s, (ns_dataflow)outer, gb + chips[c], 0);
            const ns_price rest = outer_price(s, gb, gb + chips[c], &n);
            for (uint32_t i = 0; i < set->count; i++) {
                ns_chain chain = set->points[i].chain;
                chain.gb = gb;
                chain.chip = chips[c];
                TW_TRY(hold(s, ns_price_sum(set->points[i].price, rest), &chain,
                            flow->combination[outer]));
            }
        }
    }
    return TW_OK;
}
