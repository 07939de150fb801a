/* What is sought and what is known of it: the objective as arithmetic on accounts, and the best
 * mappings so far.
 *
 * What is left of a partial chain is known by bounds: energy at least E, latency at least D, and
 * for every blend (see chain.h) that alpha * energy + beta * latency is at least m. Together they
 * cut a region out of the plane of (energy, latency), closed towards larger values, in which all
 * completions lie. A label is hopeless when the region has no point that improves on the best. */
#ifndef TW_SEARCH_GOAL_H
#define TW_SEARCH_GOAL_H

#include "search/chain.h"

/* Two costs that differ by less than this share are the same number summed in another order. */
#define TW_SAME 1e-12

typedef struct {
    double energy_pj, latency_cycles; /* as the chain counts them */
    tw_point point;                   /* as the cost model counts it */
} tw_best;

typedef struct {
    tw_ctx *ctx;
    const tw_chain *chain;
    tw_objective objective;
    bool blend;                           /* the chain's only blend is sought instead */
    double gap;                           /* accept what is proven to be within this share */
    double least_energy_pj, least_cycles; /* proven of every mapping; 0: nothing */
    size_t count, capacity;
    tw_best *best;    /* one, or a Pareto front with ascending energy */
    double value;     /* objective value of best[0]; infinite when none */
    double gap_bound; /* bound over what was given up only because of `gap` */
} tw_goal;

/* Where completions can lie. Half-planes are those of the chain's blends, `least` their m. */
typedef struct {
    double energy_pj, cycles; /* leakage included */
    const double *least;      /* per blend; NULL: no half-planes */
    double value;             /* objective value of every point at least */
} tw_region;

void tw_goal_init(tw_goal *goal, tw_ctx *ctx, const tw_chain *chain,
                  const tw_search_options *options, bool blend);
void tw_goal_free(tw_goal *goal);

/* Objective value of accounts. */
double tw_goal_value(const tw_goal *goal, const double *accounts);
/* A complete chain with these accounts, as a region of one point; its energy and latency go to
 * *out. */
tw_region tw_goal_point(const tw_goal *goal, const double *accounts, tw_best *out);
/* The region of bounds (accounts, then blends), which *out keeps a pointer to. */
void tw_goal_region(const tw_goal *goal, const double *bounds, tw_region *out);
/* Whether no point of the region improves on what is known. */
bool tw_goal_hopeless(tw_goal *goal, const tw_region *region);
/* From which value on a further bound on `slot` (0: energy without leakage, else a blend) makes a
 * region with this corner hopeless; infinite when no value does. */
double tw_goal_limit(const tw_goal *goal, const tw_region *corner, unsigned slot);

/* Takes in a mapping that is not hopeless. */
tw_status tw_goal_take(tw_goal *goal, const tw_best *fresh) TW_NODISCARD;

#endif
