#include "network/layer_offers.h"

#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "network/network_schedule.h"
#include "network/options.h"

enum { ITEM = 120 };

struct tw_offer_part {
    size_t kind;
    tw_offer_request request;
    tw_search_options options;
    char item[ITEM];
    tw_ctx *ctx;
    tw_status status;
    tw_offer_list list;
    tw_task_progress progress;
};

static const tw_problem *problem_of(const tw_layer_offers *o, size_t layer) {
    return &o->result->layers[layer].layer->problem;
}

/* ---- Kinds ---- */

/* A producer stays one only where its reader can find something on the chips. */
static void match_producer(tw_layer_offers *o, size_t layer) {
    tw_planned_layer *reader = &o->graph->layers[layer];
    const int producer = reader->producer;
    if (producer < 0)
        return;
    const size_t before = o->graph->result_layer[producer], after = o->graph->result_layer[layer];
    if (!o->machine->reuse || reader->repeat != 1 || o->graph->layers[producer].repeat != 1 ||
        !o->request->model->meets(&o->result->hierarchy, problem_of(o, before),
                                  problem_of(o, after))) {
        reader->producer = TW_NO_PRODUCER;
        reader->sole_reader = false;
        return;
    }
    o->kinds[tw_result_kind(o->result, before)].gives = true;
    o->kinds[tw_result_kind(o->result, after)].takes = true;
}

static void find_kinds(tw_layer_offers *o) {
    const bool can_share = o->machine->chips > 1 && o->request->model->can_use;
    for (size_t i = 0; i < o->graph->count; i++) {
        tw_layer_kind *k = &o->kinds[tw_result_kind(o->result, o->graph->result_layer[i])];
        k->used = true;
        k->shares |= can_share && o->graph->has_partner[i];
        match_producer(o, i);
    }
}

/* ---- Parts ---- */

static tw_status add_part(tw_layer_offers *o, size_t index, uint64_t side_chips) {
    tw_layer_kind *k = &o->kinds[index];
    const tw_schedule_request *r = o->request;
    const char *name = o->result->layers[index].layer->name;
    if (o->part_count == o->part_capacity) {
        const size_t capacity = 2 * o->part_capacity + 16;
        tw_offer_part *grown = tw_resize(o->ctx, o->parts, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(o->ctx);
        o->parts = grown;
        o->part_capacity = capacity;
    }
    tw_offer_part *p = &o->parts[o->part_count];
    *p = (tw_offer_part){.kind = index,
                         .request = {.side_chips = side_chips,
                                     .holds_output = !side_chips && k->gives,
                                     .holds_input = !side_chips && k->takes},
                         .options = tw_map_search_options(r->options, r->partial, name)};
    if (side_chips)
        snprintf(p->item, sizeof p->item, "%.80s on %llu of %llu chips", name,
                 (unsigned long long)side_chips, (unsigned long long)o->machine->chips);
    else
        snprintf(p->item, sizeof p->item, "%.80s, for the schedule", name);
    p->ctx = tw_ctx_child(o->ctx);
    if (!p->ctx)
        return TW_ERROR;
    if (k->part_count++ == 0)
        k->first_part = o->part_count;
    o->part_count++;
    return TW_OK;
}

/* The layer's own search has answered already: with what is best for energy, when nothing else can
 * be of use, or with its whole front. */
static bool is_answered(const tw_layer_offers *o, size_t index) {
    const tw_search_result *own = &o->result->layers[index].search;
    const tw_layer_kind *k = &o->kinds[index];
    if (k->gives || k->takes)
        return false;
    if (o->result->objective == TW_OBJECTIVE_ENERGY)
        return o->machine->chips == 1;
    return own->found == TW_FOUND_OPTIMAL && own->front_count > 0;
}

static tw_status make_parts(tw_layer_offers *o) {
    for (size_t i = 0; i < o->result->layer_count; i++) {
        if (!o->kinds[i].used)
            continue;
        if (!is_answered(o, i))
            TW_TRY(add_part(o, i, 0));
        for (uint64_t n = 1; n < o->machine->chips && o->kinds[i].shares; n++)
            if (o->request->model->can_use(&o->result->hierarchy, problem_of(o, i), n))
                TW_TRY(add_part(o, i, n));
    }
    for (size_t i = 0; i < o->part_count; i++) { /* they do not move any more */
        tw_offer_part *p = &o->parts[i];
        p->request.options = &p->options;
        p->progress = (tw_task_progress){o->monitor, p->item, 0};
    }
    atomic_init(&o->parts_left, o->part_count);
    return TW_OK;
}

/* A fair share of the time that is left, or a half of it where that is less. */
static double time_share_s(tw_layer_offers *o) {
    if (o->request->deadline_s <= 0)
        return 0;
    const double left = o->request->deadline_s - tw_seconds();
    const double parts = (double)atomic_load(&o->parts_left);
    const double at_once = fmin(o->request->threads, parts);
    return fmax(1e-3, left * fmin(0.5, 2 * at_once / parts));
}

static void run_part(void *shared, size_t index, unsigned worker) {
    (void)worker;
    tw_layer_offers *o = shared;
    tw_offer_part *p = &o->parts[index];
    if (tw_is_cancelled(p->ctx)) {
        p->list.limit = TW_CANCELLED;
        return;
    }
    p->options.time_limit_s = time_share_s(o);
    tw_monitor_item_begun(&p->progress);
    p->status = o->request->model->offers(p->ctx, &o->request->searched[0], problem_of(o, p->kind),
                                          &p->request, &p->list);
    atomic_fetch_sub(&o->parts_left, 1);
    tw_monitor_item_done(&p->progress, p->list.evaluated);
}

/* Messages of the parts, in order; the first failure. */
static tw_status join_parts(tw_layer_offers *o) {
    tw_status status = TW_OK;
    for (size_t i = 0; i < o->part_count; i++) {
        tw_ctx_join(o->ctx, o->parts[i].ctx);
        o->parts[i].ctx = NULL;
        if (status == TW_OK)
            status = o->parts[i].status;
    }
    return status;
}

/* ---- Choices ---- */

static tw_status add_own_point(tw_layer_offers *o, size_t index, const tw_mapping *mapping) {
    tw_offer offer = {.mapping = *mapping};
    if (!o->request->model->choice(&o->result->hierarchy, problem_of(o, index), mapping, false,
                                   &offer.choice))
        return TW_OK;
    return tw_offer_add(o->ctx, &o->kinds[index].alone, &offer);
}

/* What the layer's own search found, which exists when other searches found nothing. */
static tw_status add_own(tw_layer_offers *o, size_t index) {
    const tw_search_result *own = &o->result->layers[index].search;
    tw_offer_list *alone = &o->kinds[index].alone;
    if (is_answered(o, index)) {
        alone->complete = own->found == TW_FOUND_OPTIMAL;
        alone->least_energy_pj = alone->complete ? HUGE_VAL : own->lower_bound;
        alone->least_cycles = alone->complete ? HUGE_VAL : 0;
    }
    for (size_t i = 0; i < own->front_count; i++)
        TW_TRY(add_own_point(o, index, &own->front[i].mapping));
    return add_own_point(o, index, &own->best.mapping);
}

static tw_status take_part(tw_layer_offers *o, const tw_offer_part *p, tw_offer_list *to) {
    for (size_t i = 0; i < p->list.count; i++)
        TW_TRY(tw_offer_add(o->ctx, to, &p->list.offers[i]));
    to->complete &= p->list.complete;
    to->least_energy_pj = fmin(to->least_energy_pj, p->list.least_energy_pj);
    to->least_cycles = fmin(to->least_cycles, p->list.least_cycles);
    memcpy(to->whole_input, p->list.whole_input, sizeof to->whole_input);
    memcpy(to->whole_output, p->list.whole_output, sizeof to->whole_output);
    return TW_OK;
}

static tw_status copy_choices(tw_layer_offers *o, const tw_offer_list *from,
                              const tw_choice **out) {
    tw_choice *choices = tw_arena_array(&o->result->arena, from->count + 1, sizeof *choices);
    if (!choices)
        return tw_out_of_memory(o->ctx);
    for (size_t i = 0; i < from->count; i++)
        choices[i] = from->offers[i].choice;
    *out = choices;
    return TW_OK;
}

static tw_status make_choices(tw_layer_offers *o, size_t index) {
    tw_layer_kind *k = &o->kinds[index];
    const bool searched = !is_answered(o, index);
    k->alone =
        (tw_offer_list){.complete = true, .least_energy_pj = HUGE_VAL, .least_cycles = HUGE_VAL};
    k->side =
        (tw_offer_list){.complete = true, .least_energy_pj = HUGE_VAL, .least_cycles = HUGE_VAL};
    for (size_t i = 0; i < k->part_count; i++)
        TW_TRY(
            take_part(o, &o->parts[k->first_part + i], i == 0 && searched ? &k->alone : &k->side));
    TW_TRY(add_own(o, index));
    const tw_offer_request alone = {.holds_output = k->gives, .holds_input = k->takes};
    const tw_offer_request side = {.side_chips = 1};
    tw_offers_sift(&k->alone, &alone);
    tw_offers_sift(&k->side, &side);
    k->choices =
        (tw_choices){.alone_count = k->alone.count,
                     .side_count = k->side.count,
                     .complete = k->alone.complete && k->side.complete,
                     .least_energy_pj = fmin(k->alone.least_energy_pj, k->side.least_energy_pj),
                     .least_cycles = fmin(k->alone.least_cycles, k->side.least_cycles)};
    memcpy(k->choices.whole_input, k->alone.whole_input, sizeof k->choices.whole_input);
    memcpy(k->choices.whole_output, k->alone.whole_output, sizeof k->choices.whole_output);
    TW_TRY(copy_choices(o, &k->alone, &k->choices.alone));
    return copy_choices(o, &k->side, &k->choices.side);
}

/* ---- The whole ---- */

tw_status tw_layer_offers_init(tw_layer_offers *o) {
    o->kinds = tw_alloc_array(o->ctx, o->result->layer_count + 1, sizeof *o->kinds);
    if (!o->kinds)
        return tw_out_of_memory(o->ctx);
    find_kinds(o);
    return make_parts(o);
}

tw_status tw_layer_offers_run(tw_layer_offers *o) {
    TW_TRY(tw_parallel_for(o->ctx, o->request->threads, o->part_count, run_part, o));
    TW_TRY(join_parts(o));
    for (size_t i = 0; i < o->result->layer_count; i++)
        if (o->kinds[i].used)
            TW_TRY(make_choices(o, i));
    for (size_t i = 0; i < o->graph->count; i++)
        o->graph->layers[i].choices =
            &o->kinds[tw_result_kind(o->result, o->graph->result_layer[i])].choices;
    return TW_OK;
}

void tw_layer_offers_free(tw_layer_offers *o) {
    for (size_t i = 0; i < o->part_count; i++) {
        if (o->parts[i].ctx)
            tw_ctx_join(o->ctx, o->parts[i].ctx);
        tw_offers_free(o->ctx, &o->parts[i].list);
    }
    for (size_t i = 0; o->kinds && i < o->result->layer_count; i++) {
        tw_offers_free(o->ctx, &o->kinds[i].alone);
        tw_offers_free(o->ctx, &o->kinds[i].side);
    }
    tw_free(o->ctx, o->parts);
    tw_free(o->ctx, o->kinds);
}
