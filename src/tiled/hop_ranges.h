/* What each piece of a partition needs and makes, axis by axis: shared by the ways to count hops.
 *
 * Axis a of a feature map is cut by one parallelism's index (rows and columns of the map by the row
 * and column index of OFMP). A piece counts only when all its ranges are not empty. */
#ifndef TW_TILED_HOP_RANGES_H
#define TW_TILED_HOP_RANGES_H

#include "tiled/hops.h"

typedef struct {
    int lo, hi;
} tw_span;

/* The cut of a feature map over a partition. */
typedef struct {
    tw_parallelism channel; /* which parallelism cuts channels */
    int counts[TW_FMAP_AXES];
    tw_span *spans[TW_FMAP_AXES]; /* counts[a] each */
} tw_fmap_cut;

/* The places of a layout's piece, by index: batch, channel, row, column, the last fastest. */
typedef struct {
    bool made;
    tw_layout_piece piece;
    tw_fmap_cut cut;
    tw_dim2 *places;
} tw_layout_cut;

enum { TW_LAYOUT_CUTS = 8 }; /* remembered at a time */

struct tw_hop_counter {
    tw_ctx *ctx;
    tw_arena arena;
    tw_dim2 mesh;
    tw_hop_request request;
    bool aimed, memory_everywhere;
    int *memory_distance; /* of each node of proc to the nearest memory, row-major */

    tw_partition part; /* the partition that the cuts below are of */
    bool prepared;
    tw_fmap_cut in, out;
    bool *used[TW_PARS]; /* pieces with data, by index h * w + w; OFMP: by row of the map */
    bool *used_columns;  /* OFMP: by column of the map */

    /* Scratch, one entry a node unless said otherwise. */
    int64_t *matrix[6];            /* longest side of the mesh, squared */
    int64_t *row_words, *row_hops; /* one a row of the mesh */
    int64_t *column_words, *column_hops;
    tw_layout_cut layouts[TW_LAYOUT_CUTS];
    unsigned next_layout;
    tw_dim2 *members, *tree_shape;
    int *tree_distance;
    int64_t *member_hops;
    unsigned tree_count; /* spanning tree of tree_shape, counted last */
    int64_t tree_length;
};

void tw_hop_prepare(tw_hop_counter *counter, const tw_partition *part);
/* The cut of a layout's piece, remembered for the next questions about the same piece. */
const tw_layout_cut *tw_hop_cut_layout(tw_hop_counter *counter, const tw_layout_piece *piece);
/* The mesh position of a piece, by its indices. */
tw_dim2 tw_hop_place(const tw_region *region, const tw_partition *part,
                     const tw_dim2 index[TW_PARS]);

static inline int64_t tw_span_overlap(tw_span a, tw_span b) {
    const int lo = a.lo > b.lo ? a.lo : b.lo, hi = a.hi < b.hi ? a.hi : b.hi;
    return hi > lo ? hi - lo : 0;
}
static inline tw_dim2 tw_index_pair(int index, tw_dim2 dims) {
    return (tw_dim2){index / dims.w, index % dims.w};
}

/* Node by node: for forwarding, and for regions that are folded like a snake. */
int64_t tw_hop_walk_filters(tw_hop_counter *counter);
int64_t tw_hop_walk_inputs(tw_hop_counter *counter, const tw_layout *inputs);
int64_t tw_hop_walk_outputs(tw_hop_counter *counter, const tw_layout_piece *outputs);
/* Half the words of every block of outputs, rounded up, over each of these distances. */
int64_t tw_hop_gather(tw_hop_counter *counter, const int *distances, int count);

#endif
