/* `tilewright neurospector ...`: reads what the original reads, prints and writes what it does,
 * with real exit statuses. Results of the optimizer go to files in the current folder, named as
 * there, each with a scheduling table beside it that the analyzer takes (dataflows included). */
#include "neurospector/front_door.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/pool.h"
#include "input/neurospector_cfg.h"
#include "neurospector/bottom_up.h"
#include "neurospector/brute_force.h"
#include "neurospector/exact.h"
#include "neurospector/legality.h"
#include "neurospector/network_wise.h"
#include "neurospector/print.h"

/* The search of one layer; a context serves one thread at a time. */
typedef struct {
    size_t layer;
    tw_ctx *ctx; /* NULL once its messages are taken over */
    bool done;
    tw_status status;
    ns_search_result result;
} layer_search;

typedef struct {
    tw_ctx *ctx;
    tw_arena arena;
    ns_arguments arguments;
    ns_accelerator accelerator;
    ns_network network;
    ns_model single;
    ns_dataflows last; /* of all combinations: those in force after a layer was searched */
    size_t search_count;
    layer_search *searches;
    FILE *out, *err;
} session;

typedef tw_status (*read_fn)(session *s, const tw_input *input);

static tw_status read_accelerator(session *s, const tw_input *input) {
    return ns_accelerator_read(input, &s->arena, &s->accelerator);
}

static tw_status read_network(session *s, const tw_input *input) {
    return ns_network_read(input, &s->arena, NS_GROUPS_RAW, &s->network);
}

static tw_status read_file(session *s, const char *path, read_fn read) {
    tw_input input;
    TW_TRY(tw_input_open(s->ctx, path, &input));
    const tw_status status = read(s, &input);
    tw_input_close(&input);
    return status;
}

static void print_cost(session *s, const ns_layer *layer, const ns_dataflows *dataflows,
                       const ns_table *table, const ns_cost *cost, ns_print_style style,
                       FILE *out) {
    ns_print_result(&s->accelerator, layer, dataflows, table, cost, style, out);
}

/* ---- Analyzer ---------------------------------------------------------------------------------
 */

static const ns_layer *layer_of_table(session *s, const ns_schedule *schedule) {
    if (!schedule->layer)
        return NULL;
    for (size_t i = 0; i < s->network.layer_count; i++)
        if (strcasecmp(s->network.layers[i].name, schedule->layer) == 0)
            return &s->network.layers[i];
    tw_diag(s->ctx, TW_SEVERITY_ERROR, &schedule->at, "network %s has no layer %s", s->network.name,
            schedule->layer);
    return NULL;
}

static tw_status analyze(session *s, const tw_input *input) {
    ns_schedule *schedules = NULL;
    size_t count = 0;
    TW_TRY(ns_schedules_read(input, &s->arena, &s->accelerator, &schedules, &count));
    for (size_t i = 0; i < count; i++) {
        const ns_schedule *schedule = &schedules[i];
        const ns_layer *layer = layer_of_table(s, schedule);
        ns_cost cost;
        if (!layer)
            return TW_INVALID;
        TW_TRY(ns_table_check(s->ctx, &schedule->at, &s->accelerator, layer, &schedule->table));
        TW_TRY(ns_single_check(s->ctx, &s->single, layer));
        ns_evaluate(&s->single, layer, &schedule->dataflows, &schedule->table, &cost);
        if (i == 0)
            ns_print_accelerator(&s->accelerator, s->out);
        print_cost(s, layer, &schedule->dataflows, &schedule->table, &cost, NS_PRINT_TERMINAL,
                   s->out);
    }
    return TW_OK;
}

/* ---- Optimizer --------------------------------------------------------------------------------
 */

static const char *const optimizer_words[] = {"bottom_up", "brute-force", "exact"}; /* of files */
static const char *const search_words[] = {"bottom-up", "brute-force", "exact"};

static tw_status open_result(session *s, size_t layer, const char *ending, char path[1024],
                             FILE **out) {
    const int length = snprintf(path, 1024, "%s-%s_%zu-%s.%s", s->accelerator.name, s->network.name,
                                layer + 1, optimizer_words[s->arguments.optimizer], ending);
    for (char *c = path; *c; c++)
        *c = *c == '/' ? '_' : (char)tolower((unsigned char)*c); /* a name is no path */
    const tw_position at = {.file = path};
    if (length < 0 || length >= 1024)
        return tw_fail(s->ctx, TW_INVALID, NULL, "the names make too long a file name");
    *out = fopen(path, "w");
    return *out ? TW_OK : tw_fail(s->ctx, TW_ERROR, &at, "cannot be written: %s", strerror(errno));
}

static tw_status close_result(session *s, const char *path, FILE *file) {
    const tw_position at = {.file = path};
    const bool failed = ferror(file);
    if (fclose(file) != 0 || failed)
        return tw_fail(s->ctx, TW_ERROR, &at, "cannot be written: %s", strerror(errno));
    return TW_OK;
}

static tw_status write_result(session *s, size_t index, const ns_search_result *result,
                              const ns_cost *cost) {
    const ns_layer *layer = &s->network.layers[index];
    char path[1024];
    FILE *file = NULL;
    TW_TRY(open_result(s, index, "txt", path, &file));
    if (s->arguments.optimizer != NS_BRUTE_FORCE) {
        ns_print_accelerator(&s->accelerator, file);
        fprintf(file, "Strategies : %s\n",
                s->arguments.optimizer == NS_EXACT ? "EXACT" : result->strategy);
    }
    print_cost(s, layer, &result->dataflows, &result->table, cost, NS_PRINT_FILE, file);
    TW_TRY(close_result(s, path, file));
    fprintf(s->err, "[message] optimization result is written in '%s'\n", path);
    TW_TRY(open_result(s, index, "cfg", path, &file));
    ns_write_schedule(&s->accelerator, layer->name, &result->dataflows, &result->table, file);
    return close_result(s, path, file);
}

static tw_status no_mapping(session *s, const ns_layer *layer) {
    char reason[160];
    if (ns_smallest_tile_fails(&s->accelerator, layer, reason, sizeof reason))
        return tw_fail(s->ctx, TW_INFEASIBLE, &layer->at,
                       "layer %s has no valid mapping: even for single words %s", layer->name,
                       reason);
    return tw_fail(s->ctx, TW_INFEASIBLE, &layer->at, "layer %s has no valid mapping found",
                   layer->name);
}

static tw_status search_layer(const session *s, tw_ctx *ctx, const ns_layer *layer,
                              const ns_search_options *options, ns_search_result *result) {
    TW_TRY(ns_single_check(ctx, &s->single, layer));
    switch (s->arguments.optimizer) {
    case NS_BRUTE_FORCE:
        return ns_brute_force(ctx, &s->accelerator, layer, options, result);
    case NS_EXACT:
        return ns_exact(ctx, &s->accelerator, layer, options, result);
    default:
        return ns_bottom_up(ctx, &s->accelerator, layer, options, result);
    }
}

/* What earlier layers leave to a later one are dataflows that do not depend on what was found: any
 * number of layers can be searched at a time. */
static void run_search(void *shared, size_t index, unsigned worker) {
    (void)worker;
    const session *s = shared;
    layer_search *search = &s->searches[index];
    ns_search_options options = s->arguments.search;
    options.left_over = index > 0 ? &s->last : NULL;
    search->status =
        search_layer(s, search->ctx, &s->network.layers[search->layer], &options, &search->result);
    search->done = true;
}

/* What the layer run before left on the chips, for the cross-layer option. */
typedef struct {
    const ns_layer *layer;
    ns_table table;
} predecessor;

static tw_status optimize_layer(session *s, size_t index, predecessor *before) {
    layer_search *search = &s->searches[index];
    const ns_layer *layer = &s->network.layers[search->layer];
    const ns_search_result *result = &search->result;
    ns_cost cost;
    fprintf(s->err, "[message] Run %s search for a layer #%zu%s\n",
            search_words[s->arguments.optimizer], search->layer + 1,
            s->arguments.optimizer == NS_BRUTE_FORCE ? " ..." : "");
    if (!search->done)
        run_search(s, index, 0);
    tw_ctx_join(s->ctx, search->ctx);
    search->ctx = NULL;
    TW_TRY(search->status);
    if (!result->found && result->limit != TW_OK)
        return tw_fail(s->ctx, result->limit, &layer->at,
                       "layer %s has more tiles than this search looks at", layer->name);
    if (!result->found)
        return no_mapping(s, layer);
    ns_evaluate(&s->single, layer, &result->dataflows, &result->table, &cost);
    if (s->arguments.cross_layer && before->layer)
        ns_credit_reuse(&s->single, before->layer, &before->table, layer, &result->table, &cost);
    *before = (predecessor){layer, result->table};
    return write_result(s, search->layer, result, &cost);
}

static tw_status optimize_partition(session *s) {
    ns_partition partition;
    const ns_arguments *a = &s->arguments;
    const ns_layer *layers[64];
    for (size_t i = 0; i < a->partition_count; i++) {
        if (a->partition[i] > s->network.layer_count)
            return tw_fail(s->ctx, TW_USAGE, NULL,
                           "multi_chip_partitioning: network %s has %zu layers, not %llu",
                           s->network.name, s->network.layer_count,
                           (unsigned long long)a->partition[i]);
        layers[i] = &s->network.layers[a->partition[i] - 1];
        TW_TRY(ns_single_check(s->ctx, &s->single, layers[i]));
    }
    fprintf(s->err, "[message] Run Multichip partitioning\n");
    TW_TRY(ns_partition_chips(s->ctx, &s->accelerator, layers, a->partition_count, &a->search,
                              &partition));
    for (size_t i = 0; i < a->partition_count; i++) {
        const ns_search_result *result = &partition.results[i];
        ns_cost cost;
        ns_evaluate(&s->single, layers[i], &result->dataflows, &result->table, &cost);
        fprintf(s->out, "[message] layer #%llu: %llu chips, %s\n",
                (unsigned long long)a->partition[i], (unsigned long long)partition.chips[i],
                partition.parallel[i] ? "in parallel" : "alone");
        TW_TRY(write_result(s, (size_t)a->partition[i] - 1, result, &cost));
    }
    fprintf(s->out,
            "[message] Multi chip partitioning result : %g (one after the other, each on its best "
            "chips: %g)\n",
            partition.value, partition.alone_value);
    return TW_OK;
}

static tw_status list_searches(session *s) {
    const ns_arguments *a = &s->arguments;
    s->searches = tw_arena_array(&s->arena, s->network.layer_count, sizeof *s->searches);
    if (!s->searches)
        return tw_out_of_memory(s->ctx);
    for (size_t i = 0; i < s->network.layer_count; i++) {
        if (a->layer && a->layer != i + 1)
            continue;
        layer_search *search = &s->searches[s->search_count++];
        *search = (layer_search){.layer = i, .ctx = tw_ctx_child(s->ctx)};
        if (!search->ctx)
            return TW_ERROR;
    }
    return TW_OK;
}

/* Brute force shares the mappings of one layer among the threads. */
static tw_status search_at_once(session *s) {
    const ns_arguments *a = &s->arguments;
    if (a->search.threads == 1 || a->optimizer == NS_BRUTE_FORCE)
        return TW_OK;
    return tw_parallel_for(s->ctx, a->search.threads, s->search_count, run_search, s);
}

/* In the order of the file: what is printed and written does not depend on the threads. */
static tw_status write_searches(session *s) {
    predecessor before = {NULL, {{{0}}}};
    tw_status worst = TW_OK;
    for (size_t i = 0; i < s->search_count; i++) {
        const tw_status status = optimize_layer(s, i, &before);
        if (status == TW_ERROR || status == TW_CANCELLED)
            return status;
        worst = status != TW_OK && worst == TW_OK ? status : worst;
    }
    return worst;
}

static tw_status optimize(session *s) {
    const ns_arguments *a = &s->arguments;
    ns_dataflows all[NS_MAX_COMBINATIONS];
    s->last = all[ns_dataflow_combinations(&s->accelerator, a->search.flexible, all) - 1];
    if (a->layer > s->network.layer_count)
        return tw_fail(s->ctx, TW_USAGE, NULL, "layer=%llu: network %s has %zu layers",
                       (unsigned long long)a->layer, s->network.name, s->network.layer_count);
    if (a->partition_count > 0)
        return optimize_partition(s);
    tw_status status = list_searches(s);
    if (status == TW_OK)
        status = search_at_once(s);
    if (status == TW_OK)
        status = write_searches(s);
    for (size_t i = 0; i < s->search_count; i++)
        if (s->searches[i].ctx) {
            tw_diagnostics_forget(s->searches[i].ctx); /* of layers that were not reached */
            tw_ctx_join(s->ctx, s->searches[i].ctx);
        }
    return status;
}

/* ---- Main ---------------------------------------------------------------------------------------
 */

static tw_status run(session *s) {
    const ns_arguments *a = &s->arguments;
    const tw_status first = read_file(s, a->accelerator, read_accelerator);
    const tw_status second = read_file(s, a->network, read_network);
    TW_TRY(first);
    TW_TRY(second);
    ns_model_init(&s->single, &s->accelerator, true);
    if (a->run_type == NS_RUN_ANALYZER) {
        fprintf(s->err, "[message] Run Analyzer\n");
        return read_file(s, a->scheduling_table, analyze);
    }
    ns_print_accelerator(&s->accelerator, s->out);
    fprintf(s->err, "[message] Run optimizer\n");
    return optimize(s);
}

tw_status tw_neurospector_main(tw_ctx *ctx, int argc, char **argv, FILE *out, FILE *err) {
    session s = {.ctx = ctx, .out = out, .err = err};
    const time_t start = time(NULL);
    tw_arena_init(&s.arena, ctx);
    tw_status status = ns_parse_arguments(ctx, argc - 1, argv + 1, &s.arguments);
    s.arguments.search.single = true;
    if (status == TW_OK && s.arguments.help) {
        ns_print_help(out);
        return TW_OK;
    }
    if (status == TW_OK) {
        ns_print_request(argc - 1, argv + 1, s.arguments.run_type == NS_RUN_ANALYZER, err);
        status = run(&s);
        const long seconds = (long)(time(NULL) - start);
        if (status == TW_OK)
            fprintf(out, "[message] Runtime: %ldm %lds (%ld)\n", seconds / 60, seconds % 60,
                    seconds);
    }
    tw_diagnostics_print(ctx, err, false);
    tw_arena_free(&s.arena);
    return status;
}
