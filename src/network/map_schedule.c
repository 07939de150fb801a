/* First every kind of layer is asked what it offers: alone, and, where layers can run side by side,
 * on every number of chips. These searches run in parallel, each in a context of its own; what they
 * find ends up in the order of the layers. Then the best schedule is looked for. */
#include "network/map_schedule.h"

#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "network/network_graph.h"
#include "network/network_schedule.h"
#include "network/options.h"
#include "network/progress.h"
#include "network/select.h"

enum { MOST_CHIPS = 1024, ITEM = 120 };

/* One search. */
typedef struct {
    size_t kind;
    tw_offer_request request;
    tw_search_options options;
    char item[ITEM];
    tw_ctx *ctx;
    tw_status status;
    tw_offer_list list;
    tw_task_progress progress;
} part;

/* Layers with the same problem, by the first of them. */
typedef struct {
    bool used, shares, gives, takes;
    size_t first_part, part_count; /* alone, then by number of chips */
    tw_offer_list alone, side;
    tw_choices choices;
} kind;

typedef struct {
    tw_ctx *ctx;
    const tw_schedule_request *request;
    tw_result *result;
    tw_network_graph graph;
    tw_schedule_machine machine;
    kind *kinds; /* by index of the first layer in the result */
    size_t part_count, part_capacity;
    part *parts;
    atomic_size_t parts_left;
    tw_monitor monitor;
    tw_best_schedules best;
    tw_status ran;
} job;

tw_status tw_schedule_check_options(tw_ctx *ctx, const tw_model *model,
                                    const tw_map_options *options) {
    const bool reuse = strcmp(options->reuse, "on") == 0;
    if (strcmp(options->schedule, "network") != 0)
        return reuse ? tw_fail(ctx, TW_USAGE, NULL, "reuse is for the schedule network") : TW_OK;
    if (strcmp(options->search, "exact") != 0)
        return tw_fail(ctx, TW_USAGE, NULL, "the schedule network needs the search exact, not %s",
                       options->search);
    if (reuse && !model->meets)
        return tw_fail(ctx, TW_USAGE, NULL, "the model %s knows no reuse between layers",
                       model->name);
    return TW_OK;
}

static const tw_problem *problem_of(const job *j, size_t layer) {
    return &j->result->layers[layer].layer->problem;
}

/* ---- Kinds of layers ---- */

static tw_status make_graph(job *j) {
    const tw_network *network = j->request->network;
    bool *selected = NULL;
    TW_TRY(tw_selection_make(j->ctx, network, j->request->options, &selected));
    size_t *origin = tw_alloc_array(j->ctx, j->result->layer_count + 1, sizeof *origin);
    tw_status status = origin ? TW_OK : tw_out_of_memory(j->ctx);
    size_t count = 0;
    for (size_t i = 0; status == TW_OK && i < network->layer_count; i++)
        if (selected[i])
            origin[count++] = i;
    if (status == TW_OK)
        status = tw_network_graph_make(j->ctx, network, origin, j->result, &j->graph);
    tw_free(j->ctx, origin);
    tw_free(j->ctx, selected);
    return status;
}

/* A producer stays one only where its reader can find something on the chips. */
static void match_producer(job *j, size_t layer) {
    tw_planned_layer *reader = &j->graph.layers[layer];
    const int producer = reader->producer;
    if (producer < 0)
        return;
    const size_t before = j->graph.result_layer[producer], after = j->graph.result_layer[layer];
    if (!j->machine.reuse || reader->repeat != 1 || j->graph.layers[producer].repeat != 1 ||
        !j->request->model->meets(&j->result->hierarchy, problem_of(j, before),
                                  problem_of(j, after))) {
        reader->producer = TW_NO_PRODUCER;
        reader->sole_reader = false;
        return;
    }
    j->kinds[tw_result_kind(j->result, before)].gives = true;
    j->kinds[tw_result_kind(j->result, after)].takes = true;
}

static void find_kinds(job *j) {
    const bool can_share = j->machine.chips > 1 && j->request->model->can_use;
    for (size_t i = 0; i < j->graph.count; i++) {
        kind *k = &j->kinds[tw_result_kind(j->result, j->graph.result_layer[i])];
        k->used = true;
        k->shares |= can_share && j->graph.has_partner[i];
        match_producer(j, i);
    }
}

/* ---- Parts ---- */

static tw_status add_part(job *j, size_t index, uint64_t side_chips) {
    kind *k = &j->kinds[index];
    const tw_schedule_request *r = j->request;
    const char *name = j->result->layers[index].layer->name;
    if (j->part_count == j->part_capacity) {
        const size_t capacity = 2 * j->part_capacity + 16;
        part *grown = tw_resize(j->ctx, j->parts, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(j->ctx);
        j->parts = grown;
        j->part_capacity = capacity;
    }
    part *p = &j->parts[j->part_count];
    *p = (part){.kind = index,
                .request = {.side_chips = side_chips,
                            .holds_output = !side_chips && k->gives,
                            .holds_input = !side_chips && k->takes},
                .options = tw_map_search_options(r->options, r->partial, name)};
    if (side_chips)
        snprintf(p->item, sizeof p->item, "%.80s on %llu of %llu chips", name,
                 (unsigned long long)side_chips, (unsigned long long)j->machine.chips);
    else
        snprintf(p->item, sizeof p->item, "%.80s, for the schedule", name);
    p->ctx = tw_ctx_child(j->ctx);
    if (!p->ctx)
        return TW_ERROR;
    if (k->part_count++ == 0)
        k->first_part = j->part_count;
    j->part_count++;
    return TW_OK;
}

/* One chip after the other for energy is what the layers' own searches have answered. */
static bool needs_no_search(const job *j) {
    return j->result->objective == TW_OBJECTIVE_ENERGY && j->machine.chips == 1 &&
           !j->machine.reuse;
}

static tw_status make_parts(job *j) {
    for (size_t i = 0; i < j->result->layer_count && !needs_no_search(j); i++) {
        if (!j->kinds[i].used)
            continue;
        TW_TRY(add_part(j, i, 0));
        for (uint64_t n = 1; n < j->machine.chips && j->kinds[i].shares; n++)
            if (j->request->model->can_use(&j->result->hierarchy, problem_of(j, i), n))
                TW_TRY(add_part(j, i, n));
    }
    for (size_t i = 0; i < j->part_count; i++) { /* they do not move any more */
        part *p = &j->parts[i];
        p->request.options = &p->options;
        p->progress = (tw_task_progress){&j->monitor, p->item, 0};
    }
    atomic_init(&j->parts_left, j->part_count);
    return TW_OK;
}

/* A fair share of the time that is left, or a half of it where that is less. */
static double time_share_s(job *j) {
    if (j->request->deadline_s <= 0)
        return 0;
    const double left = j->request->deadline_s - tw_seconds();
    const double parts = (double)atomic_load(&j->parts_left);
    const double at_once = fmin(j->request->threads, parts);
    return fmax(1e-3, left * fmin(0.5, 2 * at_once / parts));
}

static void run_part(void *shared, size_t index, unsigned worker) {
    (void)worker;
    job *j = shared;
    part *p = &j->parts[index];
    if (tw_is_cancelled(p->ctx)) {
        p->list.limit = TW_CANCELLED;
        return;
    }
    p->options.time_limit_s = time_share_s(j);
    tw_monitor_item_begun(&p->progress);
    p->status = j->request->model->offers(p->ctx, &j->request->searched[0], problem_of(j, p->kind),
                                          &p->request, &p->list);
    atomic_fetch_sub(&j->parts_left, 1);
    tw_monitor_item_done(&p->progress, p->list.evaluated);
}

/* Messages of the parts, in order; the first failure. */
static tw_status join_parts(job *j) {
    tw_status status = TW_OK;
    for (size_t i = 0; i < j->part_count; i++) {
        tw_ctx_join(j->ctx, j->parts[i].ctx);
        j->parts[i].ctx = NULL;
        if (status == TW_OK)
            status = j->parts[i].status;
    }
    return status;
}

/* ---- Choices ---- */

/* The mapping that the layer's own search found, which exists when other searches found none. */
static tw_status add_own(job *j, size_t index) {
    const tw_search_result *own = &j->result->layers[index].search;
    kind *k = &j->kinds[index];
    tw_offer offer = {.mapping = own->best.mapping};
    if (!j->request->model->choice(&j->result->hierarchy, problem_of(j, index), &offer.mapping,
                                   false, &offer.choice))
        return TW_OK;
    if (needs_no_search(j)) {
        k->alone.complete = own->found == TW_FOUND_OPTIMAL;
        k->alone.least_energy_pj = own->lower_bound;
    }
    return tw_offer_add(j->ctx, &k->alone, &offer);
}

static tw_status take_part(job *j, const part *p, tw_offer_list *to) {
    for (size_t i = 0; i < p->list.count; i++)
        TW_TRY(tw_offer_add(j->ctx, to, &p->list.offers[i]));
    to->complete &= p->list.complete;
    to->least_energy_pj = fmin(to->least_energy_pj, p->list.least_energy_pj);
    to->least_cycles = fmin(to->least_cycles, p->list.least_cycles);
    return TW_OK;
}

static tw_status copy_choices(job *j, const tw_offer_list *from, const tw_choice **out) {
    tw_choice *choices = tw_arena_array(&j->result->arena, from->count + 1, sizeof *choices);
    if (!choices)
        return tw_out_of_memory(j->ctx);
    for (size_t i = 0; i < from->count; i++)
        choices[i] = from->offers[i].choice;
    *out = choices;
    return TW_OK;
}

static tw_status make_choices(job *j, size_t index) {
    kind *k = &j->kinds[index];
    const bool searched = k->part_count > 0;
    k->alone = (tw_offer_list){.complete = searched,
                               .least_energy_pj = searched ? HUGE_VAL : 0,
                               .least_cycles = searched ? HUGE_VAL : 0};
    k->side =
        (tw_offer_list){.complete = true, .least_energy_pj = HUGE_VAL, .least_cycles = HUGE_VAL};
    for (size_t i = 0; i < k->part_count; i++)
        TW_TRY(take_part(j, &j->parts[k->first_part + i], i == 0 ? &k->alone : &k->side));
    TW_TRY(add_own(j, index));
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
    TW_TRY(copy_choices(j, &k->alone, &k->choices.alone));
    return copy_choices(j, &k->side, &k->choices.side);
}

static tw_status choose(job *j) {
    tw_schedule_limits limits = tw_schedule_default_limits;
    limits.walk.deadline_s = j->request->deadline_s;
    TW_TRY(join_parts(j));
    for (size_t i = 0; i < j->result->layer_count; i++)
        if (j->kinds[i].used)
            TW_TRY(make_choices(j, i));
    for (size_t i = 0; i < j->graph.count; i++)
        j->graph.layers[i].choices =
            &j->kinds[tw_result_kind(j->result, j->graph.result_layer[i])].choices;
    const tw_schedule_problem problem = {j->machine, j->graph.count, j->graph.layers};
    return tw_schedule_best(j->ctx, &problem, tw_schedule_objective_of(j->result->objective),
                            &limits, &j->best);
}

static void run_all(void *data) {
    job *j = data;
    j->ran = tw_parallel_for(j->ctx, j->request->threads, j->part_count, run_part, j);
    if (j->ran == TW_OK)
        j->ran = choose(j);
}

/* ---- The schedule as a part of the result ---- */

/* Where the mappings of a kind stand in the result: alone, then side by side. */
typedef struct {
    uint32_t *alone, *side;
} places;

static const kind *kind_of(const job *j, uint32_t planned, size_t *index) {
    *index = tw_result_kind(j->result, j->graph.result_layer[planned]);
    return &j->kinds[*index];
}

/* Takes over the mappings that the schedules use, those of a kind together. */
static tw_status take_mappings(job *j, places *at, tw_network_schedule *out) {
    size_t most = 0;
    for (size_t i = 0; i < j->result->layer_count; i++)
        most += j->kinds[i].alone.count + j->kinds[i].side.count;
    out->mappings = tw_arena_array(&j->result->arena, most + 1, sizeof *out->mappings);
    out->priced = tw_arena_array(&j->result->arena, most + 1, sizeof *out->priced);
    if (!out->mappings || !out->priced)
        return tw_out_of_memory(j->ctx);
    for (size_t i = 0; i < j->result->layer_count; i++)
        for (int side = 0; side < 2; side++) {
            const tw_offer_list *list = side ? &j->kinds[i].side : &j->kinds[i].alone;
            uint32_t *place = side ? at[i].side : at[i].alone;
            for (size_t c = 0; c < list->count; c++) {
                if (!place[c])
                    continue;
                place[c] = (uint32_t)out->mapping_count;
                out->mappings[out->mapping_count++] =
                    (tw_schedule_mapping){i, side, list->offers[c].mapping};
            }
        }
    return TW_OK;
}

static tw_status make_places(job *j, places *at) {
    for (size_t i = 0; i < j->result->layer_count; i++) {
        at[i].alone = tw_alloc_array(j->ctx, j->kinds[i].alone.count + 1, sizeof *at[i].alone);
        at[i].side = tw_alloc_array(j->ctx, j->kinds[i].side.count + 1, sizeof *at[i].side);
        if (!at[i].alone || !at[i].side)
            return tw_out_of_memory(j->ctx);
    }
    for (size_t s = 0; s < j->best.count; s++) {
        const tw_schedule *schedule = &j->best.schedules[s];
        for (size_t i = 0; i < schedule->step_count; i++)
            for (uint32_t r = 0; r < schedule->steps[i].run_count; r++) {
                const tw_run *run = &schedule->runs[schedule->steps[i].first_run + r];
                size_t index = 0;
                kind_of(j, run->layer, &index);
                (schedule->steps[i].run_count > 1 ? at[index].side : at[index].alone)[run->choice] =
                    1;
            }
    }
    return TW_OK;
}

static tw_status take_schedule(job *j, const places *at, const tw_schedule *from, tw_schedule *to) {
    tw_arena *arena = &j->result->arena;
    *to = *from;
    to->steps = tw_arena_array(arena, from->step_count + 1, sizeof *to->steps);
    to->runs = tw_arena_array(arena, from->run_count + 1, sizeof *to->runs);
    if (!to->steps || !to->runs)
        return tw_out_of_memory(j->ctx);
    memcpy(to->steps, from->steps, from->step_count * sizeof *to->steps);
    memcpy(to->runs, from->runs, from->run_count * sizeof *to->runs);
    for (size_t i = 0; i < to->step_count; i++)
        for (uint32_t r = 0; r < to->steps[i].run_count; r++) {
            tw_run *run = &to->runs[to->steps[i].first_run + r];
            size_t index = 0;
            kind_of(j, run->layer, &index);
            run->choice =
                (to->steps[i].run_count > 1 ? at[index].side : at[index].alone)[run->choice];
        }
    return TW_OK;
}

static tw_status fill_schedule(job *j, places *at, tw_network_schedule *out) {
    const tw_best_schedules *best = &j->best;
    TW_TRY(make_places(j, at));
    TW_TRY(take_mappings(j, at, out));
    out->schedules = tw_arena_array(&j->result->arena, best->count, sizeof *out->schedules);
    if (!out->schedules)
        return tw_out_of_memory(j->ctx);
    for (; out->schedule_count < best->count; out->schedule_count++)
        TW_TRY(take_schedule(j, at, &best->schedules[out->schedule_count],
                             &out->schedules[out->schedule_count]));
    out->choices = (tw_choices){.alone_count = out->mapping_count,
                                .side_count = out->mapping_count,
                                .alone = out->priced,
                                .side = out->priced,
                                .complete = best->proven};
    for (size_t i = 0; i < j->graph.count; i++)
        j->graph.layers[i].choices = &out->choices;
    if (!tw_network_schedule_price(j->result, j->request->model, out))
        return tw_fail(j->ctx, TW_ERROR, NULL, "internal: a mapping of the schedule has no price");
    return TW_OK;
}

/* The same numbers must come out again, since verify computes them from the mappings. */
static tw_status check_value(job *j, tw_network_schedule *out) {
    if (fabs(out->objective_value - j->best.value) > 1e-9 * j->best.value)
        return tw_fail(j->ctx, TW_ERROR, NULL,
                       "internal: the schedule costs %.17g by its mappings and %.17g by its search",
                       out->objective_value, j->best.value);
    out->lower_bound =
        j->best.proven ? out->objective_value : fmin(j->best.lower_bound, out->objective_value);
    return TW_OK;
}

static tw_status take_result(job *j) {
    tw_network_schedule *out = tw_arena_alloc(&j->result->arena, sizeof *out);
    places *at = tw_alloc_array(j->ctx, j->result->layer_count + 1, sizeof *at);
    if (!out || !at) {
        tw_free(j->ctx, at);
        return tw_out_of_memory(j->ctx);
    }
    *out = (tw_network_schedule){.found = j->best.proven ? TW_FOUND_OPTIMAL : TW_FOUND_FEASIBLE,
                                 .limit = j->best.limit,
                                 .slack_pj = j->best.slack_pj,
                                 .states = j->best.states,
                                 .labels = j->best.labels,
                                 .problem = {j->machine, j->graph.count, j->graph.layers},
                                 .layers = j->graph.layers,
                                 .result_layer = j->graph.result_layer};
    tw_status status = fill_schedule(j, at, out);
    if (status == TW_OK)
        status = check_value(j, out);
    for (size_t i = 0; i < j->result->layer_count; i++) {
        tw_free(j->ctx, at[i].alone);
        tw_free(j->ctx, at[i].side);
    }
    tw_free(j->ctx, at);
    if (status == TW_OK)
        j->result->schedule = out;
    return status;
}

/* ---- The whole ---- */

static tw_status run(job *j) {
    j->machine = tw_schedule_machine_of(j->request->model, &j->result->hierarchy,
                                        strcmp(j->request->options->reuse, "on") == 0);
    if (j->machine.chips > MOST_CHIPS)
        return tw_fail(j->ctx, TW_INVALID, NULL, "at most %d chips can be scheduled, not %llu",
                       MOST_CHIPS, (unsigned long long)j->machine.chips);
    TW_TRY(make_graph(j));
    if (j->graph.count == 0)
        return TW_OK;
    find_kinds(j);
    TW_TRY(make_parts(j));
    tw_monitor_run(&j->monitor, j->ctx, j->part_count, run_all, j);
    TW_TRY(j->ran);
    TW_TRY(take_result(j));
    tw_result_sum(j->result);
    return TW_OK;
}

static void release(job *j) {
    for (size_t i = 0; i < j->part_count; i++) {
        if (j->parts[i].ctx)
            tw_ctx_join(j->ctx, j->parts[i].ctx);
        tw_offers_free(j->ctx, &j->parts[i].list);
    }
    for (size_t i = 0; j->kinds && i < j->result->layer_count; i++) {
        tw_offers_free(j->ctx, &j->kinds[i].alone);
        tw_offers_free(j->ctx, &j->kinds[i].side);
    }
    tw_best_schedules_free(j->ctx, &j->best);
    tw_free(j->ctx, j->parts);
    tw_free(j->ctx, j->kinds);
}

tw_status tw_map_schedule(tw_ctx *ctx, const tw_schedule_request *request, tw_result *result) {
    job j = {.ctx = ctx, .request = request, .result = result};
    j.kinds = tw_alloc_array(ctx, result->layer_count + 1, sizeof *j.kinds);
    const tw_status status = j.kinds ? run(&j) : tw_out_of_memory(ctx);
    release(&j);
    return status;
}
