#include "neurospector/splits.h"

uint64_t ns_splits_begin(ns_splits *splits, const ns_lattice *lattice, const ns_divisors *divisors,
                         uint32_t tile) {
    uint64_t extent[NS_COLUMNS], total = 1;
    ns_lattice_extents(lattice, tile, extent);
    for (int c = 0; c < NS_COLUMNS; c++) {
        uint32_t i = 0;
        while (divisors->divisors[c][i].value != extent[c])
            i++;
        const uint32_t start = divisors->start[c][i];
        splits->list[c] = divisors->of[c] + start;
        splits->count[c] = divisors->start[c][i + 1] - start;
        total *= splits->count[c];
    }
    splits->active_count = 0;
    for (int c = NS_COLUMNS - 1; c >= 0; c--)
        if (splits->count[c] > 1)
            splits->active[splits->active_count++] = c;
    const uint64_t visits = total + (splits->used ? 1 : 0);
    splits->wild = splits->used;
    splits->used = true;
    return visits;
}

void ns_splits_tame(ns_splits *splits) {
    splits->index[NS_G]++;
    for (int c = NS_COLUMNS - 1; c >= 0; c--)
        if (splits->index[c] >= splits->count[c]) {
            splits->index[c] = 0;
            if (c > 0)
                splits->index[c - 1]++;
        }
    splits->wild = false;
}
