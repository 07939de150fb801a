/* jansson parses; each layer's mapping becomes nodes without a position, for the reader that
 * mapping files have. */
#include "input/result_json.h"

#include <jansson.h>
#include <string.h>

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

static tw_node *node_from_json(tw_document *document, const json_t *json, unsigned depth);

static bool list_from_json(tw_document *document, const json_t *json, unsigned depth,
                           tw_node *node) {
    node->kind = TW_NODE_SEQUENCE;
    node->values = tw_arena_array(document->arena, json_array_size(json), sizeof *node->values);
    for (; node->values && node->count < json_array_size(json); node->count++) {
        const json_t *item = json_array_get(json, node->count);
        if (!(node->values[node->count] = node_from_json(document, item, depth + 1)))
            return false;
    }
    return node->values != NULL;
}

static tw_node *scalar_node(tw_document *document, const char *text, size_t length, bool quoted) {
    tw_node *node = tw_arena_alloc(document->arena, sizeof *node);
    char *copy = tw_arena_strndup(document->arena, text, length);
    if (!node || !copy)
        return NULL;
    *node = (tw_node){.kind = TW_NODE_SCALAR, .scalar = copy, .length = length, .quoted = quoted};
    return node;
}

static bool mapping_from_json(tw_document *document, const json_t *json, unsigned depth,
                              tw_node *node) {
    const size_t count = json_object_size(json);
    node->kind = TW_NODE_MAPPING;
    node->keys = tw_arena_array(document->arena, count, sizeof *node->keys);
    node->values = tw_arena_array(document->arena, count, sizeof *node->values);
    json_t *object = (json_t *)(uintptr_t)json;
    for (void *i = json_object_iter(object); i && node->keys && node->values;
         i = json_object_iter_next(object, i)) {
        const char *key = json_object_iter_key(i);
        tw_node *key_node = scalar_node(document, key, strlen(key), true);
        tw_node *value = node_from_json(document, json_object_iter_value(i), depth + 1);
        if (!key_node || !value)
            return false;
        node->keys[node->count] = key_node;
        node->values[node->count++] = value;
    }
    return node->keys && node->values;
}

/* NULL when memory runs out; what is too deep becomes an empty scalar, which no reader takes. */
static tw_node *node_from_json(tw_document *document, const json_t *json, unsigned depth) {
    char number[32] = "";
    if (depth > 8 || json_is_null(json))
        return scalar_node(document, "", 0, false);
    if (json_is_string(json))
        return scalar_node(document, json_string_value(json), json_string_length(json), true);
    if (json_is_integer(json))
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(json));
    else if (json_is_real(json))
        snprintf(number, sizeof number, "%.17g", json_real_value(json));
    else if (json_is_boolean(json))
        snprintf(number, sizeof number, "%s", json_is_true(json) ? "true" : "false");
    if (number[0])
        return scalar_node(document, number, strlen(number), false);
    tw_node *node = tw_arena_alloc(document->arena, sizeof *node);
    if (!node)
        return NULL;
    const bool good = json_is_array(json) ? list_from_json(document, json, depth, node)
                                          : mapping_from_json(document, json, depth, node);
    return good ? node : NULL;
}

static tw_status read_layer(tw_document *document, const json_t *json,
                            const tw_accelerator *accelerator, const tw_network *network,
                            tw_mapping_set *out) {
    const char *text = json_string_value(json_object_get(json, "name"));
    const json_t *mapping = json_object_get(json, "mapping");
    if (!text) {
        tw_node_error(document, NULL, "a layer of the result has no name");
        return TW_OK;
    }
    if (!mapping || json_is_null(mapping))
        return TW_OK;
    const tw_layer *layer = tw_mapping_layer(document, NULL, text, network);
    if (!layer)
        return TW_OK;
    if (tw_mapping_set_find(out, text)) {
        tw_node_error(document, NULL, "layer \"%.60s\" is mapped twice", text);
        return TW_OK;
    }
    tw_node *levels = node_from_json(document, mapping, 0);
    const char *name = tw_arena_strdup(&out->arena, text);
    if (!levels || !name)
        return tw_out_of_memory(document->ctx);
    tw_named_mapping *item = &out->items[out->count++];
    *item = (tw_named_mapping){.layer = name, .at = {.file = document->file}};
    tw_mapping_from_nodes(document, levels, &accelerator->hierarchy, &layer->problem, out->partial,
                          item);
    return TW_OK;
}

static tw_status read_result(tw_document *document, const json_t *root,
                             const tw_accelerator *accelerator, const tw_network *network,
                             tw_mapping_set *out) {
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const json_t *layers = json_object_get(root, "layers");
    if (!schema || strcmp(schema, TW_RESULT_SCHEMA) != 0)
        tw_node_error(document, NULL, "schema is \"%.60s\", expected " TW_RESULT_SCHEMA,
                      schema ? schema : "");
    if (!json_is_array(layers))
        tw_node_error(document, NULL, "the result has no list \"layers\"");
    TW_TRY(tw_document_status(document));
    TW_TRY(tw_mapping_set_reserve(out, json_array_size(layers)));
    for (size_t i = 0; i < json_array_size(layers); i++)
        TW_TRY(read_layer(document, json_array_get(layers, i), accelerator, network, out));
    return tw_document_status(document);
}

tw_status tw_result_json_load(const tw_input *input, const tw_accelerator *accelerator,
                              const tw_network *network, bool partial, tw_mapping_set *out) {
    json_error_t error;
    tw_document document = {.ctx = input->ctx, .arena = &out->arena, .file = input->path};
    out->partial = partial;
    json_t *root = json_loadb(input->bytes, input->size, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        const tw_position at = {.file = input->path,
                                .line = error.line > 0 ? (unsigned)error.line : 0,
                                .column = error.column > 0 ? (unsigned)error.column : 0};
        return tw_fail(input->ctx, TW_INVALID, &at, "not JSON: %s", error.text);
    }
    const tw_status status = read_result(&document, root, accelerator, network, out);
    json_decref(root);
    return status;
}
