/* The table of a result: a line per layer, the totals, the energy breakdown of the whole. */
#include <math.h>
#include <string.h>

#include "report/cells.h"
#include "report/report.h"

enum { NUMBER = 10, UTILIZATION = 7, REPEAT = 5, STATUS = 20, MOST_NAME = 32, DIMS_TEXT = 256 };

typedef struct {
    const tw_result *result;
    const tw_write_options *options;
    tw_palette colors;
    int name, repeat, dims, edp; /* widths; 0 leaves a column out */
} table;

void tw_report_status(char *out, size_t size, const tw_layer_result *layer) {
    const tw_search_result *search = &layer->search;
    char gap[TW_NUMBER_TEXT];
    tw_number_percent(gap, tw_search_gap(search));
    if (search->found == TW_FOUND_FEASIBLE && isfinite(search->lower_bound))
        snprintf(out, size, "gap %s", gap);
    else if (search->found == TW_FOUND_FEASIBLE)
        snprintf(out, size, "feasible, no bound");
    else if (search->found == TW_FOUND_NOTHING)
        snprintf(out, size, "none before limit");
    else
        snprintf(out, size, "%s", tw_found_names[search->found]);
}

static const char *status_color(const table *t, const tw_layer_result *layer) {
    switch (layer->search.found) {
    case TW_FOUND_OPTIMAL:
    case TW_FOUND_EVALUATED:
        return t->colors.good;
    case TW_FOUND_FEASIBLE:
        return t->colors.warn;
    case TW_FOUND_INFEASIBLE:
    case TW_FOUND_NOTHING:
        break;
    }
    return t->colors.bad;
}

/* Names and dimensions share what the numbers leave of the width. */
static void choose_widths(table *t) {
    int name = 5, dims = 10;
    for (size_t i = 0; i < t->result->layer_count; i++) {
        const tw_layer *layer = t->result->layers[i].layer;
        char text[DIMS_TEXT];
        tw_dims_text(text, sizeof text, &layer->problem);
        if (tw_columns(layer->name) > name)
            name = tw_columns(layer->name);
        if (tw_columns(text) > dims)
            dims = tw_columns(text);
        if (layer->repeat > 1)
            t->repeat = REPEAT;
    }
    t->name = name > MOST_NAME ? MOST_NAME : name;
    t->edp = t->result->objective == TW_OBJECTIVE_EDP ? NUMBER : 0;
    const int room = (int)t->options->width - t->name - t->repeat - t->edp - 2 * (NUMBER + 1) -
                     UTILIZATION - STATUS - 2;
    t->dims = dims < room ? dims : room < 10 ? 10 : room;
}

static void add_title(const table *t, tw_text *out) {
    const tw_result *result = t->result;
    const char *what = result->objective == TW_OBJECTIVE_PARETO
                           ? "energy and latency"
                           : tw_objective_names[result->objective];
    tw_text_add(out, "%s", t->colors.bold);
    tw_cell_plain(out, result->network_name);
    tw_text_add(out, " on ");
    tw_cell_plain(out, result->accelerator_name);
    tw_text_add(out, "%s: ", t->colors.reset);
    if (result->settings.technique)
        tw_text_add(out, "least %s, %s search, %s dataflow, %s model\n\n", what,
                    result->settings.technique, result->settings.dataflow, result->model);
    else
        tw_text_add(out, "given mappings, %s model\n\n", result->model);
}

static void add_heading(const table *t, tw_text *out) {
    tw_text_add(out, "%s", t->colors.dim);
    tw_cell(out, "layer", t->name);
    if (t->repeat)
        tw_cell(out, "times", -t->repeat - 1);
    tw_text_add(out, "  ");
    tw_cell(out, "dimensions", t->dims);
    tw_cell(out, "energy", -NUMBER - 1);
    tw_cell(out, "cycles", -NUMBER - 1);
    if (t->edp)
        tw_cell(out, "J*cycles", -t->edp);
    tw_cell(out, "used", -UTILIZATION);
    tw_text_add(out, "  status%s\n", t->colors.reset);
}

static void add_numbers(const table *t, tw_text *out, const tw_cost *cost) {
    char text[TW_NUMBER_TEXT];
    tw_number_energy(text, cost->energy_pj);
    tw_cell(out, text, -NUMBER - 1);
    tw_number_count(text, cost->latency_cycles);
    tw_cell(out, text, -NUMBER - 1);
    if (t->edp) {
        snprintf(text, sizeof text, "%.3e", cost->edp * 1e-12);
        tw_cell(out, text, -t->edp);
    }
    tw_number_percent(text, cost->utilization);
    tw_cell(out, text, -UTILIZATION);
}

static void add_layer(const table *t, tw_text *out, const tw_layer_result *layer) {
    char text[DIMS_TEXT];
    tw_cell(out, layer->layer->name, t->name);
    snprintf(text, sizeof text, "%llu", (unsigned long long)layer->layer->repeat);
    if (t->repeat)
        tw_cell(out, layer->layer->repeat > 1 ? text : "", -t->repeat - 1);
    tw_text_add(out, "  ");
    tw_dims_text(text, sizeof text, &layer->layer->problem);
    tw_cell(out, text, t->dims);
    if (tw_layer_is_mapped(layer))
        add_numbers(t, out, &layer->search.best.cost);
    else
        tw_text_add(out, "%*s", 2 * (NUMBER + 1) + t->edp + UTILIZATION, "-");
    tw_report_status(text, sizeof text, layer);
    tw_text_add(out, "  %s%s%s\n", status_color(t, layer), text, t->colors.reset);
}

static void add_total(const table *t, tw_text *out) {
    const tw_total *total = &t->result->total;
    char text[TW_NUMBER_TEXT];
    snprintf(text, sizeof text, "%llu layer%s", (unsigned long long)total->layers,
             total->layers == 1 ? "" : "s");
    tw_text_add(out, "%s", t->colors.bold);
    tw_cell(out, "total", t->name);
    tw_text_add(out, "%*s", t->repeat ? t->repeat + 3 : 2, "");
    tw_cell(out, text, t->dims);
    tw_number_energy(text, total->energy_pj);
    tw_cell(out, text, -NUMBER - 1);
    tw_number_count(text, total->latency_cycles);
    tw_cell(out, text, -NUMBER - 1);
    if (t->edp) {
        snprintf(text, sizeof text, "%.3e", total->edp * 1e-12);
        tw_cell(out, text, -t->edp);
    }
    tw_number_count(text, (double)total->macs);
    tw_text_add(out, "%s  %s MACs\n", t->colors.reset, text);
}

/* Reasons for layers without a mapping, and a notice that the total lacks them. */
static void add_reasons(const table *t, tw_text *out) {
    for (size_t i = 0; i < t->result->layer_count; i++) {
        const tw_layer_result *layer = &t->result->layers[i];
        if (tw_layer_is_mapped(layer) || layer->shared)
            continue;
        tw_text_add(out, "%s", t->colors.bad);
        tw_cell_plain(out, layer->layer->name);
        tw_text_add(out, "%s: %s", t->colors.reset,
                    layer->search.found == TW_FOUND_INFEASIBLE ? "no valid mapping"
                                                               : "no mapping before the limit");
        if (layer->search.reason[0]) {
            tw_text_add(out, ": ");
            tw_cell_plain(out, layer->search.reason);
        }
        tw_text_add(out, "\n");
    }
    if (t->result->total.unmapped)
        tw_text_add(out, "The total leaves out %llu of %llu layers.\n",
                    (unsigned long long)t->result->total.unmapped,
                    (unsigned long long)t->result->total.layers);
}

/* The energy of all layers by level, by compute, network and leakage. */
static void add_breakdown(const table *t, tw_text *out) {
    const tw_hierarchy *arch = &t->result->hierarchy;
    tw_bar bars[TW_MAX_LEVELS + 3] = {{0}};
    const unsigned levels = arch->level_count, count = levels + 3;
    for (unsigned l = 0; l < levels; l++)
        bars[l].name = arch->levels[l].name;
    bars[levels].name = "compute";
    bars[levels + 1].name = "network";
    bars[levels + 2].name = "leakage";
    for (size_t i = 0; i < t->result->layer_count; i++) {
        const tw_layer_result *layer = &t->result->layers[i];
        const double repeat = (double)layer->layer->repeat;
        if (!tw_layer_is_mapped(layer))
            continue;
        const tw_cost *cost = &layer->search.best.cost;
        for (unsigned l = 0; l < levels; l++)
            bars[l].value += repeat * cost->levels[l].energy_pj;
        bars[levels].value += repeat * cost->mac_pj;
        bars[levels + 1].value += repeat * cost->network_pj;
        bars[levels + 2].value += repeat * cost->static_pj;
    }
    for (unsigned i = 0; i < count; i++)
        tw_number_energy(bars[i].text, bars[i].value);
    tw_text_add(out, "\nEnergy\n");
    tw_draw_bars(out, bars, count, t->options);
}

void tw_report_text(tw_text *out, const tw_result *result, const tw_write_options *options) {
    table t = {.result = result, .options = options, .colors = tw_palette_of(options)};
    choose_widths(&t);
    add_title(&t, out);
    add_heading(&t, out);
    for (size_t i = 0; i < result->layer_count; i++)
        add_layer(&t, out, &result->layers[i]);
    add_total(&t, out);
    add_reasons(&t, out);
    tw_report_schedule(out, result, options);
    const bool alone = result->layer_count == 1; /* its own breakdown is that of the whole */
    if (options->bars && result->total.energy_pj > 0 && !alone)
        add_breakdown(&t, out);
    if (options->details || alone)
        for (size_t i = 0; i < result->layer_count; i++)
            tw_report_layer(out, result, &result->layers[i], options);
}

void tw_result_print_timing(const tw_result *result, FILE *out) {
    if (result->tiled) {
        fprintf(out, "%llu layers in %.3f s on %u thread%s\n",
                (unsigned long long)result->total.layers, result->seconds, result->threads,
                result->threads == 1 ? "" : "s");
        return;
    }
    size_t distinct = 0;
    for (size_t i = 0; i < result->layer_count; i++)
        distinct += !result->layers[i].shared;
    fprintf(out, "%zu layer%s, %zu distinct, in %.3f s on %u thread%s\n", result->layer_count,
            result->layer_count == 1 ? "" : "s", distinct, result->seconds, result->threads,
            result->threads == 1 ? "" : "s");
}
