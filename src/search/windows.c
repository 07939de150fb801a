#include "search/windows.h"

#include <string.h>

#include "search/chain_mapping.h"
#include "search/recount.h"

/* ---- Which ---- */

/* Whether an open boundary of the tensor inside `level` reuses halos. */
static bool slides(const tw_chain *c, unsigned level, const tw_label *label, unsigned t) {
    for (unsigned l = level + 1; l < c->levels && l <= label->since[t]; l++)
        if (c->arch->levels[l].sliding_window)
            return true;
    return false;
}

/* Counted exactly: children that a second fanout spreads along a window, for their union is no
 * product; and halo reuse, which depends on the tile that the label's own does not show. */
uint8_t tw_windows_crossing(const tw_chain *c, tw_label *label, unsigned level,
                            const tw_unrolling *unrolling) {
    uint8_t exact = label->exact;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const bool again = tw_label_flow(c, label)[t] > 0 &&
                           (label->spread_axes[t] & tw_chain_spread_axes(c, t, unrolling));
        if (c->tensors[t].window &&
            (again || ((label->open >> t & 1) && slides(c, level, label, t))))
            exact |= (uint8_t)(1u << t);
    }
    return exact;
}

/* Loops over both dimensions of a window can bring the tile back onto itself when one advance
 * equals the other's wrap. */
static bool steps_back(const tw_chain *c, const tw_extension *x, const tw_axis_table *axis) {
    uint64_t advance[2], wrap[2];
    for (int i = 0; i < 2; i++) {
        const tw_dim d = axis->dims[i];
        if (!(x->loops >> d & 1))
            return false;
        advance[i] = axis->coefficients[i] * c->lattice.dims[d].divisors[x->below[d]];
        wrap[i] = advance[i] * ((uint64_t)x->factor[d] - 1);
    }
    return advance[0] == wrap[1] || advance[1] == wrap[0];
}

/* Whether loops further out could still find the tile where it was, after these moved it. */
static bool may_step_back_later(const tw_chain *c, const tw_extension *x, unsigned t,
                                bool moved_before) {
    const tw_chain_tensor *tensor = &c->tensors[t];
    unsigned axes_moved = 0;
    bool may = false;
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        const tw_axis_table *axis = &tensor->axes[a];
        if (!axis->window)
            continue;
        uint64_t wrapped = 0, step[2];
        bool rest[2];
        for (int i = 0; i < 2; i++) {
            const tw_dim d = axis->dims[i];
            const tw_divisors *dim = &c->lattice.dims[d];
            if (x->loops >> d & 1)
                wrapped += axis->coefficients[i] *
                           (dim->divisors[x->index[d]] - dim->divisors[x->below[d]]);
            step[i] = axis->coefficients[i] * dim->divisors[x->index[d]];
            rest[i] = x->index[d] + 1u < dim->count;
        }
        axes_moved += wrapped > 0;
        if (moved_before)
            may |= rest[0] || rest[1];
        else if (wrapped > 0 && tw_window_may_return(c, axis, x->below))
            may |= (rest[0] && rest[1]) ||
                   (rest[0] && wrapped >= step[0] && wrapped % step[0] == 0) ||
                   (rest[1] && wrapped >= step[1] && wrapped % step[1] == 0);
    }
    return may && (moved_before || axes_moved < 2);
}

uint8_t tw_windows_exact(const tw_chain *c, const tw_extension *x, const tw_label *label) {
    uint8_t exact = label->exact & label->open;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const tw_chain_tensor *tensor = &c->tensors[t];
        if (!tensor->window || !(label->open >> t & 1) || (exact >> t & 1) ||
            !(x->loops & tensor->relevant & ~tensor->leaving))
            continue;
        bool needed = slides(c, x->level, label, t);
        for (unsigned a = 0; a < tensor->axis_count && !needed; a++)
            needed = tensor->axes[a].window && steps_back(c, x, &tensor->axes[a]);
        if (!needed && !(x->loops & tensor->leaving))
            needed = may_step_back_later(c, x, t, false);
        exact |= (uint8_t)(needed << t);
    }
    return exact;
}

uint8_t tw_windows_open(const tw_chain *c, const tw_extension *x, const tw_label *label,
                        uint8_t exact) {
    uint8_t open = 0;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        if (!(exact >> t & 1) || (x->loops & c->tensors[t].leaving))
            continue;
        const bool moves = x->loops & c->tensors[t].relevant;
        const bool moved_before = label->moved >> t & 1;
        if (!moves || slides(c, x->level, label, t) || may_step_back_later(c, x, t, moved_before))
            open |= (uint8_t)(1u << t);
    }
    return open;
}

uint32_t tw_windows_moving(const tw_chain *c, tw_dim_mask loops, uint8_t exact) {
    uint32_t moving = 0;
    for (unsigned t = 0; t < c->tensor_count; t++)
        if ((exact >> t & 1) && (loops & c->tensors[t].relevant & ~c->tensors[t].leaving))
            moving |= 1u << t;
    return moving;
}

/* ---- Recounting ---- */

/* Mixes what the exact cost of a tensor depends on into the signature. */
static void sign(const tw_labels *labels, tw_label *label) {
    if (!label->exact) {
        label->signature = 0;
        return;
    }
    uint64_t hash = tw_mix(label->signature, label->exact);
    hash = tw_mix(hash, tw_label_at(labels, label->parent)->tile);
    hash = tw_mix(hash, label->tile);
    for (unsigned g = 0; label->loops && g < label->order.group_count; g++)
        hash = tw_mix(hash, label->order.groups[g] + 1u);
    label->signature = tw_mix(hash, label->open) | 1;
}

void tw_windows_recount(const tw_labels *labels, tw_label *label) {
    const tw_chain *c = labels->chain;
    tw_nest nest;
    tw_role_mask keeps[TW_MAX_LEVELS];
    tw_label_nest(labels, label, &nest, keeps);
    for (unsigned t = 0; t < c->tensor_count; t++) {
        if (!(label->exact >> t & 1))
            continue;
        double *open = tw_label_open(c, label, t);
        memset(open, 0, c->account_count * sizeof *open);
        double *flow = &tw_label_flow(c, label)[t];
        *flow = tw_recount(c, &nest, keeps, label->level, t, label->since[t], open);
        if ((label->open >> t & 1) || *flow > 0)
            continue;
        for (unsigned a = 0; a < c->account_count; a++)
            tw_label_done(c, label)[a] += open[a];
        memset(open, 0, c->account_count * sizeof *open);
        label->exact &= (uint8_t) ~(1u << t);
    }
    sign(labels, label);
}
