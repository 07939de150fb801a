#include "report/html_hierarchy.h"

#include <math.h>
#include <stdio.h>

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

static void draw_level(tw_text *out, const char *name, const level_sum *sum, size_t y) {
    char reads[TW_NUMBER_TEXT], writes[TW_NUMBER_TEXT], shown[40];
    snprintf(shown, sizeof shown, "%.32s", name);
    tw_number_count(reads, sum->reads);
    tw_number_count(writes, sum->writes);
    tw_text_add(out,
                "<rect class=\"box\" x=\"10\" y=\"%zu\" width=\"%d\" height=\"%d\" rx=\"6\"/>"
                "<text x=\"24\" y=\"%zu\" font-weight=\"600\">",
                y, BOX_WIDTH, BOX_HEIGHT, y + 23);
    tw_html_escape(out, shown);
    tw_text_add(out, "</text><text x=\"%d\" y=\"%zu\" text-anchor=\"end\">%.0f x</text>",
                BOX_WIDTH - 4, y + 23, sum->instances);
    tw_text_add(out, "<text x=\"24\" y=\"%zu\">%s words read, %s written", y + 45, reads, writes);
    if (sum->occupancy > 0)
        tw_text_add(out, ", at most %.0f%% full", 100 * sum->occupancy);
    tw_text_add(out, "</text>\n");
}

static void draw_hierarchy(tw_text *out, const json_t *levels, const json_t *root) {
    const size_t count = json_array_size(levels);
    tw_text_add(out,
                "<figure><svg viewBox=\"0 0 %d %zu\" role=\"img\"><title>The buffer hierarchy, "
                "outermost level on top</title>",
                BOX_WIDTH + 20, count * (BOX_HEIGHT + BOX_GAP));
    for (size_t l = 0; l < count; l++) {
        const level_sum sum = sum_level(root, l);
        const size_t y = l * (BOX_HEIGHT + BOX_GAP) + 4;
        draw_level(out, tw_member_text(json_array_get(levels, l), "name"), &sum, y);
        if (l + 1 < count)
            tw_text_add(out,
                        "<path class=\"axis\" d=\"M%d %zu v%d m-5 -7 l5 7 l5 -7\" fill=\"none\"/>",
                        BOX_WIDTH / 2, y + BOX_HEIGHT + 2, BOX_GAP - 6);
    }
    tw_text_add(out, "</svg></figure>\n");
}

void tw_html_hierarchy(tw_text *out, const json_t *root, const char *id) {
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
