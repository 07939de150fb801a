/* The mappings of a layer that a schedule with reuse between layers may want: besides the front of
 * energy and cycles those that cost more but hold more on the chips; see held_front.c. */
#ifndef TW_NEUROSPECTOR_HELD_FRONT_H
#define TW_NEUROSPECTOR_HELD_FRONT_H

#include "neurospector/front.h"

enum { NS_HELD_AXES = 4 }; /* batch, channels, rows, columns */

typedef struct {
    uint64_t input[NS_HELD_AXES], output[NS_HELD_AXES];
} ns_held;

/* What the chips hold of a tile with these extents. Channels of several groups stand next to each
 * other only where the groups are whole. */
ns_held ns_held_of(const ns_layer *layer, const uint64_t extent[NS_COLUMNS]);

typedef struct {
    bool output, input; /* which of the two tiles can be of use */
    /* What a word costs that need not move: one write and one read. */
    double word_pj, word_cycles, words_per_cycle;
} ns_held_use;

/* `front` is the proven front of the layer on any number of chips. Fills *out with mappings such
 * that every other one costs no less than one of these or of the front and holds no more, or costs
 * more by all that it could save. In no order; `proven` and limits as in ns_exact_front. Freed with
 * ns_front_free, also after a failure. */
tw_status ns_held_front(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                        const ns_search_options *options, const ns_held_use *use,
                        const ns_front *front, ns_front *out) TW_NODISCARD;

#endif
