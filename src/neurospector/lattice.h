/* The tiles of a layer as a lattice: every vector of divisors of its eight loop bounds.
 *
 * A tile is a vector of prime exponents, one axis for every (column, prime). Its index is the
 * mixed-radix number of the exponents, so that the product of two tiles is the sum of their
 * indices, and a minimum over all multiples (or divisors) of every tile is a sweep along the axes.
 * The exponents are packed into one word with a guard bit per axis, which makes "a divides b" a
 * subtraction. */
#ifndef TW_NEUROSPECTOR_LATTICE_H
#define TW_NEUROSPECTOR_LATTICE_H

#include "neurospector/cost.h"

enum { NS_MAX_AXES = 64, NS_MAX_TILES = 1 << 23, NS_ALL_COLUMNS = (1 << NS_COLUMNS) - 1 };

typedef struct {
    ns_column column;
    uint64_t prime;
    unsigned exponent; /* of the whole layer */
    uint32_t stride;   /* of the index */
    unsigned shift;    /* into the packed word */
} ns_axis;

/* Doubles are exact here: counts below 2^53, and beyond it only bounds are made of them. */
typedef struct {
    uint64_t packed;
    double steps; /* product of all columns */
    double k, bpq, crs;
    double words[NS_DATA];
} ns_tile;

typedef struct {
    tw_ctx *ctx;
    unsigned axis_count;
    ns_axis axes[NS_MAX_AXES];
    uint64_t guards;
    uint32_t count;
    ns_tile *tiles; /* count; the last is the whole layer */
} ns_lattice;

/* TW_LIMIT, without a diagnostic, when the layer has more than NS_MAX_TILES tiles. */
tw_status ns_lattice_init(ns_lattice *lattice, tw_ctx *ctx, const ns_layer *layer) TW_NODISCARD;
void ns_lattice_free(ns_lattice *lattice);
/* table[t] becomes the least over all multiples of t by a tile of `columns` (bit c), or over all
 * such divisors. */
void ns_lattice_min_of_multiples(const ns_lattice *lattice, unsigned columns, double *table);
void ns_lattice_min_of_divisors(const ns_lattice *lattice, unsigned columns, double *table);
/* The extents of a tile. */
void ns_lattice_extents(const ns_lattice *lattice, uint32_t tile, uint64_t extent[NS_COLUMNS]);

static inline bool ns_divides(const ns_lattice *lattice, uint64_t small, uint64_t large) {
    return (((large | lattice->guards) - small) & lattice->guards) == lattice->guards;
}

static inline const ns_tile *ns_whole(const ns_lattice *lattice) {
    return &lattice->tiles[lattice->count - 1];
}

/* The product of two tiles is a tile of the layer. */
static inline bool ns_fit_together(const ns_lattice *lattice, uint32_t a, uint32_t b) {
    return ns_divides(lattice, lattice->tiles[b].packed,
                      ns_whole(lattice)->packed - lattice->tiles[a].packed);
}

#endif
