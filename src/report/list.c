/* What is built in: names and descriptions from the data files themselves. */
#include <string.h>

#include "arch/accelerator.h"
#include "input/built_in.h"
#include "report/cells.h"
#include "report/report.h"

typedef struct {
    const char *word, *folder, *title;
    /* The description of a built-in, in the arena; NULL when it has none. */
    tw_status (*describe)(tw_ctx *ctx, tw_arena *arena, const char *name, const char **out);
} section;

static tw_status copy_description(tw_ctx *ctx, tw_arena *arena, const char *description,
                                  const char **out) {
    *out = description ? tw_arena_strdup(arena, description) : "";
    return *out ? TW_OK : tw_out_of_memory(ctx);
}

static tw_status describe_accelerator(tw_ctx *ctx, tw_arena *arena, const char *name,
                                      const char **out) {
    tw_accelerator *accelerator = NULL;
    TW_TRY(tw_accelerator_load(ctx, name, &accelerator));
    const tw_status status = copy_description(ctx, arena, accelerator->hierarchy.description, out);
    tw_accelerator_free(accelerator);
    return status;
}

static tw_status describe_network(tw_ctx *ctx, tw_arena *arena, const char *name,
                                  const char **out) {
    tw_network *network = NULL;
    TW_TRY(tw_network_load(ctx, name, NULL, &network));
    const tw_status status = copy_description(ctx, arena, network->description, out);
    tw_network_free(network);
    return status;
}

static const section sections[] = {
    {"archs", "accelerators", "Accelerators", describe_accelerator},
    {"nets", "networks", "Networks", describe_network},
};
enum { SECTION_COUNT = sizeof sections / sizeof sections[0] };

static void add_row(tw_text *out, const char *name, const char *description, int width,
                    const tw_write_options *options) {
    tw_text_add(out, "  ");
    tw_cell(out, name, width);
    tw_text_add(out, "  ");
    const int room = (int)options->width - width - 4;
    if (tw_columns(description) > room)
        tw_cell(out, description, room);
    else
        tw_cell_plain(out, description);
    tw_text_add(out, "\n");
}

static tw_status add_path(tw_ctx *ctx, tw_arena *arena, const section *s, const char *name,
                          int width, tw_text *out) {
    const char *path = tw_data_path(ctx, arena, s->folder, name);
    if (!path)
        return tw_out_of_memory(ctx);
    tw_text_add(out, "%*s", width + 4, "");
    tw_cell_plain(out, path);
    tw_text_add(out, "\n");
    return TW_OK;
}

static tw_status list_section(tw_ctx *ctx, tw_arena *arena, const section *s, tw_text *out,
                              const tw_write_options *options) {
    const tw_palette colors = tw_palette_of(options);
    const char **names = NULL;
    size_t count = 0;
    int width = 12;
    TW_TRY(tw_data_list(ctx, arena, s->folder, &names, &count));
    for (size_t i = 0; i < count; i++)
        width = tw_columns(names[i]) > width ? tw_columns(names[i]) : width;
    if (!options->names)
        tw_text_add(out, "%s%s%s\n", colors.bold, s->title, colors.reset);
    for (size_t i = 0; i < count; i++) {
        const char *description = "";
        if (options->names) {
            tw_text_add(out, "%s\n", names[i]);
            continue;
        }
        TW_TRY(s->describe(ctx, arena, names[i], &description));
        add_row(out, names[i], description, width, options);
        if (options->details)
            TW_TRY(add_path(ctx, arena, s, names[i], width, out));
    }
    return TW_OK;
}

static tw_status list_sections(tw_ctx *ctx, tw_arena *arena, const char *what, tw_text *out,
                               const tw_write_options *options) {
    bool any = false;
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        if (what && strcmp(what, sections[i].word) != 0)
            continue;
        if (any && !options->names)
            tw_text_add(out, "\n");
        TW_TRY(list_section(ctx, arena, &sections[i], out, options));
        any = true;
    }
    return any ? TW_OK
               : tw_fail(ctx, TW_USAGE, NULL, "cannot list \"%.40s\", expected archs or nets",
                         what);
}

tw_status tw_list(tw_ctx *ctx, const char *what, const tw_write_options *options, FILE *out) {
    const tw_write_options filled = tw_write_defaults(options);
    tw_arena arena;
    tw_text text;
    tw_arena_init(&arena, ctx);
    tw_text_init(&text, ctx);
    const tw_status status = list_sections(ctx, &arena, what, &text, &filled);
    tw_arena_free(&arena);
    if (status == TW_OK)
        return tw_report_finish(ctx, &text, out);
    tw_text_free(&text);
    return status;
}
