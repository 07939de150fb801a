#include "space/unrolling.h"

#include <string.h>

typedef struct {
    const tw_level *level;
    const uint64_t *factors;
    uint64_t *x, *y;
} split;

/* Distributes dimension d and those after it over what is left of X and Y. */
static bool split_from(const split *s, int d, uint64_t room_x, uint64_t room_y) {
    if (d == TW_DIM_COUNT)
        return true;
    const uint64_t factor = s->factors[d];
    const tw_level_constraints *fixed = &s->level->constraints;
    for (uint64_t x = factor; x >= 1; x--) {
        const uint64_t y = factor / x;
        if (factor % x || x > room_x || y > room_y)
            continue;
        if ((x > 1 && !(s->level->fanout.dims_x >> d & 1)) ||
            (y > 1 && !(s->level->fanout.dims_y >> d & 1)) ||
            (fixed->spatial_x_fixed[d] && fixed->spatial_x_fixed[d] != x) ||
            (fixed->spatial_y_fixed[d] && fixed->spatial_y_fixed[d] != y))
            continue;
        s->x[d] = x;
        s->y[d] = y;
        if (split_from(s, d + 1, room_x / x, room_y / y)) /* NOLINT: x * y == factor >= 1 */
            return true;
    }
    return false;
}

bool tw_unrolling_split(const tw_level *level, const uint64_t factors[TW_DIM_COUNT],
                        uint64_t x[TW_DIM_COUNT], uint64_t y[TW_DIM_COUNT]) {
    const split s = {level, factors, x, y};
    return split_from(&s, 0, level->fanout.x, level->fanout.y);
}

typedef struct {
    tw_arena *arena;
    const tw_level *level;
    const tw_lattice *lattice;
    tw_unrollings *out;
    size_t capacity;
    tw_unrolling current;
    uint64_t factors[TW_DIM_COUNT];
} enumeration;

static tw_status keep_current(enumeration *e) {
    uint64_t x[TW_DIM_COUNT], y[TW_DIM_COUNT];
    if (!tw_unrolling_split(e->level, e->factors, x, y))
        return TW_OK;
    if (e->out->count == e->capacity) {
        const size_t capacity = e->capacity ? 2 * e->capacity : 256;
        tw_unrolling *items = tw_arena_array(e->arena, capacity, sizeof *items);
        if (!items)
            return tw_out_of_memory(e->arena->ctx);
        if (e->out->count)
            memcpy(items, e->out->items, e->out->count * sizeof *items);
        e->out->items = items;
        e->capacity = capacity;
    }
    e->out->items[e->out->count++] = e->current;
    return TW_OK;
}

static tw_status enumerate_from(enumeration *e, int d, uint64_t room) {
    if (d == TW_DIM_COUNT)
        return keep_current(e);
    const tw_divisors *dim = &e->lattice->dims[d];
    const double units = e->current.units;
    for (unsigned i = 0; i < dim->count && dim->divisors[i] <= room; i++) {
        e->current.index[d] = (uint16_t)i;
        e->current.units = units * (double)dim->divisors[i];
        e->factors[d] = dim->divisors[i];
        TW_TRY(enumerate_from(e, d + 1, room / dim->divisors[i]));
    }
    e->current.units = units;
    return TW_OK;
}

tw_status tw_unrollings_make(tw_arena *arena, const tw_hierarchy *arch, const tw_lattice *lattice,
                             unsigned level, tw_unrollings *out) {
    *out = (tw_unrollings){0};
    const tw_level *at = &arch->levels[level];
    enumeration e = {
        .arena = arena, .level = at, .lattice = lattice, .out = out, .current.units = 1};
    return enumerate_from(&e, 0, at->fanout.x * at->fanout.y);
}
