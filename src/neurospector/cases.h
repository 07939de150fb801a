/* Bounds on everything outside of T, by what GB passes on.
 *
 * They are looked up for every T and every GB tile: inline, with the number of objectives known
 * where it is called. */
#ifndef TW_NEUROSPECTOR_CASES_H
#define TW_NEUROSPECTOR_CASES_H

#include "base/inline.h"
#include "neurospector/outside.h"

/* Where T stands: the chips, the dataflow of GB's loops and that of DRAM's. */
typedef struct {
    const ns_group *chips;
    ns_dataflow inner, outer;
} ns_place;

/* What it costs that a datum crosses once, per objective: T's tile, or one word of it. */
typedef struct {
    double of[NS_MAX_OBJECTIVES][NS_DATA];
} ns_rates;

/* What GB passes on where it has loops of its own: nothing, or (at least) one datum. */
enum { NS_NOTHING_PASSED, NS_ONE_PASSED, NS_CASES = NS_ONE_PASSED + NS_DATA };

/* A bound in every case: what the crossings of T cost at least, and the table that has what DRAM
 * costs at least. */
typedef struct {
    double crossings[NS_MAX_OBJECTIVES][NS_CASES];
    const double *dram[NS_MAX_OBJECTIVES][NS_CASES];
} ns_cases;

/* GB sends `words` of a datum once, and the LBs take them in for fill_pj. */
TW_INLINE void ns_set_rate(const ns_outside *outside, const ns_group *chips, int d, double words,
                           double fill_pj, ns_rates *rates) {
    const ns_model *model = &outside->space->model;
    const double share = model->sum_cycles[NS_LEVEL_GB] ? 1 : 1.0 / NS_DATA;
    const double pj = words * chips->units * model->access_pj[NS_LEVEL_GB][d] + fill_pj;
    const double cycles =
        words * share * model->unit_cycles[NS_LEVEL_GB][d] / model->words_per_cycle[NS_LEVEL_GB];
    for (unsigned o = 0; o < outside->objectives->count; o++)
        rates->of[o][d] = ns_value(&outside->objectives->of[o], pj, cycles);
}

/* The rates of T, filling all LBs with a datum once costing fill_pj. */
TW_INLINE ns_rates ns_tile_rates(const ns_outside *outside, const ns_group *chips,
                                 const ns_tile *tile, const double fill_pj[NS_DATA]) {
    ns_rates rates;
    for (int d = 0; d < NS_DATA; d++)
        ns_set_rate(outside, chips, d, tile->words[d], fill_pj[d], &rates);
    return rates;
}

/* The least rates of a word, when nothing is known of the inside. */
TW_INLINE ns_rates ns_word_rates(const ns_outside *outside, const ns_group *chips) {
    const double *lb_pj = outside->space->model.access_pj[NS_LEVEL_LB];
    ns_rates rates;
    for (int d = 0; d < NS_DATA; d++) {
        const bool shared = d >= ns_first_shared(outside->space);
        ns_set_rate(outside, chips, d, 1, shared ? chips->units * lb_pj[d] : 0, &rates);
    }
    return rates;
}

/* How often the tiles of T cross when GB has no loops that one stays for, and the longest runs of
 * loops that one can stay for. */
typedef struct {
    double steps, output_steps;
    double k, bpq, crs;
} ns_longest_runs;

TW_INLINE ns_longest_runs ns_runs_of(const ns_space *space, const ns_group *chips,
                                     const ns_tile *tile) {
    const ns_tile *whole = ns_whole(&space->lattice);
    const double steps = whole->steps / (tile->steps * chips->units);
    const double crs = whole->crs / (tile->crs * chips->crs);
    return (ns_longest_runs){steps, 2 * steps - steps / crs, whole->k / tile->k,
                             whole->bpq / tile->bpq, crs};
}

TW_INLINE double ns_least(double a, double b) {
    return a < b ? a : b;
}

/* Least cost of the crossings of T in every case. What GB passes on leaves no run to the datum that
 * would stay; with stride 0, P and Q pass input and weight together. */
TW_INLINE void ns_least_crossings(const ns_space *space, const ns_longest_runs *runs,
                                  ns_dataflow flow, const double rates[NS_DATA],
                                  double crossings[NS_CASES]) {
    const bool still = space->layer->stride == 0;
    const double input = rates[NS_INPUT] * runs->steps, weight = rates[NS_WEIGHT] * runs->steps;
    const double output = rates[NS_OUTPUT] * runs->output_steps;
    const double input_bpq = flow == NS_IS ? input / runs->bpq : input;
    const double input_crs = flow == NS_IS ? input / runs->crs : input;
    const double input_k = flow == NS_IS ? input / runs->k : input;
    crossings[NS_NOTHING_PASSED] =
        ns_least(input_k, ns_least(input_bpq, input_crs)) +
        (flow == NS_WS ? weight / runs->bpq : weight) +
        (flow == NS_OS ? rates[NS_OUTPUT] * runs->steps / runs->crs : output);
    crossings[NS_ONE_PASSED + NS_INPUT] = (still ? 0 : weight) + output;
    crossings[NS_ONE_PASSED + NS_WEIGHT] = (still ? 0 : input_bpq) + output;
    crossings[NS_ONE_PASSED + NS_OUTPUT] = input_crs + weight;
}

/* Data that GB bypasses and that DRAM may send whole though GB passes them on from T. */
TW_INLINE unsigned ns_bypassed_whole(const ns_space *space, const ns_group *chips,
                                     const ns_tile *tile) {
    const ns_tile *whole = ns_whole(&space->lattice);
    unsigned mask = space->accelerator->buffers[NS_GB].bypass;
    for (int d = ns_first_shared(space); d < NS_DATA && mask; d++)
        if (whole->words[d] > tile->words[d] * chips->units)
            mask &= ~(1U << d);
    return mask;
}

TW_INLINE void ns_make_cases(const ns_outside *outside, unsigned objectives, const ns_place *place,
                             const ns_tile *tile, const ns_rates *tile_rates, ns_cases *cases) {
    const ns_space *space = outside->space;
    const ns_longest_runs runs = ns_runs_of(space, place->chips, tile);
    const unsigned whole = ns_bypassed_whole(space, place->chips, tile);
    const unsigned together =
        space->layer->stride == 0 ? 1U << NS_INPUT | 1U << NS_WEIGHT : 0; /* may be passed */
    for (unsigned o = 0; o < objectives; o++) {
        const ns_outside_tables *tables = &outside->tables[place->outer][o];
        const double **dram = cases->dram[o];
        ns_least_crossings(space, &runs, place->inner, tile_rates->of[o], cases->crossings[o]);
        dram[NS_NOTHING_PASSED] = tables->nothing_passed;
        for (int d = 0; d < NS_DATA; d++) {
            const unsigned passed = together & 1U << d ? together : 1U << d;
            dram[NS_ONE_PASSED + d] = whole & passed ? tables->any : tables->nothing_passed;
        }
    }
}

/* No outside in this case costs less whose GB tile is `gb` or a multiple of it. */
TW_INLINE ns_values ns_case_bound(const ns_cases *cases, unsigned objectives, int which,
                                  uint32_t gb) {
    ns_values bound = {{0}};
    for (unsigned o = 0; o < objectives; o++)
        bound.of[o] = cases->crossings[o][which] + cases->dram[o][which][gb];
    return bound;
}

/* No outside costs less in which T itself, tile number t, is the GB tile. */
TW_INLINE ns_values ns_whole_bound(const ns_outside *outside, unsigned objectives,
                                   const ns_place *place, uint32_t t) {
    const ns_space *space = outside->space;
    const ns_lattice *lattice = &space->lattice;
    const uint64_t room = ns_whole(lattice)->packed - lattice->tiles[t].packed;
    ns_values bound = {{__builtin_inf(), __builtin_inf()}};
    for (uint32_t i = 0; i < place->chips->count; i++) {
        const uint32_t chip = space->unrolled[NS_CHIP].tiles[place->chips->first + i];
        if (!ns_divides(lattice, lattice->tiles[chip].packed, room))
            continue;
        for (unsigned o = 0; o < objectives; o++)
            bound.of[o] =
                ns_least(bound.of[o], outside->tables[place->outer][o].all_passed[t + chip]);
    }
    return bound;
}

#endif
