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

void tw_diagnostics_forget(tw_ctx *ctx) {
    for (size_t i = 0; i < ctx->diagnostic_count; i++)
        free_diagnostic(ctx, &ctx->diagnostics[i]);
    ctx->diagnostic_count = 0;
    ctx->diagnostic_dropped = 0;
    atomic_store(&ctx->out_of_memory, false);
}

void tw_ctx_free(tw_ctx *ctx) {
    if (!ctx)
        return;
    tw_diagnostics_forget(ctx);
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
        slot->text_column = at->text_column;
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
