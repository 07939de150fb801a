/* Label making over the steps of a chain: layer after layer with few labels each (a beam, for a
 * first good mapping), or most promising label first until none is left that could improve on the
 * best (the proof). */
#ifndef TW_SEARCH_PASS_H
#define TW_SEARCH_PASS_H

#include "search/bound.h"
#include "search/frontier.h"
#include "search/goal.h"
#include "search/labels.h"
#include "search/refine.h"

typedef struct {
    tw_ctx *ctx;
    const tw_chain *chain;
    const tw_bounds *bounds;
    const tw_refinement *refinement;
    const tw_search_options *options;
    tw_labels labels;
    tw_frontier frontier;
    tw_goal goal;
    bool blind; /* rank labels by what is done, not by the bound */

    uint64_t evaluated, pruned;
    double deadline_s;
    tw_status limit;   /* TW_OK, or why the pass ended early */
    double open_bound; /* bound over what was left when it did; infinite otherwise */
    tw_order *orders;  /* scratch */
} tw_pass;

/* The goal is the objective, or the chain's only blend when `blend`. */
tw_status tw_pass_init(tw_ctx *ctx, const tw_bounds *bounds, const tw_refinement *refinement,
                       const tw_search_options *options, bool blend, tw_pass *out) TW_NODISCARD;
void tw_pass_free(tw_pass *pass);

/* One layer after the other, expanding the `width` most promising labels of each. TW_OK, or an
 * error; pass->limit says whether it came to the end. */
tw_status tw_pass_beam(tw_pass *pass, size_t width) TW_NODISCARD;
/* Best label first, until the rest cannot improve on the best; likewise. Stops as well once
 * `most_evaluated` labels have been made (0: never); open_bound is then the bound of what is left.
 */
tw_status tw_pass_prove(tw_pass *pass, uint64_t most_evaluated) TW_NODISCARD;

/* What every mapping costs at least, in the objective's unit. */
tw_status tw_pass_root_bound(tw_pass *pass, double *value) TW_NODISCARD;

/* ---- For the steps ---- */

/* A copy of a label in the pool's scratch place, or NULL at the memory limit (pass->limit). */
tw_label *tw_pass_copy(tw_pass *pass, uint32_t index);
/* Prices what the scratch label can still become, and takes it in unless that is hopeless. */
tw_status tw_pass_offer(tw_pass *pass, tw_label *label, const uint16_t index[TW_DIM_COUNT],
                        bool opened) TW_NODISCARD;

#endif
