#include "search/refine.h"

#include <math.h>
#include <string.h>

#include "cost/interval_union.h"

/* Tables beyond this many values are left out. */
static const double most_values = 16e6;

static double irrelevant_points(const tw_chain *c, unsigned t, const uint16_t index[TW_DIM_COUNT]) {
    double points = 1;
    for (unsigned i = 0; i < c->lattice.active_count; i++) {
        const tw_dim d = c->lattice.active[i];
        if (!(c->tensors[t].relevant >> d & 1))
            points *= (double)c->lattice.dims[d].divisors[index[d]];
    }
    return points;
}

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

/* The least energy of filling one word of the tensor into a level inside `level`. */
static double least_fill_pj(const tw_chain *c, unsigned level, unsigned t) {
    const tw_role role = c->tensors[t].role;
    double least = INFINITY;
    for (unsigned l = level + 1; l < c->levels; l++)
        for (unsigned k = 0; k < c->keep_choice_count[l]; k++)
            if (c->keep_choices[l][k] >> role & 1)
                least =
                    fmin(least, c->arch->levels[l].write_pj[role] +
                                    (c->tensors[t].output ? c->arch->levels[l].read_pj[role] : 0));
    return least < INFINITY ? least : 0;
}

static double least_supply_pj(const tw_chain *c, unsigned level, tw_role_mask keeps, unsigned t) {
    const tw_role role = c->tensors[t].role;
    const tw_level *at = &c->arch->levels[level];
    if (!(keeps >> role & 1)) {
        const tw_fanout *fanout = &c->arch->levels[level - 1].fanout;
        return fanout->hop_pj * fanout->hops +
               c->next_keeper_pj[level][t] / c->units_outside[level];
    }
    return c->tensors[t].output ? at->write_pj[role] + at->read_pj[role] : at->read_pj[role];
}

static tw_status make_tables(const tw_chain *c, tw_arena *arena, tw_refinement *r, unsigned level,
                             unsigned choice, unsigned t) {
    const size_t size = c->lattice.size;
    const tw_role_mask keeps = c->keep_choices[level][choice];
    const double *to_go = tw_bounds_to_go(r->bounds, level, keeps);
    double *moving = tw_arena_array(arena, size, sizeof *moving);
    double *waiting = tw_arena_array(arena, size, sizeof *waiting);
    if (!moving || !waiting)
        return tw_out_of_memory(c->ctx);
    uint16_t index[TW_DIM_COUNT];
    tw_tile_indices(&c->lattice, c->full, index);
    const double smallest = touched_words(c, t) * irrelevant_points(c, t, index) *
                            (least_fill_pj(c, level, t) + least_supply_pj(c, level, keeps, t));
    for (tw_tile_id tile = 0; tile < size; tile++) {
        waiting[tile] = moving[tile] = to_go[tile];
        if (to_go[tile] < INFINITY) {
            tw_tile_indices(&c->lattice, tile, index);
            moving[tile] += smallest / irrelevant_points(c, t, index);
        }
    }
    tw_spread_minimum(&c->lattice, TW_ALL_DIMS, moving);
    tw_spread_minimum(&c->lattice, ~c->tensors[t].relevant, waiting);
    r->moving[level][choice][t] = moving;
    r->waiting[level][choice][t] = waiting;
    r->smallest[level][choice][t] = smallest;
    return TW_OK;
}

tw_status tw_refinement_make(const tw_bounds *bounds, tw_arena *arena, tw_refinement *out) {
    memset(out, 0, sizeof *out);
    out->bounds = bounds;
    const tw_chain *c = bounds->chain;
    if (!c->single_survivors)
        return TW_OK;
    double values = 0;
    for (unsigned l = 1; l <= bounds->tables; l++) {
        values += 2.0 * c->keep_choice_count[l] * c->tensor_count * (double)c->lattice.size;
        if (values > most_values)
            return TW_OK;
        for (unsigned k = 0; k < c->keep_choice_count[l]; k++)
            for (unsigned t = 0; t < c->tensor_count; t++)
                TW_TRY(make_tables(c, arena, out, l, k, t));
    }
    return TW_OK;
}

double tw_refinement_bound(const tw_refinement *r, tw_label *label,
                           const uint16_t index[TW_DIM_COUNT]) {
    const unsigned level = label->level;
    const unsigned choice = r->bounds->choice_of[level][label->keeps];
    if (level > r->bounds->tables || !r->moving[level][choice][0])
        return 0;
    const tw_chain *c = r->bounds->chain;
    tw_energy_floor floor;
    tw_energy_floor_make(c, label, index, &floor);
    const double least = r->bounds->least[level][choice][label->tile];
    double bound = floor.energy_pj + least; /* nothing is free */
    for (unsigned t = 0; t < c->tensor_count; t++) {
        if (floor.open_pj[t] == 0)
            continue;
        const double others = floor.energy_pj - floor.open_pj[t];
        const double so_far = irrelevant_points(c, t, index);
        const double beyond = floor.open_pj[t] * so_far - r->smallest[level][choice][t];
        const double moving = beyond < 0 ? least + floor.open_pj[t] / floor.longest_run[t]
                                         : r->moving[level][choice][t][label->tile] +
                                               beyond / (so_far * floor.longest_run[t]);
        const double waiting =
            floor.open_pj[t] / floor.longest_run[t] + r->waiting[level][choice][t][label->tile];
        bound = fmin(bound, others + fmin(moving, waiting));
    }
    return bound;
}
