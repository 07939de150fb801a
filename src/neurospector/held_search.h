/* The search of held_front.c, which its stages share: the inside of T (held_inside.c), the outside
 * of GB tiles and what they cost together (held_outside.c). */
#ifndef TW_NEUROSPECTOR_HELD_SEARCH_H
#define TW_NEUROSPECTOR_HELD_SEARCH_H

#include "neurospector/held_front.h"
#include "neurospector/pareto.h"
#include "neurospector/tile_sets.h"

typedef struct {
    ns_price compute;
    double fill[NS_DATA];
    uint32_t pe, mac;
} ns_held_label;

typedef struct {
    double *pj, *cycles;
} ns_price_table;

/* A dataflow of GB's loops and those of DRAM that go with it: combination by DRAM's, or -1. */
typedef struct {
    ns_dataflow inner;
    int combination[NS_DATAFLOWS];
    ns_tile_sets runs[3]; /* per GB tile: the runs of up to three kinds of loops */
    unsigned run_columns[3];
    const ns_tile_list *run_tiles[3];
    int run_count;
} ns_inner_flow;

typedef struct {
    ns_space space;
    const ns_search_options *options;
    const ns_held_use *use;
    const ns_front *front;
    ns_front *out;
    double start_s, static_pj; /* per cycle */
    bool stopped;
    ns_tile_list free_of[NS_DATA]; /* multiples that leave the datum's tile as it is */
    ns_tile_list of_k;

    ns_dataflows combinations[NS_MAX_COMBINATIONS];
    int inner_count;
    ns_inner_flow inners[NS_DATAFLOWS];
    bool outer_used[NS_DATAFLOWS];

    size_t found_count; /* of the front: energy ascending, cycles descending */
    ns_price *found;
    ns_price *saving;  /* per tile sent: the most that it can save */
    ns_tile_sets held; /* per tile sent */

    /* Of the chip group at hand. */
    const ns_group *chips;
    /* Per GB tile that fits: the least outside, the most saved (negative); and over multiples. */
    ns_price_table outer, most, outside, cap;
    ns_pareto_table mac_sets, *group_sets;
    bool *group_made;
    size_t label_count, label_capacity;
    ns_held_label *labels;
} ns_held_search;

static inline ns_price ns_with_static(const ns_held_search *s, ns_price price) {
    price.pj += s->static_pj * price.cycles;
    return price;
}

static inline void ns_take_least(double *to, double value) {
    *to = value < *to ? value : *to;
}

/* Some mapping of the front costs no more than this after it has saved so much. */
bool ns_is_useless(const ns_held_search *s, ns_price price, ns_price saved);
/* Whatever outside of a tile of which this is the inside. */
bool ns_is_useless_inside(const ns_held_search *s, ns_price inside, uint32_t tile);

/* Fills in s->labels: what can be inside of T. */
tw_status ns_held_make_labels(ns_held_search *s, uint32_t t) TW_NODISCARD;

/* Bounds of what lies outside of each GB tile, with the chips at hand. */
void ns_held_fill_bounds(ns_held_search *s);
/* T, with its labels, and GB tiles that leave the tile of some tensor as T has it; `least` is the
 * least of any label. */
tw_status ns_held_expand_passing(ns_held_search *s, uint32_t t, ns_price least) TW_NODISCARD;
/* GB tiles with every product of the loops that a run consists of; what else GB loops over leaves
 * the crossings as they are. */
tw_status ns_held_expand_runs(ns_held_search *s, ns_inner_flow *flow, int kind,
                              uint32_t t) TW_NODISCARD;
/* Everything outside of the GB tiles of one kind of run. */
tw_status ns_held_leave_chips(ns_held_search *s, const ns_inner_flow *flow, int kind,
                              uint32_t gb) TW_NODISCARD;

#endif
