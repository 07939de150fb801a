#include "neurospector/rebuild.h"

#include <math.h>

/* Moves prime factors of a tile into two rows so that their products are at most x and y. */
static void split_xy(const ns_lattice *lattice, uint32_t tile, const ns_array *array,
                     uint64_t row_x[NS_COLUMNS], uint64_t row_y[NS_COLUMNS]) {
    const uint64_t units = (uint64_t)lattice->tiles[tile].steps;
    uint64_t x = array->x < units ? array->x : units;
    while (units % x != 0 || units / x > array->y)
        x--;
    ns_lattice_extents(lattice, tile, row_y);
    for (int c = 0; c < NS_COLUMNS; c++)
        row_x[c] = 1;
    for (unsigned a = 0; a < lattice->axis_count; a++) {
        const ns_axis *axis = &lattice->axes[a];
        while (x % axis->prime == 0 && row_y[axis->column] % axis->prime == 0) {
            x /= axis->prime;
            row_x[axis->column] *= axis->prime;
            row_y[axis->column] /= axis->prime;
        }
    }
}

static void make_table(const ns_space *space, const ns_chain *chain, ns_table *out) {
    const ns_lattice *lattice = &space->lattice;
    const uint32_t tiles[NS_ARRAYS] = {chain->mac, chain->pe, chain->chip};
    *out = ns_table_of_layer(space->layer);
    for (int a = 0; a < NS_ARRAYS; a++)
        split_xy(lattice, tiles[a], &space->accelerator->arrays[a], out->factor[3 * a + 1],
                 out->factor[3 * a + 2]);
    ns_lattice_extents(lattice, chain->inner - chain->pe - chain->mac, out->factor[NS_ROW_LB]);
    ns_lattice_extents(lattice, chain->gb - chain->inner, out->factor[NS_ROW_GB]);
    ns_lattice_extents(lattice, lattice->count - 1 - chain->gb - chain->chip,
                       out->factor[NS_ROW_DRAM]);
}

void ns_price_chain(const ns_space *space, const ns_chain *chain, const ns_dataflows *dataflows,
                    ns_table *table, ns_cost *cost) {
    make_table(space, chain, table);
    ns_evaluate(&space->model, space->layer, dataflows, table, cost);
}

tw_status ns_prices_agree(const ns_space *space, const char *unit, double whole, double parts) {
    if (fabs(whole - parts) <= 1e-9 * parts)
        return TW_OK;
    return tw_fail(space->ctx, TW_ERROR, NULL,
                   "internal: layer %s costs %.17g %s by its mapping and %.17g by its bounds",
                   space->layer->name, whole, unit, parts);
}
