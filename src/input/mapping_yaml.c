/* kind: mapping: a list of layers, each with the mapping that a result has too. */
#include <string.h>

#include "input/mapping_nodes.h"
#include "input/native.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const file_keys[] = {"kind", "name", "description", "layers"};
static const char *const layer_keys[] = {"name", "mapping"};

static void read_layer(tw_document *document, tw_node *node, const tw_hierarchy *arch,
                       const tw_network *network, tw_mapping_set *out) {
    const char *name = NULL;
    if (!tw_fields_check(document, node, "a layer", layer_keys, COUNT(layer_keys)) ||
        !tw_value_name(document, tw_field_require(document, node, "name", "a layer"), "name",
                       &name))
        return;
    const tw_layer *layer = tw_mapping_layer(document, tw_node_get(node, "name"), name, network);
    tw_node *levels = tw_field_require(document, node, "mapping", "a layer");
    if (!layer || !levels)
        return;
    if (tw_mapping_set_find(out, name)) {
        tw_node_error(document, node, "layer \"%.60s\" is mapped twice", name);
        return;
    }
    tw_named_mapping *item = &out->items[out->count++];
    *item = (tw_named_mapping){.layer = name};
    item->at = (tw_position){.file = document->file, .line = node->line, .column = node->column};
    tw_mapping_from_nodes(document, levels, arch, &layer->problem, out->partial, item);
}

tw_status tw_native_mapping_load(const tw_input *input, const tw_accelerator *accelerator,
                                 const tw_network *network, bool partial, tw_mapping_set *out) {
    tw_document document;
    out->partial = partial;
    TW_TRY(tw_native_open(input, &out->arena, "mapping", &document));
    tw_node *root = document.root;
    (void)tw_fields_check(&document, root, "a mapping file", file_keys, COUNT(file_keys));
    const tw_node *layers = tw_field_require(&document, root, "layers", "the mapping file");
    if (!tw_value_is_sequence(&document, layers, "layers"))
        return tw_document_status(&document);
    TW_TRY(tw_mapping_set_reserve(out, layers->count));
    for (size_t i = 0; i < layers->count; i++)
        read_layer(&document, layers->values[i], &accelerator->hierarchy, network, out);
    return tw_document_status(&document);
}
