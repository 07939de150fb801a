/* Long work in an application that stays responsive: a progress callback, cancelled from within (a
 * signal handler or another thread may do the same), the best result so far with its bound, and
 * diagnostics as JSON for a program to read.
 */
#include <stdio.h>
#include <tilewright/tilewright.h>

typedef struct {
    tw_ctx *ctx;
    unsigned calls;
} watcher;

/* Stops the work at the first report. */
static void watch(void *user, const tw_progress *progress) {
    watcher *w = user;
    w->calls++;
    fprintf(stderr, "%llu of %llu layers after %.2f s, at %s\n",
            (unsigned long long)progress->items_done, (unsigned long long)progress->items_total,
            progress->seconds, progress->item ? progress->item : "the start");
    tw_cancel(w->ctx);
}

/* A name that does not exist: the error says what was meant, for people or for programs. */
static void show_diagnostics(tw_ctx *ctx) {
    tw_accelerator *none = NULL;
    if (tw_accelerator_load(ctx, "eyeris", &none) != TW_OK)
        tw_diagnostics_print_json(ctx, stdout);
}

int main(void) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    if (!ctx)
        return TW_ERROR;
    show_diagnostics(ctx);

    watcher w = {ctx, 0};
    tw_set_progress(ctx, watch, &w);
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    tw_result *result = NULL;
    tw_status status = tw_accelerator_load(ctx, "simba", &accelerator);
    if (status == TW_OK)
        status = tw_network_load(ctx, "resnet18", NULL, &network);
    if (status == TW_OK)
        status = tw_map(ctx, accelerator, network, NULL, &result);
    printf("\n%s\n", tw_status_text(status));

    /* Cancelled or not, a result is whole: every layer says how far its proof went. */
    const tw_write_options csv = {.format = "csv", .no_timing = true};
    if (result && tw_result_write(ctx, result, &csv, stdout) != TW_OK)
        status = TW_ERROR;
    tw_diagnostics_print(ctx, stderr, false);
    tw_result_free(result);
    tw_network_free(network);
    tw_accelerator_free(accelerator);
    tw_ctx_free(ctx);
    if (status == TW_CANCELLED)
        return TW_OK;
    return (int)status;
}
