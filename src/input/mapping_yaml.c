/* kind: mapping: a list of layers, each with the mapping that a result has too. */
#include "input/mapping_nodes.h"
#include "input/native.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const file_keys[] = {"kind", "name", "description", "layers"};
static const char *const layer_keys[] = {"name", "mapping"};

static void read_layer(tw_document *document, tw_node *node, const tw_hierarchy *arch,
                       const tw_network *network, tw_mapping_set *out) {
    const char *name = NULL;
    if (!tw_fields_check(document, node, "a layer", layer_keys, COUNT(layer_keys)))
        return;
    tw_node *name_node = tw_field_require(document, node, "name", "a layer");
    tw_node *levels = tw_field_require(document, node, "mapping", "a layer");
    if (tw_value_name(document, name_node, "name", &name) && levels)
        tw_mapping_set_add(document, node, name_node, levels, arch, network, out);
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
    TW_TRY(tw_mapping_set_reserve(out, layers->count, network));
    for (size_t i = 0; i < layers->count; i++)
        read_layer(&document, layers->values[i], &accelerator->hierarchy, network, out);
    return tw_document_status(&document);
}
