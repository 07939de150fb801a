#include "neurospector/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ns_mac {
    ns_values values;
    double least_last; /* of the last objective, among this and all that follow */
    uint32_t tile;
};

tw_status ns_inside_init(ns_inside *inside, const ns_space *space, const ns_objectives *objectives,
                         const ns_found *found, ns_values outside) {
    const size_t lists = (size_t)space->groups[NS_CHIP].count * (size_t)space->groups[NS_PE].count;
    *inside = (ns_inside){.space = space,
                          .objectives = objectives,
                          .found = found,
                          .outside = outside,
                          .lb_has_loops = !ns_row_is_virtual(space->accelerator, NS_ROW_LB)};
    for (unsigned o = 0; o < objectives->count; o++) {
        inside->least[o] =
            tw_resize(space->ctx, NULL, space->lattice.count * sizeof *inside->least[o]);
        if (!inside->least[o])
            return tw_out_of_memory(space->ctx);
    }
    inside->lists = tw_alloc_array(space->ctx, lists, sizeof *inside->lists);
    inside->scratch =
        tw_alloc_array(space->ctx, space->unrolled[NS_MAC].count, sizeof *inside->scratch);
    return inside->lists && inside->scratch ? TW_OK : tw_out_of_memory(space->ctx);
}

void ns_inside_free(ns_inside *inside) {
    if (!inside->space)
        return;
    const ns_space *space = inside->space;
    const size_t lists = (size_t)space->groups[NS_CHIP].count * (size_t)space->groups[NS_PE].count;
    for (size_t i = 0; inside->lists && i < lists; i++)
        tw_free(space->ctx, inside->lists[i].macs);
    for (unsigned o = 0; o < NS_MAX_OBJECTIVES; o++)
        tw_free(space->ctx, inside->least[o]);
    tw_free(space->ctx, inside->lists);
    tw_free(space->ctx, inside->scratch);
    tw_free(space->ctx, inside->labels);
}

static ns_values compute_values(const ns_space *space, const ns_objectives *objectives,
                                const ns_group *chips, const ns_group *pes, uint32_t mac) {
    ns_price price = ns_compute_price(space, &space->lattice.tiles[mac], pes->units * chips->units,
                                      pes->crs * chips->crs);
    price.pj += space->mac_pj;
    return ns_values_of(objectives, price);
}

/* Another group has at least as many units and as much reduction: then nothing costs more. */
static bool is_surpassed(const ns_group_list *list, uint32_t g) {
    const ns_group *group = &list->groups[g];
    bool surpassed = false;
    for (uint32_t i = 0; i < list->count; i++) {
        const ns_group *other = &list->groups[i];
        surpassed |= i != g && other->units >= group->units && other->crs >= group->crs;
    }
    return surpassed;
}

ns_values ns_least_compute(const ns_space *space, const ns_objectives *objectives,
                           const ns_group *chips) {
    const ns_group_list *pes = &space->groups[NS_PE];
    const ns_tile_list *macs = &space->unrolled[NS_MAC];
    ns_values least = {{HUGE_VAL, HUGE_VAL}};
    for (uint32_t g = 0; g < pes->count; g++)
        for (uint32_t m = 0; m < macs->count && !is_surpassed(pes, g); m++)
            least = ns_values_least(
                least, compute_values(space, objectives, chips, &pes->groups[g], macs->tiles[m]));
    return least;
}

/* T being no more than this MAC tile on the PEs of the group. */
static void lower_least(ns_inside *inside, const ns_group *pes, uint32_t mac,
                        const ns_values *values) {
    const ns_space *space = inside->space;
    for (uint32_t i = 0; i < pes->count; i++) {
        const uint32_t pe = space->unrolled[NS_PE].tiles[pes->first + i];
        if (!ns_fit_together(&space->lattice, mac, pe))
            continue;
        for (unsigned o = 0; o < inside->objectives->count; o++) {
            double *least = &inside->least[o][mac + pe];
            *least = values->of[o] < *least ? values->of[o] : *least;
        }
    }
}

void ns_inside_use(ns_inside *inside, const ns_group *chips) {
    const ns_space *space = inside->space;
    const ns_lattice *lattice = &space->lattice;
    const ns_tile_list *macs = &space->unrolled[NS_MAC];
    for (unsigned o = 0; o < inside->objectives->count; o++)
        for (uint32_t t = 0; t < lattice->count; t++)
            inside->least[o][t] = HUGE_VAL;
    for (uint32_t g = 0; g < space->groups[NS_PE].count; g++) {
        const ns_group *pes = &space->groups[NS_PE].groups[g];
        for (uint32_t m = 0; m < macs->count; m++) {
            const uint32_t mac = macs->tiles[m];
            const ns_values values = compute_values(space, inside->objectives, chips, pes, mac);
            const ns_values all = ns_values_sum(values, inside->outside);
            if (!ns_is_hopeless(inside->found, &all))
                lower_least(inside, pes, mac, &values);
        }
    }
    for (unsigned o = 0; o < inside->objectives->count && inside->lb_has_loops; o++)
        ns_lattice_min_of_divisors(lattice, NS_ALL_COLUMNS, inside->least[o]);
}

static int compare_macs(const void *a, const void *b) {
    const ns_mac *x = a, *y = b;
    for (unsigned o = 0; o < NS_MAX_OBJECTIVES; o++)
        if (x->values.of[o] != y->values.of[o])
            return x->values.of[o] < y->values.of[o] ? -1 : 1;
    return (x->tile > y->tile) - (x->tile < y->tile);
}

/* The MAC tiles that leave hope, in the scratch. */
static uint32_t list_macs(ns_inside *inside, const ns_group *chips, const ns_group *pes) {
    const ns_space *space = inside->space;
    const ns_tile_list *macs = &space->unrolled[NS_MAC];
    uint32_t count = 0;
    for (uint32_t m = 0; m < macs->count; m++) {
        const ns_values values =
            compute_values(space, inside->objectives, chips, pes, macs->tiles[m]);
        const ns_values all = ns_values_sum(values, inside->outside);
        if (space->fits_lb[macs->tiles[m]] && !ns_is_hopeless(inside->found, &all))
            inside->scratch[count++] = (ns_mac){values, 0, macs->tiles[m]};
    }
    return count;
}

static tw_status make_list(ns_inside *inside, const ns_group *chips, const ns_group *pes,
                           ns_mac_list *list) {
    const unsigned last = inside->objectives->count - 1;
    const uint32_t count = list_macs(inside, chips, pes);
    list->least = (ns_values){{HUGE_VAL, HUGE_VAL}};
    list->macs = tw_alloc_array(inside->space->ctx, count, sizeof *list->macs);
    if (!list->macs)
        return tw_out_of_memory(inside->space->ctx);
    memcpy(list->macs, inside->scratch, count * sizeof *list->macs);
    qsort(list->macs, count, sizeof *list->macs, compare_macs);
    for (uint32_t i = count; i-- > 0;) {
        list->least = ns_values_least(list->least, list->macs[i].values);
        list->macs[i].least_last = list->least.of[last];
    }
    list->count = count;
    list->made = true;
    return TW_OK;
}

static tw_status add_label(ns_inside *inside, double units, uint32_t lb, uint32_t pe,
                           const ns_mac *mac) {
    const ns_space *space = inside->space;
    const double *pj = space->model.access_pj[NS_LEVEL_LB];
    if (inside->label_count == inside->label_capacity) {
        const uint32_t capacity = 2 * inside->label_capacity + 64;
        ns_label *grown = tw_resize(space->ctx, inside->labels, capacity * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(space->ctx);
        inside->labels = grown;
        inside->label_capacity = capacity;
    }
    ns_label *label = &inside->labels[inside->label_count++];
    *label = (ns_label){.compute = mac->values, .pe = pe, .mac = mac->tile};
    for (int d = 0; d < NS_DATA; d++)
        label->fill_pj[d] = units * pj[d] * space->lattice.tiles[lb].words[d];
    return TW_OK;
}

/* The MAC tiles for one LB tile: the list is sorted, so that the first that divides it is the
 * cheapest, and of two objectives each further one must be better in the other. */
static tw_status add_labels(ns_inside *inside, const ns_mac_list *list, double units, uint32_t lb,
                            uint32_t pe, const ns_values *outside) {
    const ns_lattice *lattice = &inside->space->lattice;
    const unsigned last = inside->objectives->count - 1;
    const uint64_t packed = lattice->tiles[lb].packed;
    double least = HUGE_VAL;
    for (uint32_t i = 0; i < list->count && list->macs[i].least_last < least; i++) {
        const ns_mac *mac = &list->macs[i];
        const bool fills = inside->lb_has_loops
                               ? ns_divides(lattice, lattice->tiles[mac->tile].packed, packed)
                               : mac->tile == lb;
        const ns_values all = ns_values_sum(mac->values, *outside);
        const bool hopeless = ns_is_hopeless(inside->found, &all);
        if (hopeless && last == 0)
            return TW_OK;
        if (!fills || mac->values.of[last] >= least)
            continue;
        least = last == 0 ? -HUGE_VAL : mac->values.of[last];
        if (!hopeless)
            TW_TRY(add_label(inside, units, lb, pe, mac));
    }
    return TW_OK;
}

tw_status ns_inside_labels(ns_inside *inside, uint32_t chips, uint32_t t,
                           const ns_values *outside) {
    const ns_space *space = inside->space;
    const ns_lattice *lattice = &space->lattice;
    const ns_group_list *pes = &space->groups[NS_PE];
    const ns_group *chip_group = &space->groups[NS_CHIP].groups[chips];
    const uint64_t packed = lattice->tiles[t].packed;
    inside->label_count = 0;
    for (uint32_t g = 0; g < pes->count; g++) {
        const ns_group *group = &pes->groups[g];
        ns_mac_list *list = &inside->lists[(size_t)chips * pes->count + g];
        if (!list->made)
            TW_TRY(make_list(inside, chip_group, group, list));
        const ns_values all = ns_values_sum(list->least, *outside);
        for (uint32_t i = 0; i < group->count && !ns_is_hopeless(inside->found, &all); i++) {
            const uint32_t pe = space->unrolled[NS_PE].tiles[group->first + i];
            if (ns_divides(lattice, lattice->tiles[pe].packed, packed) && space->fits_lb[t - pe])
                TW_TRY(add_labels(inside, list, group->units * chip_group->units, t - pe, pe,
                                  outside));
        }
    }
    return TW_OK;
}
