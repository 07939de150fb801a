/* Label making over the steps of a chain: layer after layer with few labels each (a beam, for a
 * first good mapping), or most promising label first until none is left that could improve on the
 * best (the proof). */
#ifndef TW_SEARCH_PASS_H
#define TW_SEARCH_PASS_H

#include "search/bound.h"
#include "search/frontier.h"
#include "search/labels.h"
#include "search/refine.h"

typedef struct {
    double energy_pj, latency_cycles; /* as the chain counts them */
    tw_point point;                   /* as the cost model counts it */
} tw_incumbent;

typedef struct {
    tw_ctx *ctx;
    const tw_chain *chain;
    const tw_bounds *bounds;
    const tw_refinement *refinement;
    const tw_search_options *options;
    tw_labels labels;
    tw_frontier frontier;
    bool blind; /* rank labels by what is done, not by the bound */

    size_t incumbent_count, incumbent_capacity;
    tw_incumbent *incumbents; /* one, or a Pareto front with ascending energy */
    double best_value;        /* objective value of incumbents[0]; infinite when none */

    uint64_t evaluated, pruned;
    double deadline_s;
    tw_status limit;   /* TW_OK, or why the pass ended early */
    double open_bound; /* bound over what was left when it did; infinite otherwise */
    double gap_bound;  /* bound over labels pruned only because of options->gap */
    tw_order *orders;  /* scratch */
} tw_pass;

tw_status tw_pass_init(tw_ctx *ctx, const tw_bounds *bounds, const tw_refinement *refinement,
                       const tw_search_options *options, tw_pass *out) TW_NODISCARD;
void tw_pass_free(tw_pass *pass);

/* One layer after the other, expanding the `width` most promising labels of each. TW_OK, or an
 * error; pass->limit says whether it came to the end. */
tw_status tw_pass_beam(tw_pass *pass, size_t width) TW_NODISCARD;
/* Best label first, until the rest cannot improve on the incumbents; likewise. */
tw_status tw_pass_prove(tw_pass *pass) TW_NODISCARD;

/* What every mapping costs at least, in the objective's unit. */
tw_status tw_pass_root_bound(tw_pass *pass, double *value) TW_NODISCARD;

#endif
