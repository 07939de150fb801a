/* Finding mappings of one problem on one hierarchy. One technique per file pair; the table in
 * search.c lists them. */
#ifndef TW_SEARCH_SEARCH_H
#define TW_SEARCH_SEARCH_H

#include "cost/cost.h"

typedef enum {
    TW_OBJECTIVE_ENERGY,
    TW_OBJECTIVE_LATENCY,
    TW_OBJECTIVE_EDP,
    TW_OBJECTIVE_PARETO
} tw_objective;

typedef struct {
    tw_objective objective;
    bool search_bypass;    /* choose what each level keeps within may_keep and must_keep */
    const char *technique; /* "exact", "brute-force", "random", "bottom-up" */
    double time_limit_s;   /* 0: none */
    uint64_t work_limit;   /* labels or evaluations, deterministic; 0: none */
    double gap;            /* stop when (value - bound) / value <= gap */
    uint64_t seed;
    unsigned threads;
    bool keep_front; /* where the best is taken from a front anyway: leave it in the result */
    const tw_mapping *partial; /* factors given by the user (0 = free), or NULL */
    uint32_t partial_keeps;    /* bit l: `partial` says what level l keeps */
} tw_search_options;

typedef enum {
    TW_FOUND_OPTIMAL,
    TW_FOUND_FEASIBLE,
    TW_FOUND_INFEASIBLE,
    TW_FOUND_NOTHING, /* a limit came before any mapping */
    TW_FOUND_EVALUATED
} tw_found;

typedef struct {
    tw_mapping mapping;
    tw_cost cost;
} tw_point;

typedef struct {
    tw_found found;
    tw_status limit; /* TW_OK, TW_LIMIT or TW_CANCELLED: why it stopped */
    double objective_value, lower_bound;
    tw_point best;
    size_t front_count;
    tw_point *front; /* Pareto search, or keep_front: energy ascending; owned by the context */
    uint64_t evaluated, pruned;
    size_t peak_bytes;
    double space_log10; /* size of the space searched, log10 */
    char reason[512];   /* infeasible: which capacity or constraint rules it out, by how much */
} tw_search_result;

/* The best mapping. TW_OK whenever *out is filled in (look at out->found), an error otherwise.
 * Release with tw_search_result_free. */
tw_status tw_search(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                    const tw_search_options *options, tw_search_result *out) TW_NODISCARD;
void tw_search_result_free(tw_ctx *ctx, tw_search_result *result);
double tw_objective_value(tw_objective objective, const tw_cost *cost);

#endif
