#include "input/mapping_set.h"

tw_status tw_mapping_set_reserve(tw_mapping_set *set, size_t count, const tw_network *network) {
    set->items = tw_arena_array(&set->arena, count ? count : 1, sizeof *set->items);
    if (!set->items)
        return tw_out_of_memory(set->ctx);
    TW_TRY(tw_name_index_init(set->ctx, &set->arena, count, &set->mapped));
    TW_TRY(tw_name_index_init(set->ctx, &set->arena, network->layer_count, &set->layers));
    for (size_t i = 0; i < network->layer_count; i++)
        tw_name_index_add(&set->layers, network->layers[i].name, i);
    return TW_OK;
}

tw_named_mapping *tw_mapping_set_append(tw_mapping_set *set, const char *layer) {
    if (!tw_name_index_add(&set->mapped, layer, set->count))
        return NULL;
    tw_named_mapping *item = &set->items[set->count++];
    *item = (tw_named_mapping){.layer = layer};
    return item;
}

const tw_named_mapping *tw_mapping_set_find(const tw_mapping_set *set, const char *layer) {
    size_t item = 0;
    return tw_name_index_find(&set->mapped, layer, &item) ? &set->items[item] : NULL;
}

void tw_mapping_set_free(tw_mapping_set *set) {
    if (!set)
        return;
    tw_arena_free(&set->arena);
    tw_free(set->ctx, set);
}
