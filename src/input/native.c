/* The native formats share a document with a `kind:`; a table says which reader each kind has. */
#include "input/native.h"

#include <string.h>

typedef struct {
    const char *kind;
    tw_status (*read)(tw_ctx *ctx, tw_document *document, tw_accelerator *out);
} accelerator_kind;

static const accelerator_kind accelerator_kinds[] = {
    {"hierarchy", tw_hierarchy_from_document},
    {"tiled", tw_tiled_from_document},
};

/* Parses the input and reads its kind; the document lies in `arena`. */
static tw_status open_document(const tw_input *input, tw_arena *arena, tw_document *document,
                               const char **kind) {
    const tw_position whole = {.file = input->path};
    if (!tw_sniff_text(input))
        return tw_fail(input->ctx, TW_INVALID, &whole,
                       "this is binary, in no format that is known here; expected text (YAML)");
    TW_TRY(tw_document_parse(input->ctx, arena, input->path, input->bytes, input->size, document));
    if (!document->root)
        return tw_fail(input->ctx, TW_INVALID, &whole, "the file is empty");
    if (document->root->kind != TW_NODE_MAPPING) {
        const tw_position at = tw_node_position(document, document->root);
        return tw_fail(input->ctx, TW_INVALID, &at,
                       "the file is %s, expected a mapping (key: value)",
                       tw_node_kind_text(document->root));
    }
    const tw_node *node = tw_field_require(document, document->root, "kind", "the file");
    (void)tw_value_text(document, node, "kind", kind);
    return tw_document_status(document);
}

tw_status tw_native_open(const tw_input *input, tw_arena *arena, const char *kind,
                         tw_document *document) {
    const char *found = NULL;
    TW_TRY(open_document(input, arena, document, &found));
    if (strcmp(found, kind) != 0)
        tw_node_error(document, tw_node_get(document->root, "kind"),
                      "this file is of kind \"%.40s\", expected %s", found, kind);
    return tw_document_status(document);
}

tw_status tw_native_accelerator_load(const tw_input *input, tw_accelerator *out) {
    tw_document document;
    const char *kind = NULL;
    TW_TRY(open_document(input, &out->arena, &document, &kind));
    for (size_t i = 0; i < sizeof accelerator_kinds / sizeof *accelerator_kinds; i++)
        if (strcmp(accelerator_kinds[i].kind, kind) == 0)
            return accelerator_kinds[i].read(input->ctx, &document, out);
    tw_node_error(&document, tw_node_get(document.root, "kind"),
                  "kind is \"%.40s\", expected an accelerator: hierarchy or tiled", kind);
    return tw_document_status(&document);
}
