#include "base/name_index.h"

#include <string.h>

/* FNV-1a. */
static uint64_t hash(const char *name) {
    uint64_t value = UINT64_C(14695981039346656037);
    for (; *name; name++)
        value = (value ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return value;
}

tw_status tw_name_index_init(tw_ctx *ctx, tw_arena *arena, size_t count, tw_name_index *out) {
    *out = (tw_name_index){.slot_count = 4};
    while (out->slot_count / 2 < count)
        out->slot_count *= 2;
    out->slots = tw_arena_array(arena, out->slot_count, sizeof *out->slots);
    return out->slots ? TW_OK : tw_out_of_memory(ctx);
}

/* The slot of the name, or the free one where it would stand; NULL without any slots. */
static struct tw_name_slot *slot_of(const tw_name_index *index, const char *name) {
    if (index->slot_count == 0)
        return NULL;
    size_t i = hash(name) & (index->slot_count - 1);
    while (index->slots[i].name && strcmp(index->slots[i].name, name) != 0)
        i = (i + 1) & (index->slot_count - 1);
    return &index->slots[i];
}

bool tw_name_index_add(tw_name_index *index, const char *name, size_t number) {
    struct tw_name_slot *slot = slot_of(index, name);
    if (!slot || slot->name)
        return false;
    *slot = (struct tw_name_slot){name, number};
    return true;
}

bool tw_name_index_find(const tw_name_index *index, const char *name, size_t *number) {
    const struct tw_name_slot *slot = slot_of(index, name);
    if (!slot || !slot->name)
        return false;
    *number = slot->number;
    return true;
}
