/* "Did you mean": the candidate with the smallest edit distance, if it is close enough. */
#include <string.h>

#include "base/ctx.h"

enum { MAX_WORD = 63 };

static size_t smallest_of_3(size_t a, size_t b, size_t c) {
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein distance of two words of at most MAX_WORD bytes. */
static size_t edit_distance(const char *a, const char *b) {
    size_t row[MAX_WORD + 1];
    const size_t length = strlen(b);
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            const size_t above = row[j + 1];
            row[j + 1] = smallest_of_3(row[j] + 1, above + 1, diagonal + (a[i] != b[j]));
            diagonal = above;
        }
    }
    return row[length];
}

const char *tw_closest_word(const char *word, const char *const *candidates, size_t count) {
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    if (strlen(word) > MAX_WORD)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (strlen(candidates[i]) > MAX_WORD)
            continue;
        const size_t distance = edit_distance(word, candidates[i]);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidates[i];
        }
    }
    if (!best)
        return NULL;
    /* At a distance of the longer length they have nothing in common. */
    const size_t length = strlen(best), longer = length > strlen(word) ? length : strlen(word);
    return best_distance <= 1 + length / 3 && best_distance < longer ? best : NULL;
}
