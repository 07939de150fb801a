#include "report/html_roofline.h"

#include <math.h>

#include "report/html_chart.h"

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

/* Points of the layers, and the roof above them. */
static tw_chart chart_of(const json_t *layers, double bandwidth, tw_chart_point *points) {
    tw_chart chart = {.title = "Roofline",
                      .x_label = "MACs per word of the outermost level",
                      .y_label = "MACs per cycle",
                      .slope = bandwidth,
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
    return chart;
}

static void write_table(tw_text *out, const tw_chart *chart, const char *id) {
    tw_html_table_begin(out, id, "Roofline: what each layer asks of the outermost level");
    tw_html_heading(out, "Layer", false);
    tw_html_heading(out, "MACs per word", true);
    tw_html_heading(out, "MACs per cycle", true);
    tw_html_heading(out, "Roof at that intensity", true);
    tw_html_table_rows(out);
    for (size_t i = 0; i < chart->count; i++) {
        const tw_chart_point *point = &chart->points[i];
        const double slope = chart->slope * point->x;
        tw_text_add(out, "<tr>");
        tw_html_cell(out, point->name);
        tw_html_count(out, point->x);
        tw_html_count(out, point->y);
        tw_html_count(out, slope > 0 && slope < chart->peak ? slope : chart->peak);
        tw_text_add(out, "</tr>\n");
    }
    tw_html_table_end(out);
}

tw_status tw_html_roofline(tw_ctx *ctx, tw_text *out, const json_t *root, const char *id) {
    const json_t *layers = json_object_get(root, "layers");
    const json_t *outer =
        json_array_get(json_object_get(json_object_get(root, "accelerator"), "levels"), 0);
    if (!outer)
        return TW_OK;
    tw_chart_point *points = tw_alloc_array(ctx, json_array_size(layers), sizeof *points);
    if (!points)
        return tw_out_of_memory(ctx);
    const tw_chart chart = chart_of(layers, tw_member_number(outer, "bandwidth"), points);
    tw_text_add(out, "<h2 id=\"%s-h\">Roofline</h2>\n", id);
    tw_html_chart(out, &chart);
    write_table(out, &chart, id);
    tw_free(ctx, points);
    return TW_OK;
}
