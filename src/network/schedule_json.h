/* The schedule of a network inside a result: the object "schedule" of docs/result.md. */
#ifndef TW_NETWORK_SCHEDULE_JSON_H
#define TW_NETWORK_SCHEDULE_JSON_H

#include "base/json_writer.h"
#include "input/tree.h"
#include "network/network_schedule.h"

void tw_schedule_write_json(tw_json *json, const tw_result *result);
/* Fills in result->schedule from the node, which may be NULL: the result's layers are read. What
 * was given is taken from the file (graph, mappings, steps, what the search said), every cost is
 * computed anew. Errors at their places. */
tw_status tw_schedule_read_json(tw_document *document, tw_node *node, const tw_model *model,
                                tw_result *result) TW_NODISCARD;

#endif
