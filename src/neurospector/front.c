#include "neurospector/front.h"

#include <math.h>

#include "neurospector/explore.h"

static tw_status price_point(const ns_space *space, const ns_exploration *exploration,
                             const ns_mapping *mapping, ns_front_point *point) {
    const ns_values *values = &mapping->values;
    point->dataflows = exploration->combinations[mapping->combination];
    ns_price_chain(space, &mapping->chain, &point->dataflows, &point->table, &point->cost);
    TW_TRY(ns_prices_agree(space, "pJ", point->cost.dynamic_pj, values->of[0]));
    return ns_prices_agree(space, "cycles", point->cost.cycles, values->of[1]);
}

/* Points come with energies that ascend but for rounding, which may let one dominate the ones
 * before it. */
static void add_point(ns_front *front, const ns_front_point *point) {
    while (front->count > 0 &&
           front->points[front->count - 1].cost.dynamic_pj >= point->cost.dynamic_pj)
        front->count--;
    if (front->count == 0 || point->cost.cycles < front->points[front->count - 1].cost.cycles)
        front->points[front->count++] = *point;
}

static tw_status take_front(const ns_space *space, const ns_exploration *exploration,
                            ns_front *out) {
    const ns_found *found = &exploration->found;
    out->proven = !exploration->stopped;
    out->limit = exploration->limit;
    out->evaluated = exploration->evaluated;
    out->pruned = exploration->pruned;
    out->space_log10 += log10((double)exploration->combination_count);
    if (exploration->bounds.of[0] < HUGE_VAL) {
        out->energy_bound_pj = exploration->bounds.of[0];
        out->cycle_bound = exploration->bounds.of[1];
    }
    out->points = tw_alloc_array(space->ctx, found->count + 1, sizeof *out->points);
    if (!out->points)
        return tw_out_of_memory(space->ctx);
    for (size_t i = 0; i < found->count; i++) {
        ns_front_point point = {0};
        TW_TRY(price_point(space, exploration, &found->mappings[i], &point));
        add_point(out, &point);
    }
    if (out->proven && out->count > 0) {
        out->energy_bound_pj = out->points[0].cost.dynamic_pj;
        out->cycle_bound = out->points[out->count - 1].cost.cycles;
    }
    return TW_OK;
}

tw_status ns_exact_front(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                         const ns_search_options *options, ns_front *out) {
    const ns_objectives objectives = {2, {{1, 0}, {0, 1}}};
    ns_space space;
    ns_exploration exploration = {.stopped = false};
    *out = (ns_front){.space_log10 = ns_space_log10(accelerator, layer)};
    tw_status status = ns_space_init(&space, ctx, accelerator, layer);
    if (status == TW_LIMIT) {
        out->limit = TW_LIMIT; /* more tiles than we look at */
        status = TW_OK;
    } else if (status == TW_OK) {
        status = ns_explore(&space, &objectives, options, &exploration);
        if (status == TW_OK)
            status = take_front(&space, &exploration, out);
    }
    ns_exploration_free(&exploration);
    ns_space_free(&space);
    return status;
}

void ns_front_free(tw_ctx *ctx, ns_front *front) {
    tw_free(ctx, front->points);
    *front = (ns_front){.count = 0};
}
