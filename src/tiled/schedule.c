/* Partitions are taken in the order of what they cost at least: all operations, each datum once
 * from memory and over the network. When that is worse than the best schedules found, the rest
 * needs no blockings. Ties go to the first partition, nest and blocking in the original's order. */
#include "tiled/schedule.h"
#include "tiled/goal_key.h"

#include <math.h>

#include "tiled/schedule_cache.h"

#define SLACK 1e-9

/* A partition with what it costs at least: first without the hops of its inputs, which take the
 * longest to count, then with them. */
typedef struct {
    tw_goal_key bound;
    unsigned index;
    bool counted;           /* hops of inputs */
    int64_t hops[TW_DATAS]; /* of one pass over each category */
} ranked_part;

/* A schedule, before it is written out. */
typedef struct {
    tw_goal_key key;
    unsigned part, nest, place;
    int64_t hops[TW_DATAS];
    const tw_blocking *blocking;
} candidate;

typedef struct {
    tw_tiled_search *search;
    int layer;
    const tw_tiled_resource *resource;
    const tw_layer_parts *parts;
    const tw_layout *inputs;
    tw_blocking_context context; /* without sharing */
    unsigned count;
    candidate *best;
} scheduling;

static bool is_worse(const scheduling *s, tw_goal_key bound) {
    if (s->count < s->search->options.top)
        return false;
    const tw_goal_key limit = s->best[s->count - 1].key;
    if (s->search->options.goal != TW_GOAL_D)
        return bound.first > limit.first + SLACK * fabs(limit.first);
    return bound.first > limit.first ||
           (bound.first == limit.first && bound.second > limit.second + SLACK * limit.second);
}

/* ---- Costs ---- */

typedef struct {
    double nhops[TW_DATAS], op, access, noc, still, total;
} schedule_cost;

static schedule_cost price(const scheduling *s, const int64_t unit[TW_DATAS],
                           const tw_blocking *b) {
    const tw_tiled_cost *cost = &s->search->cost;
    schedule_cost c;
    double hops = 0;
    for (int d = 0; d < TW_DATAS; d++) {
        c.nhops[d] = b->noc[d] + (double)(unit[d] * b->fetch[0][d]);
        hops += c.nhops[d];
    }
    c.op = cost->mac_op * b->ops;
    c.access = b->access_cost;
    c.noc = cost->noc_hop * hops;
    c.still = cost->idle_unit * (double)b->time;
    c.total = c.op + c.access + c.noc + c.still;
    return c;
}

static tw_goal_key bound_of_part(const scheduling *s, const tw_layer_part *part,
                                 const int64_t unit[TW_DATAS]) {
    const tw_tiled_cost *cost = &s->search->cost;
    tw_blocking_context context = s->context;
    context.sharing = &part->sharing;
    double hops = 0; /* filters may stay for good, and then are not fetched at all */
    for (int d = 0; d < TW_DATAS; d++)
        hops += d == TW_DATA_FIL && s->resource->no_time_mux ? 0 : (double)unit[d];
    tw_goal_key least = {INFINITY, INFINITY};
    for (unsigned n = 0; n < part->nest_count; n++) {
        const tw_nested_loop *nest = &part->nests[n];
        const tw_blocking_bound bound = tw_blocking_lower_bound(&context, nest);
        const double passes =
            (double)nest->loopcnt[0] * (double)nest->loopcnt[1] * (double)nest->loopcnt[2];
        const double total = cost->mac_op * nest->unit_ops * passes * context.nodes +
                             bound.access_cost + cost->noc_hop * hops +
                             cost->idle_unit * (double)bound.time;
        const tw_goal_key key =
            tw_goal_key_of(s->search->options.goal, total * (1 - SLACK), (double)bound.time);
        if (tw_goal_key_less(key, least))
            least = key;
    }
    return least;
}

/* ---- The best so far ---- */

static bool comes_before(const candidate *a, const candidate *b) {
    if (tw_goal_key_less(a->key, b->key))
        return true;
    if (tw_goal_key_less(b->key, a->key))
        return false;
    if (a->part != b->part)
        return a->part < b->part;
    return a->nest != b->nest ? a->nest < b->nest : a->place < b->place;
}

static void add_candidate(scheduling *s, const candidate *new) {
    unsigned at = s->count;
    if (at == s->search->options.top) {
        if (!comes_before(new, &s->best[at - 1]))
            return;
        at--;
    } else {
        s->count++;
    }
    for (; at > 0 && comes_before(new, &s->best[at - 1]); at--)
        s->best[at] = s->best[at - 1];
    s->best[at] = *new;
}

static tw_status add_part(scheduling *s, const ranked_part *ranked,
                          const tw_blockings *const *answers) {
    const tw_layer_part *part = &s->parts->parts[ranked->index];
    for (unsigned n = 0; n < part->nest_count; n++) {
        if (!part->even && answers[n]->count)
            return tw_fail(s->search->ctx, TW_INFEASIBLE, NULL,
                           "layer %s: a partition gives some input channels to more nodes than "
                           "others (windows over channels that are cut finer than their width), "
                           "and its hops are not defined",
                           s->search->dag->layers[s->layer].name);
        for (unsigned i = 0; i < answers[n]->count; i++) {
            const tw_blocking *b = &answers[n]->items[i];
            const schedule_cost cost = price(s, ranked->hops, b);
            candidate new = {
                .key = tw_goal_key_of(s->search->options.goal, cost.total, (double)b->time),
                .part = ranked->index,
                .nest = n,
                .place = i,
                .blocking = b,
            };
            memcpy(new.hops, ranked->hops, sizeof new.hops);
            add_candidate(s, &new);
        }
    }
    return TW_OK;
}

/* ---- Walking the partitions ---- */

static bool part_before(const ranked_part *a, const ranked_part *b) {
    if (tw_goal_key_less(a->bound, b->bound))
        return true;
    return !tw_goal_key_less(b->bound, a->bound) && a->index < b->index;
}

static void sift_down(ranked_part *heap, unsigned count, unsigned at) {
    for (;;) {
        unsigned least = at;
        for (unsigned child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (part_before(&heap[child], &heap[least]))
                least = child;
        if (least == at)
            return;
        const ranked_part swap = heap[at];
        heap[at] = heap[least];
        heap[least] = swap;
        at = least;
    }
}

static bool asks_hops(const scheduling *s) {
    return s->search->hooks && s->search->hooks->hops;
}

/* A partition whose groups are uneven must be looked at: it may be an error. So must all with the
 * solver, which may fail. */
static bool must_solve(const scheduling *s, const tw_layer_part *part) {
    return asks_hops(s) || !part->even || s->search->options.solve_loopblocking;
}

static void rank_part(const scheduling *s, ranked_part *ranked) {
    const tw_layer_part *part = &s->parts->parts[ranked->index];
    if (ranked->counted && !asks_hops(s))
        ranked->hops[TW_DATA_IFM] = tw_hops_inputs(s->search->cache->hops, &part->part, s->inputs);
    if (must_solve(s, part))
        ranked->bound = (tw_goal_key){-INFINITY, -INFINITY};
    else
        ranked->bound = bound_of_part(s, part, ranked->hops);
}

static void rank_parts(const scheduling *s, ranked_part *heap) {
    const unsigned count = s->parts->count;
    for (unsigned p = 0; p < count; p++) {
        const tw_layer_part *part = &s->parts->parts[p];
        heap[p] = (ranked_part){.index = p};
        heap[p].hops[TW_DATA_FIL] = part->filter_hops;
        heap[p].hops[TW_DATA_OFM] = part->output_hops;
        rank_part(s, &heap[p]);
    }
    for (unsigned i = count / 2; i-- > 0;)
        sift_down(heap, count, i);
}

/* Partitions are solved a few at a time, so that threads have work; which ones does not change the
 * result, since only worse ones are left out. */
enum { MOST_PARTS_AT_ONCE = 64 };

static tw_status ask_hops(const scheduling *s, ranked_part *ranked,
                          const tw_blockings *const *answers) {
    const tw_layer_part *part = &s->parts->parts[ranked->index];
    bool any = false;
    for (unsigned n = 0; n < part->nest_count; n++)
        any |= answers[n]->count > 0;
    if (!any || !asks_hops(s))
        return TW_OK;
    return s->search->hooks->hops(s->search->hooks->user, s->search, s->layer, s->resource,
                                  &part->part, s->inputs, &part->outputs, ranked->hops);
}

static tw_status solve_parts(scheduling *s, ranked_part *ranked, unsigned count) {
    tw_ctx *ctx = s->search->ctx;
    size_t questions = 0;
    for (unsigned i = 0; i < count; i++)
        questions += s->parts->parts[ranked[i].index].nest_count;
    tw_blocking_question *asked = tw_alloc_array(ctx, questions, sizeof *asked);
    const tw_blockings **answers = tw_alloc_array(ctx, questions, sizeof *answers);
    tw_status status = asked && answers ? TW_OK : tw_out_of_memory(ctx);
    size_t q = 0;
    for (unsigned i = 0; i < count && status == TW_OK; i++) {
        const tw_layer_part *part = &s->parts->parts[ranked[i].index];
        for (unsigned n = 0; n < part->nest_count; n++, q++) {
            asked[q] = (tw_blocking_question){s->context, &part->nests[n]};
            asked[q].context.sharing = &part->sharing;
        }
    }
    if (status == TW_OK)
        status = tw_blockings_of(s->search, s->layer, asked, questions, answers);
    q = 0;
    for (unsigned i = 0; i < count && status == TW_OK; i++) {
        status = ask_hops(s, &ranked[i], answers + q);
        if (status == TW_OK)
            status = add_part(s, &ranked[i], answers + q);
        q += s->parts->parts[ranked[i].index].nest_count;
    }
    tw_free(ctx, asked);
    tw_free(ctx, answers);
    return status;
}

static tw_status walk_parts(scheduling *s, ranked_part *heap) {
    const unsigned step = s->search->options.threads == 1 ? 1 : MOST_PARTS_AT_ONCE;
    ranked_part taken[MOST_PARTS_AT_ONCE];
    unsigned left = s->parts->count;
    for (;;) {
        unsigned count = 0;
        while (left && count < (s->count ? step : 1) && !is_worse(s, heap[0].bound)) {
            if (heap[0].counted) {
                taken[count++] = heap[0];
                heap[0] = heap[--left];
            } else {
                heap[0].counted = true;
                rank_part(s, &heap[0]);
            }
            sift_down(heap, left, 0);
        }
        if (count == 0)
            return tw_is_cancelled(s->search->ctx) ? TW_CANCELLED : TW_OK;
        TW_TRY(solve_parts(s, taken, count));
    }
}

/* ---- Results ---- */

static void write_schedule(const scheduling *s, const candidate *c, tw_layer_schedule *out) {
    const tw_layer_part *part = &s->parts->parts[c->part];
    const schedule_cost cost = price(s, c->hops, c->blocking);
    *out = (tw_layer_schedule){
        .part = part->part,
        .outputs = part->outputs,
        .blocking = *c->blocking,
        .nodes = s->context.nodes,
        .src_is_dram = s->context.src == TW_END_DRAM,
        .dst_is_dram = s->context.dst == TW_END_DRAM,
        .cost = cost.total,
        .cost_op = cost.op,
        .cost_access = cost.access,
        .cost_noc = cost.noc,
        .cost_static = cost.still,
        .time = c->blocking->time,
    };
    memcpy(out->unit_nhops, c->hops, sizeof out->unit_nhops);
    for (int d = 0; d < TW_DATAS; d++) {
        out->mem_nhops[d] = out->unit_nhops[d] * c->blocking->fetch[0][d];
        out->total_nhops[d] = cost.nhops[d];
    }
}

typedef struct {
    unsigned count;
    tw_layer_schedule *items;
} schedules;

static tw_status run(scheduling *s, const tw_layout *inputs, schedules *out) {
    tw_tiled_search *search = s->search;
    TW_TRY(tw_layer_parts_of(search, s->layer, s->resource, &s->parts));
    ranked_part *ranked = tw_alloc_array(search->ctx, s->parts->count, sizeof *ranked);
    s->best = tw_alloc_array(search->ctx, search->options.top, sizeof *s->best);
    tw_status status = ranked && s->best ? TW_OK : tw_out_of_memory(search->ctx);
    if (status == TW_OK) {
        s->inputs = inputs;
        rank_parts(s, ranked);
        status = walk_parts(s, ranked);
    }
    if (status == TW_OK) {
        out->count = s->count;
        out->items = tw_arena_array(&search->arena, s->count + 1, sizeof *out->items);
        if (!out->items)
            status = tw_out_of_memory(search->ctx);
    }
    for (unsigned i = 0; i < s->count && status == TW_OK; i++)
        write_schedule(s, &s->best[i], &out->items[i]);
    tw_free(search->ctx, ranked);
    tw_free(search->ctx, s->best);
    return status;
}

static tw_data_end end_of(const tw_region *end, const tw_region *proc) {
    if (end->type == TW_REGION_DRAM)
        return TW_END_DRAM;
    return tw_region_equal(end, proc) ? TW_END_SAME_NODES : TW_END_OTHER_NODES;
}

/* The question, followed by the pieces of the input layout. */
typedef struct {
    tw_tiled_layer layer;
    tw_region proc, src, dst;
    int pinnable;
    int asked_by; /* with hooks, whose answers may depend on when they are asked: the layer */
    tw_top_constraint top;
} schedule_key;

static tw_status find_answer(tw_tiled_search *search, int layer, const tw_tiled_resource *resource,
                             const tw_top_constraint *top, const tw_layout *inputs,
                             tw_memo_slot **out) {
    schedule_key head;
    const size_t tail = inputs->count * sizeof *inputs->pieces;
    memset(&head, 0, sizeof head);
    head.layer = search->dag->layers[layer].layer;
    head.proc = resource->proc;
    head.src = resource->src;
    head.dst = resource->dst;
    head.pinnable = resource->no_time_mux;
    head.asked_by = search->hooks ? layer + 1 : 0;
    head.top = *top;
    char *key = tw_alloc(search->ctx, sizeof head + tail);
    if (!key)
        return tw_out_of_memory(search->ctx);
    memcpy(key, &head, sizeof head);
    memcpy(key + sizeof head, inputs->pieces, tail);
    *out = tw_memo_find(&search->cache->schedules, key, sizeof head + tail);
    tw_free(search->ctx, key);
    return *out ? TW_OK : tw_out_of_memory(search->ctx);
}

tw_status tw_schedule_layer(tw_tiled_search *search, int layer, const tw_tiled_resource *resource,
                            const tw_top_constraint *top, const tw_layout *inputs,
                            const tw_layer_schedule **out, unsigned *count) {
    tw_memo_slot *slot = NULL;
    TW_TRY(find_answer(search, layer, resource, top, inputs, &slot));
    if (!slot->value) {
        scheduling s = {
            .search = search,
            .layer = layer,
            .resource = resource,
            .context = {.resource = resource,
                        .cost = &search->cost,
                        .options = &search->options,
                        .src = end_of(&resource->src, &resource->proc),
                        .dst = end_of(&resource->dst, &resource->proc),
                        .top = *top,
                        .nodes = tw_dim2_size(resource->proc.dim)},
        };
        schedules *made = tw_arena_alloc(&search->arena, sizeof *made);
        if (!made)
            return tw_out_of_memory(search->ctx);
        TW_TRY(run(&s, inputs, made));
        slot->value = made;
    }
    const schedules *answer = slot->value;
    *out = answer->items;
    *count = answer->count;
    return TW_OK;
}
