/* Progress on standard error: one line redrawn on a terminal; a line a second, or an object per
 * report, elsewhere. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

enum { LINE = 512 };

static struct {
    bool terminal, json, drawn;
    unsigned width; /* columns of the terminal, 0: unlimited */
    double last_s;
} state;

static void add_real(char *line, const char *label, double value, const char *format) {
    const size_t length = strlen(line);
    if (isfinite(value) && length + 1 < LINE) {
        const int added = snprintf(line + length, LINE - length, ", %s ", label);
        if (added > 0 && length + (size_t)added < LINE)
            snprintf(line + length + added, LINE - length - (size_t)added, format, value);
    }
}

static void describe(const tw_progress *p, char line[LINE]) {
    const double gap = p->incumbent > 0 ? (p->incumbent - p->lower_bound) / p->incumbent : NAN;
    const double rate = p->seconds > 0 ? (double)p->evaluated / p->seconds : NAN;
    const double left = p->items_done ? p->seconds / (double)p->items_done *
                                            (double)(p->items_total - p->items_done)
                                      : NAN;
    snprintf(line, LINE, "%llu/%llu layers, %.1f s", (unsigned long long)p->items_done,
             (unsigned long long)p->items_total, p->seconds);
    add_real(line, "about", left, "%.0f s left");
    add_real(line, "best", p->incumbent, "%.5g");
    add_real(line, "bound", p->lower_bound, "%.5g");
    add_real(line, "gap", 100 * gap, "%.1f%%");
    add_real(line, "rate", rate, "%.3g/s");
    const size_t length = strlen(line);
    snprintf(line + length, LINE - length, ": %s", p->item);
}

/* A name from a file: letters and marks only. Stops after `columns` code points, 0: at the end. */
static void print_plain(const char *text, unsigned columns) {
    unsigned column = 0;
    for (const char *c = text; *c; c++) {
        const bool continues = ((unsigned char)*c & 0xc0) == 0x80;
        if (!continues && columns && column++ == columns)
            return;
        fputc((unsigned char)*c < 0x20 || *c == 0x7f || *c == '"' || *c == '\\' ? '?' : *c, stderr);
    }
}

static void print_json(const tw_progress *p) {
    fprintf(stderr, "{\"layers_done\": %llu, \"layers\": %llu, \"layer\": \"",
            (unsigned long long)p->items_done, (unsigned long long)p->items_total);
    print_plain(p->item, 0);
    fprintf(stderr, "\", \"evaluated\": %llu, \"seconds\": %.3f", (unsigned long long)p->evaluated,
            p->seconds);
    if (isfinite(p->incumbent))
        fprintf(stderr, ", \"incumbent\": %.17g", p->incumbent);
    if (isfinite(p->lower_bound))
        fprintf(stderr, ", \"lower_bound\": %.17g", p->lower_bound);
    fprintf(stderr, "}\n");
}

static void show(void *user, const tw_progress *p) {
    (void)user;
    char line[LINE];
    if (state.json) {
        print_json(p);
        return;
    }
    if (!state.terminal && p->seconds - state.last_s < 1)
        return;
    state.last_s = p->seconds;
    describe(p, line);
    /* A line that wraps could not be drawn over. */
    fputs(state.terminal ? "\r\033[K" : "", stderr);
    print_plain(line, state.width);
    if (!state.terminal)
        fputc('\n', stderr);
    fflush(stderr);
    state.drawn = state.terminal;
}

void cli_progress_begin(tw_ctx *ctx, const cli_request *request) {
    memset(&state, 0, sizeof state);
    state.json = strcmp(request->progress, "json") == 0;
    state.terminal = isatty(STDERR_FILENO);
    if (state.terminal) {
        const unsigned columns = cli_terminal_width(stderr);
        state.width = columns > 1 ? columns - 1 : 79;
    }
    if (strcmp(request->progress, "none") != 0 && (!request->quiet || state.json))
        tw_set_progress(ctx, show, NULL);
}

void cli_progress_end(void) {
    if (state.drawn) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
    state.drawn = false;
}
