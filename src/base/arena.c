#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <string.h>

struct tw_arena_block {
    tw_arena_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

enum { FIRST_BLOCK_BYTES = 4096, LARGEST_BLOCK_BYTES = 1 << 20 };

void tw_arena_init(tw_arena *arena, tw_ctx *ctx) {
    *arena = (tw_arena){.ctx = ctx};
}

static tw_arena_block *add_block(tw_arena *arena, size_t at_least) {
    size_t size = arena->head ? arena->head->size * 2 : FIRST_BLOCK_BYTES;
    if (size > LARGEST_BLOCK_BYTES)
        size = LARGEST_BLOCK_BYTES;
    if (size < at_least)
        size = at_least;
    tw_arena_block *block = tw_resize(arena->ctx, NULL, sizeof *block + size);
    if (!block)
        return NULL;
    block->next = arena->head;
    block->used = 0;
    block->size = size;
    arena->head = block;
    return block;
}

void *tw_arena_alloc(tw_arena *arena, size_t size) {
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + align - 1) / align * align;
    if (arena->limit_bytes && arena->used_bytes + size > arena->limit_bytes) {
        tw_out_of_memory(arena->ctx);
        return NULL;
    }
    tw_arena_block *block = arena->head;
    if (!block || block->size - block->used < size)
        block = add_block(arena, size);
    if (!block)
        return NULL;
    void *result = block->data + block->used;
    block->used += size;
    arena->used_bytes += size;
    memset(result, 0, size);
    return result;
}

void *tw_arena_array(tw_arena *arena, size_t count, size_t size) {
    size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) {
        tw_out_of_memory(arena->ctx);
        return NULL;
    }
    return tw_arena_alloc(arena, total);
}

char *tw_arena_strndup(tw_arena *arena, const char *text, size_t length) {
    char *copy = tw_arena_alloc(arena, length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *tw_arena_strdup(tw_arena *arena, const char *text) {
    return tw_arena_strndup(arena, text, strlen(text));
}

char *tw_arena_printf(tw_arena *arena, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : tw_arena_alloc(arena, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void tw_arena_free(tw_arena *arena) {
    while (arena->head) {
        tw_arena_block *next = arena->head->next;
        tw_free(arena->ctx, arena->head);
        arena->head = next;
    }
    arena->used_bytes = 0;
}
