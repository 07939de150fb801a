/* A result as CSV (RFC 4180): one line per layer; of a Pareto search one per point of its front. */
#include <math.h>
#include <string.h>

#include "network/network_schedule.h"
#include "report/report.h"

static void add_text(tw_text *out, const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        tw_text_add(out, "%s", text);
        return;
    }
    tw_text_add(out, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            tw_text_add_bytes(out, "\"", 1);
        tw_text_add_bytes(out, c, 1);
    }
    tw_text_add(out, "\"");
}

/* Empty when there is no such number. */
static void add_number(tw_text *out, double value) {
    char number[TW_DOUBLE_TEXT] = "";
    if (isfinite(value))
        tw_format_number(number, value);
    tw_text_add(out, ",%s", number);
}

static void add_count(tw_text *out, uint64_t value) {
    tw_text_add(out, ",%llu", (unsigned long long)value);
}

static void add_heading(tw_text *out, const tw_result *result) {
    tw_text_add(out, "layer,type,repeat");
    for (int d = 0; d < TW_DIM_COUNT; d++)
        tw_text_add(out, ",%s", tw_dim_names[d]);
    tw_text_add(out, ",stride_rows,stride_columns,dilation_rows,dilation_columns,status,point,"
                     "objective_value,lower_bound,gap,energy_pj,latency_cycles,edp,macs,"
                     "compute_steps,utilization,mac_pj");
    for (unsigned l = 0; l < result->hierarchy.level_count; l++) {
        tw_text_add(out, ",");
        char name[256];
        snprintf(name, sizeof name, "%s_pj", result->hierarchy.levels[l].name);
        add_text(out, name);
    }
    tw_text_add(out, ",network_pj,static_pj,mapping");
    if (result->schedule)
        tw_text_add(out, ",step,step_start_cycle,step_end_cycle,chips,scheduled_mapping");
    tw_text_add(out, "\n");
}

static void add_layer(tw_text *out, const tw_layer *layer) {
    const tw_problem *problem = &layer->problem;
    add_text(out, layer->name);
    tw_text_add(out, ",%s", problem->operation->name);
    add_count(out, layer->repeat);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        add_count(out, problem->extent[d]);
    add_count(out, problem->stride[0]);
    add_count(out, problem->stride[1]);
    add_count(out, problem->dilation[0]);
    add_count(out, problem->dilation[1]);
}

static void add_factors(tw_text *out, const char *mark, const uint64_t factors[TW_DIM_COUNT]) {
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (factors[d] > 1)
            tw_text_add(out, " %s%llu%s", tw_dim_names[d], (unsigned long long)factors[d], mark);
}

/* "DRAM: K4 P8 | BUFFER: C4 K2x C12y": loops outermost first, x and y unrolled. */
static void add_mapping(tw_text *out, const tw_hierarchy *arch, const tw_mapping *mapping) {
    tw_text line;
    tw_text_init(&line, out->ctx);
    for (unsigned l = 0; l < mapping->level_count; l++) {
        const tw_level_mapping *level = &mapping->levels[l];
        tw_text_add(&line, "%s%s:", l ? " | " : "", arch->levels[l].name);
        for (unsigned i = 0; i < level->loop_count; i++)
            tw_text_add(&line, " %s%llu", tw_dim_names[level->loops[i].dim],
                        (unsigned long long)level->loops[i].factor);
        add_factors(&line, "x", level->spatial_x);
        add_factors(&line, "y", level->spatial_y);
    }
    tw_text_add(out, ",");
    if (line.data)
        add_text(out, line.data);
    out->failed |= line.failed;
    tw_text_free(&line);
}

static void add_cost(tw_text *out, const tw_hierarchy *arch, const tw_point *point) {
    const tw_cost *cost = &point->cost;
    add_number(out, cost->energy_pj);
    add_number(out, cost->latency_cycles);
    add_number(out, cost->edp);
    add_count(out, cost->macs);
    add_count(out, cost->compute_steps);
    add_number(out, cost->utilization);
    add_number(out, cost->mac_pj);
    for (unsigned l = 0; l < cost->level_count; l++)
        add_number(out, cost->levels[l].energy_pj);
    add_number(out, cost->network_pj);
    add_number(out, cost->static_pj);
    add_mapping(out, arch, &point->mapping);
}

/* Where the layer runs in the schedule, of least energy when there is a front of them. */
static void add_place(tw_text *out, const tw_result *result, const tw_layer_result *layer) {
    const tw_network_schedule *s = result->schedule;
    const size_t index = (size_t)(layer - result->layers);
    if (!s)
        return;
    const tw_schedule *schedule = &s->schedules[0];
    for (size_t i = 0; i < schedule->step_count; i++)
        for (uint32_t r = 0; r < schedule->steps[i].run_count; r++) {
            const tw_run *run = &schedule->runs[schedule->steps[i].first_run + r];
            if (s->result_layer[run->layer] != index)
                continue;
            add_count(out, i + 1);
            add_number(out, schedule->steps[i].start_cycle);
            add_number(out, schedule->steps[i].end_cycle);
            add_count(out, s->priced[run->choice].chips);
            add_mapping(out, &result->hierarchy, &s->mappings[run->choice].mapping);
            return;
        }
    tw_text_add(out, ",,,,,"); /* it has no mapping */
}

/* `index` counts the points of a front from 1; 0: the best mapping of the layer. */
static void add_line(tw_text *out, const tw_result *result, const tw_layer_result *layer,
                     const tw_point *point, size_t index) {
    const tw_search_result *search = &layer->search;
    const bool proven = search->found != TW_FOUND_EVALUATED && isfinite(search->lower_bound);
    add_layer(out, layer->layer);
    tw_text_add(out, ",%s,", tw_found_names[search->found]);
    if (index)
        tw_text_add(out, "%zu", index);
    if (!point) {
        for (unsigned i = 0; i < 13 + result->hierarchy.level_count; i++)
            tw_text_add(out, ",");
        add_place(out, result, layer);
        tw_text_add(out, "\n");
        return;
    }
    add_number(out, tw_objective_value(result->objective, &point->cost));
    add_number(out, proven ? search->lower_bound : NAN);
    add_number(out, proven ? tw_search_gap(search) : NAN);
    add_cost(out, &result->hierarchy, point);
    add_place(out, result, layer);
    tw_text_add(out, "\n");
}

void tw_report_csv(tw_text *out, const tw_result *result, const tw_write_options *options) {
    (void)options;
    add_heading(out, result);
    for (size_t i = 0; i < result->layer_count; i++) {
        const tw_layer_result *layer = &result->layers[i];
        if (!tw_layer_is_mapped(layer))
            add_line(out, result, layer, NULL, 0);
        else if (layer->search.front_count == 0)
            add_line(out, result, layer, &layer->search.best, 0);
        else
            for (size_t p = 0; p < layer->search.front_count; p++)
                add_line(out, result, layer, &layer->search.front[p], p + 1);
    }
}
