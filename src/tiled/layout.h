/* Where feature map data lies: consecutive ranges of channels, each cut over a region of nodes. */
#ifndef TW_TILED_LAYOUT_H
#define TW_TILED_LAYOUT_H

#include "tiled/partition.h"

/* Only ints: compares and hashes as bytes. */
typedef struct {
    tw_fmap_range range;
    tw_region region;
    tw_partition part; /* of as many pieces as the region has nodes, or fewer */
} tw_layout_piece;

typedef struct {
    unsigned count;
    const tw_layout_piece *pieces; /* channels ascending, without gaps */
} tw_layout;

/* The layout of a whole map of a batch: one piece. */
tw_layout_piece tw_layout_whole(int batch, int channels, int rows, int columns,
                                const tw_region *region, const tw_partition *part);

#endif
