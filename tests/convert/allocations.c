/* Memory that runs out at the n-th allocation, for every n: each conversion then ends with
 * TW_ERROR and a message, and gives back what it took.
 *
 *     convert_allocations FORMAT FILE...     */
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"

typedef struct {
    size_t allocations, fail_at, live;
} failing;

static void *failing_resize(void *user, void *block, size_t size) {
    failing *f = user;
    if (size == 0) {
        f->live -= block != NULL;
        free(block);
        return NULL;
    }
    if (++f->allocations == f->fail_at)
        return NULL;
    void *result = realloc(block, size);
    f->live += block == NULL && result != NULL;
    return result;
}

/* False when allocation n failed in the wrong way; *done when there was none. */
static bool survives(const char *path, const char *format, FILE *sink, size_t n, bool *done) {
    const char *const names[] = {"n"};
    const uint64_t values[] = {5};
    failing f = {.fail_at = n};
    const tw_allocator allocator = {failing_resize, &f};
    tw_convert_options options = {.to = format};
    if (strstr(path, "shapes.onnx"))
        options.network_options =
            (tw_network_options){.dim_count = 1, .dim_names = names, .dim_values = values};
    tw_ctx *ctx = tw_ctx_new(&allocator);
    bool good = true;
    if (ctx) {
        const tw_status status = tw_convert(ctx, path, &options, sink);
        *done = f.allocations < n;
        good = status == (*done ? TW_OK : TW_ERROR) && (*done || tw_diagnostics_count(ctx) > 0);
        if (!good) {
            fprintf(stderr, "%s: allocation %zu: status %d\n", path, n, (int)status);
            tw_diagnostics_print(ctx, stderr, false);
        }
        tw_ctx_free(ctx);
    }
    if (f.live)
        fprintf(stderr, "%s: allocation %zu: %zu blocks are left\n", path, n, f.live);
    return good && f.live == 0;
}

int main(int argc, char **argv) {
    FILE *sink = fopen("/dev/null", "w");
    bool good = sink != NULL;
    for (int i = 2; i < argc && good; i++) {
        bool done = false;
        size_t n = 1;
        for (; !done && good && n < 100000; n++)
            good = survives(argv[i], argv[1], sink, n, &done);
        printf("%s: %zu allocations\n", argv[i], n - 2);
    }
    if (sink)
        fclose(sink);
    return good ? 0 : 1;
}
