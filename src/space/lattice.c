#include "space/lattice.h"

#include <math.h>
#include <string.h>

enum { MAX_DIVISORS = 4096 };

static unsigned collect_divisors(uint64_t extent, uint64_t *out) {
    unsigned count = 0;
    for (uint64_t d = 1; d * d <= extent && count + 2 < MAX_DIVISORS; d++) {
        if (extent % d)
            continue;
        out[count++] = d;
        if (d != extent / d)
            out[count++] = extent / d;
    }
    for (unsigned i = 1; i < count; i++)
        for (unsigned j = i; j > 0 && out[j] < out[j - 1]; j--) {
            const uint64_t swap = out[j];
            out[j] = out[j - 1];
            out[j - 1] = swap;
        }
    return count;
}

unsigned tw_divisor_index(const tw_divisors *divisors, uint64_t value) {
    unsigned low = 0, high = divisors->count;
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (divisors->divisors[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < divisors->count && divisors->divisors[low] == value ? low : TW_NO_DIVISOR;
}

static tw_status fill_dimension(tw_arena *arena, uint64_t extent, tw_divisors *out) {
    uint64_t found[MAX_DIVISORS];
    out->count = collect_divisors(extent, found);
    const size_t n = out->count;
    out->divisors = tw_arena_array(arena, n, sizeof *out->divisors);
    out->product = tw_arena_array(arena, n * n, sizeof *out->product);
    out->ratio = tw_arena_array(arena, n * n, sizeof *out->ratio);
    if (!out->divisors || !out->product || !out->ratio)
        return tw_out_of_memory(arena->ctx);
    for (size_t i = 0; i < n; i++)
        out->divisors[i] = found[i];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const bool fits = found[i] <= extent / found[j];
            out->product[i * n + j] =
                fits ? (uint16_t)tw_divisor_index(out, found[i] * found[j]) : TW_NO_DIVISOR;
            out->ratio[i * n + j] = found[i] % found[j]
                                        ? TW_NO_DIVISOR
                                        : (uint16_t)tw_divisor_index(out, found[i] / found[j]);
        }
    return TW_OK;
}

tw_status tw_lattice_make(tw_arena *arena, const tw_problem *problem, tw_lattice *out) {
    *out = (tw_lattice){.size = 1};
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        TW_TRY(fill_dimension(arena, problem->extent[d], &out->dims[d]));
        out->weight[d] = out->size;
        out->size *= out->dims[d].count;
        if (out->size > UINT32_MAX / 2)
            return tw_fail(arena->ctx, TW_LIMIT, NULL,
                           "the extents have too many divisors: more than 2^31 tiles");
        if (problem->extent[d] > 1)
            out->active[out->active_count++] = (tw_dim)d;
    }
    return TW_OK;
}

void tw_tile_indices(const tw_lattice *lattice, tw_tile_id tile, uint16_t index[TW_DIM_COUNT]) {
    memset(index, 0, TW_DIM_COUNT * sizeof *index);
    for (unsigned i = 0; i < lattice->active_count; i++) {
        const tw_dim d = lattice->active[i];
        index[d] = (uint16_t)(tile % lattice->dims[d].count);
        tile /= lattice->dims[d].count;
    }
}

/* A prime power p^e has C(e + slots - 1, slots - 1) ordered factorisations; they multiply. */
double tw_lattice_log10_factorisations(const tw_lattice *lattice, unsigned slots) {
    double total = 0;
    for (unsigned i = 0; i < lattice->active_count; i++) {
        const tw_divisors *dim = &lattice->dims[lattice->active[i]];
        uint64_t rest = dim->divisors[dim->count - 1];
        for (uint64_t prime = 2; rest > 1; prime += prime == 2 ? 1 : 2) {
            if (prime * prime > rest)
                prime = rest;
            unsigned exponent = 0;
            for (; rest % prime == 0; rest /= prime)
                exponent++;
            for (unsigned k = 1; k <= exponent; k++)
                total += log10((double)(slots - 1 + k) / k);
        }
    }
    return total;
}
