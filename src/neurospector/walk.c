/* The walk over the outsides of T: GB tiles grow from T on by one prime at a time, each visited
 * once since the axes of the lattice are taken in order. Bounds and the capacity of GB cut it. */
#include "neurospector/walk.h"

typedef struct {
    const ns_walk *walk;
    const ns_space *space;
    const ns_tile *tile; /* T */
    unsigned objectives;
    ns_cases cases; /* with the inside in the crossings */
} walker;

static bool case_is_hopeless(const walker *w, int which, uint32_t gb) {
    const ns_values bound = ns_case_bound(&w->cases, w->objectives, which, gb);
    return ns_is_hopeless(w->walk->found, &bound);
}

/* Nothing new is at this GB tile or at its multiples, which pass on no more data than it does. */
static bool all_is_hopeless(const walker *w, uint32_t gb, unsigned passed) {
    bool hopeless = case_is_hopeless(w, NS_NOTHING_PASSED, gb);
    for (int d = 0; d < NS_DATA && hopeless; d++)
        if (passed & 1U << d)
            hopeless = case_is_hopeless(w, NS_ONE_PASSED + d, gb);
    return hopeless;
}

static double total_fill_pj(const walker *w, const ns_crossings *n) {
    const double *pj = w->walk->fill_pj;
    return pj[NS_INPUT] * n->input + pj[NS_WEIGHT] * n->weight +
           pj[NS_OUTPUT] * (n->output_read + n->output_write);
}

/* What DRAM does, with the bypass of the data that GB does not pass on. */
static const ns_dram_entry *dram_of(const walker *w, uint32_t sent, unsigned passed,
                                    ns_dram_entry *own) {
    const ns_outside *outside = w->walk->outside;
    const ns_dataflow flow = w->walk->place.outer;
    const unsigned bypass = w->space->accelerator->buffers[NS_GB].bypass;
    if (passed == 0)
        return &outside->dram_bypassed[flow][sent];
    if ((bypass & ~passed) == 0)
        return &outside->dram[flow][sent];
    const ns_tile *tile = &w->space->lattice.tiles[sent];
    own->n = outside->dram[flow][sent].n;
    ns_bypass_crossings(w->space, tile, passed, &own->n);
    own->price = ns_send_price(w->space, NS_LEVEL_DRAM, tile->words, &own->n, 1);
    return own;
}

static bool visit_chip(const walker *w, uint32_t gb, uint32_t chip, unsigned passed,
                       const ns_crossings *gb_n) {
    const ns_walk *walk = w->walk;
    const ns_objectives *objectives = walk->outside->objectives;
    const double chips = walk->place.chips->units;
    ns_dram_entry own;
    const ns_dram_entry *dram = dram_of(w, gb + chip, passed, &own);
    const ns_crossings n =
        ns_with_passed(*gb_n, &walk->outside->dram[walk->place.outer][gb + chip].n, passed);
    ns_price price = ns_send_price(w->space, NS_LEVEL_GB, w->tile->words, &n, chips);
    price = ns_price_sum(price, dram->price);
    price.pj +=
        ns_tile_pj(w->space, NS_LEVEL_GB, w->space->lattice.tiles[gb].words, &dram->n, chips);
    const ns_option option = {gb, chip, n, ns_values_of(objectives, price)};
    price.pj += total_fill_pj(w, &n);
    const ns_values all = ns_values_sum(walk->inside, ns_values_of(objectives, price));
    return ns_is_hopeless(walk->found, &all) || walk->visit(walk->user, &option);
}

/* The crossings of this GB tile alone rule it out. */
static bool crossings_are_hopeless(const walker *w, uint32_t gb, const ns_crossings *n) {
    const ns_objectives *objectives = w->walk->outside->objectives;
    ns_price price =
        ns_send_price(w->space, NS_LEVEL_GB, w->tile->words, n, w->walk->place.chips->units);
    price.pj += total_fill_pj(w, n);
    ns_values all = ns_values_sum(w->walk->inside, ns_values_of(objectives, price));
    for (unsigned o = 0; o < w->objectives; o++)
        all.of[o] += w->cases.dram[o][NS_NOTHING_PASSED][gb];
    return ns_is_hopeless(w->walk->found, &all);
}

static bool visit_gb(const walker *w, uint32_t gb, unsigned passed) {
    const ns_group *chips = w->walk->place.chips;
    const ns_lattice *lattice = &w->space->lattice;
    const uint64_t room = ns_whole(lattice)->packed - lattice->tiles[gb].packed;
    const ns_crossings n = ns_gb_crossings(w->space, w->walk->place.inner, w->tile,
                                           &lattice->tiles[gb], chips->units, chips->crs);
    bool go_on = true;
    if (passed == 0 && crossings_are_hopeless(w, gb, &n))
        return true;
    for (uint32_t i = 0; i < chips->count && go_on; i++) {
        const uint32_t chip = w->space->unrolled[NS_CHIP].tiles[chips->first + i];
        if (ns_divides(lattice, lattice->tiles[chip].packed, room))
            go_on = visit_chip(w, gb, chip, passed, &n);
    }
    return go_on;
}

static bool grow(const walker *w, uint32_t gb, unsigned first_axis) {
    const ns_lattice *lattice = &w->space->lattice;
    const uint64_t room = ns_whole(lattice)->packed - lattice->tiles[gb].packed;
    for (unsigned a = first_axis; a < lattice->axis_count; a++) {
        const uint32_t prime = lattice->axes[a].stride;
        if (!ns_divides(lattice, lattice->tiles[prime].packed, room) ||
            !w->space->fits_gb[gb + prime])
            continue;
        const unsigned passed = ns_same_words(w->tile, &lattice->tiles[gb + prime]);
        if (all_is_hopeless(w, gb + prime, passed))
            continue;
        if (!visit_gb(w, gb + prime, passed) || !grow(w, gb + prime, a))
            return false;
    }
    return true;
}

bool ns_walk_outsides(const ns_walk *walk) {
    const ns_outside *outside = walk->outside;
    const ns_tile *tile = &outside->space->lattice.tiles[walk->tile];
    const ns_rates rates = ns_tile_rates(outside, walk->place.chips, tile, walk->fill_pj);
    walker w = {.walk = walk,
                .space = outside->space,
                .tile = tile,
                .objectives = outside->objectives->count};
    ns_make_cases(outside, w.objectives, &walk->place, tile, &rates, &w.cases);
    for (unsigned o = 0; o < w.objectives; o++)
        for (int c = 0; c < NS_CASES; c++)
            w.cases.crossings[o][c] += walk->inside.of[o];
    return (!walk->whole || visit_gb(&w, walk->tile, NS_ALL_PASSED)) &&
           (!walk->beyond || grow(&w, walk->tile, 0));
}
