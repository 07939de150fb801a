/* The table of formats, and how a finished text reaches its stream. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "network/result_write.h"
#include "report/report.h"
#include "report/tiled.h"

typedef struct {
    const char *name, *ending;
    void (*write)(tw_text *out, const tw_result *result, const tw_write_options *options);
    void (*write_tiled)(tw_text *out, const tw_result *result, const tw_write_options *options);
} format;

static const format formats[] = {
    {"text", ".txt", tw_report_text, tw_report_tiled_text},
    {"json", ".json", tw_report_json, tw_report_tiled_json},
    {"csv", ".csv", tw_report_csv, tw_report_tiled_csv},
};
enum { FORMAT_COUNT = sizeof formats / sizeof formats[0] };

void tw_report_json(tw_text *out, const tw_result *result, const tw_write_options *options) {
    tw_result_write_json(out, result, !options->no_timing);
}

const char *tw_format_of_path(const char *path) {
    const size_t length = strlen(path);
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        const size_t ending = strlen(formats[i].ending);
        if (length > ending && strcasecmp(path + length - ending, formats[i].ending) == 0)
            return formats[i].name;
    }
    return NULL;
}

tw_write_options tw_write_defaults(const tw_write_options *options) {
    tw_write_options filled = options ? *options : (tw_write_options){.bars = true};
    if (!filled.format)
        filled.format = formats[0].name;
    if (filled.width == 0)
        filled.width = 100;
    if (filled.width < 40)
        filled.width = 40;
    return filled;
}

tw_status tw_report_finish(tw_ctx *ctx, tw_text *text, FILE *out) {
    tw_status status = TW_OK;
    errno = 0;
    if (text->failed)
        status = tw_out_of_memory(ctx);
    else if (text->length &&
             (fwrite(text->data, 1, text->length, out) != text->length || fflush(out) != 0))
        status = tw_fail(ctx, TW_ERROR, NULL, "cannot write the output: %s", strerror(errno));
    tw_text_free(text);
    return status;
}

tw_status tw_result_write(tw_ctx *ctx, const tw_result *result, const tw_write_options *options,
                          FILE *out) {
    const tw_write_options filled = tw_write_defaults(options);
    for (size_t i = 0; i < FORMAT_COUNT; i++)
        if (strcmp(formats[i].name, filled.format) == 0) {
            tw_text text;
            tw_text_init(&text, ctx);
            (result->tiled ? formats[i].write_tiled : formats[i].write)(&text, result, &filled);
            return tw_report_finish(ctx, &text, out);
        }
    return tw_fail(ctx, TW_USAGE, NULL, "unknown format \"%.40s\", expected text, json or csv",
                   filled.format);
}
