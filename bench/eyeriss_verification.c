/* The Eyeriss verification of nn_dataflow: the model beside published figures of the chip.
 *
 *     eyeriss_verification
 *
 * prints two Markdown tables and exits with 1 when a figure that should agree does not.
 *
 * Table 1: AlexNet with batch 16 on 16 x 16 processing elements, energies relative to a MAC,
 * against Fig. 10 of Chen, Emer, Sze, ISCA 2016: operations, memory and register files within
 * 0.1e9. Table 2: the convolutions with batch 4 on the chip, power without memory and time at 200
 * MHz, against Table V of Chen et al., JSSC 2017: power above 0.6 and time above 0.8 of the chip's,
 * operations, active elements and filter words within 0.1 of what is published. The reference
 * figures are those of the original's own test. Layers come in halves (_a, _b) that are added up.
 */
#include <math.h>
#include <stdlib.h>

#include "tiled/nn_dataflow.h"

typedef struct {
    const char *prefix;
    double op, dram, regf; /* 1e9 MAC energies */
} isca_row;

static const isca_row isca[] = {
    {"conv1", 1.69, 2.46, 6.75}, {"conv2", 3.58, 2.27, 14.33}, {"conv3", 2.39, 2.02, 9.57},
    {"conv4", 1.79, 1.57, 7.18}, {"conv5", 1.20, 1.05, 4.78},  {"fc1", 0.60, 7.78, 2.42},
    {"fc2", 0.27, 3.39, 1.07},   {"fc3", 0.07, 0.84, 0.26},
};

typedef struct {
    const char *prefix;
    double power_mw, latency_ms, mops, active, filters_k;
} jssc_row;

static const jssc_row jssc[] = {
    {"conv1", 332, 16.5, 421.66, 151, 34.8}, {"conv2", 288, 39.2, 895.79, 135, 307.2},
    {"conv3", 266, 21.8, 598.1, 156, 884.7}, {"conv4", 235, 16.0, 448.6, 156, 663.6},
    {"conv5", 236, 10.0, 299.0, 156, 442.4},
};

typedef struct {
    double op, access[TW_MEMS], cost_without_dram, ops, active, filters;
    int64_t time;
} layer_sum;

static layer_sum sum_layers(const tw_tiled_search *search, const tw_scheme *scheme,
                            const char *prefix) {
    layer_sum sum = {0};
    for (const tw_scheme *s = scheme; s->layer >= 0; s = s->before) {
        const tw_tiled_node *node = &search->dag->layers[s->layer];
        const tw_layer_schedule *l = s->schedule;
        if (strncmp(node->name, prefix, strlen(prefix)) != 0)
            continue;
        sum.op += l->cost_op;
        sum.ops += l->blocking.ops;
        sum.time += l->time;
        sum.active = l->blocking.ops / (double)l->blocking.proc_time / l->nodes;
        sum.filters += (double)tw_tiled_filter_words(&node->layer);
        sum.cost_without_dram += l->cost;
        for (int m = 0; m < TW_MEMS; m++) {
            const double *words = l->blocking.access[m];
            sum.access[m] += search->cost.mem_hier[m] * (words[0] + words[1] + words[2]);
        }
    }
    sum.cost_without_dram -= sum.access[TW_MEM_DRAM];
    return sum;
}

static bool near(double is, double reference) {
    return fabs(is - reference) < 0.1;
}

static bool print_isca(const tw_tiled_search *search, const tw_scheme *scheme) {
    bool good = true;
    printf("AlexNet, batch 16, 1 node of 16 x 16, energy in 1e9 MACs (model / Fig. 10)\n\n"
           "| layer | ALU | DRAM | buffer | array | RF |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof isca / sizeof *isca; i++) {
        const layer_sum s = sum_layers(search, scheme, isca[i].prefix);
        const double dram = s.access[TW_MEM_DRAM] / 1e9, regf = s.access[TW_MEM_REGF] / 1e9;
        printf("| %s | %.4f / %.2f | %.4f / %.2f | %.4f | %.4f | %.4f / %.2f |\n", isca[i].prefix,
               s.op / 1e9, isca[i].op, dram, isca[i].dram, s.access[TW_MEM_GBUF] / 1e9,
               s.access[TW_MEM_ITCN] / 1e9, regf, isca[i].regf);
        good &=
            near(s.op / 1e9, isca[i].op) && near(dram, isca[i].dram) && near(regf, isca[i].regf);
    }
    return good;
}

static bool print_jssc(const tw_tiled_search *search, const tw_scheme *scheme) {
    bool good = true;
    printf("\nAlexNet convolutions, batch 4, 1 node of 12 x 14 at 200 MHz (model / Table V)\n\n"
           "| layer | power mW | latency ms | MOPs | active PEs | filters k |\n"
           "|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof jssc / sizeof *jssc; i++) {
        const jssc_row *r = &jssc[i];
        const layer_sum s = sum_layers(search, scheme, r->prefix);
        const double seconds = (double)s.time / 200e6;
        const double power = s.cost_without_dram / seconds * 1e3, latency = seconds * 1e3;
        const double mops = s.ops / 1e6, filters = s.filters / 1e3, active = floor(s.active);
        printf("| %s | %.3f / %.0f | %.4f / %.1f | %.3f / %g | %.0f / %g | %.3f / %g |\n",
               r->prefix, power, r->power_mw, latency, r->latency_ms, mops, r->mops, active,
               r->active, filters, r->filters_k);
        good &= power > 0.6 * r->power_mw && power < r->power_mw && latency > 0.8 * r->latency_ms &&
                latency < r->latency_ms && near(mops, r->mops) && near(active, r->active) &&
                near(filters, r->filters_k);
    }
    return good;
}

static const char *const isca_arguments[] = {
    "alex_net", "--batch", "16",     "--nodes",          "1", "1", "--array", "16", "16", "--regf",
    "512",      "--gbuf",  "131072", "--disable-bypass", "i", "o", "f"};
static const char *const jssc_arguments[] = {"alex_net",
                                             "--batch",
                                             "4",
                                             "--nodes",
                                             "1",
                                             "1",
                                             "--array",
                                             "12",
                                             "14",
                                             "--regf",
                                             "522",
                                             "--gbuf",
                                             "110592",
                                             "--op-cost",
                                             "2e-12",
                                             "--hier-cost",
                                             "460e-12",
                                             "15e-12",
                                             "4e-12",
                                             "1e-12",
                                             "--hop-cost",
                                             "0",
                                             "--unit-idle-cost",
                                             "1.5e-10",
                                             "--disable-bypass",
                                             "i",
                                             "o",
                                             "f"};

static bool run(tw_ctx *ctx, int argc, const char *const *argv,
                bool (*print)(const tw_tiled_search *, const tw_scheme *)) {
    tw_nn_dataflow_request request;
    tw_tiled_dag *dag = NULL;
    tw_tiled_search search = {0};
    const tw_scheme *scheme = NULL;
    bool good = tw_nn_dataflow_parse(ctx, argc, argv, &request) == TW_OK &&
                tw_nn_dataflow_load(ctx, request.net, &dag) == TW_OK;
    if (good) {
        const tw_tiled_resource resource = tw_nn_dataflow_resource(&request);
        good = tw_tiled_search_init(ctx, dag, request.batch, &resource, &request.cost,
                                    &request.options, &search) == TW_OK &&
               tw_tiled_search_run(&search, &scheme) == TW_OK && scheme && print(&search, scheme);
        tw_tiled_search_free(&search);
    }
    tw_tiled_dag_free(dag);
    return good;
}

int main(void) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    if (!ctx)
        return 1;
    const bool first =
        run(ctx, sizeof isca_arguments / sizeof *isca_arguments, isca_arguments, print_isca);
    const bool second =
        run(ctx, sizeof jssc_arguments / sizeof *jssc_arguments, jssc_arguments, print_jssc);
    printf("\n%s\n", first && second ? "all figures agree" : "some figure does not agree");
    tw_diagnostics_print(ctx, stderr, false);
    tw_ctx_free(ctx);
    return first && second ? 0 : 1;
}
