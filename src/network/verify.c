/* Checks a result against itself: from its accelerator, problems and mappings every number is
 * computed anew and written in the same form; then the two texts are compared value by value. What
 * only the search knew (bounds, statistics) must at least be consistent. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "input/file.h"
#include "network/compare.h"
#include "network/network_schedule.h"
#include "network/result_read.h"
#include "network/result_write.h"
#include "oracle/simulator.h"

enum { SIMULATION_WORK = 20 * 1000 * 1000 };

typedef struct {
    tw_ctx *ctx;
    tw_arena arena;
    tw_document given, computed;
    tw_result *result;
    bool simulate;
    FILE *out;
    size_t differences, unmapped, too_large;
} verification;

/* ---- What the search said ---- */

static size_t check_proof(verification *v, const tw_layer_result *layer, const tw_node *at) {
    const tw_search_result *search = &layer->search;
    const double bound = search->lower_bound, value = search->objective_value;
    const bool proves = search->found == TW_FOUND_OPTIMAL;
    if (proves && !isfinite(bound)) {
        tw_node_error(&v->given, at, "layer %s is called optimal without a lower bound",
                      layer->layer->name);
        return 1;
    }
    if (bound > value || (proves && bound != value)) {
        tw_node_error(&v->given, at,
                      "layer %s is called %s, but its lower bound %.17g and its value %.17g do "
                      "not fit",
                      layer->layer->name, tw_found_names[search->found], bound, value);
        return 1;
    }
    return 0;
}

/* Along a front energy rises and latency falls. */
static size_t check_front(verification *v, const tw_layer_result *layer, const tw_node *at) {
    for (size_t i = 1; i < layer->search.front_count; i++) {
        const tw_cost *a = &layer->search.front[i - 1].cost, *b = &layer->search.front[i].cost;
        if (a->energy_pj < b->energy_pj && a->latency_cycles > b->latency_cycles)
            continue;
        tw_node_error(&v->given, at, "layer %s: point %zu of its front does not trade off with %zu",
                      layer->layer->name, i + 1, i);
        return 1;
    }
    return 0;
}

/* ---- Execution ---- */

static bool same_counts(const tw_simulated_counts *a, const tw_tensor_cost *b) {
    return a->tile_words == b->tile_words && a->fill == b->fill && a->read == b->read &&
           a->update == b->update && a->psum_read == b->psum_read && a->evict == b->evict &&
           a->refill == b->refill;
}

static size_t compare_simulation(verification *v, const tw_layer_result *layer, const tw_node *at,
                                 const tw_simulation *simulation) {
    const tw_problem *problem = &layer->layer->problem;
    const tw_cost *cost = &layer->search.best.cost;
    size_t differences = 0;
    for (unsigned l = 0; l < cost->level_count; l++)
        for (unsigned t = 0; t < cost->tensor_count; t++)
            if (!same_counts(&simulation->counts[l][t], &cost->levels[l].tensors[t])) {
                tw_node_error(&v->given, at,
                              "layer %s: executed, the %s at %s moves other words than the model "
                              "says",
                              layer->layer->name, problem->tensors[t].name,
                              v->result->hierarchy.levels[l].name);
                differences++;
            }
    return differences;
}

/* Executes the nest in a context of its own, whose complaint about too large a nest is no error.
 * What to say about the layer in *said. */
static tw_status simulate(verification *v, const tw_layer_result *layer, const tw_node *at,
                          const char **said, size_t *differences) {
    tw_simulation *simulation = tw_arena_alloc(&v->arena, sizeof *simulation);
    tw_ctx *child = simulation ? tw_ctx_child(v->ctx) : NULL;
    if (!child)
        return tw_out_of_memory(v->ctx);
    const tw_status status = tw_simulate(child, &v->result->hierarchy, &layer->layer->problem,
                                         &layer->search.best.mapping, SIMULATION_WORK, simulation);
    if (status != TW_LIMIT) {
        tw_ctx_join(v->ctx, child);
        if (status != TW_OK)
            return status;
        *differences += compare_simulation(v, layer, at, simulation);
        *said = ", executed";
        return TW_OK;
    }
    tw_ctx_free(child);
    v->too_large++;
    *said = ", too large to execute";
    return TW_OK;
}

/* ---- Layers ---- */

/* Without the control characters that a file may have put into it. */
static void print_name(const char *name, FILE *out) {
    for (const char *c = name; *c; c++)
        fputc((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c, out);
}

static tw_status verify_layer(verification *v, size_t index, const tw_node *given,
                              const tw_node *computed) {
    const tw_layer_result *layer = &v->result->layers[index];
    const char *said = "";
    char path[40];
    snprintf(path, sizeof path, "layers[%zu]", index);
    size_t differences = tw_tree_compare(&v->given, path, given, computed, NULL);
    if (!tw_layer_is_mapped(layer)) {
        v->unmapped++;
        said = ", no mapping to check";
    } else {
        differences += check_proof(v, layer, given) + check_front(v, layer, given);
        if (v->simulate && strcmp(v->result->model, "loopnest") != 0)
            said = ", not executed: its model has its own rule of reuse";
        else if (v->simulate)
            TW_TRY(simulate(v, layer, given, &said, &differences));
    }
    v->differences += differences;
    print_name(layer->layer->name, v->out);
    if (differences)
        fprintf(v->out, ": %zu difference%s\n", differences, differences == 1 ? "" : "s");
    else
        fprintf(v->out, ": ok%s\n", said);
    return tw_is_cancelled(v->ctx) ? TW_CANCELLED : TW_OK;
}

static tw_status verify_layers(verification *v) {
    const tw_node *given = tw_node_get(v->given.root, "layers");
    const tw_node *computed = tw_node_get(v->computed.root, "layers");
    for (size_t i = 0; i < v->result->layer_count; i++)
        TW_TRY(verify_layer(v, i, given->values[i], computed->values[i]));
    return TW_OK;
}

/* ---- The schedule ---- */

static size_t check_schedule_proof(verification *v, const tw_node *at) {
    const tw_network_schedule *s = v->result->schedule;
    const double bound = s->lower_bound, value = s->objective_value;
    if (bound <= value && (s->found != TW_FOUND_OPTIMAL || bound == value))
        return 0;
    tw_node_error(&v->given, at,
                  "the schedule is called %s, but its lower bound %.17g and its value %.17g do not "
                  "fit",
                  tw_found_names[s->found], bound, value);
    return 1;
}

static size_t check_schedule_front(verification *v, const tw_node *at) {
    const tw_network_schedule *s = v->result->schedule;
    for (size_t i = 1; i < s->schedule_count; i++) {
        const tw_schedule *a = &s->schedules[i - 1], *b = &s->schedules[i];
        if (a->energy_pj < b->energy_pj && a->cycles > b->cycles)
            continue;
        tw_node_error(&v->given, at, "schedule: point %zu of its front does not trade off with %zu",
                      i + 1, i);
        return 1;
    }
    return 0;
}

static void verify_schedule(verification *v) {
    const tw_node *given = tw_node_get(v->given.root, "schedule");
    const tw_node *computed = tw_node_get(v->computed.root, "schedule");
    if (!v->result->schedule)
        return;
    const size_t differences = tw_tree_compare(&v->given, "schedule", given, computed, NULL) +
                               check_schedule_proof(v, given) + check_schedule_front(v, given);
    v->differences += differences;
    if (differences)
        fprintf(v->out, "schedule: %zu difference%s\n", differences, differences == 1 ? "" : "s");
    else
        fprintf(v->out, "schedule: ok, %zu steps\n", v->result->schedule->schedules[0].step_count);
}

/* ---- The whole ---- */

static tw_status compute_anew(verification *v) {
    tw_text text;
    tw_text_init(&text, v->ctx);
    tw_result_write_json(&text, v->result, false);
    char *bytes = text.failed ? NULL : tw_arena_strndup(&v->arena, text.data, text.length);
    const size_t size = text.length;
    tw_text_free(&text);
    if (!bytes)
        return tw_out_of_memory(v->ctx);
    return tw_document_parse(v->ctx, &v->arena, "computed", bytes, size, &v->computed);
}

static tw_status verify(verification *v, const char *path) {
    static const char *const skip[] = {"layers", "schedule", "timing", "version", NULL};
    char *bytes = NULL;
    size_t size = 0;
    TW_TRY(tw_file_read(v->ctx, &v->arena, path, TW_MAX_TEXT_BYTES, &bytes, &size));
    TW_TRY(tw_document_parse(v->ctx, &v->arena, path, bytes, size, &v->given));
    TW_TRY(tw_result_read(&v->given, &v->result));
    TW_TRY(compute_anew(v));
    TW_TRY(verify_layers(v));
    verify_schedule(v);
    v->differences += tw_tree_compare(&v->given, "", v->given.root, v->computed.root, skip);
    fprintf(v->out, "%s: %zu layer%s, %zu difference%s", path, v->result->layer_count,
            v->result->layer_count == 1 ? "" : "s", v->differences, v->differences == 1 ? "" : "s");
    if (v->unmapped)
        fprintf(v->out, ", %zu without a mapping", v->unmapped);
    if (v->too_large)
        fprintf(v->out, ", %zu too large to execute", v->too_large);
    fprintf(v->out, "\n");
    return v->differences ? TW_INVALID : TW_OK;
}

tw_status tw_verify(tw_ctx *ctx, const char *path, bool simulate_too, FILE *out) {
    verification v = {.ctx = ctx, .simulate = simulate_too, .out = out};
    tw_arena_init(&v.arena, ctx);
    tw_status status = verify(&v, path);
    tw_result_free(v.result);
    tw_arena_free(&v.arena);
    if (status == TW_OK && (fflush(out) != 0 || ferror(out)))
        status = tw_fail(ctx, TW_ERROR, NULL, "cannot write the output: %s", strerror(errno));
    return status;
}
