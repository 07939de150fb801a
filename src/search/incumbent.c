#include "search/incumbent.h"

#include <string.h>

void tw_incumbent_init(tw_incumbent *incumbent, tw_ctx *ctx, tw_objective objective) {
    *incumbent = (tw_incumbent){.ctx = ctx, .objective = objective};
}

static tw_status make_room(tw_incumbent *in) {
    if (in->count < in->capacity)
        return TW_OK;
    const size_t capacity = in->capacity ? 2 * in->capacity : 1;
    tw_point *points = tw_resize(in->ctx, in->points, capacity * sizeof *points);
    if (!points)
        return tw_out_of_memory(in->ctx);
    in->points = points;
    in->capacity = capacity;
    return TW_OK;
}

static void write_point(tw_point *point, const tw_mapping *mapping, const tw_cost *cost) {
    point->mapping = *mapping;
    point->cost = *cost;
}

static bool precedes(double value, const tw_mapping *mapping, double other,
                     const tw_mapping *other_mapping) {
    return value != other ? value < other : tw_mapping_compare(mapping, other_mapping) < 0;
}

static tw_status offer_best(tw_incumbent *in, const tw_mapping *mapping, const tw_cost *cost) {
    if (in->count &&
        !precedes(tw_objective_value(in->objective, cost), mapping,
                  tw_objective_value(in->objective, &in->points[0].cost), &in->points[0].mapping))
        return TW_OK;
    TW_TRY(make_room(in));
    write_point(&in->points[0], mapping, cost);
    in->count = 1;
    return TW_OK;
}

/* Points before `first` have less energy; the new one is in when its latency beats theirs. It then
 * removes the points that follow without beating its latency. */
static tw_status offer_front(tw_incumbent *in, const tw_mapping *mapping, const tw_cost *cost) {
    size_t first = 0;
    while (first < in->count && in->points[first].cost.energy_pj < cost->energy_pj)
        first++;
    if (first > 0 && in->points[first - 1].cost.latency_cycles <= cost->latency_cycles)
        return TW_OK;
    if (first < in->count && in->points[first].cost.energy_pj == cost->energy_pj &&
        !precedes(cost->latency_cycles, mapping, in->points[first].cost.latency_cycles,
                  &in->points[first].mapping))
        return TW_OK;
    size_t last = first;
    while (last < in->count && in->points[last].cost.latency_cycles >= cost->latency_cycles)
        last++;
    if (last == first)
        TW_TRY(make_room(in));
    memmove(&in->points[first + 1], &in->points[last], (in->count - last) * sizeof *in->points);
    in->count = first + 1 + in->count - last;
    write_point(&in->points[first], mapping, cost);
    return TW_OK;
}

tw_status tw_incumbent_offer(tw_incumbent *incumbent, const tw_mapping *mapping,
                             const tw_cost *cost) {
    return incumbent->objective == TW_OBJECTIVE_PARETO ? offer_front(incumbent, mapping, cost)
                                                       : offer_best(incumbent, mapping, cost);
}

bool tw_incumbent_finish(tw_incumbent *incumbent, tw_search_result *out) {
    const bool any = incumbent->count > 0;
    if (any) {
        out->best = incumbent->points[0];
        out->objective_value = tw_objective_value(incumbent->objective, &out->best.cost);
    }
    if (any && incumbent->objective == TW_OBJECTIVE_PARETO) {
        out->front = incumbent->points;
        out->front_count = incumbent->count;
        incumbent->points = NULL;
    }
    tw_incumbent_free(incumbent);
    return any;
}

void tw_incumbent_free(tw_incumbent *incumbent) {
    tw_free(incumbent->ctx, incumbent->points);
    *incumbent = (tw_incumbent){.ctx = incumbent->ctx, .objective = incumbent->objective};
}
