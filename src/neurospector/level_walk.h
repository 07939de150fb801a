/* One step of bottom-up: the loops of row e are spread over the arrays and buffers between rows b
 * and e (outer walk), then what is left is split between b and e (inner walk, splits.h); level e
 * alone is priced. Two candidates survive:
 *
 *     PM   costs least; of equals the fewest steps stay in row e, then most of those that leave
 *          the datum of row b's dataflow as it is
 *     SP   leaves row b most prime factors to be spread further in (its degree); of equals it
 *          costs less than what was last the least, which is not reset when the degree grows
 *
 * and of equals in all that the first visited. Both are defined by the order of visits alone, so
 * that a visit may be passed over when what is known of its price says that neither can change:
 *
 *     - it sends a tile that costs too much already, and has no degree to offer;
 *     - the loops unrolled over an array were split over X and Y in another way before. Nothing
 *       depends on that split but which table is first;
 *     - a tile that does not fit does not fit either after more columns are multiplied to it. */
#ifndef TW_NEUROSPECTOR_LEVEL_WALK_H
#define TW_NEUROSPECTOR_LEVEL_WALK_H

#include "neurospector/factorizations.h"
#include "neurospector/level_cost.h"

/* What the steps of a search share. */
typedef struct {
    ns_space space;
    ns_divisors divisors;
    ns_level_prices prices;
    float *degree; /* per tile; below 2^24 */
    float *least;  /* per tile that a level sends (ns_level_least): scratch of a step */
    const ns_search_options *options;
    ns_search_result *out; /* its counts and limit are kept up */
    double start_s;
    uint64_t asked; /* whether to stop */
} ns_level_search;

/* TW_LIMIT when the layer has too many tiles. */
tw_status ns_level_search_init(ns_level_search *search, tw_ctx *ctx,
                               const ns_accelerator *accelerator, const ns_layer *layer,
                               const ns_search_options *options,
                               ns_search_result *out) TW_NODISCARD;
void ns_level_search_free(ns_level_search *search);

typedef struct {
    ns_plan pm, sp;
} ns_survivors;

/* The step (b, e) from a plan whose rows b up to e are empty; `flow` is the dataflow of row b. With
 * b = NS_ROW_REG registers take nothing and SP is not looked for. Stops early with a limit in
 * search->out. */
tw_status ns_walk_level(ns_level_search *search, ns_row b, ns_row e, ns_dataflow flow,
                        const ns_plan *from, ns_survivors *out) TW_NODISCARD;

#endif
