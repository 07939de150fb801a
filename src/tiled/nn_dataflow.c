#include "tiled/nn_dataflow.h"

#include <stdlib.h>

#include "base/pool.h"
#include "input/built_in.h"
#include "tiled/schedule_cache.h"

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
    const tw_status status = search_network(ctx, &request, dag, out, err);
    tw_tiled_dag_free(dag);
    return status;
}
