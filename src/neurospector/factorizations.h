/* Ways to factorize a tile over several rows, per column and in the order in which NeuroSpector
 * lists them: divisors ascending, depth first, the last row takes the rest.
 *
 * Its walks pick one item of each column, G changes fastest. Every step advances before it reads,
 * so that the first visit is number 1 and number 0, item 0 of every column, comes last. */
#ifndef TW_NEUROSPECTOR_FACTORIZATIONS_H
#define TW_NEUROSPECTOR_FACTORIZATIONS_H

#include "neurospector/lattice.h"

/* The divisors of each column's bound, with their tiles. */
typedef struct {
    uint64_t value;
    uint32_t tile;
} ns_divisor;

typedef struct {
    tw_ctx *ctx;
    uint32_t count[NS_COLUMNS];
    ns_divisor *divisors[NS_COLUMNS]; /* ascending */
    /* The divisors of divisor i as tiles, ascending: of[c][start[c][i]] and on. */
    uint32_t *start[NS_COLUMNS];
    uint32_t *of[NS_COLUMNS];
} ns_divisors;

tw_status ns_divisors_init(ns_divisors *divisors, tw_ctx *ctx,
                           const ns_lattice *lattice) TW_NODISCARD;
void ns_divisors_free(ns_divisors *divisors);

typedef struct {
    tw_ctx *ctx;
    unsigned levels;
    uint32_t count[NS_COLUMNS];
    uint32_t *items[NS_COLUMNS]; /* count times levels tiles */
} ns_factorizations;

/* Factorizations of a tile with these extents over `levels` rows; freed by the caller, also after a
 * failure. */
tw_status ns_factorizations_init(ns_factorizations *lists, const ns_divisors *divisors,
                                 const uint64_t extent[NS_COLUMNS], unsigned levels) TW_NODISCARD;
void ns_factorizations_free(ns_factorizations *lists);

#endif
