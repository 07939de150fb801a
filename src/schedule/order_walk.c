#include "schedule/order_walk.h"

#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "schedule/ways.h"

#define NO_WAY UINT32_MAX

/* Candidates of a state that is not reached yet; now and then the useless ones are thrown out. */
typedef struct {
    size_t count, capacity, sift_at;
    tw_way *ways;
} bucket;

typedef struct {
    tw_ctx *ctx;
    const tw_schedule_problem *problem;
    const tw_orders *orders;
    const tw_sides *sides;
    const tw_walk_goal *goal;
    const tw_walk_limits *limits;
    tw_walk_result *out;
    tw_picks *picks;
    tw_sifter sifter;
    bucket *buckets;    /* per state */
    double *thinned_pj; /* per state, along the worst way to it */
    size_t way_count, way_capacity;
    tw_way *ways;        /* of finished states */
    uint32_t *first_way; /* per state, and the end */
} walker;

static const tw_group *group_of(const walker *w, uint32_t arc) {
    return &w->orders->groups[w->orders->arcs[arc].group];
}

/* ---- Steps ---- */

static tw_status push(walker *w, uint32_t state, const tw_way *way) {
    bucket *b = &w->buckets[state];
    if (b->count == b->capacity) {
        if (b->count >= b->sift_at && b->count > 0) {
            TW_TRY(tw_ways_sift(&w->sifter, b->ways, &b->count));
            b->sift_at = 2 * b->count + 64;
        }
        const size_t capacity = 2 * b->count + 4;
        if (capacity > b->capacity) {
            tw_way *grown = tw_resize(w->ctx, b->ways, capacity * sizeof *grown);
            if (!grown)
                return tw_out_of_memory(w->ctx);
            b->ways = grown;
            b->capacity = capacity;
        }
    }
    b->ways[b->count++] = *way;
    return TW_OK;
}

static tw_status step_alone(walker *w, uint32_t from, uint32_t arc, uint32_t layer) {
    const tw_way *parent = &w->ways[from];
    const tw_picks *picks = &w->picks[layer];
    const int before = parent->giver;
    const bool reuses = before >= 0 && tw_reuse_is_possible(w->problem, (uint32_t)before, layer);
    const tw_pick_list *list = reuses ? &picks->after_producer : &picks->plain;
    const double repeat = (double)w->problem->layers[layer].repeat;
    for (uint32_t i = 0; i < list->count; i++) {
        const tw_choice *choice = tw_choice_of(w->problem, (int)layer, list->choices[i]);
        double energy_pj = repeat * choice->energy_pj, cycles = repeat * choice->cycles;
        if (reuses) {
            const tw_reuse reuse =
                tw_reuse_between(w->problem, (uint32_t)before,
                                 tw_choice_of(w->problem, before, parent->choice), layer, choice);
            energy_pj -= tw_reuse_pj(&reuse);
            cycles -= tw_reuse_cycles(&reuse);
        }
        const tw_way way = {parent->energy_pj + energy_pj,
                            parent->cycles + cycles,
                            from,
                            arc,
                            list->choices[i],
                            picks->gives ? (int)layer : TW_NO_PRODUCER};
        TW_TRY(push(w, w->orders->arcs[arc].to, &way));
    }
    return TW_OK;
}

/* A goal that is no front needs the best point of a group only. */
static tw_status step_side_by_side(walker *w, uint32_t from, uint32_t arc) {
    const tw_side_front *front = &w->sides->fronts[w->orders->arcs[arc].group];
    const tw_way *parent = &w->ways[from];
    tw_way best = {HUGE_VAL, HUGE_VAL, from, arc, 0, TW_NO_PRODUCER};
    for (size_t i = 0; i < front->point_count; i++) {
        const tw_side_point *point = &w->sides->points[front->first_point + i];
        const tw_way way = {parent->energy_pj + point->energy_pj,
                            parent->cycles + point->cycles,
                            from,
                            arc,
                            (uint32_t)i,
                            TW_NO_PRODUCER};
        if (w->goal->front)
            TW_TRY(push(w, w->orders->arcs[arc].to, &way));
        else if (best.cycles == HUGE_VAL ||
                 !tw_goal_no_worse(w->goal, best.energy_pj, best.cycles, way.energy_pj, way.cycles))
            best = way;
    }
    if (w->goal->front || best.cycles == HUGE_VAL)
        return TW_OK;
    return push(w, w->orders->arcs[arc].to, &best);
}

static tw_status leave(walker *w, size_t state) {
    for (uint32_t a = w->orders->first_arc[state]; a < w->orders->first_arc[state + 1]; a++) {
        const uint32_t to = w->orders->arcs[a].to;
        const tw_group *group = group_of(w, a);
        w->thinned_pj[to] = fmax(w->thinned_pj[to], w->thinned_pj[state]);
        for (uint32_t i = w->first_way[state]; i < w->first_way[state + 1]; i++)
            TW_TRY(group->count == 1 ? step_alone(w, i, a, w->orders->members[group->first_member])
                                     : step_side_by_side(w, i, a));
    }
    return TW_OK;
}

/* ---- States ---- */

static tw_status limit_ways(walker *w, size_t state, bucket *b) {
    const bool front = w->goal->front, last = state + 1 == w->orders->state_count;
    const size_t room = w->limits->labels > w->way_count ? w->limits->labels - w->way_count : 0;
    size_t most = room / (2 * (w->orders->state_count - state)); /* a share of what is left */
    most = most < w->limits->labels_of_front ? most : w->limits->labels_of_front;
    if (last && w->limits->schedules && w->limits->schedules < most)
        most = w->limits->schedules;
    most = most > 2 ? most : 2;
    if (front)
        TW_TRY(tw_ways_thin(&w->sifter, b->ways, &b->count, most, &w->thinned_pj[state]));
    if (front ? b->count <= 2 * most : w->way_count + b->count <= w->limits->labels)
        return TW_OK;
    w->out->complete = false;
    tw_ways_drop_givers(&w->sifter, b->ways, &b->count);
    return TW_OK;
}

/* The candidates of a state become its ways. */
static tw_status arrive(walker *w, size_t state) {
    bucket *b = &w->buckets[state];
    TW_TRY(tw_ways_sift(&w->sifter, b->ways, &b->count));
    TW_TRY(limit_ways(w, state, b));
    if (w->way_count + b->count > w->way_capacity) {
        const size_t capacity = 2 * (w->way_count + b->count) + 64;
        tw_way *grown = tw_resize(w->ctx, w->ways, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(w->ctx);
        w->ways = grown;
        w->way_capacity = capacity;
    }
    w->first_way[state] = (uint32_t)w->way_count;
    if (b->count)
        memcpy(w->ways + w->way_count, b->ways, b->count * sizeof *b->ways);
    w->way_count += b->count;
    w->first_way[state + 1] = (uint32_t)w->way_count;
    tw_free(w->ctx, b->ways);
    *b = (bucket){0};
    return TW_OK;
}

static tw_status must_stop(const walker *w) {
    if (tw_is_cancelled(w->ctx))
        return TW_CANCELLED;
    if (w->limits->deadline_s > 0 && tw_seconds() > w->limits->deadline_s)
        return TW_LIMIT;
    return TW_OK;
}

static tw_status walk(walker *w) {
    const size_t states = w->orders->state_count;
    TW_TRY(push(w, 0, &(tw_way){0, 0, NO_WAY, 0, 0, TW_NO_PRODUCER}));
    for (size_t s = 0; s < states; s++) {
        w->out->limit = must_stop(w);
        if (w->out->limit != TW_OK)
            return TW_OK;
        TW_TRY(arrive(w, s));
        TW_TRY(leave(w, s));
    }
    return TW_OK;
}

/* ---- The schedules at the end ---- */

static void append_step(const walker *w, const tw_way *way, tw_schedule *out) {
    const tw_group *group = group_of(w, way->arc);
    tw_step *step = &out->steps[out->step_count++];
    *step = (tw_step){.first_run = (uint32_t)out->run_count, .run_count = group->count};
    const tw_side_front *front = &w->sides->fronts[w->orders->arcs[way->arc].group];
    for (uint32_t m = 0; m < group->count; m++) {
        tw_run *run = &out->runs[out->run_count++];
        run->layer = w->orders->members[group->first_member + m];
        run->choice = way->choice;
        if (group->count > 1)
            run->choice =
                w->sides
                    ->choices[w->sides->points[front->first_point + way->choice].first_choice + m];
    }
}

static tw_status follow(const walker *w, uint32_t last, tw_schedule *out) {
    const size_t layers = w->problem->layer_count;
    uint32_t *path = tw_alloc_array(w->ctx, layers + 1, sizeof *path);
    size_t length = 0;
    if (!path)
        return tw_out_of_memory(w->ctx);
    for (uint32_t i = last; w->ways[i].parent != NO_WAY; i = w->ways[i].parent)
        path[length++] = i;
    const tw_status status = tw_schedule_alloc(w->ctx, layers, out);
    while (status == TW_OK && length > 0)
        append_step(w, &w->ways[path[--length]], out);
    if (status == TW_OK)
        tw_schedule_price(w->problem, out);
    tw_free(w->ctx, path);
    return status;
}

/* Ways that differ by rounding only may cost the same, or less, as schedules: drops what the last
 * one makes useless, or is made useless by it. */
static void settle_last(walker *w) {
    tw_schedule *all = w->out->schedules;
    size_t *count = &w->out->schedule_count;
    while (*count > 1) {
        tw_schedule *before = &all[*count - 2], *last = &all[*count - 1];
        if (before->energy_pj < last->energy_pj && before->cycles > last->cycles)
            return;
        if (last->energy_pj <= before->energy_pj && last->cycles <= before->cycles) {
            tw_schedule_free(w->ctx, before);
            *before = *last;
            *last = (tw_schedule){0};
        }
        tw_schedule_free(w->ctx, last);
        (*count)--;
    }
}

/* The last state's ways are the schedules: one, or a front, which goes by rising energy. */
static tw_status take_schedules(walker *w) {
    const size_t last = w->orders->state_count - 1;
    const uint32_t first = w->first_way[last], end = w->first_way[last + 1];
    w->out->schedules = tw_alloc_array(w->ctx, end - first + 1, sizeof *w->out->schedules);
    if (!w->out->schedules)
        return tw_out_of_memory(w->ctx);
    for (uint32_t i = 0; i < end - first && (i == 0 || w->goal->front); i++) {
        TW_TRY(follow(w, w->goal->front ? end - 1 - i : first,
                      &w->out->schedules[w->out->schedule_count++]));
        settle_last(w);
    }
    w->out->thinned_pj = w->thinned_pj[last];
    return TW_OK;
}

static void release(walker *w) {
    for (size_t s = 0; w->buckets && s < w->orders->state_count; s++)
        tw_free(w->ctx, w->buckets[s].ways);
    tw_free(w->ctx, w->buckets);
    tw_free(w->ctx, w->thinned_pj);
    tw_free(w->ctx, w->ways);
    tw_free(w->ctx, w->first_way);
    tw_sifter_free(&w->sifter);
    tw_picks_free(w->ctx, w->picks, w->problem->layer_count);
}

tw_status tw_walk(tw_ctx *ctx, const tw_schedule_problem *problem, const tw_orders *orders,
                  const tw_sides *sides, const tw_walk_goal *goal, const tw_walk_limits *limits,
                  tw_walk_result *out) {
    walker w = {.ctx = ctx,
                .problem = problem,
                .orders = orders,
                .sides = sides,
                .goal = goal,
                .limits = limits,
                .out = out};
    *out = (tw_walk_result){.complete = true};
    w.buckets = tw_alloc_array(ctx, orders->state_count, sizeof *w.buckets);
    w.thinned_pj = tw_alloc_array(ctx, orders->state_count, sizeof *w.thinned_pj);
    w.first_way = tw_alloc_array(ctx, orders->state_count + 1, sizeof *w.first_way);
    tw_status status = TW_OK;
    if (!w.buckets || !w.thinned_pj || !w.first_way)
        status = tw_out_of_memory(ctx);
    if (status == TW_OK)
        status = tw_picks_make(ctx, problem, goal, &w.picks);
    w.sifter = (tw_sifter){.ctx = ctx, .problem = problem, .goal = goal, .picks = w.picks};
    if (status == TW_OK)
        status = walk(&w);
    if (status == TW_OK && out->limit == TW_OK)
        status = take_schedules(&w);
    out->labels = w.way_count;
    release(&w);
    return status;
}

void tw_walk_result_free(tw_ctx *ctx, tw_walk_result *result) {
    for (size_t i = 0; i < result->schedule_count; i++)
        tw_schedule_free(ctx, &result->schedules[i]);
    tw_free(ctx, result->schedules);
    *result = (tw_walk_result){0};
}
