#include <math.h>
#include <string.h>

#include "search/mirror.h"
#include "search/steps.h"
#include "search/windows.h"

/* A number of the bound below which no order of the level's loops can bring it. */
typedef struct {
    tw_floor floor;
    const double *to_go; /* what is outside the level, by tile, or NULL */
    double limit;        /* from here on a tile cannot improve on what is known */
} floor_check;

typedef struct {
    uint32_t from;
    tw_extension x;
    tw_tile_id tile;
    bool mirrors;
    double run[TW_MAX_TENSORS]; /* product of the factors irrelevant to the tensor */
    unsigned check_count;
    floor_check checks[TW_MAX_BLENDS + 1];
} loop_step;

static bool below_limit(const tw_chain *c, const loop_step *s, const floor_check *check) {
    double saved = 0, saved_together = 0;
    for (unsigned t = 0; t < c->tensor_count; t++) {
        const double run =
            s->x.loops & c->tensors[t].relevant ? s->run[t] : check->floor.longest_run[t];
        const double gain = check->floor.open[t] - check->floor.open[t] / run;
        saved = gain > saved ? gain : saved;
        saved_together += gain;
    }
    if (!c->single_survivors)
        saved = saved_together;
    const double rest = check->to_go ? check->to_go[s->tile] : 0;
    const double copies = fmin(check->floor.copies, check->floor.output_rest / s->run[c->output]);
    return check->floor.value + check->floor.credit * (check->floor.copies - copies) - saved +
               rest <
           check->limit;
}

static void make_checks(tw_pass *p, tw_label *label, loop_step *s) {
    const tw_chain *c = p->chain;
    tw_region region;
    tw_goal_region(&p->goal, tw_label_bounds(c, label), &region);
    for (unsigned slot = 0; slot < c->bound_count; slot = slot ? slot + 1 : c->account_count) {
        const double limit = tw_goal_limit(&p->goal, &region, slot);
        if (limit == INFINITY)
            continue;
        floor_check *check = &s->checks[s->check_count++];
        check->limit = limit;
        check->to_go = tw_bounds_to_go(p->bounds, s->x.level, label->keeps, slot);
        tw_floor_make(c, label, s->x.below, slot, &check->floor);
    }
}

static tw_status take_order(tw_pass *p, const loop_step *s, const tw_order *order, uint8_t exact) {
    const tw_chain *c = p->chain;
    tw_label *label = tw_pass_copy(p, s->from);
    if (!label)
        return TW_OK;
    tw_loop_effect effect;
    tw_chain_effect(c, label->open, order, s->x.loops, s->x.factor, &effect);
    const uint8_t exactly_open = exact ? tw_windows_open(c, &s->x, label, exact) : 0;
    label->exact |= exact;
    tw_chain_apply(c, &effect, label);
    label->open = (uint8_t)((label->open & ~exact) | exactly_open);
    label->moved =
        (uint8_t)((label->moved | tw_windows_moving(c, s->x.loops, exact)) & exactly_open);
    label->loops = true;
    label->tile = s->tile;
    label->mirrors &= tw_mirror_order(s->x.index) == 0;
    memcpy(label->index, s->x.index, sizeof label->index);
    label->order = *order;
    if (label->exact)
        tw_windows_recount(&p->labels, label);
    const bool innermost = s->x.level + 1 == c->levels && s->x.level > 0;
    if (innermost)
        tw_chain_open(c, s->x.level, s->x.index, label);
    return tw_pass_offer(p, label, s->x.index, innermost);
}

static tw_status take_loops(tw_pass *p, const loop_step *s) {
    const tw_chain *c = p->chain;
    const tw_label *label = tw_label_at(&p->labels, s->from);
    const uint8_t exact = tw_windows_exact(c, &s->x, label);
    const tw_order *orders = c->classes;
    unsigned count = label->open ? c->class_count : 1;
    if (exact || c->constrained_order[s->x.level]) {
        const tw_order_request request = {.problem = c->problem,
                                          .constraints = &c->arch->levels[s->x.level].constraints,
                                          .loops = s->x.loops,
                                          .open = label->open,
                                          .windows = tw_windows_moving(c, s->x.loops, exact)};
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

static tw_status take_tile(tw_pass *p, const loop_step *s) {
    if (s->mirrors && tw_mirror_order(s->x.index) > 0)
        return TW_OK;
    for (unsigned i = 0; i < s->check_count; i++)
        if (!below_limit(p->chain, s, &s->checks[i])) {
            p->pruned++;
            return TW_OK;
        }
    const tw_role_mask keeps = tw_label_at(&p->labels, s->from)->keeps;
    return tw_bounds_fit(p->bounds, s->x.level, keeps, s->tile) ? take_loops(p, s) : TW_OK;
}

/* Tries every tile of the level that contains the label's, dimension by dimension. */
static tw_status grow_tile(tw_pass *p, loop_step *s, unsigned k) {
    const tw_chain *c = p->chain;
    if (k == c->lattice.active_count)
        return take_tile(p, s);
    const tw_dim d = c->lattice.active[k];
    const tw_divisors *dim = &c->lattice.dims[d];
    const unsigned below = s->x.below[d];
    const tw_tile_id tile = s->tile;
    double run[TW_MAX_TENSORS];
    memcpy(run, s->run, sizeof run);
    for (unsigned i = s->x.level == 0 ? dim->count - 1 : below; i < dim->count; i++) {
        const unsigned ratio = dim->ratio[i * dim->count + below];
        if (ratio == TW_NO_DIVISOR || !loops_allowed(c, s->x.level, d, dim->divisors[ratio]))
            continue;
        s->x.index[d] = (uint16_t)i;
        s->x.factor[d] = (double)dim->divisors[ratio];
        s->x.loops = (s->x.loops & ~(1u << d)) | (ratio ? 1u << d : 0);
        s->tile = tile + (tw_tile_id)((i - below) * c->lattice.weight[d]);
        for (unsigned t = 0; t < c->tensor_count; t++)
            s->run[t] = c->tensors[t].relevant >> d & 1 ? run[t] : run[t] * s->x.factor[d];
        TW_TRY(grow_tile(p, s, k + 1));
    }
    memcpy(s->run, run, sizeof run);
    s->x.loops &= ~(1u << d);
    s->x.index[d] = (uint16_t)below;
    s->tile = tile;
    return TW_OK;
}

tw_status tw_step_loops(tw_pass *p, uint32_t from, unsigned level) {
    loop_step s = {.from = from, .x.level = level};
    tw_label *label = tw_label_at(&p->labels, from);
    s.tile = label->tile;
    s.mirrors = label->mirrors;
    memcpy(s.x.below, label->index, sizeof s.x.below);
    memcpy(s.x.index, s.x.below, sizeof s.x.index);
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        s.x.factor[d] = 1;
        if (p->chain->lattice.dims[d].count == 1 && !loops_allowed(p->chain, level, (tw_dim)d, 1))
            return TW_OK;
    }
    for (unsigned t = 0; t < TW_MAX_TENSORS; t++)
        s.run[t] = 1;
    make_checks(p, label, &s);
    return grow_tile(p, &s, 0);
}
