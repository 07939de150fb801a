#include "search/offers.h"

tw_status tw_offer_add(tw_ctx *ctx, tw_offer_list *list, const tw_offer *offer) {
    if (list->count == list->capacity) {
        const size_t capacity = 2 * list->capacity + 8;
        tw_offer *grown = tw_resize(ctx, list->offers, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(ctx);
        list->offers = grown;
        list->capacity = capacity;
    }
    list->offers[list->count++] = *offer;
    return TW_OK;
}

static bool covers(const uint64_t a[TW_HELD_AXES], const uint64_t b[TW_HELD_AXES]) {
    for (int i = 0; i < TW_HELD_AXES; i++)
        if (a[i] < b[i])
            return false;
    return true;
}

static bool no_worse(const tw_choice *a, const tw_choice *b, const tw_offer_request *request) {
    return a->energy_pj <= b->energy_pj && a->cycles <= b->cycles &&
           (!request->side_chips || a->chips <= b->chips) &&
           (!request->holds_output || covers(a->held_output, b->held_output)) &&
           (!request->holds_input || covers(a->held_input, b->held_input));
}

/* Offers before `kept` stay, those from `next` on are not looked at yet. */
static bool is_useless(const tw_offer_list *list, size_t kept, size_t next,
                       const tw_offer_request *request) {
    const tw_choice *choice = &list->offers[next].choice;
    for (size_t j = 0; j < kept; j++)
        if (no_worse(&list->offers[j].choice, choice, request))
            return true;
    for (size_t j = next + 1; j < list->count; j++) { /* of equal ones the first stays */
        const tw_choice *other = &list->offers[j].choice;
        if (no_worse(other, choice, request) && !no_worse(choice, other, request))
            return true;
    }
    return false;
}

void tw_offers_sift(tw_offer_list *list, const tw_offer_request *request) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!is_useless(list, kept, i, request))
            list->offers[kept++] = list->offers[i];
    list->count = kept;
}

void tw_offers_free(tw_ctx *ctx, tw_offer_list *list) {
    tw_free(ctx, list->offers);
    *list = (tw_offer_list){0};
}

/* ---- Loop nests ---- */

bool tw_loopnest_choice(const tw_hierarchy *arch, const tw_problem *problem,
                        const tw_mapping *mapping, bool side, tw_choice *out) {
    tw_cost cost;
    if (side || !tw_evaluate(arch, problem, mapping, &cost))
        return false;
    *out = (tw_choice){.energy_pj = cost.energy_pj, .cycles = cost.latency_cycles, .chips = 1};
    return true;
}

tw_status tw_search_offers(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                           const tw_offer_request *request, tw_offer_list *out) {
    tw_search_options options = *request->options;
    tw_search_result found;
    options.objective = TW_OBJECTIVE_PARETO;
    *out = (tw_offer_list){0};
    TW_TRY(tw_search(ctx, arch, problem, &options, &found));
    tw_status status = TW_OK;
    for (size_t i = 0; i < found.front_count && status == TW_OK; i++) {
        tw_offer offer = {.mapping = found.front[i].mapping};
        if (tw_loopnest_choice(arch, problem, &offer.mapping, false, &offer.choice))
            status = tw_offer_add(ctx, out, &offer);
    }
    out->complete = found.found == TW_FOUND_OPTIMAL;
    out->least_energy_pj = found.front_count > 0 ? found.lower_bound : 0; /* of a front: energy */
    out->limit = found.limit;
    out->evaluated = found.evaluated;
    tw_search_result_free(ctx, &found);
    return status;
}
