#include "report/html_compare.h"

#include <stdio.h>
#include <string.h>

static const json_t *layer_named(const json_t *root, const char *name) {
    size_t i;
    json_t *layer;
    json_array_foreach(json_object_get(root, "layers"), i,
                       layer) if (strcmp(tw_member_text(layer, "name"), name) == 0) return layer;
    return NULL;
}

static void write_ratio(tw_text *out, double a, double b) {
    char shown[TW_NUMBER_TEXT];
    if (a <= 0) {
        tw_text_add(out, "<td class=\"n\"></td>");
        return;
    }
    snprintf(shown, sizeof shown, "%.3f", b / a);
    tw_html_number(out, b / a, shown);
}

static void write_pair(tw_text *out, const char *name, const json_t *a, const json_t *b) {
    tw_text_add(out, "<tr>");
    tw_html_cell(out, name);
    tw_html_energy(out, tw_member_number(a, "energy_pj"));
    tw_html_energy(out, tw_member_number(b, "energy_pj"));
    write_ratio(out, tw_member_number(a, "energy_pj"), tw_member_number(b, "energy_pj"));
    tw_html_count(out, tw_member_number(a, "latency_cycles"));
    tw_html_count(out, tw_member_number(b, "latency_cycles"));
    write_ratio(out, tw_member_number(a, "latency_cycles"), tw_member_number(b, "latency_cycles"));
    tw_text_add(out, "</tr>\n");
}

static void write_which(tw_text *out, char tag, const json_t *root) {
    tw_text_add(out, "<li><b>%c</b> ", tag);
    tw_html_escape(out, tw_member_text(root, "network"));
    tw_text_add(out, " on ");
    tw_html_escape(out, tw_member_text(root, "arch"));
    tw_text_add(out, ", for ");
    tw_html_escape(out, tw_member_text(root, "objective"));
    tw_text_add(out, "</li>");
}

void tw_html_compare(tw_text *out, const json_t *a, const json_t *b) {
    static const char *const headings[] = {"Layer",    "Energy A", "Energy B",    "B / A",
                                           "Cycles A", "Cycles B", "B / A cycles"};
    tw_text_add(out, "<ul class=\"cards\">");
    write_which(out, 'A', a);
    write_which(out, 'B', b);
    tw_text_add(out, "</ul>\n");
    tw_html_table_begin(out, "compare", "Side by side: layers with the same name");
    for (size_t h = 0; h < sizeof headings / sizeof *headings; h++)
        tw_html_heading(out, headings[h], h > 0);
    tw_html_table_rows(out);
    write_pair(out, "whole network", json_object_get(a, "total"), json_object_get(b, "total"));
    size_t i;
    json_t *layer;
    json_array_foreach(json_object_get(a, "layers"), i, layer) {
        const json_t *twin = layer_named(b, tw_member_text(layer, "name"));
        if (twin)
            write_pair(out, tw_member_text(layer, "name"), layer, twin);
    }
    tw_html_table_end(out);
}
