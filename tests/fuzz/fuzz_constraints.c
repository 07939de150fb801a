/* Constraints files for the toy accelerator. They are read from a file, so each round writes one
 * into memory. */
#include "fuzz/toy.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input/constraints.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_accelerator accelerator;
    char path[64];
    const int fd = memfd_create("constraints", MFD_CLOEXEC);
    if (fd < 0 || (size && write(fd, data, size) != (ssize_t)size))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    toy_accelerator(ctx, &accelerator);
    tw_hierarchy arch = accelerator.hierarchy;
    fuzz_check(ctx, tw_constraints_merge(ctx, path, &arch));
    close(fd);
    tw_arena_free(&accelerator.arena);
    tw_ctx_free(ctx);
    return 0;
}
