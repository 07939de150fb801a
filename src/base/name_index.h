/* Finds numbers by name in constant time: an open hash table of a size that is known before. Names
 * are borrowed. */
#ifndef TW_BASE_NAME_INDEX_H
#define TW_BASE_NAME_INDEX_H

#include "base/arena.h"

typedef struct {
    size_t slot_count; /* a power of two, at least twice the names */
    struct tw_name_slot {
        const char *name; /* NULL: free */
        size_t number;
    } * slots;
} tw_name_index;

/* An index in the arena with room for `count` names. */
tw_status tw_name_index_init(tw_ctx *ctx, tw_arena *arena, size_t count,
                             tw_name_index *out) TW_NODISCARD;
/* False, and nothing changes, when the name is there already. */
bool tw_name_index_add(tw_name_index *index, const char *name, size_t number);
bool tw_name_index_find(const tw_name_index *index, const char *name, size_t *number);

#endif
