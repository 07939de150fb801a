#include "search/chain.h"

#include <stdlib.h>
#include <string.h>

#include "cost/interval_union.h"
#include "search/accounts.h"
#include "search/axes.h"
#include "search/mirror.h"

/* ---- Tensors ---- */

static tw_status make_tensor(tw_chain *c, unsigned t) {
    const tw_tensor *tensor = &c->problem->tensors[t];
    tw_chain_tensor *out = &c->tensors[t];
    out->role = tensor->role;
    out->output = tensor->role == TW_ROLE_OUTPUT;
    out->whole_words = 1;
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        tw_axis_table table;
        bool moves = false;
        for (unsigned i = 0; i < tensor->axes[a].term_count; i++)
            moves |= c->problem->extent[tensor->axes[a].terms[i].dim] > 1;
        if (!moves)
            continue; /* always one position */
        TW_TRY(tw_axis_table_make(c, &tensor->axes[a], &table));
        for (unsigned i = 0; i < tensor->axes[a].term_count; i++) {
            const tw_dim dim = tensor->axes[a].terms[i].dim;
            if (c->problem->extent[dim] <= 1)
                continue;
            out->relevant |= 1u << dim;
            if (!table.window)
                out->leaving |= 1u << dim;
        }
        out->window |= table.window;
        out->axes[out->axis_count++] = table;
    }
    for (unsigned i = 0; i < c->lattice.active_count; i++)
        if (!(out->relevant >> c->lattice.active[i] & 1))
            out->irrelevant[out->irrelevant_count++] = i;
    uint16_t full[TW_DIM_COUNT];
    tw_tile_indices(&c->lattice, c->full, full);
    out->whole_words = tw_chain_volume(c, t, full);
    return TW_OK;
}

double tw_chain_volume(const tw_chain *chain, unsigned tensor, const uint16_t index[TW_DIM_COUNT]) {
    const tw_chain_tensor *t = &chain->tensors[tensor];
    double words = 1;
    for (unsigned a = 0; a < t->axis_count; a++)
        words *= tw_axis_entry(&t->axes[a], t->axes[a].extent, index);
    return words;
}

double tw_chain_points(const tw_chain *chain, const uint16_t index[TW_DIM_COUNT]) {
    double points = 1;
    for (unsigned i = 0; i < chain->lattice.active_count; i++) {
        const tw_dim d = chain->lattice.active[i];
        points *= (double)chain->lattice.dims[d].divisors[index[d]];
    }
    return points;
}

bool tw_window_may_return(const tw_chain *chain, const tw_axis_table *axis,
                          const uint16_t index[TW_DIM_COUNT]) {
    uint64_t step[2], rest[2];
    for (int i = 0; i < 2; i++) {
        const tw_divisors *dim = &chain->lattice.dims[axis->dims[i]];
        const uint64_t extent = dim->divisors[index[axis->dims[i]]];
        step[i] = axis->coefficients[i] * extent;
        rest[i] = axis->coefficients[i] * (dim->divisors[dim->count - 1] - extent);
    }
    return step[0] <= rest[1] && step[1] <= rest[0];
}

/* ---- Choices ---- */

static void make_keep_choices(tw_chain *c, bool search_bypass) {
    for (unsigned l = 0; l < c->levels; l++) {
        const tw_level *level = &c->arch->levels[l];
        const bool fixed = !search_bypass || l == 0;
        for (tw_role_mask keeps = 0; keeps <= TW_ALL_ROLES; keeps++) {
            const tw_role_mask wanted = level->keeps & c->roles;
            if (keeps & ~c->roles)
                continue;
            if (fixed ? keeps != wanted
                      : (keeps & ~(level->may_keep | level->must_keep)) ||
                            (level->must_keep & c->roles & ~keeps))
                continue;
            c->keep_choices[l][c->keep_choice_count[l]++] = keeps;
        }
    }
}

/* Walks outwards from level l over the levels that may keep the tensor, up to the first that
 * always does. */
static void find_next_keeper(tw_chain *c, unsigned l, unsigned t) {
    const tw_role role = c->tensors[t].role;
    unsigned candidates = 0;
    c->next_keeper[l][t] = -1;
    c->next_keeper_pj[l][t] = 0;
    for (unsigned p = l; p-- > 0;) {
        bool may = false, must = true;
        for (unsigned k = 0; k < c->keep_choice_count[p]; k++) {
            may |= c->keep_choices[p][k] >> role & 1;
            must &= c->keep_choices[p][k] >> role & 1;
        }
        if (!may)
            continue;
        const double word_pj = c->tensors[t].output ? c->arch->levels[p].write_pj[role]
                                                    : c->arch->levels[p].read_pj[role];
        if (candidates++ == 0 || word_pj < c->next_keeper_pj[l][t])
            c->next_keeper_pj[l][t] = word_pj;
        c->next_keeper[l][t] = candidates == 1 ? (int)p : -1;
        if (must)
            return;
    }
}

static void add_mask(uint32_t *masks, unsigned *count, uint32_t mask) {
    for (unsigned i = 0; i < *count; i++)
        if (masks[i] == mask)
            return;
    if (*count < 64)
        masks[(*count)++] = mask;
}

static tw_dim_mask active_dims(const tw_chain *c) {
    tw_dim_mask active = 0;
    for (unsigned i = 0; i < c->lattice.active_count; i++)
        active |= 1u << c->lattice.active[i];
    return active;
}

static tw_status make_classes(tw_chain *c) {
    c->classes = tw_arena_array(&c->arena, TW_MAX_ORDER_CLASSES, sizeof *c->classes);
    if (!c->classes)
        return tw_out_of_memory(c->ctx);
    const tw_order_request request = {
        .problem = c->problem, .loops = active_dims(c), .open = (1u << c->tensor_count) - 1};
    c->class_count = tw_order_classes(&request, c->classes);
    uint32_t windows = 0;
    for (unsigned t = 0; t < c->tensor_count; t++)
        windows |= (uint32_t)c->tensors[t].window << t;
    for (unsigned i = 0; i < c->class_count; i++) {
        uint32_t open = 0;
        for (unsigned t = 0; t < c->tensor_count; t++)
            if (!(c->tensors[t].relevant & c->classes[i].groups[0]))
                open |= 1u << t;
        add_mask(c->survivors, &c->survivor_count, open);
    }
    for (unsigned i = 0; i < c->survivor_count; i++) {
        const uint32_t shrinking = c->survivors[i] | windows;
        for (uint32_t subset = shrinking;; subset = (subset - 1) & shrinking) {
            add_mask(c->vertices, &c->vertex_count, subset);
            if (subset == 0)
                break;
        }
    }
    c->single_survivors = true;
    for (unsigned i = 0; i < c->survivor_count; i++)
        c->single_survivors &= (c->survivors[i] & (c->survivors[i] - 1)) == 0;
    for (unsigned l = 0; l < c->levels; l++)
        c->constrained_order[l] = c->arch->levels[l].constraints.order_count > 0 ||
                                  c->arch->levels[l].constraints.stationary >= 0;
    return TW_OK;
}

/* Few units mean many compute steps: with time in the accounts, those with most come first. */
static int by_descending_units(const void *a, const void *b) {
    const tw_unrolling *x = a, *y = b;
    if (x->units != y->units)
        return x->units > y->units ? -1 : 1;
    return memcmp(x->index, y->index, sizeof x->index);
}

tw_status tw_chain_make(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                        const tw_search_options *options, const tw_blend *sought, tw_chain *c) {
    memset(c, 0, sizeof *c);
    c->ctx = ctx;
    c->arch = arch;
    c->problem = problem;
    c->levels = arch->level_count;
    c->tensor_count = problem->tensor_count;
    c->output = problem->output;
    c->macs = (double)problem->macs;
    tw_arena_init(&c->arena, ctx);
    TW_TRY(tw_lattice_make(&c->arena, problem, &c->lattice));
    c->full = (tw_tile_id)(c->lattice.size - 1);
    c->mirrors = tw_mirror_holds(arch, problem);
    for (unsigned t = 0; t < c->tensor_count; t++) {
        TW_TRY(make_tensor(c, t));
        c->roles |= 1u << c->tensors[t].role;
    }
    if (c->tensors[c->output].window)
        return tw_fail(ctx, TW_USAGE, NULL,
                       "the exact search has no rule for an output with a sliding window");
    tw_accounts_make(c, options->objective, sought);
    make_keep_choices(c, options->search_bypass);
    for (unsigned l = 0; l <= c->levels; l++)
        for (unsigned t = 0; t < c->tensor_count; t++)
            find_next_keeper(c, l, t);
    TW_TRY(make_classes(c));
    c->units_outside[0] = 1;
    for (unsigned l = 0; l < c->levels; l++) {
        TW_TRY(tw_unrollings_make(&c->arena, arch, &c->lattice, l, &c->unrollings[l]));
        if (c->account_count > 1 && c->unrollings[l].count > 0)
            qsort(c->unrollings[l].items, c->unrollings[l].count, sizeof *c->unrollings[l].items,
                  by_descending_units);
        double most = 1;
        for (size_t i = 0; i < c->unrollings[l].count; i++)
            if (c->unrollings[l].items[i].units > most)
                most = c->unrollings[l].items[i].units;
        c->units_outside[l + 1] = c->units_outside[l] * most;
    }
    return TW_OK;
}

void tw_chain_free(tw_chain *chain) {
    if (chain->ctx)
        tw_arena_free(&chain->arena);
}

/* ---- Steps ---- */

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

static double irrelevant_units(const tw_chain *c, unsigned t, const tw_unrolling *unrolling) {
    double units = 1;
    for (unsigned i = 0; i < c->lattice.active_count; i++) {
        const tw_dim d = c->lattice.active[i];
        if (unrolling->index[d] && !(c->tensors[t].relevant >> d & 1))
            units *= (double)c->lattice.dims[d].divisors[unrolling->index[d]];
    }
    return units;
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
    double share = 1 / irrelevant_units(c, t, unrolling);
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
        const double copies = irrelevant_units(c, c->output, unrolling);
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

void tw_chain_open(const tw_chain *c, unsigned level, const uint16_t index[TW_DIM_COUNT],
                   tw_label *out) {
    const double repeats = c->macs / tw_chain_points(c, index);
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
