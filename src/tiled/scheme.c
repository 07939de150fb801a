#include "tiled/scheme.h"

#include <stdlib.h>

const tw_layer_schedule *tw_scheme_schedule(const tw_scheme *scheme, int layer) {
    for (; scheme && scheme->layer >= 0; scheme = scheme->before)
        if (scheme->layer == layer)
            return scheme->schedule;
    return NULL;
}

static const tw_scheme *initial_of(const tw_scheme *scheme) {
    while (scheme->layer >= 0)
        scheme = scheme->before;
    return scheme;
}

tw_status tw_scheme_inputs(tw_tiled_search *search, const tw_scheme *scheme, int layer,
                           tw_layout *out) {
    const tw_tiled_node *node = &search->dag->layers[layer];
    tw_layout_piece *pieces = tw_arena_array(&search->arena, node->prev_count, sizeof *pieces);
    if (!pieces)
        return tw_out_of_memory(search->ctx);
    int channel = 0;
    for (unsigned p = 0; p < node->prev_count; p++) {
        const int source = node->prevs[p];
        pieces[p] = source >= 0 ? tw_scheme_schedule(scheme, source)->outputs
                                : initial_of(scheme)->externals[-1 - source];
        tw_fmap_range *range = &pieces[p].range;
        range->lo[TW_AXIS_CHANNEL] += channel;
        range->hi[TW_AXIS_CHANNEL] += channel;
        channel = range->hi[TW_AXIS_CHANNEL];
    }
    *out = (tw_layout){node->prev_count, pieces};
    return TW_OK;
}

/* A network that is one segment takes its critical time; otherwise segments follow each other.
 * Static cost is for time passed, not for the sum of the layers' times. */
static void sum_up(const tw_tiled_search *search, const tw_scheme *before, tw_scheme *s) {
    const tw_layer_schedule *layer = s->schedule;
    s->sum_cost = before->sum_cost + layer->cost;
    s->sum_static = before->sum_static + layer->cost_static;
    s->sum_time = before->sum_time + layer->time;
    const bool only_segment = s->sequence[0] == 0;
    if (only_segment && s->segment.layer_count == search->dag->layer_count)
        s->total_time = s->segment.critical_time;
    else
        s->total_time = s->segment_time_before + s->segment.time;
    s->total_cost = s->sum_cost;
    if (s->sum_time != 0)
        s->total_cost =
            s->sum_cost - s->sum_static * (1 - (double)s->total_time / (double)s->sum_time);
}

tw_status tw_scheme_extend(tw_tiled_search *search, const tw_scheme *scheme, int layer,
                           const int sequence[3], const tw_layer_schedule *schedule,
                           const tw_scheme **out) {
    tw_scheme *s = tw_arena_alloc(&search->arena, sizeof *s);
    if (!s)
        return tw_out_of_memory(search->ctx);
    const bool begins = sequence[1] == 0 && sequence[2] == 0;
    s->before = scheme;
    s->layer = layer;
    memcpy(s->sequence, sequence, sizeof s->sequence);
    s->schedule = schedule;
    s->segment_before = begins ? scheme : scheme->segment_before;
    s->segment_time_before = scheme->segment_time_before;
    if (begins && scheme->layer >= 0)
        s->segment_time_before += scheme->segment.time;
    TW_TRY(
        tw_segment_timing_extend(search, &scheme->segment, layer, sequence, schedule, &s->segment));
    sum_up(search, scheme, s);
    *out = s;
    return TW_OK;
}

tw_status tw_scheme_list_add(tw_tiled_search *search, tw_scheme_list *list,
                             const tw_scheme *scheme) {
    if (list->count == list->capacity) {
        const unsigned capacity = list->capacity ? 2 * list->capacity : 8;
        const tw_scheme **items = tw_arena_array(&search->arena, capacity, sizeof *items);
        if (!items)
            return tw_out_of_memory(search->ctx);
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = scheme;
    return TW_OK;
}

static bool is_better(tw_tiled_goal goal, const tw_scheme *a, const tw_scheme *b) {
    const double time_a = (double)a->total_time, time_b = (double)b->total_time;
    switch (goal) {
    case TW_GOAL_D:
        return time_a < time_b || (time_a == time_b && a->total_cost < b->total_cost);
    case TW_GOAL_ED:
        return a->total_cost * time_a < b->total_cost * time_b;
    case TW_GOAL_E:
        break;
    }
    return a->total_cost < b->total_cost || (a->total_cost == b->total_cost && time_a < time_b);
}

/* Insertion into the best so far: stable, and linear for the usual narrow beam. */
void tw_scheme_list_select(const tw_tiled_search *search, tw_scheme_list *list) {
    const tw_tiled_goal goal = search->options.goal;
    unsigned kept = 0;
    for (unsigned i = 0; i < list->count; i++) {
        const tw_scheme *scheme = list->items[i];
        unsigned at = kept;
        while (at > 0 && is_better(goal, scheme, list->items[at - 1]))
            at--;
        if (at == search->options.top)
            continue;
        if (kept < search->options.top)
            kept++;
        for (unsigned j = kept - 1; j > at; j--)
            list->items[j] = list->items[j - 1];
        list->items[at] = scheme;
    }
    list->count = kept;
}
