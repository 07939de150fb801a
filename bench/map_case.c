#include "bench.h"

#include <stdio.h>

#include "network/result.h"

/* Sums up a finished result. Layers that share the search of an earlier one count once. */
static void read_result(const tw_result *result, tw_bench_row *row) {
    unsigned unproven = 0;
    row->layers = 0;
    row->evaluated = 0;
    row->checksum = 0;
    for (size_t i = 0; i < result->layer_count; i++) {
        const tw_layer_result *layer = &result->layers[i];
        if (layer->shared)
            continue;
        row->layers++;
        row->evaluated += layer->search.evaluated;
        unproven += layer->search.found != TW_FOUND_OPTIMAL;
        if (layer->search.found == TW_FOUND_OPTIMAL)
            row->checksum += layer->search.objective_value;
    }
    if (unproven)
        snprintf(row->words, sizeof row->words, "%u not proven", unproven);
    else
        snprintf(row->words, sizeof row->words, "optimal");
}

tw_status tw_bench_map(tw_ctx *ctx, const tw_bench_case *bench, const tw_bench_options *options,
                       tw_bench_row *row) {
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    const tw_map_options map = {.objective = bench->objective, .threads = options->threads};
    tw_status status = tw_accelerator_load(ctx, bench->accelerator, &accelerator);
    if (status == TW_OK)
        status = tw_network_load(ctx, bench->network, NULL, &network);
    tw_bench_watch watch = {0};
    for (bool more = true; more && status == TW_OK;) {
        tw_result *result = NULL;
        tw_bench_start(&watch);
        status = tw_map(ctx, accelerator, network, &map, &result);
        more = tw_bench_stop(&watch, options);
        if (result)
            read_result(result, row);
        tw_result_free(result);
    }
    row->seconds = watch.seconds;
    row->cpu_seconds = watch.cpu_seconds;
    tw_network_free(network);
    tw_accelerator_free(accelerator);
    return status;
}
