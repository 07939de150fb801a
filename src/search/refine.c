#include "search/refine.h"

#include <math.h>
#include <string.h>

static double irrelevant_points(const tw_chain *c, unsigned t, const uint16_t index[TW_DIM_COUNT]) {
    double points = 1;
    for (unsigned i = 0; i < c->lattice.active_count; i++) {
        const tw_dim d = c->lattice.active[i];
        if (!(c->tensors[t].relevant >> d & 1))
            points *= (double)c->lattice.dims[d].divisors[index[d]];
    }
    return points;
}

tw_status tw_refinement_init(tw_ctx *ctx, const tw_chain *chain, tw_refinement *out) {
    *out = (tw_refinement){.ctx = ctx, .chain = chain};
    return TW_OK;
}

void tw_refinement_free(tw_refinement *r) {
    for (unsigned k = 0; k < 1 << TW_ROLE_COUNT; k++)
        for (unsigned t = 0; t < TW_MAX_TENSORS; t++) {
            tw_free(r->ctx, r->moving[k][t]);
            tw_free(r->ctx, r->waiting[k][t]);
            r->moving[k][t] = r->waiting[k][t] = NULL;
        }
}

void tw_refinement_begin(tw_refinement *r) {
    for (unsigned k = 0; k < 1 << TW_ROLE_COUNT; k++) {
        r->seen[k] = false;
        for (unsigned t = 0; t < TW_MAX_TENSORS; t++)
            r->smallest[k][t] = INFINITY;
    }
}

static double scaled_open(const tw_refinement *r, const tw_energy_floor *floor, unsigned t,
                          const uint16_t index[TW_DIM_COUNT]) {
    return floor->open_pj[t] * irrelevant_points(r->chain, t, index);
}

void tw_refinement_see(tw_refinement *r, tw_label *label) {
    uint16_t index[TW_DIM_COUNT];
    tw_energy_floor floor;
    tw_tile_indices(&r->chain->lattice, label->tile, index);
    tw_energy_floor_make(r->chain, label, index, &floor);
    r->seen[label->keeps] = true;
    for (unsigned t = 0; t < r->chain->tensor_count; t++)
        r->smallest[label->keeps][t] =
            fmin(r->smallest[label->keeps][t], scaled_open(r, &floor, t, index));
}

static tw_status make_tables(tw_refinement *r, unsigned keeps, unsigned t) {
    const tw_chain *c = r->chain;
    const size_t size = c->lattice.size;
    if (!r->moving[keeps][t]) {
        r->moving[keeps][t] = tw_alloc_array(r->ctx, size, sizeof(double));
        r->waiting[keeps][t] = tw_alloc_array(r->ctx, size, sizeof(double));
        if (!r->moving[keeps][t] || !r->waiting[keeps][t])
            return tw_out_of_memory(r->ctx);
    }
    double *moving = r->moving[keeps][t], *waiting = r->waiting[keeps][t];
    const double *to_go = tw_bounds_to_go(r->bounds, r->level, keeps);
    uint16_t index[TW_DIM_COUNT];
    for (tw_tile_id tile = 0; tile < size; tile++) {
        waiting[tile] = moving[tile] = to_go[tile];
        if (to_go[tile] < INFINITY) {
            tw_tile_indices(&c->lattice, tile, index);
            moving[tile] += r->smallest[keeps][t] / irrelevant_points(c, t, index);
        }
    }
    tw_spread_minimum(&c->lattice, TW_ALL_DIMS, moving);
    tw_spread_minimum(&c->lattice, ~c->tensors[t].relevant, waiting);
    return TW_OK;
}

tw_status tw_refinement_make(tw_refinement *r, const tw_bounds *bounds, unsigned level) {
    r->bounds = bounds;
    r->level = level;
    for (unsigned keeps = 0; keeps < 1 << TW_ROLE_COUNT; keeps++)
        for (unsigned t = 0; r->seen[keeps] && t < r->chain->tensor_count; t++)
            TW_TRY(make_tables(r, keeps, t));
    return TW_OK;
}

double tw_refinement_bound(const tw_refinement *r, tw_label *label,
                           const uint16_t index[TW_DIM_COUNT]) {
    const tw_chain *c = r->chain;
    if (!c->single_survivors)
        return 0;
    tw_energy_floor floor;
    tw_energy_floor_make(c, label, index, &floor);
    const double *least = r->bounds->least[r->level][r->bounds->choice_of[r->level][label->keeps]];
    double bound = floor.energy_pj + least[label->tile]; /* nothing is free */
    for (unsigned t = 0; t < c->tensor_count; t++) {
        if (floor.open_pj[t] == 0)
            continue;
        const double others = floor.energy_pj - floor.open_pj[t];
        const double moving = others + r->moving[label->keeps][t][label->tile];
        const double waiting = others + floor.open_pj[t] / floor.longest_run[t] +
                               r->waiting[label->keeps][t][label->tile];
        bound = fmin(bound, fmin(moving, waiting));
    }
    return bound;
}
