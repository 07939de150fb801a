#include "base/ctx.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void *default_resize(void *user, void *block, size_t size) {
    (void)user;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

tw_ctx *tw_ctx_new(const tw_allocator *allocator) {
    const tw_allocator chosen = allocator ? *allocator : (tw_allocator){default_resize, NULL};
    tw_ctx *ctx = chosen.resize(chosen.user, NULL, sizeof *ctx);
    if (!ctx)
        return NULL;
    memset(ctx, 0, sizeof *ctx);
    ctx->allocator = chosen;
    atomic_init(&ctx->cancelled, false);
    atomic_init(&ctx->out_of_memory, false);
    return ctx;
}

static void free_diagnostic(tw_ctx *ctx, tw_diagnostic *diagnostic) {
    tw_free(ctx, diagnostic->file);
    tw_free(ctx, diagnostic->text);
    tw_free(ctx, diagnostic->message);
}

static void forget_diagnostics(tw_ctx *ctx) {
    for (size_t i = 0; i < ctx->diagnostic_count; i++)
        free_diagnostic(ctx, &ctx->diagnostics[i]);
    ctx->diagnostic_count = 0;
    ctx->diagnostic_dropped = 0;
    atomic_store(&ctx->out_of_memory, false);
}

void tw_ctx_free(tw_ctx *ctx) {
    if (!ctx)
        return;
    forget_diagnostics(ctx);
    const tw_allocator allocator = ctx->allocator;
    allocator.resize(allocator.user, ctx, 0);
}

tw_ctx *tw_ctx_child(tw_ctx *parent) {
    tw_ctx *child = tw_ctx_new(&parent->allocator);
    if (child)
        child->parent = parent;
    else
        tw_out_of_memory(parent);
    return child;
}

void tw_ctx_join(tw_ctx *parent, tw_ctx *child) {
    if (!child)
        return;
    size_t moved = 0;
    while (moved < child->diagnostic_count && parent->diagnostic_count < TW_MAX_DIAGNOSTICS)
        parent->diagnostics[parent->diagnostic_count++] = child->diagnostics[moved++];
    parent->diagnostic_dropped += child->diagnostic_count - moved + child->diagnostic_dropped;
    if (atomic_load(&child->out_of_memory))
        tw_out_of_memory(parent);
    for (size_t i = moved; i < child->diagnostic_count; i++)
        free_diagnostic(child, &child->diagnostics[i]);
    child->diagnostic_count = 0;
    tw_ctx_free(child);
}

void tw_cancel(tw_ctx *ctx) {
    atomic_store(&ctx->cancelled, true);
}

void tw_set_progress(tw_ctx *ctx, tw_progress_fn callback, void *user) {
    ctx->progress = callback;
    ctx->progress_user = user;
}

void *tw_resize(tw_ctx *ctx, void *block, size_t size) {
    void *result = ctx->allocator.resize(ctx->allocator.user, block, size ? size : 1);
    if (!result)
        atomic_store(&ctx->out_of_memory, true);
    return result;
}

void *tw_alloc(tw_ctx *ctx, size_t size) {
    void *block = tw_resize(ctx, NULL, size);
    if (block)
        memset(block, 0, size ? size : 1);
    return block;
}

void *tw_alloc_array(tw_ctx *ctx, size_t count, size_t size) {
    size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) {
        atomic_store(&ctx->out_of_memory, true);
        return NULL;
    }
    return tw_alloc(ctx, total);
}

void tw_free(tw_ctx *ctx, void *block) {
    if (block)
        ctx->allocator.resize(ctx->allocator.user, block, 0);
}

char *tw_strndup(tw_ctx *ctx, const char *text, size_t length) {
    char *copy = tw_resize(ctx, NULL, length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

char *tw_strdup(tw_ctx *ctx, const char *text) {
    return tw_strndup(ctx, text, strlen(text));
}

#undef tw_out_of_memory
tw_status tw_out_of_memory(tw_ctx *ctx) {
    atomic_store(&ctx->out_of_memory, true);
    return TW_ERROR;
}

static void add_diagnostic(tw_ctx *ctx, tw_severity severity, const tw_position *at,
                           const char *format, va_list arguments) {
    /* Warnings leave room for errors, which say why a call failed. */
    const size_t room = severity == TW_SEVERITY_ERROR ? TW_MAX_DIAGNOSTICS : TW_MAX_DIAGNOSTICS / 2;
    if (ctx->diagnostic_count >= room) {
        ctx->diagnostic_dropped++;
        return;
    }
    char message[1024];
    vsnprintf(message, sizeof message, format, arguments);
    tw_diagnostic *slot = &ctx->diagnostics[ctx->diagnostic_count];
    *slot = (tw_diagnostic){.severity = severity, .message = tw_strdup(ctx, message)};
    if (!slot->message)
        return;
    if (at) {
        slot->line = at->line;
        slot->column = at->column;
        slot->file = at->file ? tw_strdup(ctx, at->file) : NULL;
        slot->text = at->text ? tw_strdup(ctx, at->text) : NULL;
    }
    ctx->diagnostic_count++;
}

void tw_diag(tw_ctx *ctx, tw_severity severity, const tw_position *at, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add_diagnostic(ctx, severity, at, format, arguments);
    va_end(arguments);
}

#undef tw_fail
tw_status tw_fail(tw_ctx *ctx, tw_status status, const tw_position *at, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add_diagnostic(ctx, TW_SEVERITY_ERROR, at, format, arguments);
    va_end(arguments);
    return status;
}

void tw_diagnostic_add(tw_ctx *ctx, tw_severity severity, const char *message) {
    tw_diag(ctx, severity, NULL, "%s", message);
}

size_t tw_diagnostics_count(const tw_ctx *ctx) {
    return ctx->diagnostic_count + ctx->diagnostic_dropped +
           (atomic_load(&((tw_ctx *)(uintptr_t)ctx)->out_of_memory) ? 1 : 0);
}

size_t tw_error_count(const tw_ctx *ctx) {
    size_t errors = atomic_load(&((tw_ctx *)(uintptr_t)ctx)->out_of_memory) ? 1 : 0;
    for (size_t i = 0; i < ctx->diagnostic_count; i++)
        errors += ctx->diagnostics[i].severity == TW_SEVERITY_ERROR;
    return errors;
}

static const char *severity_text(tw_severity severity) {
    static const char *const texts[] = {"error", "warning", "note"};
    return texts[severity];
}

/* Control characters from an input would move the caret or worse: shown as spaces. */
static void print_plain(const char *text, FILE *out) {
    for (const char *c = text; *c; c++)
        fputc((unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c, out);
}

static void print_source_line(const tw_diagnostic *d, FILE *out) {
    fprintf(out, "  ");
    print_plain(d->text, out);
    fprintf(out, "\n");
    if (d->column > 0 && d->column < 400)
        fprintf(out, "  %*s^\n", (int)d->column - 1, "");
}

static void print_diagnostic(const tw_diagnostic *d, FILE *out, bool color) {
    static const char *const colors[] = {"\033[1;31m", "\033[1;35m", "\033[1;36m"};
    if (d->file && d->line)
        fprintf(out, "%s:%u:%u: ", d->file, d->line, d->column);
    else
        fprintf(out, "%s: ", d->file ? d->file : "tilewright");
    fprintf(out, "%s%s:%s ", color ? colors[d->severity] : "", severity_text(d->severity),
            color ? "\033[0m" : "");
    print_plain(d->message, out);
    fputc('\n', out);
    if (d->text && d->line)
        print_source_line(d, out);
}

void tw_diagnostics_print(tw_ctx *ctx, FILE *out, bool color) {
    for (size_t i = 0; i < ctx->diagnostic_count; i++)
        print_diagnostic(&ctx->diagnostics[i], out, color);
    if (ctx->diagnostic_dropped)
        fprintf(out, "tilewright: note: %zu more messages not shown\n", ctx->diagnostic_dropped);
    if (atomic_load(&ctx->out_of_memory))
        fprintf(out, "tilewright: error: out of memory\n");
    forget_diagnostics(ctx);
}

static void print_json_string(const char *text, FILE *out) {
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < 0x20 || *c >= 0x7f)
            fprintf(out, "\\u%04x", *c);
        else
            fputc(*c, out);
    }
    fputc('"', out);
}

void tw_diagnostics_print_json(tw_ctx *ctx, FILE *out) {
    fprintf(out, "[");
    for (size_t i = 0; i < ctx->diagnostic_count; i++) {
        const tw_diagnostic *d = &ctx->diagnostics[i];
        fprintf(out, "%s{\"severity\": \"%s\", \"file\": ", i ? ", " : "",
                severity_text(d->severity));
        print_json_string(d->file ? d->file : "", out);
        fprintf(out, ", \"line\": %u, \"column\": %u, \"message\": ", d->line, d->column);
        print_json_string(d->message, out);
        fprintf(out, "}");
    }
    if (atomic_load(&ctx->out_of_memory))
        fprintf(out, "%s{\"severity\": \"error\", \"message\": \"out of memory\"}",
                ctx->diagnostic_count ? ", " : "");
    fprintf(out, "]\n");
    forget_diagnostics(ctx);
}

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
    const bool close = best && best_distance <= 1 + strlen(best) / 3 &&
                       best_distance < strlen(best) && best_distance < strlen(word);
    return close ? best : NULL;
}
