/* The map command on an accelerator of kind tiled: the whole network at once, since layers are
 * linked by where they leave their data. */
#ifndef TW_NETWORK_MAP_TILED_H
#define TW_NETWORK_MAP_TILED_H

#include "arch/tiled.h"
#include "network/result.h"
#include "tiled/scheme.h"

/* What result->tiled points to; lies in the result's arena. */
typedef struct {
    tw_tiled_resource resource;
    tw_tiled_cost cost;
    size_t layer_count;
    const char **names; /* in scheduling order */
    tw_layer_schedule *schedules;
    int (*sequences)[3]; /* segment, spatial and temporal index */
    double total_cost, total_static;
    int64_t total_time;
    double ops, access[TW_MEMS], hops, mac_pj, network_pj;
} tw_tiled_result;

/* options is resolved; the accelerator is of kind tiled. */
tw_status tw_map_tiled(tw_ctx *ctx, const tw_accelerator *accelerator, const tw_network *network,
                       const tw_map_options *options, tw_result **out TW_GIVE) TW_NODISCARD;

#endif
