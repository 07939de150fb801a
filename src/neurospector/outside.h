/* What lies outside of T, the tile that GB sends: the GB tile, the chips, the loops of DRAM.
 *
 * A GB tile is T times the loops of GB, and DRAM sends it to the chips as one tile, `sent`. What
 * that costs is known only with the chips, but a bound on it depends on the GB tile alone: tables
 * hold, for every tile, the least cost of DRAM sending any multiple of it that so many chips can
 * hold. The bounds grow from a tile to its multiples, so that a walk over GB tiles from T on ends
 * where they say that nothing better follows.
 *
 * The model has exceptions: where a datum has no GB loop, GB passes it on as often as it gets it
 * (`passed`), and data that GB bypasses cost more when DRAM sends them whole, unless they are
 * passed. The tables and the bounds come in cases for that. */
#ifndef TW_NEUROSPECTOR_OUTSIDE_H
#define TW_NEUROSPECTOR_OUTSIDE_H

#include "neurospector/found.h"

/* The first datum of those of which several chips, and several LBs, hold together at least the
 * words of their common tile: not the input when strides leave rows out between the parts. */
static inline int ns_first_shared(const ns_space *space) {
    return space->layer->stride > 1 ? NS_WEIGHT : NS_INPUT;
}

/* DRAM sending one tile. What the chips do with it at least is known from the words that they hold
 * together. */
typedef struct {
    ns_crossings n;
    ns_price price;
    double fill_pj;  /* GB takes it in */
    ns_price passed; /* GB takes it in, sends it, the LBs take it in; cycles as of one chip */
} ns_dram_entry;

/* Per tile; HUGE_VAL where the chips can hold neither it nor a multiple of it. */
typedef struct {
    double *nothing_passed; /* least of any multiple: all that GB bypasses counts */
    double *any;            /* the same, whatever is passed */
    double *all_passed;     /* of this tile sent, with what GB sends and the LBs take in at least */
} ns_outside_tables;

typedef struct {
    const ns_space *space;
    const ns_objectives *objectives;
    /* Per dataflow: as counted, and with the bypass of GB where it passes nothing on; one array
     * when nothing is bypassed. NULL for dataflows that are not used. */
    ns_dram_entry *dram[NS_DATAFLOWS], *dram_bypassed[NS_DATAFLOWS];
    double chips;        /* that the tables are for; 0: none yet */
    unsigned char *held; /* per tile: so many chips can hold it together */
    ns_outside_tables tables[NS_DATAFLOWS][NS_MAX_OBJECTIVES];
} ns_outside;

/* For the dataflows marked in `used`. */
tw_status ns_outside_init(ns_outside *outside, const ns_space *space,
                          const ns_objectives *objectives,
                          const bool used[NS_DATAFLOWS]) TW_NODISCARD;
void ns_outside_free(ns_outside *outside);
/* Least cost of DRAM sending any tile. */
ns_values ns_least_outside(const ns_outside *outside, ns_dataflow flow);
/* Fills the tables for this number of chips. */
void ns_outside_use(ns_outside *outside, double chips);

#endif
