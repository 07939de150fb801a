/* The HTML report: one self-contained page from any result in JSON.
 *
 * It reads the result as JSON, not as typed data, so that results of every kind of accelerator,
 * and of versions to come, show what they have: a part that is missing is left out. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "input/file.h"
#include "report/html_assets.h"
#include "report/html_bars.h"
#include "report/html_compare.h"
#include "report/html_hierarchy.h"
#include "report/html_layer.h"
#include "report/html_roofline.h"
#include "report/html_schedule.h"

/* ---- Reading ---- */

static tw_status load_result(tw_ctx *ctx, tw_arena *arena, const char *path, json_t **out) {
    char *bytes = NULL;
    size_t size = 0;
    TW_TRY(tw_file_read(ctx, arena, path, TW_MAX_TEXT_BYTES, &bytes, &size));
    json_error_t error;
    json_t *root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        const tw_position at = {.file = path,
                                .line = error.line > 0 ? (unsigned)error.line : 0,
                                .column = error.column > 0 ? (unsigned)error.column : 1};
        return tw_fail(ctx, TW_INVALID, &at,
                       "this is no JSON, expected a result of map or eval written with -o");
    }
    const char *schema = tw_member_text(root, "schema");
    const bool known = strncmp(schema, "tilewright/", 11) == 0 && strstr(schema, "result/");
    if (!known || json_array_size(json_object_get(root, "layers")) == 0) {
        json_decref(root);
        const tw_position at = {.file = path};
        return tw_fail(ctx, TW_INVALID, &at,
                       "%s, expected a result of map or eval in JSON with at least one layer",
                       known ? "the result has no layers" : "not a tilewright result");
    }
    *out = root;
    return TW_OK;
}

/* ---- One result ---- */

static void write_card(tw_text *out, const char *value, const char *what) {
    tw_text_add(out, "<li><b>%s</b>%s</li>", value, what);
}

static void write_totals(tw_text *out, const json_t *root) {
    const json_t *total = json_object_get(root, "total");
    char text[TW_NUMBER_TEXT];
    tw_text_add(out, "<ul class=\"cards\">");
    tw_number_energy(text, tw_member_number(total, "energy_pj"));
    write_card(out, text, "energy");
    tw_number_count(text, tw_member_number(total, "latency_cycles"));
    write_card(out, text, "cycles");
    tw_number_count(text, tw_member_number(total, "macs"));
    write_card(out, text, "MACs");
    const double cycles = tw_member_number(total, "latency_cycles");
    tw_number_count(text, cycles > 0 ? tw_member_number(total, "macs") / cycles : 0);
    write_card(out, text, "MACs per cycle");
    snprintf(text, sizeof text, "%zu", json_array_size(json_object_get(root, "layers")));
    write_card(out, text, "layers");
    tw_text_add(out, "</ul>\n");
}

static void write_intro(tw_text *out, const json_t *root) {
    tw_text_add(out, "<p>Network <b>");
    tw_html_escape(out, tw_member_text(root, "network"));
    tw_text_add(out, "</b> on accelerator <b>");
    tw_html_escape(out, tw_member_text(root, "arch"));
    tw_text_add(out, "</b>, objective ");
    tw_html_escape(out, tw_member_text(root, "objective"));
    tw_text_add(out, ", model ");
    tw_html_escape(out, tw_member_text(root, "model"));
    tw_text_add(out, ", tilewright ");
    tw_html_escape(out, tw_member_text(root, "version"));
    tw_text_add(out, ".</p>\n");
    const char *source = tw_member_text(json_object_get(root, "accelerator"), "source");
    if (*source) {
        tw_text_add(out, "<p class=\"soft\">Where the accelerator's numbers come from: ");
        tw_html_escape(out, source);
        tw_text_add(out, "</p>\n");
    }
}

static tw_status write_result(tw_ctx *ctx, tw_text *out, const json_t *root, char tag) {
    char id[16];
    write_intro(out, root);
    write_totals(out, root);
    snprintf(id, sizeof id, "energy-%c", tag);
    tw_text_add(out, "<h2 id=\"%s-h\">Energy</h2>\n", id);
    tw_html_energy_bars(out, root, id);
    snprintf(id, sizeof id, "cycles-%c", tag);
    tw_text_add(out, "<h2 id=\"%s-h\">Cycles</h2>\n", id);
    tw_html_cycle_bars(out, root, id);
    tw_html_schedule(out, root, tag);
    snprintf(id, sizeof id, "roofline-%c", tag);
    TW_TRY(tw_html_roofline(ctx, out, root, id));
    snprintf(id, sizeof id, "levels-%c", tag);
    tw_html_hierarchy(out, root, id);
    snprintf(id, sizeof id, "layers-%c", tag);
    tw_text_add(out, "<h2 id=\"%s-h\">Layers</h2>\n", id);
    size_t i;
    json_t *layer;
    json_array_foreach(json_object_get(root, "layers"), i, layer)
        TW_TRY(tw_html_layer(ctx, out, layer, tag, i));
    return TW_OK;
}

/* ---- The page ---- */

static void write_navigation(tw_text *out, char tag, const json_t *root) {
    const bool hierarchy = json_is_object(json_object_get(root, "accelerator"));
    const bool schedule = json_is_object(json_object_get(root, "schedule"));
    static const char *const parts[][2] = {{"energy", "Energy"},           {"cycles", "Cycles"},
                                           {"schedule", "Schedule"},       {"roofline", "Roofline"},
                                           {"levels", "Buffer hierarchy"}, {"layers", "Layers"}};
    tw_text_add(out, "<nav aria-label=\"Sections\"><ul>");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (i == 2 ? schedule : hierarchy || (i != 3 && i != 4))
            tw_text_add(out, "<li><a href=\"#%s-%c-h\">%s</a></li>", parts[i][0], tag, parts[i][1]);
    tw_text_add(out, "</ul></nav>\n");
}

/* Everything up to the heading of the page. */
static void write_head(tw_text *out, const json_t *a, const json_t *b) {
    tw_text_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
                     "style-src 'unsafe-inline';script-src 'unsafe-inline';img-src data:\">"
                     "<link rel=\"icon\" href=\"data:,\"><title>");
    tw_html_escape(out, tw_member_text(a, "network"));
    tw_text_add(out, " on ");
    tw_html_escape(out, tw_member_text(a, "arch"));
    if (b) {
        tw_text_add(out, " and ");
        tw_html_escape(out, tw_member_text(b, "arch"));
    }
    tw_text_add(out, "</title>\n<style>%s</style></head><body>\n", tw_html_style);
    tw_text_add(out, "<a class=\"skip\" href=\"#main\">To the result</a><h1>%s</h1>\n",
                b ? "Two mappings compared" : "Mapping report");
}

static tw_status write_page(tw_ctx *ctx, tw_text *out, const json_t *a, const json_t *b) {
    write_head(out, a, b);
    if (!b)
        write_navigation(out, 'a', a);
    tw_text_add(out, "<main id=\"main\">\n");
    if (b) {
        tw_html_compare(out, a, b);
        tw_text_add(out, "<h2>Result A</h2>\n");
    }
    TW_TRY(write_result(ctx, out, a, 'a'));
    if (b) {
        tw_text_add(out, "<h2>Result B</h2>\n");
        TW_TRY(write_result(ctx, out, b, 'b'));
    }
    tw_text_add(out, "</main>\n<script>%s</script></body></html>\n", tw_html_script);
    return out->failed ? tw_out_of_memory(ctx) : TW_OK;
}

tw_status tw_report(tw_ctx *ctx, const char *path, const char *other, FILE *out) {
    tw_arena arena;
    tw_text page;
    json_t *a = NULL, *b = NULL;
    tw_arena_init(&arena, ctx);
    tw_text_init(&page, ctx);
    tw_status status = load_result(ctx, &arena, path, &a);
    if (status == TW_OK && other)
        status = load_result(ctx, &arena, other, &b);
    if (status == TW_OK)
        status = write_page(ctx, &page, a, b);
    if (status == TW_OK && fwrite(page.data, 1, page.length, out) != page.length)
        status = tw_fail(ctx, TW_ERROR, NULL, "cannot write the report: %s", strerror(errno));
    json_decref(a);
    json_decref(b);
    tw_text_free(&page);
    tw_arena_free(&arena);
    return status;
}
