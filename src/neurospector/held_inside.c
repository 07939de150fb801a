#include "neurospector/held_search.h"

static bool lb_has_loops(const ns_held_search *s) {
    return !ns_row_is_virtual(s->space.accelerator, NS_ROW_LB);
}

static ns_price compute_price(const ns_held_search *s, uint32_t mac, const ns_group *pe) {
    return ns_with_static(s,
                          ns_compute_price(&s->space, &s->space.lattice.tiles[mac],
                                           pe->units * s->chips->units, pe->crs * s->chips->crs));
}

/* Per LB tile that fits: the set of prices of the MAC tiles that divide it, under a PE group. */
static tw_status make_group_sets(ns_held_search *s, uint32_t g) {
    const ns_space *space = &s->space;
    const ns_tile_list *macs = &space->unrolled[NS_MAC];
    ns_pareto_table *own = lb_has_loops(s) ? &s->mac_sets : &s->group_sets[g];
    if (s->group_made[g])
        return TW_OK;
    if (!s->group_sets[g].ctx)
        TW_TRY(ns_pareto_init(&s->group_sets[g], space->ctx, space->lattice.count));
    ns_pareto_clear(own, space->lattice.count);
    for (uint32_t m = 0; m < macs->count; m++) {
        const uint32_t mac = macs->tiles[m];
        const ns_price price = compute_price(s, mac, &space->groups[NS_PE].groups[g]);
        if (space->fits_lb[mac])
            TW_TRY(ns_pareto_add(own, mac, (ns_pareto_point){price, mac}));
    }
    if (lb_has_loops(s))
        TW_TRY(ns_pareto_of_divisors(&space->lattice, space->fits_lb, own, &s->group_sets[g]));
    s->group_made[g] = true;
    return TW_OK;
}

static tw_status add_label(ns_held_search *s, uint32_t t, const ns_group *group, uint32_t pe,
                           uint32_t mac, ns_price compute) {
    const ns_space *space = &s->space;
    const double *pj = space->model.access_pj[NS_LEVEL_LB];
    compute.pj += space->mac_pj;
    if (ns_is_useless_inside(s, compute, t))
        return TW_OK;
    if (s->label_count == s->label_capacity) {
        const size_t capacity = 2 * s->label_capacity + 64;
        ns_held_label *grown = tw_resize(space->ctx, s->labels, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(space->ctx);
        s->labels = grown;
        s->label_capacity = capacity;
    }
    ns_held_label *l = &s->labels[s->label_count++];
    *l = (ns_held_label){.compute = compute, .pe = pe, .mac = mac};
    for (int d = 0; d < NS_DATA; d++)
        l->fill[d] = group->units * s->chips->units * pj[d] * space->lattice.tiles[t - pe].words[d];
    return TW_OK;
}

static tw_status add_labels(ns_held_search *s, uint32_t t, uint32_t g, uint32_t pe) {
    const ns_group *group = &s->space.groups[NS_PE].groups[g];
    if (s->space.unrolled[NS_MAC].count == 1) {
        if (!lb_has_loops(s) && t != pe)
            return TW_OK;
        return add_label(s, t, group, pe, 0, compute_price(s, 0, group));
    }
    TW_TRY(make_group_sets(s, g));
    const ns_pareto_table *sets = &s->group_sets[g];
    for (uint32_t i = 0; i < sets->count[t - pe]; i++) {
        const ns_pareto_point *p = &sets->points[sets->start[t - pe] + i];
        TW_TRY(add_label(s, t, group, pe, p->tile, p->price));
    }
    return TW_OK;
}

tw_status ns_held_make_labels(ns_held_search *s, uint32_t t) {
    const ns_space *space = &s->space;
    const ns_lattice *lattice = &space->lattice;
    s->label_count = 0;
    for (uint32_t g = 0; g < space->groups[NS_PE].count; g++) {
        const ns_group *group = &space->groups[NS_PE].groups[g];
        for (uint32_t i = 0; i < group->count; i++) {
            const uint32_t pe = space->unrolled[NS_PE].tiles[group->first + i];
            if (ns_divides(lattice, lattice->tiles[pe].packed, lattice->tiles[t].packed) &&
                space->fits_lb[t - pe])
                TW_TRY(add_labels(s, t, g, pe));
        }
    }
    return TW_OK;
}
