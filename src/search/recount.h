/* The cost of one tensor in a partial mapping, counted by the cost model instead of the chain's
 * rule: for sliding windows, where tiles overlap in part. */
#ifndef TW_SEARCH_RECOUNT_H
#define TW_SEARCH_RECOUNT_H

#include "search/chain.h"

/* `partial` has the levels from `lowest` inwards; outer levels hold no loops. Adds to accounts[A]
 * what the boundaries of `tensor` cost whose inner level is `since` or further out, as far as the
 * steps taken so far reach, as if every loop still to come moved the tile clear of itself.
 * Returns the flow of words that awaits a parent further out, 0 when `lowest` keeps the tensor. */
double tw_recount(const tw_chain *chain, const tw_mapping *partial, unsigned lowest,
                  unsigned tensor, unsigned since, double *accounts);

#endif
