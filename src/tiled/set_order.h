/* The order in which the original visits a set of three-number tuples: that of CPython's hash
 * table. Equal candidates are told apart by it, so it is part of the model. */
#ifndef TW_TILED_SET_ORDER_H
#define TW_TILED_SET_ORDER_H

#include <stdint.h>

enum { TW_SET_ORDER_MOST = 6 };

/* Puts `count` <= TW_SET_ORDER_MOST tuples of numbers >= 0, in the order in which they are added,
 * into the order of the set; returns how many distinct ones there are. */
unsigned tw_set_order(int64_t (*tuples)[3], unsigned count);

#endif
