/* Lower bounds on what is still to come.
 *
 * From the outside in: the cheapest way to supply a tile of level l from the levels outside it,
 * whatever is inside (`to_go`), and its minimum over all tiles that contain a given one
 * (`least`). Each account has its own minimum, and so has every blend of accounts: the numbers of
 * a bound are those of the accounts, then those of the blends. */
#ifndef TW_SEARCH_BOUND_H
#define TW_SEARCH_BOUND_H

#include "search/chain.h"

typedef struct {
    const tw_chain *chain;
    unsigned tables; /* levels 1 .. tables have tables; the innermost has none */
    /* [level][keep choice], each (accounts + blends) * lattice.size values, one after the other */
    double *to_go[TW_MAX_LEVELS][1 << TW_ROLE_COUNT];
    double *least[TW_MAX_LEVELS][1 << TW_ROLE_COUNT];
    double *least_any[TW_MAX_LEVELS];                 /* minimum of `least` over the keep choices */
    uint8_t *fits[TW_MAX_LEVELS][1 << TW_ROLE_COUNT]; /* by tile; NULL: everything fits */
    uint8_t choice_of[TW_MAX_LEVELS][1 << TW_ROLE_COUNT];
} tw_bounds;

tw_status tw_bounds_make(const tw_chain *chain, tw_arena *arena, tw_bounds *out) TW_NODISCARD;

static inline bool tw_bounds_fit(const tw_bounds *bounds, unsigned level, tw_role_mask keeps,
                                 tw_tile_id tile) {
    const uint8_t *fits = bounds->fits[level][bounds->choice_of[level][keeps]];
    return !fits || fits[tile];
}

/* What the label's own accounts and blends come to at least, in every completion. `index` is its
 * tile. */
void tw_bound_label(const tw_chain *chain, tw_label *label, const uint16_t index[TW_DIM_COUNT],
                    double *bounds);
/* Adds what completions cost beyond: after a fanout (`least`) or loops not yet opened (`to_go`),
 * or, for a level without a table, what is outside it. Infinite when nothing completes it. */
void tw_bound_add_rest(const tw_bounds *bounds, const tw_label *label, bool opened,
                       double *accounts);

/* table[t] = minimum over the tiles that t divides and that differ from it only in `dims`. */
void tw_spread_minimum(const tw_lattice *lattice, tw_dim_mask dims, double *table);

/* One number of a bound that loops are checked against before labels are made of them: energy
 * (slot 0) or a blend (slot account_count + k). Bound `slot` by tile of what the levels outside
 * `level` need to supply it, or NULL without a table. */
static inline const double *tw_bounds_to_go(const tw_bounds *bounds, unsigned level,
                                            tw_role_mask keeps, unsigned slot) {
    return level >= 1 && level <= bounds->tables
               ? bounds->to_go[level][bounds->choice_of[level][keeps]] +
                     slot * bounds->chain->lattice.size
               : NULL;
}
/* The slot's value of accounts: the account itself, or a blend of them whose cycles are still to be
 * divided by `units`. */
double tw_slot_value(const tw_chain *chain, unsigned slot, const double *accounts, double units);

/* What a label after a fanout has at least in a slot, apart from what is outside: with every open
 * tensor paid in full, and how much of each a run could save. First visits of the output have been
 * credited for all the copies that fanouts to come can make of it. */
typedef struct {
    double value;
    double open[TW_MAX_TENSORS];
    double longest_run[TW_MAX_TENSORS];
    double credit, copies; /* per copy; so many are in `value` */
    double output_rest;    /* irrelevant iterations of the output still to come */
} tw_floor;
void tw_floor_make(const tw_chain *chain, tw_label *label, const uint16_t index[TW_DIM_COUNT],
                   unsigned slot, tw_floor *out);

#endif
