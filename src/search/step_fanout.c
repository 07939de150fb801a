#include <string.h>

#include "search/steps.h"
#include "search/windows.h"

static tw_status cross_with(tw_pass *p, uint32_t from, unsigned level,
                            const tw_unrolling *unrolling, const uint16_t below[TW_DIM_COUNT],
                            const uint16_t index[TW_DIM_COUNT], tw_role_mask keeps) {
    const tw_chain *c = p->chain;
    tw_label *label = tw_pass_copy(p, from);
    if (!label)
        return TW_OK;
    tw_label *source = tw_label_at(&p->labels, from);
    const uint8_t before = source->exact;
    source->exact = tw_windows_crossing(c, source, level, keeps);
    tw_chain_cross(c, source, level, unrolling, keeps, below, label);
    source->exact = before;
    label->parent = from;
    label->tile = 0;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        label->index[d] = index[d];
        label->tile += (tw_tile_id)(index[d] * c->lattice.weight[d]);
    }
    if (label->exact)
        tw_windows_recount(&p->labels, label);
    return tw_pass_offer(p, label, index, false);
}

/* Whether so few units leave too many compute steps, whatever else the extension is like. */
static bool too_few_units(tw_pass *p, tw_label *from, unsigned level, double units) {
    const tw_chain *c = p->chain;
    double bounds[TW_MAX_BOUNDS];
    tw_region region;
    if (c->account_count == 1 || from->level == c->levels)
        return false;
    const double *known = tw_label_bounds(c, from);
    memcpy(bounds, known, tw_bound_count(c) * sizeof *bounds);
    bounds[1] = tw_label_done(c, from)[1] / (units * c->units_outside[level]);
    if (bounds[1] <= known[1])
        return false;
    for (unsigned k = 0; k < c->blend_count; k++)
        bounds[c->account_count + k] += c->blends[k].weight[1] * (bounds[1] - known[1]);
    tw_goal_region(&p->goal, bounds, &region);
    return tw_goal_hopeless(&p->goal, &region);
}

tw_status tw_step_fanout(tw_pass *p, uint32_t from, unsigned level) {
    const tw_chain *c = p->chain;
    uint16_t below[TW_DIM_COUNT], index[TW_DIM_COUNT];
    memcpy(below, tw_label_at(&p->labels, from)->index, sizeof below);
    const tw_unrollings *unrollings = &c->unrollings[level];
    for (size_t i = 0; i < unrollings->count; i++) {
        const tw_unrolling *unrolling = &unrollings->items[i];
        if (too_few_units(p, tw_label_at(&p->labels, from), level, unrolling->units))
            break; /* they come by descending units */
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
