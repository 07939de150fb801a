#include "neurospector/lattice.h"

#include <string.h>

static unsigned bits_of(unsigned value) {
    unsigned bits = 0;
    for (; value; value >>= 1)
        bits++;
    return bits;
}

/* One axis for every prime of every column; the index grows fastest along G. */
static tw_status make_axes(ns_lattice *lattice, const ns_layer *layer) {
    uint64_t count = 1;
    unsigned shift = 0;
    for (int c = NS_COLUMNS - 1; c >= 0; c--) {
        uint64_t rest = layer->size[c];
        for (uint64_t p = 2; rest > 1; p = p * p > rest ? rest : p + 1) {
            unsigned exponent = 0;
            for (; rest % p == 0; rest /= p)
                exponent++;
            if (exponent == 0)
                continue;
            lattice->axes[lattice->axis_count++] =
                (ns_axis){(ns_column)c, p, exponent, (uint32_t)count, shift};
            count *= exponent + 1;
            if (count > NS_MAX_TILES)
                return TW_LIMIT;
            shift += bits_of(exponent) + 1; /* at most 2 log2(NS_MAX_TILES) bits in all */
            lattice->guards |= UINT64_C(1) << (shift - 1);
        }
    }
    lattice->count = (uint32_t)count;
    return TW_OK;
}

static void fill_tile(ns_tile *tile, const uint64_t extent[NS_COLUMNS], uint64_t stride) {
    uint64_t words[NS_DATA];
    ns_tile_words(extent, stride, words);
    tile->k = (double)extent[NS_K];
    tile->bpq = (double)(extent[NS_B] * extent[NS_P] * extent[NS_Q]);
    tile->crs = (double)(extent[NS_C] * extent[NS_R] * extent[NS_S]);
    tile->steps = tile->k * tile->bpq * tile->crs * (double)extent[NS_G];
    for (int d = 0; d < NS_DATA; d++)
        tile->words[d] = (double)words[d];
}

static void fill_tiles(ns_lattice *lattice, const ns_layer *layer) {
    unsigned exponents[NS_MAX_AXES] = {0};
    uint64_t extent[NS_COLUMNS] = {1, 1, 1, 1, 1, 1, 1, 1};
    uint64_t packed = 0;
    for (uint32_t i = 0; i < lattice->count; i++) {
        lattice->tiles[i].packed = packed;
        fill_tile(&lattice->tiles[i], extent, layer->stride);
        for (unsigned a = 0; a < lattice->axis_count; a++) {
            const ns_axis *axis = &lattice->axes[a];
            if (exponents[a] < axis->exponent) {
                exponents[a]++;
                extent[axis->column] *= axis->prime;
                packed += UINT64_C(1) << axis->shift;
                break;
            }
            for (; exponents[a] > 0; exponents[a]--)
                extent[axis->column] /= axis->prime;
            packed -= (uint64_t)axis->exponent << axis->shift;
        }
    }
}

tw_status ns_lattice_init(ns_lattice *lattice, tw_ctx *ctx, const ns_layer *layer) {
    *lattice = (ns_lattice){.ctx = ctx};
    TW_TRY(make_axes(lattice, layer));
    lattice->tiles = tw_resize(ctx, NULL, lattice->count * sizeof *lattice->tiles);
    if (!lattice->tiles)
        return tw_out_of_memory(ctx);
    fill_tiles(lattice, layer);
    return TW_OK;
}

void ns_lattice_free(ns_lattice *lattice) {
    if (lattice->ctx)
        tw_free(lattice->ctx, lattice->tiles);
    lattice->tiles = NULL;
}

static inline void take_minimum(double *restrict to, const double *restrict from, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = from[i] < to[i] ? from[i] : to[i];
}

void ns_lattice_min_of_multiples(const ns_lattice *lattice, double *table) {
    for (unsigned a = 0; a < lattice->axis_count; a++) {
        const ns_axis *axis = &lattice->axes[a];
        const size_t stride = axis->stride, block = stride * (axis->exponent + 1);
        for (size_t base = 0; base < lattice->count; base += block)
            for (size_t e = axis->exponent; e > 0; e--)
                take_minimum(table + base + (e - 1) * stride, table + base + e * stride, stride);
    }
}

void ns_lattice_min_of_divisors(const ns_lattice *lattice, double *table) {
    for (unsigned a = 0; a < lattice->axis_count; a++) {
        const ns_axis *axis = &lattice->axes[a];
        const size_t stride = axis->stride, block = stride * (axis->exponent + 1);
        for (size_t base = 0; base < lattice->count; base += block)
            for (size_t e = 0; e < axis->exponent; e++)
                take_minimum(table + base + (e + 1) * stride, table + base + e * stride, stride);
    }
}

void ns_lattice_extents(const ns_lattice *lattice, uint32_t tile, uint64_t extent[NS_COLUMNS]) {
    for (int c = 0; c < NS_COLUMNS; c++)
        extent[c] = 1;
    for (unsigned a = 0; a < lattice->axis_count; a++) {
        const ns_axis *axis = &lattice->axes[a];
        unsigned exponent = tile / axis->stride % (axis->exponent + 1);
        for (; exponent > 0; exponent--)
            extent[axis->column] *= axis->prime;
    }
}
