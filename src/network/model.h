/* The cost models by name: what `--model` chooses among. A new model is a row in model.c. */
#ifndef TW_NETWORK_MODEL_H
#define TW_NETWORK_MODEL_H

#include "arch/accelerator.h"
#include "search/offers.h"

typedef struct {
    const char *name;
    /* What the model cannot say of an accelerator (an error at `at`) or do of what the options,
     * which are resolved, ask; NULL: it does all. */
    tw_status (*check)(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch,
                       const tw_map_options *options);
    /* The best mapping of a problem; see tw_search. */
    tw_status (*search)(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                        const tw_search_options *options, tw_search_result *out);
    /* The cost of a valid mapping; see tw_evaluate. */
    bool (*evaluate)(const tw_hierarchy *arch, const tw_problem *problem, const tw_mapping *mapping,
                     tw_cost *out);
    /* Schedules of the whole network: the machine (without: one chip); what a layer offers; a valid
     * mapping as a choice; whether a layer can use exactly so many chips (without: no layer shares
     * the machine); whether one may find on the chips what another left there (without: none). */
    void (*machine)(const tw_hierarchy *arch, tw_schedule_machine *out);
    tw_status (*offers)(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                        const tw_offer_request *request, tw_offer_list *out);
    bool (*choice)(const tw_hierarchy *arch, const tw_problem *problem, const tw_mapping *mapping,
                   bool side, tw_choice *out);
    bool (*can_use)(const tw_hierarchy *arch, const tw_problem *problem, uint64_t chips);
    bool (*meets)(const tw_hierarchy *arch, const tw_problem *before, const tw_problem *problem);
} tw_model;

/* The row with this name, or NULL. */
const tw_model *tw_model_by_name(const char *name);
/* The model that resolved options name, if it can price this accelerator. */
tw_status tw_model_of(tw_ctx *ctx, const tw_map_options *options, const tw_accelerator *accelerator,
                      const tw_model **out) TW_NODISCARD;

#endif
