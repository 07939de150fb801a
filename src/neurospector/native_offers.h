/* What layers on a native hierarchy offer a schedule of the whole network.
 *
 * The fanout below DRAM is the array of chips, in hierarchies of three levels; the machine's one
 * memory port is DRAM's. Side by side, n of N chips have n/N of its bandwidth, so that the split is
 * fair and layers do not wait for each other. */
#ifndef TW_NEUROSPECTOR_NATIVE_OFFERS_H
#define TW_NEUROSPECTOR_NATIVE_OFFERS_H

#include "search/offers.h"

void tw_neurospector_machine(const tw_hierarchy *arch, tw_schedule_machine *out);
/* Whether the layer can read the output of the one before it as its input: batch and channels are
 * the same, and the chips keep both tensors. */
bool tw_neurospector_meets(const tw_hierarchy *arch, const tw_problem *before,
                           const tw_problem *problem);
/* A valid mapping as a choice; false when its counts leave 64 bits. */
bool tw_neurospector_choice(const tw_hierarchy *arch, const tw_problem *problem,
                            const tw_mapping *mapping, bool side, tw_choice *out);
/* Whether any loops of the layer can be unrolled on exactly so many chips. */
bool tw_neurospector_can_use(const tw_hierarchy *arch, const tw_problem *problem, uint64_t chips);
tw_status tw_neurospector_offers(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                                 const tw_offer_request *request, tw_offer_list *out) TW_NODISCARD;

#endif
