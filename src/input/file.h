/* Reading whole input files: regular files only, within a size limit. */
#ifndef TW_INPUT_FILE_H
#define TW_INPUT_FILE_H

#include "base/arena.h"

enum { TW_MAX_TEXT_BYTES = 64 << 20 };

/* The content, terminated with a NUL that *size does not count. "-" reads standard input. A
 * directory, FIFO or device, a missing or too large file is an error. */
tw_status tw_file_read(tw_ctx *ctx, tw_arena *arena, const char *path, size_t limit_bytes,
                       char **bytes, size_t *size) TW_NODISCARD;
/* The path of a built-in, e.g. tw_data_path(ctx, arena, "networks", "resnet50"): looked for in
 * $TILEWRIGHT_DATA, then where the program was installed, then in the source tree. NULL when
 * there is none. */
char *tw_data_path(tw_ctx *ctx, tw_arena *arena, const char *folder, const char *name);

#endif
