/* JSON is YAML, so that the reader of YAML gives positions, limits and the same nodes as a mapping
 * file. */
#include "input/mapping_json.h"

#include <string.h>

#include "input/fields.h"
#include "input/mapping_nodes.h"

bool tw_result_json_recognise(const tw_input *input) {
    static const char family[] = "tilewright/result/";
    const size_t head = input->size < 4096 ? input->size : 4096;
    size_t first = 0;
    while (first < head && strchr(" \t\r\n", input->bytes[first]))
        first++;
    return first < head && input->bytes[first] == '{' &&
           memmem(input->bytes, head, family, sizeof family - 1) != NULL;
}

static bool is_null(const tw_node *node) {
    return node->kind == TW_NODE_SCALAR && !node->quoted && strcmp(node->scalar, "null") == 0;
}

static void read_layer(tw_document *document, tw_node *node, const tw_hierarchy *arch,
                       const tw_network *network, tw_mapping_set *out) {
    const char *name = NULL;
    if (node->kind != TW_NODE_MAPPING) {
        tw_node_error(document, node, "a layer is %s, expected an object", tw_node_kind_text(node));
        return;
    }
    tw_node *name_node = tw_field_require(document, node, "name", "a layer");
    tw_node *levels = tw_node_get(node, "mapping");
    if (tw_value_text(document, name_node, "name", &name) && levels && !is_null(levels))
        tw_mapping_set_add(document, node, name_node, levels, arch, network, out);
}

tw_status tw_result_json_load(const tw_input *input, const tw_accelerator *accelerator,
                              const tw_network *network, bool partial, tw_mapping_set *out) {
    tw_document document;
    const char *schema = NULL;
    out->partial = partial;
    TW_TRY(tw_document_parse(input->ctx, &out->arena, input->path, input->bytes, input->size,
                             &document));
    tw_node *root = document.root;
    tw_node *schema_node = tw_field_require(&document, root, "schema", "the result");
    if (tw_value_text(&document, schema_node, "schema", &schema) &&
        strcmp(schema, TW_RESULT_SCHEMA) != 0)
        tw_node_error(&document, schema_node, "schema is \"%.60s\", expected " TW_RESULT_SCHEMA,
                      schema);
    const tw_node *layers = tw_field_require(&document, root, "layers", "the result");
    (void)tw_value_is_sequence(&document, layers, "layers");
    TW_TRY(tw_document_status(&document));
    TW_TRY(tw_mapping_set_reserve(out, layers->count, network));
    for (size_t i = 0; i < layers->count; i++)
        read_layer(&document, layers->values[i], &accelerator->hierarchy, network, out);
    return tw_document_status(&document);
}
