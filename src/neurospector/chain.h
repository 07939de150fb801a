/* The pieces of which the searches are made: the layer's tiles, what can be unrolled, and the
 * price of each step of the chain
 *
 *     MAC array . LB loops . PE array . GB loops . chips . DRAM loops
 *          M          L          E          H        Z         D
 *
 * with tiles  M | LB = M L | T = M L E | GB = T H | sent = T H Z | whole layer.  A price is dynamic
 * energy and cycles, both sums over the boundaries of the chain. */
#ifndef TW_NEUROSPECTOR_CHAIN_H
#define TW_NEUROSPECTOR_CHAIN_H

#include "neurospector/lattice.h"
#include "neurospector/search.h"

typedef struct {
    uint32_t count;
    uint32_t *tiles;
} ns_tile_list;

/* Unrolled tiles with the same number of units and the same reduction (C*R*S) cost the same
 * wherever only those two numbers matter. */
typedef struct {
    double units, crs;
    uint32_t first, count; /* in a list sorted by (units, crs, tile) */
} ns_group;

typedef struct {
    uint32_t count;
    ns_group *groups;
} ns_group_list;

typedef struct {
    double pj; /* dynamic */
    double cycles;
} ns_price;

typedef struct {
    tw_ctx *ctx;
    const ns_accelerator *accelerator;
    const ns_layer *layer;
    ns_model model;
    double mac_pj; /* energy of the operations: the same for every mapping */
    bool has_gb_loops;
    ns_lattice lattice;
    ns_tile_list unrolled[NS_ARRAYS];
    ns_group_list groups[NS_ARRAYS]; /* of PE and CHIP */
    unsigned char *fits_lb;          /* per tile */
    unsigned char *fits_gb;
} ns_space;

tw_status ns_space_init(ns_space *space, tw_ctx *ctx, const ns_accelerator *accelerator,
                        const ns_layer *layer) TW_NODISCARD;
void ns_space_free(ns_space *space);
/* Tiles of at most `most` steps in `columns` alone, in index order; owned by the caller. */
tw_status ns_list_tiles(const ns_space *space, unsigned columns, double most,
                        ns_tile_list *out) TW_NODISCARD;

/* Whether arrays and buffers hold a scheduling table, given as a tile per row; registers hold
 * nothing. What they do not hold they do not hold either with larger rows. */
static inline bool ns_arrays_hold(const ns_space *space, const uint32_t rows[NS_ROWS]) {
    const ns_tile *tiles = space->lattice.tiles;
    for (int a = 0; a < NS_ARRAYS; a++) {
        const ns_array *array = &space->accelerator->arrays[a];
        if (tiles[rows[3 * a + 1]].steps > (double)array->x ||
            tiles[rows[3 * a + 2]].steps > (double)array->y)
            return false;
    }
    return true;
}

static inline bool ns_buffers_hold(const ns_space *space, const uint32_t rows[NS_ROWS]) {
    const uint32_t lb = rows[NS_ROW_MAC_X] + rows[NS_ROW_MAC_Y] + rows[NS_ROW_LB];
    const uint32_t gb = lb + rows[NS_ROW_PE_X] + rows[NS_ROW_PE_Y] + rows[NS_ROW_GB];
    return rows[NS_ROW_REG] == 0 && space->fits_lb[lb] && space->fits_gb[gb];
}

/* How often tiles cross a boundary. */
typedef struct {
    double input, weight, output_read, output_write;
} ns_crossings;

static inline ns_price ns_price_sum(ns_price a, ns_price b) {
    return (ns_price){a.pj + b.pj, a.cycles + b.cycles};
}

/* `level` sends `tile` to the inside, once for each of `copies` sources that pay energy; cycles are
 * those of one port. */
ns_price ns_send_price(const ns_space *space, ns_level level, const double words[NS_DATA],
                       const ns_crossings *n, double copies);
/* Energy of `level` sending or taking in `tile`. */
double ns_tile_pj(const ns_space *space, ns_level level, const double words[NS_DATA],
                  const ns_crossings *n, double copies);
/* Computing: LB sends the MAC tile, `units` PEs and chips work, `crs` of the reduction is unrolled
 * outside the MAC array. */
ns_price ns_compute_price(const ns_space *space, const ns_tile *mac_tile, double units, double crs);

/* The data (bit d) of which one tile has as many words as the other, a divisor of it. Those of T
 * and of the GB tile are passed on: GB sends them as often as it gets them. */
enum { NS_ALL_PASSED = (1 << NS_DATA) - 1 };
static inline unsigned ns_same_words(const ns_tile *a, const ns_tile *b) {
    unsigned same = 0;
    for (int d = 0; d < NS_DATA; d++)
        same |= (unsigned)(a->words[d] == b->words[d]) << d;
    return same;
}

/* GB's crossings where it passes some data on as DRAM sends them. */
static inline ns_crossings ns_with_passed(ns_crossings n, const ns_crossings *dram,
                                          unsigned passed) {
    n.input = passed & 1U << NS_INPUT ? dram->input : n.input;
    n.weight = passed & 1U << NS_WEIGHT ? dram->weight : n.weight;
    if (passed & 1U << NS_OUTPUT) {
        n.output_read = dram->output_read;
        n.output_write = dram->output_write;
    }
    return n;
}

/* DRAM's crossings with this tile sent: as the rules count them before the bypass of GB, and what
 * the bypass makes of them. */
ns_crossings ns_dram_crossings(const ns_space *space, ns_dataflow dataflow, const ns_tile *sent);
void ns_bypass_crossings(const ns_space *space, const ns_tile *sent, unsigned passed,
                         ns_crossings *n);
/* GB's crossings from T to GB tile with so many chips, when it passes nothing on. `chip_crs` is
 * the reduction unrolled over chips. */
ns_crossings ns_gb_crossings(const ns_space *space, ns_dataflow dataflow, const ns_tile *inner,
                             const ns_tile *gb, double chips, double chip_crs);

#endif
