/* How one layer is cut over the nodes of a region.
 *
 * Four parallelisms, each a rectangle of pieces: output channels (OUTP), positions of the output
 * map (OFMP), batch (BATP), input channels (INPP). `order` nests them, outermost first: the node
 * of a piece is, row and column by itself, the mixed-radix number of its four indices in that
 * order. */
#ifndef TW_TILED_PARTITION_H
#define TW_TILED_PARTITION_H

#include "base/arena.h"
#include "tiled/options.h"

typedef enum { TW_PAR_OUTP, TW_PAR_OFMP, TW_PAR_BATP, TW_PAR_INPP, TW_PARS } tw_parallelism;

/* Only ints: compares and hashes as bytes. */
typedef struct {
    int order[TW_PARS]; /* tw_parallelism, outermost first */
    tw_dim2 pdims[TW_PARS];
} tw_partition;

/* A box of feature map data: batch, channel, row, column; half open, maybe empty. */
enum { TW_AXIS_BATCH, TW_AXIS_CHANNEL, TW_AXIS_ROW, TW_AXIS_COLUMN, TW_FMAP_AXES };
typedef struct {
    int lo[TW_FMAP_AXES], hi[TW_FMAP_AXES];
} tw_fmap_range;

/* The i-th of n parts of [lo, hi), as even as whole numbers allow. */
static inline void tw_range_part(int lo, int hi, int i, int n, int *part_lo, int *part_hi) {
    const int64_t length = hi - lo;
    *part_lo = lo + (int)(i * length / n);
    *part_hi = lo + (int)((i + 1) * length / n);
}

/* Close enough to a multiple: the padding is at most 10 % or one, and no part is empty. */
bool tw_divides_roughly(int total, int parts);
int tw_partition_size(const tw_partition *part); /* pieces */
/* All partitions of a layer that the options
 * allow, in the original's order; never none: a plain cut is the last resort. */
typedef struct {
    tw_tiled_layer layer;
    bool data_only; /* external data: no rule about input channels of either kind of layer */
    int batch;
    tw_dim2 nodes;
} tw_partition_request;
tw_status tw_partitions(tw_ctx *ctx, tw_arena *arena, const tw_partition_request *request,
                        const tw_tiled_options *options, tw_partition **out,
                        unsigned *count) TW_NODISCARD;
/* The part of a layer and batch that one node computes, rounded up, and the share of it that is
 * real work. Partitioned local regions have channel_stride 1. */
void tw_partition_layer(const tw_partition *part, const tw_tiled_layer *layer, int batch,
                        tw_tiled_layer *part_layer, int *part_batch, double *occupancy);
/* The partition on another region: parallelisms grow (batch) or shrink (innermost first) to its
 * size. Input channels do not index feature maps and are dropped. */
tw_partition tw_partition_project(const tw_partition *part, tw_dim2 region);
/* Relative position of the piece with these indices. */
tw_dim2 tw_partition_position(const tw_partition *part, const tw_dim2 index[TW_PARS]);
/* What the piece holds of a feature map range. */
tw_fmap_range tw_partition_range(const tw_partition *part, const tw_fmap_range *whole,
                                 const tw_dim2 index[TW_PARS]);

#endif
