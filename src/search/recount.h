/* The cost of one tensor in a partial mapping, counted by the cost model instead of the chain's
 * rule: for sliding windows, where tiles overlap in part. */
#ifndef TW_SEARCH_RECOUNT_H
#define TW_SEARCH_RECOUNT_H

#include "search/chain.h"

/* `nest` is that of a partial chain (tw_label_nest), whose levels from `lowest` inwards keep
 * `keeps`. Adds to accounts[A] what the boundaries of `tensor` cost whose inner level is `since`
 * or further out, as far as the steps taken so far reach, as if every loop still to come moved the
 * tile clear of itself. Returns the flow of words that awaits a parent further out, 0 when
 * `lowest` keeps the tensor. */
double tw_recount(const tw_chain *chain, const tw_nest *nest,
                  const tw_role_mask keeps[TW_MAX_LEVELS], unsigned lowest, unsigned tensor,
                  unsigned since, double *accounts);

#endif
