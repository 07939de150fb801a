#include "schedule/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "schedule/picks.h"

const tw_walk_limits tw_walk_default_limits = {1 << 22, 1 << 13, 0};

#define NO_LABEL UINT32_MAX

typedef struct {
    double energy_pj, cycles;
    uint32_t parent, arc;
    uint32_t choice; /* of the layer, or the point of the group's front */
} label;

/* Candidates of a state that is not reached yet; now and then the useless ones are thrown out. */
typedef struct {
    size_t count, capacity, sift_at;
    label *labels;
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
    bucket *buckets;    /* per state */
    double *thinned_pj; /* per state, along the worst way to it */
    size_t label_count, label_capacity;
    label *labels;         /* of finished states */
    uint32_t *first_label; /* per state, and the end */
    size_t *corner;        /* scratch of sifting: the labels that none beats, in order */
    size_t corner_capacity;
    size_t most; /* labels of a front that a state keeps */
} walker;

/* ---- Labels ---- */

static const tw_group *group_of(const walker *w, uint32_t arc) {
    return &w->orders->groups[w->orders->arcs[arc].group];
}

/* The layer that ran alone in the last step, or TW_NO_PRODUCER. */
static int last_layer(const walker *w, const label *l) {
    if (l->parent == NO_LABEL)
        return TW_NO_PRODUCER;
    const tw_group *group = group_of(w, l->arc);
    return group->count == 1 ? (int)w->orders->members[group->first_member] : TW_NO_PRODUCER;
}

/* The same if a later layer may find what it left. */
static int giver(const walker *w, const label *l) {
    const int layer = last_layer(w, l);
    return layer >= 0 && w->picks[layer].gives ? layer : TW_NO_PRODUCER;
}

static const tw_choice *choice_of(const walker *w, int layer, uint32_t choice) {
    return &w->problem->layers[layer].choices->alone[choice];
}

static bool no_worse(const walker *w, const label *a, const label *b) {
    return tw_goal_no_worse(w->goal, a->energy_pj, a->cycles, b->energy_pj, b->cycles);
}

/* Goes by the sum, or for a front by time; all else only makes the order complete. */
static int compare_labels(const void *a, const void *b, void *user) {
    const tw_walk_goal *goal = user;
    const label *x = a, *y = b;
    const double keys[3][2] = {
        {goal->front ? x->cycles : tw_goal_value(goal, x->energy_pj, x->cycles),
         goal->front ? y->cycles : tw_goal_value(goal, y->energy_pj, y->cycles)},
        {goal->front ? x->energy_pj : tw_goal_tie(goal, x->energy_pj, x->cycles),
         goal->front ? y->energy_pj : tw_goal_tie(goal, y->energy_pj, y->cycles)},
        {x->energy_pj, y->energy_pj}};
    for (int i = 0; i < 3; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    if (x->arc != y->arc)
        return x->arc < y->arc ? -1 : 1;
    return (x->choice > y->choice) - (x->choice < y->choice);
}

/* ---- Sifting: which labels of a state stay ---- */

/* The label is no worse than any seen before it: among the corners, of which the last that takes
 * no more time than `cycles` has the least energy. */
static bool is_beaten(const walker *w, const label *labels, size_t corners, double energy_pj,
                      double cycles) {
    if (!w->goal->front)
        return corners > 0 && tw_goal_no_worse(w->goal, labels[w->corner[0]].energy_pj,
                                               labels[w->corner[0]].cycles, energy_pj, cycles);
    size_t low = 0, high = corners;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (labels[w->corner[middle]].cycles <= cycles)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && labels[w->corner[low - 1]].energy_pj <= energy_pj;
}

/* A label that is kept already leaves at least as much of the same output, and is no worse. */
static bool is_covered(const walker *w, const label *labels, size_t kept, const label *l) {
    const int layer = giver(w, l);
    const tw_choice *choice = choice_of(w, layer, l->choice);
    for (size_t i = 0; i < kept; i++)
        if (giver(w, &labels[i]) == layer && no_worse(w, &labels[i], l) &&
            tw_held_covers(choice_of(w, layer, labels[i].choice)->held_output, choice->held_output))
            return true;
    return false;
}

static bool stays(const walker *w, const label *labels, size_t kept, size_t corners,
                  const label *l) {
    const int layer = giver(w, l);
    if (!is_beaten(w, labels, corners, l->energy_pj, l->cycles))
        return true;
    if (layer < 0)
        return false;
    const double saved_pj = w->picks[layer].given_pj[l->choice];
    const double saved_cycles = w->picks[layer].given_cycles[l->choice];
    return !is_beaten(w, labels, corners, l->energy_pj - saved_pj, l->cycles - saved_cycles) &&
           !is_covered(w, labels, kept, l);
}

static tw_status reserve_corners(walker *w, size_t count) {
    if (count <= w->corner_capacity)
        return TW_OK;
    size_t *grown = tw_resize(w->ctx, w->corner, count * sizeof *grown);
    if (!grown)
        return tw_out_of_memory(w->ctx);
    w->corner = grown;
    w->corner_capacity = count;
    return TW_OK;
}

/* Moves the labels that stay to the front, in order. */
static tw_status sift(walker *w, label *labels, size_t count, size_t *kept) {
    size_t corners = 0;
    *kept = 0;
    TW_TRY(reserve_corners(w, count));
    qsort_r(labels, count, sizeof *labels, compare_labels, (void *)w->goal);
    for (size_t i = 0; i < count; i++) {
        const label l = labels[i];
        if (!stays(w, labels, *kept, corners, &l))
            continue;
        if (!is_beaten(w, labels, corners, l.energy_pj, l.cycles))
            w->corner[corners++] = *kept;
        labels[(*kept)++] = l;
    }
    return TW_OK;
}

/* Leaves out labels of which another one, that takes no more time and leaves the same words, needs
 * at most `slack_pj` more energy. Labels are in order of time; the last, of least energy, stays. */
static size_t thin(const walker *w, const label *from, size_t count, double slack_pj, label *to) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool needed = i + 1 == count || giver(w, &from[i]) >= 0;
        needed |= kept == 0 || giver(w, &to[kept - 1]) >= 0 ||
                  to[kept - 1].energy_pj > from[i].energy_pj + slack_pj;
        if (needed)
            to[kept++] = from[i];
    }
    return kept;
}

/* The least slack that is enough, to a thousandth. */
static double find_slack(const walker *w, const label *labels, size_t count, label *scratch) {
    double least = 0, enough = labels[0].energy_pj;
    for (size_t i = 1; i < count; i++)
        enough = fmax(enough, labels[i].energy_pj);
    while (enough - least > 1e-3 * enough) {
        const double middle = (least + enough) / 2;
        if (thin(w, labels, count, middle, scratch) <= w->most)
            enough = middle;
        else
            least = middle;
    }
    return enough;
}

static tw_status limit_front(walker *w, size_t state, label *labels, size_t *count) {
    if (*count <= w->most)
        return TW_OK;
    label *scratch = tw_alloc_array(w->ctx, *count, sizeof *scratch);
    if (!scratch)
        return tw_out_of_memory(w->ctx);
    const double slack_pj = find_slack(w, labels, *count, scratch);
    *count = thin(w, labels, *count, slack_pj, scratch);
    memcpy(labels, scratch, *count * sizeof *labels);
    w->thinned_pj[state] += slack_pj;
    tw_free(w->ctx, scratch);
    return TW_OK;
}

/* Labels that stay only for what they leave on the chips are the first to go. */
static tw_status limit_labels(walker *w, size_t state, label *labels, size_t *count) {
    if (w->goal->front)
        TW_TRY(limit_front(w, state, labels, count));
    if (w->goal->front ? *count <= 2 * w->most : w->label_count + *count <= w->limits->labels)
        return TW_OK;
    w->out->complete = false;
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++)
        if (kept == 0 || (w->goal->front && labels[i].energy_pj < labels[kept - 1].energy_pj))
            labels[kept++] = labels[i];
    *count = kept;
    return TW_OK;
}

/* ---- Steps ---- */

static tw_status push(walker *w, uint32_t state, label l) {
    bucket *b = &w->buckets[state];
    if (b->count == b->capacity) {
        if (b->count >= b->sift_at && b->count > 0) {
            TW_TRY(sift(w, b->labels, b->count, &b->count));
            b->sift_at = 2 * b->count + 64;
        }
        const size_t capacity = 2 * b->count + 4;
        if (capacity > b->capacity) {
            label *grown = tw_resize(w->ctx, b->labels, capacity * sizeof *grown);
            if (!grown)
                return tw_out_of_memory(w->ctx);
            b->labels = grown;
            b->capacity = capacity;
        }
    }
    b->labels[b->count++] = l;
    return TW_OK;
}

static tw_status step_alone(walker *w, uint32_t from, uint32_t arc, uint32_t layer) {
    const label *parent = &w->labels[from];
    const tw_picks *picks = &w->picks[layer];
    const int before = last_layer(w, parent);
    const bool reuses = before >= 0 && tw_reuse_is_possible(w->problem, (uint32_t)before, layer);
    const tw_pick_list *list = reuses ? &picks->after_producer : &picks->plain;
    const double repeat = (double)w->problem->layers[layer].repeat;
    for (uint32_t i = 0; i < list->count; i++) {
        const tw_choice *choice = choice_of(w, (int)layer, list->choices[i]);
        double energy_pj = repeat * choice->energy_pj, cycles = repeat * choice->cycles;
        if (reuses) {
            const tw_reuse reuse = tw_reuse_between(
                w->problem, (uint32_t)before, choice_of(w, before, parent->choice), layer, choice);
            energy_pj -= reuse.energy_pj;
            cycles -= reuse.cycles;
        }
        const label l = {parent->energy_pj + energy_pj, parent->cycles + cycles, from, arc,
                         list->choices[i]};
        TW_TRY(push(w, w->orders->arcs[arc].to, l));
    }
    return TW_OK;
}

/* A goal that is no front needs the best point of a group only. */
static tw_status step_side_by_side(walker *w, uint32_t from, uint32_t arc) {
    const tw_side_front *front = &w->sides->fronts[w->orders->arcs[arc].group];
    const label *parent = &w->labels[from];
    label best = {HUGE_VAL, HUGE_VAL, from, arc, 0};
    for (size_t i = 0; i < front->point_count; i++) {
        const tw_side_point *point = &w->sides->points[front->first_point + i];
        const label l = {parent->energy_pj + point->energy_pj, parent->cycles + point->cycles, from,
                         arc, (uint32_t)i};
        if (w->goal->front)
            TW_TRY(push(w, w->orders->arcs[arc].to, l));
        else if (best.cycles == HUGE_VAL || !no_worse(w, &best, &l))
            best = l;
    }
    if (w->goal->front || best.cycles == HUGE_VAL)
        return TW_OK;
    return push(w, w->orders->arcs[arc].to, best);
}

static tw_status leave(walker *w, size_t state) {
    for (uint32_t a = w->orders->first_arc[state]; a < w->orders->first_arc[state + 1]; a++) {
        const uint32_t to = w->orders->arcs[a].to;
        const tw_group *group = group_of(w, a);
        w->thinned_pj[to] = fmax(w->thinned_pj[to], w->thinned_pj[state]);
        for (uint32_t l = w->first_label[state]; l < w->first_label[state + 1]; l++)
            TW_TRY(group->count == 1 ? step_alone(w, l, a, w->orders->members[group->first_member])
                                     : step_side_by_side(w, l, a));
    }
    return TW_OK;
}

/* The candidates of a state become its labels. */
static tw_status arrive(walker *w, size_t state) {
    bucket *b = &w->buckets[state];
    TW_TRY(sift(w, b->labels, b->count, &b->count));
    TW_TRY(limit_labels(w, state, b->labels, &b->count));
    if (w->label_count + b->count > w->label_capacity) {
        const size_t capacity = 2 * (w->label_count + b->count) + 64;
        label *grown = tw_resize(w->ctx, w->labels, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(w->ctx);
        w->labels = grown;
        w->label_capacity = capacity;
    }
    w->first_label[state] = (uint32_t)w->label_count;
    if (b->count)
        memcpy(w->labels + w->label_count, b->labels, b->count * sizeof *b->labels);
    w->label_count += b->count;
    w->first_label[state + 1] = (uint32_t)w->label_count;
    tw_free(w->ctx, b->labels);
    *b = (bucket){0};
    return TW_OK;
}

/* ---- The whole ---- */

static tw_status must_stop(const walker *w) {
    if (tw_is_cancelled(w->ctx))
        return TW_CANCELLED;
    if (w->limits->deadline_s > 0 && tw_seconds() > w->limits->deadline_s)
        return TW_LIMIT;
    return TW_OK;
}

static tw_status walk(walker *w) {
    const size_t states = w->orders->state_count, share = w->limits->labels / (2 * states);
    w->most = w->limits->labels_of_front < share ? w->limits->labels_of_front : share;
    w->most = w->most > 2 ? w->most : 2;
    TW_TRY(push(w, 0, (label){0, 0, NO_LABEL, 0, 0}));
    for (size_t s = 0; s < states; s++) {
        w->out->limit = must_stop(w);
        if (w->out->limit != TW_OK)
            return TW_OK;
        TW_TRY(arrive(w, s));
        TW_TRY(leave(w, s));
    }
    return TW_OK;
}

static void append_step(const walker *w, const label *l, tw_schedule *out) {
    const tw_group *group = group_of(w, l->arc);
    tw_step *step = &out->steps[out->step_count++];
    *step = (tw_step){.first_run = (uint32_t)out->run_count, .run_count = group->count};
    const tw_side_front *front = &w->sides->fronts[w->orders->arcs[l->arc].group];
    for (uint32_t m = 0; m < group->count; m++) {
        tw_run *run = &out->runs[out->run_count++];
        run->layer = w->orders->members[group->first_member + m];
        run->choice = l->choice;
        if (group->count > 1)
            run->choice =
                w->sides
                    ->choices[w->sides->points[front->first_point + l->choice].first_choice + m];
    }
}

static tw_status follow(const walker *w, uint32_t last, tw_schedule *out) {
    const size_t layers = w->problem->layer_count;
    uint32_t *path = tw_alloc_array(w->ctx, layers + 1, sizeof *path);
    size_t length = 0;
    if (!path)
        return tw_out_of_memory(w->ctx);
    for (uint32_t l = last; w->labels[l].parent != NO_LABEL; l = w->labels[l].parent)
        path[length++] = l;
    const tw_status status = tw_schedule_alloc(w->ctx, layers, out);
    while (status == TW_OK && length > 0)
        append_step(w, &w->labels[path[--length]], out);
    if (status == TW_OK)
        tw_schedule_price(w->problem, out);
    tw_free(w->ctx, path);
    return status;
}

/* The last state's labels are the schedules: one, or a front, which goes by rising energy. */
static tw_status take_schedules(walker *w) {
    const size_t last = w->orders->state_count - 1;
    const size_t count = w->first_label[last + 1] - w->first_label[last];
    w->out->schedules = tw_alloc_array(w->ctx, count + 1, sizeof *w->out->schedules);
    if (!w->out->schedules)
        return tw_out_of_memory(w->ctx);
    for (size_t i = 0; i < count && (i == 0 || w->goal->front); i++) {
        const uint32_t l =
            w->goal->front ? w->first_label[last + 1] - 1 - (uint32_t)i : w->first_label[last];
        TW_TRY(follow(w, l, &w->out->schedules[w->out->schedule_count++]));
    }
    w->out->thinned_pj = w->thinned_pj[last];
    return TW_OK;
}

static void release(walker *w) {
    for (size_t s = 0; w->buckets && s < w->orders->state_count; s++)
        tw_free(w->ctx, w->buckets[s].labels);
    tw_free(w->ctx, w->buckets);
    tw_free(w->ctx, w->thinned_pj);
    tw_free(w->ctx, w->labels);
    tw_free(w->ctx, w->first_label);
    tw_free(w->ctx, w->corner);
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
    w.first_label = tw_alloc_array(ctx, orders->state_count + 1, sizeof *w.first_label);
    tw_status status = TW_OK;
    if (!w.buckets || !w.thinned_pj || !w.first_label)
        status = tw_out_of_memory(ctx);
    if (status == TW_OK)
        status = tw_picks_make(ctx, problem, goal, &w.picks);
    if (status == TW_OK)
        status = walk(&w);
    if (status == TW_OK && out->limit == TW_OK)
        status = take_schedules(&w);
    out->labels = w.label_count;
    release(&w);
    return status;
}

void tw_walk_result_free(tw_ctx *ctx, tw_walk_result *result) {
    for (size_t i = 0; i < result->schedule_count; i++)
        tw_schedule_free(ctx, &result->schedules[i]);
    tw_free(ctx, result->schedules);
    *result = (tw_walk_result){0};
}
