/* The two candidates of a step (see level_walk.h) as they stand after the visits so far. Inline,
 * since a step makes up to millions of visits. */
#ifndef TW_NEUROSPECTOR_LEVEL_CHOICE_H
#define TW_NEUROSPECTOR_LEVEL_CHOICE_H

#include <float.h>

#include "neurospector/level_cost.h"

typedef struct {
    const ns_tile *tiles;
    ns_row e;
    ns_dataflow flow; /* of row b */
    float pm_cost, sp_cost;
    float sp_degree;
    ns_plan pm, sp;
} ns_choice;

static inline ns_choice ns_choice_begin(const ns_tile *tiles, ns_row e, ns_dataflow flow,
                                        const ns_plan *from) {
    return (ns_choice){tiles, e, flow, FLT_MAX, FLT_MAX, 0, *from, *from};
}

/* False when no visit of this degree changes a candidate that costs at least so much. */
static inline bool ns_choice_is_open(const ns_choice *x, float least, float degree) {
    return !(least > x->pm_cost) || degree > x->sp_degree ||
           (degree == x->sp_degree && least < x->sp_cost);
}

static inline double ns_irrelevant_steps(const ns_tile *row, ns_dataflow dataflow) {
    switch (dataflow) {
    case NS_IS:
        return row->k;
    case NS_WS:
        return row->bpq;
    case NS_OS:
        return row->crs;
    default:
        return 1;
    }
}

static inline void ns_consider_cheapest(ns_choice *x, const ns_plan *p, float cost) {
    const ns_tile *now = &x->tiles[p->rows[x->e]];
    const ns_tile *kept = &x->tiles[x->pm.rows[x->e]];
    if (cost > x->pm_cost)
        return;
    const bool better = cost < x->pm_cost || now->steps < kept->steps ||
                        (now->steps == kept->steps &&
                         ns_irrelevant_steps(now, x->flow) > ns_irrelevant_steps(kept, x->flow));
    if (better)
        x->pm = *p;
    x->pm_cost = cost;
}

/* The running cost is not reset when a larger degree is found: so does the original. */
static inline void ns_consider_spread(ns_choice *x, const ns_plan *p, float cost, float degree) {
    if (degree > x->sp_degree) {
        x->sp_degree = degree;
        x->sp = *p;
    } else if (degree == x->sp_degree && cost < x->sp_cost) {
        x->sp_cost = cost;
        x->sp = *p;
    }
}

#endif
