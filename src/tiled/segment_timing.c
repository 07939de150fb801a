/* When the layers of a segment run.
 *
 * A layer's output comes in groups of channels (its outermost output loop). A reader that takes
 * its input in the same number of groups starts after the first one; any other waits for the
 * whole. The batch, if all layers split it alike, runs through the segment as a pipeline: the
 * slowest share sets the pace. */
#include "tiled/scheme.h"

#include <string.h>

/* Groups of the outermost loops: of the batch, if it is outermost, and of the loop next to it. */
typedef struct {
    int64_t count[TW_LOOPS];
} outer_groups;

static outer_groups groups_of(const tw_blocking *blocking) {
    outer_groups groups = {{1, 1, 1}};
    for (int below = TW_LOOPS, left = 2; left > 0; left--) {
        int outer = -1;
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (blocking->t[0][lp] > 1 && blocking->order[0][lp] < below &&
                (outer < 0 || blocking->order[0][lp] > blocking->order[0][outer]))
                outer = lp;
        if (outer < 0)
            break;
        groups.count[outer] = blocking->t[0][outer];
        below = blocking->order[0][outer];
        if (outer != TW_LOOP_BAT)
            break;
    }
    return groups;
}

static const tw_layer_timing *find_layer(const tw_segment_timing *segment, int layer) {
    for (unsigned i = 0; i < segment->layer_count; i++)
        if (segment->layers[i].layer == layer)
            return &segment->layers[i];
    return NULL;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Sets start and end of `timing` from its producers in the segment. */
static void start_after(const tw_segment_timing *segment, const tw_tiled_node *node,
                        const outer_groups *groups, tw_layer_timing *timing) {
    const bool conv = tw_tiled_has_filters(&node->layer);
    for (unsigned p = 0; p < node->prev_count; p++) {
        const tw_layer_timing *prev = find_layer(segment, node->prevs[p]);
        if (!prev)
            continue;
        const bool same_share = prev->spatial == timing->spatial;
        const tw_loop_id walked = conv ? TW_LOOP_IFM : TW_LOOP_OFM;
        const bool streams = groups->count[walked] == prev->groups && !(same_share && conv);
        const int64_t start = streams ? prev->start + prev->time / prev->groups : prev->end;
        if (same_share)
            timing->end = prev->end + timing->time;
        timing->start = larger(timing->start, start);
    }
    timing->end = larger(timing->end, timing->start + timing->time);
}

/* The times of the whole segment from those of its layers. Shares are in order. */
static void sum_up(tw_segment_timing *segment) {
    segment->critical_time = 0;
    segment->node_time = 0;
    int64_t start = 0;
    for (unsigned i = 0; i < segment->layer_count; i++) {
        const tw_layer_timing *layer = &segment->layers[i];
        if (layer->temporal == 0)
            start = layer->start;
        if (i + 1 == segment->layer_count || segment->layers[i + 1].temporal == 0)
            segment->critical_time = larger(segment->critical_time, layer->end - start);
    }
    const int64_t rounds = segment->batch_groups;
    for (unsigned i = 0; i < segment->layer_count; i++)
        if (i + 1 == segment->layer_count || segment->layers[i + 1].temporal == 0)
            segment->node_time =
                larger(segment->node_time,
                       (segment->layers[i].end + segment->critical_time * (rounds - 1)) / rounds);
    segment->time = larger(segment->node_time, segment->dram_time);
}

tw_status tw_segment_timing_extend(tw_tiled_search *search, const tw_segment_timing *segment,
                                   int layer, const int sequence[3],
                                   const tw_layer_schedule *schedule, tw_segment_timing *out) {
    const tw_blocking *blocking = &schedule->blocking;
    const bool begins = sequence[1] == 0 && sequence[2] == 0;
    const tw_segment_timing before = begins ? (tw_segment_timing){0} : *segment;
    tw_layer_timing *layers =
        tw_arena_array(&search->arena, (size_t)before.layer_count + 1, sizeof *layers);
    if (!layers)
        return tw_out_of_memory(search->ctx);
    if (before.layer_count)
        memcpy(layers, before.layers, before.layer_count * sizeof *layers);
    const outer_groups groups = groups_of(blocking);
    tw_layer_timing *timing = &layers[before.layer_count];
    *timing = (tw_layer_timing){
        .layer = layer,
        .spatial = sequence[1],
        .temporal = sequence[2],
        .time = schedule->time,
        .node_time = larger(blocking->proc_time, blocking->bus_time),
        .dram_time = blocking->dram_time,
        .nodes = schedule->nodes,
        .groups = groups.count[TW_LOOP_OFM],
    };
    start_after(&before, &search->dag->layers[layer], &groups, timing);

    const int64_t rounds = groups.count[TW_LOOP_BAT];
    *out = before;
    out->layers = layers;
    out->layer_count++;
    if (sequence[2] == 0)
        out->spatial_count++;
    out->batch_groups = before.batch_groups == 0 || before.batch_groups == rounds ? rounds : 1;
    out->dram_time += blocking->dram_time;
    sum_up(out);
    return TW_OK;
}

double tw_segment_timing_overhead(const tw_segment_timing *segment) {
    int64_t nodes = 0;
    for (unsigned i = 0; i < segment->layer_count; i++)
        if (segment->layers[i].temporal == 0)
            nodes += segment->layers[i].nodes;
    double apart = 0;
    for (unsigned i = 0; i < segment->layer_count; i++) {
        const tw_layer_timing *layer = &segment->layers[i];
        const double on_all_nodes = (double)layer->node_time * (double)layer->nodes / (double)nodes;
        const double memory = (double)layer->dram_time;
        apart += on_all_nodes > memory ? on_all_nodes : memory;
    }
    return ((double)segment->time - apart) / apart;
}
