#include "tiled/set_order.h"

#include <stdbool.h>
#include <string.h>

/* CPython's hash of a tuple (xxHash-like, since 3.8); a small number is its own hash. */
static uint64_t hash_tuple(const int64_t tuple[3]) {
    const uint64_t prime1 = UINT64_C(11400714785074694791), prime2 = UINT64_C(14029467366897019727),
                   prime5 = UINT64_C(2870177450012600261);
    uint64_t hash = prime5;
    for (int i = 0; i < 3; i++) {
        hash += (uint64_t)tuple[i] * prime2;
        hash = (hash << 31 | hash >> 33) * prime1;
    }
    hash += 3 ^ (prime5 ^ UINT64_C(3527539));
    return hash == UINT64_MAX ? UINT64_C(1546275796) : hash;
}

/* The table starts with 8 slots and has 32 from the fifth entry on. */
enum { SMALL = 8, LARGE = 32, SMALL_LIMIT = 5, LINEAR_PROBES = 9, SHIFT = 5 };
typedef struct {
    const int64_t *slots[LARGE];
    uint64_t size;
} table;

/* False when the tuple is there already. */
static bool insert(table *t, const int64_t *tuple) {
    const uint64_t mask = t->size - 1, hash = hash_tuple(tuple);
    uint64_t perturb = hash, i = hash & mask;
    for (;;) {
        const uint64_t run = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
        for (uint64_t j = i; j <= i + run; j++) {
            if (!t->slots[j]) {
                t->slots[j] = tuple;
                return true;
            }
            if (memcmp(t->slots[j], tuple, 3 * sizeof *tuple) == 0)
                return false;
        }
        perturb >>= SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

static void grow(table *t) {
    table larger = {.size = LARGE};
    for (uint64_t i = 0; i < t->size; i++)
        if (t->slots[i])
            insert(&larger, t->slots[i]);
    *t = larger;
}

unsigned tw_set_order(int64_t (*tuples)[3], unsigned count) {
    int64_t added[TW_SET_ORDER_MOST][3];
    table t = {.size = SMALL};
    unsigned distinct = 0;
    memcpy(added, tuples, count * sizeof *added);
    for (unsigned i = 0; i < count; i++)
        if (insert(&t, added[i]) && ++distinct == SMALL_LIMIT)
            grow(&t);
    unsigned next = 0;
    for (uint64_t i = 0; i < t.size; i++)
        if (t.slots[i])
            memcpy(tuples[next++], t.slots[i], sizeof *tuples);
    return distinct;
}
