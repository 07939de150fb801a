/* Ways to factorize a tile over several rows, in the order in which NeuroSpector visits them.
 *
 * Per column there is a list of factorizations (divisors ascending, depth first, the last row takes
 * the rest); a visit picks one of each, the last column (G) changes fastest. Every step advances
 * before it reads, so that the first visit is number 1 and number 0 comes last. */
#ifndef TW_NEUROSPECTOR_ODOMETER_H
#define TW_NEUROSPECTOR_ODOMETER_H

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
    uint32_t index[NS_COLUMNS];
    int active[NS_COLUMNS], active_count; /* columns with a choice, G first */
    uint32_t sums[NS_ROWS];               /* tiles of the last visit */
    uint64_t visits, total;
} ns_odometer;

void ns_odometer_init(ns_odometer *odometer, tw_ctx *ctx);
/* Factorizations of a tile with these extents over `levels` rows. */
tw_status ns_odometer_generate(ns_odometer *odometer, const ns_divisors *divisors,
                               const uint64_t extent[NS_COLUMNS], unsigned levels) TW_NODISCARD;
/* The next visit: row l gets the tile sums[l]. False when all were made. */
bool ns_odometer_next(ns_odometer *odometer);
void ns_odometer_free(ns_odometer *odometer);

#endif
