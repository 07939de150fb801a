/* The labels of one pass: a growing pool, and per step of the chain and tile the list of those
 * that no other label there makes useless. */
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
    uint32_t *head; /* [step * tiles + tile]: the first label there */
} tw_labels;

tw_status tw_labels_init(tw_ctx *ctx, const tw_chain *chain, tw_labels *out) TW_NODISCARD;
void tw_labels_free(tw_labels *labels);
/* Forgets all labels. */
void tw_labels_reset(tw_labels *labels);

/* Steps are numbered from the empty chain (0) outwards: fanout, loops, fanout, ... */
static inline unsigned tw_label_step(const tw_chain *chain, const tw_label *label) {
    return label->level == chain->levels
               ? 0
               : 2 * (chain->levels - 1u - label->level) + (label->loops ? 2 : 1);
}

static inline tw_label *tw_label_at(const tw_labels *labels, uint32_t index) {
    return (tw_label *)(void *)(labels->bytes + labels->stride * index);
}

/* Room for one more label at the end, or NULL (memory limit). Moves the pool: pointers to labels
 * are good until the next call. */
tw_label *tw_labels_scratch(tw_labels *labels);
/* Takes the scratch label into the list of its step and tile unless one there is at least as good
 * for every completion; marks those that it makes useless dead. Returns whether it was taken. */
bool tw_labels_insert(tw_labels *labels);

#endif
