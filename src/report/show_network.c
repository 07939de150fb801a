#include "report/cells.h"
#include "report/show.h"
#include "workload/operations.h"

enum { NUMBER = 10, TYPE = 12, MOST_NAME = 32, DIMS_TEXT = 256 };

typedef struct {
    double macs, weights;
    uint64_t layers;
} sums;

/* Of trained weights: the second operand of a product in attention is none. */
static double weight_words(const tw_problem *problem) {
    bool overflow = false;
    double words = 0;
    if (!problem->operation->trained)
        return 0;
    for (unsigned t = 0; t < problem->tensor_count; t++)
        if (problem->tensors[t].role == TW_ROLE_WEIGHT)
            words += (double)tw_tile_words(&problem->tensors[t], problem->extent, &overflow);
    return words;
}

static void add_layer(tw_text *out, size_t number, const tw_layer *layer, int name, sums *total) {
    char text[DIMS_TEXT];
    const double repeat = (double)layer->repeat, macs = (double)layer->problem.macs * repeat;
    const double weights = weight_words(&layer->problem) * repeat;
    tw_text_add(out, "%4zu  ", number);
    tw_cell(out, layer->name, name);
    tw_text_add(out, "  ");
    tw_cell(out, layer->problem.operation->name, TYPE);
    snprintf(text, sizeof text, "x%llu", (unsigned long long)layer->repeat);
    tw_cell(out, layer->repeat > 1 ? text : "", -4);
    tw_number_count(text, macs);
    tw_cell(out, text, -NUMBER);
    tw_number_count(text, weights);
    tw_cell(out, text, -NUMBER);
    tw_dims_text(text, sizeof text, &layer->problem);
    tw_text_add(out, "  %s\n", text);
    total->macs += macs;
    total->weights += weights;
    total->layers += layer->repeat;
}

void tw_show_network(tw_text *out, const tw_network *network, const tw_write_options *options) {
    const tw_palette colors = tw_palette_of(options);
    sums total = {0};
    char text[TW_NUMBER_TEXT];
    int name = 5;
    for (size_t i = 0; i < network->layer_count; i++)
        if (tw_columns(network->layers[i].name) > name)
            name = tw_columns(network->layers[i].name);
    name = name > MOST_NAME ? MOST_NAME : name;
    tw_text_add(out, "%s", colors.bold);
    tw_cell_plain(out, network->name);
    tw_text_add(out, "%s%s", colors.reset, network->description ? ": " : "");
    if (network->description)
        tw_cell_plain(out, network->description);
    tw_text_add(out, "\n\n%s      ", colors.dim);
    tw_cell(out, "layer", name);
    tw_text_add(out, "  %-*s%4s%*s%*s  dimensions%s\n", TYPE, "type", "", NUMBER, "MACs", NUMBER,
                "weights", colors.reset);
    for (size_t i = 0; i < network->layer_count; i++)
        add_layer(out, i + 1, &network->layers[i], name, &total);
    snprintf(text, sizeof text, "%llu layers", (unsigned long long)total.layers);
    tw_text_add(out, "%s      ", colors.bold);
    tw_cell(out, text, name > 14 ? name : 14);
    tw_text_add(out, "%*s", TYPE + 6 - (name > 14 ? 0 : 14 - name), "");
    tw_number_count(text, total.macs);
    tw_cell(out, text, -NUMBER);
    tw_number_count(text, total.weights);
    tw_cell(out, text, -NUMBER);
    tw_text_add(out, "%s", colors.reset);
    tw_text_add(out, "  batch %llu\n", (unsigned long long)network->batch);
}
