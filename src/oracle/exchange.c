#include "oracle/exchange.h"

#include <stdlib.h>
#include <string.h>

static void next_stamp(uint32_t *stamp, uint32_t *stamps, uint64_t words) {
    if (++*stamp == 0) {
        memset(stamps, 0, words * sizeof *stamps);
        *stamp = 1;
    }
}

static void mark_old(tw_boundary *b, uint64_t origin) {
    next_stamp(&b->old_stamp, b->in_old, b->words);
    for (uint64_t v = 0; v < b->tile_words; v++)
        b->in_old[origin + b->offset[v]] = b->old_stamp;
}

static int compare_words(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Adds the words of (tile at `now`) \ (tile at `*before`) to the list of tiles-band child j,
 * unless a sharing child brought them already. Returns how many words the child itself needed. */
static uint64_t gather(tw_boundary *b, uint64_t j, const uint64_t *before, uint64_t now) {
    uint64_t needed = 0;
    if (before)
        mark_old(b, *before);
    for (uint64_t v = 0; v < b->tile_words; v++) {
        const uint64_t word = now + b->offset[v];
        if (before && b->in_old[word] == b->old_stamp)
            continue;
        needed++;
        if (b->seen[word] == b->seen_stamp)
            continue;
        b->seen[word] = b->seen_stamp;
        b->list[j * b->list_capacity + b->list_length[j]++] = word;
    }
    return needed;
}

static bool equals_earlier(const tw_boundary *b, uint64_t j) {
    const uint64_t *mine = &b->list[j * b->list_capacity];
    for (uint64_t i = 0; i < j; i++)
        if (b->list_length[i] == b->list_length[j] &&
            memcmp(&b->list[i * b->list_capacity], mine, b->list_length[j] * sizeof *mine) == 0)
            return true;
    return false;
}

void tw_boundary_supply(tw_boundary *b, const uint64_t *before, uint64_t now) {
    const uint64_t *origin = b->origin;
    for (uint64_t group = 0; group < b->count[TW_BAND_PARENT] * b->count[TW_BAND_NONE]; group++)
        for (uint64_t j = 0; j < b->count[TW_BAND_TILES]; j++) {
            next_stamp(&b->seen_stamp, b->seen, b->words);
            b->list_length[j] = 0;
            for (uint64_t i = 0; i < b->count[TW_BAND_WORDS]; i++, origin++) {
                const uint64_t old = before ? *before + *origin : 0;
                const uint64_t needed = gather(b, j, before ? &old : NULL, now + *origin);
                if (b->at_child)
                    b->at_child->fill += needed;
            }
            if (b->count[TW_BAND_TILES] > 1)
                qsort(&b->list[j * b->list_capacity], b->list_length[j], sizeof *b->list,
                      compare_words);
            if (!equals_earlier(b, j))
                b->at_parent->read += b->list_length[j];
        }
}

/* Sets bit `word` of row `row`; false when it was set before. */
static bool insert(const tw_boundary *b, unsigned char *rows, uint64_t row, uint64_t word) {
    unsigned char *byte = &rows[row * b->row_bytes + word / 8];
    const unsigned char bit = (unsigned char)(1u << (word % 8));
    const bool fresh = !(*byte & bit);
    *byte |= bit;
    return fresh;
}

void tw_boundary_drain(tw_boundary *b, uint64_t before, const uint64_t *now) {
    const uint64_t *origin = b->origin;
    for (uint64_t group = 0; group < b->count[TW_BAND_PARENT] * b->count[TW_BAND_NONE]; group++) {
        const uint64_t parent = group / b->count[TW_BAND_NONE];
        next_stamp(&b->seen_stamp, b->seen, b->words);
        b->list_length[0] = 0;
        for (uint64_t i = 0; i < b->count[TW_BAND_WORDS]; i++, origin++) {
            const uint64_t staying = now ? *now + *origin : 0;
            const uint64_t sent = gather(b, 0, now ? &staying : NULL, before + *origin);
            if (b->at_child)
                b->at_child->evict += sent;
        }
        b->at_parent->update += b->list_length[0];
        for (uint64_t v = 0; v < b->list_length[0]; v++)
            b->at_parent->psum_read += !insert(b, b->written, parent, b->list[v]);
    }
}

void tw_boundary_restore(tw_boundary *b, const uint64_t *before, uint64_t now) {
    uint64_t child = 0;
    for (uint64_t group = 0; group < b->count[TW_BAND_PARENT] * b->count[TW_BAND_NONE]; group++) {
        next_stamp(&b->seen_stamp, b->seen, b->words);
        for (uint64_t i = 0; i < b->count[TW_BAND_WORDS]; i++, child++) {
            if (before)
                mark_old(b, *before + b->origin[child]);
            for (uint64_t v = 0; v < b->tile_words; v++) {
                const uint64_t word = now + b->origin[child] + b->offset[v];
                if ((before && b->in_old[word] == b->old_stamp) || insert(b, b->had, child, word))
                    continue;
                b->at_child->refill++;
                b->returned += b->seen[word] != b->seen_stamp;
                b->seen[word] = b->seen_stamp;
            }
        }
    }
}
