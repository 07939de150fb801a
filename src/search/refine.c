#include "search/refine.h"

#include <math.h>
#include <string.h>

#include "cost/interval_union.h"

/* Tables beyond this many values are left out. */
static const double most_values = 16e6;

/* Words of the tensor that the operation really touches: a stride may leave gaps. */
static double touched_words(const tw_chain *c, unsigned t) {
    const tw_chain_tensor *tensor = &c->tensors[t];
    double words = 1;
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        const tw_axis_table *axis = &tensor->axes[a];
        tw_progression progressions[2];
        bool overflow = false;
        const unsigned terms = axis->window ? 2 : 1;
        for (unsigned i = 0; i < terms; i++)
            progressions[i] =
                (tw_progression){axis->coefficients[i], c->problem->extent[axis->dims[i]]};
        words *= (double)tw_interval_union(1, progressions, terms, &overflow);
    }
    return words;
}

/* The least that a word read and a word written at a level come to in a slot, with all fanouts
 * outside the level sharing the cycles. */
static double word_price(const tw_chain *c, unsigned slot, unsigned level, tw_role role,
                         double reads, double writes) {
    double accounts[TW_MAX_ACCOUNTS] = {0};
    tw_chain_charge(c, level, role, reads, writes, accounts);
    return tw_slot_value(c, slot, accounts, c->units_outside[level]);
}

/* The least price of filling one word of the tensor into a level inside `level`. */
static double least_fill(const tw_chain *c, unsigned slot, unsigned level, unsigned t) {
    const tw_role role = c->tensors[t].role;
    double least = INFINITY;
    for (unsigned l = level + 1; l < c->levels; l++)
        for (unsigned k = 0; k < c->keep_choice_count[l]; k++)
            if (c->keep_choices[l][k] >> role & 1)
                least = fmin(least, word_price(c, slot, l, role, c->tensors[t].output, 1));
    return least < INFINITY ? least : 0;
}

static double least_supply(const tw_chain *c, unsigned slot, unsigned level, tw_role_mask keeps,
                           unsigned t) {
    const tw_role role = c->tensors[t].role;
    if (keeps >> role & 1)
        return word_price(c, slot, level, role, 1, c->tensors[t].output);
    const tw_fanout *fanout = &c->arch->levels[level - 1].fanout;
    const double accounts[TW_MAX_ACCOUNTS] = {
        fanout->hop_pj * fanout->hops + c->next_keeper_pj[level][t] / c->units_outside[level]};
    return tw_slot_value(c, slot, accounts, 1);
}

static tw_status make_tables(const tw_bounds *bounds, tw_arena *arena, tw_refinement_part *part,
                             unsigned level, unsigned choice, unsigned t) {
    const tw_chain *c = bounds->chain;
    const size_t size = c->lattice.size;
    const tw_role_mask keeps = c->keep_choices[level][choice];
    const double *to_go = tw_bounds_to_go(bounds, level, keeps, part->slot);
    double *moving = tw_arena_array(arena, size, sizeof *moving);
    double *waiting = tw_arena_array(arena, size, sizeof *waiting);
    if (!moving || !waiting)
        return tw_out_of_memory(c->ctx);
    uint16_t index[TW_DIM_COUNT];
    tw_tile_indices(&c->lattice, c->full, index);
    const double smallest =
        touched_words(c, t) * tw_chain_irrelevant(c, t, index) *
        (least_fill(c, part->slot, level, t) + least_supply(c, part->slot, level, keeps, t));
    for (tw_tile_id tile = 0; tile < size; tile++) {
        waiting[tile] = moving[tile] = to_go[tile];
        if (to_go[tile] < INFINITY) {
            tw_tile_indices(&c->lattice, tile, index);
            moving[tile] += smallest / tw_chain_irrelevant(c, t, index);
        }
    }
    tw_spread_minimum(&c->lattice, TW_ALL_DIMS, moving);
    tw_spread_minimum(&c->lattice, ~c->tensors[t].relevant, waiting);
    part->moving[level][choice][t] = moving;
    part->waiting[level][choice][t] = waiting;
    part->smallest[level][choice][t] = smallest;
    return TW_OK;
}

static tw_status make_part(const tw_bounds *bounds, tw_arena *arena, unsigned slot, double *values,
                           tw_refinement_part *part) {
    const tw_chain *c = bounds->chain;
    part->slot = slot;
    for (unsigned l = 1; l <= bounds->tables; l++) {
        *values += 2.0 * c->keep_choice_count[l] * c->tensor_count * (double)c->lattice.size;
        if (*values > most_values)
            return TW_OK;
        for (unsigned k = 0; k < c->keep_choice_count[l]; k++)
            for (unsigned t = 0; t < c->tensor_count; t++)
                TW_TRY(make_tables(bounds, arena, part, l, k, t));
    }
    return TW_OK;
}

tw_status tw_refinement_make(const tw_bounds *bounds, tw_arena *arena, tw_refinement *out) {
    const tw_chain *c = bounds->chain;
    double values = 0;
    *out = (tw_refinement){.bounds = bounds};
    if (!c->single_survivors)
        return TW_OK;
    out->parts = tw_arena_array(arena, c->blend_count + 1, sizeof *out->parts);
    if (!out->parts)
        return tw_out_of_memory(c->ctx);
    if (c->first_compared == 0)
        TW_TRY(make_part(bounds, arena, 0, &values, &out->parts[out->part_count++]));
    for (unsigned k = 0; k < c->blend_count; k++)
        TW_TRY(make_part(bounds, arena, c->account_count + k, &values,
                         &out->parts[out->part_count++]));
    return TW_OK;
}

static double part_bound(const tw_refinement *r, const tw_refinement_part *part, tw_label *label,
                         const uint16_t index[TW_DIM_COUNT]) {
    const tw_chain *c = r->bounds->chain;
    const unsigned level = label->level;
    const unsigned choice = r->bounds->choice_of[level][label->keeps];
    if (level > r->bounds->tables || !part->moving[level][choice][0])
        return 0;
    tw_floor floor;
    tw_floor_make(c, label, index, part->slot, &floor);
    const double least =
        r->bounds->least[level][choice][part->slot * c->lattice.size + label->tile];
    double bound = floor.value + least; /* nothing is free */
    for (unsigned t = 0; t < c->tensor_count; t++) {
        if (floor.open[t] == 0)
            continue;
        const double others = floor.value - floor.open[t];
        const double so_far = tw_chain_irrelevant(c, t, index);
        const double beyond = floor.open[t] * so_far - part->smallest[level][choice][t];
        const double moving = beyond < 0 ? least + floor.open[t] / floor.longest_run[t]
                                         : part->moving[level][choice][t][label->tile] +
                                               beyond / (so_far * floor.longest_run[t]);
        const double waiting =
            floor.open[t] / floor.longest_run[t] + part->waiting[level][choice][t][label->tile];
        bound = fmin(bound, others + fmin(moving, waiting));
    }
    return bound;
}

void tw_refinement_apply(const tw_refinement *r, tw_label *label,
                         const uint16_t index[TW_DIM_COUNT], double *bounds) {
    for (unsigned i = 0; i < r->part_count; i++)
        bounds[r->parts[i].slot] =
            fmax(bounds[r->parts[i].slot], part_bound(r, &r->parts[i], label, index));
}
