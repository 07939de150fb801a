/* One layer in full, as text. */
#include <math.h>

#include "report/cells.h"
#include "report/nest.h"
#include "report/report.h"

enum { NAME = 16, TENSOR = 8, COUNT = 11, DIMS_TEXT = 256 };

static void add_summary(tw_text *out, const tw_layer_result *layer) {
    const tw_cost *cost = &layer->search.best.cost;
    char energy[TW_NUMBER_TEXT], macs[TW_NUMBER_TEXT], used[TW_NUMBER_TEXT];
    char cycles[TW_DOUBLE_TEXT];
    tw_number_energy(energy, cost->energy_pj);
    tw_number_count(macs, (double)cost->macs);
    tw_number_percent(used, cost->utilization);
    tw_format_number(cycles, cost->latency_cycles);
    tw_text_add(out, "%s, %s cycles, %s MACs, %s of the MAC units used\n", energy, cycles, macs,
                used);
}

/* What was proven about the mapping. */
static void add_proof(tw_text *out, const tw_result *result, const tw_layer_result *layer) {
    const tw_search_result *search = &layer->search;
    if (search->found == TW_FOUND_EVALUATED)
        return;
    char value[TW_DOUBLE_TEXT], bound[TW_DOUBLE_TEXT], status[64];
    tw_report_status(status, sizeof status, layer);
    tw_format_number(value, search->objective_value);
    tw_format_number(bound, isfinite(search->lower_bound) ? search->lower_bound : 0);
    tw_text_add(out, "%s: %s %s", status, tw_objective_names[result->objective], value);
    if (isfinite(search->lower_bound))
        tw_text_add(out, ", lower bound %s", bound);
    if (search->space_log10 > 0)
        tw_text_add(out, ", of about 10^%.0f mappings", search->space_log10);
    tw_text_add(out, "\n");
}

static void add_tensor_counts(tw_text *out, const char *level, const tw_tensor *tensor,
                              const tw_tensor_cost *cost, bool first) {
    char text[TW_NUMBER_TEXT];
    tw_text_add(out, "  ");
    tw_cell(out, first ? level : "", NAME);
    tw_text_add(out, " ");
    tw_cell(out, tensor->name, TENSOR);
    const uint64_t counts[] = {cost->tile_words, cost->reads, cost->writes, cost->network_words};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        tw_number_count(text, (double)counts[i]);
        tw_cell(out, i == 0 && counts[i] == 0 ? "-" : text, -COUNT); /* no tile: it passes by */
    }
    tw_number_energy(text, cost->energy_pj);
    tw_cell(out, text, -COUNT);
    tw_text_add(out, "\n");
}

/* A line per level and tensor that passes it, one per level for its instances and cycles. */
static void add_counts(tw_text *out, const tw_result *result, const tw_layer_result *layer,
                       const tw_palette *colors) {
    static const char *const heads[] = {"tile", "reads", "writes", "network", "energy"};
    const tw_problem *problem = &layer->layer->problem;
    const tw_cost *cost = &layer->search.best.cost;
    tw_text_add(out, "\n  %s", colors->dim);
    tw_cell(out, "words", NAME + 1 + TENSOR);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        tw_cell(out, heads[i], -COUNT);
    tw_text_add(out, "%s\n", colors->reset);
    for (unsigned l = 0; l < cost->level_count; l++) {
        bool first = true;
        for (unsigned t = 0; t < cost->tensor_count; t++) {
            const tw_tensor_cost *tensor = &cost->levels[l].tensors[t];
            if (!tensor->tile_words && !tensor->network_words)
                continue;
            add_tensor_counts(out, result->hierarchy.levels[l].name, &problem->tensors[t], tensor,
                              first);
            first = false;
        }
    }
}

static void add_levels(tw_text *out, const tw_result *result, const tw_layer_result *layer,
                       const tw_palette *colors) {
    const tw_cost *cost = &layer->search.best.cost;
    tw_text_add(out, "\n  %s", colors->dim);
    tw_cell(out, "level", NAME + 1 + TENSOR);
    tw_text_add(out, "%11s%11s%11s%s\n", "active", "filled", "cycles", colors->reset);
    for (unsigned l = 0; l < cost->level_count; l++) {
        const tw_level_cost *level = &cost->levels[l];
        char active[2 * TW_NUMBER_TEXT], filled[TW_NUMBER_TEXT], cycles[TW_NUMBER_TEXT];
        snprintf(active, sizeof active, "%llu/%llu", (unsigned long long)level->active,
                 (unsigned long long)level->instances);
        tw_number_percent(filled, level->occupancy);
        tw_number_count(cycles, level->cycles);
        tw_text_add(out, "  ");
        tw_cell(out, result->hierarchy.levels[l].name, NAME + 1 + TENSOR);
        tw_text_add(out, "%11s%11s%11s\n", active,
                    result->hierarchy.levels[l].bounded ? filled : "-", cycles);
    }
    char steps[TW_NUMBER_TEXT];
    tw_number_count(steps, (double)cost->compute_steps);
    tw_text_add(out, "  ");
    tw_cell(out, "compute", NAME + 1 + TENSOR);
    tw_text_add(out, "%11s%11s%11s\n", "", "", steps);
}

static void add_breakdown(tw_text *out, const tw_result *result, const tw_cost *cost,
                          const tw_write_options *options) {
    tw_bar bars[TW_MAX_LEVELS + 3] = {{0}};
    const unsigned levels = cost->level_count;
    for (unsigned l = 0; l < levels; l++)
        bars[l] = (tw_bar){result->hierarchy.levels[l].name, cost->levels[l].energy_pj, ""};
    bars[levels] = (tw_bar){"compute", cost->mac_pj, ""};
    bars[levels + 1] = (tw_bar){"network", cost->network_pj, ""};
    bars[levels + 2] = (tw_bar){"leakage", cost->static_pj, ""};
    for (unsigned i = 0; i < levels + 3; i++)
        tw_number_energy(bars[i].text, bars[i].value);
    tw_text_add(out, "\n");
    tw_draw_bars(out, bars, levels + 3, options);
}

static void add_front(tw_text *out, const tw_search_result *search, const tw_palette *colors) {
    if (search->front_count == 0)
        return;
    tw_text_add(out, "\n  %s%-8s%14s%24s%10s%s\n", colors->dim, "point", "energy", "cycles", "used",
                colors->reset);
    for (size_t i = 0; i < search->front_count; i++) {
        const tw_cost *cost = &search->front[i].cost;
        char energy[TW_NUMBER_TEXT], used[TW_NUMBER_TEXT], cycles[TW_DOUBLE_TEXT];
        tw_number_energy(energy, cost->energy_pj);
        tw_number_percent(used, cost->utilization);
        tw_format_number(cycles, cost->latency_cycles);
        tw_text_add(out, "  %-8zu%14s%24s%10s\n", i + 1, energy, cycles, used);
    }
}

void tw_report_layer(tw_text *out, const tw_result *result, const tw_layer_result *layer,
                     const tw_write_options *options) {
    const tw_palette colors = tw_palette_of(options);
    char dims[DIMS_TEXT];
    tw_dims_text(dims, sizeof dims, &layer->layer->problem);
    tw_text_add(out, "\n%s", colors.bold);
    tw_cell_plain(out, layer->layer->name);
    tw_text_add(out, "%s: %s %s\n", colors.reset, layer->layer->problem.operation->name, dims);
    if (!tw_layer_is_mapped(layer))
        return;
    if (layer->shared) {
        tw_text_add(out, "mapped as ");
        tw_cell_plain(out, result->layers_data[layer->same_as].name);
        tw_text_add(out, ", the same problem\n");
        return;
    }
    add_summary(out, layer);
    add_proof(out, result, layer);
    tw_text_add(out, "\n");
    tw_draw_nest(out, &result->hierarchy, &layer->layer->problem, &layer->search.best.mapping,
                 options);
    add_counts(out, result, layer, &colors);
    add_levels(out, result, layer, &colors);
    if (options->bars)
        add_breakdown(out, result, &layer->search.best.cost, options);
    add_front(out, &layer->search, &colors);
}
