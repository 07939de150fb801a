/* Exact search: the whole space, decided by bounds.
 *
 * Fix the tile T that GB sends to its PE arrays. What lies inside of it (which PEs, which LB tile,
 * which MACs) meets what lies outside (GB tile, chips, DRAM loops) only in how often tiles cross
 * that boundary:
 *
 *     cost = label.compute + sum over tensors( label.fill * option.crossings ) + option.rest
 *
 * A label is an inside: its computing cost and the energy of filling the LBs once per tensor. An
 * option is an outside: crossings per tensor, and all that GB and DRAM pay. Both lists are short,
 * since
 * - the split over X and Y is only feasible or not, and the MACs' part of a label is a minimum over
 *   the divisors of the LB tile, for each number of units and reduction unrolled;
 * - crossings depend on the GB loops only through the run of the stationary datum, so that all GB
 *   tiles with the same run are one option, its rest a minimum over multiples of T, read from a
 *   table made once per dataflow by sweeping the lattice of tiles;
 * - the exceptions of the model (a tile that GB passes on unchanged) need GB loops that leave a
 *   tensor's tile alone: few, and priced one by one. Options never cost less than the mapping they
 *   stand for, so that the minimum over options is exact.
 *
 * For every T a bound is made of the least computing cost of anything inside and the least cost of
 * anything outside; tiles are expanded in the order of their bounds until the bound reaches the
 * best cost found, which is the proof. Multi-chip accelerators run this once for each number of
 * chips and reduction unrolled over them. */
#include "neurospector/exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "neurospector/chain.h"
#include "neurospector/legality.h"
#include "neurospector/rebuild.h"

enum { CHECK_EVERY = 256 };

/* DRAM's part for one tile that it sends. */
typedef struct {
    ns_crossings n;
    double send_cost;
} dram_entry;

typedef struct {
    double bound;
    uint32_t tile;
} candidate;

typedef struct {
    double compute, fill[NS_DATA];
    uint32_t pe;
} label;

typedef struct {
    ns_crossings n;
    double rest;
} option;

typedef struct {
    double *values;
} table;

typedef struct {
    ns_space space;
    const ns_search_options *options;
    ns_search_result *out;
    double start_s;
    bool stopped;
    double open_bound; /* of what was left when stopped */

    size_t combination_count;
    ns_dataflow inner_flow[NS_MAX_COMBINATIONS], outer_flow[NS_MAX_COMBINATIONS];
    ns_dataflows combinations[NS_MAX_COMBINATIONS];

    /* Per outer dataflow: DRAM's entries as counted, and with the bypass of GB where it passes
     * nothing on; the same array when nothing is bypassed. */
    dram_entry *dram[NS_DATAFLOWS], *dram_bypassed[NS_DATAFLOWS];
    double least_send[NS_DATAFLOWS];

    /* Of the chip group at hand. */
    const ns_group *chips;
    table inside;                         /* per T: least computing cost */
    table outer, outer_bypassed, outside; /* per GB tile; outside: least over multiples */
    table options_table[3];               /* least over multiples, by dataflow */
    double *group_compute;                /* per PE group when there is no MAC array */
    table *group_tables;                  /* per PE group otherwise, made when first needed */

    candidate *candidates;
    label *labels;
    option *option_list;
    uint32_t option_capacity;

    double mac_cost;
    double incumbent;
    uint32_t best_tile, best_pe;
    ns_group best_chips;
    size_t best_combination;
} search;

static double *new_table(search *s) {
    return tw_resize(s->space.ctx, NULL, s->space.lattice.count * sizeof(double));
}

static void fill_infinite(const search *s, double *values) {
    for (uint32_t t = 0; t < s->space.lattice.count; t++)
        values[t] = HUGE_VAL;
}

static bool fits_together(const search *s, uint32_t a, uint32_t b) {
    const ns_lattice *lattice = &s->space.lattice;
    return ns_divides(lattice, lattice->tiles[b].packed,
                      ns_whole(lattice)->packed - lattice->tiles[a].packed);
}

/* ---- Inside ------------------------------------------------------------------------------- */

static bool lb_has_loops(const search *s) {
    return !ns_row_is_virtual(s->space.accelerator, NS_ROW_LB);
}

static double compute_cost(const search *s, uint32_t mac_tile, const ns_group *pe) {
    return ns_value(&s->space,
                    ns_compute_price(&s->space, &s->space.lattice.tiles[mac_tile],
                                     pe->units * s->chips->units, pe->crs * s->chips->crs));
}

/* inside[T]: the least computing cost of any MAC and PE arrays that T can be made of. */
static void fill_inside(search *s) {
    const ns_space *space = &s->space;
    const ns_tile_list *macs = &space->unrolled[NS_MAC], *pes = &space->unrolled[NS_PE];
    double *inside = s->inside.values;
    fill_infinite(s, inside);
    for (uint32_t g = 0; g < space->groups[NS_PE].count; g++) {
        const ns_group *group = &space->groups[NS_PE].groups[g];
        for (uint32_t m = 0; m < macs->count; m++) {
            const double cost = compute_cost(s, macs->tiles[m], group);
            if (macs->count == 1)
                s->group_compute[g] = cost;
            for (uint32_t e = 0; e < group->count; e++) {
                const uint32_t pe = pes->tiles[group->first + e];
                if (fits_together(s, macs->tiles[m], pe) && cost < inside[macs->tiles[m] + pe])
                    inside[macs->tiles[m] + pe] = cost;
            }
        }
    }
    if (lb_has_loops(s))
        ns_lattice_min_of_divisors(&space->lattice, NS_ALL_COLUMNS, inside);
}

/* Least computing cost of an LB tile under the PE group, over all MAC tiles that divide it. */
static double label_compute(search *s, uint32_t g, uint32_t lb_tile) {
    const ns_space *space = &s->space;
    const ns_tile_list *macs = &space->unrolled[NS_MAC];
    if (macs->count == 1)
        return lb_has_loops(s) || lb_tile == 0 ? s->group_compute[g] : HUGE_VAL;
    double *values = s->group_tables[g].values;
    if (!values) {
        values = s->group_tables[g].values = new_table(s);
        if (!values)
            return HUGE_VAL; /* the context knows; the search ends with an error */
        fill_infinite(s, values);
        for (uint32_t m = 0; m < macs->count; m++)
            values[macs->tiles[m]] =
                compute_cost(s, macs->tiles[m], &space->groups[NS_PE].groups[g]);
        if (lb_has_loops(s))
            ns_lattice_min_of_divisors(&space->lattice, NS_ALL_COLUMNS, values);
    }
    return values[lb_tile];
}

static void forget_group_tables(search *s) {
    for (uint32_t g = 0; g < s->space.groups[NS_PE].count; g++) {
        tw_free(s->space.ctx, s->group_tables[g].values);
        s->group_tables[g].values = NULL;
    }
}

/* The labels of T whose computing cost is at most `most`. */
static uint32_t make_labels(search *s, uint32_t t, double most) {
    const ns_space *space = &s->space;
    const ns_lattice *lattice = &space->lattice;
    const uint64_t packed = lattice->tiles[t].packed;
    const double *pj = space->model.access_pj[NS_LEVEL_LB];
    uint32_t count = 0;
    for (uint32_t g = 0; g < space->groups[NS_PE].count; g++) {
        const ns_group *group = &space->groups[NS_PE].groups[g];
        if (space->unrolled[NS_MAC].count == 1 && s->group_compute[g] >= most)
            continue;
        const double copies = space->energy_weight * group->units * s->chips->units;
        for (uint32_t i = 0; i < group->count; i++) {
            const uint32_t pe = space->unrolled[NS_PE].tiles[group->first + i];
            if (!ns_divides(lattice, lattice->tiles[pe].packed, packed) || !space->fits_lb[t - pe])
                continue;
            const double compute = label_compute(s, g, t - pe);
            if (compute >= most)
                continue;
            label *l = &s->labels[count++];
            l->compute = compute;
            l->pe = pe;
            for (int d = 0; d < NS_DATA; d++)
                l->fill[d] = copies * pj[d] * lattice->tiles[t - pe].words[d];
        }
    }
    return count;
}

/* ---- Outside ------------------------------------------------------------------------------ */

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
    s->least_send[flow] = HUGE_VAL;
    for (uint32_t t = 0; t < count; t++) {
        const ns_tile *sent = &space->lattice.tiles[t];
        dram_entry *entry = &s->dram[flow][t];
        entry->n = ns_dram_crossings(space, flow, sent);
        entry->send_cost =
            ns_value(space, ns_send_price(space, NS_LEVEL_DRAM, sent->words, &entry->n, 1));
        s->least_send[flow] = fmin(s->least_send[flow], entry->send_cost);
        if (!bypass)
            continue;
        dram_entry *bypassed = &s->dram_bypassed[flow][t];
        bypassed->n = entry->n;
        ns_bypass_crossings(space, sent, &nothing, &bypassed->n);
        bypassed->send_cost =
            ns_value(space, ns_send_price(space, NS_LEVEL_DRAM, sent->words, &bypassed->n, 1));
    }
    return TW_OK;
}

/* values[gb]: the least cost outside of a GB tile that fits, over the ways to unroll the chips. */
static void fill_outer(search *s, const dram_entry *dram, double *values) {
    const ns_space *space = &s->space;
    const ns_tile *tiles = space->lattice.tiles;
    const uint32_t *chips = &space->unrolled[NS_CHIP].tiles[s->chips->first];
    for (uint32_t t = 0; t < space->lattice.count; t++) {
        double least = HUGE_VAL;
        for (uint32_t i = 0; i < s->chips->count && space->fits_gb[t]; i++) {
            if (!fits_together(s, t, chips[i]))
                continue;
            const dram_entry *entry = &dram[t + chips[i]];
            const double cost =
                entry->send_cost + space->energy_weight * ns_tile_pj(space, NS_LEVEL_GB,
                                                                     tiles[t].words, &entry->n,
                                                                     s->chips->units);
            least = cost < least ? cost : least;
        }
        values[t] = least;
    }
}

static void fill_outside(search *s, ns_dataflow flow) {
    const size_t bytes = s->space.lattice.count * sizeof(double);
    fill_outer(s, s->dram[flow], s->outer.values);
    if (s->dram_bypassed[flow] != s->dram[flow])
        fill_outer(s, s->dram_bypassed[flow], s->outer_bypassed.values);
    else
        memcpy(s->outer_bypassed.values, s->outer.values, bytes);
    memcpy(s->outside.values, s->outer.values, bytes);
    ns_lattice_min_of_multiples(&s->space.lattice, NS_ALL_COLUMNS, s->outside.values);
}

/* Loops that the run of a dataflow consists of; those of the other columns are free. */
static const unsigned k_columns = 1U << NS_K;
static const unsigned bpq_columns = 1U << NS_B | 1U << NS_P | 1U << NS_Q;
static const unsigned crs_columns = 1U << NS_C | 1U << NS_R | 1U << NS_S;

static void fill_option_table(search *s, int index, unsigned exact_columns) {
    double *values = s->options_table[index].values;
    memcpy(values, s->outer_bypassed.values, s->space.lattice.count * sizeof *values);
    ns_lattice_min_of_multiples(&s->space.lattice, NS_ALL_COLUMNS & ~exact_columns, values);
}

static void fill_option_tables(search *s, ns_dataflow flow) {
    switch (flow) {
    case NS_IS: /* with no K loops the run is the longer of BPQ and CRS */
        fill_option_table(s, 0, k_columns);
        fill_option_table(s, 1, k_columns | bpq_columns);
        fill_option_table(s, 2, k_columns | crs_columns);
        break;
    case NS_WS:
        fill_option_table(s, 0, bpq_columns);
        break;
    case NS_OS:
        fill_option_table(s, 0, crs_columns);
        break;
    default:
        fill_option_table(s, 0, 0);
        break;
    }
}

typedef struct {
    uint32_t tile, count;
    ns_dataflow inner, outer;
    double least_compute, least_fill[NS_DATA];
} expansion;

static void add_option(search *s, expansion *x, const ns_crossings *n, double outer_cost) {
    const ns_tile *tile = &s->space.lattice.tiles[x->tile];
    if (x->least_compute + outer_cost >= s->incumbent)
        return;
    const double rest =
        outer_cost +
        ns_value(&s->space, ns_send_price(&s->space, NS_LEVEL_GB, tile->words, n, s->chips->units));
    const double least = x->least_compute + rest + x->least_fill[NS_INPUT] * n->input +
                         x->least_fill[NS_WEIGHT] * n->weight +
                         x->least_fill[NS_OUTPUT] * (n->output_read + n->output_write);
    if (least < s->incumbent && x->count < s->option_capacity)
        s->option_list[x->count++] = (option){*n, rest};
}

/* One option for every product of loops `runs` in GB, the rest of the GB tile at its best. */
static void add_runs(search *s, expansion *x, const ns_tile_list *runs, const double *outer_costs) {
    const ns_space *space = &s->space;
    for (uint32_t i = 0; i < runs->count; i++) {
        if (!fits_together(s, x->tile, runs->tiles[i]))
            continue;
        const uint32_t gb = x->tile + runs->tiles[i];
        if (x->least_compute + outer_costs[gb] >= s->incumbent)
            continue;
        const ns_crossings n =
            ns_gb_crossings(space, x->inner, &space->lattice.tiles[x->tile],
                            &space->lattice.tiles[gb], s->chips->units, s->chips->crs);
        add_option(s, x, &n, outer_costs[gb]);
    }
}

/* GB tiles that leave the tile of some tensor as T has it, priced one by one. */
static void add_passing(search *s, expansion *x, uint32_t gb) {
    const ns_space *space = &s->space;
    const ns_tile *inner = &space->lattice.tiles[x->tile], *tile = &space->lattice.tiles[gb];
    const ns_tile_list *chips = &space->unrolled[NS_CHIP];
    ns_passed passed;
    for (int d = 0; d < NS_DATA; d++)
        passed.passed[d] = inner->words[d] == tile->words[d];
    if (x->least_compute + s->outer.values[gb] >= s->incumbent)
        return;
    for (uint32_t i = 0; i < s->chips->count; i++) {
        const uint32_t chip = chips->tiles[s->chips->first + i];
        if (!fits_together(s, gb, chip))
            continue;
        const ns_tile *sent = &space->lattice.tiles[gb + chip];
        ns_crossings dram = s->dram[x->outer][gb + chip].n;
        ns_crossings n =
            ns_gb_crossings(space, x->inner, inner, tile, s->chips->units, s->chips->crs);
        n.input = passed.passed[NS_INPUT] ? dram.input : n.input;
        n.weight = passed.passed[NS_WEIGHT] ? dram.weight : n.weight;
        if (passed.passed[NS_OUTPUT]) {
            n.output_read = dram.output_read;
            n.output_write = dram.output_write;
        }
        ns_bypass_crossings(space, sent, &passed, &dram);
        add_option(s, x, &n,
                   ns_value(space, ns_outer_price(space, tile, sent, s->chips->units, &dram)));
    }
}

static void make_options(search *s, expansion *x) {
    const ns_space *space = &s->space;
    uint32_t unit = 0;
    const ns_tile_list only_unit = {1, &unit};
    if (space->fits_gb[x->tile])
        add_passing(s, x, x->tile);
    if (!space->has_gb_loops)
        return;
    for (int d = 0; d < NS_DATA; d++)
        for (uint32_t i = 0; i < space->free_of[d].count; i++) {
            const uint32_t loops = space->free_of[d].tiles[i];
            if (loops && fits_together(s, x->tile, loops) && space->fits_gb[x->tile + loops])
                add_passing(s, x, x->tile + loops);
        }
    switch (x->inner) {
    case NS_IS:
        add_runs(s, x, &space->of_k, s->options_table[0].values);
        add_runs(s, x, &space->of_bpq, s->options_table[1].values);
        add_runs(s, x, &space->of_crs, s->options_table[2].values);
        break;
    case NS_WS:
        add_runs(s, x, &space->of_bpq, s->options_table[0].values);
        break;
    case NS_OS:
        add_runs(s, x, &space->of_crs, s->options_table[0].values);
        break;
    default:
        add_runs(s, x, &only_unit, s->options_table[0].values);
        break;
    }
}

/* ---- Bounds and expansion ------------------------------------------------------------------ */

/* What GB and the fills of the LBs pay at least for one crossing of each tensor of T. */
static void crossing_prices(const search *s, const ns_tile *tile, double price[NS_DATA]) {
    const ns_model *model = &s->space.model;
    const double share = model->sum_cycles[NS_LEVEL_GB] ? 1 : 1.0 / 3;
    for (int d = 0; d < NS_DATA; d++) {
        /* The LBs under one T hold at least its weights and outputs, each word once. */
        const double lb_pj = d == NS_INPUT ? 0 : model->access_pj[NS_LEVEL_LB][d];
        price[d] =
            tile->words[d] *
            (s->space.energy_weight * s->chips->units * (lb_pj + model->access_pj[NS_LEVEL_GB][d]) +
             s->space.cycle_weight * share * model->unit_cycles[NS_LEVEL_GB][d] /
                 model->words_per_cycle[NS_LEVEL_GB]);
    }
}

/* Least cost of the crossings of T: the best run any GB loops can give, and the cases in which GB
 * passes tensors on, which leave no run to the stationary one. */
static double least_crossings(const search *s, const ns_tile *tile, ns_dataflow flow) {
    const ns_tile *whole = ns_whole(&s->space.lattice);
    const double steps = whole->steps / (tile->steps * s->chips->units);
    const double reduction = whole->crs / (tile->crs * s->chips->crs);
    const double bpq = whole->bpq / tile->bpq, k = whole->k / tile->k;
    const bool still = s->space.layer->stride == 0; /* P and Q then leave input and weight */
    double price[NS_DATA];
    crossing_prices(s, tile, price);
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

static double bound_of(const search *s, uint32_t t, ns_dataflow flow) {
    const double inside = s->mac_cost + s->inside.values[t];
    const double whole_gb = s->outer.values[t]; /* GB tile = T: its crossings are DRAM's */
    if (!s->space.has_gb_loops)
        return inside + whole_gb;
    const double outside = s->outside.values[t];
    if (inside + fmin(outside, whole_gb) >= s->incumbent)
        return HUGE_VAL;
    return inside + fmin(outside + least_crossings(s, &s->space.lattice.tiles[t], flow), whole_gb);
}

static void expand(search *s, size_t combination, uint32_t t, double bound) {
    const double slack = s->incumbent - bound + s->inside.values[t];
    const uint32_t labels = make_labels(s, t, slack);
    expansion x = {.tile = t,
                   .inner = s->inner_flow[combination],
                   .outer = s->outer_flow[combination],
                   .least_compute = HUGE_VAL,
                   .least_fill = {HUGE_VAL, HUGE_VAL, HUGE_VAL}};
    s->out->evaluated++;
    if (labels == 0)
        return;
    for (uint32_t i = 0; i < labels; i++) {
        x.least_compute = fmin(x.least_compute, s->mac_cost + s->labels[i].compute);
        for (int d = 0; d < NS_DATA; d++)
            x.least_fill[d] = fmin(x.least_fill[d], s->labels[i].fill[d]);
    }
    make_options(s, &x);
    for (uint32_t i = 0; i < labels; i++) {
        const label *l = &s->labels[i];
        for (uint32_t j = 0; j < x.count; j++) {
            const option *o = &s->option_list[j];
            const double cost = s->mac_cost + l->compute + o->rest +
                                l->fill[NS_INPUT] * o->n.input + l->fill[NS_WEIGHT] * o->n.weight +
                                l->fill[NS_OUTPUT] * (o->n.output_read + o->n.output_write);
            if (cost < s->incumbent) {
                s->incumbent = cost;
                s->best_tile = t;
                s->best_pe = l->pe;
                s->best_chips = *s->chips;
                s->best_combination = combination;
            }
        }
    }
}

/* True when the search has to end; what is open then has at least `bound`. */
static bool must_stop(search *s, double bound) {
    tw_status why = TW_OK;
    if (s->out->evaluated % CHECK_EVERY == 0 && tw_is_cancelled(s->space.ctx))
        why = TW_CANCELLED;
    if (s->options->work_limit && s->out->evaluated >= s->options->work_limit)
        why = TW_LIMIT;
    if (s->options->time_limit_s > 0 && s->out->evaluated % CHECK_EVERY == 0 &&
        tw_seconds() - s->start_s > s->options->time_limit_s)
        why = TW_LIMIT;
    if (atomic_load(&s->space.ctx->out_of_memory))
        why = TW_ERROR;
    if (why == TW_OK)
        return false;
    s->out->limit = why;
    s->stopped = true;
    s->open_bound = fmin(s->open_bound, bound);
    return true;
}

static int compare_candidates(const void *a, const void *b) {
    const candidate *x = a, *y = b;
    if (x->bound != y->bound)
        return x->bound < y->bound ? -1 : 1;
    return (x->tile > y->tile) - (x->tile < y->tile);
}

static uint32_t below_incumbent(search *s, uint32_t count) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (s->candidates[i].bound < s->incumbent)
            s->candidates[kept++] = s->candidates[i];
    return kept;
}

static void search_combination(search *s, size_t combination) {
    uint32_t count = 0, first = 0;
    for (uint32_t t = 0; t < s->space.lattice.count; t++) {
        const double bound = bound_of(s, t, s->inner_flow[combination]);
        if (bound >= s->incumbent)
            continue;
        first = count && s->candidates[first].bound <= bound ? first : count;
        s->candidates[count++] = (candidate){bound, t};
    }
    s->out->pruned += s->space.lattice.count - count;
    if (count == 0)
        return;
    if (s->space.has_gb_loops)
        fill_option_tables(s, s->inner_flow[combination]);
    expand(s, combination, s->candidates[first].tile, s->candidates[first].bound);
    const uint32_t before = count;
    count = below_incumbent(s, count);
    qsort(s->candidates, count, sizeof *s->candidates, compare_candidates);
    uint32_t i = 0;
    for (; i < count && s->candidates[i].bound < s->incumbent; i++) {
        if (must_stop(s, s->candidates[i].bound))
            return;
        expand(s, combination, s->candidates[i].tile, s->candidates[i].bound);
    }
    s->out->pruned += before - i;
}

/* Least cost of anything with these chips. */
static double chips_bound(search *s, const ns_group *chips, ns_dataflow flow) {
    const ns_space *space = &s->space;
    double least = HUGE_VAL;
    s->chips = chips;
    for (uint32_t g = 0; g < space->groups[NS_PE].count; g++)
        for (uint32_t m = 0; m < space->unrolled[NS_MAC].count; m++)
            least = fmin(least, compute_cost(s, space->unrolled[NS_MAC].tiles[m],
                                             &space->groups[NS_PE].groups[g]));
    return s->mac_cost + least + s->least_send[flow];
}

static void search_chips(search *s, const ns_group *chips, double bound) {
    bool inside_filled = false;
    s->chips = chips;
    for (int flow = NS_NONE; flow < NS_DATAFLOWS; flow++) {
        bool outside_filled = false;
        for (size_t c = 0; c < s->combination_count; c++) {
            if (s->outer_flow[c] != (ns_dataflow)flow)
                continue;
            if (must_stop(s, bound))
                return;
            if (!inside_filled)
                fill_inside(s);
            if (!outside_filled)
                fill_outside(s, (ns_dataflow)flow);
            inside_filled = outside_filled = true;
            search_combination(s, c);
            if (s->stopped)
                return;
        }
    }
    forget_group_tables(s);
}

/* ---- Whole search --------------------------------------------------------------------------- */

static tw_status allocate(search *s) {
    ns_space *space = &s->space;
    table *tables[] = {&s->inside,           &s->outer,
                       &s->outer_bypassed,   &s->outside,
                       &s->options_table[0], &s->options_table[1],
                       &s->options_table[2]};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (!(tables[i]->values = new_table(s)))
            return tw_out_of_memory(space->ctx);
    const uint32_t loops =
        space->free_of[0].count + space->free_of[1].count + space->free_of[2].count;
    s->option_capacity = (loops + 1) * (space->unrolled[NS_CHIP].count + 1) + space->of_k.count +
                         space->of_bpq.count + space->of_crs.count;
    const uint32_t groups = space->groups[NS_PE].count;
    s->candidates = tw_alloc_array(space->ctx, space->lattice.count, sizeof *s->candidates);
    s->labels = tw_alloc_array(space->ctx, space->unrolled[NS_PE].count, sizeof *s->labels);
    s->option_list = tw_alloc_array(space->ctx, s->option_capacity, sizeof *s->option_list);
    s->group_compute = tw_alloc_array(space->ctx, groups, sizeof *s->group_compute);
    s->group_tables = tw_alloc_array(space->ctx, groups, sizeof *s->group_tables);
    if (!s->candidates || !s->labels || !s->option_list || !s->group_compute || !s->group_tables)
        return tw_out_of_memory(space->ctx);
    return TW_OK;
}

static void release(search *s) {
    tw_ctx *ctx = s->space.ctx;
    table *tables[] = {&s->inside,           &s->outer,
                       &s->outer_bypassed,   &s->outside,
                       &s->options_table[0], &s->options_table[1],
                       &s->options_table[2]};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        tw_free(ctx, tables[i]->values);
    for (int f = 0; f < NS_DATAFLOWS; f++) {
        if (s->dram_bypassed[f] != s->dram[f])
            tw_free(ctx, s->dram_bypassed[f]);
        tw_free(ctx, s->dram[f]);
    }
    if (s->group_tables)
        forget_group_tables(s);
    tw_free(ctx, s->group_tables);
    tw_free(ctx, s->group_compute);
    tw_free(ctx, s->option_list);
    tw_free(ctx, s->labels);
    tw_free(ctx, s->candidates);
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

/* Chip groups in the order of their bounds. */
static tw_status search_all(search *s) {
    const ns_group_list *groups = &s->space.groups[NS_CHIP];
    candidate *order = tw_alloc_array(s->space.ctx, groups->count, sizeof *order);
    if (!order)
        return tw_out_of_memory(s->space.ctx);
    for (uint32_t g = 0; g < groups->count; g++) {
        order[g] = (candidate){HUGE_VAL, g};
        for (size_t c = 0; c < s->combination_count; c++)
            order[g].bound =
                fmin(order[g].bound, chips_bound(s, &groups->groups[g], s->outer_flow[c]));
    }
    qsort(order, groups->count, sizeof *order, compare_candidates);
    for (uint32_t i = 0; i < groups->count && !s->stopped; i++) {
        if (order[i].bound >= s->incumbent)
            break;
        if (s->options->chips && groups->groups[order[i].tile].units != (double)s->options->chips)
            continue;
        search_chips(s, &groups->groups[order[i].tile], order[i].bound);
    }
    tw_free(s->space.ctx, order);
    return s->out->limit == TW_ERROR ? tw_out_of_memory(s->space.ctx) : TW_OK;
}

/* ---- The mapping behind the best cost ------------------------------------------------------- */

static uint32_t best_mac(search *s) {
    const ns_lattice *lattice = &s->space.lattice;
    const ns_tile_list *macs = &s->space.unrolled[NS_MAC];
    const uint32_t lb = s->best_tile - s->best_pe;
    const ns_tile *pe = &lattice->tiles[s->best_pe];
    const ns_group group = {pe->steps, pe->crs, 0, 0};
    double least = HUGE_VAL;
    uint32_t best = 0;
    for (uint32_t m = 0; m < macs->count; m++) {
        const uint32_t mac = macs->tiles[m];
        const bool divides =
            ns_divides(lattice, lattice->tiles[mac].packed, lattice->tiles[lb].packed);
        const double cost = compute_cost(s, mac, &group);
        if (divides && (lb_has_loops(s) || mac == lb) && cost < least) {
            least = cost;
            best = mac;
        }
    }
    return best;
}

/* Tries every GB tile and every unrolling of the chips around the best inside. */
static void recover(search *s) {
    const ns_space *space = &s->space;
    const ns_lattice *lattice = &space->lattice;
    ns_search_result *out = s->out;
    s->chips = &s->best_chips;
    const uint32_t mac = best_mac(s);
    out->dataflows = s->combinations[s->best_combination];
    out->value = HUGE_VAL;
    for (uint32_t gb = s->best_tile; gb < lattice->count; gb++) {
        if (!space->fits_gb[gb] || (gb != s->best_tile && !space->has_gb_loops) ||
            !ns_divides(lattice, lattice->tiles[s->best_tile].packed, lattice->tiles[gb].packed))
            continue;
        for (uint32_t i = 0; i < s->best_chips.count; i++) {
            const uint32_t chip = space->unrolled[NS_CHIP].tiles[s->best_chips.first + i];
            ns_table built;
            ns_cost cost;
            if (!fits_together(s, gb, chip))
                continue;
            ns_table_of_chain(space, &(ns_chain){mac, s->best_pe, s->best_tile, gb, chip}, &built);
            ns_evaluate(&space->model, space->layer, &out->dataflows, &built, &cost);
            const double value = ns_metric_value(s->options->metric, &cost);
            if (value < out->value) {
                out->value = value;
                out->table = built;
                out->cost = cost;
            }
        }
    }
}

static tw_status finish(search *s) {
    ns_search_result *out = s->out;
    out->found = s->incumbent < HUGE_VAL;
    out->proven = !s->stopped;
    if (out->found)
        recover(s);
    if (out->found && fabs(out->value - s->incumbent) > 1e-9 * s->incumbent)
        return tw_fail(s->space.ctx, TW_ERROR, NULL,
                       "internal: layer %s costs %.17g by its mapping and %.17g by its bounds",
                       s->space.layer->name, out->value, s->incumbent);
    out->lower_bound = out->value;
    if (s->stopped)
        out->lower_bound = fmin(s->open_bound, out->found ? out->value : HUGE_VAL);
    return TW_OK;
}

tw_status ns_exact(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                   const ns_search_options *options, ns_search_result *out) {
    search s = {.options = options, .out = out, .incumbent = HUGE_VAL, .open_bound = HUGE_VAL};
    *out = (ns_search_result){.space_log10 = ns_space_log10(accelerator, layer)};
    s.start_s = tw_seconds();
    tw_status status = ns_space_init(&s.space, ctx, accelerator, layer, options->metric);
    if (status == TW_LIMIT) {
        out->limit = TW_LIMIT; /* more tiles than we look at */
        status = TW_OK;
    } else if (status == TW_OK) {
        s.mac_cost = s.space.energy_weight * s.space.mac_pj;
        status = allocate(&s);
        choose_combinations(&s);
        for (size_t c = 0; c < s.combination_count && status == TW_OK; c++)
            status = make_dram(&s, s.outer_flow[c]);
        if (status == TW_OK)
            status = search_all(&s);
        if (status == TW_OK)
            status = finish(&s);
        out->space_log10 += log10((double)s.combination_count);
    }
    release(&s);
    return status;
}
