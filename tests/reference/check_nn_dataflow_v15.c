/* Kind nn-dataflow, files of version 1.5: the command line is run with --compat 1.5. */
#include <string.h>

#include "reference/nn_dataflow.h"
#include "tiled/nn_dataflow.h"
#include "tiled/v15_json.h"

static void doubles(const nnd_case *c, const char *layer, const char *key, const json_t *want,
                    const double *is, size_t count) {
    char what[256];
    snprintf(what, sizeof what, "%s.%s", layer, key);
    nnd_doubles(c, what, json_object_get(want, key), is, count);
}

static void integers(const nnd_case *c, const char *layer, const char *key, const json_t *want,
                     const int64_t *is, size_t count) {
    char what[256];
    snprintf(what, sizeof what, "%s.%s", layer, key);
    nnd_integers(c, what, json_object_get(want, key), is, count);
}

static void compare_loops(const nnd_case *c, const char *name, const json_t *want,
                          const tw_blocking *b) {
    int64_t factors[TW_LOOPS][3], orders[2 * TW_LOOPS];
    for (int lp = 0; lp < TW_LOOPS; lp++)
        for (int bl = 0; bl < 3; bl++) {
            factors[lp][bl] = b->t[bl][lp];
            if (bl < 2)
                orders[bl * TW_LOOPS + lp] = b->order[bl][lp];
        }
    integers(c, name, "ti", want, factors[TW_LOOP_IFM], 3);
    integers(c, name, "to", want, factors[TW_LOOP_OFM], 3);
    integers(c, name, "tb", want, factors[TW_LOOP_BAT], 3);
    integers(c, name, "orders", want, orders, 2 * TW_LOOPS);
    integers(c, name, "fetch", want, b->fetch[0], 2 * TW_DATAS);
    integers(c, name, "size", want, b->size[0], 2 * TW_DATAS);
    integers(c, name, "unit_size", want, b->unit_size[0], 2 * TW_DATAS);
    integers(c, name, "unit_cnt", want, b->unit_cnt[0], 2 * TW_DATAS);
    integers(c, name, "time", want, &b->time, 1);
    doubles(c, name, "ops", want, &b->ops, 1);
    doubles(c, name, "access", want, b->access[0], TW_MEMS * TW_DATAS);
}

static void compare_layer(const nnd_case *c, const char *name, const json_t *want,
                          const tw_v15_schedule *is) {
    if (strcmp(name, reference_text(want, "name")) != 0)
        reference_differs(c->run, c->id, "layer %s, expected %s", name,
                          reference_text(want, "name"));
    const int64_t nodes = is->nodes;
    doubles(c, name, "cost", want, &is->loop_cost, 1);
    doubles(c, name, "part_cost", want, &is->part_cost, 1);
    doubles(c, name, "part_occ", want, &is->occupancy, 1);
    integers(c, name, "part_num_nodes", want, &nodes, 1);
    integers(c, name, "part_unit_nhops", want, is->unit_nhops, TW_DATAS);
    integers(c, name, "part_total_nhops", want, is->total_nhops, TW_DATAS);
    compare_loops(c, name, want, &is->blocking);
}

static void compare(const nnd_case *c, const tw_nn_dataflow_request *request, const json_t *want,
                    const tw_v15_result *result) {
    const tw_v15_totals t = tw_v15_sum(result, &request->cost);
    doubles(c, "total", "total_cost", want, &t.total_cost, 1);
    integers(c, "total", "total_time", want, &t.total_time, 1);
    doubles(c, "total", "total_ops", want, &t.total_ops, 1);
    doubles(c, "total", "total_accesses", want, t.accesses, TW_MEMS);
    doubles(c, "total", "total_noc_hops", want, &t.noc_hops, 1);
    doubles(c, "total", "total_op_cost", want, &t.op_cost, 1);
    doubles(c, "total", "total_access_cost", want, &t.access_cost, 1);
    doubles(c, "total", "total_noc_cost", want, &t.noc_cost, 1);
    doubles(c, "total", "total_static_cost", want, &t.static_cost, 1);
    const json_t *layers = json_object_get(want, "layers");
    reference_count(c->run, c->id, "layers", json_array_size(layers), result->network->layer_count);
    for (unsigned i = 0; i < result->network->layer_count && i < json_array_size(layers); i++)
        compare_layer(c, result->network->layers[i].name, json_array_get(layers, i),
                      result->layers[i]);
}

void nnd_replay_v15(const nnd_case *c, tw_ctx *ctx, const char *file, const json_t *object) {
    const char *argv[NND_ARGUMENTS + 2];
    int argc = nnd_arguments(object, argv);
    argv[argc++] = "--compat";
    argv[argc++] = "1.5";
    tw_nn_dataflow_request request;
    tw_tiled_dag *dag = NULL;
    tw_v15_network *network = NULL;
    if (tw_nn_dataflow_parse(ctx, argc, argv, &request) != TW_OK ||
        !nnd_load_network(ctx, file, request.net, &dag) ||
        tw_v15_network_make(ctx, dag, &network) != TW_OK) {
        reference_differs(c->run, c->id, "cannot be read");
        tw_tiled_dag_free(dag);
        return;
    }
    const tw_tiled_resource resource = tw_nn_dataflow_resource(&request);
    tw_v15_result *result = NULL;
    const tw_status status = tw_v15_search(ctx, network, request.batch, &resource, &request.cost,
                                           &request.options, &result);
    const bool expected = strcmp(reference_text(object, "status"), "ok") == 0;
    if (expected && result)
        compare(c, &request, object, result);
    else if (expected || result)
        reference_differs(c->run, c->id, "expected status %s, is %s",
                          reference_text(object, "status"), tw_status_text(status));
    tw_v15_result_free(result);
    tw_v15_network_free(network);
    tw_tiled_dag_free(dag);
}
