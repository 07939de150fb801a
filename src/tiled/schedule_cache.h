/* What scheduling solves once and uses again: the partitions of a layer on a region with all that
 * does not depend on where its inputs lie, and the best blockings of a nest on a node. */
#ifndef TW_TILED_SCHEDULE_CACHE_H
#define TW_TILED_SCHEDULE_CACHE_H

#include "tiled/hops.h"
#include "tiled/memo.h"
#include "tiled/schedule.h"

typedef struct {
    tw_partition part;
    unsigned nest_count;
    const tw_nested_loop *nests;
    tw_buffer_sharing sharing;
    tw_layout_piece outputs;
    int64_t filter_hops, output_hops;
    bool even; /* nodes with common data come in equal groups */
} tw_layer_part;

/* All partitions of a layer on a processing region, with outputs to a destination region. */
typedef struct {
    unsigned count;
    const tw_layer_part *parts;
} tw_layer_parts;

typedef struct {
    unsigned count;
    tw_blocking *items;
} tw_blockings;

struct tw_schedule_cache {
    tw_memo parts, blockings, schedules;
    tw_hop_counter *hops;
};

tw_status tw_schedule_cache_make(tw_tiled_search *search) TW_NODISCARD;
void tw_schedule_cache_free(tw_tiled_search *search);

/* TW_INFEASIBLE when the array cannot run some part of the layer; says which. */
tw_status tw_layer_parts_of(tw_tiled_search *search, int layer, const tw_tiled_resource *resource,
                            const tw_layer_parts **out) TW_NODISCARD;

/* One nest on one kind of node. */
typedef struct {
    tw_blocking_context context;
    const tw_nested_loop *nest;
} tw_blocking_question;

/* The best blockings of each question, in the order of the original. Those not known yet are
 * solved, in parallel with options.threads. */
tw_status tw_blockings_of(tw_tiled_search *search, int layer, const tw_blocking_question *questions,
                          size_t count, const tw_blockings **out) TW_NODISCARD;

#endif
