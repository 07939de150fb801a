#include "search/pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "search/chain_mapping.h"
#include "search/steps.h"

enum { LABELS_PER_REPORT = 256 };

/* ---- Taking labels ---- */

/* A complete chain: when it is not hopeless it becomes a mapping, priced by the cost model. */
static tw_status take_complete(tw_pass *p, tw_label *label) {
    const tw_chain *c = p->chain;
    double *done = tw_label_done(c, label);
    const double *credit = tw_label_credit(c, label);
    for (unsigned a = 0; a < c->account_count; a++) {
        done[a] -= credit[a];
        for (unsigned t = 0; t < c->tensor_count; t++)
            done[a] += tw_label_open(c, label, t)[a];
    }
    tw_best fresh;
    const tw_region point = tw_goal_point(&p->goal, done, &fresh);
    if (tw_goal_hopeless(&p->goal, &point))
        return TW_OK;
    tw_label_mapping(&p->labels, label, &fresh.point.mapping);
    if (!tw_evaluate(c->arch, c->problem, &fresh.point.mapping, &fresh.point.cost))
        return TW_OK; /* a count leaves 64 bits: no number that could be reported */
    return tw_goal_take(&p->goal, &fresh);
}

tw_status tw_pass_offer(tw_pass *p, tw_label *label, const uint16_t index[TW_DIM_COUNT],
                        bool opened) {
    double *bounds = tw_label_bounds(p->chain, label);
    tw_region region;
    p->evaluated++;
    if (label->level == 0 && label->loops)
        return take_complete(p, label);
    tw_bound_label(p->chain, label, index, bounds);
    if (p->blind)
        label->value_bound = tw_goal_value(&p->goal, bounds);
    tw_bound_add_rest(p->bounds, label, opened, bounds);
    if (!label->loops)
        tw_refinement_apply(p->refinement, label, index, bounds);
    tw_goal_region(&p->goal, bounds, &region);
    if (tw_goal_hopeless(&p->goal, &region)) {
        p->pruned++;
        return TW_OK;
    }
    if (!p->blind)
        label->value_bound = region.value;
    if (label->loops && !opened)
        tw_chain_open(p->chain, label->level, index, label);
    const tw_frontier_entry entry = {label->value_bound, bounds[0], tw_label_step(p->chain, label),
                                     p->labels.count};
    if (tw_labels_insert(&p->labels))
        return tw_frontier_push(&p->frontier, entry);
    p->pruned++;
    return TW_OK;
}

tw_label *tw_pass_copy(tw_pass *p, uint32_t index) {
    tw_label *copy = tw_labels_scratch(&p->labels);
    if (!copy) {
        p->limit = TW_LIMIT;
        return NULL;
    }
    memcpy(copy, tw_label_at(&p->labels, index), tw_label_bytes(p->chain));
    copy->parent = index;
    return copy;
}

static bool at_limit(tw_pass *p) {
    if (p->limit != TW_OK)
        return true;
    if (tw_is_cancelled(p->ctx))
        p->limit = TW_CANCELLED;
    else if (p->options->work_limit && p->evaluated >= p->options->work_limit)
        p->limit = TW_LIMIT;
    else if (p->deadline_s > 0 && tw_seconds() > p->deadline_s)
        p->limit = TW_LIMIT;
    return p->limit != TW_OK;
}

/* ---- Passes ---- */

static tw_status expand(tw_pass *p, uint32_t from) {
    const tw_label *label = tw_label_at(&p->labels, from);
    const unsigned level = label->level;
    if (level == p->chain->levels || label->loops)
        return tw_step_fanout(p, from, level - 1);
    return tw_step_loops(p, from, level);
}

static tw_status start(tw_pass *p) {
    tw_labels_reset(&p->labels);
    tw_frontier_clear(&p->frontier);
    tw_label *label = tw_labels_scratch(&p->labels);
    if (!label)
        return tw_out_of_memory(p->ctx);
    tw_chain_start(p->chain, label);
    label->value_bound = -INFINITY;
    if (!tw_labels_insert(&p->labels))
        return TW_ERROR;
    return tw_frontier_push(&p->frontier, (tw_frontier_entry){-INFINITY, 0, 0, 0});
}

/* Moves the `width` best living labels of the frontier to the front of `layer`. */
static size_t take_layer(tw_pass *p, size_t width, uint32_t *layer) {
    size_t count = 0;
    while (p->frontier.count > 0 && count < width) {
        const tw_frontier_entry entry = tw_frontier_pop(&p->frontier);
        if (!tw_label_at(&p->labels, entry.label)->dead)
            layer[count++] = entry.label;
    }
    tw_frontier_clear(&p->frontier);
    return count;
}

tw_status tw_pass_beam(tw_pass *p, size_t width) {
    TW_TRY(start(p));
    uint32_t *layer = tw_alloc_array(p->ctx, width, sizeof *layer);
    if (!layer)
        return tw_out_of_memory(p->ctx);
    tw_status status = TW_OK;
    for (unsigned step = 0; step < 2 * p->chain->levels && status == TW_OK; step++) {
        const size_t count = take_layer(p, width, layer);
        for (size_t i = 0; i < count && status == TW_OK && !at_limit(p); i++)
            status = expand(p, layer[i]);
    }
    tw_free(p->ctx, layer);
    return status;
}

/* Where the proof stands: labels come by rising bound, so that of the one at hand is the bound of
 * all that is left. */
static void report_progress(const tw_pass *p, double bound) {
    const tw_progress now = {
        .evaluated = p->evaluated, .incumbent = p->goal.value, .lower_bound = bound};
    if (p->ctx->progress)
        p->ctx->progress(p->ctx->progress_user, &now);
}

tw_status tw_pass_prove(tw_pass *p, uint64_t most_evaluated) {
    uint64_t taken = 0;
    p->open_bound = p->goal.gap_bound = INFINITY;
    TW_TRY(start(p));
    while (p->frontier.count > 0) {
        const tw_frontier_entry entry = tw_frontier_pop(&p->frontier);
        if (p->goal.value < INFINITY && entry.bound >= p->goal.value * (1 - TW_SAME))
            break;
        if (++taken % LABELS_PER_REPORT == 0)
            report_progress(p, entry.bound);
        if (tw_label_at(&p->labels, entry.label)->dead)
            continue;
        const bool enough = most_evaluated > 0 && p->evaluated >= most_evaluated;
        if (!enough && !at_limit(p))
            TW_TRY(expand(p, entry.label));
        if (enough || p->limit != TW_OK) {
            p->open_bound = entry.bound; /* no label left has a lower one */
            break;
        }
    }
    return TW_OK;
}

tw_status tw_pass_init(tw_ctx *ctx, const tw_bounds *bounds, const tw_refinement *refinement,
                       const tw_search_options *options, bool blend, tw_pass *out) {
    *out = (tw_pass){.ctx = ctx,
                     .chain = bounds->chain,
                     .bounds = bounds,
                     .refinement = refinement,
                     .options = options};
    out->open_bound = INFINITY;
    tw_goal_init(&out->goal, ctx, bounds->chain, options, blend);
    tw_frontier_init(&out->frontier, ctx);
    out->orders = tw_alloc_array(ctx, TW_MAX_ORDER_CLASSES, sizeof *out->orders);
    if (!out->orders)
        return tw_out_of_memory(ctx);
    return tw_labels_init(ctx, bounds->chain, &out->labels);
}

void tw_pass_free(tw_pass *pass) {
    if (!pass->ctx)
        return;
    tw_labels_free(&pass->labels);
    tw_frontier_free(&pass->frontier);
    tw_free(pass->ctx, pass->orders);
    tw_goal_free(&pass->goal);
}

tw_status tw_pass_root_bound(tw_pass *pass, double *value) {
    tw_labels_reset(&pass->labels);
    tw_label *label = tw_labels_scratch(&pass->labels);
    if (!label)
        return tw_out_of_memory(pass->ctx);
    const uint16_t unit[TW_DIM_COUNT] = {0};
    double bounds[TW_MAX_BOUNDS];
    tw_region region;
    tw_chain_start(pass->chain, label);
    tw_bound_label(pass->chain, label, unit, bounds);
    tw_bound_add_rest(pass->bounds, label, true, bounds);
    tw_goal_region(&pass->goal, bounds, &region);
    *value = region.value;
    return TW_OK;
}
