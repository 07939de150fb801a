/* A loaded accelerator of any kind. */
#ifndef TW_ARCH_ACCELERATOR_H
#define TW_ARCH_ACCELERATOR_H

#include "arch/hierarchy.h"

typedef enum { TW_KIND_HIERARCHY, TW_KIND_TILED } tw_accelerator_kind;

struct tw_accelerator {
    tw_arena arena;
    tw_ctx *ctx;
    tw_accelerator_kind kind;
    const char *origin;           /* file it was read from, or the name of the built-in */
    tw_hierarchy hierarchy;       /* kind hierarchy */
    const struct tw_tiled *tiled; /* kind tiled: src/arch/tiled.h; NULL otherwise */
    const void *foreign;          /* parsed form of a foreign format (NeuroSpector), or NULL */
};

#endif
