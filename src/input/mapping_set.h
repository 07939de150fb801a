/* Mappings by layer name, as a mapping file or a result of `map` gives them. */
#ifndef TW_INPUT_MAPPING_SET_H
#define TW_INPUT_MAPPING_SET_H

#include "arch/accelerator.h"
#include "base/name_index.h"
#include "mapping/mapping.h"
#include "workload/network.h"

typedef struct {
    const char *layer;
    tw_position at; /* where it stands */
    /* In a partial set factor 0 is free: of a loop, and of spatial_x and spatial_y. Each level
     * then has a loop for every dimension of the layer, those given first and in their order. */
    tw_mapping mapping;
    uint32_t keeps_given; /* bit l: the file says what level l keeps */
} tw_named_mapping;

typedef struct {
    tw_arena arena;
    tw_ctx *ctx;
    const char *origin;
    bool partial;
    size_t count;
    tw_named_mapping *items;
    tw_name_index mapped; /* layers with a mapping: their items */
    tw_name_index layers; /* layers of the network, by number */
} tw_mapping_set;

/* Reads `path` ("-" is standard input) in any known format. Level and layer names are checked
 * against the accelerator and the network, validity is not (tw_mapping_check). With `partial`,
 * factors that the file leaves out are free; otherwise they are 1. */
tw_status tw_mapping_set_load(tw_ctx *ctx, const char *path, const tw_accelerator *accelerator,
                              const tw_network *network, bool partial,
                              tw_mapping_set **out TW_GIVE) TW_NODISCARD;
void tw_mapping_set_free(tw_mapping_set *set TW_TAKE);
/* For readers: room for `count` mappings of layers of the network. */
tw_status tw_mapping_set_reserve(tw_mapping_set *set, size_t count,
                                 const tw_network *network) TW_NODISCARD;
/* For readers: an empty item for the layer, whose name is borrowed; NULL when it has one already.
 */
tw_named_mapping *tw_mapping_set_append(tw_mapping_set *set, const char *layer);
/* The mapping of the layer with this name, or NULL. */
const tw_named_mapping *tw_mapping_set_find(const tw_mapping_set *set, const char *layer);

#endif
