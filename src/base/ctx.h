/* The context that every fallible call receives: allocator, diagnostics, progress, cancel flag.
 *
 * Every allocation of the library passes through tw_alloc and friends, so that a test can make
 * the n-th one fail. A failed allocation adds a diagnostic and ends as TW_ERROR. */
#ifndef TW_BASE_CTX_H
#define TW_BASE_CTX_H

#include <stdatomic.h>

#include "tilewright/tilewright.h"

/* Forwards a failure: for use in functions that own nothing at that point. */
#define TW_TRY(call)                                                                               \
    do {                                                                                           \
        const tw_status tw_try_status = (call);                                                    \
        if (tw_try_status != TW_OK)                                                                \
            return tw_try_status;                                                                  \
    } while (0)

/* Where in an input something stands. line and column count from 1; 0 means unknown. `text` is
 * the source line when known, or a part of it that begins at text_column (0: the whole line); it is
 * borrowed for the duration of the call. */
typedef struct {
    const char *file;
    unsigned line;
    unsigned column;
    const char *text;
    unsigned text_column;
} tw_position;

typedef struct {
    tw_severity severity;
    char *file; /* NULL when the message is not about a file */
    unsigned line, column;
    char *text; /* the source line from text_column on, NULL when unknown */
    unsigned text_column;
    char *message;
} tw_diagnostic;

enum { TW_MAX_DIAGNOSTICS = 100 };

struct tw_ctx {
    tw_allocator allocator;
    tw_progress_fn progress;
    void *progress_user;
    atomic_bool cancelled;
    atomic_bool out_of_memory;
    tw_ctx *parent; /* cancelling it cancels this one; NULL for a context of its own */
    size_t diagnostic_count, diagnostic_dropped;
    tw_diagnostic diagnostics[TW_MAX_DIAGNOSTICS];
};

/* Zeroed memory, or NULL with the context marked out of memory. */
void *tw_alloc(tw_ctx *ctx, size_t size) TW_NODISCARD;
/* count * size with an overflow check. */
void *tw_alloc_array(tw_ctx *ctx, size_t count, size_t size) TW_NODISCARD;
/* Like realloc; the grown part is not zeroed. On failure the old block stays valid. */
void *tw_resize(tw_ctx *ctx, void *block, size_t size) TW_NODISCARD;
void tw_free(tw_ctx *ctx, void *block);
char *tw_strdup(tw_ctx *ctx, const char *text) TW_NODISCARD;
char *tw_strndup(tw_ctx *ctx, const char *text, size_t length) TW_NODISCARD;
/* The status of a failed allocation, with its diagnostic. */
tw_status tw_out_of_memory(tw_ctx *ctx);

/* Adds a message. `at` may be NULL. Beyond TW_MAX_DIAGNOSTICS they are only counted. Thread use:
 * only the thread that owns the context. */
void tw_diag(tw_ctx *ctx, tw_severity severity, const tw_position *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* tw_diag of an error, returning `status`: `return tw_fail(ctx, TW_INVALID, &at, "...", x);` */
tw_status tw_fail(tw_ctx *ctx, tw_status status, const tw_position *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* What these two return, told to static analysers, which see one file at a time. */
#ifdef __clang_analyzer__
#define tw_out_of_memory(ctx) ((void)tw_out_of_memory(ctx), TW_ERROR)
#define tw_fail(ctx, status, ...) ((void)tw_fail(ctx, status, __VA_ARGS__), (status))
#endif
void tw_diagnostics_forget(tw_ctx *ctx);
/* Errors among the diagnostics held. */
size_t tw_error_count(const tw_ctx *ctx);

static inline bool tw_is_cancelled(tw_ctx *ctx) {
    return atomic_load_explicit(&ctx->cancelled, memory_order_relaxed) ||
           (ctx->parent && tw_is_cancelled(ctx->parent));
}

/* A context for one task of parallel work: the parent's allocator and cancellation, diagnostics of
 * its own, no progress callback. What it allocates may be freed through the parent. */
tw_ctx *tw_ctx_child(tw_ctx *parent) TW_NODISCARD;
/* Ends a child: its diagnostics follow those that the parent has. */
void tw_ctx_join(tw_ctx *parent, tw_ctx *child TW_TAKE);

#endif
