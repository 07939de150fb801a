/* What constraints and fanouts leave open of every single factor of a mapping:
 * for techniques that choose factors one by one. */
#ifndef TW_SEARCH_FACTOR_LIMITS_H
#define TW_SEARCH_FACTOR_LIMITS_H

#include "search/search.h"

/* The places of a factor at one level. */
typedef enum { TW_SLOT_TEMPORAL, TW_SLOT_X, TW_SLOT_Y, TW_SLOT_KINDS } tw_slot_kind;

typedef struct {
    uint64_t fixed; /* the only value, or 0 */
    uint64_t max;   /* UINT64_MAX: no limit */
} tw_factor_limit;

typedef struct {
    tw_factor_limit slots[TW_MAX_LEVELS][TW_SLOT_KINDS][TW_DIM_COUNT];
    /* How far outside a loop must stand at its level: loops with a smaller rank stand outside
     * those with a larger one, equal ranks in any order. */
    unsigned rank[TW_MAX_LEVELS][TW_DIM_COUNT];
} tw_factor_limits;

void tw_factor_limits_make(const tw_hierarchy *arch, const tw_problem *problem,
                           tw_factor_limits *out);

/* Bounds that need no search: MACs cost their energy, and at most all MAC units work at once. */
double tw_trivial_bound(const tw_hierarchy *arch, const tw_problem *problem,
                        tw_objective objective);

#endif
