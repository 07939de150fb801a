/* The labels of one pass: a growing pool, and per tile the list of those that no other label of
 * the same tile makes useless. */
#ifndef TW_SEARCH_LABELS_H
#define TW_SEARCH_LABELS_H

#include "search/chain.h"

#define TW_NO_LABEL UINT32_MAX

typedef struct {
    const tw_chain *chain;
    tw_ctx *ctx;
    unsigned char *bytes;
    size_t stride;
    uint32_t count, capacity;
    size_t limit_bytes;
    uint32_t *head;          /* by tile: first label of the layer being made */
    uint32_t first_of_layer; /* labels from here on belong to it */
} tw_labels;

tw_status tw_labels_init(tw_ctx *ctx, const tw_chain *chain, tw_labels *out) TW_NODISCARD;
void tw_labels_free(tw_labels *labels);
/* Forgets all labels. */
void tw_labels_reset(tw_labels *labels);
/* Begins a new layer: earlier labels are no longer compared with. */
void tw_labels_next_layer(tw_labels *labels);

static inline tw_label *tw_label_at(const tw_labels *labels, uint32_t index) {
    return (tw_label *)(void *)(labels->bytes + labels->stride * index);
}

/* Room for one more label at the end, or NULL (memory limit). Moves the pool: pointers to labels
 * are good until the next call. */
tw_label *tw_labels_scratch(tw_labels *labels);
/* Takes the scratch label into its tile's list unless one there is at least as good for every
 * completion; marks those that it makes useless dead. Returns whether it was taken. */
bool tw_labels_insert(tw_labels *labels);

#endif
