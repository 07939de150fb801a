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
    int64_t bs_t[TW_LOOPS]; /* rotation loops above the buffer level's own */
    int bs_order[TW_LOOPS];
    double rot_fetch[TW_DATAS], wide_fetch[TW_DATAS], wide_width[TW_DATAS];
    int64_t rot_round_cnt[TW_DATAS], rot_unit_cnt[TW_DATAS];
} tw_sharing_scheme;

/* Groups of a partition. `distances` false leaves the neighbour distances out, for when only group
 * sizes matter. */
void tw_buffer_sharing_make(const tw_partition *part, const tw_region *region, bool conv,
                            bool distances, tw_buffer_sharing *out);
static inline int64_t tw_sharing_group(const tw_buffer_sharing *sharing, tw_data data) {
    return (int64_t)sharing->dims[data].h * sharing->dims[data].w;
}
/* Hops of all words of a group to rotate once round subgroups of `subgroup` nodes, in `units`
 * steps (0: as many as nodes). */
double tw_sharing_rotate_hops(const tw_buffer_sharing *sharing, tw_data data, int64_t subgroup,
                              int64_t units);
/* Hops of one fetch that is `width` nodes wide, 1 < width <= subgroup; 0 for narrower ones. */
double tw_sharing_wide_hops(const tw_buffer_sharing *sharing, tw_data data, int64_t subgroup,
                            double width);

/* The blocking that sharing is to be chosen for. */
typedef struct {
    const tw_buffer_sharing *sharing;
    const tw_nested_loop *nest;
    int64_t gbuf_words;
    int64_t full_size[TW_DATAS]; /* buffer room of each category without sharing */
    int64_t t0[TW_LOOPS], t1[TW_LOOPS];
    int order1[TW_LOOPS];
    int64_t fetch[2][TW_DATAS];
    int nodes;
} tw_sharing_request;
/* Chooses subgroups and loops for the fewest hops, given scheme->grp. Fills the rest of *scheme,
 * the order of the buffer level and the hops of each category. */
void tw_sharing_choose(const tw_sharing_request *request, tw_sharing_scheme *scheme,
                       int order1[TW_LOOPS], double noc[TW_DATAS]);

#endif
