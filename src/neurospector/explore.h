/* The exact search for one objective or two: see explore.c. */
#ifndef TW_NEUROSPECTOR_EXPLORE_H
#define TW_NEUROSPECTOR_EXPLORE_H

#include "neurospector/found.h"
#include "neurospector/search.h"

typedef struct {
    ns_found found;
    size_t combination_count;
    ns_dataflows combinations[NS_MAX_COMBINATIONS]; /* mappings refer to them */
    bool stopped;
    tw_status limit;  /* TW_OK, TW_LIMIT, TW_CANCELLED: why it stopped */
    ns_values bounds; /* what no mapping is below; HUGE_VAL when there is none */
    uint64_t evaluated, pruned;
} ns_exploration;

/* Finds, without limits, a mapping for every set of values that no other mapping is at most as bad
 * as. options->metric is not looked at. *out is freed with ns_exploration_free, also after a
 * failure. */
tw_status ns_explore(const ns_space *space, const ns_objectives *objectives,
                     const ns_search_options *options, ns_exploration *out) TW_NODISCARD;
void ns_exploration_free(ns_exploration *exploration);

#endif
