#include "neurospector/tile_sets.h"

#include <string.h>

tw_status ns_tile_sets_init(ns_tile_sets *sets, tw_ctx *ctx, uint32_t tiles) {
    *sets = (ns_tile_sets){.ctx = ctx, .tiles = tiles};
    sets->sets = tw_alloc_array(ctx, tiles, sizeof *sets->sets);
    return sets->sets ? TW_OK : tw_out_of_memory(ctx);
}

void ns_tile_sets_clear(ns_tile_sets *sets) {
    for (uint32_t t = 0; t < sets->tiles; t++)
        sets->sets[t].count = 0;
}

void ns_tile_sets_free(ns_tile_sets *sets) {
    if (!sets->ctx)
        return;
    for (uint32_t t = 0; sets->sets && t < sets->tiles; t++)
        tw_free(sets->ctx, sets->sets[t].points);
    tw_free(sets->ctx, sets->sets);
    *sets = (ns_tile_sets){0};
}

/* The first point that needs more energy. */
static uint32_t find(const ns_tile_set *set, double pj) {
    uint32_t low = 0, high = set->count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (set->points[middle].price.pj <= pj)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static tw_status reserve(tw_ctx *ctx, ns_tile_set *set) {
    if (set->count < set->capacity)
        return TW_OK;
    const uint32_t capacity = 2 * set->capacity + 4;
    ns_set_point *grown = tw_resize(ctx, set->points, capacity * sizeof *grown);
    if (!grown)
        return tw_out_of_memory(ctx);
    set->points = grown;
    set->capacity = capacity;
    return TW_OK;
}

tw_status ns_tile_sets_add(ns_tile_sets *sets, uint32_t tile, const ns_set_point *point) {
    ns_tile_set *set = &sets->sets[tile];
    uint32_t at = find(set, point->price.pj);
    if (at > 0 && set->points[at - 1].price.cycles <= point->price.cycles)
        return TW_OK;
    if (at > 0 && set->points[at - 1].price.pj == point->price.pj)
        at--; /* of the same energy and more cycles */
    uint32_t next = at;
    while (next < set->count && set->points[next].price.cycles >= point->price.cycles)
        next++;
    if (next == at)
        TW_TRY(reserve(sets->ctx, set));
    memmove(set->points + at + 1, set->points + next, (set->count - next) * sizeof *set->points);
    set->points[at] = *point;
    set->count = at + 1 + set->count - next;
    return TW_OK;
}

tw_status ns_tile_sets_of_divisors(const ns_lattice *lattice, unsigned columns,
                                   const unsigned char *wanted, ns_tile_sets *sets) {
    for (unsigned a = 0; a < lattice->axis_count; a++) {
        const ns_axis *axis = &lattice->axes[a];
        if (!(columns & 1U << axis->column))
            continue;
        for (uint32_t t = 0; t < lattice->count; t++) {
            if (!wanted[t] || t / axis->stride % (axis->exponent + 1) == 0)
                continue;
            const ns_tile_set *from = &sets->sets[t - axis->stride];
            for (uint32_t i = 0; i < from->count; i++)
                TW_TRY(ns_tile_sets_add(sets, t, &from->points[i]));
        }
    }
    return TW_OK;
}
