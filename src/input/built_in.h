/* Accelerators and networks that come with the program: data files looked up by name. */
#ifndef TW_INPUT_BUILT_IN_H
#define TW_INPUT_BUILT_IN_H

#include "base/arena.h"

/* The path of a built-in, e.g. tw_data_path(ctx, arena, "networks", "resnet50"). NULL when there is
 * none. */
char *tw_data_path(tw_ctx *ctx, tw_arena *arena, const char *folder, const char *name);
/* The names of all built-ins of a folder, sorted, in the arena. */
tw_status tw_data_list(tw_ctx *ctx, tw_arena *arena, const char *folder, const char ***names,
                       size_t *count) TW_NODISCARD;

#endif
