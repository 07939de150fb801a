/* What a search minimises: one weighted sum of energy and cycles, or two of them at once, for which
 * it finds the front. */
#ifndef TW_NEUROSPECTOR_OBJECTIVE_H
#define TW_NEUROSPECTOR_OBJECTIVE_H

#include "neurospector/chain.h"

enum { NS_MAX_OBJECTIVES = 2 };

typedef struct {
    double pj_weight; /* of dynamic energy */
    double cycle_weight;
} ns_objective;

typedef struct {
    unsigned count;
    ns_objective of[NS_MAX_OBJECTIVES];
} ns_objectives;

/* A value per objective; those beyond the count are zero. */
typedef struct {
    double of[NS_MAX_OBJECTIVES];
} ns_values;

static inline double ns_value(const ns_objective *objective, double pj, double cycles) {
    return objective->pj_weight * pj + objective->cycle_weight * cycles;
}

static inline ns_values ns_values_of(const ns_objectives *objectives, ns_price price) {
    ns_values values = {{0}};
    for (unsigned o = 0; o < objectives->count; o++)
        values.of[o] = ns_value(&objectives->of[o], price.pj, price.cycles);
    return values;
}

static inline ns_values ns_values_sum(ns_values a, ns_values b) {
    for (unsigned o = 0; o < NS_MAX_OBJECTIVES; o++)
        a.of[o] += b.of[o];
    return a;
}

static inline ns_values ns_values_least(ns_values a, ns_values b) {
    for (unsigned o = 0; o < NS_MAX_OBJECTIVES; o++)
        a.of[o] = b.of[o] < a.of[o] ? b.of[o] : a.of[o];
    return a;
}

#endif
