/* The ways to split a row in two, in NeuroSpector's order: its inner walk.
 *
 * One walk serves all splits of a step, and the original does not set it back. The first use visits
 * every split once. A further use starts where the one before stood, whose indices may lie beyond
 * the lists of the new row: its first visit carries them to the left, and the visits are one more
 * than there are splits, so that the last is the first again. */
#ifndef TW_NEUROSPECTOR_SPLITS_H
#define TW_NEUROSPECTOR_SPLITS_H

#include "neurospector/factorizations.h"

typedef struct {
    const uint32_t *list[NS_COLUMNS]; /* divisors of the row's factor, ascending */
    uint32_t count[NS_COLUMNS], index[NS_COLUMNS];
    bool used;
    bool wild;                            /* indices may be beyond the lists */
    int active[NS_COLUMNS], active_count; /* columns with a choice, G first */
} ns_splits;

/* Begins with `*splits` zeroed, or a further use; returns how many visits it has. */
uint64_t ns_splits_begin(ns_splits *splits, const ns_lattice *lattice, const ns_divisors *divisors,
                         uint32_t tile);
/* Carries the indices of the use before into the lists: the first step of a further use. */
void ns_splits_tame(ns_splits *splits);

/* Advances and returns the tile of the inner one of the two rows. */
static inline uint32_t ns_splits_next(ns_splits *splits) {
    uint32_t sum = 0;
    if (splits->wild)
        ns_splits_tame(splits);
    else
        for (int i = 0; i < splits->active_count; i++) {
            const int c = splits->active[i];
            if (++splits->index[c] < splits->count[c])
                break;
            splits->index[c] = 0;
        }
    for (int i = 0; i < splits->active_count; i++)
        sum += splits->list[splits->active[i]][splits->index[splits->active[i]]];
    return sum;
}

/* Leaves the walk as all visits of the use just begun would: they end where the first one was (or
 * in the first use, where they began). */
static inline void ns_splits_pass_over(ns_splits *splits) {
    if (splits->wild)
        ns_splits_tame(splits);
}

#endif
