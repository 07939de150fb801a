#include "report/html_bars.h"

#include <math.h>
#include <string.h>

#include "report/html_layer.h"

enum { MAX_SERIES = 24 };

typedef struct {
    size_t count;
    const char *keys[MAX_SERIES];
    const char *names[MAX_SERIES];
} series;

static series energy_series(const json_t *root) {
    series found = {0};
    size_t i;
    json_t *layer, *value;
    const char *key;
    json_array_foreach(json_object_get(root, "layers"), i, layer) {
        json_object_foreach(json_object_get(layer, "energy_breakdown_pj"), key, value) {
            bool known = found.count == MAX_SERIES;
            for (size_t s = 0; s < found.count && !known; s++)
                known = strcmp(found.keys[s], key) == 0;
            if (known)
                continue;
            found.keys[found.count] = key;
            found.names[found.count++] = strcmp(key, "mac") == 0 ? "compute" : key;
        }
    }
    return found;
}

static double largest(const json_t *root, const char *key) {
    double most = 0;
    size_t i;
    json_t *layer;
    json_array_foreach(json_object_get(root, "layers"), i, layer) most =
        fmax(most, tw_member_number(layer, key));
    return most;
}

static void write_energy_row(tw_text *out, const json_t *layer, const series *all, double full) {
    const json_t *parts = json_object_get(layer, "energy_breakdown_pj");
    double values[MAX_SERIES];
    char label[TW_NUMBER_TEXT];
    for (size_t s = 0; s < all->count; s++)
        values[s] = tw_member_number(parts, all->keys[s]);
    tw_number_energy(label, tw_member_number(layer, "energy_pj"));
    tw_text_add(out, "<tr>");
    tw_html_cell(out, tw_member_text(layer, "name"));
    tw_html_bar(out, label, values, all->count, full);
    tw_html_energy(out, tw_member_number(layer, "energy_pj"));
    for (size_t s = 0; s < all->count; s++)
        tw_html_energy(out, values[s]);
    tw_text_add(out, "</tr>\n");
}

void tw_html_energy_bars(tw_text *out, const json_t *root, const char *id) {
    const series all = energy_series(root);
    const double full = largest(root, "energy_pj");
    tw_html_legend(out, all.names, all.count);
    tw_html_table_begin(out, id, "Energy of each layer, by where it is spent");
    tw_html_heading(out, "Layer", false);
    tw_text_add(out, "<th scope=\"col\" class=\"bar\">Share of the largest layer</th>");
    tw_html_heading(out, "Energy", true);
    for (size_t s = 0; s < all.count; s++)
        tw_html_heading(out, all.names[s], true);
    tw_html_table_rows(out);
    size_t i;
    json_t *layer;
    json_array_foreach(json_object_get(root, "layers"), i, layer)
        write_energy_row(out, layer, &all, full);
    tw_html_table_end(out);
}

/* `levels`: the columns, those of the first layer; none when the result has none. */
static void write_cycle_headings(tw_text *out, const json_t *levels) {
    tw_html_heading(out, "Layer", false);
    tw_text_add(out, "<th scope=\"col\" class=\"bar\">Share of the longest layer</th>");
    tw_html_heading(out, "Cycles", true);
    tw_html_heading(out, "Bound by", false);
    tw_html_heading(out, "Utilisation", true);
    if (json_array_size(levels))
        tw_html_heading(out, "Compute steps", true);
    for (size_t l = 0; l < json_array_size(levels); l++)
        tw_html_heading(out, tw_member_text(json_array_get(levels, l), "name"), true);
}

static void write_cycle_row(tw_text *out, const json_t *layer, size_t level_count, double full) {
    const json_t *levels = json_object_get(layer, "levels");
    const double cycles = tw_member_number(layer, "latency_cycles");
    const double known = tw_member_number(layer, "compute_steps");
    const double steps = known > 0 && known < cycles ? known : cycles;
    char label[TW_NUMBER_TEXT];
    tw_number_count(label, cycles);
    tw_text_add(out, "<tr>");
    tw_html_cell(out, tw_member_text(layer, "name"));
    tw_html_bar(out, label, (const double[]){steps, cycles - steps}, 2, full);
    tw_html_count(out, cycles);
    tw_html_cell(out, tw_html_bound_by(layer));
    tw_html_percent(out, tw_member_number(layer, "utilization"));
    if (level_count)
        tw_html_count(out, known);
    for (size_t l = 0; l < level_count; l++)
        tw_html_count(out, tw_member_number(json_array_get(levels, l), "cycles"));
    tw_text_add(out, "</tr>\n");
}

void tw_html_cycle_bars(tw_text *out, const json_t *root, const char *id) {
    static const char *const parts[] = {"MAC units computing", "waiting for a level"};
    const double full = largest(root, "latency_cycles");
    const json_t *layers = json_object_get(root, "layers");
    const json_t *levels = json_object_get(json_array_get(layers, 0), "levels");
    tw_html_legend(out, parts, 2);
    tw_html_table_begin(out, id, "Cycles and utilisation of each layer, and what bounds it");
    write_cycle_headings(out, levels);
    tw_html_table_rows(out);
    for (size_t i = 0; i < json_array_size(layers); i++)
        write_cycle_row(out, json_array_get(layers, i), json_array_size(levels), full);
    tw_html_table_end(out);
}
