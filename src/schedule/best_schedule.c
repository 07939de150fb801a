#include "schedule/best_schedule.h"

#include <math.h>

#include "schedule/schedule_bound.h"

const tw_schedule_limits tw_schedule_default_limits = {
    .orders = {.states = 1 << 16, .arcs_per_state = 1 << 12},
    .walk = {.labels = 1 << 22, .labels_of_front = 1 << 12}};

/* Relative differences that rounding may make. */
static const double rounding = 1e-12;

typedef struct {
    double energy_pj, cycles;
} point;

/* Between two vertices nothing lies below the triangle with this third corner. */
typedef struct {
    point fast, frugal, corner;
} segment;

typedef struct {
    tw_ctx *ctx;
    const tw_schedule_problem *problem;
    tw_schedule_objective objective;
    const tw_schedule_limits *limits;
    tw_orders orders;
    tw_sides sides;
    tw_best_schedules *out;
    bool exact; /* the graph of orders is complete, and no walk left anything out */
    size_t segment_count, segment_capacity;
    segment *segments;
} optimiser;

double tw_schedule_value(tw_schedule_objective objective, double energy_pj, double cycles) {
    switch (objective) {
    case TW_SCHEDULE_LATENCY:
        return cycles;
    case TW_SCHEDULE_EDP:
        return energy_pj * cycles;
    case TW_SCHEDULE_ENERGY:
    case TW_SCHEDULE_FRONT:
        break;
    }
    return energy_pj;
}

static double value_of(const optimiser *o, const tw_schedule *schedule) {
    return tw_schedule_value(o->objective, schedule->energy_pj, schedule->cycles);
}

/* Takes the schedule over when it is better than what there is, by more than the order of the sum
 * may make out. */
static void offer(optimiser *o, tw_schedule *schedule) {
    const double value = value_of(o, schedule);
    if (!schedule->steps || value >= o->out->value * (1 - rounding))
        return;
    tw_schedule_free(o->ctx, &o->out->schedules[0]);
    o->out->schedules[0] = *schedule;
    o->out->value = value;
    *schedule = (tw_schedule){0};
}

/* ---- All layers in order, each at its own best ---- */

static uint32_t own_best(const optimiser *o, const tw_choices *choices) {
    uint32_t best = 0;
    double least = HUGE_VAL, tie = HUGE_VAL;
    for (size_t c = 0; c < choices->alone_count; c++) {
        const tw_choice *choice = &choices->alone[c];
        const double value = tw_schedule_value(o->objective, choice->energy_pj, choice->cycles);
        const double product = choice->energy_pj * choice->cycles;
        if (value > least || (value == least && product >= tie))
            continue;
        least = value;
        tie = product;
        best = (uint32_t)c;
    }
    return best;
}

static tw_status start_in_order(optimiser *o) {
    tw_schedule schedule;
    TW_TRY(tw_schedule_alloc(o->ctx, o->problem->layer_count, &schedule));
    for (size_t i = 0; i < o->problem->layer_count; i++)
        tw_schedule_append_alone(&schedule, (uint32_t)i,
                                 own_best(o, o->problem->layers[i].choices));
    tw_schedule_price(o->problem, &schedule);
    offer(o, &schedule);
    tw_schedule_free(o->ctx, &schedule);
    return TW_OK;
}

/* ---- Sums ---- */

static tw_status run_walk(optimiser *o, const tw_walk_goal *goal, tw_walk_result *result) {
    const tw_status status =
        tw_walk(o->ctx, o->problem, &o->orders, &o->sides, goal, &o->limits->walk, result);
    o->out->labels += result->labels;
    o->exact &= result->complete;
    if (status == TW_OK && result->limit != TW_OK)
        o->out->limit = result->limit;
    return status;
}

/* The least of a weighted sum, where it lies and whether there was an answer. */
static tw_status least_sum(optimiser *o, const tw_walk_goal *goal, point *at, bool *found) {
    tw_walk_result result;
    const tw_status status = run_walk(o, goal, &result);
    *found = status == TW_OK && result.schedule_count > 0;
    if (*found) {
        *at = (point){result.schedules[0].energy_pj, result.schedules[0].cycles};
        offer(o, &result.schedules[0]);
    }
    tw_walk_result_free(o->ctx, &result);
    return status;
}

static const tw_walk_goal least_energy = {false, 1, 0, 0, 1};
static const tw_walk_goal least_cycles = {false, 0, 1, 1, 0};

static tw_status minimise_sum(optimiser *o, const tw_walk_goal *goal) {
    point at;
    bool found = false;
    TW_TRY(least_sum(o, goal, &at, &found));
    o->out->proven = found && o->exact;
    return TW_OK;
}

/* ---- The product ---- */

static tw_status push_segment(optimiser *o, point fast, point frugal, point corner) {
    if (corner.energy_pj * corner.cycles >= o->out->value * (1 - rounding))
        return TW_OK; /* nothing better lies there */
    if (o->segment_count == o->segment_capacity) {
        const size_t capacity = 2 * o->segment_capacity + 16;
        segment *grown = tw_resize(o->ctx, o->segments, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(o->ctx);
        o->segments = grown;
        o->segment_capacity = capacity;
    }
    o->segments[o->segment_count++] = (segment){fast, frugal, corner};
    return TW_OK;
}

static double sum_at(const tw_walk_goal *goal, point at) {
    return goal->energy_weight * at.energy_pj + goal->cycle_weight * at.cycles;
}

/* Looks for a vertex between two: the least sum with weights that make those two equal. What then
 * remains lies above that sum, and between the new vertex and the old ones. */
static tw_status split_segment(optimiser *o, const segment *s, bool *found) {
    const tw_walk_goal goal = {false, s->frugal.cycles - s->fast.cycles,
                               s->fast.energy_pj - s->frugal.energy_pj, 1, 0};
    point at;
    TW_TRY(least_sum(o, &goal, &at, found));
    if (!*found)
        return TW_OK;
    const double sum = sum_at(&goal, at);
    if (sum >= sum_at(&goal, s->fast) * (1 - rounding))
        return TW_OK; /* the two are neighbours */
    const point near_fast = {(sum - goal.cycle_weight * s->fast.cycles) / goal.energy_weight,
                             s->fast.cycles};
    const point near_frugal = {
        s->frugal.energy_pj, (sum - goal.energy_weight * s->frugal.energy_pj) / goal.cycle_weight};
    TW_TRY(push_segment(o, s->fast, at, near_fast));
    return push_segment(o, at, s->frugal, near_frugal);
}

static tw_status minimise_product(optimiser *o) {
    point fast, frugal;
    bool found = false;
    TW_TRY(least_sum(o, &least_energy, &frugal, &found));
    if (found)
        TW_TRY(least_sum(o, &least_cycles, &fast, &found));
    if (found && fast.cycles < frugal.cycles && fast.energy_pj > frugal.energy_pj)
        TW_TRY(push_segment(o, fast, frugal, (point){frugal.energy_pj, fast.cycles}));
    while (found && o->segment_count > 0) {
        const segment s = o->segments[--o->segment_count];
        if (s.corner.energy_pj * s.corner.cycles < o->out->value * (1 - rounding))
            TW_TRY(split_segment(o, &s, &found));
    }
    o->out->proven = found && o->exact;
    return TW_OK;
}

/* ---- The front ---- */

static tw_status find_front(optimiser *o) {
    const tw_walk_goal goal = {.front = true};
    tw_walk_result result;
    const tw_status status = run_walk(o, &goal, &result);
    if (status == TW_OK && result.schedule_count > 0) {
        tw_best_schedules *out = o->out;
        tw_schedule_free(o->ctx, &out->schedules[0]);
        tw_free(o->ctx, out->schedules);
        out->schedules = result.schedules;
        out->count = result.schedule_count;
        out->value = value_of(o, &out->schedules[0]);
        out->slack_pj = o->exact ? result.thinned_pj : HUGE_VAL;
        out->proven = o->exact && result.thinned_pj == 0;
        result.schedules = NULL;
        result.schedule_count = 0;
    }
    tw_walk_result_free(o->ctx, &result);
    return status;
}

/* ---- The whole ---- */

static tw_status minimise(optimiser *o) {
    switch (o->objective) {
    case TW_SCHEDULE_ENERGY:
        return minimise_sum(o, &least_energy);
    case TW_SCHEDULE_LATENCY:
        return minimise_sum(o, &least_cycles);
    case TW_SCHEDULE_EDP:
        return minimise_product(o);
    case TW_SCHEDULE_FRONT:
        break;
    }
    return find_front(o);
}

static bool all_complete(const tw_schedule_problem *problem) {
    for (size_t i = 0; i < problem->layer_count; i++)
        if (!problem->layers[i].choices->complete)
            return false;
    return true;
}

/* A proof needs all mappings, all orders, and walks that left nothing out. */
static void conclude(optimiser *o) {
    tw_best_schedules *out = o->out;
    if (!all_complete(o->problem)) {
        out->proven = false;
        out->slack_pj = HUGE_VAL;
    }
    out->lower_bound = out->value;
    if (!out->proven) {
        const double known =
            fmax(tw_schedule_bound(o->problem, o->objective),
                 o->objective == TW_SCHEDULE_FRONT ? out->value - out->slack_pj : -HUGE_VAL);
        out->lower_bound = fmin(out->value, known);
    }
    if (!out->proven && out->limit == TW_OK)
        out->limit = TW_LIMIT; /* of memory, or one that a layer met */
}

static tw_status run(optimiser *o) {
    o->out->schedules = tw_alloc_array(o->ctx, 1, sizeof *o->out->schedules);
    if (!o->out->schedules)
        return tw_out_of_memory(o->ctx);
    o->out->count = 1;
    TW_TRY(start_in_order(o));
    tw_status status = tw_orders_make(o->ctx, o->problem, &o->limits->orders, &o->orders);
    if (status == TW_OK)
        status = tw_sides_make(o->ctx, o->problem, &o->orders, &o->sides);
    o->out->states = o->orders.state_count;
    o->exact = o->orders.complete;
    if (status == TW_OK)
        status = minimise(o);
    if (status == TW_CANCELLED) {
        o->out->limit = TW_CANCELLED;
        status = TW_OK;
    }
    if (status == TW_OK)
        conclude(o);
    return status;
}

tw_status tw_schedule_best(tw_ctx *ctx, const tw_schedule_problem *problem,
                           tw_schedule_objective objective, const tw_schedule_limits *limits,
                           tw_best_schedules *out) {
    optimiser o = {
        .ctx = ctx, .problem = problem, .objective = objective, .limits = limits, .out = out};
    *out = (tw_best_schedules){.value = HUGE_VAL, .slack_pj = HUGE_VAL};
    const tw_status status = run(&o);
    tw_orders_free(&o.orders);
    tw_sides_free(&o.sides);
    tw_free(ctx, o.segments);
    return status;
}

void tw_best_schedules_free(tw_ctx *ctx, tw_best_schedules *best) {
    for (size_t i = 0; best->schedules && i < best->count; i++)
        tw_schedule_free(ctx, &best->schedules[i]);
    tw_free(ctx, best->schedules);
    *best = (tw_best_schedules){0};
}
