#include "tiled/nn_dataflow.h"

#include <stdlib.h>

#include "base/pool.h"
#include "input/built_in.h"
#include "tiled/schedule_cache.h"
#include "tiled/v15_json.h"

/* The zoo's own folder comes first: some of its networks share a name with ours. */
tw_status tw_nn_dataflow_load(tw_ctx *ctx, const char *net, tw_tiled_dag **out) {
    tw_arena scratch;
    tw_network *network = NULL;
    *out = NULL;
    tw_arena_init(&scratch, ctx);
    const char *path = tw_data_path(ctx, &scratch, "networks/nn_dataflow", net);
    tw_status status = tw_network_load(ctx, path ? path : net, NULL, &network);
    if (status == TW_OK)
        status = tw_tiled_dag_from_network(ctx, network, out);
    tw_network_free(network);
    tw_arena_free(&scratch);
    return status;
}

static tw_status search_network(tw_ctx *ctx, const tw_nn_dataflow_request *request,
                                const tw_tiled_dag *dag, FILE *out, FILE *err) {
    const tw_tiled_resource resource = tw_nn_dataflow_resource(request);
    const double begin = tw_seconds();
    const tw_scheme *scheme = NULL;
    tw_tiled_search search;
    tw_status status = tw_tiled_search_init(ctx, dag, request->batch, &resource, &request->cost,
                                            &request->options, &search);
    if (status == TW_OK)
        status = tw_tiled_search_run(&search, &scheme);
    if (status == TW_OK || (status == TW_INFEASIBLE && !scheme))
        if (tw_nn_dataflow_write(ctx, request, &search, scheme, tw_seconds() - begin, out) != TW_OK)
            status = TW_ERROR;
    if (status == TW_OK && !scheme) {
        status = tw_fail(ctx, TW_INFEASIBLE, NULL, "no valid dataflow: %s",
                         tw_tiled_search_reason(&search));
    }
    if (request->options.verbose && scheme)
        fprintf(err, "%s: cost %.6g, %lld cycles, %.3f s\n", dag->name, scheme->total_cost,
                (long long)scheme->total_time, tw_seconds() - begin);
    tw_tiled_search_free(&search);
    return status;
}

/* Writes the result, or `null`. */
static tw_status write_v15(tw_ctx *ctx, const tw_nn_dataflow_request *request,
                           const tw_tiled_resource *resource, const tw_v15_result *result,
                           double seconds, FILE *out) {
    const tw_v15_run run = {
        .version = tw_version(),
        .batch = request->batch,
        .processes = request->options.threads,
        .resource = resource,
        .memory = request->memory,
        .cost = &request->cost,
        .options = &request->options,
        .no_timing = request->no_timing,
    };
    tw_text text;
    tw_json json;
    if (!result) {
        fprintf(out, "null\n");
        return TW_OK;
    }
    tw_text_init(&text, ctx);
    tw_json_init(&json, &text);
    tw_json_object(&json, NULL);
    tw_v15_write(&json, &run, result);
    if (!request->no_timing)
        tw_json_double(&json, "elapsed", seconds);
    tw_json_end(&json);
    tw_status status = TW_OK;
    if (text.failed)
        status = tw_out_of_memory(ctx);
    else if (fwrite(text.data, 1, text.length, out) != text.length)
        status = tw_fail(ctx, TW_ERROR, NULL, "the result cannot be written");
    tw_text_free(&text);
    return status;
}

static tw_status search_network_v15(tw_ctx *ctx, const tw_nn_dataflow_request *request,
                                    const tw_tiled_dag *dag, FILE *out) {
    const tw_tiled_resource resource = tw_nn_dataflow_resource(request);
    const double begin = tw_seconds();
    tw_v15_network *network = NULL;
    tw_v15_result *result = NULL;
    TW_TRY(tw_tiled_options_check(ctx, &request->options));
    TW_TRY(tw_tiled_resource_check(ctx, &resource));
    TW_TRY(tw_tiled_dag_check_batch(ctx, dag, request->batch));
    TW_TRY(tw_v15_network_make(ctx, dag, &network));
    tw_status status = tw_v15_search(ctx, network, request->batch, &resource, &request->cost,
                                     &request->options, &result);
    if (status == TW_OK || status == TW_INFEASIBLE)
        if (write_v15(ctx, request, &resource, result, tw_seconds() - begin, out) != TW_OK)
            status = TW_ERROR;
    tw_v15_result_free(result);
    tw_v15_network_free(network);
    return status;
}

tw_status tw_nn_dataflow_main(tw_ctx *ctx, int argc, char **argv, FILE *out, FILE *err) {
    tw_nn_dataflow_request request;
    tw_tiled_dag *dag = NULL;
    const int skip = argc > 0;
    TW_TRY(tw_nn_dataflow_parse(ctx, argc - skip, (const char *const *)(argv + skip), &request));
    if (request.help) {
        tw_nn_dataflow_help(out);
        return TW_OK;
    }
    TW_TRY(tw_nn_dataflow_load(ctx, request.net, &dag));
    const tw_status status = request.options.model_v15
                                 ? search_network_v15(ctx, &request, dag, out)
                                 : search_network(ctx, &request, dag, out, err);
    tw_tiled_dag_free(dag);
    return status;
}
