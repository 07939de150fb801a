/* A bump allocator: objects with one common end of life. Everything that a loaded input or a
 * result owns lies in its arena and goes with it. */
#ifndef TW_BASE_ARENA_H
#define TW_BASE_ARENA_H

#include "base/ctx.h"

typedef struct tw_arena_block tw_arena_block;
typedef struct {
    tw_ctx *ctx;
    tw_arena_block *head;
    size_t limit_bytes, used_bytes; /* limit 0: none */
} tw_arena;

void tw_arena_init(tw_arena *arena, tw_ctx *ctx);
/* Zeroed memory, aligned for any type; NULL when out of memory or beyond the limit. */
void *tw_arena_alloc(tw_arena *arena, size_t size) TW_NODISCARD;
void *tw_arena_array(tw_arena *arena, size_t count, size_t size) TW_NODISCARD;
char *tw_arena_strdup(tw_arena *arena, const char *text) TW_NODISCARD;
char *tw_arena_strndup(tw_arena *arena, const char *text, size_t length) TW_NODISCARD;
char *tw_arena_printf(tw_arena *arena, const char *format, ...) TW_NODISCARD
    __attribute__((format(printf, 2, 3)));
void tw_arena_free(tw_arena *arena);

#endif
