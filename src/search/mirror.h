/* Rows and columns exchanged: P with Q, and R with S.
 *
 * Where the problem is square and the machine treats rows as it treats columns, a mapping and its
 * mirror image cost the same to the bit, since all counts do. The search then leaves out one of
 * each two: while a label is its own mirror image (every tile on its way is), of two steps that are
 * mirror images of each other only the one whose tile has no more rows than columns is taken.
 * Nothing is lost: the image of a completion that was left out completes the image of the label,
 * which has the same tile, and which is there too or was beaten by a label that is. */
#ifndef TW_SEARCH_MIRROR_H
#define TW_SEARCH_MIRROR_H

#include "search/chain.h"

/* Whether mirror images of mappings of this problem on this machine cost the same, and differ. */
bool tw_mirror_holds(const tw_hierarchy *arch, const tw_problem *problem);

/* Compares the rows of a tile with its columns: 0 when it is its own mirror image, below 0 for the
 * image that is looked at, above 0 for the other. */
static inline int tw_mirror_order(const uint16_t index[TW_DIM_COUNT]) {
    const int outputs = (int)index[TW_DIM_P] - (int)index[TW_DIM_Q];
    return outputs ? outputs : (int)index[TW_DIM_R] - (int)index[TW_DIM_S];
}

/* The mirror image of the tile with these indices. */
tw_tile_id tw_mirror_tile(const tw_lattice *lattice, const uint16_t index[TW_DIM_COUNT]);

#endif
