#include "search/labels.h"

#include <math.h>
#include <string.h>

tw_status tw_labels_init(tw_ctx *ctx, const tw_chain *chain, tw_labels *out) {
    *out = (tw_labels){.chain = chain, .ctx = ctx};
    out->stride = (tw_label_bytes(chain) + 15) / 16 * 16;
    out->limit_bytes = (size_t)768 << 20;
    out->head =
        tw_alloc_array(ctx, chain->lattice.size * (2 * chain->levels + 1u), sizeof *out->head);
    if (!out->head)
        return tw_out_of_memory(ctx);
    tw_labels_reset(out);
    return TW_OK;
}

void tw_labels_free(tw_labels *labels) {
    if (!labels->ctx)
        return;
    tw_free(labels->ctx, labels->bytes);
    tw_free(labels->ctx, labels->head);
    *labels = (tw_labels){0};
}

void tw_labels_reset(tw_labels *labels) {
    labels->count = 0;
    memset(labels->head, 0xff,
           labels->chain->lattice.size * (2 * labels->chain->levels + 1u) * sizeof *labels->head);
}

tw_label *tw_labels_scratch(tw_labels *labels) {
    if (labels->count == labels->capacity) {
        size_t capacity = labels->capacity ? 2 * (size_t)labels->capacity : 4096;
        if (capacity * labels->stride > labels->limit_bytes)
            capacity = labels->limit_bytes / labels->stride;
        if (capacity <= labels->capacity || capacity >= TW_NO_LABEL)
            return NULL;
        unsigned char *bytes = tw_resize(labels->ctx, labels->bytes, capacity * labels->stride);
        if (!bytes)
            return NULL;
        labels->bytes = bytes;
        labels->capacity = (uint32_t)capacity;
    }
    return tw_label_at(labels, labels->count);
}

/* What an account comes to at most; infinite while a step to come can add to it. */
static double most_of_account(const tw_chain *c, tw_label *label, unsigned x) {
    const unsigned level = c->account_level[x];
    if (x > 1 && (level < label->level || (level == label->level && !label->loops)))
        return INFINITY;
    double most = tw_label_done(c, label)[x];
    for (unsigned t = 0; t < c->tensor_count; t++)
        most += tw_label_open(c, label, t)[x];
    return most;
}

/* Whether every completion of `a` costs at most what the same completion of `b` costs, in every
 * account. A completion multiplies the open parts of the tensors that survive its innermost loop
 * by factors up to 1; the cost is linear in each, so the corners decide. */
static bool at_least_as_good(const tw_chain *c, tw_label *a, tw_label *b) {
    if (a->keeps != b->keeps || a->exact != b->exact || a->signature != b->signature)
        return false;
    const double *done_a = tw_label_done(c, a), *done_b = tw_label_done(c, b);
    const double *credit_a = tw_label_credit(c, a), *credit_b = tw_label_credit(c, b);
    const double *flow_a = tw_label_flow(c, a), *flow_b = tw_label_flow(c, b);
    for (unsigned t = 0; t < c->tensor_count; t++) {
        if (flow_a[t] > flow_b[t])
            return false;
        if (flow_b[t] > 0 && (b->open & ~a->open) >> t & 1)
            return false;
        if (flow_b[t] > 0 && c->tensors[t].window &&
            (a->child_tile[t] != b->child_tile[t] || a->spread[t] != b->spread[t]))
            return false;
    }
    if (flow_b[c->output] > 0 && a->output_copies < b->output_copies)
        return false;
    for (unsigned x = c->first_compared; x < c->account_count; x++) {
        if (x > 0 && b->least_cycles > 0 && most_of_account(c, a, x) <= b->least_cycles)
            continue;
        double difference = (done_a[x] - credit_a[x]) - (done_b[x] - credit_b[x]);
        if (credit_a[x] < credit_b[x])
            return false;
        double open[TW_MAX_TENSORS];
        for (unsigned t = 0; t < c->tensor_count; t++) {
            open[t] = tw_label_open(c, a, t)[x] - tw_label_open(c, b, t)[x];
            difference += open[t];
        }
        if (difference > 0)
            return false;
        for (unsigned v = 0; v < c->vertex_count; v++) {
            double corner = difference;
            for (uint32_t rest = c->vertices[v]; rest; rest &= rest - 1)
                corner -= open[__builtin_ctz(rest)];
            if (corner > 0)
                return false;
        }
    }
    return true;
}

/* Whether a label of the list is at least as good. It moves to the front: what beats one label
 * beats many like it. */
static bool is_beaten(tw_labels *labels, uint32_t *first, tw_label *fresh) {
    for (uint32_t *link = first; *link != TW_NO_LABEL;) {
        const uint32_t index = *link;
        tw_label *other = tw_label_at(labels, index);
        if (at_least_as_good(labels->chain, other, fresh)) {
            *link = other->next;
            other->next = *first;
            *first = index;
            return true;
        }
        link = &other->next;
    }
    return false;
}

bool tw_labels_insert(tw_labels *labels) {
    const tw_chain *c = labels->chain;
    tw_label *fresh = tw_label_at(labels, labels->count);
    uint32_t *first = &labels->head[tw_label_step(c, fresh) * c->lattice.size + fresh->tile];
    fresh->least_cycles = c->settles ? tw_chain_latency(c, tw_label_bounds(c, fresh)) : 0;
    if (is_beaten(labels, first, fresh))
        return false;
    for (uint32_t *link = first; *link != TW_NO_LABEL;) {
        tw_label *other = tw_label_at(labels, *link);
        if (at_least_as_good(c, fresh, other)) {
            other->dead = true;
            *link = other->next;
        } else {
            link = &other->next;
        }
    }
    fresh->dead = false;
    fresh->next = *first;
    *first = labels->count++;
    return true;
}
