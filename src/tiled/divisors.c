#include "tiled/divisors.h"

/* Prime by prime: the divisors so far times each power of the next prime, then sorted by
 * insertion of merged runs. */
static unsigned times_powers(int64_t *out, unsigned count, int64_t prime, unsigned power) {
    unsigned total = count;
    int64_t factor = 1;
    for (unsigned p = 0; p < power; p++) {
        factor *= prime;
        for (unsigned i = 0; i < count; i++)
            out[total++] = out[i] * factor;
    }
    return total;
}

static void sort_ascending(int64_t *list, unsigned count) {
    for (unsigned gap = count / 2; gap > 0; gap /= 2)
        for (unsigned i = gap; i < count; i++) {
            const int64_t value = list[i];
            unsigned j = i;
            for (; j >= gap && list[j - gap] > value; j -= gap)
                list[j] = list[j - gap];
            list[j] = value;
        }
}

static unsigned strip(int64_t *value, int64_t prime) {
    unsigned power = 0;
    for (; *value % prime == 0; *value /= prime)
        power++;
    return power;
}

unsigned tw_divisors(int64_t value, int64_t *out) {
    unsigned count = 1;
    out[0] = 1;
    for (int64_t prime = 2; prime * prime <= value; prime++)
        count = times_powers(out, count, prime, strip(&value, prime));
    if (value > 1)
        count = times_powers(out, count, value, 1);
    sort_ascending(out, count);
    return count;
}

unsigned tw_divisor_count(int64_t value) {
    unsigned count = 1;
    for (int64_t prime = 2; prime * prime <= value; prime++)
        count *= strip(&value, prime) + 1;
    return value > 1 ? count * 2 : count;
}
