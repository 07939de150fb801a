/* Finds out what a file holds and shows it. */
#include "report/show.h"

#include <string.h>
#include <sys/stat.h>

#include "input/built_in.h"
#include "input/formats.h"
#include "network/result_read.h"
#include "report/report.h"
#include "report/tiled.h"

typedef struct {
    tw_ctx *ctx;
    tw_arena arena;
    const char *path; /* as given */
    const tw_write_options *options;
    tw_text out;
} showing;

/* Of an open input, or with NULL of the built-in. */
static tw_status show_accelerator(showing *s, const tw_input *input) {
    tw_accelerator *accelerator = NULL;
    TW_TRY(input ? tw_accelerator_from_input(input, &accelerator)
                 : tw_accelerator_load(s->ctx, s->path, &accelerator));
    if (accelerator->kind == TW_KIND_TILED)
        tw_show_tiled(&s->out, accelerator);
    else
        tw_show_accelerator(&s->out, accelerator, s->options);
    tw_accelerator_free(accelerator);
    return TW_OK;
}

static tw_status show_network(showing *s, const tw_input *input) {
    const tw_network_options *options = s->options->network;
    tw_network *network = NULL;
    TW_TRY(input ? tw_network_from_input(input, options, &network)
                 : tw_network_load(s->ctx, s->path, options, &network));
    tw_show_network(&s->out, network, s->options);
    tw_network_free(network);
    return TW_OK;
}

static tw_status show_result(showing *s, tw_document *document) {
    tw_result *result = NULL;
    tw_write_options options = *s->options;
    TW_TRY(tw_result_read(document, &result));
    options.details = true;
    tw_report_text(&s->out, result, &options);
    tw_result_free(result);
    return TW_OK;
}

/* Kinds that are shown from the document itself. */
static tw_status show_document(showing *s, const tw_input *input, tw_input_kind kind) {
    tw_document document;
    TW_TRY(tw_document_parse(s->ctx, &s->arena, input->path, input->bytes, input->size, &document));
    const bool has_schema = document.root && document.root->kind == TW_NODE_MAPPING &&
                            tw_node_get(document.root, "schema");
    if (has_schema)
        return show_result(s, &document);
    if (kind == TW_INPUT_MAPPING)
        return tw_show_mappings(&s->out, &document, s->options);
    if (kind == TW_INPUT_CONSTRAINTS) {
        tw_text_add_bytes(&s->out, input->bytes, input->size);
        return TW_OK;
    }
    const tw_position whole = {.file = s->path};
    return tw_fail(s->ctx, TW_INVALID, &whole,
                   "this is no accelerator, network, mapping or result; expected one with "
                   "\"kind: hierarchy\", \"kind: network\" or \"kind: mapping\" at its top");
}

static tw_status show_file(showing *s) {
    tw_input input;
    TW_TRY(tw_input_open(s->ctx, s->path, &input));
    const tw_input_kind kind = tw_input_kind_of(&input);
    const tw_status status = kind == TW_INPUT_ACCELERATOR ? show_accelerator(s, &input)
                             : kind == TW_INPUT_NETWORK   ? show_network(s, &input)
                                                          : show_document(s, &input, kind);
    tw_input_close(&input);
    return status;
}

static tw_status fail_unknown(showing *s) {
    static const char *const folders[] = {"accelerators", "networks"};
    const char *best = NULL;
    for (size_t f = 0; f < 2 && !best; f++) {
        const char **names = NULL;
        size_t count = 0;
        TW_TRY(tw_data_list(s->ctx, &s->arena, folders[f], &names, &count));
        best = tw_closest_word(s->path, names, count);
    }
    return tw_fail(s->ctx, TW_INVALID, NULL, "no file and no built-in is called \"%.100s\"%s%s%s",
                   s->path, best ? ", did you mean \"" : "", best ? best : "", best ? "\"?" : "");
}

/* A file wins over a built-in of the same name. */
static tw_status show(showing *s) {
    struct stat info;
    if (strcmp(s->path, "-") == 0 || stat(s->path, &info) == 0)
        return show_file(s);
    if (tw_data_path(s->ctx, &s->arena, "accelerators", s->path))
        return show_accelerator(s, NULL);
    if (tw_data_path(s->ctx, &s->arena, "networks", s->path))
        return show_network(s, NULL);
    return fail_unknown(s);
}

tw_status tw_show(tw_ctx *ctx, const char *path, const tw_write_options *options, FILE *out) {
    const tw_write_options filled = tw_write_defaults(options);
    showing s = {.ctx = ctx, .path = path, .options = &filled};
    tw_arena_init(&s.arena, ctx);
    tw_text_init(&s.out, ctx);
    const tw_status status = show(&s);
    tw_arena_free(&s.arena);
    if (status == TW_OK)
        return tw_report_finish(ctx, &s.out, out);
    tw_text_free(&s.out);
    return status;
}
