/* What moves over a boundary when the tiles of all children move, counted at parent and child.
 * Places are the linear index of the first child's origin. */
#ifndef TW_ORACLE_EXCHANGE_H
#define TW_ORACLE_EXCHANGE_H

#include "oracle/boundary.h"

/* One step of an input tensor: every child's tile moves from before to now. `before` is NULL
 * when nothing of the old tile can be used. */
void tw_boundary_supply(tw_boundary *boundary, const uint64_t *before, uint64_t now);

/* The output tiles at `before` leave the children for their parents; words that stay (in the tile
 * at *now) do not. */
void tw_boundary_drain(tw_boundary *boundary, uint64_t before, const uint64_t *now);

/* New tiles of partial sums: a word that the child had before comes back from the parent. Over the
 * outer fanouts a word for several children that reduce travels once. */
void tw_boundary_restore(tw_boundary *boundary, const uint64_t *before, uint64_t now);

#endif
