#include "search/pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "search/chain_mapping.h"
#include "search/recount.h"

/* Two costs that differ by less than this are the same number summed in another order. */
static const double same = 1e-12;
enum { LABELS_PER_REPORT = 256 };

/* ---- Objective ---- */

static double energy_of(const tw_pass *p, const double *accounts) {
    return accounts[0] + p->chain->leakage_pj_per_cycle * tw_chain_latency(p->chain, accounts);
}

static double value_of(const tw_pass *p, const double *accounts) {
    switch (p->options->objective) {
    case TW_OBJECTIVE_LATENCY:
        return tw_chain_latency(p->chain, accounts);
    case TW_OBJECTIVE_EDP:
        return energy_of(p, accounts) * tw_chain_latency(p->chain, accounts);
    case TW_OBJECTIVE_ENERGY:
    case TW_OBJECTIVE_PARETO:
        break;
    }
    return energy_of(p, accounts);
}

/* Whether no completion with these bounds can improve on what is known. */
static bool hopeless(tw_pass *p, const double *accounts, double value) {
    if (!(value < INFINITY))
        return true;
    if (p->options->objective == TW_OBJECTIVE_PARETO) {
        const double latency = tw_chain_latency(p->chain, accounts);
        for (size_t i = 0; i < p->incumbent_count; i++)
            if (p->incumbents[i].energy_pj <= value * (1 + same) &&
                p->incumbents[i].latency_cycles <= latency * (1 + same))
                return true;
        return false;
    }
    if (value >= p->best_value * (1 - same))
        return true;
    if (value >= p->best_value * (1 - p->options->gap)) {
        p->gap_bound = fmin(p->gap_bound, value);
        return true;
    }
    return false;
}

/* Energy from which on the completions of a label are hopeless, given the latency that it has
 * at least. */
static double energy_limit(const tw_pass *p, tw_label *label, const uint16_t index[TW_DIM_COUNT]) {
    double accounts[TW_MAX_ACCOUNTS];
    if (p->options->objective == TW_OBJECTIVE_ENERGY && p->chain->account_count == 1)
        return p->best_value * (1 - same);
    tw_bound_label(p->chain, label, index, accounts);
    tw_bound_add_rest(p->bounds, label, false, accounts);
    const double latency = tw_chain_latency(p->chain, accounts);
    const double leakage_pj = latency * p->chain->leakage_pj_per_cycle;
    switch (p->options->objective) {
    case TW_OBJECTIVE_LATENCY:
        return INFINITY;
    case TW_OBJECTIVE_EDP:
        return p->best_value / latency - leakage_pj;
    case TW_OBJECTIVE_ENERGY:
        return p->best_value - leakage_pj;
    case TW_OBJECTIVE_PARETO:
        break;
    }
    double limit = INFINITY;
    for (size_t i = 0; i < p->incumbent_count; i++)
        if (p->incumbents[i].latency_cycles <= latency * (1 + same))
            limit = fmin(limit, p->incumbents[i].energy_pj);
    return limit - leakage_pj;
}

/* ---- Incumbents ---- */

static tw_status add_incumbent(tw_pass *p, size_t at, const tw_incumbent *fresh) {
    if (p->incumbent_count == p->incumbent_capacity) {
        const size_t capacity = p->incumbent_capacity ? 2 * p->incumbent_capacity : 4;
        tw_incumbent *grown = tw_resize(p->ctx, p->incumbents, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(p->ctx);
        p->incumbents = grown;
        p->incumbent_capacity = capacity;
    }
    memmove(p->incumbents + at + 1, p->incumbents + at,
            (p->incumbent_count - at) * sizeof *p->incumbents);
    p->incumbents[at] = *fresh;
    p->incumbent_count++;
    return TW_OK;
}

/* Keeps the front free of dominated points, by ascending energy. */
static tw_status add_to_front(tw_pass *p, const tw_incumbent *fresh) {
    size_t kept = 0, at = 0;
    for (size_t i = 0; i < p->incumbent_count; i++) {
        const tw_incumbent *other = &p->incumbents[i];
        if (fresh->energy_pj <= other->energy_pj * (1 + same) &&
            fresh->latency_cycles <= other->latency_cycles * (1 + same))
            continue;
        p->incumbents[kept++] = *other;
    }
    p->incumbent_count = kept;
    while (at < kept && p->incumbents[at].energy_pj < fresh->energy_pj)
        at++;
    return add_incumbent(p, at, fresh);
}

/* A complete chain that is not hopeless: it becomes a mapping, priced by the cost model. */
static tw_status take_complete(tw_pass *p, tw_label *label) {
    double *done = tw_label_done(p->chain, label);
    const double *credit = tw_label_credit(p->chain, label);
    for (unsigned a = 0; a < p->chain->account_count; a++) {
        done[a] -= credit[a];
        for (unsigned t = 0; t < p->chain->tensor_count; t++)
            done[a] += tw_label_open(p->chain, label, t)[a];
    }
    const double value = value_of(p, done);
    if (hopeless(p, done, value))
        return TW_OK;
    tw_incumbent fresh = {.energy_pj = energy_of(p, done),
                          .latency_cycles = tw_chain_latency(p->chain, done)};
    tw_label_mapping(&p->labels, label, &fresh.point.mapping);
    if (!tw_evaluate(p->chain->arch, p->chain->problem, &fresh.point.mapping, &fresh.point.cost))
        return TW_OK; /* a count leaves 64 bits: no number that could be reported */
    if (p->options->objective == TW_OBJECTIVE_PARETO)
        return add_to_front(p, &fresh);
    p->best_value = value;
    p->incumbent_count = 0;
    return add_incumbent(p, 0, &fresh);
}

/* ---- Taking labels ---- */

/* Prices what the scratch label can still become, and takes it in unless that is hopeless. */
static tw_status offer(tw_pass *p, tw_label *label, const uint16_t index[TW_DIM_COUNT],
                       bool opened) {
    double accounts[TW_MAX_ACCOUNTS];
    p->evaluated++;
    if (label->level == 0 && label->loops)
        return take_complete(p, label);
    tw_bound_label(p->chain, label, index, accounts);
    if (p->blind)
        label->value_bound = value_of(p, accounts);
    tw_bound_add_rest(p->bounds, label, opened, accounts);
    if (!label->loops)
        accounts[0] = fmax(accounts[0], tw_refinement_bound(p->refinement, label, index));
    const double value = value_of(p, accounts);
    if (hopeless(p, accounts, value)) {
        p->pruned++;
        return TW_OK;
    }
    if (!p->blind)
        label->value_bound = value;
    if (label->loops && !opened)
        tw_chain_open(p->chain, label->level, index, label);
    const tw_frontier_entry entry = {label->value_bound, accounts[0],
                                     tw_label_step(p->chain, label), p->labels.count};
    if (tw_labels_insert(&p->labels))
        return tw_frontier_push(&p->frontier, entry);
    p->pruned++;
    return TW_OK;
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

static tw_label *copy_of(tw_pass *p, uint32_t index) {
    tw_label *copy = tw_labels_scratch(&p->labels);
    if (!copy) {
        p->limit = TW_LIMIT;
        return NULL;
    }
    memcpy(copy, tw_label_at(&p->labels, index), tw_label_bytes(p->chain));
    copy->parent = index;
    return copy;
}

/* ---- Windows ---- */

/* Mixes what the exact cost of a tensor depends on into the signature. */
static uint64_t mix(uint64_t hash, uint64_t value) {
    hash ^= value + UINT64_C(0x9e3779b97f4a7c15) + (hash << 6) + (hash >> 2);
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 31;
}

static void sign(const tw_labels *labels, tw_label *label) {
    if (!label->exact) {
        label->signature = 0;
        return;
    }
    uint64_t hash = mix(label->signature, label->exact);
    hash = mix(hash, tw_label_at(labels, label->parent)->tile);
    hash = mix(hash, label->tile);
    for (unsigned g = 0; label->loops && g < label->order.group_count; g++)
        hash = mix(hash, label->order.groups[g] + 1u);
    label->signature = mix(hash, label->open) | 1;
}

/* Recounts the tensors marked exact; those that are closed and have reached their parent are
 * done for good. */
static void recount_exact(tw_pass *p, tw_label *label) {
    const tw_chain *c = p->chain;
    tw_nest nest;
    tw_role_mask keeps[TW_MAX_LEVELS];
    tw_label_nest(&p->labels, label, &nest, keeps);
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
    sign(&p->labels, label);
}

/* Whether an open boundary of the tensor inside `level` reuses halos. */
static bool slides(const tw_chain *c, unsigned level, const tw_label *label, unsigned t) {
    for (unsigned l = level + 1; l < c->levels && l <= label->since[t]; l++)
        if (c->arch->levels[l].sliding_window)
            return true;
    return false;
}

/* ---- Fanouts ---- */

static tw_status cross_with(tw_pass *p, uint32_t from, unsigned level,
                            const tw_unrolling *unrolling, const uint16_t below[TW_DIM_COUNT],
                            const uint16_t index[TW_DIM_COUNT], tw_role_mask keeps) {
    const tw_chain *c = p->chain;
    tw_label *label = copy_of(p, from);
    if (!label)
        return TW_OK;
    /* Counted exactly: a window that no direct parent takes, for its words merge over several
     * fanouts; and halo reuse, which depends on the tile that the label's own does not show. */
    tw_label *source = tw_label_at(&p->labels, from);
    uint8_t exact = source->exact;
    for (unsigned t = 0; t < c->tensor_count; t++)
        if (c->tensors[t].window && (!(keeps >> c->tensors[t].role & 1) ||
                                     ((source->open >> t & 1) && slides(c, level, source, t))))
            exact |= (uint8_t)(1u << t);
    const uint8_t before = source->exact;
    source->exact = exact;
    tw_chain_cross(c, source, level, unrolling, keeps, below, label);
    source->exact = before;
    label->parent = from;
    label->tile = 0;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        label->index[d] = index[d];
        label->tile += (tw_tile_id)(index[d] * c->lattice.weight[d]);
    }
    if (label->exact)
        recount_exact(p, label);
    return offer(p, label, index, false);
}

static tw_status cross_fanout(tw_pass *p, uint32_t from, unsigned level) {
    const tw_chain *c = p->chain;
    uint16_t below[TW_DIM_COUNT], index[TW_DIM_COUNT];
    memcpy(below, tw_label_at(&p->labels, from)->index, sizeof below);
    const tw_unrollings *unrollings = &c->unrollings[level];
    for (size_t i = 0; i < unrollings->count; i++) {
        const tw_unrolling *unrolling = &unrollings->items[i];
        bool divides = true;
        for (int d = 0; d < TW_DIM_COUNT && divides; d++) {
            const tw_divisors *dim = &c->lattice.dims[d];
            index[d] = dim->product[below[d] * dim->count + unrolling->index[d]];
            divides = index[d] != TW_NO_DIVISOR;
        }
        for (unsigned k = 0; divides && k < c->keep_choice_count[level]; k++)
            TW_TRY(cross_with(p, from, level, unrolling, below, index, c->keep_choices[level][k]));
    }
    return TW_OK;
}

/* ---- Loops ---- */

typedef struct {
    uint32_t from;
    unsigned level;
    uint16_t below[TW_DIM_COUNT], index[TW_DIM_COUNT];
    tw_dim_mask loops;
    double factor[TW_DIM_COUNT];
    tw_tile_id tile;
    tw_energy_floor floor;
    double run[TW_MAX_TENSORS]; /* product of the factors irrelevant to the tensor */
    const double *to_go;        /* energy outside the level by tile, or NULL */
    double floor_limit;         /* energy from which on a tile cannot improve on what is known */
} loop_step;

/* The energy that the level's loops cannot go below, whatever their order. */
static bool below_floor_limit(const tw_pass *p, const loop_step *s) {
    const tw_chain *c = p->chain;
    double saved = 0, saved_together = 0;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const double run = s->loops & c->tensors[t].relevant ? s->run[t] : s->floor.longest_run[t];
        const double gain = s->floor.open_pj[t] - s->floor.open_pj[t] / run;
        saved = gain > saved ? gain : saved;
        saved_together += gain;
    }
    if (!c->single_survivors)
        saved = saved_together;
    const double rest = s->to_go ? s->to_go[s->tile] : 0;
    return s->floor.energy_pj - saved + rest < s->floor_limit;
}

/* Loops over both dimensions of a window can bring the tile back onto itself when one advance
 * equals the other's wrap. */
static bool steps_back(const tw_chain *c, const loop_step *s, const tw_axis_table *axis) {
    uint64_t advance[2], wrap[2];
    for (int i = 0; i < 2; i++) {
        const tw_dim d = axis->dims[i];
        if (!(s->loops >> d & 1))
            return false;
        advance[i] = axis->coefficients[i] * c->lattice.dims[d].divisors[s->below[d]];
        wrap[i] = advance[i] * ((uint64_t)s->factor[d] - 1);
    }
    return advance[0] == wrap[1] || advance[1] == wrap[0];
}

/* Whether loops further out could still find the tile where it was, after these moved it. */
static bool may_step_back_later(const tw_chain *c, const loop_step *s, unsigned t,
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
            if (s->loops >> d & 1)
                wrapped += axis->coefficients[i] *
                           (dim->divisors[s->index[d]] - dim->divisors[s->below[d]]);
            step[i] = axis->coefficients[i] * dim->divisors[s->index[d]];
            rest[i] = s->index[d] + 1u < dim->count;
        }
        axes_moved += wrapped > 0;
        if (moved_before)
            may |= rest[0] || rest[1];
        else if (wrapped > 0 && tw_window_may_return(c, axis, s->below))
            may |= (rest[0] && rest[1]) ||
                   (rest[0] && wrapped >= step[0] && wrapped % step[0] == 0) ||
                   (rest[1] && wrapped >= step[1] && wrapped % step[1] == 0);
    }
    return may && (moved_before || axes_moved < 2);
}

/* Open tensors whose cost these loops make depend on more than a run. */
static uint8_t exact_tensors(const tw_chain *c, const loop_step *s, const tw_label *label) {
    uint8_t exact = label->exact & label->open;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const tw_chain_tensor *tensor = &c->tensors[t];
        if (!tensor->window || !(label->open >> t & 1) || (exact >> t & 1) ||
            !(s->loops & tensor->relevant & ~tensor->leaving))
            continue;
        bool needed = slides(c, s->level, label, t);
        for (unsigned a = 0; a < tensor->axis_count && !needed; a++)
            needed = tensor->axes[a].window && steps_back(c, s, &tensor->axes[a]);
        if (!needed && !(s->loops & tensor->leaving))
            needed = may_step_back_later(c, s, t, false);
        exact |= (uint8_t)(needed << t);
    }
    return exact;
}

/* Which of the exactly counted tensors these loops leave open. */
static uint8_t exact_open(const tw_chain *c, const loop_step *s, const tw_label *label,
                          uint8_t exact) {
    uint8_t open = 0;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        if (!(exact >> t & 1) || (s->loops & c->tensors[t].leaving))
            continue;
        const bool moves = s->loops & c->tensors[t].relevant;
        const bool moved_before = label->moved >> t & 1;
        if (!moves || slides(c, s->level, label, t) || may_step_back_later(c, s, t, moved_before))
            open |= (uint8_t)(1u << t);
    }
    return open;
}

/* Tensors whose window the loops really move: the others follow the classes. */
static uint32_t moving_windows(const tw_chain *c, tw_dim_mask loops, uint8_t exact) {
    uint32_t moving = 0;
    for (unsigned t = 0; t < c->tensor_count; t++)
        if ((exact >> t & 1) && (loops & c->tensors[t].relevant & ~c->tensors[t].leaving))
            moving |= 1u << t;
    return moving;
}

static tw_status take_order(tw_pass *p, const loop_step *s, const tw_order *order, uint8_t exact) {
    const tw_chain *c = p->chain;
    tw_label *label = copy_of(p, s->from);
    if (!label)
        return TW_OK;
    tw_loop_effect effect;
    tw_chain_effect(c, label->open, order, s->loops, s->factor, &effect);
    const uint8_t exactly_open = exact ? exact_open(c, s, label, exact) : 0;
    label->exact |= exact;
    tw_chain_apply(c, &effect, label);
    label->open = (uint8_t)((label->open & ~exact) | exactly_open);
    label->moved = (uint8_t)((label->moved | moving_windows(c, s->loops, exact)) & exactly_open);
    label->loops = true;
    label->tile = s->tile;
    memcpy(label->index, s->index, sizeof label->index);
    label->order = *order;
    if (label->exact)
        recount_exact(p, label);
    const bool innermost = s->level + 1 == c->levels && s->level > 0;
    if (innermost)
        tw_chain_open(c, s->level, s->index, label);
    return offer(p, label, s->index, innermost);
}

static tw_status take_loops(tw_pass *p, const loop_step *s) {
    const tw_chain *c = p->chain;
    const tw_label *label = tw_label_at(&p->labels, s->from);
    const uint8_t exact = exact_tensors(c, s, label);
    const tw_order *orders = c->classes;
    unsigned count = label->open ? c->class_count : 1;
    if (exact || c->constrained_order[s->level]) {
        const tw_order_request request = {.problem = c->problem,
                                          .constraints = &c->arch->levels[s->level].constraints,
                                          .loops = s->loops,
                                          .open = label->open,
                                          .windows = moving_windows(c, s->loops, exact)};
        count = tw_order_classes(&request, p->orders);
        orders = p->orders;
    }
    for (unsigned i = 0; i < count && p->limit == TW_OK; i++)
        TW_TRY(take_order(p, s, &orders[i], exact));
    return TW_OK;
}

static bool loops_allowed(const tw_chain *c, unsigned level, tw_dim d, uint64_t factor) {
    const tw_level_constraints *rules = &c->arch->levels[level].constraints;
    return (!rules->temporal_fixed[d] || rules->temporal_fixed[d] == factor) &&
           (!rules->temporal_max[d] || factor <= rules->temporal_max[d]);
}

/* Tries every tile of the level that contains the label's, dimension by dimension. */
static tw_status grow_tile(tw_pass *p, loop_step *s, unsigned k) {
    const tw_chain *c = p->chain;
    if (k == c->lattice.active_count) {
        if (!below_floor_limit(p, s)) {
            p->pruned++;
            return TW_OK;
        }
        const tw_role_mask keeps = tw_label_at(&p->labels, s->from)->keeps;
        return tw_bounds_fit(p->bounds, s->level, keeps, s->tile) ? take_loops(p, s) : TW_OK;
    }
    const tw_dim d = c->lattice.active[k];
    const tw_divisors *dim = &c->lattice.dims[d];
    const unsigned below = s->below[d];
    const tw_tile_id tile = s->tile;
    double run[TW_MAX_TENSORS];
    memcpy(run, s->run, sizeof run);
    for (unsigned i = s->level == 0 ? dim->count - 1 : below; i < dim->count; i++) {
        const unsigned ratio = dim->ratio[i * dim->count + below];
        if (ratio == TW_NO_DIVISOR || !loops_allowed(c, s->level, d, dim->divisors[ratio]))
            continue;
        s->index[d] = (uint16_t)i;
        s->factor[d] = (double)dim->divisors[ratio];
        s->loops = (s->loops & ~(1u << d)) | (ratio ? 1u << d : 0);
        s->tile = tile + (tw_tile_id)((i - below) * c->lattice.weight[d]);
        for (unsigned t = 0; t < c->tensor_count; t++)
            s->run[t] = c->tensors[t].relevant >> d & 1 ? run[t] : run[t] * s->factor[d];
        TW_TRY(grow_tile(p, s, k + 1));
    }
    memcpy(s->run, run, sizeof run);
    s->loops &= ~(1u << d);
    s->index[d] = (uint16_t)below;
    s->tile = tile;
    return TW_OK;
}

static tw_status run_loops(tw_pass *p, uint32_t from, unsigned level) {
    loop_step s = {.from = from, .level = level};
    s.tile = tw_label_at(&p->labels, from)->tile;
    memcpy(s.below, tw_label_at(&p->labels, from)->index, sizeof s.below);
    memcpy(s.index, s.below, sizeof s.index);
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        s.factor[d] = 1;
        if (p->chain->lattice.dims[d].count == 1 && !loops_allowed(p->chain, level, (tw_dim)d, 1))
            return TW_OK;
    }
    for (unsigned t = 0; t < TW_MAX_TENSORS; t++)
        s.run[t] = 1;
    tw_label *label = tw_label_at(&p->labels, from);
    tw_energy_floor_make(p->chain, label, s.below, &s.floor);
    s.to_go = tw_bounds_to_go(p->bounds, level, label->keeps);
    s.floor_limit = energy_limit(p, label, s.below);
    return grow_tile(p, &s, 0);
}

/* ---- Passes ---- */

static tw_status expand(tw_pass *p, uint32_t from) {
    const tw_label *label = tw_label_at(&p->labels, from);
    const unsigned level = label->level;
    if (level == p->chain->levels || label->loops)
        return cross_fanout(p, from, level - 1);
    return run_loops(p, from, level);
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
        .evaluated = p->evaluated, .incumbent = p->best_value, .lower_bound = bound};
    if (p->ctx->progress)
        p->ctx->progress(p->ctx->progress_user, &now);
}

tw_status tw_pass_prove(tw_pass *p) {
    uint64_t taken = 0;
    TW_TRY(start(p));
    while (p->frontier.count > 0) {
        const tw_frontier_entry entry = tw_frontier_pop(&p->frontier);
        if (p->options->objective != TW_OBJECTIVE_PARETO &&
            entry.bound >= p->best_value * (1 - same))
            break;
        if (++taken % LABELS_PER_REPORT == 0)
            report_progress(p, entry.bound);
        if (tw_label_at(&p->labels, entry.label)->dead)
            continue;
        if (!at_limit(p))
            TW_TRY(expand(p, entry.label));
        if (p->limit != TW_OK) {
            p->open_bound = entry.bound; /* no label left has a lower one */
            break;
        }
    }
    return TW_OK;
}

tw_status tw_pass_init(tw_ctx *ctx, const tw_bounds *bounds, const tw_refinement *refinement,
                       const tw_search_options *options, tw_pass *out) {
    *out = (tw_pass){.ctx = ctx,
                     .chain = bounds->chain,
                     .bounds = bounds,
                     .refinement = refinement,
                     .options = options};
    out->best_value = out->open_bound = out->gap_bound = INFINITY;
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
    tw_free(pass->ctx, pass->incumbents);
}

tw_status tw_pass_root_bound(tw_pass *pass, double *value) {
    tw_labels_reset(&pass->labels);
    tw_label *label = tw_labels_scratch(&pass->labels);
    if (!label)
        return tw_out_of_memory(pass->ctx);
    const uint16_t unit[TW_DIM_COUNT] = {0};
    double accounts[TW_MAX_ACCOUNTS];
    tw_chain_start(pass->chain, label);
    tw_bound_label(pass->chain, label, unit, accounts);
    tw_bound_add_rest(pass->bounds, label, true, accounts);
    *value = value_of(pass, accounts);
    return TW_OK;
}
