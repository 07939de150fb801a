/* Reading whole input files: regular files only, within a size limit. Larger files are mapped
 * into memory, so that a reader that skips most of a file pays only for what it touches. */
#ifndef TW_INPUT_FILE_H
#define TW_INPUT_FILE_H

#include "base/arena.h"

enum { TW_MAX_TEXT_BYTES = 64 << 20 };
#define TW_MAX_FILE_BYTES (UINT64_C(1) << 36)

/* A file in memory. */
typedef struct {
    tw_ctx *ctx;
    const char *path;  /* as the user gave it */
    const char *bytes; /* the whole content but a byte order mark, followed by a NUL that size does
                          not count */
    size_t size;
    char *owned;  /* read into memory, or */
    void *mapped; /* mapped */
    size_t mapped_size;
} tw_input;

/* "-" reads standard input. A directory, FIFO or device, a missing or too large file is an
 * error. */
tw_status tw_input_open(tw_ctx *ctx, const char *path, tw_input *out) TW_NODISCARD;
void tw_input_close(tw_input *input);

/* The content copied to the arena, terminated with a NUL that *size does not count. */
tw_status tw_file_read(tw_ctx *ctx, tw_arena *arena, const char *path, size_t limit_bytes,
                       char **bytes, size_t *size) TW_NODISCARD;

#endif
