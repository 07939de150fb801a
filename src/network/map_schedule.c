/* Layers are asked what they offer, the best schedule of these offers is looked for, and what it
 * uses goes into the result. */
#include "network/map_schedule.h"

#include <math.h>
#include <string.h>

#include "network/layer_offers.h"
#include "network/network_schedule.h"
#include "network/select.h"

/* So many runs of a front's points can be read back with the rest of the result. */
enum { MOST_CHIPS = 1024, MOST_RUNS = 400000 };

typedef struct {
    tw_ctx *ctx;
    const tw_schedule_request *request;
    tw_result *result;
    tw_network_graph graph;
    tw_schedule_machine machine;
    tw_layer_offers offers;
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

static void run_all(void *data) {
    job *j = data;
    tw_schedule_limits limits = tw_schedule_default_limits;
    limits.walk.deadline_s = j->request->deadline_s;
    limits.walk.schedules = MOST_RUNS / (2 * j->graph.count + 8) + 2;
    j->ran = tw_layer_offers_run(&j->offers);
    if (j->ran != TW_OK)
        return;
    const tw_schedule_problem problem = {j->machine, j->graph.count, j->graph.layers};
    j->ran = tw_schedule_best(j->ctx, &problem, tw_schedule_objective_of(j->result->objective),
                              &limits, &j->best);
}

/* ---- The schedule as a part of the result ---- */

/* Where the mappings of a kind stand in the result, from 1: alone, and side by side. */
typedef struct {
    uint32_t *alone, *side;
} places;

static uint32_t *place_of(const job *j, const places *at, const tw_schedule *schedule, size_t step,
                          const tw_run *run) {
    const places *own = &at[tw_result_kind(j->result, j->graph.result_layer[run->layer])];
    return (schedule->steps[step].run_count > 1 ? own->side : own->alone) + run->choice;
}

static tw_status make_places(job *j, places *at, size_t *used) {
    for (size_t i = 0; i < j->result->layer_count; i++) {
        const tw_layer_kind *k = &j->offers.kinds[i];
        at[i].alone = tw_alloc_array(j->ctx, k->alone.count + 1, sizeof *at[i].alone);
        at[i].side = tw_alloc_array(j->ctx, k->side.count + 1, sizeof *at[i].side);
        if (!at[i].alone || !at[i].side)
            return tw_out_of_memory(j->ctx);
    }
    *used = 0;
    for (size_t s = 0; s < j->best.count; s++) {
        const tw_schedule *schedule = &j->best.schedules[s];
        for (size_t i = 0; i < schedule->step_count; i++)
            for (uint32_t r = 0; r < schedule->steps[i].run_count; r++) {
                uint32_t *place =
                    place_of(j, at, schedule, i, &schedule->runs[schedule->steps[i].first_run + r]);
                *used += *place == 0;
                *place = 1;
            }
    }
    return TW_OK;
}

/* Takes over the mappings that the schedules use, those of a kind together. */
static tw_status take_mappings(job *j, places *at, size_t used, tw_network_schedule *out) {
    out->mappings = tw_arena_array(&j->result->arena, used + 1, sizeof *out->mappings);
    out->priced = tw_arena_array(&j->result->arena, used + 1, sizeof *out->priced);
    if (!out->mappings || !out->priced)
        return tw_out_of_memory(j->ctx);
    for (size_t i = 0; i < j->result->layer_count; i++)
        for (int side = 0; side < 2; side++) {
            const tw_layer_kind *k = &j->offers.kinds[i];
            const tw_offer_list *list = side ? &k->side : &k->alone;
            uint32_t *place = side ? at[i].side : at[i].alone;
            for (size_t c = 0; c < list->count; c++) {
                if (!place[c])
                    continue;
                out->mappings[out->mapping_count++] =
                    (tw_schedule_mapping){i, side, list->offers[c].mapping};
                place[c] = (uint32_t)out->mapping_count;
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
            run->choice = *place_of(j, at, from, i, run) - 1;
        }
    return TW_OK;
}

static tw_status fill_schedule(job *j, places *at, tw_network_schedule *out) {
    const tw_best_schedules *best = &j->best;
    size_t used = 0;
    TW_TRY(make_places(j, at, &used));
    TW_TRY(take_mappings(j, at, used, out));
    out->schedules = tw_arena_array(&j->result->arena, best->count, sizeof *out->schedules);
    if (!out->schedules)
        return tw_out_of_memory(j->ctx);
    for (; out->schedule_count < best->count; out->schedule_count++)
        TW_TRY(take_schedule(j, at, &best->schedules[out->schedule_count],
                             &out->schedules[out->schedule_count]));
    tw_network_schedule_link(out);
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
    if (j->machine.chips > MOST_CHIPS)
        return tw_fail(j->ctx, TW_INVALID, NULL, "at most %d chips can be scheduled, not %llu",
                       MOST_CHIPS, (unsigned long long)j->machine.chips);
    TW_TRY(make_graph(j));
    if (j->graph.count == 0)
        return TW_OK;
    TW_TRY(tw_layer_offers_init(&j->offers));
    tw_monitor_run(&j->monitor, j->ctx, j->offers.part_count, run_all, j);
    TW_TRY(j->ran);
    TW_TRY(take_result(j));
    tw_result_sum(j->result);
    return TW_OK;
}

tw_status tw_map_schedule(tw_ctx *ctx, const tw_schedule_request *request, tw_result *result) {
    job j = {.ctx = ctx,
             .request = request,
             .result = result,
             .machine = tw_schedule_machine_of(request->model, &result->hierarchy,
                                               strcmp(request->options->reuse, "on") == 0)};
    j.offers = (tw_layer_offers){.ctx = ctx,
                                 .request = request,
                                 .result = result,
                                 .graph = &j.graph,
                                 .machine = &j.machine,
                                 .monitor = &j.monitor};
    const tw_status status = run(&j);
    tw_layer_offers_free(&j.offers);
    tw_best_schedules_free(ctx, &j.best);
    return status;
}
