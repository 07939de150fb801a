#include "neurospector/chain.h"

#include <math.h>
#include <stdlib.h>

#include "neurospector/legality.h"

tw_status ns_list_tiles(const ns_space *space, unsigned columns, double most, ns_tile_list *out) {
    const ns_lattice *lattice = &space->lattice;
    uint64_t outside = 0; /* exponents of other columns must be zero */
    for (unsigned a = 0; a < lattice->axis_count; a++)
        if (!(columns & 1U << lattice->axes[a].column))
            for (unsigned e = lattice->axes[a].exponent, s = lattice->axes[a].shift; e; e >>= 1)
                outside |= UINT64_C(1) << s++;
    uint32_t count = 0;
    for (uint32_t t = 0; t < lattice->count; t++)
        count += !(lattice->tiles[t].packed & outside) && lattice->tiles[t].steps <= most;
    out->tiles = tw_alloc_array(space->ctx, count, sizeof *out->tiles);
    if (!out->tiles)
        return tw_out_of_memory(space->ctx);
    for (uint32_t t = 0; t < lattice->count; t++)
        if (!(lattice->tiles[t].packed & outside) && lattice->tiles[t].steps <= most)
            out->tiles[out->count++] = t;
    return TW_OK;
}

/* Any divisor of the number of units is a product of some of the tile's primes, so that a split
 * over X and Y depends on that number only. */
static bool splits(uint64_t units, const ns_array *array) {
    for (uint64_t x = 1; x <= array->x && x <= units; x++)
        if (units % x == 0 && units / x <= array->y)
            return true;
    return false;
}

static tw_status list_unrolled(ns_space *space, ns_array_id id) {
    const ns_array *array = &space->accelerator->arrays[id];
    const uint64_t most = array->x * array->y;
    ns_tile_list *list = &space->unrolled[id];
    TW_TRY(ns_list_tiles(space, NS_ALL_COLUMNS, (double)most, list));
    const size_t known_count = most < 65536 ? (size_t)most + 1 : 0;
    unsigned char *known = tw_alloc(space->ctx, known_count + 1); /* 0: not yet, 1: no, 2: yes */
    if (!known)
        return tw_out_of_memory(space->ctx);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const uint64_t units = (uint64_t)space->lattice.tiles[list->tiles[i]].steps;
        unsigned char scratch = 0, *answer = units < known_count ? &known[units] : &scratch;
        if (*answer == 0)
            *answer = splits(units, array) ? 2 : 1;
        if (*answer == 2)
            list->tiles[kept++] = list->tiles[i];
    }
    list->count = kept;
    tw_free(space->ctx, known);
    return TW_OK;
}

static int compare_unrolled(const void *a, const void *b, void *user) {
    const ns_tile *tiles = user;
    const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    if (tiles[i].steps != tiles[j].steps)
        return tiles[i].steps < tiles[j].steps ? -1 : 1;
    if (tiles[i].crs != tiles[j].crs)
        return tiles[i].crs < tiles[j].crs ? -1 : 1;
    return (i > j) - (i < j);
}

static tw_status make_groups(ns_space *space, ns_array_id id) {
    ns_tile_list *list = &space->unrolled[id];
    ns_group_list *out = &space->groups[id];
    const ns_tile *tiles = space->lattice.tiles;
    qsort_r(list->tiles, list->count, sizeof *list->tiles, compare_unrolled, space->lattice.tiles);
    out->groups = tw_alloc_array(space->ctx, list->count, sizeof *out->groups);
    if (!out->groups)
        return tw_out_of_memory(space->ctx);
    for (uint32_t i = 0; i < list->count; i++) {
        const ns_tile *tile = &tiles[list->tiles[i]];
        ns_group *last = out->count ? &out->groups[out->count - 1] : NULL;
        if (last && last->units == tile->steps && last->crs == tile->crs)
            last->count++;
        else
            out->groups[out->count++] = (ns_group){tile->steps, tile->crs, i, 1};
    }
    return TW_OK;
}

static tw_status find_fitting(ns_space *space, ns_buffer_id id, unsigned char **out) {
    const ns_lattice *lattice = &space->lattice;
    *out = tw_alloc(space->ctx, lattice->count);
    if (!*out)
        return tw_out_of_memory(space->ctx);
    for (uint32_t t = 0; t < lattice->count; t++) {
        const double *w = lattice->tiles[t].words;
        const uint64_t words[NS_DATA] = {(uint64_t)w[0], (uint64_t)w[1], (uint64_t)w[2]};
        (*out)[t] = ns_tile_fits(&space->accelerator->buffers[id], words);
    }
    return TW_OK;
}

tw_status ns_space_init(ns_space *space, tw_ctx *ctx, const ns_accelerator *accelerator,
                        const ns_layer *layer) {
    *space = (ns_space){.ctx = ctx, .accelerator = accelerator, .layer = layer};
    ns_model_init(&space->model, accelerator, false);
    space->has_gb_loops = !ns_row_is_virtual(accelerator, NS_ROW_GB);
    TW_TRY(ns_lattice_init(&space->lattice, ctx, layer));
    space->mac_pj = ns_whole(&space->lattice)->steps * space->model.mac_pj;
    for (int a = 0; a < NS_ARRAYS; a++)
        TW_TRY(list_unrolled(space, (ns_array_id)a));
    TW_TRY(make_groups(space, NS_PE));
    TW_TRY(make_groups(space, NS_CHIP));
    TW_TRY(find_fitting(space, NS_LB, &space->fits_lb));
    return find_fitting(space, NS_GB, &space->fits_gb);
}

void ns_space_free(ns_space *space) {
    tw_ctx *ctx = space->ctx;
    for (int a = 0; a < NS_ARRAYS; a++) {
        tw_free(ctx, space->unrolled[a].tiles);
        tw_free(ctx, space->groups[a].groups);
    }
    tw_free(ctx, space->fits_lb);
    tw_free(ctx, space->fits_gb);
    ns_lattice_free(&space->lattice);
}

static double transfer_cycles(const ns_space *space, ns_level level, double input, double weight,
                              double output) {
    const double bandwidth = space->model.words_per_cycle[level];
    const double *unit = space->model.unit_cycles[level];
    const double a = ceil(input / bandwidth) * unit[NS_INPUT];
    const double b = ceil(weight / bandwidth) * unit[NS_WEIGHT];
    const double c = ceil(output / bandwidth) * unit[NS_OUTPUT];
    return space->model.sum_cycles[level] ? a + b + c : fmax(fmax(a, b), c);
}

double ns_tile_pj(const ns_space *space, ns_level level, const double words[NS_DATA],
                  const ns_crossings *n, double copies) {
    const double *pj = space->model.access_pj[level];
    return copies * (words[NS_INPUT] * n->input * pj[NS_INPUT] +
                     words[NS_WEIGHT] * n->weight * pj[NS_WEIGHT] +
                     words[NS_OUTPUT] * (n->output_read + n->output_write) * pj[NS_OUTPUT]);
}

ns_price ns_send_price(const ns_space *space, ns_level level, const double words[NS_DATA],
                       const ns_crossings *n, double copies) {
    return (ns_price){ns_tile_pj(space, level, words, n, copies),
                      transfer_cycles(space, level, words[NS_INPUT] * n->input,
                                      words[NS_WEIGHT] * n->weight,
                                      words[NS_OUTPUT] * (n->output_read + n->output_write))};
}

ns_price ns_compute_price(const ns_space *space, const ns_tile *mac_tile, double units,
                          double crs) {
    const ns_tile *whole = ns_whole(&space->lattice);
    const double steps = whole->steps / (mac_tile->steps * units);
    const double reduction = whole->crs / (mac_tile->crs * crs);
    const ns_crossings n = {steps, steps, steps - steps / reduction, steps};
    ns_price price = ns_send_price(space, NS_LEVEL_LB, mac_tile->words, &n, units);
    price.cycles += steps;
    return price;
}

/* Steps of these loops that leave the stationary datum as it is (see ns_stationary_run). */
static double run(double k, double bpq, double crs, ns_dataflow dataflow) {
    switch (dataflow) {
    case NS_IS:
        return k > 1 ? k : fmax(bpq, crs);
    case NS_WS:
        return bpq;
    case NS_OS:
        return crs;
    default:
        return 1;
    }
}

static double dram_run(const ns_space *space, const ns_tile *sent, ns_dataflow dataflow) {
    const ns_tile *whole = ns_whole(&space->lattice);
    return run(whole->k / sent->k, whole->bpq / sent->bpq, whole->crs / sent->crs, dataflow);
}

ns_crossings ns_dram_crossings(const ns_space *space, ns_dataflow dataflow, const ns_tile *sent) {
    const ns_tile *whole = ns_whole(&space->lattice);
    const double steps = whole->steps / sent->steps;
    const double kept = steps / dram_run(space, sent, dataflow);
    ns_crossings n = {dataflow == NS_IS ? kept : steps, dataflow == NS_WS ? kept : steps,
                      dataflow == NS_OS ? 0 : steps - steps * sent->crs / whole->crs,
                      dataflow == NS_OS ? kept : steps};
    if (sent->words[NS_INPUT] == whole->words[NS_INPUT])
        n.input = 1;
    if (sent->words[NS_WEIGHT] == whole->words[NS_WEIGHT])
        n.weight = 1;
    if (sent->words[NS_OUTPUT] == whole->words[NS_OUTPUT]) {
        n.output_read = 0;
        n.output_write = 1;
    }
    return n;
}

void ns_bypass_crossings(const ns_space *space, const ns_tile *sent, unsigned passed,
                         ns_crossings *n) {
    const ns_tile *whole = ns_whole(&space->lattice);
    const unsigned bypass = space->accelerator->buffers[NS_GB].bypass & ~passed;
    if (bypass == 0)
        return;
    const unsigned applies = bypass & ns_same_words(sent, whole); /* sent whole */
    if (applies == 0)
        return;
    if (applies & 1U << NS_INPUT)
        n->output_write *= dram_run(space, sent, NS_IS);
    if (applies & 1U << NS_WEIGHT)
        n->weight *= dram_run(space, sent, NS_WS);
    if (applies & 1U << NS_OUTPUT) {
        const double steps = dram_run(space, sent, NS_OS);
        n->output_read = steps - 1;
        n->output_write *= steps;
    }
}

ns_crossings ns_gb_crossings(const ns_space *space, ns_dataflow dataflow, const ns_tile *inner,
                             const ns_tile *gb, double chips, double chip_crs) {
    const ns_tile *whole = ns_whole(&space->lattice);
    const double steps = whole->steps / (inner->steps * chips);
    const double reduction = whole->crs / (inner->crs * chip_crs);
    const double kept =
        steps / run(gb->k / inner->k, gb->bpq / inner->bpq, gb->crs / inner->crs, dataflow);
    const double dram_reduction = whole->crs / (gb->crs * chip_crs);
    return (ns_crossings){dataflow == NS_IS ? kept : steps, dataflow == NS_WS ? kept : steps,
                          dataflow == NS_OS ? steps / reduction * (dram_reduction - 1)
                                            : steps - steps / reduction,
                          dataflow == NS_OS ? kept : steps};
}
