/* The exact search: labels over the chain of tiles, from the compute units outwards, kept only
 * while no other label is at least as good and their bound is below the best mapping known.
 *
 * A pass makes one layer of labels after the other (fanout, loops, fanout, ...). A first pass
 * that keeps few labels a layer (a beam) finds a good mapping; another keeps all, and proves it.
 * Where that takes long, a wider beam looks for a better mapping in between. docs/search.md has the
 * argument. */
#ifndef TW_SEARCH_EXACT_H
#define TW_SEARCH_EXACT_H

#include "search/search.h"

tw_status tw_search_exact(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                          const tw_search_options *options, tw_search_result *out) TW_NODISCARD;

/* The heuristic that exact improves on: one pass from the inside out that keeps only the locally
 * best few labels of every layer, without looking at what is outside. */
tw_status tw_search_bottom_up(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                              const tw_search_options *options, tw_search_result *out) TW_NODISCARD;

#endif
