/* --schedule network: the best schedule of all layers that have a mapping. */
#ifndef TW_NETWORK_MAP_SCHEDULE_H
#define TW_NETWORK_MAP_SCHEDULE_H

#include "input/mapping_set.h"
#include "network/model.h"
#include "network/result.h"

typedef struct {
    const tw_network *network;
    const tw_model *model;
    const tw_map_options *options; /* resolved */
    const tw_hierarchy *searched;  /* with the dataflow of this call */
    const tw_mapping_set *partial; /* or NULL */
    double deadline_s;             /* on the clock of tw_seconds; 0: none */
    unsigned threads;
} tw_schedule_request;

/* What of the options does not go together. */
tw_status tw_schedule_check_options(tw_ctx *ctx, const tw_model *model,
                                    const tw_map_options *options) TW_NODISCARD;
/* Fills in result->schedule from a result of map, whose layers are final; leaves it NULL when no
 * layer has a mapping. */
tw_status tw_map_schedule(tw_ctx *ctx, const tw_schedule_request *request,
                          tw_result *result) TW_NODISCARD;

#endif
