/* Tables of one axis of a tensor, by the divisor indices of its moving dimensions. */
#ifndef TW_SEARCH_AXES_H
#define TW_SEARCH_AXES_H

#include "search/chain.h"

/* Of an axis with one or two terms that move; in the chain's arena. */
tw_status tw_axis_table_make(tw_chain *chain, const tw_axis *axis, tw_axis_table *out) TW_NODISCARD;

#endif
