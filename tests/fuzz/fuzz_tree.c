#include "fuzz/fuzz.h"

static void walk(const tw_document *document, tw_node *node, unsigned depth) {
    if (depth > TW_MAX_TREE_DEPTH + 1 || (node->kind == TW_NODE_SCALAR && !node->scalar))
        abort();
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == TW_NODE_MAPPING && tw_node_get(node, node->keys[i]->scalar) == NULL &&
            strlen(node->keys[i]->scalar) == node->keys[i]->length)
            abort();
        if (i < 50)
            walk(document, node->values[i], depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (int lenient = 0; lenient < 2; lenient++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_arena arena;
        tw_document document;
        tw_arena_init(&arena, ctx);
        const tw_status status = (lenient ? tw_document_parse_lenient : tw_document_parse)(
            ctx, &arena, "fuzz", (const char *)data, size, &document);
        fuzz_check(ctx, status);
        if (status == TW_OK && document.root)
            walk(&document, document.root, 0);
        tw_arena_free(&arena);
        tw_ctx_free(ctx);
    }
    return 0;
}
