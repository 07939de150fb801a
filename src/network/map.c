/* The best mapping of every layer of a network. Equal layers are solved once and different ones
 * side by side, each in a context of its own; results and messages end up in the order of the
 * layers, whatever the number of threads. */
#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "input/constraints.h"
#include "input/mapping_set.h"
#include "network/map_schedule.h"
#include "network/map_tiled.h"
#include "network/model.h"
#include "network/options.h"
#include "network/progress.h"
#include "network/select.h"

/* One distinct problem. */
typedef struct {
    size_t layer; /* index of the first layer with it */
    tw_ctx *ctx;
    tw_status status;
    tw_task_progress progress;
} task;

typedef struct {
    tw_ctx *ctx;
    const tw_network *network;
    const tw_model *model;
    tw_map_options options; /* resolved */
    const tw_accelerator *accelerator;
    tw_hierarchy searched; /* with the constraints of this call */
    tw_mapping_set *partial;
    tw_result *result;
    task *tasks;
    size_t task_count;
    unsigned threads, threads_per_task;
    double began_s;
    atomic_size_t tasks_left;
    tw_monitor monitor;
    tw_status ran;
} job;

/* ---- What is searched ---- */

/* --dataflow free: any tensor may be stationary, but where a level says that none is. */
static void free_dataflow(tw_hierarchy *arch) {
    for (unsigned l = 0; l < arch->level_count; l++)
        if (arch->levels[l].constraints.stationary >= 0)
            arch->levels[l].constraints.stationary = TW_STATIONARY_FREE;
}

/* The result keeps the hierarchy with the constraints of this call: with it its mappings are
 * valid. */
static tw_status prepare_hierarchy(job *j) {
    if (j->options.constraints)
        TW_TRY(tw_constraints_merge(j->ctx, j->options.constraints, &j->result->hierarchy));
    j->searched = j->result->hierarchy;
    if (strcmp(j->options.dataflow, "free") == 0)
        free_dataflow(&j->searched);
    if (j->options.partial)
        TW_TRY(tw_mapping_set_load(j->ctx, j->options.partial, j->accelerator, j->network, true,
                                   &j->partial));
    return TW_OK;
}

static tw_status copy_settings(job *j) {
    const tw_map_options *options = &j->options;
    tw_result_settings *settings = &j->result->settings;
    *settings = (tw_result_settings){options->dataflow,     options->bypass,     options->search,
                                     options->constraints,  options->partial,    options->gap,
                                     options->time_limit_s, options->work_limit, options->seed};
    const char **const texts[] = {&settings->dataflow, &settings->bypass, &settings->technique,
                                  &settings->constraints, &settings->partial};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (*texts[i] && !(*texts[i] = tw_arena_strdup(&j->result->arena, *texts[i])))
            return tw_out_of_memory(j->ctx);
    return TW_OK;
}

/* With a partial mapping per layer, layers differ even where their problems are equal. */
static void find_shared(job *j) {
    if (!j->partial)
        tw_result_find_shared(j->result);
}

static tw_status make_tasks(job *j) {
    j->tasks = tw_alloc_array(j->ctx, j->result->layer_count + 1, sizeof *j->tasks);
    if (!j->tasks)
        return tw_out_of_memory(j->ctx);
    for (size_t i = 0; i < j->result->layer_count; i++) {
        if (j->result->layers[i].shared)
            continue;
        task *t = &j->tasks[j->task_count++];
        *t = (task){.layer = i, .ctx = tw_ctx_child(j->ctx)};
        if (!t->ctx)
            return TW_ERROR;
        t->progress = (tw_task_progress){&j->monitor, j->result->layers[i].layer->name, 0};
        if (j->ctx->progress)
            tw_set_progress(t->ctx, tw_monitor_report, &t->progress);
    }
    atomic_init(&j->tasks_left, j->task_count);
    j->threads = tw_thread_count(j->options.threads);
    j->threads_per_task = 1;
    if (j->task_count > 0 && j->task_count < j->threads)
        j->threads_per_task = j->threads / (unsigned)j->task_count;
    return TW_OK;
}

/* ---- One search ---- */

/* Half of the time that is left, or a fair share of it where that is more: hard layers are few, and
 * what a task does not use goes to later ones. */
static double time_share_s(job *j) {
    if (j->options.time_limit_s <= 0)
        return 0;
    const double left = j->options.time_limit_s - (tw_seconds() - j->began_s);
    const double tasks = (double)atomic_load(&j->tasks_left);
    const double at_once = j->threads < tasks ? (double)j->threads : tasks;
    const double share = left * (2 * at_once > tasks ? at_once / tasks : 0.5);
    return share > 1e-3 ? share : 1e-3;
}

static void run_task(void *shared, size_t index, unsigned worker) {
    (void)worker;
    job *j = shared;
    task *t = &j->tasks[index];
    tw_layer_result *layer = &j->result->layers[t->layer];
    if (tw_is_cancelled(t->ctx)) {
        layer->search = (tw_search_result){.found = TW_FOUND_NOTHING, .limit = TW_CANCELLED};
        return;
    }
    tw_search_options options = tw_map_search_options(&j->options, j->partial, layer->layer->name);
    options.time_limit_s = time_share_s(j);
    options.threads = j->threads_per_task;
    options.keep_front = strcmp(j->options.schedule, "network") == 0;
    tw_monitor_item_begun(&t->progress);
    t->status =
        j->model->search(t->ctx, &j->searched, &layer->layer->problem, &options, &layer->search);
    atomic_fetch_sub(&j->tasks_left, 1);
    tw_monitor_item_done(&t->progress, layer->search.evaluated);
}

static void run_tasks(void *data) {
    job *j = data;
    j->ran = tw_parallel_for(j->ctx, j->threads, j->task_count, run_task, j);
}

/* ---- The whole ---- */

/* Messages of the tasks, in order; the first failure. */
static tw_status join_tasks(job *j) {
    tw_status status = TW_OK;
    for (size_t i = 0; i < j->task_count; i++) {
        tw_ctx_join(j->ctx, j->tasks[i].ctx);
        if (status == TW_OK)
            status = j->tasks[i].status;
    }
    tw_free(j->ctx, j->tasks);
    j->tasks = NULL;
    j->task_count = 0;
    return status;
}

static void report_infeasible(job *j, const tw_layer_result *layer) {
    if (layer->search.found == TW_FOUND_INFEASIBLE)
        tw_diag(j->ctx, TW_SEVERITY_ERROR, &layer->layer->at, "layer %s has no valid mapping%s%s",
                layer->layer->name, layer->search.reason[0] ? ": " : "", layer->search.reason);
}

static void finish(job *j) {
    tw_result *result = j->result;
    for (size_t i = 0; i < result->layer_count; i++) {
        tw_layer_result *layer = &result->layers[i];
        if (layer->shared)
            layer->search = result->layers[layer->same_as].search;
        else
            report_infeasible(j, layer);
    }
    tw_result_sum(result);
    result->seconds = tw_seconds() - j->began_s;
    result->threads = j->threads;
}

static tw_status select_layers(job *j) {
    bool *selected = NULL;
    TW_TRY(tw_selection_make(j->ctx, j->network, &j->options, &selected));
    const tw_status status = tw_selection_copy(j->network, selected, j->result);
    tw_free(j->ctx, selected);
    return status;
}

/* Fronts that only the schedule needed. */
static void drop_fronts(tw_result *result) {
    for (size_t i = 0; i < result->layer_count && result->objective != TW_OBJECTIVE_PARETO; i++) {
        if (!result->layers[i].shared)
            tw_search_result_free(result->ctx, &result->layers[i].search);
        result->layers[i].search.front = NULL;
        result->layers[i].search.front_count = 0;
    }
}

static tw_status find_schedule(job *j) {
    const double limit_s = j->options.time_limit_s;
    const tw_schedule_request request = {.network = j->network,
                                         .model = j->model,
                                         .options = &j->options,
                                         .searched = &j->searched,
                                         .partial = j->partial,
                                         .deadline_s = limit_s > 0 ? j->began_s + limit_s : 0,
                                         .threads = j->threads};
    const tw_status status = tw_map_schedule(j->ctx, &request, j->result);
    drop_fronts(j->result);
    j->result->seconds = tw_seconds() - j->began_s;
    return status;
}

static tw_status run(job *j) {
    TW_TRY(prepare_hierarchy(j));
    TW_TRY(select_layers(j));
    TW_TRY(copy_settings(j));
    find_shared(j);
    tw_status status = make_tasks(j);
    if (status == TW_OK) {
        tw_monitor_run(&j->monitor, j->ctx, j->task_count, run_tasks, j);
        status = j->ran;
    }
    const tw_status tasks = join_tasks(j);
    if (status == TW_OK)
        status = tasks;
    if (status == TW_OK)
        finish(j);
    if (status == TW_OK && strcmp(j->options.schedule, "network") == 0)
        status = find_schedule(j);
    return status;
}

tw_status tw_map(tw_ctx *ctx, const tw_accelerator *accelerator, const tw_network *network,
                 const tw_map_options *options, tw_result **out) {
    job j = {.ctx = ctx, .network = network, .accelerator = accelerator, .began_s = tw_seconds()};
    *out = NULL;
    TW_TRY(tw_map_options_resolve(ctx, options, &j.options));
    if (accelerator->kind == TW_KIND_TILED)
        return tw_map_tiled(ctx, accelerator, network, &j.options, out);
    TW_TRY(tw_model_of(ctx, &j.options, accelerator, &j.model));
    TW_TRY(tw_schedule_check_options(ctx, j.model, &j.options));
    j.result = tw_result_new(ctx, tw_accelerator_name(accelerator), network->name,
                             &accelerator->hierarchy);
    if (!j.result)
        return TW_ERROR;
    j.result->command = "map";
    j.result->model = j.model->name;
    j.result->objective = tw_map_objective(&j.options);
    j.result->batch = network->batch;
    const tw_status status = run(&j);
    tw_mapping_set_free(j.partial);
    if (status != TW_OK) {
        tw_result_free(j.result);
        return status;
    }
    *out = j.result;
    return tw_result_status(j.result);
}
