/* What a search offers a schedule of the whole network: mappings of one layer, each with what it
 * costs there. */
#ifndef TW_SEARCH_OFFERS_H
#define TW_SEARCH_OFFERS_H

#include "schedule/steps.h"
#include "search/search.h"

typedef struct {
    tw_choice choice;
    tw_mapping mapping;
} tw_offer;

typedef struct {
    uint64_t side_chips; /* exactly so many chips, beside other layers; 0: alone on the machine */
    /* Alone: also mappings that cost more, but hold more of the output, or the input. */
    bool holds_output, holds_input;
    const tw_search_options *options;
} tw_offer_request;

typedef struct {
    size_t count, capacity;
    tw_offer *offers;
    bool complete;                        /* every mapping asked for is as bad as one of these */
    double least_energy_pj, least_cycles; /* of any mapping; energy without static; 0: unknown */
    uint64_t whole_input[TW_HELD_AXES], whole_output[TW_HELD_AXES]; /* no tile is larger */
    tw_status limit; /* TW_OK, TW_LIMIT, TW_CANCELLED: why not complete */
    uint64_t evaluated;
} tw_offer_list;

tw_status tw_offer_add(tw_ctx *ctx, tw_offer_list *list, const tw_offer *offer) TW_NODISCARD;
/* Takes out what another offer makes useless: one that costs no more, side by side uses no more
 * chips, and holds no less of what is asked for. */
void tw_offers_sift(tw_offer_list *list, const tw_offer_request *request);
void tw_offers_free(tw_ctx *ctx, tw_offer_list *list);

/* Of the loop-nest model, whose layers always run alone: the front of energy and latency. */
tw_status tw_search_offers(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                           const tw_offer_request *request, tw_offer_list *out) TW_NODISCARD;
/* A valid mapping as a choice; false when its counts leave 64 bits, or it cannot run side by side
 * with others. */
bool tw_loopnest_choice(const tw_hierarchy *arch, const tw_problem *problem,
                        const tw_mapping *mapping, bool side, tw_choice *out);

#endif
