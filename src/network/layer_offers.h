/* What the layers of a network offer a schedule: every kind of layer is asked once, alone and,
 * where layers can run side by side, on every number of chips. These searches run in parallel, each
 * in a context of its own; what they find ends up in the order of the layers. */
#ifndef TW_NETWORK_LAYER_OFFERS_H
#define TW_NETWORK_LAYER_OFFERS_H

#include "network/map_schedule.h"
#include "network/network_graph.h"
#include "network/progress.h"
#include "search/offers.h"

typedef struct tw_offer_part tw_offer_part; /* one search */

/* Layers with the same problem. */
typedef struct {
    bool used, shares, gives, takes;
    size_t first_part, part_count; /* alone, then by number of chips */
    tw_offer_list alone, side;
    tw_choices choices; /* in the arena of the result */
} tw_layer_kind;

typedef struct {
    tw_ctx *ctx;
    const tw_schedule_request *request;
    tw_result *result;
    tw_network_graph *graph;
    const tw_schedule_machine *machine;
    tw_layer_kind *kinds; /* by index of the first layer in the result */
    size_t part_count, part_capacity;
    tw_offer_part *parts;
    atomic_size_t parts_left;
    tw_monitor *monitor;
} tw_layer_offers;

/* Which kinds there are and what to ask them. Producers that leave nothing their readers can find
 * are taken out of the graph. Freed with tw_layer_offers_free, also after a failure; neither it nor
 * what it points to may move until then. */
tw_status tw_layer_offers_init(tw_layer_offers *offers) TW_NODISCARD;
/* Asks, in parallel, and points the layers of the graph to the choices of their kinds. */
tw_status tw_layer_offers_run(tw_layer_offers *offers) TW_NODISCARD;
void tw_layer_offers_free(tw_layer_offers *offers);

#endif
