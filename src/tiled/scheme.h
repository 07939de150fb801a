/* Schemes of a network: chains of scheduled layers that share their beginnings.
 *
 * A scheme is its last layer and the scheme before it; an initial scheme has no layer and says how
 * the external data lie. Totals are of the whole chain. Layers come in segments; the layers of one
 * segment run at the same time on different nodes (spatial index) or share nodes and buffers
 * (temporal index). */
#ifndef TW_TILED_SCHEME_H
#define TW_TILED_SCHEME_H

#include "tiled/schedule.h"

/* One layer within its segment. */
typedef struct {
    int layer, spatial, temporal;
    int64_t time, node_time, dram_time;
    int nodes;
    int64_t groups;     /* in how many pieces its output comes */
    int64_t start, end; /* of the first batch group: ts, td */
} tw_layer_timing;

/* A segment after its last scheduled layer; immutable. */
typedef struct tw_segment_timing {
    unsigned layer_count, spatial_count;
    const tw_layer_timing *layers;
    int64_t batch_groups;
    int64_t critical_time, node_time, dram_time, time;
} tw_segment_timing;

typedef struct tw_scheme tw_scheme;
struct tw_scheme {
    const tw_scheme *before;           /* NULL: initial */
    int layer;                         /* -1: initial */
    int sequence[3];                   /* segment, spatial, temporal index */
    const tw_layer_schedule *schedule; /* NULL: initial */
    const tw_layout_piece *externals;  /* initial: layout of each external data */
    const tw_scheme *segment_before;   /* last scheme of the segment before this one */
    tw_segment_timing segment;         /* the segment of the last layer */
    int64_t segment_time_before;       /* sum of the segments before it */
    double sum_cost, sum_static, total_cost;
    int64_t sum_time, total_time;
};

typedef struct tw_scheme_list {
    unsigned count, capacity;
    const tw_scheme **items;
} tw_scheme_list;

/* The layout of what `layer` reads in this scheme: its prevs' outputs, concatenated. Allocated in
 * the search's arena. */
tw_status tw_scheme_inputs(tw_tiled_search *search, const tw_scheme *scheme, int layer,
                           tw_layout *out) TW_NODISCARD;
/* The scheme with one more layer. `sequence` {s, 0, 0} begins a new segment. */
tw_status tw_scheme_extend(tw_tiled_search *search, const tw_scheme *scheme, int layer,
                           const int sequence[3], const tw_layer_schedule *schedule,
                           const tw_scheme **out) TW_NODISCARD;
/* The schedule of a layer in the scheme, or NULL. */
const tw_layer_schedule *tw_scheme_schedule(const tw_scheme *scheme, int layer);

tw_status tw_scheme_list_add(tw_tiled_search *search, tw_scheme_list *list,
                             const tw_scheme *scheme) TW_NODISCARD;
/* Stable sort by the goal, then the first options.top. */
void tw_scheme_list_select(const tw_tiled_search *search, tw_scheme_list *list);

/* Timing of a segment with one more layer, whose schedule is the last of `scheme` (not yet
 * counted in scheme->segment); defined in segment_timing.c. */
tw_status tw_segment_timing_extend(tw_tiled_search *search, const tw_segment_timing *segment,
                                   int layer, const int sequence[3],
                                   const tw_layer_schedule *schedule,
                                   tw_segment_timing *out) TW_NODISCARD;
/* Relative to each layer running alone; the pipelining limit. */
double tw_segment_timing_overhead(const tw_segment_timing *segment);

/* Adds to `candidates` every scheme whose last segment has several layers and ends at
 * dag->order[position], with search->tops[0..position] known; defined in pipeline.c. */
tw_status tw_segment_candidates(tw_tiled_search *search, unsigned position,
                                tw_scheme_list *candidates) TW_NODISCARD;

/* The whole search. *out is the best scheme, or NULL when there is none. */
tw_status tw_tiled_search_run(tw_tiled_search *search, const tw_scheme **out) TW_NODISCARD;
tw_status tw_tiled_search_init(tw_ctx *ctx, const tw_tiled_dag *dag, int batch,
                               const tw_tiled_resource *resource, const tw_tiled_cost *cost,
                               const tw_tiled_options *options, tw_tiled_search *out) TW_NODISCARD;
void tw_tiled_search_free(tw_tiled_search *search);
/* How often a blocking was asked for and known already, or had to be solved. */
void tw_tiled_search_counts(const tw_tiled_search *search, uint64_t *hits, uint64_t *misses);
/* After a run without a result: the first layer that no scheme reaches and what it needs, as a
 * phrase in the search's arena. */
const char *tw_tiled_search_reason(tw_tiled_search *search);

#endif
