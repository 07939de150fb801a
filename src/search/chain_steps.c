/* What each step of a chain adds to the accounts of its label. */
#include <string.h>

#include "cost/interval_union.h"
#include "search/chain.h"

void tw_chain_start(const tw_chain *chain, tw_label *out) {
    memset(out, 0, tw_label_bytes(chain));
    double *done = tw_label_done(chain, out);
    done[0] = chain->macs * chain->arch->mac_pj;
    if (chain->account_count > 1)
        done[1] = chain->macs * chain->step_weight;
    for (unsigned t = 0; t < chain->tensor_count; t++) {
        tw_label_flow(chain, out)[t] = chain->macs;
        out->since[t] = (uint8_t)chain->levels;
    }
    out->level = (uint8_t)chain->levels;
    out->output_copies = 1;
    out->mirrors = chain->mirrors;
}

/* Positions that the children of one fanout cover together on a window axis. `length` is one
 * child's; with length 1 the number of distinct tiles. */
static double window_union(const tw_chain *c, const tw_axis_table *axis, uint64_t length,
                           const uint16_t below[TW_DIM_COUNT], const tw_unrolling *unrolling) {
    tw_progression progressions[2];
    bool overflow = false;
    for (int i = 0; i < 2; i++) {
        const tw_divisors *dim = &c->lattice.dims[axis->dims[i]];
        progressions[i] =
            (tw_progression){axis->coefficients[i] * dim->divisors[below[axis->dims[i]]],
                             dim->divisors[unrolling->index[axis->dims[i]]]};
    }
    return (double)tw_interval_union(length, progressions, 2, &overflow);
}

bool tw_chain_unroll(const tw_chain *c, const uint16_t below[TW_DIM_COUNT],
                     const tw_unrolling *unrolling, uint16_t index[TW_DIM_COUNT],
                     tw_tile_id *tile) {
    *tile = 0;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        const tw_divisors *dim = &c->lattice.dims[d];
        index[d] = dim->product[below[d] * dim->count + unrolling->index[d]];
        if (index[d] == TW_NO_DIVISOR)
            return false;
        *tile += (tw_tile_id)(index[d] * c->lattice.weight[d]);
    }
    return true;
}

uint8_t tw_chain_spread_axes(const tw_chain *c, unsigned t, const tw_unrolling *unrolling) {
    uint8_t axes = 0;
    for (unsigned a = 0; c->tensors[t].window && a < c->tensors[t].axis_count; a++) {
        const tw_axis_table *axis = &c->tensors[t].axes[a];
        if (axis->window && (unrolling->index[axis->dims[0]] || unrolling->index[axis->dims[1]]))
            axes |= (uint8_t)(1u << a);
    }
    return axes;
}

/* Share of the children's words that the parent supplies. `below` is the tile of a unit of the
 * fanout; a child fetches the tile of `label`'s flow. */
static double merged_share(const tw_chain *c, const tw_label *label, unsigned t, unsigned level,
                           const uint16_t below[TW_DIM_COUNT], const tw_unrolling *unrolling) {
    const tw_chain_tensor *tensor = &c->tensors[t];
    const tw_fanout *fanout = &c->arch->levels[level].fanout;
    if (tensor->output ? !fanout->reduce : fanout->multicast == TW_MULTICAST_NONE)
        return 1;
    double share = 1 / tw_chain_irrelevant(c, t, unrolling->index);
    const uint8_t spread = tw_chain_spread_axes(c, t, unrolling);
    if (!spread)
        return share;
    uint16_t child[TW_DIM_COUNT];
    tw_tile_indices(&c->lattice, label->child_tile[t], child);
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        const tw_axis_table *axis = &tensor->axes[a];
        if (!(spread >> a & 1))
            continue;
        const double units =
            (double)c->lattice.dims[axis->dims[0]].divisors[unrolling->index[axis->dims[0]]] *
            (double)c->lattice.dims[axis->dims[1]].divisors[unrolling->index[axis->dims[1]]];
        const double length =
            fanout->multicast == TW_MULTICAST_TILES ? 1 : tw_axis_entry(axis, axis->extent, child);
        share *= window_union(c, axis, (uint64_t)length, below, unrolling) / (length * units);
    }
    return share;
}

/* Remembers the children's places along windows: they matter if another fanout spreads them. */
static void note_spread(const tw_chain *c, tw_label *label, unsigned t,
                        const uint16_t below[TW_DIM_COUNT], const tw_unrolling *unrolling) {
    const uint8_t spread = tw_chain_spread_axes(c, t, unrolling);
    label->spread_axes[t] |= spread;
    for (unsigned a = 0; spread >> a; a++)
        for (unsigned i = 0; spread >> a & 1 && i < 2; i++) {
            const tw_dim d = c->tensors[t].axes[a].dims[i];
            label->spread[t] = tw_mix(tw_mix(label->spread[t], below[d]), unrolling->index[d]);
        }
}

/* A window whose words await a parent may still have to be counted exactly, from its oldest open
 * boundary on: until they arrive, its costs stay apart from what is done. */
static bool is_apart(const tw_chain *c, tw_label *label, unsigned t) {
    return (label->open >> t & 1) || (c->tensors[t].window && tw_label_flow(c, label)[t] > 0);
}

static double *account_of(const tw_chain *c, tw_label *label, unsigned t) {
    return is_apart(c, label, t) ? tw_label_open(c, label, t) : tw_label_done(c, label);
}

static void close_accounts(const tw_chain *c, tw_label *label, unsigned t) {
    double *done = tw_label_done(c, label), *open = tw_label_open(c, label, t);
    for (unsigned a = 0; a < c->account_count; a++) {
        done[a] += open[a];
        open[a] = 0;
    }
}

static void pay_network(const tw_chain *c, tw_label *label, unsigned t, unsigned level) {
    const tw_fanout *fanout = &c->arch->levels[level].fanout;
    const double word_pj = fanout->hop_pj * fanout->hops;
    if (word_pj == 0)
        return;
    const bool returns = c->tensors[t].output && label->since[t] < c->levels;
    account_of(c, label, t)[0] += word_pj * tw_label_flow(c, label)[t] * (returns ? 2 : 1);
    if (returns)
        tw_label_credit(c, label)[0] += word_pj * c->tensors[t].whole_words * label->output_copies;
}

static void reach_parent(const tw_chain *c, tw_label *label, unsigned t, unsigned level) {
    const tw_chain_tensor *tensor = &c->tensors[t];
    double *flow = &tw_label_flow(c, label)[t];
    double *accounts = account_of(c, label, t);
    if (tensor->output) {
        tw_chain_charge(c, level, tensor->role, *flow, *flow, accounts);
        tw_chain_charge(c, level, tensor->role, tensor->whole_words, 0, tw_label_credit(c, label));
    } else {
        tw_chain_charge(c, level, tensor->role, *flow, 0, accounts);
    }
    *flow = 0;
    if (tensor->window && !is_apart(c, label, t))
        close_accounts(c, label, t);
}

static void scale_cycles(const tw_chain *c, tw_label *label, double units, double copies) {
    double *done = tw_label_done(c, label), *credit = tw_label_credit(c, label);
    credit[0] *= copies;
    for (unsigned a = 1; a < c->account_count; a++) {
        done[a] /= units;
        credit[a] *= copies / units;
        for (unsigned t = 0; t < c->tensor_count; t++)
            tw_label_open(c, label, t)[a] /= units;
    }
}

void tw_chain_cross(const tw_chain *c, const tw_label *from, unsigned level,
                    const tw_unrolling *unrolling, tw_role_mask keeps,
                    const uint16_t below[TW_DIM_COUNT], tw_label *out) {
    memcpy(out, from, tw_label_bytes(c));
    out->level = (uint8_t)level;
    out->keeps = (uint8_t)keeps;
    out->loops = false;
    for (unsigned t = 0; t < c->tensor_count; t++)
        if (!(out->exact >> t & 1))
            pay_network(c, out, t, level);
    if (unrolling->units > 1) {
        const double copies = tw_chain_irrelevant(c, c->output, unrolling->index);
        scale_cycles(c, out, unrolling->units, copies);
        if (!c->arch->levels[level].fanout.reduce)
            out->output_copies *= copies;
    }
    for (unsigned t = 0; t < c->tensor_count; t++) {
        if (out->exact >> t & 1)
            continue;
        if (unrolling->units > 1)
            tw_label_flow(c, out)[t] *= merged_share(c, from, t, level, below, unrolling);
        note_spread(c, out, t, below, unrolling);
        if (keeps >> c->tensors[t].role & 1)
            reach_parent(c, out, t, level);
    }
}

void tw_chain_effect(const tw_chain *c, uint8_t open, const tw_order *order, tw_dim_mask loops,
                     const double factor[TW_DIM_COUNT], tw_loop_effect *out) {
    out->open = open;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        out->run[t] = 1;
        if (!(open >> t & 1))
            continue;
        const tw_dim_mask relevant = c->tensors[t].relevant & loops;
        tw_dim_mask inside = 0;
        unsigned g = 0;
        for (; g < order->group_count && !(order->groups[g] & relevant); g++)
            inside |= order->groups[g] & loops;
        if (!relevant)
            inside = loops;
        else
            out->open &= (uint8_t) ~(1u << t);
        for (; inside; inside &= inside - 1)
            out->run[t] *= factor[__builtin_ctz(inside)];
    }
}

void tw_chain_apply(const tw_chain *c, const tw_loop_effect *effect, tw_label *out) {
    for (unsigned t = 0; t < c->tensor_count; t++) {
        if (!(out->open >> t & 1) || (out->exact >> t & 1))
            continue;
        double *open = tw_label_open(c, out, t);
        tw_label_flow(c, out)[t] /= effect->run[t];
        for (unsigned a = 0; a < c->account_count; a++)
            open[a] /= effect->run[t];
        if (effect->open >> t & 1)
            continue;
        out->open &= (uint8_t) ~(1u << t);
        if (!is_apart(c, out, t))
            close_accounts(c, out, t);
    }
}

/* Points of the iteration space in a tile. */
static double points(const tw_chain *c, const uint16_t index[TW_DIM_COUNT]) {
    double count = 1;
    for (unsigned i = 0; i < c->lattice.active_count; i++) {
        const tw_dim d = c->lattice.active[i];
        count *= (double)c->lattice.dims[d].divisors[index[d]];
    }
    return count;
}

void tw_chain_open(const tw_chain *c, unsigned level, const uint16_t index[TW_DIM_COUNT],
                   tw_label *out) {
    const double repeats = c->macs / points(c, index);
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const tw_chain_tensor *tensor = &c->tensors[t];
        if (!(out->keeps >> tensor->role & 1))
            continue;
        const double words = tw_chain_volume(c, t, index) * repeats;
        double *open = tw_label_open(c, out, t);
        if (!(out->open >> t & 1))
            out->since[t] = (uint8_t)level;
        out->child_tile[t] = out->tile;
        out->spread_axes[t] = 0;
        out->spread[t] = 0;
        out->open |= (uint8_t)(1u << t);
        tw_label_flow(c, out)[t] = words;
        if (tensor->output) {
            out->output_copies = 1;
            tw_chain_charge(c, level, tensor->role, words, words, open);
            tw_chain_charge(c, level, tensor->role, 0, tensor->whole_words,
                            tw_label_credit(c, out));
        } else {
            tw_chain_charge(c, level, tensor->role, 0, words, open);
        }
    }
}
