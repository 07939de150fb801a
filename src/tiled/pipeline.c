/* The search over pipelined segments.
 *
 * A segment is scheduled once for every tuple of values of its symbols, in ascending order. A
 * tuple that is at least as large in every symbol as one that already gave a scheme is skipped:
 * finer groups would only add overhead. Two more things are skipped because they cannot change
 * the result: tuples that agree, in all that the first layers see, with one for which those layers
 * have no schedule; and the first layers of a tuple that sees there the same as the tuple before
 * it. */
#include "tiled/scheme.h"

#include <string.h>

#include "tiled/segment_plan.h"
#include "tiled/segment_rules.h"

typedef struct {
    tw_tiled_search *search;
    const tw_segment *segment;
    const tw_segment_rules *rules;
    tw_arena *scratch;

    unsigned *digits, *lowest; /* of each symbol: index of its value; of the first one allowed */
    int64_t *values;
    int64_t *frontier; /* tuples that gave a scheme, one after the other */
    size_t frontier_count, frontier_capacity;

    tw_scheme_list *beams;   /* beams[k]: schemes before layer k */
    tw_top_constraint *tops; /* for which beams[k + 1] was made, for k below `known` */
    unsigned known;
} pipeline;

static bool tops_equal(const tw_top_constraint *a, const tw_top_constraint *b) {
    return a->topbat == b->topbat && a->topifm == b->topifm && a->topofm == b->topofm;
}

/* The inputs as the nodes hold them that pass them on instead of memory. */
static tw_status move_inputs(tw_tiled_search *search, const tw_region *region, tw_layout *inputs) {
    tw_layout_piece *pieces = tw_arena_array(&search->arena, inputs->count, sizeof *pieces);
    if (!pieces)
        return tw_out_of_memory(search->ctx);
    for (unsigned i = 0; i < inputs->count; i++) {
        pieces[i] = inputs->pieces[i];
        pieces[i].part = tw_partition_project(&inputs->pieces[i].part, region->dim);
        pieces[i].region = *region;
    }
    inputs->pieces = pieces;
    return TW_OK;
}

static tw_status extend_scheme(const pipeline *p, unsigned k, const tw_tiled_resource *resource,
                               const tw_top_constraint *top, const tw_scheme *scheme,
                               tw_scheme_list *out) {
    const tw_segment_layer *at = &p->segment->layers[k];
    tw_layout inputs;
    TW_TRY(tw_scheme_inputs(p->search, scheme, at->layer, &inputs));
    if (at->holders >= 0)
        TW_TRY(move_inputs(p->search, &p->segment->regions[at->holders], &inputs));
    const tw_layer_schedule *schedules = NULL;
    unsigned count = 0;
    TW_TRY(tw_schedule_layer(p->search, at->layer, resource, top, &inputs, &schedules, &count));
    const int segment = scheme->layer < 0 ? 0 : scheme->sequence[0] + (k == 0);
    const int sequence[3] = {segment, at->spatial, at->temporal};
    for (unsigned i = 0; i < count; i++) {
        const tw_scheme *extended;
        TW_TRY(tw_scheme_extend(p->search, scheme, at->layer, sequence, &schedules[i], &extended));
        TW_TRY(tw_scheme_list_add(p->search, out, extended));
    }
    return TW_OK;
}

/* A lazy rule is resolved by the best scheme so far and then holds for all of them. */
static void resolve(const pipeline *p, unsigned k, tw_top_constraint *top) {
    const int follows = p->rules->layers[k].follows;
    if (follows < 0 || p->beams[k].count == 0)
        return;
    const int layer = p->segment->layers[follows].layer;
    const tw_layer_schedule *schedule = tw_scheme_schedule(p->beams[k].items[0], layer);
    top->topofm = schedule->blocking.t[0][TW_LOOP_OFM];
}

static tw_status schedule_next(pipeline *p, unsigned k) {
    const tw_tiled_resource resource = tw_segment_resource(p->segment, k, &p->search->resource);
    tw_top_constraint top = p->tops[k];
    resolve(p, k, &top);
    tw_scheme_list *next = &p->beams[k + 1];
    next->count = 0;
    for (unsigned i = 0; i < p->beams[k].count; i++)
        TW_TRY(extend_scheme(p, k, &resource, &top, p->beams[k].items[i], next));
    tw_scheme_list_select(p->search, next);
    return TW_OK;
}

/* Schedules the segment for p->values: as far as there are schedules, so that beams[known] is the
 * result or is empty. What agrees with the tuple before is kept. */
static tw_status schedule_tuple(pipeline *p) {
    unsigned agreed = 0;
    while (agreed < p->known) {
        const tw_top_constraint top = tw_segment_constraint(p->rules, agreed, p->values);
        if (!tops_equal(&top, &p->tops[agreed]))
            break;
        agreed++;
    }
    p->known = agreed;
    while (p->known < p->segment->layer_count && p->beams[p->known].count) {
        p->tops[p->known] = tw_segment_constraint(p->rules, p->known, p->values);
        TW_TRY(schedule_next(p, p->known));
        p->known++;
    }
    return TW_OK;
}

/* Keeps the finished schemes that meet the limit on overhead. Segments before this one have met
 * it already, and a layer alone has none. */
static tw_status keep_finished(pipeline *p, tw_scheme_list *found, bool *any) {
    const tw_scheme_list *finished = &p->beams[p->segment->layer_count];
    *any = false;
    for (unsigned i = 0; i < finished->count; i++)
        if (tw_segment_timing_overhead(&finished->items[i]->segment) <=
            p->search->options.pipeline_time_overhead) {
            TW_TRY(tw_scheme_list_add(p->search, found, finished->items[i]));
            *any = true;
        }
    return TW_OK;
}

static tw_status extend_frontier(pipeline *p) {
    const unsigned width = p->rules->symbol_count;
    if (p->frontier_count == p->frontier_capacity) {
        const size_t capacity = 2 * p->frontier_capacity + 8;
        int64_t *grown = tw_arena_array(p->scratch, capacity, (width + 1) * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(p->search->ctx);
        if (p->frontier_count)
            memcpy(grown, p->frontier, p->frontier_count * width * sizeof *grown);
        p->frontier = grown;
        p->frontier_capacity = capacity;
    }
    if (width)
        memcpy(p->frontier + p->frontier_count * width, p->values, width * sizeof *p->values);
    p->frontier_count++;
    return TW_OK;
}

/* If a tuple of the frontier is nowhere above p->values: the number of leading symbols on which
 * that depends, because the others have their smallest value there. -1: there is none. */
static int dominated_by(const pipeline *p) {
    const unsigned width = p->rules->symbol_count;
    for (size_t f = 0; f < p->frontier_count; f++) {
        const int64_t *tuple = p->frontier + f * width;
        int leading = 0;
        unsigned s = 0;
        for (; s < width && p->values[s] >= tuple[s]; s++)
            if (tuple[s] > p->rules->symbols[s].values[p->lowest[s]])
                leading = (int)s + 1;
        if (s == width)
            return leading;
    }
    return -1;
}

/* The number of leading symbols on which the first `layers` layers depend. */
static unsigned symbols_of(const pipeline *p, unsigned layers) {
    int last = -1;
    for (unsigned k = 0; k < layers; k++) {
        const tw_layer_rule *rule = &p->rules->layers[k];
        const int symbols[] = {rule->topbat.symbol, rule->topifm.symbol, rule->topofm.symbol};
        for (unsigned i = 0; i < 3; i++)
            last = symbols[i] > last ? symbols[i] : last;
    }
    return (unsigned)(last + 1);
}

/* The next tuple that differs in the first `leading` symbols. False when there is none. */
static bool advance(pipeline *p, unsigned leading) {
    const tw_segment_symbol *symbols = p->rules->symbols;
    for (unsigned s = leading; s < p->rules->symbol_count; s++)
        p->digits[s] = p->lowest[s];
    unsigned s = leading;
    while (s > 0 && p->digits[s - 1] + 1 == symbols[s - 1].count) {
        p->digits[s - 1] = p->lowest[s - 1];
        s--;
    }
    if (s > 0)
        p->digits[s - 1]++;
    for (unsigned i = 0; i < p->rules->symbol_count; i++)
        p->values[i] = symbols[i].values[p->digits[i]];
    return s > 0;
}

/* The first tuple. False when a symbol has no value that is allowed. */
static bool begin_tuples(pipeline *p) {
    for (unsigned s = 0; s < p->rules->symbol_count; s++) {
        const tw_segment_symbol *symbol = &p->rules->symbols[s];
        unsigned i = 0;
        while (i < symbol->count &&
               !tw_segment_value_allowed(p->rules, s, symbol->values[i],
                                         p->search->options.pipeline_time_overhead))
            i++;
        if (i == symbol->count)
            return false;
        p->lowest[s] = p->digits[s] = i;
        p->values[s] = symbol->values[i];
    }
    return true;
}

static tw_status search_tuples(pipeline *p, tw_scheme_list *found) {
    const unsigned width = p->rules->symbol_count;
    bool more = begin_tuples(p);
    while (more) {
        const int dominated = dominated_by(p);
        unsigned leading = width;
        if (dominated >= 0) {
            leading = (unsigned)dominated;
        } else {
            TW_TRY(schedule_tuple(p));
            if (p->beams[p->known].count == 0) {
                leading = symbols_of(p, p->known);
            } else {
                bool any = false;
                TW_TRY(keep_finished(p, found, &any));
                if (any)
                    TW_TRY(extend_frontier(p));
            }
        }
        if (tw_is_cancelled(p->search->ctx))
            return TW_CANCELLED;
        more = advance(p, leading);
    }
    return TW_OK;
}

static tw_status search_segment(tw_tiled_search *search, tw_arena *scratch,
                                const tw_segment *segment, const tw_segment_rules *rules,
                                const tw_scheme_list *start, tw_scheme_list *candidates) {
    const unsigned width = rules->symbol_count + 1, layers = segment->layer_count;
    pipeline p = {
        .search = search,
        .segment = segment,
        .rules = rules,
        .scratch = scratch,
        .digits = tw_arena_array(scratch, width, sizeof *p.digits),
        .lowest = tw_arena_array(scratch, width, sizeof *p.lowest),
        .values = tw_arena_array(scratch, width, sizeof *p.values),
        .beams = tw_arena_array(scratch, (size_t)layers + 1, sizeof *p.beams),
        .tops = tw_arena_array(scratch, layers, sizeof *p.tops),
    };
    if (!p.digits || !p.lowest || !p.values || !p.beams || !p.tops)
        return tw_out_of_memory(search->ctx);
    p.beams[0] = *start;
    tw_scheme_list found = {0};
    TW_TRY(search_tuples(&p, &found));
    tw_scheme_list_select(search, &found);
    for (unsigned i = 0; i < found.count; i++)
        TW_TRY(tw_scheme_list_add(search, candidates, found.items[i]));
    return TW_OK;
}

static tw_status try_segment(tw_tiled_search *search, tw_arena *scratch, unsigned first,
                             unsigned last, bool temporal, tw_scheme_list *candidates) {
    const tw_segment_context context = {search->dag, &search->resource, &search->options,
                                        search->batch};
    const tw_scheme_list *start =
        &search->tops[search->dag->position[search->dag->vertices[first].layers[0]]];
    const tw_segment *segment;
    TW_TRY(tw_segment_make(scratch, &context, first, last, temporal, &segment));
    if (!segment || start->count == 0)
        return TW_OK;
    tw_segment_rules rules;
    bool valid = false;
    TW_TRY(tw_segment_rules_make(scratch, &context, segment, &rules, &valid));
    return valid ? search_segment(search, scratch, segment, &rules, start, candidates) : TW_OK;
}

/* A vertex by itself is the same segment either way. */
static tw_status try_run(tw_tiled_search *search, unsigned first, unsigned last,
                         tw_scheme_list *candidates) {
    for (int temporal = 0; temporal < 2; temporal++) {
        const bool wanted =
            temporal ? search->options.save_writeback : search->options.partition_interlayer;
        if (!wanted || (temporal && first == last && search->options.partition_interlayer))
            continue;
        tw_arena scratch;
        tw_arena_init(&scratch, search->ctx);
        const tw_status status = try_segment(search, &scratch, first, last, temporal, candidates);
        tw_arena_free(&scratch);
        TW_TRY(status);
    }
    return TW_OK;
}

/* The vertex that ends with this layer, or -1. */
static int vertex_ending(const tw_tiled_dag *dag, int layer) {
    for (unsigned v = 0; v < dag->vertex_count; v++)
        if (dag->vertices[v].layers[dag->vertices[v].layer_count - 1] == layer)
            return (int)v;
    return -1;
}

tw_status tw_segment_candidates(tw_tiled_search *search, unsigned position,
                                tw_scheme_list *candidates) {
    if (!search->options.partition_interlayer && !search->options.save_writeback)
        return TW_OK;
    if (!search->plan) {
        search->plan = tw_arena_alloc(&search->arena, sizeof *search->plan);
        if (!search->plan)
            return tw_out_of_memory(search->ctx);
        TW_TRY(tw_segment_plan_make(&search->arena, search->dag,
                                    search->options.pipeline_max_degree, search->plan));
    }
    const int last = vertex_ending(search->dag, search->dag->order[position]);
    if (last < 0)
        return TW_OK;
    for (unsigned i = search->plan->begin[last]; i < search->plan->begin[last + 1]; i++)
        TW_TRY(try_run(search, search->plan->starts[i], (unsigned)last, candidates));
    return TW_OK;
}
