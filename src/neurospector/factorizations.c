#include "neurospector/factorizations.h"

#include <stdlib.h>
#include <string.h>

static int compare_divisors(const void *a, const void *b) {
    const ns_divisor *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Every divisor of a column by counting through the exponents of its axes. */
static tw_status list_divisors(ns_divisors *divisors, const ns_lattice *lattice, int column) {
    uint32_t count = 1, filled = 1;
    for (unsigned a = 0; a < lattice->axis_count; a++)
        if (lattice->axes[a].column == (ns_column)column)
            count *= lattice->axes[a].exponent + 1;
    ns_divisor *list = tw_alloc_array(divisors->ctx, count, sizeof *list);
    if (!list)
        return tw_out_of_memory(divisors->ctx);
    list[0].value = 1;
    for (unsigned a = 0; a < lattice->axis_count; a++) {
        const ns_axis *axis = &lattice->axes[a];
        if (axis->column != (ns_column)column)
            continue;
        const uint32_t before = filled;
        for (uint32_t i = 0; i < before * axis->exponent; i++, filled++)
            list[filled] = (ns_divisor){list[filled - before].value * axis->prime,
                                        list[filled - before].tile + axis->stride};
    }
    qsort(list, count, sizeof *list, compare_divisors);
    divisors->divisors[column] = list;
    divisors->count[column] = count;
    return TW_OK;
}

static tw_status list_divisors_of_divisors(ns_divisors *divisors, int column) {
    const uint32_t count = divisors->count[column];
    const ns_divisor *list = divisors->divisors[column];
    uint32_t *start = tw_alloc_array(divisors->ctx, count + 1, sizeof *start);
    uint32_t *of = tw_alloc_array(divisors->ctx, (size_t)count * count, sizeof *of);
    divisors->start[column] = start;
    divisors->of[column] = of;
    if (!start || !of)
        return tw_out_of_memory(divisors->ctx);
    uint32_t filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        start[i] = filled;
        for (uint32_t j = 0; j <= i; j++)
            if (list[i].value % list[j].value == 0)
                of[filled++] = list[j].tile;
    }
    start[count] = filled;
    return TW_OK;
}

tw_status ns_divisors_init(ns_divisors *divisors, tw_ctx *ctx, const ns_lattice *lattice) {
    *divisors = (ns_divisors){.ctx = ctx};
    for (int c = 0; c < NS_COLUMNS; c++) {
        TW_TRY(list_divisors(divisors, lattice, c));
        TW_TRY(list_divisors_of_divisors(divisors, c));
    }
    return TW_OK;
}

void ns_divisors_free(ns_divisors *divisors) {
    for (int c = 0; c < NS_COLUMNS && divisors->ctx; c++) {
        tw_free(divisors->ctx, divisors->divisors[c]);
        tw_free(divisors->ctx, divisors->start[c]);
        tw_free(divisors->ctx, divisors->of[c]);
    }
}

/* Factorizations of `rest` over the levels from `level` on, appended; counted only when there is
 * no room yet. */
typedef struct {
    const ns_divisor *list;
    uint32_t list_count, tiles[NS_ROWS], *items;
    unsigned levels;
    uint32_t count;
} factorizer;

static void factorize(factorizer *f, unsigned level, uint64_t rest, uint32_t rest_tile) {
    if (level + 1 == f->levels) {
        f->tiles[level] = rest_tile;
        if (f->items)
            memcpy(f->items + (size_t)f->count * f->levels, f->tiles, f->levels * sizeof *f->tiles);
        f->count++;
        return;
    }
    for (uint32_t i = 0; i < f->list_count && f->list[i].value <= rest; i++) {
        if (rest % f->list[i].value != 0)
            continue;
        f->tiles[level] = f->list[i].tile;
        factorize(f, level + 1, rest / f->list[i].value, rest_tile - f->list[i].tile);
    }
}

static uint32_t tile_of_value(const ns_divisors *divisors, int column, uint64_t value) {
    uint32_t i = 0;
    while (divisors->divisors[column][i].value != value)
        i++;
    return divisors->divisors[column][i].tile;
}

tw_status ns_factorizations_init(ns_factorizations *lists, const ns_divisors *divisors,
                                 const uint64_t extent[NS_COLUMNS], unsigned levels) {
    *lists = (ns_factorizations){.ctx = divisors->ctx, .levels = levels};
    for (int c = 0; c < NS_COLUMNS; c++) {
        factorizer f = {
            .list = divisors->divisors[c], .list_count = divisors->count[c], .levels = levels};
        const uint32_t tile = tile_of_value(divisors, c, extent[c]);
        factorize(&f, 0, extent[c], tile);
        lists->items[c] = tw_alloc_array(divisors->ctx, (size_t)f.count * levels, sizeof *f.items);
        if (!lists->items[c])
            return tw_out_of_memory(divisors->ctx);
        lists->count[c] = f.count;
        f.count = 0;
        f.items = lists->items[c];
        factorize(&f, 0, extent[c], tile);
    }
    return TW_OK;
}

void ns_factorizations_free(ns_factorizations *lists) {
    for (int c = 0; c < NS_COLUMNS && lists->ctx; c++)
        tw_free(lists->ctx, lists->items[c]);
}
