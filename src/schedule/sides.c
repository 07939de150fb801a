#include "schedule/sides.h"

#include <math.h>
#include <stdlib.h>

/* A choice of a member becomes possible when the step may last so long. */
typedef struct {
    double cycles, energy_pj; /* of all runs of the layer */
    uint32_t member, choice, chips;
} event;

typedef struct {
    double energy_pj;
    uint32_t choice;
} offer;

typedef struct {
    const tw_schedule_problem *problem;
    const tw_orders *orders;
    tw_sides *out;
    size_t chips;
    uint32_t *kind; /* per layer: the first layer with the same choices */
    size_t event_count, event_capacity;
    event *events;
    /* Per member and n = 0 to chips: its cheapest choice on at most n chips so far; the cheapest of
     * all members up to it on n chips together, and the chips of this one there. */
    offer *offers;
    double *sums;
    uint32_t *taken;
} solver;

static const tw_planned_layer *member_of(const solver *s, const tw_group *group, size_t member) {
    return &s->problem->layers[s->orders->members[group->first_member + member]];
}

static size_t cell(const solver *s, size_t member, size_t chips) {
    return member * (s->chips + 1) + chips;
}

/* ---- One group ---- */

static int compare_events(const void *a, const void *b) {
    const event *x = a, *y = b;
    if (x->cycles != y->cycles)
        return x->cycles < y->cycles ? -1 : 1;
    if (x->member != y->member)
        return x->member < y->member ? -1 : 1;
    return (x->choice > y->choice) - (x->choice < y->choice);
}

static void list_events(solver *s, const tw_group *group) {
    s->event_count = 0;
    for (uint32_t m = 0; m < group->count; m++) {
        const tw_planned_layer *layer = member_of(s, group, m);
        const double repeat = (double)layer->repeat;
        for (size_t c = 0; c < layer->choices->side_count; c++) {
            const tw_choice *choice = &layer->choices->side[c];
            if (choice->chips + group->count > s->chips + 1)
                continue; /* nothing left for the others */
            s->events[s->event_count++] =
                (event){repeat * choice->cycles, repeat * choice->energy_pj, m, (uint32_t)c,
                        (uint32_t)choice->chips};
        }
        for (size_t n = 0; n <= s->chips; n++)
            s->offers[cell(s, m, n)] = (offer){HUGE_VAL, 0};
    }
    qsort(s->events, s->event_count, sizeof *s->events, compare_events);
}

static bool take_event(solver *s, const event *e) {
    bool better = false;
    for (size_t n = e->chips; n <= s->chips; n++) {
        offer *at = &s->offers[cell(s, e->member, n)];
        if (e->energy_pj >= at->energy_pj)
            break; /* and so for more chips */
        *at = (offer){e->energy_pj, e->choice};
        better = true;
    }
    return better;
}

/* The least sum if every member had all chips. */
static double least_sum(const solver *s, const tw_group *group) {
    double sum = 0;
    for (size_t m = 0; m < group->count; m++)
        sum += s->offers[cell(s, m, s->chips)].energy_pj;
    return sum;
}

static void add_member(solver *s, size_t member) {
    for (size_t n = 0; n <= s->chips; n++) {
        double least = HUGE_VAL;
        uint32_t taken = 0;
        for (size_t own = 1; own <= n; own++) {
            const offer *o = &s->offers[cell(s, member, own)];
            if (o->energy_pj == o[-1].energy_pj)
                continue; /* the chip more brings nothing */
            const double sum =
                member ? s->sums[cell(s, member - 1, n - own)] + o->energy_pj : o->energy_pj;
            if (sum < least) {
                least = sum;
                taken = (uint32_t)own;
            }
        }
        s->sums[cell(s, member, n)] = least;
        s->taken[cell(s, member, n)] = taken;
    }
}

static tw_status add_point(solver *s, const tw_group *group, double energy_pj, double cycles) {
    tw_sides *out = s->out;
    if (out->point_count == out->point_capacity) {
        const size_t capacity = out->point_capacity ? 2 * out->point_capacity : 256;
        tw_side_point *points = tw_resize(out->ctx, out->points, capacity * sizeof *points);
        if (!points)
            return tw_out_of_memory(out->ctx);
        out->points = points;
        out->point_capacity = capacity;
    }
    if (out->choice_count + group->count > out->choice_capacity) {
        const size_t capacity = 2 * out->choice_capacity + group->count + 256;
        uint32_t *choices = tw_resize(out->ctx, out->choices, capacity * sizeof *choices);
        if (!choices)
            return tw_out_of_memory(out->ctx);
        out->choices = choices;
        out->choice_capacity = capacity;
    }
    out->points[out->point_count++] =
        (tw_side_point){energy_pj + s->problem->machine.static_pj_per_cycle * cycles, cycles,
                        (uint32_t)out->choice_count};
    size_t left = s->chips;
    for (size_t m = group->count; m-- > 0;) {
        const uint32_t own = s->taken[cell(s, m, left)];
        out->choices[out->choice_count + m] = s->offers[cell(s, m, own)].choice;
        left -= own;
    }
    out->choice_count += group->count;
    return TW_OK;
}

static tw_status solve(solver *s, size_t index) {
    const tw_group *group = &s->orders->groups[index];
    tw_side_front *front = &s->out->fronts[index];
    double last = HUGE_VAL;
    front->first_point = s->out->point_count;
    list_events(s, group);
    for (size_t i = 0; i < s->event_count;) {
        const double cycles = s->events[i].cycles;
        bool better = false;
        for (; i < s->event_count && s->events[i].cycles == cycles; i++)
            better |= take_event(s, &s->events[i]);
        if (!better || least_sum(s, group) >= last)
            continue;
        for (size_t m = 0; m < group->count; m++)
            add_member(s, m);
        const double sum = s->sums[cell(s, group->count - 1, s->chips)];
        if (sum >= last)
            continue;
        TW_TRY(add_point(s, group, sum, cycles));
        last = sum;
    }
    front->point_count = s->out->point_count - front->first_point;
    return tw_is_cancelled(s->out->ctx) ? TW_CANCELLED : TW_OK;
}

/* ---- All groups ---- */

static int compare_groups(const void *a, const void *b, void *user) {
    const solver *s = user;
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    const tw_group *x = &s->orders->groups[i], *y = &s->orders->groups[j];
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    for (uint32_t m = 0; m < x->count; m++) {
        const uint32_t p = s->orders->members[x->first_member + m];
        const uint32_t q = s->orders->members[y->first_member + m];
        if (s->kind[p] != s->kind[q])
            return s->kind[p] < s->kind[q] ? -1 : 1;
        if (s->problem->layers[p].repeat != s->problem->layers[q].repeat)
            return s->problem->layers[p].repeat < s->problem->layers[q].repeat ? -1 : 1;
    }
    return 0;
}

static int compare_or_first(const void *a, const void *b, void *user) {
    const int order = compare_groups(a, b, user);
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    return order ? order : (i > j) - (i < j);
}

static tw_status solve_all(solver *s, uint32_t *sorted) {
    const size_t count = s->orders->group_count;
    for (size_t i = 0; i < count; i++)
        sorted[i] = (uint32_t)i;
    qsort_r(sorted, count, sizeof *sorted, compare_or_first, s);
    for (size_t i = 0; i < count; i++) {
        if (s->orders->groups[sorted[i]].count == 1)
            continue;
        if (i > 0 && compare_groups(&sorted[i - 1], &sorted[i], s) == 0)
            s->out->fronts[sorted[i]] = s->out->fronts[sorted[i - 1]];
        else
            TW_TRY(solve(s, sorted[i]));
    }
    return TW_OK;
}

static void find_kinds(solver *s) {
    const tw_planned_layer *layers = s->problem->layers;
    for (size_t i = 0; i < s->problem->layer_count; i++) {
        s->kind[i] = (uint32_t)i;
        for (size_t j = 0; j < i; j++)
            if (layers[j].choices == layers[i].choices) {
                s->kind[i] = (uint32_t)j;
                break;
            }
    }
}

static void measure(solver *s, size_t *most_members) {
    *most_members = 0;
    for (size_t i = 0; i < s->orders->group_count; i++) {
        const tw_group *group = &s->orders->groups[i];
        size_t events = 0;
        for (size_t m = 0; m < group->count; m++)
            events += member_of(s, group, m)->choices->side_count;
        s->event_capacity = events > s->event_capacity ? events : s->event_capacity;
        *most_members = group->count > *most_members ? group->count : *most_members;
    }
}

tw_status tw_sides_make(tw_ctx *ctx, const tw_schedule_problem *problem, const tw_orders *orders,
                        tw_sides *out) {
    solver s = {.problem = problem, .orders = orders, .out = out, .chips = problem->machine.chips};
    size_t most_members = 0;
    *out = (tw_sides){.ctx = ctx};
    measure(&s, &most_members);
    const size_t cells = most_members * (s.chips + 1);
    uint32_t *sorted = tw_alloc_array(ctx, orders->group_count + 1, sizeof *sorted);
    out->fronts = tw_alloc_array(ctx, orders->group_count + 1, sizeof *out->fronts);
    s.kind = tw_alloc_array(ctx, problem->layer_count + 1, sizeof *s.kind);
    s.events = tw_alloc_array(ctx, s.event_capacity + 1, sizeof *s.events);
    s.offers = tw_alloc_array(ctx, cells + 1, sizeof *s.offers);
    s.sums = tw_alloc_array(ctx, cells + 1, sizeof *s.sums);
    s.taken = tw_alloc_array(ctx, cells + 1, sizeof *s.taken);
    tw_status status = TW_OK;
    if (!sorted || !out->fronts || !s.kind || !s.events || !s.offers || !s.sums || !s.taken)
        status = tw_out_of_memory(ctx);
    if (status == TW_OK) {
        find_kinds(&s);
        status = solve_all(&s, sorted);
    }
    tw_free(ctx, sorted);
    tw_free(ctx, s.kind);
    tw_free(ctx, s.events);
    tw_free(ctx, s.offers);
    tw_free(ctx, s.sums);
    tw_free(ctx, s.taken);
    return status;
}

void tw_sides_free(tw_sides *sides) {
    if (!sides->ctx)
        return;
    tw_free(sides->ctx, sides->fronts);
    tw_free(sides->ctx, sides->points);
    tw_free(sides->ctx, sides->choices);
    *sides = (tw_sides){0};
}
