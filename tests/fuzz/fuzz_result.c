/* Results: read, computed anew, executed, drawn and reported, as `verify`, `show` and `report` do
 * with what somebody sends. They take paths, so the bytes lie in a file without a name. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const tw_write_options options = {.format = "text"};
    char path[64];
    const int file = memfd_create("fuzz", MFD_CLOEXEC);
    FILE *out = fopen("/dev/null", "w");
    if (file < 0 || !out || write(file, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    tw_ctx *ctx = tw_ctx_new(NULL);
    fuzz_check(ctx, tw_verify(ctx, path, true, out));
    tw_ctx_free(ctx);
    ctx = tw_ctx_new(NULL);
    fuzz_check(ctx, tw_show(ctx, path, &options, out));
    tw_ctx_free(ctx);
    ctx = tw_ctx_new(NULL);
    fuzz_check(ctx, tw_report(ctx, path, NULL, out));
    tw_ctx_free(ctx);
    fclose(out);
    close(file);
    return 0;
}
