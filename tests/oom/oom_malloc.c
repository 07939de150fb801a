/* Memory that fails below everything, the libraries we use included: malloc itself. Standard
 * functions may keep a block for good (the buffer of a stream, for one); what is counted are the
 * blocks that the armed stretch allocated and did not free. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "oom/scenarios.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static atomic_size_t allocations, blocks;
static size_t failing;
static bool armed, failing_rest;
static atomic_bool failed;

static bool must_fail(void) {
    if (!armed)
        return false;
    const size_t number = atomic_fetch_add(&allocations, 1) + 1;
    const bool fails = failing && (number == failing || (failing_rest && number > failing));
    if (fails)
        atomic_store(&failed, true);
    return fails;
}

static void *counted(void *block) {
    atomic_fetch_add(&blocks, block != NULL);
    return block;
}

#pragma GCC visibility push(default)

void *malloc(size_t size) {
    return must_fail() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return must_fail() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
    if (must_fail())
        return NULL;
    void *result = __libc_realloc(block, size);
    return block ? result : counted(result);
}

void free(void *block) {
    atomic_fetch_sub(&blocks, block != NULL);
    __libc_free(block);
}

#pragma GCC visibility pop

static void arm(size_t number, bool rest) {
    atomic_store(&allocations, 0);
    atomic_store(&failed, false);
    failing = number;
    failing_rest = rest;
    armed = true;
}

static void disarm(void) {
    armed = false;
}

static bool fired(void) {
    return atomic_load(&failed);
}

static size_t allocated(void) {
    return atomic_load(&blocks);
}

int main(int argc, char **argv) {
    static const failing_memory memory = {NULL, arm, disarm, fired, allocated};
    return argc == 2 && sweep_allocations(&memory, argv[1]) ? 0 : 1;
}
