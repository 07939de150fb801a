#include "search/bound.h"

#include <math.h>
#include <string.h>

#include "search/mirror.h"
#include "search/rest.h"

/* How far the open part of a tensor can still shrink, runs apart. A window that comes back onto
 * its tile after at least W others saves one in W (every later advance saves at most one tile per
 * repetition of those W), W >= 2; with halo reuse there is no such limit. */
static double window_factor(const tw_chain *c, const tw_label *label, unsigned t,
                            const uint16_t index[TW_DIM_COUNT]) {
    const tw_chain_tensor *tensor = &c->tensors[t];
    if (!tensor->window)
        return 1;
    for (unsigned l = 1; l < c->levels && l <= label->since[t]; l++)
        if (c->arch->levels[l].sliding_window)
            return 0;
    if (label->moved >> t & 1)
        return 0.5;
    double soonest = INFINITY;
    for (unsigned a = 0; a < tensor->axis_count; a++)
        if (tensor->axes[a].window)
            soonest =
                fmin(soonest, tw_axis_entry(&tensor->axes[a], tensor->axes[a].return_after, index));
    return 1 - 1 / soonest;
}

/* What the flow that awaits a parent adds at least: all of it crosses the next fanout, and the
 * parent supplies what the fanouts cannot merge. */
static void add_awaited(const tw_chain *c, tw_label *label, unsigned t, double merged,
                        double *accounts) {
    const double flow = tw_label_flow(c, label)[t];
    const unsigned level = label->level;
    if (flow == 0 || level == 0)
        return;
    if (!(label->exact >> t & 1)) {
        const tw_fanout *fanout = &c->arch->levels[level - 1].fanout;
        accounts[0] += flow * fanout->hop_pj * fanout->hops;
    }
    const int keeper = c->next_keeper[level][t];
    if (keeper < 0)
        accounts[0] += flow / merged * c->next_keeper_pj[level][t];
    else if (c->tensors[t].output)
        tw_chain_charge(c, (unsigned)keeper, c->tensors[t].role, 0, flow / merged, accounts);
    else
        tw_chain_charge(c, (unsigned)keeper, c->tensors[t].role, flow / merged, 0, accounts);
}

double tw_slot_value(const tw_chain *c, unsigned slot, const double *accounts, double units) {
    if (slot == 0 || slot < c->account_count)
        return accounts[slot];
    const tw_blend *blend = &c->blends[slot - c->account_count];
    double cycles = 0;
    for (unsigned i = 0; i < blend->term_count; i++)
        cycles += blend->weight[blend->terms[i]] * accounts[blend->terms[i]];
    return blend->energy * accounts[0] + cycles / units;
}

/* Per tensor what it has open, and what is left of that when the innermost loops to come are free
 * for it. Runs and fanouts share a tensor's irrelevant iterations: what divides the one is lost to
 * the other, so a tensor that survives is not divided by them twice. */
typedef struct {
    double units, copies; /* at most: fanouts still to come, and copies of outputs they make */
    double window[TW_MAX_TENSORS], share[TW_MAX_TENSORS];
    double open[TW_MAX_TENSORS][TW_MAX_ACCOUNTS], surviving[TW_MAX_TENSORS][TW_MAX_ACCOUNTS];
} open_parts;

static double smaller(double a, double b) {
    return a < b ? a : b;
}

static void copy_accounts(const tw_chain *c, const double *from, double *to) {
    memcpy(to, from, c->account_count * sizeof *to);
}

static void make_open_parts(const tw_chain *c, tw_label *label, const uint16_t index[TW_DIM_COUNT],
                            open_parts *p) {
    tw_rest rest;
    tw_rest_make(c, index, &rest);
    p->units = smaller(c->units_outside[label->level], rest.iterations);
    p->copies = smaller(p->units, rest.irrelevant[c->output]);
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const bool open = label->open >> t & 1;
        const double overlapping = rest.overlapping[t];
        p->window[t] = open ? window_factor(c, label, t, index) : 1;
        p->share[t] = open ? p->window[t] / rest.irrelevant[t] : 1;
        copy_accounts(c, tw_label_open(c, label, t), p->open[t]);
        if (open) {
            copy_accounts(c, p->open[t], p->surviving[t]);
            add_awaited(c, label, t, smaller(p->units, overlapping), p->surviving[t]);
        }
        add_awaited(c, label, t, smaller(p->units, overlapping * rest.irrelevant[t]), p->open[t]);
        if (!open)
            copy_accounts(c, p->open[t], p->surviving[t]);
    }
}

/* The least sum over tensors of what stays open or survives, over the sets that can survive. */
static double cheapest_survivors(const tw_chain *c, const double open[TW_MAX_TENSORS],
                                 const double surviving[TW_MAX_TENSORS]) {
    double cheapest = INFINITY;
    for (unsigned i = 0; i < c->survivor_count; i++) {
        double sum = 0;
        for (unsigned t = 0; t < c->tensor_count; t++)
            sum += c->survivors[i] >> t & 1 ? surviving[t] : open[t];
        if (sum < cheapest)
            cheapest = sum;
    }
    return cheapest;
}

static double bound_slot(const tw_chain *c, const open_parts *p, unsigned slot,
                         const double *sure) {
    double open[TW_MAX_TENSORS], surviving[TW_MAX_TENSORS];
    for (unsigned t = 0; t < c->tensor_count; t++) {
        open[t] = tw_slot_value(c, slot, p->open[t], p->units) * p->window[t];
        surviving[t] = tw_slot_value(c, slot, p->surviving[t], p->units) * p->share[t];
    }
    const double bound =
        tw_slot_value(c, slot, sure, p->units) + cheapest_survivors(c, open, surviving);
    const bool cycles = slot > 0 && slot < c->account_count;
    return cycles ? fmax(bound, 0) / p->units : bound;
}

void tw_bound_label(const tw_chain *c, tw_label *label, const uint16_t index[TW_DIM_COUNT],
                    double *bounds) {
    const double *done = tw_label_done(c, label), *credit = tw_label_credit(c, label);
    double sure[TW_MAX_ACCOUNTS];
    open_parts parts;
    make_open_parts(c, label, index, &parts);
    sure[0] = done[0] - credit[0] * parts.copies; /* energy is always an account */
    for (unsigned a = 1; a < c->account_count; a++)
        sure[a] = done[a] - credit[a] * parts.copies;
    for (unsigned slot = 0; slot < c->bound_count; slot++)
        bounds[slot] = bound_slot(c, &parts, slot, sure);
}

void tw_floor_make(const tw_chain *c, tw_label *label, const uint16_t index[TW_DIM_COUNT],
                   unsigned slot, tw_floor *out) {
    double accounts[TW_MAX_ACCOUNTS];
    tw_rest rest;
    tw_rest_make(c, index, &rest);
    const double units = smaller(c->units_outside[label->level], rest.iterations);
    out->output_rest = rest.irrelevant[c->output];
    out->copies = smaller(units, out->output_rest);
    out->credit = tw_slot_value(c, slot, tw_label_credit(c, label), units);
    out->value = tw_slot_value(c, slot, tw_label_done(c, label), units) - out->credit * out->copies;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const bool open = label->open >> t & 1;
        copy_accounts(c, tw_label_open(c, label, t), accounts);
        add_awaited(c, label, t, smaller(units, rest.overlapping[t] * rest.irrelevant[t]),
                    accounts);
        out->open[t] = tw_slot_value(c, slot, accounts, units) *
                       (open ? window_factor(c, label, t, index) : 1);
        out->longest_run[t] = open ? rest.irrelevant[t] : 1;
        out->value += out->open[t];
        if (!open)
            out->open[t] = 0;
    }
}

static void add_table(const tw_chain *c, const double *table, tw_tile_id tile, double *bounds) {
    for (unsigned i = 0; i < c->bound_count; i++)
        bounds[i] += table[i * c->lattice.size + tile];
}

void tw_bound_add_rest(const tw_bounds *b, const tw_label *label, bool opened, double *bounds) {
    unsigned level = label->level;
    if (level == 0 || b->tables == 0)
        return;
    const unsigned choice = b->choice_of[level][label->keeps];
    if (level <= b->tables && !opened)
        add_table(b->chain, label->loops ? b->to_go[level][choice] : b->least[level][choice],
                  label->tile, bounds);
    else if (level > 1)
        add_table(b->chain, b->least_any[level - 1 < b->tables ? level - 1 : b->tables],
                  label->tile, bounds);
}

/* ---- Tables ---- */

typedef struct {
    tw_bounds *bounds;
    tw_label *start, *crossed; /* scratch */
} table_builder;

static double *new_table(tw_arena *arena, const tw_chain *c, double value) {
    const size_t count = c->bound_count * c->lattice.size;
    double *table = tw_arena_array(arena, count, sizeof *table);
    for (size_t i = 0; table && i < count; i++)
        table[i] = value;
    return table;
}

/* Whether crossing to `tile` can lower any bound: what the tile's own boundary comes to at least,
 * and what is outside of it. */
static bool can_lower(const tw_chain *c, const double *own, const double *outside, tw_tile_id tile,
                      const double *to_go) {
    for (unsigned b = 0; b < c->bound_count; b++) {
        const size_t table = b * c->lattice.size;
        if (own[b] + (outside ? outside[table + tile] : 0) < to_go[table])
            return true;
    }
    return false;
}

static void supply_over(table_builder *w, const tw_unrolling *unrolling, unsigned choice,
                        const uint16_t below[TW_DIM_COUNT], const uint16_t index[TW_DIM_COUNT],
                        tw_tile_id tile, double *to_go) {
    const tw_chain *c = w->bounds->chain;
    const unsigned level = w->start->level - 1u;
    double bounds[TW_MAX_BOUNDS];
    tw_chain_cross(c, w->start, level, unrolling, c->keep_choices[level][choice], below,
                   w->crossed);
    w->crossed->tile = tile;
    tw_bound_label(c, w->crossed, index, bounds);
    tw_bound_add_rest(w->bounds, w->crossed, false, bounds);
    for (unsigned b = 0; b < c->bound_count; b++)
        if (bounds[b] < to_go[b * c->lattice.size])
            to_go[b * c->lattice.size] = bounds[b];
}

/* The cheapest supply of one tile, over every fanout step outside it and what is outside that. */
static void supply_tile(table_builder *w, unsigned level, unsigned choice, tw_tile_id tile,
                        const uint16_t below[TW_DIM_COUNT]) {
    const tw_chain *c = w->bounds->chain;
    uint16_t index[TW_DIM_COUNT];
    double own[TW_MAX_BOUNDS];
    tw_tile_id wider;
    memset(w->start, 0, tw_label_bytes(c));
    w->start->keeps = (uint8_t)c->keep_choices[level][choice];
    w->start->level = (uint8_t)level;
    w->start->tile = tile;
    tw_chain_open(c, level, below, w->start);
    tw_bound_label(c, w->start, below, own);
    double *to_go = w->bounds->to_go[level][choice] + tile;
    const tw_unrollings *unrollings = &c->unrollings[level - 1];
    for (size_t i = 0; i < unrollings->count; i++) {
        if (!tw_chain_unroll(c, below, &unrollings->items[i], index, &wider))
            continue;
        for (unsigned k = 0; k < c->keep_choice_count[level - 1]; k++) {
            const double *outside = level > 1 ? w->bounds->least[level - 1][k] : NULL;
            if (can_lower(c, own, outside, wider, to_go))
                supply_over(w, &unrollings->items[i], k, below, index, wider, to_go);
        }
    }
}

void tw_spread_minimum(const tw_lattice *lattice, tw_dim_mask dims, double *table) {
    for (unsigned k = 0; k < lattice->active_count; k++) {
        const tw_dim d = lattice->active[k];
        if (!(dims >> d & 1))
            continue;
        const tw_divisors *dim = &lattice->dims[d];
        const size_t weight = lattice->weight[d], block = weight * dim->count;
        for (size_t base = 0; base < lattice->size; base += block)
            for (unsigned i = 0; i < dim->count; i++)
                for (unsigned j = i + 1; j < dim->count; j++) {
                    if (dim->ratio[j * dim->count + i] == TW_NO_DIVISOR)
                        continue;
                    double *to = table + base + i * weight, *from = table + base + j * weight;
                    for (size_t x = 0; x < weight; x++)
                        if (from[x] < to[x])
                            to[x] = from[x];
                }
    }
}

/* tw_level_fits on the chain's tables. */
static bool tile_fits(const tw_chain *c, unsigned level, tw_role_mask keeps,
                      const uint16_t index[TW_DIM_COUNT]) {
    const tw_level *at = &c->arch->levels[level];
    double used[TW_ROLE_COUNT] = {0};
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const tw_role role = c->tensors[t].role;
        if (keeps >> role & 1)
            used[at->shared ? 0 : role] += tw_chain_volume(c, t, index) * at->word_units[role];
    }
    for (int r = 0; r < (at->shared ? 1 : TW_ROLE_COUNT); r++)
        if (used[r] > at->capacity_units[r])
            return false;
    return true;
}

static tw_status make_fits(const tw_chain *c, tw_arena *arena, tw_bounds *b, unsigned level) {
    for (unsigned k = 0; k < c->keep_choice_count[level]; k++) {
        b->choice_of[level][c->keep_choices[level][k]] = (uint8_t)k;
        if (!c->arch->levels[level].bounded)
            continue;
        uint8_t *fits = tw_arena_array(arena, c->lattice.size, 1);
        if (!fits)
            return tw_out_of_memory(c->ctx);
        for (tw_tile_id tile = 0; tile < c->lattice.size; tile++) {
            uint16_t index[TW_DIM_COUNT];
            tw_tile_indices(&c->lattice, tile, index);
            fits[tile] = tile_fits(c, level, c->keep_choices[level][k], index);
        }
        b->fits[level][k] = fits;
    }
    return TW_OK;
}

/* A tile and its mirror image cost the same. */
static void supply_tiles(table_builder *w, unsigned level, unsigned choice) {
    const tw_chain *c = w->bounds->chain;
    double *to_go = w->bounds->to_go[level][choice];
    for (tw_tile_id tile = 0; tile < c->lattice.size; tile++) {
        uint16_t index[TW_DIM_COUNT];
        if (!tw_bounds_fit(w->bounds, level, c->keep_choices[level][choice], tile))
            continue;
        tw_tile_indices(&c->lattice, tile, index);
        const int order = c->mirrors ? tw_mirror_order(index) : 0;
        if (order > 0)
            continue;
        supply_tile(w, level, choice, tile, index);
        const tw_tile_id image = order < 0 ? tw_mirror_tile(&c->lattice, index) : tile;
        for (unsigned b = 0; image != tile && b < c->bound_count; b++)
            to_go[b * c->lattice.size + image] = to_go[b * c->lattice.size + tile];
    }
}

static tw_status make_level(table_builder *w, tw_arena *arena, unsigned level) {
    const tw_chain *c = w->bounds->chain;
    const size_t count = c->bound_count * c->lattice.size;
    double *any = new_table(arena, c, INFINITY);
    if (!any)
        return tw_out_of_memory(c->ctx);
    for (unsigned k = 0; k < c->keep_choice_count[level]; k++) {
        double *to_go = new_table(arena, c, INFINITY);
        double *least = new_table(arena, c, INFINITY);
        if (!to_go || !least)
            return tw_out_of_memory(c->ctx);
        w->bounds->to_go[level][k] = to_go;
        w->bounds->least[level][k] = least;
        supply_tiles(w, level, k);
        memcpy(least, to_go, count * sizeof *least);
        for (unsigned i = 0; i < c->bound_count; i++)
            tw_spread_minimum(&c->lattice, TW_ALL_DIMS, least + i * c->lattice.size);
        for (size_t i = 0; i < count; i++)
            any[i] = fmin(any[i], least[i]);
    }
    w->bounds->least_any[level] = any;
    return TW_OK;
}

tw_status tw_bounds_make(const tw_chain *chain, tw_arena *arena, tw_bounds *out) {
    memset(out, 0, sizeof *out);
    out->chain = chain;
    for (unsigned l = 0; l < chain->levels; l++)
        TW_TRY(make_fits(chain, arena, out, l));
    table_builder w = {out, tw_arena_alloc(arena, tw_label_bytes(chain)),
                       tw_arena_alloc(arena, tw_label_bytes(chain))};
    if (!w.start || !w.crossed)
        return tw_out_of_memory(chain->ctx);
    for (unsigned l = 1; l + 1 < chain->levels; l++) {
        TW_TRY(make_level(&w, arena, l));
        out->tables = l;
    }
    return TW_OK;
}
