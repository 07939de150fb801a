/* The HTML report: one self-contained page from any result in JSON.
 *
 * It reads the result as JSON, not as typed data, so that results of every kind of accelerator,
 * and of versions to come, show what they have: a part that is missing is left out. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "input/file.h"
#include "report/html_assets.h"
#include "report/html_chart.h"
#include "report/html_layer.h"
#include "report/html_schedule.h"

/* ---- Reading ---- */

static tw_status load_result(tw_ctx *ctx, tw_arena *arena, const char *path, json_t **out) {
    char *bytes = NULL;
    size_t size = 0;
    TW_TRY(tw_file_read(ctx, arena, path, TW_MAX_TEXT_BYTES, &bytes, &size));
    json_error_t error;
    json_t *root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        const tw_position at = {.file = path,
                                .line = error.line > 0 ? (unsigned)error.line : 0,
                                .column = error.column > 0 ? (unsigned)error.column : 1};
        return tw_fail(ctx, TW_INVALID, &at,
                       "this is no JSON, expected a result of map or eval written with -o");
    }
    const char *schema = tw_member_text(root, "schema");
    const bool known = strncmp(schema, "tilewright/", 11) == 0 && strstr(schema, "result/");
    if (!known || json_array_size(json_object_get(root, "layers")) == 0) {
        json_decref(root);
        const tw_position at = {.file = path};
        return tw_fail(ctx, TW_INVALID, &at,
                       "%s, expected a result of map or eval in JSON with at least one layer",
                       known ? "the result has no layers" : "not a tilewright result");
    }
    *out = root;
    return TW_OK;
}

/* ---- Series of the energy bars: the keys of the breakdown ---- */

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

/* ---- Sections ---- */

static void write_card(tw_text *out, const char *value, const char *what) {
    tw_text_add(out, "<li><b>%s</b>%s</li>", value, what);
}

static void write_totals(tw_text *out, const json_t *root) {
    const json_t *total = json_object_get(root, "total");
    char text[TW_NUMBER_TEXT];
    tw_text_add(out, "<ul class=\"cards\">");
    tw_number_energy(text, tw_member_number(total, "energy_pj"));
    write_card(out, text, "energy");
    tw_number_count(text, tw_member_number(total, "latency_cycles"));
    write_card(out, text, "cycles");
    tw_number_count(text, tw_member_number(total, "macs"));
    write_card(out, text, "MACs");
    const double cycles = tw_member_number(total, "latency_cycles");
    tw_number_count(text, cycles > 0 ? tw_member_number(total, "macs") / cycles : 0);
    write_card(out, text, "MACs per cycle");
    snprintf(text, sizeof text, "%zu", json_array_size(json_object_get(root, "layers")));
    write_card(out, text, "layers");
    tw_text_add(out, "</ul>\n");
}

static void write_intro(tw_text *out, const json_t *root) {
    tw_text_add(out, "<p>Network <b>");
    tw_html_escape(out, tw_member_text(root, "network"));
    tw_text_add(out, "</b> on accelerator <b>");
    tw_html_escape(out, tw_member_text(root, "arch"));
    tw_text_add(out, "</b>, objective ");
    tw_html_escape(out, tw_member_text(root, "objective"));
    tw_text_add(out, ", model ");
    tw_html_escape(out, tw_member_text(root, "model"));
    tw_text_add(out, ", tilewright ");
    tw_html_escape(out, tw_member_text(root, "version"));
    tw_text_add(out, ".</p>\n");
    const char *source = tw_member_text(json_object_get(root, "accelerator"), "source");
    if (*source) {
        tw_text_add(out, "<p class=\"soft\">Where the accelerator's numbers come from: ");
        tw_html_escape(out, source);
        tw_text_add(out, "</p>\n");
    }
}

static double largest(const json_t *root, const char *key) {
    double most = 0;
    size_t i;
    json_t *layer;
    json_array_foreach(json_object_get(root, "layers"), i, layer) most =
        fmax(most, tw_member_number(layer, key));
    return most;
}

static void write_energy(tw_text *out, const json_t *root, const char *id) {
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
    json_array_foreach(json_object_get(root, "layers"), i, layer) {
        const json_t *parts = json_object_get(layer, "energy_breakdown_pj");
        double values[MAX_SERIES];
        char label[TW_NUMBER_TEXT];
        for (size_t s = 0; s < all.count; s++)
            values[s] = tw_member_number(parts, all.keys[s]);
        tw_number_energy(label, tw_member_number(layer, "energy_pj"));
        tw_text_add(out, "<tr>");
        tw_html_cell(out, tw_member_text(layer, "name"));
        tw_html_bar(out, label, values, all.count, full);
        tw_html_energy(out, tw_member_number(layer, "energy_pj"));
        for (size_t s = 0; s < all.count; s++)
            tw_html_energy(out, values[s]);
        tw_text_add(out, "</tr>\n");
    }
    tw_html_table_end(out);
}

static void write_cycles(tw_text *out, const json_t *root, const char *id) {
    static const char *const parts[] = {"MAC units computing", "waiting for a level"};
    const double full = largest(root, "latency_cycles");
    const json_t *levels =
        json_object_get(json_array_get(json_object_get(root, "layers"), 0), "levels");
    tw_html_legend(out, parts, 2);
    tw_html_table_begin(out, id, "Cycles and utilisation of each layer, and what bounds it");
    tw_html_heading(out, "Layer", false);
    tw_text_add(out, "<th scope=\"col\" class=\"bar\">Share of the longest layer</th>");
    tw_html_heading(out, "Cycles", true);
    tw_html_heading(out, "Bound by", false);
    tw_html_heading(out, "Utilisation", true);
    if (json_array_size(levels))
        tw_html_heading(out, "Compute steps", true);
    for (size_t l = 0; l < json_array_size(levels); l++)
        tw_html_heading(out, tw_member_text(json_array_get(levels, l), "name"), true);
    tw_html_table_rows(out);
    size_t i;
    json_t *layer;
    json_array_foreach(json_object_get(root, "layers"), i, layer) {
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
        if (json_array_size(levels))
            tw_html_count(out, known);
        for (size_t l = 0; l < json_array_size(levels); l++)
            tw_html_count(out, tw_member_number(json_array_get(json_object_get(layer, "levels"), l),
                                                "cycles"));
        tw_text_add(out, "</tr>\n");
    }
    tw_html_table_end(out);
}

/* ---- Roofline ---- */

static double outermost_words(const json_t *layer) {
    const json_t *tensors =
        json_object_get(json_array_get(json_object_get(layer, "levels"), 0), "tensors");
    double words = 0;
    const char *name;
    json_t *tensor;
    json_object_foreach((json_t *)(uintptr_t)tensors, name, tensor) words +=
        tw_member_number(tensor, "reads") + tw_member_number(tensor, "writes");
    return words;
}

static double mac_units(const json_t *layer) {
    const double busy =
        tw_member_number(layer, "compute_steps") * tw_member_number(layer, "utilization");
    return busy > 0 ? tw_member_number(layer, "macs") / busy : 0;
}

static tw_status write_roofline(tw_ctx *ctx, tw_text *out, const json_t *root, const char *id) {
    const json_t *layers = json_object_get(root, "layers");
    const json_t *outer =
        json_array_get(json_object_get(json_object_get(root, "accelerator"), "levels"), 0);
    if (!outer)
        return TW_OK;
    tw_chart_point *points = tw_alloc_array(ctx, json_array_size(layers), sizeof *points);
    if (!points)
        return tw_out_of_memory(ctx);
    tw_chart chart = {.title = "Roofline",
                      .x_label = "MACs per word of the outermost level",
                      .y_label = "MACs per cycle",
                      .slope = tw_member_number(outer, "bandwidth"),
                      .points = points};
    size_t i;
    json_t *layer;
    json_array_foreach((json_t *)(uintptr_t)layers, i, layer) {
        const double words = outermost_words(layer);
        const double cycles = tw_member_number(layer, "latency_cycles");
        const double macs = tw_member_number(layer, "macs");
        chart.peak = fmax(chart.peak, mac_units(layer));
        points[chart.count++] =
            (tw_chart_point){words > 0 ? macs / words : 0, cycles > 0 ? macs / cycles : 0,
                             tw_member_text(layer, "name")};
    }
    tw_text_add(out, "<h2 id=\"%s-h\">Roofline</h2>\n", id);
    tw_html_chart(out, &chart);
    tw_html_table_begin(out, id, "Roofline: what each layer asks of the outermost level");
    tw_html_heading(out, "Layer", false);
    tw_html_heading(out, "MACs per word", true);
    tw_html_heading(out, "MACs per cycle", true);
    tw_html_heading(out, "Roof at that intensity", true);
    tw_html_table_rows(out);
    for (i = 0; i < chart.count; i++) {
        const double slope = chart.slope * points[i].x;
        tw_text_add(out, "<tr>");
        tw_html_cell(out, points[i].name);
        tw_html_count(out, points[i].x);
        tw_html_count(out, points[i].y);
        tw_html_count(out, slope > 0 && slope < chart.peak ? slope : chart.peak);
        tw_text_add(out, "</tr>\n");
    }
    tw_html_table_end(out);
    tw_free(ctx, points);
    return TW_OK;
}

/* ---- Hierarchy ---- */

typedef struct {
    double reads, writes, energy_pj, occupancy, instances;
} level_sum;

static level_sum sum_level(const json_t *root, size_t l) {
    level_sum sum = {0};
    size_t i;
    json_t *layer, *tensor;
    const char *name;
    json_array_foreach(json_object_get(root, "layers"), i, layer) {
        json_t *level = json_array_get(json_object_get(layer, "levels"), l);
        const double repeat = fmax(tw_member_number(layer, "repeat"), 1);
        sum.energy_pj += repeat * tw_member_number(level, "energy_pj");
        sum.occupancy = fmax(sum.occupancy, tw_member_number(level, "occupancy"));
        sum.instances = fmax(sum.instances, tw_member_number(level, "instances"));
        json_object_foreach(json_object_get(level, "tensors"), name, tensor) {
            sum.reads += repeat * tw_member_number(tensor, "reads");
            sum.writes += repeat * tw_member_number(tensor, "writes");
        }
    }
    return sum;
}

enum { BOX_HEIGHT = 58, BOX_GAP = 34, BOX_WIDTH = 460 };

static void draw_hierarchy(tw_text *out, const json_t *levels, const json_t *root) {
    const size_t count = json_array_size(levels);
    tw_text_add(out,
                "<figure><svg viewBox=\"0 0 %d %zu\" role=\"img\"><title>The buffer hierarchy, "
                "outermost level on top</title>",
                BOX_WIDTH + 20, count * (BOX_HEIGHT + BOX_GAP));
    for (size_t l = 0; l < count; l++) {
        const level_sum sum = sum_level(root, l);
        const size_t y = l * (BOX_HEIGHT + BOX_GAP) + 4;
        char reads[TW_NUMBER_TEXT], writes[TW_NUMBER_TEXT], name[40];
        snprintf(name, sizeof name, "%.32s", tw_member_text(json_array_get(levels, l), "name"));
        tw_number_count(reads, sum.reads);
        tw_number_count(writes, sum.writes);
        tw_text_add(out,
                    "<rect class=\"box\" x=\"10\" y=\"%zu\" width=\"%d\" height=\"%d\" rx=\"6\"/>"
                    "<text x=\"24\" y=\"%zu\" font-weight=\"600\">",
                    y, BOX_WIDTH, BOX_HEIGHT, y + 23);
        tw_html_escape(out, name);
        tw_text_add(out, "</text><text x=\"%d\" y=\"%zu\" text-anchor=\"end\">%.0f x</text>",
                    BOX_WIDTH - 4, y + 23, sum.instances);
        tw_text_add(out, "<text x=\"24\" y=\"%zu\">%s words read, %s written", y + 45, reads,
                    writes);
        if (sum.occupancy > 0)
            tw_text_add(out, ", at most %.0f%% full", 100 * sum.occupancy);
        tw_text_add(out, "</text>\n");
        if (l + 1 < count)
            tw_text_add(out,
                        "<path class=\"axis\" d=\"M%d %zu v%d m-5 -7 l5 7 l5 -7\" fill=\"none\"/>",
                        BOX_WIDTH / 2, y + BOX_HEIGHT + 2, BOX_GAP - 6);
    }
    tw_text_add(out, "</svg></figure>\n");
}

static void write_hierarchy(tw_text *out, const json_t *root, const char *id) {
    const json_t *levels =
        json_object_get(json_array_get(json_object_get(root, "layers"), 0), "levels");
    if (json_array_size(levels) == 0)
        return;
    tw_text_add(out, "<h2 id=\"%s-h\">Buffer hierarchy</h2>\n", id);
    draw_hierarchy(out, levels, root);
    tw_html_table_begin(out, id, "Traffic of each level over the whole network");
    const char *const headings[] = {"Level",         "Instances", "Words read",
                                    "Words written", "Energy",    "Largest occupancy"};
    for (size_t h = 0; h < sizeof headings / sizeof *headings; h++)
        tw_html_heading(out, headings[h], h > 0);
    tw_html_table_rows(out);
    for (size_t l = 0; l < json_array_size(levels); l++) {
        const level_sum sum = sum_level(root, l);
        tw_text_add(out, "<tr>");
        tw_html_cell(out, tw_member_text(json_array_get(levels, l), "name"));
        tw_html_count(out, sum.instances);
        tw_html_count(out, sum.reads);
        tw_html_count(out, sum.writes);
        tw_html_energy(out, sum.energy_pj);
        tw_html_percent(out, sum.occupancy);
        tw_text_add(out, "</tr>\n");
    }
    tw_html_table_end(out);
}

/* ---- The page ---- */

static tw_status write_result(tw_ctx *ctx, tw_text *out, const json_t *root, char tag) {
    char id[16];
    write_intro(out, root);
    write_totals(out, root);
    snprintf(id, sizeof id, "energy-%c", tag);
    tw_text_add(out, "<h2 id=\"%s-h\">Energy</h2>\n", id);
    write_energy(out, root, id);
    snprintf(id, sizeof id, "cycles-%c", tag);
    tw_text_add(out, "<h2 id=\"%s-h\">Cycles</h2>\n", id);
    write_cycles(out, root, id);
    tw_html_schedule(out, root, tag);
    snprintf(id, sizeof id, "roofline-%c", tag);
    TW_TRY(write_roofline(ctx, out, root, id));
    snprintf(id, sizeof id, "levels-%c", tag);
    write_hierarchy(out, root, id);
    snprintf(id, sizeof id, "layers-%c", tag);
    tw_text_add(out, "<h2 id=\"%s-h\">Layers</h2>\n", id);
    size_t i;
    json_t *layer;
    json_array_foreach(json_object_get(root, "layers"), i, layer)
        TW_TRY(tw_html_layer(ctx, out, layer, tag, i));
    return TW_OK;
}

static void write_navigation(tw_text *out, char tag, const json_t *root) {
    const bool hierarchy = json_is_object(json_object_get(root, "accelerator"));
    const bool schedule = json_is_object(json_object_get(root, "schedule"));
    static const char *const parts[][2] = {{"energy", "Energy"},           {"cycles", "Cycles"},
                                           {"schedule", "Schedule"},       {"roofline", "Roofline"},
                                           {"levels", "Buffer hierarchy"}, {"layers", "Layers"}};
    tw_text_add(out, "<nav aria-label=\"Sections\"><ul>");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (i == 2 ? schedule : hierarchy || (i != 3 && i != 4))
            tw_text_add(out, "<li><a href=\"#%s-%c-h\">%s</a></li>", parts[i][0], tag, parts[i][1]);
    tw_text_add(out, "</ul></nav>\n");
}

static tw_status write_page(tw_ctx *ctx, tw_text *out, const json_t *a, const json_t *b) {
    tw_text_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
                     "style-src 'unsafe-inline';script-src 'unsafe-inline';img-src data:\">"
                     "<link rel=\"icon\" href=\"data:,\"><title>");
    tw_html_escape(out, tw_member_text(a, "network"));
    tw_text_add(out, " on ");
    tw_html_escape(out, tw_member_text(a, "arch"));
    if (b) {
        tw_text_add(out, " and ");
        tw_html_escape(out, tw_member_text(b, "arch"));
    }
    tw_text_add(out, "</title>\n<style>%s</style></head><body>\n", tw_html_style);
    tw_text_add(out, "<a class=\"skip\" href=\"#main\">To the result</a><h1>%s</h1>\n",
                b ? "Two mappings compared" : "Mapping report");
    if (!b)
        write_navigation(out, 'a', a);
    tw_text_add(out, "<main id=\"main\">\n");
    if (b) {
        tw_html_compare(out, a, b);
        tw_text_add(out, "<h2>Result A</h2>\n");
    }
    TW_TRY(write_result(ctx, out, a, 'a'));
    if (b) {
        tw_text_add(out, "<h2>Result B</h2>\n");
        TW_TRY(write_result(ctx, out, b, 'b'));
    }
    tw_text_add(out, "</main>\n<script>%s</script></body></html>\n", tw_html_script);
    return out->failed ? tw_out_of_memory(ctx) : TW_OK;
}

tw_status tw_report(tw_ctx *ctx, const char *path, const char *other, FILE *out) {
    tw_arena arena;
    tw_text page;
    json_t *a = NULL, *b = NULL;
    tw_arena_init(&arena, ctx);
    tw_text_init(&page, ctx);
    tw_status status = load_result(ctx, &arena, path, &a);
    if (status == TW_OK && other)
        status = load_result(ctx, &arena, other, &b);
    if (status == TW_OK)
        status = write_page(ctx, &page, a, b);
    if (status == TW_OK && fwrite(page.data, 1, page.length, out) != page.length)
        status = tw_fail(ctx, TW_ERROR, NULL, "cannot write the report: %s", strerror(errno));
    json_decref(a);
    json_decref(b);
    tw_text_free(&page);
    tw_arena_free(&arena);
    return status;
}
