/* A result in the JSON of nn_dataflow 1.5: its keys, in its order. */
#ifndef TW_TILED_V15_JSON_H
#define TW_TILED_V15_JSON_H

#include "base/json_writer.h"
#include "tiled/v15.h"

typedef struct {
    double total_cost, total_ops, accesses[TW_MEMS], noc_hops, node_time;
    double op_cost, access_cost, noc_cost, static_cost;
    int64_t total_time;
} tw_v15_totals;

tw_v15_totals tw_v15_sum(const tw_v15_result *result, const tw_tiled_cost *cost);

typedef struct {
    const char *version;
    int batch;
    unsigned processes;
    const tw_tiled_resource *resource;
    tw_tiled_memory memory;
    const tw_tiled_cost *cost;
    const tw_tiled_options *options;
    bool no_timing; /* leave out what differs from run to run */
} tw_v15_run;

/* Writes all keys into the object that is open in `json`, so that the caller can add its own. */
void tw_v15_write(tw_json *json, const tw_v15_run *run, const tw_v15_result *result);

#endif
