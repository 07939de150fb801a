/* The ways to split a row in two, in NeuroSpector's order: its inner walk.
 *
 * One walk serves all splits of a step, and the original does not set it back. The first use visits
 * every split once. A further use starts where the one before stood, whose indices may lie beyond
 * the lists of the new row: its first visit carries them to the left, and the visits are one more
 * than there are splits. Either way a use ends where it begins, so that visits can be left out. */
#ifndef TW_NEUROSPECTOR_SPLITS_H
#define TW_NEUROSPECTOR_SPLITS_H

#include "neurospector/factorizations.h"

/* Columns with a choice are numbered from the one that changes fastest. */
typedef struct {
    uint32_t home[NS_COLUMNS]; /* the indices where the use begins and ends, by ns_column */
    bool used;
    bool at_home; /* the next visit is the one at home, else the one after `index` */
    unsigned count;
    ns_column column[NS_COLUMNS];
    const uint32_t *list[NS_COLUMNS]; /* divisors of the row's factor, ascending */
    uint32_t length[NS_COLUMNS], index[NS_COLUMNS];
    uint32_t slower[NS_COLUMNS]; /* tile that the columns slower than this one give */
} ns_splits;

/* Begins with `*splits` zeroed, or a further use; returns how many visits it has. */
uint64_t ns_splits_begin(ns_splits *splits, const ns_lattice *lattice, const ns_divisors *divisors,
                         uint32_t tile);
/* Goes on to the last visit with the same divisors in all but the `columns` fastest columns, and
 * returns how many visits that leaves out. */
uint64_t ns_splits_skip(ns_splits *splits, unsigned columns);

/* The next visit: the tile of the inner one of the two rows. */
static inline uint32_t ns_splits_next(ns_splits *splits) {
    unsigned i = 0;
    if (splits->at_home || splits->count == 0) {
        splits->at_home = false;
        return splits->count == 0 ? 0 : splits->slower[0] + splits->list[0][splits->index[0]];
    }
    while (i < splits->count && ++splits->index[i] == splits->length[i])
        splits->index[i++] = 0;
    if (i == 0)
        return splits->slower[0] + splits->list[0][splits->index[0]];
    const uint32_t tile =
        i < splits->count ? splits->slower[i] + splits->list[i][splits->index[i]] : 0;
    while (i-- > 0)
        splits->slower[i] = tile; /* item 0 of a list is the divisor 1, tile 0 */
    return tile;
}

#endif
