#include "report/html_layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/html_chart.h"

const char *tw_html_bound_by(const json_t *layer) {
    const json_t *levels = json_object_get(layer, "levels");
    double slowest = tw_member_number(layer, "compute_steps");
    const char *name = slowest > 0 ? "compute" : "";
    size_t l;
    json_t *level;
    json_array_foreach((json_t *)(uintptr_t)levels, l,
                       level) if (tw_member_number(level, "cycles") > slowest) {
        slowest = tw_member_number(level, "cycles");
        name = tw_member_text(level, "name");
    }
    return name;
}

/* ---- Loop nest ---- */

static void indent(tw_text *out, unsigned depth) {
    tw_text_add(out, "%*s", 2 * (int)depth, "");
}

/* Loops as [["K", 4], ...]: one line each, or all on one line for what runs side by side. */
static unsigned write_loops(tw_text *out, const json_t *loops, const char *how, unsigned depth) {
    size_t i;
    json_t *loop;
    json_array_foreach((json_t *)(uintptr_t)loops, i, loop) {
        const char *dim = json_string_value(json_array_get(loop, 0));
        indent(out, depth++);
        tw_text_add(out, "%s ", how);
        tw_html_escape(out, dim ? dim : "?");
        tw_text_add(out, " in %.0f\n", json_number_value(json_array_get(loop, 1)));
    }
    return depth;
}

static void write_tiles(tw_text *out, const json_t *level) {
    const json_t *tensors = json_object_get(level, "tensors");
    const char *name, *separator = "";
    json_t *tensor;
    json_object_foreach((json_t *)(uintptr_t)tensors, name, tensor) {
        char words[TW_NUMBER_TEXT];
        if (tw_member_number(tensor, "tile_words") <= 0)
            continue;
        tw_number_count(words, tw_member_number(tensor, "tile_words"));
        tw_text_add(out, "%s", separator);
        tw_html_escape(out, name);
        tw_text_add(out, " %s", words);
        separator = ", ";
    }
}

static void write_nest(tw_text *out, const json_t *layer) {
    const json_t *mapping = json_object_get(layer, "mapping");
    const json_t *levels = json_object_get(layer, "levels");
    unsigned depth = 0;
    size_t l;
    json_t *level;
    if (json_array_size(mapping) == 0)
        return;
    tw_text_add(out, "<h4>Loop nest, with the words of each tile</h4><pre tabindex=\"0\">");
    json_array_foreach((json_t *)(uintptr_t)mapping, l, level) {
        const json_t *spatial = json_object_get(level, "spatial");
        indent(out, depth);
        tw_html_escape(out, tw_member_text(level, "level"));
        tw_text_add(out, " [");
        write_tiles(out, json_array_get(levels, l));
        tw_text_add(out, "]\n");
        depth = write_loops(out, json_object_get(level, "temporal"), "for", depth);
        depth = write_loops(out, json_object_get(spatial, "x"), "parallel on X", depth);
        depth = write_loops(out, json_object_get(spatial, "y"), "parallel on Y", depth);
    }
    indent(out, depth);
    tw_text_add(out, "multiply and accumulate</pre>\n");
}

/* ---- Counts ---- */

static void write_counts(tw_text *out, const json_t *layer, const char *id) {
    static const char *const counts[] = {"tile_words", "fill",         "read",   "update",
                                         "psum_read",  "evict",        "refill", "reads",
                                         "writes",     "network_words"};
    const json_t *levels = json_object_get(layer, "levels");
    size_t l;
    json_t *level, *tensor;
    const char *name;
    if (json_array_size(levels) == 0)
        return;
    tw_html_table_begin(out, id, "Words of each level and tensor, over all instances");
    tw_html_heading(out, "Level", false);
    tw_html_heading(out, "Tensor", false);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        tw_html_heading(out, counts[c], true);
    tw_html_heading(out, "Energy", true);
    tw_html_table_rows(out);
    json_array_foreach((json_t *)(uintptr_t)levels, l, level) {
        json_object_foreach(json_object_get(level, "tensors"), name, tensor) {
            tw_text_add(out, "<tr>");
            tw_html_cell(out, tw_member_text(level, "name"));
            tw_html_cell(out, name);
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
                if (json_object_get(tensor, counts[c]))
                    tw_html_count(out, tw_member_number(tensor, counts[c]));
                else
                    tw_text_add(out, "<td class=\"n\"></td>");
            }
            tw_html_energy(out, tw_member_number(tensor, "energy_pj"));
            tw_text_add(out, "</tr>\n");
        }
    }
    tw_html_table_end(out);
}

/* Whatever else a result of another kind of accelerator says, as it stands. */
static void write_scheme(tw_text *out, const json_t *layer) {
    static const char *const keys[] = {"nodes",
                                       "sequence",
                                       "partition",
                                       "loops_dram",
                                       "loops_global_buffer",
                                       "loops_register_file",
                                       "stored_in_global_buffer",
                                       "words"};
    if (json_object_get(layer, "mapping"))
        return;
    tw_text_add(out, "<pre tabindex=\"0\">");
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        const json_t *value = json_object_get(layer, keys[k]);
        char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
        if (text) {
            tw_text_add(out, "%-24s ", keys[k]);
            tw_html_escape(out, text);
            tw_text_add(out, "\n");
        }
        free(text);
    }
    tw_text_add(out, "</pre>\n");
}

/* ---- Pareto front ---- */

static tw_status write_front(tw_ctx *ctx, tw_text *out, const json_t *layer, const char *id) {
    const json_t *front = json_object_get(layer, "pareto");
    const size_t count = json_array_size(front);
    if (count == 0)
        return TW_OK;
    tw_chart_point *points = tw_alloc_array(ctx, count, sizeof *points);
    if (!points)
        return tw_out_of_memory(ctx);
    for (size_t i = 0; i < count; i++) {
        const json_t *point = json_array_get(front, i);
        points[i] = (tw_chart_point){tw_member_number(point, "latency_cycles"),
                                     tw_member_number(point, "energy_pj"), "mapping"};
    }
    const tw_chart chart = {.title = "Pareto front of energy and latency",
                            .x_label = "cycles",
                            .y_label = "energy in pJ",
                            .count = count,
                            .points = points};
    tw_html_chart(out, &chart);
    tw_html_table_begin(out, id, "Pareto front: no mapping is better in both");
    tw_html_heading(out, "Point", true);
    tw_html_heading(out, "Energy", true);
    tw_html_heading(out, "Cycles", true);
    tw_html_table_rows(out);
    for (size_t i = 0; i < count; i++) {
        tw_text_add(out, "<tr><td class=\"n\">%zu</td>", i + 1);
        tw_html_energy(out, points[i].y);
        tw_html_count(out, points[i].x);
        tw_text_add(out, "</tr>\n");
    }
    tw_html_table_end(out);
    tw_free(ctx, points);
    return TW_OK;
}

/* ---- The layer ---- */

static void write_dims(tw_text *out, const json_t *layer) {
    const char *dim;
    json_t *extent;
    json_object_foreach(json_object_get(layer, "dims"), dim, extent) {
        if (json_number_value(extent) <= 1)
            continue;
        tw_text_add(out, " ");
        tw_html_escape(out, dim);
        tw_text_add(out, "%.0f", json_number_value(extent));
    }
}

tw_status tw_html_layer(tw_ctx *ctx, tw_text *out, const json_t *layer, char tag, size_t index) {
    char energy[TW_NUMBER_TEXT], cycles[TW_NUMBER_TEXT], id[40];
    tw_number_energy(energy, tw_member_number(layer, "energy_pj"));
    tw_number_count(cycles, tw_member_number(layer, "latency_cycles"));
    tw_text_add(out, "<details><summary><b>");
    tw_html_escape(out, tw_member_text(layer, "name"));
    tw_text_add(out, "</b> <span class=\"soft\">");
    tw_html_escape(out, tw_member_text(layer, "type"));
    write_dims(out, layer);
    tw_text_add(out, "</span> %s, %s cycles, ", energy, cycles);
    tw_html_escape(out, tw_member_text(layer, "status"));
    tw_text_add(out, "</summary>\n");
    if (*tw_html_bound_by(layer)) {
        tw_text_add(out, "<p>Bound by ");
        tw_html_escape(out, tw_html_bound_by(layer));
        tw_text_add(out, "; %.1f%% of the MAC units' time is used.</p>\n",
                    100 * tw_member_number(layer, "utilization"));
    }
    if (*tw_member_text(layer, "reason")) {
        tw_text_add(out, "<p>");
        tw_html_escape(out, tw_member_text(layer, "reason"));
        tw_text_add(out, "</p>\n");
    }
    write_nest(out, layer);
    write_scheme(out, layer);
    snprintf(id, sizeof id, "counts-%c-%zu", tag, index + 1);
    write_counts(out, layer, id);
    snprintf(id, sizeof id, "front-%c-%zu", tag, index + 1);
    TW_TRY(write_front(ctx, out, layer, id));
    tw_text_add(out, "</details>\n");
    return TW_OK;
}
