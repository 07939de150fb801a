#include "tiled/schedule_cache.h"

typedef struct {
    tw_tiled_layer layer;
    tw_region proc, dst;
} parts_key;

tw_status tw_schedule_cache_make(tw_tiled_search *search) {
    struct tw_schedule_cache *cache = tw_arena_alloc(&search->arena, sizeof *cache);
    if (!cache)
        return tw_out_of_memory(search->ctx);
    search->cache = cache;
    cache->parts.arena = cache->blockings.arena = cache->schedules.arena = &search->arena;
    return tw_hop_counter_make(search->ctx, search->resource.proc.dim, &cache->hops);
}

void tw_schedule_cache_free(tw_tiled_search *search) {
    if (search->cache)
        tw_hop_counter_free(search->cache->hops);
    search->cache = NULL;
}

/* The nests of one part; partitions with equal dims differ in order only and share them. */
static tw_status map_part(tw_tiled_search *search, int layer, tw_layer_part *part) {
    const tw_tiled_node *node = &search->dag->layers[layer];
    tw_tiled_layer part_layer;
    int part_batch;
    double occupancy;
    tw_nested_loop nests[TW_MAX_NESTS];
    tw_array_mapping mapping;
    char reason[160];
    memset(nests, 0, sizeof nests);
    tw_partition_layer(&part->part, &node->layer, search->batch, &part_layer, &part_batch,
                       &occupancy);
    if (!tw_array_map(&part_layer, part_batch, occupancy, search->resource.array, nests, &mapping,
                      reason))
        return tw_fail(search->ctx, TW_INFEASIBLE, NULL, "layer %s cannot run on the array: %s",
                       node->name, reason);
    tw_nested_loop *copy =
        tw_arena_array(&search->arena, mapping.nest_count, sizeof(tw_nested_loop));
    if (!copy)
        return tw_out_of_memory(search->ctx);
    memcpy(copy, nests, mapping.nest_count * sizeof *copy);
    part->nests = copy;
    part->nest_count = mapping.nest_count;
    return TW_OK;
}

static void place_part(tw_tiled_search *search, const tw_tiled_layer *layer,
                       const tw_tiled_resource *resource, tw_layer_part *part) {
    tw_hop_counter *hops = search->cache->hops;
    const tw_partition projected = tw_partition_project(&part->part, resource->dst.dim);
    part->outputs = tw_layout_whole(search->batch, layer->channels_out, layer->rows_out,
                                    layer->columns_out, &resource->dst, &projected);
    part->filter_hops = tw_hops_filters(hops, &part->part);
    part->output_hops = tw_hops_outputs(hops, &part->part, &part->outputs);
    part->even = tw_hops_are_even(hops, &part->part);
    tw_buffer_sharing_make(&part->part, &resource->proc, tw_tiled_has_filters(layer),
                           search->options.gbuf_sharing, &part->sharing);
}

static void aim_hops(tw_tiled_search *search, const tw_tiled_layer *layer,
                     const tw_tiled_resource *resource) {
    const tw_hop_request request = {
        .layer = *layer,
        .batch = search->batch,
        .proc = resource->proc,
        .dram = resource->dram,
        .forwarding = search->options.access_forwarding || search->options.gbuf_sharing,
    };
    tw_hop_counter_aim(search->cache->hops, &request);
}

static tw_status make_parts(tw_tiled_search *search, int layer, const tw_tiled_resource *resource,
                            tw_layer_parts *out) {
    const tw_tiled_layer *l = &search->dag->layers[layer].layer;
    const tw_partition_request request = {
        .layer = *l, .batch = search->batch, .nodes = resource->proc.dim};
    tw_partition *partitions = NULL;
    TW_TRY(tw_partitions(search->ctx, &search->arena, &request, &search->options, &partitions,
                         &out->count));
    tw_layer_part *parts = tw_arena_array(&search->arena, out->count, sizeof *parts);
    if (!parts)
        return tw_out_of_memory(search->ctx);
    aim_hops(search, l, resource);
    for (unsigned p = 0; p < out->count; p++) {
        const tw_layer_part *before = p ? &parts[p - 1] : NULL;
        parts[p].part = partitions[p];
        if (before &&
            memcmp(before->part.pdims, partitions[p].pdims, sizeof before->part.pdims) == 0) {
            parts[p].nests = before->nests;
            parts[p].nest_count = before->nest_count;
        } else {
            TW_TRY(map_part(search, layer, &parts[p]));
        }
        place_part(search, l, resource, &parts[p]);
    }
    out->parts = parts;
    return TW_OK;
}

tw_status tw_layer_parts_of(tw_tiled_search *search, int layer, const tw_tiled_resource *resource,
                            const tw_layer_parts **out) {
    const parts_key key = {search->dag->layers[layer].layer, resource->proc, resource->dst};
    tw_memo_slot *slot = tw_memo_find(&search->cache->parts, &key, sizeof key);
    if (!slot)
        return tw_out_of_memory(search->ctx);
    if (!slot->value) {
        tw_layer_parts *made = tw_arena_alloc(&search->arena, sizeof *made);
        if (!made)
            return tw_out_of_memory(search->ctx);
        TW_TRY(make_parts(search, layer, resource, made));
        slot->value = made;
    }
    *out = slot->value;
    aim_hops(search, &search->dag->layers[layer].layer, resource);
    return TW_OK;
}
