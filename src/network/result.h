/* The result of map, eval or verify: what the JSON of docs/result.md says, as data. */
#ifndef TW_NETWORK_RESULT_H
#define TW_NETWORK_RESULT_H

#include "arch/accelerator.h"
#include "search/search.h"
#include "workload/network.h"

typedef struct {
    const tw_layer *layer; /* of the result's network */
    tw_search_result search;
    bool shared;    /* same problem as an earlier layer: its search was not repeated */
    size_t same_as; /* index of that layer when shared */
} tw_layer_result;

typedef struct {
    double energy_pj, latency_cycles,
        edp; /* sums over layers times repeat; edp = product of sums */
    uint64_t macs;
    uint64_t layers, unmapped; /* layers counted with their repeats; those without a mapping */
} tw_total;

/* What the search was asked for, as far as the answer depends on it. */
typedef struct {
    const char *dataflow, *bypass, *technique; /* words of the option table */
    const char *constraints, *partial;         /* paths, or NULL */
    double gap, time_limit_s;
    uint64_t work_limit, seed;
} tw_result_settings;

struct tw_result {
    tw_ctx *ctx;
    tw_arena arena;
    const char *command; /* "map" or "eval" */
    const char *model;   /* "loopnest", "neurospector", "tiled" */
    tw_objective objective;
    tw_result_settings settings; /* of map */
    /* Copies of what was mapped, so that the result outlives its inputs. */
    const char *accelerator_name, *network_name;
    uint64_t batch;
    tw_hierarchy hierarchy;
    size_t layer_count;
    tw_layer *layers_data;
    tw_layer_result *layers;
    tw_total total;
    tw_status status; /* worst over the layers: the exit status */
    double seconds;   /* 0: not measured */
    unsigned threads;
    void *tiled; /* model tiled: src/tiled's own result, json_t */
    /* The best schedule of all layers that have a mapping, or NULL: network_schedule.h. */
    struct tw_network_schedule *schedule;
};

/* An empty result for a hierarchy: names and hierarchy are copied; no layers yet. NULL when out of
 * memory. */
tw_result *tw_result_new(tw_ctx *ctx, const char *accelerator_name, const char *network_name,
                         const tw_hierarchy *hierarchy) TW_NODISCARD;
/* Room for `count` layers, to be filled with tw_result_set_layer. */
tw_status tw_result_make_layers(tw_result *result, size_t count) TW_NODISCARD;
/* Copies a layer of a network to place `index`. */
tw_status tw_result_set_layer(tw_result *result, size_t index, const tw_layer *layer) TW_NODISCARD;
/* Points each layer's `shared` and `same_as` to the first layer with an equal problem. */
void tw_result_find_shared(tw_result *result);
/* The layer has a mapping and its cost. */
bool tw_layer_is_mapped(const tw_layer_result *layer);
/* (value - bound) / value; 0 when the value is 0 or the bound reaches it. */
double tw_search_gap(const tw_search_result *search);
/* Fills total and status from the layers. */
void tw_result_sum(tw_result *result);

extern const char *const tw_objective_names[]; /* by tw_objective */
extern const char *const tw_found_names[];     /* by tw_found: "optimal", ... */
enum { TW_OBJECTIVE_COUNT = TW_OBJECTIVE_PARETO + 1, TW_FOUND_COUNT = TW_FOUND_EVALUATED + 1 };

#endif
