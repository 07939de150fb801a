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
#include "neurospector/held_front.h"

#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "neurospector/pareto.h"
#include "neurospector/tile_sets.h"

enum { CHECK_EVERY = 32, MOST_TILES = 1 << 20 };

typedef struct {
    ns_price compute;
    double fill[NS_DATA];
    uint32_t pe, mac;
} label;

typedef struct {
    double *pj, *cycles;
} price_table;

/* A dataflow of GB's loops and those of DRAM that go with it: combination by DRAM's, or -1. */
typedef struct {
    ns_dataflow inner;
    int combination[NS_DATAFLOWS];
    ns_tile_sets runs[3]; /* per GB tile: the runs of up to three kinds of loops */
    unsigned run_columns[3];
    const ns_tile_list *run_tiles[3];
    int run_count;
} inner_flow;

typedef struct {
    ns_space space;
    const ns_search_options *options;
    const ns_held_use *use;
    const ns_front *front;
    ns_front *out;
    double start_s, static_pj; /* per cycle */
    bool stopped;

    size_t combination_count;
    ns_dataflows combinations[NS_MAX_COMBINATIONS];
    int inner_count;
    inner_flow inners[NS_DATAFLOWS];
    bool outer_used[NS_DATAFLOWS];

    size_t found_count; /* of the front: energy ascending, cycles descending */
    ns_price *found;
    ns_price *saving;  /* per tile sent: the most that it can save */
    ns_tile_sets held; /* per tile sent */

    /* Of the chip group at hand. */
    const ns_group *chips;
    price_table outer, outside; /* per GB tile that fits: the least outside; over its multiples */
    price_table most, cap;      /* the most saved, likewise; negative */
    ns_pareto_table mac_sets, *group_sets;
    bool *group_made;
    size_t label_count, label_capacity;
    label *labels;
} search;

/* ---- Prices and what makes them useless ---- */

static ns_price with_static(const search *s, ns_price price) {
    price.pj += s->static_pj * price.cycles;
    return price;
}

/* Some mapping of the front costs no more than this after it has saved so much. */
static bool is_useless(const search *s, ns_price price, ns_price saved) {
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

/* Whatever outside of a tile of which this is the inside. */
static bool is_useless_inside(const search *s, ns_price inside, uint32_t tile) {
    const ns_price total = {inside.pj + s->outside.pj[tile],
                            inside.cycles + s->outside.cycles[tile]};
    return !(s->outside.pj[tile] < HUGE_VAL) ||
           is_useless(s, total, (ns_price){-s->cap.pj[tile], -s->cap.cycles[tile]});
}

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

static void fill_saving(search *s) {
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
        s->saving[t] = with_static(s, saved);
    }
}

/* ---- Labels: what can be inside of T ---- */

static bool fits_together(const search *s, uint32_t a, uint32_t b) {
    const ns_lattice *lattice = &s->space.lattice;
    return ns_divides(lattice, lattice->tiles[b].packed,
                      ns_whole(lattice)->packed - lattice->tiles[a].packed);
}

static bool lb_has_loops(const search *s) {
    return !ns_row_is_virtual(s->space.accelerator, NS_ROW_LB);
}

static ns_price compute_price(const search *s, uint32_t mac, const ns_group *pe) {
    return with_static(s, ns_compute_price(&s->space, &s->space.lattice.tiles[mac],
                                           pe->units * s->chips->units, pe->crs * s->chips->crs));
}

/* Per LB tile that fits: the set of prices of the MAC tiles that divide it, under a PE group. */
static tw_status make_group_sets(search *s, uint32_t g) {
    const ns_space *space = &s->space;
    const ns_tile_list *macs = &space->unrolled[NS_MAC];
    ns_pareto_table *own = lb_has_loops(s) ? &s->mac_sets : &s->group_sets[g];
    if (s->group_made[g])
        return TW_OK;
    if (!s->group_sets[g].ctx)
        TW_TRY(ns_pareto_init(&s->group_sets[g], space->ctx, space->lattice.count));
    ns_pareto_clear(own, space->lattice.count);
    for (uint32_t m = 0; m < macs->count; m++) {
        const uint32_t mac = macs->tiles[m];
        const ns_price price = compute_price(s, mac, &space->groups[NS_PE].groups[g]);
        if (space->fits_lb[mac])
            TW_TRY(ns_pareto_add(own, mac, (ns_pareto_point){price, mac, 0}));
    }
    if (lb_has_loops(s))
        TW_TRY(ns_pareto_of_divisors(&space->lattice, space->fits_lb, own, &s->group_sets[g]));
    s->group_made[g] = true;
    return TW_OK;
}

static tw_status add_label(search *s, uint32_t t, const ns_group *group, uint32_t pe, uint32_t mac,
                           ns_price compute) {
    const ns_space *space = &s->space;
    const double *pj = space->model.access_pj[NS_LEVEL_LB];
    compute.pj += space->mac_pj;
    if (is_useless_inside(s, compute, t))
        return TW_OK;
    if (s->label_count == s->label_capacity) {
        const size_t capacity = 2 * s->label_capacity + 64;
        label *grown = tw_resize(space->ctx, s->labels, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(space->ctx);
        s->labels = grown;
        s->label_capacity = capacity;
    }
    label *l = &s->labels[s->label_count++];
    *l = (label){.compute = compute, .pe = pe, .mac = mac};
    for (int d = 0; d < NS_DATA; d++)
        l->fill[d] = group->units * s->chips->units * pj[d] * space->lattice.tiles[t - pe].words[d];
    return TW_OK;
}

static tw_status add_labels(search *s, uint32_t t, uint32_t g, uint32_t pe) {
    const ns_group *group = &s->space.groups[NS_PE].groups[g];
    if (s->space.unrolled[NS_MAC].count == 1) {
        if (!lb_has_loops(s) && t != pe)
            return TW_OK;
        return add_label(s, t, group, pe, 0, compute_price(s, 0, group));
    }
    TW_TRY(make_group_sets(s, g));
    const ns_pareto_table *sets = &s->group_sets[g];
    for (uint32_t i = 0; i < sets->count[t - pe]; i++) {
        const ns_pareto_point *p = &sets->points[sets->start[t - pe] + i];
        TW_TRY(add_label(s, t, group, pe, p->tile, p->price));
    }
    return TW_OK;
}

static tw_status make_labels(search *s, uint32_t t) {
    const ns_space *space = &s->space;
    const ns_lattice *lattice = &space->lattice;
    s->label_count = 0;
    for (uint32_t g = 0; g < space->groups[NS_PE].count; g++) {
        const ns_group *group = &space->groups[NS_PE].groups[g];
        for (uint32_t i = 0; i < group->count; i++) {
            const uint32_t pe = space->unrolled[NS_PE].tiles[group->first + i];
            if (ns_divides(lattice, lattice->tiles[pe].packed, lattice->tiles[t].packed) &&
                space->fits_lb[t - pe])
                TW_TRY(add_labels(s, t, g, pe));
        }
    }
    return TW_OK;
}

/* ---- Outside of GB tiles ---- */

static ns_price outer_price(const search *s, uint32_t gb, uint32_t sent, const ns_crossings *n) {
    const ns_tile *tiles = s->space.lattice.tiles;
    return with_static(s, ns_outer_price(&s->space, &tiles[gb], &tiles[sent], s->chips->units, n));
}

static ns_crossings dram_crossings(const search *s, ns_dataflow flow, uint32_t sent,
                                   const ns_passed *passed) {
    const ns_tile *tile = &s->space.lattice.tiles[sent];
    ns_crossings n = ns_dram_crossings(&s->space, flow, tile);
    ns_bypass_crossings(&s->space, tile, passed, &n);
    return n;
}

static void take_least(double *to, double value) {
    *to = value < *to ? value : *to;
}

/* Whatever GB passes on, DRAM's crossings are none fewer than those without its bypass. */
static void bound_outer(search *s, uint32_t gb) {
    const ns_passed all = {{true, true, true}};
    for (uint32_t i = 0; i < s->chips->count; i++) {
        const uint32_t chip = s->space.unrolled[NS_CHIP].tiles[s->chips->first + i];
        if (!fits_together(s, gb, chip))
            continue;
        take_least(&s->most.pj[gb], -s->saving[gb + chip].pj);
        take_least(&s->most.cycles[gb], -s->saving[gb + chip].cycles);
        for (int flow = NS_NONE; flow < NS_DATAFLOWS; flow++) {
            if (!s->outer_used[flow])
                continue;
            const ns_crossings n = dram_crossings(s, (ns_dataflow)flow, gb + chip, &all);
            const ns_price price = outer_price(s, gb, gb + chip, &n);
            take_least(&s->outer.pj[gb], price.pj);
            take_least(&s->outer.cycles[gb], price.cycles);
        }
    }
}

static void copy_least_of_multiples(const search *s, const double *from, double *to) {
    memcpy(to, from, s->space.lattice.count * sizeof *to);
    if (s->space.has_gb_loops)
        ns_lattice_min_of_multiples(&s->space.lattice, NS_ALL_COLUMNS, to);
}

static void fill_bounds(search *s) {
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
static ns_price inside_price(const label *l, ns_price send, const ns_crossings *n) {
    return (ns_price){l->compute.pj + send.pj + l->fill[NS_INPUT] * n->input +
                          l->fill[NS_WEIGHT] * n->weight +
                          l->fill[NS_OUTPUT] * (n->output_read + n->output_write),
                      l->compute.cycles + send.cycles};
}

static ns_price send_price(const search *s, uint32_t t, const ns_crossings *n) {
    return with_static(s, ns_send_price(&s->space, NS_LEVEL_GB, s->space.lattice.tiles[t].words, n,
                                        s->chips->units));
}

static tw_status hold(search *s, ns_price price, const ns_chain *chain, int combination) {
    const uint32_t sent = chain->gb + chain->chip;
    const ns_set_point point = {price, *chain, (uint32_t)combination};
    if (is_useless(s, price, s->saving[sent]))
        return TW_OK;
    return ns_tile_sets_add(&s->held, sent, &point);
}

/* GB tile T * loops leaves the tile of some tensor as T has it. */
static tw_status price_passing(search *s, const inner_flow *flow, ns_dataflow outer,
                               int combination, uint32_t t, uint32_t gb, uint32_t chip) {
    const ns_tile *inner = &s->space.lattice.tiles[t], *tile = &s->space.lattice.tiles[gb];
    const uint32_t sent = gb + chip;
    ns_passed passed;
    for (int d = 0; d < NS_DATA; d++)
        passed.passed[d] = inner->words[d] == tile->words[d];
    const ns_crossings counted = ns_dram_crossings(&s->space, outer, &s->space.lattice.tiles[sent]);
    const ns_crossings dram = dram_crossings(s, outer, sent, &passed);
    ns_crossings n =
        ns_gb_crossings(&s->space, flow->inner, inner, tile, s->chips->units, s->chips->crs);
    n.input = passed.passed[NS_INPUT] ? counted.input : n.input;
    n.weight = passed.passed[NS_WEIGHT] ? counted.weight : n.weight;
    if (passed.passed[NS_OUTPUT]) {
        n.output_read = counted.output_read;
        n.output_write = counted.output_write;
    }
    const ns_price rest = ns_price_sum(outer_price(s, gb, sent, &dram), send_price(s, t, &n));
    for (size_t i = 0; i < s->label_count; i++) {
        const label *l = &s->labels[i];
        TW_TRY(hold(s, inside_price(l, rest, &n), &(ns_chain){l->mac, l->pe, t, gb, chip},
                    combination));
    }
    return TW_OK;
}

static tw_status price_all_passing(search *s, uint32_t t, uint32_t gb, ns_price least) {
    const uint32_t *chips = &s->space.unrolled[NS_CHIP].tiles[s->chips->first];
    if (is_useless(s, (ns_price){least.pj + s->outer.pj[gb], least.cycles + s->outer.cycles[gb]},
                   (ns_price){-s->most.pj[gb], -s->most.cycles[gb]}))
        return TW_OK;
    for (uint32_t c = 0; c < s->chips->count; c++) {
        if (!fits_together(s, gb, chips[c]))
            continue;
        for (int i = 0; i < s->inner_count; i++)
            for (int outer = NS_NONE; outer < NS_DATAFLOWS; outer++)
                if (s->inners[i].combination[outer] >= 0)
                    TW_TRY(price_passing(s, &s->inners[i], (ns_dataflow)outer,
                                         s->inners[i].combination[outer], t, gb, chips[c]));
    }
    return TW_OK;
}

static tw_status expand_passing(search *s, uint32_t t, ns_price least) {
    const ns_space *space = &s->space;
    if (space->fits_gb[t])
        TW_TRY(price_all_passing(s, t, t, least));
    for (int d = 0; d < NS_DATA && space->has_gb_loops; d++)
        for (uint32_t i = 0; i < space->free_of[d].count; i++) {
            const uint32_t loops = space->free_of[d].tiles[i];
            if (loops && fits_together(s, t, loops) && space->fits_gb[t + loops])
                TW_TRY(price_all_passing(s, t, t + loops, least));
        }
    return TW_OK;
}

/* GB tiles with every product of the loops that a run consists of; what else GB loops over leaves
 * the crossings as they are. */
static tw_status expand_runs(search *s, inner_flow *flow, int kind, uint32_t t) {
    const ns_tile *tiles = s->space.lattice.tiles;
    const ns_tile_list *runs = flow->run_tiles[kind];
    for (uint32_t i = 0; i < runs->count; i++) {
        const uint32_t gb = t + runs->tiles[i];
        if (!fits_together(s, t, runs->tiles[i]) || !s->space.fits_gb[gb])
            continue;
        const ns_crossings n = ns_gb_crossings(&s->space, flow->inner, &tiles[t], &tiles[gb],
                                               s->chips->units, s->chips->crs);
        const ns_price send = send_price(s, t, &n);
        for (size_t l = 0; l < s->label_count; l++) {
            const ns_set_point point = {inside_price(&s->labels[l], send, &n),
                                        {s->labels[l].mac, s->labels[l].pe, t, 0, 0},
                                        0};
            if (!is_useless_inside(s, point.price, gb))
                TW_TRY(ns_tile_sets_add(&flow->runs[kind], gb, &point));
        }
    }
    return TW_OK;
}

static tw_status expand(search *s, uint32_t t) {
    ns_price least = {HUGE_VAL, HUGE_VAL};
    s->out->evaluated++;
    TW_TRY(make_labels(s, t));
    if (s->label_count == 0)
        return TW_OK;
    for (size_t i = 0; i < s->label_count; i++) {
        take_least(&least.pj, s->labels[i].compute.pj);
        take_least(&least.cycles, s->labels[i].compute.cycles);
    }
    TW_TRY(expand_passing(s, t, least));
    for (int i = 0; i < s->inner_count && s->space.has_gb_loops; i++)
        for (int kind = 0; kind < s->inners[i].run_count; kind++)
            TW_TRY(expand_runs(s, &s->inners[i], kind, t));
    return TW_OK;
}

/* Everything outside of the GB tiles of one kind of run. */
static tw_status leave_chips(search *s, const inner_flow *flow, int kind, uint32_t gb) {
    const ns_passed nothing = {{false, false, false}};
    const uint32_t *chips = &s->space.unrolled[NS_CHIP].tiles[s->chips->first];
    const ns_tile_set *set = &flow->runs[kind].sets[gb];
    for (uint32_t c = 0; c < s->chips->count && set->count; c++) {
        if (!fits_together(s, gb, chips[c]))
            continue;
        for (int outer = NS_NONE; outer < NS_DATAFLOWS; outer++) {
            if (flow->combination[outer] < 0)
                continue;
            const ns_crossings n = dram_crossings(s, (ns_dataflow)outer, gb + chips[c], &nothing);
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

/* ---- Chip groups ---- */

static bool must_stop(search *s) {
    tw_status why = TW_OK;
    if (s->stopped)
        return true;
    if (tw_is_cancelled(s->space.ctx))
        why = TW_CANCELLED;
    else if ((s->options->work_limit && s->out->evaluated >= s->options->work_limit) ||
             (s->options->time_limit_s > 0 && tw_seconds() - s->start_s > s->options->time_limit_s))
        why = TW_LIMIT;
    if (why == TW_OK)
        return false;
    s->out->limit = why;
    s->stopped = true;
    return true;
}

static tw_status search_chips(search *s, const ns_group *chips) {
    const ns_lattice *lattice = &s->space.lattice;
    s->chips = chips;
    fill_bounds(s);
    for (uint32_t g = 0; g < s->space.groups[NS_PE].count; g++)
        s->group_made[g] = false;
    for (int i = 0; i < s->inner_count; i++)
        for (int kind = 0; kind < s->inners[i].run_count; kind++)
            ns_tile_sets_clear(&s->inners[i].runs[kind]);
    for (uint32_t t = 0; t < lattice->count; t++) {
        if (t % CHECK_EVERY == 0 && must_stop(s))
            return TW_OK;
        if (s->space.fits_gb[t] && !is_useless_inside(s, (ns_price){s->space.mac_pj, 0}, t))
            TW_TRY(expand(s, t));
    }
    for (int i = 0; i < s->inner_count && s->space.has_gb_loops; i++)
        for (int kind = 0; kind < s->inners[i].run_count; kind++) {
            inner_flow *flow = &s->inners[i];
            TW_TRY(ns_tile_sets_of_divisors(lattice, NS_ALL_COLUMNS & ~flow->run_columns[kind],
                                            s->space.fits_gb, &flow->runs[kind]));
            for (uint32_t gb = 0; gb < lattice->count; gb++) {
                if (gb % CHECK_EVERY == 0 && must_stop(s))
                    return TW_OK;
                TW_TRY(leave_chips(s, flow, kind, gb));
            }
        }
    return TW_OK;
}

/* ---- Whole search ---- */

static tw_status add_kind(search *s, inner_flow *flow, unsigned columns,
                          const ns_tile_list *tiles) {
    const int kind = flow->run_count++;
    flow->run_columns[kind] = columns;
    flow->run_tiles[kind] = tiles;
    return ns_tile_sets_init(&flow->runs[kind], s->space.ctx, s->space.lattice.count);
}

/* With input stationary and no K loops the run is the longer of BPQ and CRS. */
static tw_status add_kinds(search *s, inner_flow *flow) {
    static const uint32_t unit = 0;
    static const ns_tile_list only_unit = {1, (uint32_t *)(uintptr_t)&unit};
    const unsigned k = 1U << NS_K, bpq = 1U << NS_B | 1U << NS_P | 1U << NS_Q;
    const unsigned crs = 1U << NS_C | 1U << NS_R | 1U << NS_S;
    const ns_space *space = &s->space;
    switch (flow->inner) {
    case NS_IS:
        TW_TRY(add_kind(s, flow, k, &space->of_k));
        TW_TRY(add_kind(s, flow, k | bpq, &space->of_bpq));
        return add_kind(s, flow, k | crs, &space->of_crs);
    case NS_WS:
        return add_kind(s, flow, bpq, &space->of_bpq);
    case NS_OS:
        return add_kind(s, flow, crs, &space->of_crs);
    default:
        return add_kind(s, flow, 0, &only_unit);
    }
}

static tw_status add_combination(search *s, const ns_dataflows *flows) {
    const ns_accelerator *accelerator = s->space.accelerator;
    const ns_dataflow inner = ns_dataflow_in_force(accelerator, flows, NS_LB);
    const ns_dataflow outer = ns_dataflow_in_force(accelerator, flows, NS_GB);
    int at = 0;
    while (at < s->inner_count && s->inners[at].inner != inner)
        at++;
    inner_flow *flow = &s->inners[at];
    if (at == s->inner_count) {
        s->inner_count++;
        *flow = (inner_flow){.inner = inner, .combination = {-1, -1, -1, -1}};
        TW_TRY(add_kinds(s, flow));
    }
    if (flow->combination[outer] >= 0)
        return TW_OK; /* prices alike */
    flow->combination[outer] = (int)s->combination_count;
    s->combinations[s->combination_count++] = *flows;
    s->outer_used[outer] = true;
    return TW_OK;
}

static tw_status new_table(search *s, price_table *table) {
    table->pj = tw_alloc_array(s->space.ctx, s->space.lattice.count, sizeof *table->pj);
    table->cycles = tw_alloc_array(s->space.ctx, s->space.lattice.count, sizeof *table->cycles);
    return table->pj && table->cycles ? TW_OK : tw_out_of_memory(s->space.ctx);
}

static tw_status allocate(search *s) {
    tw_ctx *ctx = s->space.ctx;
    const uint32_t tiles = s->space.lattice.count, groups = s->space.groups[NS_PE].count;
    price_table *tables[] = {&s->outer, &s->outside, &s->most, &s->cap};
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
static void take_found(search *s) {
    for (size_t i = 0; i < s->front->count; i++) {
        const ns_cost *cost = &s->front->points[i].cost;
        while (s->found_count > 0 && s->found[s->found_count - 1].pj >= cost->energy_pj)
            s->found_count--;
        s->found[s->found_count++] = (ns_price){cost->energy_pj, cost->cycles};
    }
    for (int i = 0; i <= NS_LEVELS; i++)
        s->static_pj += s->space.model.static_pj_per_cycle[i];
}

static tw_status search_all(search *s) {
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const size_t count = ns_dataflow_combinations(s->space.accelerator, s->options->flexible, all);
    const ns_group_list *groups = &s->space.groups[NS_CHIP];
    TW_TRY(allocate(s));
    for (size_t i = 0; i < count; i++)
        TW_TRY(add_combination(s, &all[i]));
    take_found(s);
    fill_saving(s);
    for (uint32_t g = 0; g < groups->count && !s->stopped; g++)
        TW_TRY(search_chips(s, &groups->groups[g]));
    return TW_OK;
}

static tw_status finish(search *s) {
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
            ns_table_of_chain(&s->space, &from->chain, &p->table);
            p->dataflows = s->combinations[from->combination];
            ns_evaluate(&s->space.model, s->space.layer, &p->dataflows, &p->table, &p->cost);
            if (fabs(p->cost.energy_pj - from->price.pj) > 1e-9 * from->price.pj ||
                fabs(p->cost.cycles - from->price.cycles) > 1e-9 * from->price.cycles)
                return tw_fail(s->space.ctx, TW_ERROR, NULL,
                               "internal: layer %s costs %.17g pJ, %.17g cycles by its mapping and "
                               "%.17g, %.17g by its bounds",
                               s->space.layer->name, p->cost.energy_pj, p->cost.cycles,
                               from->price.pj, from->price.cycles);
        }
    return TW_OK;
}

static void release(search *s) {
    tw_ctx *ctx = s->space.ctx;
    price_table *tables[] = {&s->outer, &s->outside, &s->most, &s->cap};
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
    ns_space_free(&s->space);
}

tw_status ns_held_front(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                        const ns_search_options *options, const ns_held_use *use,
                        const ns_front *front, ns_front *out) {
    search s = {.options = options, .use = use, .front = front, .out = out};
    *out = (ns_front){.space_log10 = front->space_log10};
    s.start_s = tw_seconds();
    tw_status status = ns_space_init(&s.space, ctx, accelerator, layer, NS_METRIC_ENERGY);
    if (status == TW_LIMIT || (status == TW_OK && s.space.lattice.count > MOST_TILES)) {
        out->limit = TW_LIMIT;
        status = TW_OK;
    } else if (status == TW_OK) {
        status = search_all(&s);
        if (status == TW_OK)
            status = finish(&s);
    }
    release(&s);
    return status;
}
