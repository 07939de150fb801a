/* Buffer sharing: nodes that need the same data hold disjoint parts of it in their global buffers
 * and pass them round. A group is all nodes with common data of a category; it is cut into
 * subgroups that each hold one copy. */
#ifndef TW_TILED_BUFFER_SHARING_H
#define TW_TILED_BUFFER_SHARING_H

#include "tiled/array_map.h"
#include "tiled/partition.h"

typedef struct {
    tw_dim2 dims[TW_DATAS];        /* the group of each category */
    double neighbour[TW_DATAS][2]; /* mean hops to the next node, rows and columns; INFINITY */
} tw_buffer_sharing;

/* What the sharing of one blocking looks like. */
typedef struct {
    int64_t grp[TW_DATAS], subgrp[TW_DATAS];
    int64_t bs_t[TW_LOOPS];
    int bs_order[TW_LOOPS];
    double rot_fetch[TW_DATAS], wide_fetch[TW_DATAS], wide_width[TW_DATAS];
    int64_t rot_round_cnt[TW_DATAS], rot_unit_cnt[TW_DATAS];
} tw_sharing_scheme;

void tw_buffer_sharing_make(const tw_partition *part, const tw_region *region, bool conv,
                            tw_buffer_sharing *out);
static inline int64_t tw_sharing_group(const tw_buffer_sharing *sharing, tw_data data) {
    return (int64_t)sharing->dims[data].h * sharing->dims[data].w;
}

#endif
