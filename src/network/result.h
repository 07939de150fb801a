/* The result of map, eval or verify: what the JSON of docs/result.md says, as data. */
#ifndef TW_NETWORK_RESULT_H
#define TW_NETWORK_RESULT_H

#include "arch/accelerator.h"
#include "search/search.h"
#include "workload/network.h"

typedef struct {
    const tw_layer *layer; /* of the result's network */
    tw_search_result search;
    bool shared; /* same problem as an earlier layer: its search was not repeated */
} tw_layer_result;

typedef struct {
    double energy_pj, latency_cycles,
        edp; /* sums over layers times repeat; edp = product of sums */
    uint64_t macs;
} tw_total;

struct tw_result {
    tw_ctx *ctx;
    tw_arena arena;
    const char *command; /* "map" or "eval" */
    const char *model;   /* "loopnest", "neurospector", "tiled" */
    tw_objective objective;
    /* Copies of what was mapped, so that the result outlives its inputs. */
    const char *accelerator_name, *network_name;
    tw_hierarchy hierarchy;
    size_t layer_count;
    tw_layer *layers_data;
    tw_layer_result *layers;
    tw_total total;
    tw_status status; /* worst over the layers: the exit status */
    double seconds;
    unsigned threads;
    void *tiled; /* model tiled: src/tiled's own result, json_t */
};

void tw_result_sum(tw_result *result);

#endif
