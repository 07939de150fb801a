#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "arch/accelerator.h"
#include "search/search.h"
#include "workload/network.h"

static tw_objective objective_by_name(const char *name) {
    if (strcmp(name, "latency") == 0)
        return TW_OBJECTIVE_LATENCY;
    if (strcmp(name, "edp") == 0)
        return TW_OBJECTIVE_EDP;
    return strcmp(name, "pareto") == 0 ? TW_OBJECTIVE_PARETO : TW_OBJECTIVE_ENERGY;
}

/* Solves one problem `repeat` times and adds it to the row. */
static tw_status solve(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                       const tw_bench_case *bench, const tw_bench_options *options,
                       tw_bench_row *row) {
    const tw_search_options search = {.objective = objective_by_name(bench->objective),
                                      .technique = "exact",
                                      .threads = options->threads};
    tw_bench_watch watch = {0};
    for (bool more = true; more;) {
        tw_search_result result = {0};
        tw_bench_start(&watch);
        TW_TRY(tw_search(ctx, arch, problem, &search, &result));
        more = tw_bench_stop(&watch, options);
        if (watch.runs == 1) {
            row->evaluated += result.evaluated;
            if (result.found == TW_FOUND_OPTIMAL)
                row->checksum += result.objective_value;
            else
                snprintf(row->words, sizeof row->words, "not all proven");
        }
        tw_search_result_free(ctx, &result);
    }
    row->layers++;
    row->seconds += watch.seconds;
    row->cpu_seconds += watch.cpu_seconds;
    if (watch.seconds > row->slowest_s)
        row->slowest_s = watch.seconds;
    return TW_OK;
}

static bool seen_before(const tw_network *network, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (tw_problem_equal(&network->layers[i].problem, &network->layers[index].problem))
            return true;
    return false;
}

static tw_status solve_network(tw_ctx *ctx, const tw_hierarchy *arch, const tw_bench_case *bench,
                               const tw_bench_options *options, tw_bench_row *row) {
    tw_network *network = NULL;
    TW_TRY(tw_network_load(ctx, bench->network, NULL, &network));
    tw_status status = TW_OK;
    for (size_t i = 0; i < network->layer_count && status == TW_OK; i++)
        if (!seen_before(network, i))
            status = solve(ctx, arch, &network->layers[i].problem, bench, options, row);
    tw_network_free(network);
    return status;
}

static tw_status solve_gemm(tw_ctx *ctx, const tw_hierarchy *arch, const tw_bench_case *bench,
                            const tw_bench_options *options, tw_bench_row *row) {
    const uint64_t ones[2] = {1, 1};
    uint64_t extent[TW_DIM_COUNT];
    for (int d = 0; d < TW_DIM_COUNT; d++)
        extent[d] = 1;
    extent[TW_DIM_B] = bench->gemm[0];
    extent[TW_DIM_K] = bench->gemm[1];
    extent[TW_DIM_C] = bench->gemm[2];
    tw_problem problem;
    TW_TRY(
        tw_problem_make(ctx, NULL, tw_operation_by_name("gemm"), extent, ones, ones, 1, &problem));
    return solve(ctx, arch, &problem, bench, options, row);
}

tw_status tw_bench_layers(tw_ctx *ctx, const tw_bench_case *bench, const tw_bench_options *options,
                          tw_bench_row *row) {
    tw_accelerator *accelerator = NULL;
    TW_TRY(tw_accelerator_load(ctx, bench->accelerator, &accelerator));
    snprintf(row->words, sizeof row->words, "optimal");
    const tw_status status = bench->network
                                 ? solve_network(ctx, &accelerator->hierarchy, bench, options, row)
                                 : solve_gemm(ctx, &accelerator->hierarchy, bench, options, row);
    tw_accelerator_free(accelerator);
    return status;
}
