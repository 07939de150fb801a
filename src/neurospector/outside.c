#include "neurospector/outside.h"

#include <math.h>

/* Completes an entry whose crossings are known. */
static void price_entry(const ns_space *space, const ns_tile *sent, ns_dram_entry *entry) {
    const ns_model *model = &space->model;
    const double *gb_pj = model->access_pj[NS_LEVEL_GB], *lb_pj = model->access_pj[NS_LEVEL_LB];
    const double share = model->sum_cycles[NS_LEVEL_GB] ? 1 : 1.0 / NS_DATA;
    const ns_crossings *n = &entry->n;
    const double crossings[NS_DATA] = {n->input, n->weight, n->output_read + n->output_write};
    entry->price = ns_send_price(space, NS_LEVEL_DRAM, sent->words, n, 1);
    entry->fill_pj = 0;
    entry->passed = (ns_price){0, 0};
    for (int d = ns_first_shared(space); d < NS_DATA; d++) {
        const double words = sent->words[d] * crossings[d];
        entry->fill_pj += words * gb_pj[d];
        entry->passed.pj += words * (2 * gb_pj[d] + lb_pj[d]);
        entry->passed.cycles += words * share * model->unit_cycles[NS_LEVEL_GB][d] /
                                model->words_per_cycle[NS_LEVEL_GB];
    }
}

static bool same_crossings(const ns_crossings *a, const ns_crossings *b) {
    return a->input == b->input && a->weight == b->weight && a->output_read == b->output_read &&
           a->output_write == b->output_write;
}

static tw_status make_dram(ns_outside *outside, ns_dataflow flow) {
    const ns_space *space = outside->space;
    const uint32_t count = space->lattice.count;
    const bool bypass = space->accelerator->buffers[NS_GB].bypass != 0;
    ns_dram_entry *dram = tw_resize(space->ctx, NULL, count * sizeof *dram);
    ns_dram_entry *bypassed = bypass ? tw_resize(space->ctx, NULL, count * sizeof *dram) : dram;
    outside->dram[flow] = dram;
    outside->dram_bypassed[flow] = bypassed;
    if (!dram || !bypassed)
        return tw_out_of_memory(space->ctx);
    for (uint32_t t = 0; t < count; t++) {
        const ns_tile *sent = &space->lattice.tiles[t];
        dram[t].n = ns_dram_crossings(space, flow, sent);
        price_entry(space, sent, &dram[t]);
        if (!bypass)
            continue;
        bypassed[t] = dram[t];
        ns_bypass_crossings(space, sent, 0, &bypassed[t].n);
        if (!same_crossings(&bypassed[t].n, &dram[t].n))
            price_entry(space, sent, &bypassed[t]);
    }
    return TW_OK;
}

static tw_status make_tables(ns_outside *outside, ns_dataflow flow) {
    tw_ctx *ctx = outside->space->ctx;
    const size_t bytes = outside->space->lattice.count * sizeof(double);
    for (unsigned o = 0; o < outside->objectives->count; o++) {
        ns_outside_tables *tables = &outside->tables[flow][o];
        tables->any = tw_resize(ctx, NULL, bytes);
        tables->all_passed = tw_resize(ctx, NULL, bytes);
        tables->nothing_passed = tables->any;
        if (outside->dram_bypassed[flow] != outside->dram[flow])
            tables->nothing_passed = tw_resize(ctx, NULL, bytes);
        if (!tables->any || !tables->all_passed || !tables->nothing_passed)
            return tw_out_of_memory(ctx);
    }
    return TW_OK;
}

tw_status ns_outside_init(ns_outside *outside, const ns_space *space,
                          const ns_objectives *objectives, const bool used[NS_DATAFLOWS]) {
    *outside = (ns_outside){.space = space, .objectives = objectives};
    outside->held = tw_resize(space->ctx, NULL, space->lattice.count);
    if (!outside->held)
        return tw_out_of_memory(space->ctx);
    for (int flow = 0; flow < NS_DATAFLOWS; flow++)
        if (used[flow]) {
            TW_TRY(make_dram(outside, (ns_dataflow)flow));
            TW_TRY(make_tables(outside, (ns_dataflow)flow));
        }
    return TW_OK;
}

void ns_outside_free(ns_outside *outside) {
    if (!outside->space)
        return;
    tw_ctx *ctx = outside->space->ctx;
    for (int flow = 0; flow < NS_DATAFLOWS; flow++) {
        if (outside->dram_bypassed[flow] != outside->dram[flow])
            tw_free(ctx, outside->dram_bypassed[flow]);
        tw_free(ctx, outside->dram[flow]);
        for (int o = 0; o < NS_MAX_OBJECTIVES; o++) {
            ns_outside_tables *tables = &outside->tables[flow][o];
            if (tables->nothing_passed != tables->any)
                tw_free(ctx, tables->nothing_passed);
            tw_free(ctx, tables->any);
            tw_free(ctx, tables->all_passed);
        }
    }
    tw_free(ctx, outside->held);
}

ns_values ns_least_outside(const ns_outside *outside, ns_dataflow flow) {
    ns_values least = {{HUGE_VAL, HUGE_VAL}};
    for (uint32_t t = 0; t < outside->space->lattice.count; t++)
        least =
            ns_values_least(least, ns_values_of(outside->objectives, outside->dram[flow][t].price));
    return least;
}

/* ---- Tables -------------------------------------------------------------------------------- */

/* The ways to unroll over so many chips: the list is sorted by that. */
static ns_tile_list of_chips(const ns_space *space, double chips) {
    const ns_tile_list *all = &space->unrolled[NS_CHIP];
    ns_tile_list some = {0, all->tiles};
    for (uint32_t i = 0; i < all->count; i++) {
        const double units = space->lattice.tiles[all->tiles[i]].steps;
        some.tiles += units < chips;
        some.count += units == chips;
    }
    return some;
}

static void find_held(ns_outside *outside, double chips) {
    const ns_space *space = outside->space;
    const ns_lattice *lattice = &space->lattice;
    const ns_tile_list ways = of_chips(space, chips);
    for (uint32_t t = 0; t < lattice->count; t++) {
        bool held = false;
        for (uint32_t i = 0; i < ways.count && !held; i++) {
            const uint32_t way = ways.tiles[i];
            held = ns_divides(lattice, lattice->tiles[way].packed, lattice->tiles[t].packed) &&
                   space->fits_gb[t - way];
        }
        outside->held[t] = held;
    }
}

static void fill_tile(ns_outside *outside, ns_dataflow flow, uint32_t t) {
    const ns_dram_entry *entry = &outside->dram[flow][t];
    const ns_dram_entry *bypassed = &outside->dram_bypassed[flow][t];
    for (unsigned o = 0; o < outside->objectives->count; o++) {
        const ns_objective *objective = &outside->objectives->of[o];
        ns_outside_tables *tables = &outside->tables[flow][o];
        tables->any[t] = ns_value(objective, entry->price.pj + entry->fill_pj, entry->price.cycles);
        tables->nothing_passed[t] =
            ns_value(objective, bypassed->price.pj + bypassed->fill_pj, bypassed->price.cycles);
        tables->all_passed[t] =
            ns_value(objective, entry->price.pj + entry->passed.pj,
                     entry->price.cycles + entry->passed.cycles / outside->chips);
    }
}

static void fill_tables(ns_outside *outside, ns_dataflow flow) {
    const ns_lattice *lattice = &outside->space->lattice;
    for (uint32_t t = 0; t < lattice->count; t++) {
        if (outside->held[t]) {
            fill_tile(outside, flow, t);
            continue;
        }
        for (unsigned o = 0; o < outside->objectives->count; o++) {
            ns_outside_tables *tables = &outside->tables[flow][o];
            tables->any[t] = tables->nothing_passed[t] = tables->all_passed[t] = HUGE_VAL;
        }
    }
    for (unsigned o = 0; o < outside->objectives->count; o++) {
        ns_outside_tables *tables = &outside->tables[flow][o];
        ns_lattice_min_of_multiples(lattice, NS_ALL_COLUMNS, tables->any);
        if (tables->nothing_passed != tables->any)
            ns_lattice_min_of_multiples(lattice, NS_ALL_COLUMNS, tables->nothing_passed);
    }
}

void ns_outside_use(ns_outside *outside, double chips) {
    if (outside->chips == chips)
        return;
    outside->chips = chips;
    find_held(outside, chips);
    for (int flow = 0; flow < NS_DATAFLOWS; flow++)
        if (outside->dram[flow])
            fill_tables(outside, (ns_dataflow)flow);
}
