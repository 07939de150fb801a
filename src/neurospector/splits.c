#include "neurospector/splits.h"

/* Carries the indices of the use before into the lists, as the first step of a further use does. */
static void step_home(ns_splits *splits, const uint32_t length[NS_COLUMNS]) {
    splits->home[NS_G]++;
    for (int c = NS_COLUMNS - 1; c >= 0; c--)
        if (splits->home[c] >= length[c]) {
            splits->home[c] = 0;
            if (c > 0)
                splits->home[c - 1]++;
        }
}

static void go_home(ns_splits *splits) {
    uint32_t tile = 0;
    for (unsigned i = splits->count; i-- > 0;) {
        splits->index[i] = splits->home[splits->column[i]];
        splits->slower[i] = tile;
        tile += splits->list[i][splits->index[i]];
    }
}

uint64_t ns_splits_begin(ns_splits *splits, const ns_lattice *lattice, const ns_divisors *divisors,
                         uint32_t tile) {
    uint64_t extent[NS_COLUMNS], total = 1;
    uint32_t length[NS_COLUMNS];
    ns_lattice_extents(lattice, tile, extent);
    splits->count = 0;
    for (int c = NS_COLUMNS - 1; c >= 0; c--) {
        uint32_t i = 0;
        while (divisors->divisors[c][i].value != extent[c])
            i++;
        const uint32_t start = divisors->start[c][i];
        length[c] = divisors->start[c][i + 1] - start;
        total *= length[c];
        if (length[c] == 1)
            continue;
        splits->column[splits->count] = (ns_column)c;
        splits->list[splits->count] = divisors->of[c] + start;
        splits->length[splits->count++] = length[c];
    }
    const bool again = splits->used;
    if (again)
        step_home(splits, length);
    go_home(splits);
    splits->at_home = again;
    splits->used = true;
    return total + again;
}

uint64_t ns_splits_skip(ns_splits *splits, unsigned columns) {
    uint64_t left_out = 0, weight = 1;
    for (unsigned i = 0; i < columns; i++) {
        const uint32_t last = splits->length[i] - 1;
        left_out += (last - splits->index[i]) * weight;
        weight *= splits->length[i];
        splits->index[i] = last;
    }
    return left_out;
}
