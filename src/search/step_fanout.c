#include <string.h>

#include "search/mirror.h"
#include "search/steps.h"
#include "search/windows.h"

static tw_status cross_with(tw_pass *p, uint32_t from, unsigned level,
                            const tw_unrolling *unrolling, const uint16_t below[TW_DIM_COUNT],
                            const uint16_t index[TW_DIM_COUNT], tw_tile_id tile,
                            tw_role_mask keeps) {
    const tw_chain *c = p->chain;
    tw_label *label = tw_pass_copy(p, from);
    if (!label)
        return TW_OK;
    tw_label *source = tw_label_at(&p->labels, from);
    const uint8_t before = source->exact;
    source->exact = tw_windows_crossing(c, source, level, unrolling);
    tw_chain_cross(c, source, level, unrolling, keeps, below, label);
    source->exact = before;
    label->parent = from;
    label->tile = tile;
    label->mirrors &= tw_mirror_order(index) == 0;
    memcpy(label->index, index, sizeof label->index);
    if (label->exact)
        tw_windows_recount(&p->labels, label);
    return tw_pass_offer(p, label, index, false);
}

/* What every extension of a label comes to at least, given the units of the fanout: few units leave
 * many compute steps. */
typedef struct {
    double own[TW_MAX_BOUNDS];
    double steps; /* account 1 with no unit of this fanout, and all of those further out */
} crossing;

static void make_crossing(tw_pass *p, uint32_t from, unsigned level, crossing *x) {
    const tw_chain *c = p->chain;
    tw_label *label = tw_label_at(&p->labels, from);
    tw_bound_label(c, label, label->index, x->own);
    x->steps = tw_label_done(c, label)[1] / c->units_outside[level];
}

static bool too_few_units(tw_pass *p, const crossing *x, double units) {
    const tw_chain *c = p->chain;
    const double more = x->steps / units - x->own[1];
    double bounds[TW_MAX_BOUNDS];
    tw_region region;
    if (!(more > 0))
        return false;
    memcpy(bounds, x->own, c->bound_count * sizeof *bounds);
    bounds[1] += more;
    for (unsigned k = 0; k < c->blend_count; k++)
        bounds[c->account_count + k] += c->blends[k].weight[1] * more;
    tw_goal_region(&p->goal, bounds, &region);
    return tw_goal_hopeless(&p->goal, &region);
}

tw_status tw_step_fanout(tw_pass *p, uint32_t from, unsigned level) {
    const tw_chain *c = p->chain;
    const bool timed = c->account_count > 1;
    uint16_t below[TW_DIM_COUNT], index[TW_DIM_COUNT];
    tw_tile_id tile;
    crossing x;
    memcpy(below, tw_label_at(&p->labels, from)->index, sizeof below);
    const bool mirrors = tw_label_at(&p->labels, from)->mirrors;
    if (timed)
        make_crossing(p, from, level, &x);
    const tw_unrollings *unrollings = &c->unrollings[level];
    for (size_t i = 0; i < unrollings->count; i++) {
        const tw_unrolling *unrolling = &unrollings->items[i];
        if (timed && too_few_units(p, &x, unrolling->units))
            break; /* they come by descending units */
        if (!tw_chain_unroll(c, below, unrolling, index, &tile) ||
            (mirrors && tw_mirror_order(index) > 0))
            continue;
        for (unsigned k = 0; k < c->keep_choice_count[level]; k++)
            TW_TRY(cross_with(p, from, level, unrolling, below, index, tile,
                              c->keep_choices[level][k]));
    }
    return TW_OK;
}
