#include "neurospector/pareto.h"

#include <string.h>

tw_status ns_pareto_init(ns_pareto_table *table, tw_ctx *ctx, uint32_t tiles) {
    *table = (ns_pareto_table){.ctx = ctx};
    table->start = tw_alloc_array(ctx, tiles, sizeof *table->start);
    table->count = tw_alloc_array(ctx, tiles, sizeof *table->count);
    return table->start && table->count ? TW_OK : tw_out_of_memory(ctx);
}

void ns_pareto_clear(ns_pareto_table *table, uint32_t tiles) {
    memset(table->count, 0, tiles * sizeof *table->count);
    table->used = 0;
}

void ns_pareto_free(ns_pareto_table *table) {
    if (!table->ctx)
        return;
    tw_free(table->ctx, table->start);
    tw_free(table->ctx, table->count);
    tw_free(table->ctx, table->points);
    tw_free(table->ctx, table->scratch[0]);
    tw_free(table->ctx, table->scratch[1]);
    *table = (ns_pareto_table){.ctx = NULL};
}

static tw_status reserve(ns_pareto_table *table, size_t more) {
    if (table->used + more <= table->capacity)
        return TW_OK;
    const size_t capacity = 2 * (table->used + more);
    ns_pareto_point *grown = tw_resize(table->ctx, table->points, capacity * sizeof *table->points);
    if (!grown)
        return tw_out_of_memory(table->ctx);
    table->points = grown;
    table->capacity = capacity;
    return TW_OK;
}

static tw_status reserve_scratch(ns_pareto_table *table, size_t count) {
    if (count <= table->scratch_capacity)
        return TW_OK;
    for (int i = 0; i < 2; i++) {
        ns_pareto_point *grown =
            tw_resize(table->ctx, table->scratch[i], 2 * count * sizeof *grown);
        if (!grown)
            return tw_out_of_memory(table->ctx);
        table->scratch[i] = grown;
    }
    table->scratch_capacity = 2 * count;
    return TW_OK;
}

static bool precedes(ns_price a, ns_price b) {
    return a.pj < b.pj || (a.pj == b.pj && a.cycles < b.cycles);
}

tw_status ns_pareto_add(ns_pareto_table *table, uint32_t tile, ns_pareto_point point) {
    TW_TRY(reserve(table, 1));
    if (table->count[tile] == 0)
        table->start[tile] = (uint32_t)table->used;
    ns_pareto_point *set = table->points + table->start[tile];
    uint32_t at = 0, last = table->count[tile];
    while (at < last && !precedes(point.price, set[at].price))
        at++;
    if (at > 0 && set[at - 1].price.cycles <= point.price.cycles)
        return TW_OK;
    uint32_t next = at;
    while (next < last && set[next].price.cycles >= point.price.cycles)
        next++;
    memmove(set + at + 1, set + next, (last - next) * sizeof *set);
    set[at] = point;
    table->count[tile] = at + 1 + last - next;
    table->used = table->start[tile] + table->count[tile];
    return TW_OK;
}

/* The points of both sets that none of the other dominates. */
static uint32_t merge(const ns_pareto_point *a, uint32_t a_count, const ns_pareto_point *b,
                      uint32_t b_count, ns_pareto_point *out) {
    const ns_pareto_point *a_end = a + a_count, *b_end = b + b_count;
    uint32_t count = 0;
    while (a < a_end || b < b_end) {
        const bool from_a = b == b_end || (a < a_end && !precedes(b->price, a->price));
        const ns_pareto_point *next = from_a ? a++ : b++;
        if (count == 0 || next->price.cycles < out[count - 1].price.cycles)
            out[count++] = *next;
    }
    return count;
}

/* out[t] becomes own[t] with the sets of the divisors one step back along each axis. */
static tw_status gather(const ns_lattice *lattice, uint32_t t, const ns_pareto_table *own,
                        ns_pareto_table *out) {
    size_t most = own->count[t];
    uint32_t neighbours[NS_MAX_AXES], neighbour_count = 0;
    for (unsigned a = 0; a < lattice->axis_count; a++) {
        const ns_axis *axis = &lattice->axes[a];
        if (t / axis->stride % (axis->exponent + 1) == 0 || out->count[t - axis->stride] == 0)
            continue;
        neighbours[neighbour_count++] = t - axis->stride;
        most += out->count[t - axis->stride];
    }
    TW_TRY(reserve(out, most));
    TW_TRY(reserve_scratch(out, most));
    ns_pareto_point *now = out->scratch[0], *next = out->scratch[1];
    uint32_t count = own->count[t];
    if (count)
        memcpy(now, own->points + own->start[t], count * sizeof *now);
    for (uint32_t i = 0; i < neighbour_count; i++) {
        const uint32_t from = neighbours[i];
        count = merge(now, count, out->points + out->start[from], out->count[from], next);
        ns_pareto_point *swap = now;
        now = next;
        next = swap;
    }
    out->start[t] = (uint32_t)out->used;
    out->count[t] = count;
    if (count)
        memcpy(out->points + out->used, now, count * sizeof *now);
    out->used += count;
    return TW_OK;
}

tw_status ns_pareto_of_divisors(const ns_lattice *lattice, const unsigned char *wanted,
                                const ns_pareto_table *own, ns_pareto_table *out) {
    ns_pareto_clear(out, lattice->count);
    for (uint32_t t = 0; t < lattice->count; t++)
        if (wanted[t])
            TW_TRY(gather(lattice, t, own, out));
    return TW_OK;
}
