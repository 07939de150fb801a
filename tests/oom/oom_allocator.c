/* Memory that fails through the allocator of the context: every allocation of the library. */
#include <stdatomic.h>
#include <stdlib.h>

#include "oom/scenarios.h"

static atomic_size_t allocations, blocks;
static size_t failing;
static bool failing_rest;
static atomic_bool failed;

static bool must_fail(void) {
    const size_t number = atomic_fetch_add(&allocations, 1) + 1;
    const bool fails = failing && (number == failing || (failing_rest && number > failing));
    if (fails)
        atomic_store(&failed, true);
    return fails;
}

static void *resize(void *user, void *block, size_t size) {
    (void)user;
    if (size == 0) {
        free(block);
        atomic_fetch_sub(&blocks, block != NULL);
        return NULL;
    }
    if (must_fail())
        return NULL;
    void *result = realloc(block, size);
    atomic_fetch_add(&blocks, result && !block);
    return result;
}

static void arm(size_t number, bool rest) {
    atomic_store(&allocations, 0);
    atomic_store(&failed, false);
    failing = number;
    failing_rest = rest;
}

static void disarm(void) {
    failing = 0;
}

static bool fired(void) {
    return atomic_load(&failed);
}

static size_t allocated(void) {
    return atomic_load(&blocks);
}

int main(int argc, char **argv) {
    static const tw_allocator allocator = {resize, NULL};
    static const failing_memory memory = {&allocator, arm, disarm, fired, allocated};
    return argc == 2 && sweep_allocations(&memory, argv[1]) ? 0 : 1;
}
