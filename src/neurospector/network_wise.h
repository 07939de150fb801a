/* Beyond single layers: what a layer finds on the chips from the one before, and layers side by
 * side on the chips of one machine. */
#ifndef TW_NEUROSPECTOR_NETWORK_WISE_H
#define TW_NEUROSPECTOR_NETWORK_WISE_H

#include "neurospector/search.h"

/* Words of `before`'s last output tile that are in `layer`'s first input tile, both those that the
 * chips hold together. 0 when the layer cannot consume that output (channels or batch differ) or
 * GB keeps one of the two not. */
uint64_t ns_reused_words(const ns_accelerator *accelerator, const ns_layer *before,
                         const ns_table *before_table, const ns_layer *layer,
                         const ns_table *table);
/* Takes the DRAM transfers of those words, one write and one read, off the costs of `layer`: DRAM's
 * energy and cycles, the static energy of the cycles, and all sums. */
void ns_credit_reuse(const ns_model *model, const ns_layer *before, const ns_table *before_table,
                     const ns_layer *layer, const ns_table *table, ns_cost *cost);

enum { NS_MAX_PARTITION = 64 };

typedef struct {
    ns_search_result results[NS_MAX_PARTITION];
    uint64_t chips[NS_MAX_PARTITION];
    bool parallel[NS_MAX_PARTITION]; /* at the same time as the others marked so */
    double value;                    /* of the whole list */
    double alone_value;              /* all layers one after the other */
} ns_partition;

/* Which of the layers run at the same time, on how many chips each, the others alone: the least
 * cycles, or the least energy (static power then runs for the slowest of the parallel ones, not
 * for each). Each layer has the proven best mapping for its number of chips. */
tw_status ns_partition_chips(tw_ctx *ctx, const ns_accelerator *accelerator,
                             const ns_layer *const layers[], size_t count,
                             const ns_search_options *options, ns_partition *out) TW_NODISCARD;

#endif
