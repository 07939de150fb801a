/* Exact front of (dynamic energy, cycles): the decomposition of exact.c with prices in place of
 * costs.
 *
 * Fix the tile T that GB sends. Energy and cycles are both sums over an inside and an outside of T,
 *
 *     energy = label.pj + sum over tensors( label.fill * option.crossings ) + option.pj
 *     cycles = label.cycles + option.cycles
 *
 * and a mapping can only be on the front when its label is on the front of the insides with the
 * same PE tile, and its option on that of the outsides with the same run of GB loops. Both fronts
 * are made by sweeps over the lattice, as the minima of the scalar search are.
 *
 * For every T a least energy and least cycles are known. A T whose pair of bounds is dominated by a
 * mapping found holds nothing new; the others are expanded. */
#include "neurospector/front.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "neurospector/pareto.h"
#include "neurospector/rebuild.h"

enum { CHECK_EVERY = 256 };

/* A mapping found. */
typedef struct {
    ns_price price;
    ns_chain chain;
    size_t combination;
} mapping;

typedef struct {
    ns_price bound;
    double order;
    uint32_t tile;
} candidate;

typedef struct {
    ns_price compute;
    double fill[NS_DATA];
    uint32_t pe, mac;
} label;

typedef struct {
    ns_crossings n;
    ns_price rest;
    uint32_t gb, chip;
} option;

/* DRAM sending one tile. */
typedef struct {
    ns_crossings n;
    ns_price price;
} dram_entry;

/* Least energy and least cycles per tile. */
typedef struct {
    double *pj, *cycles;
} price_table;

typedef struct {
    ns_space space;
    const ns_search_options *options;
    ns_front *out;
    double start_s;
    bool stopped;
    ns_price open_bound; /* of what was left when stopped */

    size_t combination_count;
    ns_dataflow inner_flow[NS_MAX_COMBINATIONS], outer_flow[NS_MAX_COMBINATIONS];
    ns_dataflows combinations[NS_MAX_COMBINATIONS];

    /* As counted, and with the bypass of GB where it passes nothing on; one array when nothing is
     * bypassed. */
    dram_entry *dram[NS_DATAFLOWS], *dram_bypassed[NS_DATAFLOWS];

    /* Of the chip group at hand. */
    const ns_group *chips;
    price_table inside;         /* per T */
    price_table outer, outside; /* per GB tile; outside: least over multiples */
    ns_pareto_table outer_sets; /* per GB tile, with the bypass */
    ns_pareto_table option_sets[3];
    ns_pareto_table mac_sets, *group_sets; /* insides of LB tiles by PE group */
    bool *group_made;

    candidate *candidates;
    label *labels;
    option *option_list;
    size_t label_count, label_capacity, option_count, option_capacity;

    mapping *found; /* the front so far, as in ns_front */
    size_t found_count, found_capacity;
} search;

/* ---- The mappings found -------------------------------------------------------------------- */

/* How many mappings found cost at most so much energy. */
static size_t within(const search *s, double pj) {
    size_t low = 0, high = s->found_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (s->found[middle].price.pj <= pj)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_dominated(const search *s, ns_price price) {
    const size_t count = within(s, price.pj);
    return count > 0 && s->found[count - 1].price.cycles <= price.cycles;
}

/* Makes room for one element more in a list that grows. */
static tw_status grow(tw_ctx *ctx, void **list, size_t *capacity, size_t count, size_t size) {
    if (count < *capacity)
        return TW_OK;
    const size_t more = 2 * *capacity + 64;
    void *grown = tw_resize(ctx, *list, more * size);
    if (!grown)
        return tw_out_of_memory(ctx);
    *list = grown;
    *capacity = more;
    return TW_OK;
}

static tw_status add_mapping(search *s, const mapping *m) {
    size_t at = within(s, m->price.pj);
    TW_TRY(grow(s->space.ctx, (void **)&s->found, &s->found_capacity, s->found_count,
                sizeof *s->found));
    if (at > 0 && s->found[at - 1].price.pj == m->price.pj)
        at--; /* of the same energy and more cycles */
    size_t next = at;
    while (next < s->found_count && s->found[next].price.cycles >= m->price.cycles)
        next++;
    memmove(s->found + at + 1, s->found + next, (s->found_count - next) * sizeof *s->found);
    s->found_count = at + 1 + s->found_count - next;
    s->found[at] = *m;
    return TW_OK;
}

/* ---- Inside -------------------------------------------------------------------------------- */

static bool fits_together(const search *s, uint32_t a, uint32_t b) {
    const ns_lattice *lattice = &s->space.lattice;
    return ns_divides(lattice, lattice->tiles[b].packed,
                      ns_whole(lattice)->packed - lattice->tiles[a].packed);
}

static bool lb_has_loops(const search *s) {
    return !ns_row_is_virtual(s->space.accelerator, NS_ROW_LB);
}

static ns_price compute_price(const search *s, uint32_t mac, const ns_group *pe) {
    return ns_compute_price(&s->space, &s->space.lattice.tiles[mac], pe->units * s->chips->units,
                            pe->crs * s->chips->crs);
}

static void take_least(double *to, double value) {
    *to = value < *to ? value : *to;
}

static void fill_infinite(const search *s, price_table *table) {
    for (uint32_t t = 0; t < s->space.lattice.count; t++)
        table->pj[t] = table->cycles[t] = HUGE_VAL;
}

/* inside[T]: the least of any MAC and PE arrays that T can be made of. */
static void fill_inside(search *s) {
    const ns_space *space = &s->space;
    const ns_tile_list *macs = &space->unrolled[NS_MAC], *pes = &space->unrolled[NS_PE];
    fill_infinite(s, &s->inside);
    for (uint32_t g = 0; g < space->groups[NS_PE].count; g++) {
        const ns_group *group = &space->groups[NS_PE].groups[g];
        for (uint32_t m = 0; m < macs->count; m++) {
            const ns_price price = compute_price(s, macs->tiles[m], group);
            for (uint32_t e = 0; e < group->count; e++) {
                const uint32_t pe = pes->tiles[group->first + e];
                if (!fits_together(s, macs->tiles[m], pe))
                    continue;
                take_least(&s->inside.pj[macs->tiles[m] + pe], price.pj);
                take_least(&s->inside.cycles[macs->tiles[m] + pe], price.cycles);
            }
        }
    }
    if (lb_has_loops(s)) {
        ns_lattice_min_of_divisors(&space->lattice, NS_ALL_COLUMNS, s->inside.pj);
        ns_lattice_min_of_divisors(&space->lattice, NS_ALL_COLUMNS, s->inside.cycles);
    }
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

static tw_status add_label(search *s, double pes, uint32_t lb, uint32_t pe, uint32_t mac,
                           ns_price compute) {
    const ns_space *space = &s->space;
    const double *pj = space->model.access_pj[NS_LEVEL_LB];
    TW_TRY(grow(space->ctx, (void **)&s->labels, &s->label_capacity, s->label_count,
                sizeof *s->labels));
    label *l = &s->labels[s->label_count++];
    *l = (label){.compute = compute, .pe = pe, .mac = mac};
    for (int d = 0; d < NS_DATA; d++)
        l->fill[d] = pes * s->chips->units * pj[d] * space->lattice.tiles[lb].words[d];
    return TW_OK;
}

/* Labels of T with this PE tile, as far as the least outside does not rule them out. */
static tw_status add_labels(search *s, uint32_t g, uint32_t t, uint32_t pe, ns_price outside) {
    const ns_group *group = &s->space.groups[NS_PE].groups[g];
    const uint32_t lb = t - pe;
    if (s->space.unrolled[NS_MAC].count == 1) {
        const ns_price price = compute_price(s, 0, group);
        if ((!lb_has_loops(s) && lb != 0) || is_dominated(s, ns_price_sum(price, outside)))
            return TW_OK;
        return add_label(s, group->units, lb, pe, 0, price);
    }
    TW_TRY(make_group_sets(s, g));
    const ns_pareto_table *sets = &s->group_sets[g];
    for (uint32_t i = 0; i < sets->count[lb]; i++) {
        const ns_pareto_point *p = &sets->points[sets->start[lb] + i];
        if (!is_dominated(s, ns_price_sum(p->price, outside)))
            TW_TRY(add_label(s, group->units, lb, pe, p->tile, p->price));
    }
    return TW_OK;
}

static tw_status make_labels(search *s, uint32_t t, ns_price outside) {
    const ns_space *space = &s->space;
    const ns_lattice *lattice = &space->lattice;
    s->label_count = 0;
    for (uint32_t g = 0; g < space->groups[NS_PE].count; g++) {
        const ns_group *group = &space->groups[NS_PE].groups[g];
        for (uint32_t i = 0; i < group->count; i++) {
            const uint32_t pe = space->unrolled[NS_PE].tiles[group->first + i];
            if (!ns_divides(lattice, lattice->tiles[pe].packed, lattice->tiles[t].packed) ||
                !space->fits_lb[t - pe])
                continue;
            TW_TRY(add_labels(s, g, t, pe, outside));
        }
    }
    return TW_OK;
}

/* ---- Outside ------------------------------------------------------------------------------- */

static tw_status make_dram(search *s, ns_dataflow flow) {
    const ns_space *space = &s->space;
    const ns_passed nothing = {{false, false, false}};
    const uint32_t count = space->lattice.count;
    const bool bypass = space->accelerator->buffers[NS_GB].bypass != 0;
    if (s->dram[flow])
        return TW_OK;
    s->dram[flow] = tw_alloc_array(space->ctx, count, sizeof(dram_entry));
    s->dram_bypassed[flow] =
        bypass ? tw_alloc_array(space->ctx, count, sizeof(dram_entry)) : s->dram[flow];
    if (!s->dram[flow] || !s->dram_bypassed[flow])
        return tw_out_of_memory(space->ctx);
    for (uint32_t t = 0; t < count; t++) {
        const ns_tile *sent = &space->lattice.tiles[t];
        dram_entry *entry = &s->dram[flow][t], *bypassed = &s->dram_bypassed[flow][t];
        entry->n = ns_dram_crossings(space, flow, sent);
        entry->price = ns_send_price(space, NS_LEVEL_DRAM, sent->words, &entry->n, 1);
        if (!bypass)
            continue;
        bypassed->n = entry->n;
        ns_bypass_crossings(space, sent, &nothing, &bypassed->n);
        bypassed->price = ns_send_price(space, NS_LEVEL_DRAM, sent->words, &bypassed->n, 1);
    }
    return TW_OK;
}

static ns_price outer_price(const search *s, const dram_entry *entry, uint32_t gb) {
    ns_price price = entry->price;
    price.pj += ns_tile_pj(&s->space, NS_LEVEL_GB, s->space.lattice.tiles[gb].words, &entry->n,
                           s->chips->units);
    return price;
}

/* Everything outside of a GB tile that fits, over the ways to unroll the chips. */
static tw_status fill_outer(search *s, ns_dataflow flow, ns_price least_inside) {
    const ns_space *space = &s->space;
    const uint32_t *chips = &space->unrolled[NS_CHIP].tiles[s->chips->first];
    fill_infinite(s, &s->outer);
    ns_pareto_clear(&s->outer_sets, space->lattice.count);
    for (uint32_t t = 0; t < space->lattice.count; t++)
        for (uint32_t i = 0; i < s->chips->count && space->fits_gb[t]; i++) {
            if (!fits_together(s, t, chips[i]))
                continue;
            const uint32_t sent = t + chips[i];
            const ns_price price = outer_price(s, &s->dram[flow][sent], t);
            const ns_price bypassed = outer_price(s, &s->dram_bypassed[flow][sent], t);
            take_least(&s->outer.pj[t], price.pj);
            take_least(&s->outer.cycles[t], price.cycles);
            if (!is_dominated(s, ns_price_sum(bypassed, least_inside)))
                TW_TRY(ns_pareto_add(&s->outer_sets, t, (ns_pareto_point){bypassed, t, chips[i]}));
        }
    return TW_OK;
}

static void fill_outside(search *s) {
    const size_t bytes = s->space.lattice.count * sizeof(double);
    memcpy(s->outside.pj, s->outer.pj, bytes);
    memcpy(s->outside.cycles, s->outer.cycles, bytes);
    ns_lattice_min_of_multiples(&s->space.lattice, NS_ALL_COLUMNS, s->outside.pj);
    ns_lattice_min_of_multiples(&s->space.lattice, NS_ALL_COLUMNS, s->outside.cycles);
}

/* Loops that the run of a dataflow consists of; those of the other columns are free. */
static const unsigned k_columns = 1U << NS_K;
static const unsigned bpq_columns = 1U << NS_B | 1U << NS_P | 1U << NS_Q;
static const unsigned crs_columns = 1U << NS_C | 1U << NS_R | 1U << NS_S;

static tw_status fill_option_set(search *s, int index, unsigned exact_columns) {
    return ns_pareto_of_multiples(&s->space.lattice, NS_ALL_COLUMNS & ~exact_columns,
                                  &s->outer_sets, &s->option_sets[index]);
}

static tw_status fill_option_sets(search *s, ns_dataflow flow) {
    switch (flow) {
    case NS_IS: /* with no K loops the run is the longer of BPQ and CRS */
        TW_TRY(fill_option_set(s, 0, k_columns));
        TW_TRY(fill_option_set(s, 1, k_columns | bpq_columns));
        return fill_option_set(s, 2, k_columns | crs_columns);
    case NS_WS:
        return fill_option_set(s, 0, bpq_columns);
    case NS_OS:
        return fill_option_set(s, 0, crs_columns);
    default:
        return fill_option_set(s, 0, 0);
    }
}

typedef struct {
    uint32_t tile;
    ns_dataflow inner, outer;
    ns_price least_compute;
    double least_fill[NS_DATA];
} expansion;

static tw_status add_option(search *s, const expansion *x, const ns_crossings *n, ns_price outer,
                            uint32_t gb, uint32_t chip) {
    const ns_tile *tile = &s->space.lattice.tiles[x->tile];
    if (is_dominated(s, ns_price_sum(x->least_compute, outer)))
        return TW_OK;
    const ns_price send = ns_send_price(&s->space, NS_LEVEL_GB, tile->words, n, s->chips->units);
    const ns_price rest = ns_price_sum(outer, send);
    ns_price least = ns_price_sum(x->least_compute, rest);
    least.pj += x->least_fill[NS_INPUT] * n->input + x->least_fill[NS_WEIGHT] * n->weight +
                x->least_fill[NS_OUTPUT] * (n->output_read + n->output_write);
    if (is_dominated(s, least))
        return TW_OK;
    TW_TRY(grow(s->space.ctx, (void **)&s->option_list, &s->option_capacity, s->option_count,
                sizeof *s->option_list));
    s->option_list[s->option_count++] = (option){*n, rest, gb, chip};
    return TW_OK;
}

/* For every product of loops `runs` in GB the set of the rest of the GB tile. */
static tw_status add_runs(search *s, const expansion *x, const ns_tile_list *runs,
                          const ns_pareto_table *sets) {
    const ns_space *space = &s->space;
    const ns_tile *tiles = space->lattice.tiles;
    for (uint32_t i = 0; i < runs->count; i++) {
        const uint32_t gb = x->tile + runs->tiles[i];
        if (!fits_together(s, x->tile, runs->tiles[i]) || sets->count[gb] == 0)
            continue;
        const ns_crossings n = ns_gb_crossings(space, x->inner, &tiles[x->tile], &tiles[gb],
                                               s->chips->units, s->chips->crs);
        for (uint32_t j = 0; j < sets->count[gb]; j++) {
            const ns_pareto_point *p = &sets->points[sets->start[gb] + j];
            TW_TRY(add_option(s, x, &n, p->price, p->tile, p->unrolled));
        }
    }
    return TW_OK;
}

/* A GB tile that leaves the tile of some tensor as T has it. */
static tw_status add_passing(search *s, const expansion *x, uint32_t gb) {
    const ns_space *space = &s->space;
    const ns_tile *inner = &space->lattice.tiles[x->tile], *tile = &space->lattice.tiles[gb];
    const uint32_t *chips = &space->unrolled[NS_CHIP].tiles[s->chips->first];
    ns_passed passed;
    for (int d = 0; d < NS_DATA; d++)
        passed.passed[d] = inner->words[d] == tile->words[d];
    for (uint32_t i = 0; i < s->chips->count; i++) {
        if (!fits_together(s, gb, chips[i]))
            continue;
        const ns_tile *sent = &space->lattice.tiles[gb + chips[i]];
        ns_crossings dram = s->dram[x->outer][gb + chips[i]].n;
        ns_crossings n =
            ns_gb_crossings(space, x->inner, inner, tile, s->chips->units, s->chips->crs);
        n.input = passed.passed[NS_INPUT] ? dram.input : n.input;
        n.weight = passed.passed[NS_WEIGHT] ? dram.weight : n.weight;
        if (passed.passed[NS_OUTPUT]) {
            n.output_read = dram.output_read;
            n.output_write = dram.output_write;
        }
        ns_bypass_crossings(space, sent, &passed, &dram);
        TW_TRY(add_option(s, x, &n, ns_outer_price(space, tile, sent, s->chips->units, &dram), gb,
                          chips[i]));
    }
    return TW_OK;
}

static tw_status add_all_passing(search *s, const expansion *x) {
    const ns_space *space = &s->space;
    if (space->fits_gb[x->tile])
        TW_TRY(add_passing(s, x, x->tile));
    for (int d = 0; d < NS_DATA && space->has_gb_loops; d++)
        for (uint32_t i = 0; i < space->free_of[d].count; i++) {
            const uint32_t loops = space->free_of[d].tiles[i];
            if (loops && fits_together(s, x->tile, loops) && space->fits_gb[x->tile + loops])
                TW_TRY(add_passing(s, x, x->tile + loops));
        }
    return TW_OK;
}

static tw_status make_options(search *s, const expansion *x) {
    const ns_space *space = &s->space;
    uint32_t unit = 0;
    const ns_tile_list only_unit = {1, &unit};
    s->option_count = 0;
    TW_TRY(add_all_passing(s, x));
    if (!space->has_gb_loops)
        return TW_OK;
    switch (x->inner) {
    case NS_IS:
        TW_TRY(add_runs(s, x, &space->of_k, &s->option_sets[0]));
        TW_TRY(add_runs(s, x, &space->of_bpq, &s->option_sets[1]));
        return add_runs(s, x, &space->of_crs, &s->option_sets[2]);
    case NS_WS:
        return add_runs(s, x, &space->of_bpq, &s->option_sets[0]);
    case NS_OS:
        return add_runs(s, x, &space->of_crs, &s->option_sets[0]);
    default:
        return add_runs(s, x, &only_unit, &s->option_sets[0]);
    }
}

/* ---- Bounds and expansion ------------------------------------------------------------------ */

/* What GB and the fills of the LBs pay at least for one crossing of each tensor of T. */
static void crossing_prices(const search *s, const ns_tile *tile, ns_price price[NS_DATA]) {
    const ns_model *model = &s->space.model;
    const double share = model->sum_cycles[NS_LEVEL_GB] ? 1 : 1.0 / 3;
    for (int d = 0; d < NS_DATA; d++) {
        /* The LBs under one T hold at least its weights and outputs, each word once. */
        const double lb_pj = d == NS_INPUT ? 0 : model->access_pj[NS_LEVEL_LB][d];
        price[d].pj = tile->words[d] * s->chips->units * (lb_pj + model->access_pj[NS_LEVEL_GB][d]);
        price[d].cycles = tile->words[d] * share * model->unit_cycles[NS_LEVEL_GB][d] /
                          model->words_per_cycle[NS_LEVEL_GB];
    }
}

/* Least total of crossings of T: the best run any GB loops can give, and the cases in which GB
 * passes tensors on, which leave no run to the stationary one. */
static double least_total(const search *s, const ns_tile *tile, ns_dataflow flow,
                          const double price[NS_DATA]) {
    const ns_tile *whole = ns_whole(&s->space.lattice);
    const double steps = whole->steps / (tile->steps * s->chips->units);
    const double reduction = whole->crs / (tile->crs * s->chips->crs);
    const double bpq = whole->bpq / tile->bpq, k = whole->k / tile->k;
    const bool still = s->space.layer->stride == 0; /* P and Q then leave input and weight */
    const double full[NS_DATA] = {price[NS_INPUT] * steps, price[NS_WEIGHT] * steps,
                                  price[NS_OUTPUT] * (2 * steps - steps / reduction)};
    const double in_run = flow == NS_IS ? fmax(k, fmax(bpq, reduction)) : 1;
    const double w_run = flow == NS_WS ? bpq : 1;
    const double out_best = flow == NS_OS ? price[NS_OUTPUT] * steps / reduction : full[NS_OUTPUT];
    double least = full[NS_INPUT] / in_run + full[NS_WEIGHT] / w_run + out_best;
    least = fmin(least, (still ? 0 : full[NS_WEIGHT]) + full[NS_OUTPUT]);
    least = fmin(least, full[NS_INPUT] / (flow == NS_IS ? bpq : 1) + full[NS_OUTPUT]);
    return fmin(least, full[NS_INPUT] / (flow == NS_IS ? reduction : 1) + full[NS_WEIGHT]);
}

/* The least outside of T. */
static ns_price outside_bound(const search *s, uint32_t t, ns_dataflow flow) {
    const ns_price whole_gb = {s->outer.pj[t], s->outer.cycles[t]}; /* its crossings are DRAM's */
    if (!s->space.has_gb_loops)
        return whole_gb;
    const ns_tile *tile = &s->space.lattice.tiles[t];
    ns_price price[NS_DATA];
    crossing_prices(s, tile, price);
    const double pj[NS_DATA] = {price[0].pj, price[1].pj, price[2].pj};
    const double cycles[NS_DATA] = {price[0].cycles, price[1].cycles, price[2].cycles};
    return (ns_price){
        fmin(whole_gb.pj, s->outside.pj[t] + least_total(s, tile, flow, pj)),
        fmin(whole_gb.cycles, s->outside.cycles[t] + least_total(s, tile, flow, cycles))};
}

static ns_price bound_of(const search *s, uint32_t t, ns_dataflow flow) {
    ns_price bound = {s->space.mac_pj + s->inside.pj[t], s->inside.cycles[t]};
    bound.pj += s->outside.pj[t] < s->outer.pj[t] ? s->outside.pj[t] : s->outer.pj[t];
    bound.cycles += fmin(s->outside.cycles[t], s->outer.cycles[t]);
    if (bound.pj == HUGE_VAL || is_dominated(s, bound))
        return bound;
    const ns_price outside = outside_bound(s, t, flow);
    return (ns_price){s->space.mac_pj + s->inside.pj[t] + outside.pj,
                      s->inside.cycles[t] + outside.cycles};
}

static tw_status price_pairs(search *s, size_t combination, uint32_t t) {
    for (size_t j = 0; j < s->option_count; j++) {
        const option *o = &s->option_list[j];
        const double output = o->n.output_read + o->n.output_write;
        for (size_t i = 0; i < s->label_count; i++) {
            const label *l = &s->labels[i];
            const ns_price price = {
                s->space.mac_pj + l->compute.pj + o->rest.pj + l->fill[NS_INPUT] * o->n.input +
                    l->fill[NS_WEIGHT] * o->n.weight + l->fill[NS_OUTPUT] * output,
                l->compute.cycles + o->rest.cycles};
            if (!is_dominated(s, price))
                TW_TRY(add_mapping(
                    s, &(mapping){price, {l->mac, l->pe, t, o->gb, o->chip}, combination}));
        }
    }
    return TW_OK;
}

static tw_status expand(search *s, size_t combination, uint32_t t) {
    expansion x = {.tile = t,
                   .inner = s->inner_flow[combination],
                   .outer = s->outer_flow[combination],
                   .least_compute = {HUGE_VAL, HUGE_VAL},
                   .least_fill = {HUGE_VAL, HUGE_VAL, HUGE_VAL}};
    ns_price outside = outside_bound(s, t, x.inner);
    outside.pj += s->space.mac_pj;
    s->out->evaluated++;
    TW_TRY(make_labels(s, t, outside));
    if (s->label_count == 0)
        return TW_OK;
    for (size_t i = 0; i < s->label_count; i++) {
        const label *l = &s->labels[i];
        take_least(&x.least_compute.pj, s->space.mac_pj + l->compute.pj);
        take_least(&x.least_compute.cycles, l->compute.cycles);
        for (int d = 0; d < NS_DATA; d++)
            take_least(&x.least_fill[d], l->fill[d]);
    }
    TW_TRY(make_options(s, &x));
    return price_pairs(s, combination, t);
}

/* What is not looked at has at least this price. */
static void leave_open(search *s, ns_price bound) {
    take_least(&s->open_bound.pj, bound.pj);
    take_least(&s->open_bound.cycles, bound.cycles);
}

static bool must_stop(search *s) {
    tw_status why = TW_OK;
    if (s->out->evaluated % CHECK_EVERY == 0 && tw_is_cancelled(s->space.ctx))
        why = TW_CANCELLED;
    if (s->options->work_limit && s->out->evaluated >= s->options->work_limit)
        why = TW_LIMIT;
    if (s->options->time_limit_s > 0 && s->out->evaluated % CHECK_EVERY == 0 &&
        tw_seconds() - s->start_s > s->options->time_limit_s)
        why = TW_LIMIT;
    if (why == TW_OK)
        return false;
    s->out->limit = why;
    s->stopped = true;
    return true;
}

static int compare_candidates(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->tile > y->tile) - (x->tile < y->tile);
}

/* The candidates in the order of how far their bounds are from the least of all. */
static void order_candidates(search *s, size_t count) {
    ns_price least = {HUGE_VAL, HUGE_VAL};
    for (size_t i = 0; i < count; i++) {
        take_least(&least.pj, s->candidates[i].bound.pj);
        take_least(&least.cycles, s->candidates[i].bound.cycles);
    }
    for (size_t i = 0; i < count; i++) {
        const ns_price bound = s->candidates[i].bound;
        s->candidates[i].order = bound.pj / (least.pj + 1) + bound.cycles / (least.cycles + 1);
    }
    qsort(s->candidates, count, sizeof *s->candidates, compare_candidates);
}

static tw_status search_combination(search *s, size_t combination) {
    uint32_t count = 0;
    for (uint32_t t = 0; t < s->space.lattice.count; t++) {
        const ns_price bound = bound_of(s, t, s->inner_flow[combination]);
        if (bound.pj < HUGE_VAL && !is_dominated(s, bound))
            s->candidates[count++] = (candidate){bound, 0, t};
    }
    s->out->pruned += s->space.lattice.count - count;
    if (count == 0)
        return TW_OK;
    if (s->space.has_gb_loops)
        TW_TRY(fill_option_sets(s, s->inner_flow[combination]));
    order_candidates(s, count);
    for (uint32_t i = 0; i < count; i++) {
        const candidate *c = &s->candidates[i];
        if (is_dominated(s, c->bound)) {
            s->out->pruned++;
            continue;
        }
        if (s->stopped || must_stop(s)) {
            leave_open(s, c->bound);
            continue;
        }
        TW_TRY(expand(s, combination, c->tile));
    }
    return TW_OK;
}

/* The least of anything with these chips. */
static ns_price chips_bound(search *s, const ns_group *chips) {
    const ns_space *space = &s->space;
    ns_price least = {HUGE_VAL, HUGE_VAL};
    s->chips = chips;
    for (uint32_t g = 0; g < space->groups[NS_PE].count; g++)
        for (uint32_t m = 0; m < space->unrolled[NS_MAC].count; m++) {
            const ns_price price =
                compute_price(s, space->unrolled[NS_MAC].tiles[m], &space->groups[NS_PE].groups[g]);
            take_least(&least.pj, price.pj);
            take_least(&least.cycles, price.cycles);
        }
    least.pj += space->mac_pj;
    return least;
}

static tw_status search_chips(search *s, const ns_group *chips, ns_price bound) {
    bool inside_filled = false;
    s->chips = chips;
    for (uint32_t g = 0; g < s->space.groups[NS_PE].count; g++)
        s->group_made[g] = false;
    for (int flow = NS_NONE; flow < NS_DATAFLOWS; flow++) {
        bool outside_filled = false;
        for (size_t c = 0; c < s->combination_count; c++) {
            if (s->outer_flow[c] != (ns_dataflow)flow)
                continue;
            if (s->stopped || must_stop(s)) {
                leave_open(s, bound);
                return TW_OK;
            }
            if (!inside_filled)
                fill_inside(s);
            if (!outside_filled) {
                TW_TRY(fill_outer(s, (ns_dataflow)flow, bound));
                fill_outside(s);
            }
            inside_filled = outside_filled = true;
            TW_TRY(search_combination(s, c));
        }
    }
    return TW_OK;
}

/* ---- Whole search -------------------------------------------------------------------------- */

static tw_status new_price_table(search *s, price_table *table) {
    table->pj = tw_alloc_array(s->space.ctx, s->space.lattice.count, sizeof *table->pj);
    table->cycles = tw_alloc_array(s->space.ctx, s->space.lattice.count, sizeof *table->cycles);
    return table->pj && table->cycles ? TW_OK : tw_out_of_memory(s->space.ctx);
}

static tw_status allocate(search *s) {
    tw_ctx *ctx = s->space.ctx;
    const uint32_t tiles = s->space.lattice.count, groups = s->space.groups[NS_PE].count;
    TW_TRY(new_price_table(s, &s->inside));
    TW_TRY(new_price_table(s, &s->outer));
    TW_TRY(new_price_table(s, &s->outside));
    TW_TRY(ns_pareto_init(&s->outer_sets, ctx, tiles));
    TW_TRY(ns_pareto_init(&s->mac_sets, ctx, tiles));
    for (int i = 0; i < 3; i++)
        TW_TRY(ns_pareto_init(&s->option_sets[i], ctx, tiles));
    s->group_sets = tw_alloc_array(ctx, groups, sizeof *s->group_sets);
    s->group_made = tw_alloc_array(ctx, groups, sizeof *s->group_made);
    s->candidates = tw_alloc_array(ctx, tiles, sizeof *s->candidates);
    if (!s->group_sets || !s->group_made || !s->candidates)
        return tw_out_of_memory(ctx);
    return TW_OK;
}

static void release(search *s) {
    tw_ctx *ctx = s->space.ctx;
    double *tables[] = {s->inside.pj,     s->outer.pj,     s->outside.pj,
                        s->inside.cycles, s->outer.cycles, s->outside.cycles};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        tw_free(ctx, tables[i]);
    for (int f = 0; f < NS_DATAFLOWS; f++) {
        if (s->dram_bypassed[f] != s->dram[f])
            tw_free(ctx, s->dram_bypassed[f]);
        tw_free(ctx, s->dram[f]);
    }
    ns_pareto_free(&s->outer_sets);
    ns_pareto_free(&s->mac_sets);
    for (int i = 0; i < 3; i++)
        ns_pareto_free(&s->option_sets[i]);
    for (uint32_t g = 0; s->group_sets && g < s->space.groups[NS_PE].count; g++)
        ns_pareto_free(&s->group_sets[g]);
    tw_free(ctx, s->group_sets);
    tw_free(ctx, s->group_made);
    tw_free(ctx, s->candidates);
    tw_free(ctx, s->labels);
    tw_free(ctx, s->option_list);
    tw_free(ctx, s->found);
    ns_space_free(&s->space);
}

/* Combinations that price alike are searched once. */
static void choose_combinations(search *s) {
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const ns_accelerator *accelerator = s->space.accelerator;
    const size_t count = ns_dataflow_combinations(accelerator, s->options->flexible, all);
    for (size_t i = 0; i < count; i++) {
        const ns_dataflow inner = ns_dataflow_in_force(accelerator, &all[i], NS_LB);
        const ns_dataflow outer = ns_dataflow_in_force(accelerator, &all[i], NS_GB);
        bool known = false;
        for (size_t c = 0; c < s->combination_count; c++)
            known |= s->inner_flow[c] == inner && s->outer_flow[c] == outer;
        if (known)
            continue;
        s->inner_flow[s->combination_count] = inner;
        s->outer_flow[s->combination_count] = outer;
        s->combinations[s->combination_count++] = all[i];
    }
}

static tw_status search_groups(search *s, candidate *order) {
    const ns_group_list *groups = &s->space.groups[NS_CHIP];
    ns_price least = {HUGE_VAL, HUGE_VAL};
    uint32_t count = 0;
    for (uint32_t g = 0; g < groups->count; g++) {
        if (s->options->chips && groups->groups[g].units != (double)s->options->chips)
            continue;
        const ns_price bound = chips_bound(s, &groups->groups[g]);
        take_least(&least.pj, bound.pj);
        take_least(&least.cycles, bound.cycles);
        order[count++] = (candidate){bound, 0, g};
    }
    for (uint32_t i = 0; i < count; i++)
        order[i].order =
            order[i].bound.pj / (least.pj + 1) + order[i].bound.cycles / (least.cycles + 1);
    qsort(order, count, sizeof *order, compare_candidates);
    for (uint32_t i = 0; i < count; i++) {
        if (!is_dominated(s, order[i].bound))
            TW_TRY(search_chips(s, &groups->groups[order[i].tile], order[i].bound));
    }
    return TW_OK;
}

/* Chip groups in the order of their bounds. */
static tw_status search_all(search *s) {
    candidate *order = tw_alloc_array(s->space.ctx, s->space.groups[NS_CHIP].count, sizeof *order);
    if (!order)
        return tw_out_of_memory(s->space.ctx);
    for (size_t c = 0; c < s->combination_count; c++) {
        const tw_status status = make_dram(s, s->outer_flow[c]);
        if (status != TW_OK) {
            tw_free(s->space.ctx, order);
            return status;
        }
    }
    const tw_status status = search_groups(s, order);
    tw_free(s->space.ctx, order);
    return status;
}

/* Evaluates what was found; rounding may let one point dominate its neighbour. */
static tw_status finish(search *s) {
    ns_front *out = s->out;
    out->proven = !s->stopped;
    out->points = tw_alloc_array(s->space.ctx, s->found_count + 1, sizeof *out->points);
    if (!out->points)
        return tw_out_of_memory(s->space.ctx);
    for (size_t i = 0; i < s->found_count; i++) {
        const mapping *m = &s->found[i];
        ns_front_point *p = &out->points[out->count];
        ns_table_of_chain(&s->space, &m->chain, &p->table);
        p->dataflows = s->combinations[m->combination];
        ns_evaluate(&s->space.model, s->space.layer, &p->dataflows, &p->table, &p->cost);
        if (fabs(p->cost.dynamic_pj - m->price.pj) > 1e-9 * m->price.pj ||
            fabs(p->cost.cycles - m->price.cycles) > 1e-9 * m->price.cycles)
            return tw_fail(s->space.ctx, TW_ERROR, NULL,
                           "internal: layer %s costs %.17g pJ, %.17g cycles by its mapping and "
                           "%.17g, %.17g by its bounds",
                           s->space.layer->name, p->cost.dynamic_pj, p->cost.cycles, m->price.pj,
                           m->price.cycles);
        while (out->count > 0 && p[-1].cost.dynamic_pj >= p->cost.dynamic_pj) {
            p[-1] = *p;
            p--;
            out->count--;
        }
        if (out->count == 0 || p->cost.cycles < p[-1].cost.cycles)
            out->count++;
    }
    if (out->count > 0)
        leave_open(
            s, (ns_price){out->points[0].cost.dynamic_pj, out->points[out->count - 1].cost.cycles});
    if (s->open_bound.pj < HUGE_VAL) {
        out->energy_bound_pj = s->open_bound.pj;
        out->cycle_bound = s->open_bound.cycles;
    }
    return TW_OK;
}

tw_status ns_exact_front(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                         const ns_search_options *options, ns_front *out) {
    search s = {.options = options, .out = out, .open_bound = {HUGE_VAL, HUGE_VAL}};
    *out = (ns_front){.space_log10 = ns_space_log10(accelerator, layer)};
    s.start_s = tw_seconds();
    tw_status status = ns_space_init(&s.space, ctx, accelerator, layer, NS_METRIC_ENERGY);
    if (status == TW_LIMIT) {
        out->limit = TW_LIMIT; /* more tiles than we look at */
        status = TW_OK;
    } else if (status == TW_OK) {
        choose_combinations(&s);
        status = allocate(&s);
        if (status == TW_OK)
            status = search_all(&s);
        if (status == TW_OK)
            status = finish(&s);
        out->space_log10 += log10((double)s.combination_count);
    }
    release(&s);
    return status;
}

void ns_front_free(tw_ctx *ctx, ns_front *front) {
    tw_free(ctx, front->points);
    *front = (ns_front){.count = 0};
}
