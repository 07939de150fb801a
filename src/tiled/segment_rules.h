/* Constraints on the loops of pipelined layers.
 *
 * For a producer and a consumer to run at the same time, their outermost loops must agree: both
 * walk the batch in the same groups, and either one of them holds its whole maps in the buffers,
 * or both walk the maps that pass between them in the same groups of channels. Holding alternates
 * along a chain of convolutions and can begin either way; the way with fewer buffered stages on
 * the longest chain is taken, then the one with the smaller buffers.
 *
 * What is left open are a few symbols (groups of the batch; groups of channels of a layer), each
 * with its divisors as values. Every tuple of values is one set of constraints. A rule may be
 * lazy: a layer without filters follows the channel groups that the convolution before it has
 * chosen freely. */
#ifndef TW_TILED_SEGMENT_RULES_H
#define TW_TILED_SEGMENT_RULES_H

#include "tiled/blocking.h"
#include "tiled/segment.h"
#include "tiled/segment_symbols.h"

typedef struct {
    tw_segment_term topbat, topifm, topofm;
    int follows; /* number of the layer whose outermost output groups are taken, or -1 */
} tw_layer_rule;

typedef struct {
    unsigned symbol_count;
    const tw_segment_symbol *symbols; /* topbat_shr, topifm_<share>, topofm_<share>_<turn or s>,
                                         in the order of their names */
    tw_layer_rule *layers;            /* by number in the segment */
    int buffered_stages;              /* on the longest chain */
} tw_segment_rules;

/* *valid is false when no way to hold maps fits the buffers. */
tw_status tw_segment_rules_make(tw_arena *arena, const tw_segment_context *context,
                                const tw_segment *segment, tw_segment_rules *out,
                                bool *valid) TW_NODISCARD;
/* Whether the search tries this value: so few groups of the batch that filling the pipeline alone
 * takes more than the limit on overhead are left out. */
bool tw_segment_value_allowed(const tw_segment_rules *rules, unsigned symbol, int64_t value,
                              double max_overhead);
/* The constraint of a layer for one value per symbol. Where the layer follows another one, topofm
 * is 0 and the caller fills it in. */
tw_top_constraint tw_segment_constraint(const tw_segment_rules *rules, unsigned layer,
                                        const int64_t *values);

#endif
