/* Choosing the blends of a chain: which weighted sums of accounts bound the objective best.
 *
 * Weights w >= 0 that sum up to 1 over all ports (with overlap; else within each level, and
 * compute steps count in full) make w * cycles a bound of the latency. The best w is the one under
 * which the cheapest mapping is dearest: the value of a game between weights and mappings. It is
 * played with few mappings; the exact search for that one sum, which is as quick as for energy,
 * answers with the cheapest mapping, which joins the game until the answer brings nothing new.
 * Any w gives a valid bound, so the game need not be solved exactly. With energy weighed in, the
 * same serves energy-delay products and Pareto fronts: a blend is a line in the plane of energy
 * and latency that all mappings lie beyond, and a few of them follow the front. */
#ifndef TW_SEARCH_BLENDS_H
#define TW_SEARCH_BLENDS_H

#include "search/pass.h"

enum { TW_MAX_KNOWN = 40 };

/* What choosing found out on the way. */
typedef struct {
    unsigned count;
    tw_best best[TW_MAX_KNOWN];
    double least_energy_pj, least_cycles; /* of every mapping; 0: not known */
    uint64_t evaluated, pruned;
} tw_known;

/* Fills the chain's blends for the objective. Leaves it without where one account decides. Stops
 * early, with what it has, at a limit. */
tw_status tw_blends_choose(tw_ctx *ctx, tw_chain *chain, const tw_search_options *options,
                           double deadline_s, tw_known *out) TW_NODISCARD;

#endif
