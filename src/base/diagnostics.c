/* Diagnostics as text with the source line and a caret, and as JSON. Texts come from inputs and
 * from names of files: no control character of theirs reaches a terminal, and JSON stays UTF-8. No
 * memory is needed, since its lack may be what there is to say. */
#include "base/ctx.h"
#include "base/utf8.h"

static const char *severity_text(tw_severity severity) {
    static const char *const texts[] = {"error", "warning", "note"};
    return texts[severity];
}

/* Control characters show as spaces, what is no UTF-8 as question marks. */
static void print_plain(const char *text, FILE *out) {
    for (const char *c = text; *c;) {
        uint32_t code = 0;
        const size_t length = tw_utf8_decode(c, &code);
        if (length == 0)
            fputc('?', out);
        else if (tw_code_is_control(code))
            fputc(' ', out);
        else
            fwrite(c, 1, length, out);
        c += length ? length : 1;
    }
}

static void print_source_line(const tw_diagnostic *d, FILE *out) {
    const bool cut = d->text_column > 1;
    const unsigned first = cut ? d->text_column : 1;
    fprintf(out, cut ? "  ..." : "  ");
    print_plain(d->text, out);
    fputc('\n', out);
    if (d->column >= first)
        fprintf(out, "  %*s^\n", (int)(d->column - first) + (cut ? 3 : 0), "");
}

static void print_diagnostic(const tw_diagnostic *d, FILE *out, bool color) {
    static const char *const colors[] = {"\033[1;31m", "\033[1;35m", "\033[1;36m"};
    print_plain(d->file ? d->file : "tilewright", out);
    if (d->file && d->line)
        fprintf(out, ":%u:%u", d->line, d->column);
    fprintf(out, ": %s%s:%s ", color ? colors[d->severity] : "", severity_text(d->severity),
            color ? "\033[0m" : "");
    print_plain(d->message, out);
    fputc('\n', out);
    if (d->text && *d->text && d->line)
        print_source_line(d, out);
}

void tw_diagnostics_print(tw_ctx *ctx, FILE *out, bool color) {
    for (size_t i = 0; i < ctx->diagnostic_count; i++)
        print_diagnostic(&ctx->diagnostics[i], out, color);
    if (ctx->diagnostic_dropped)
        fprintf(out, "tilewright: note: %zu more messages not shown\n", ctx->diagnostic_dropped);
    if (atomic_load(&ctx->out_of_memory))
        fprintf(out, "tilewright: error: out of memory\n");
    tw_diagnostics_forget(ctx);
}

static void print_json_string(const char *text, FILE *out) {
    fputc('"', out);
    for (const char *c = text; *c;) {
        uint32_t code = 0;
        const size_t length = tw_utf8_decode(c, &code);
        if (code == '"' || code == '\\')
            fprintf(out, "\\%c", *c);
        else if (length && (tw_code_is_control(code) || code == 0x2028 || code == 0x2029))
            fprintf(out, "\\u%04x", (unsigned)code);
        else if (length)
            fwrite(c, 1, length, out);
        else
            fputs("\xef\xbf\xbd", out);
        c += length ? length : 1;
    }
    fputc('"', out);
}

void tw_diagnostics_print_json(tw_ctx *ctx, FILE *out) {
    fprintf(out, "[");
    for (size_t i = 0; i < ctx->diagnostic_count; i++) {
        const tw_diagnostic *d = &ctx->diagnostics[i];
        fprintf(out, "%s{\"severity\": \"%s\", \"file\": ", i ? ", " : "",
                severity_text(d->severity));
        print_json_string(d->file ? d->file : "", out);
        fprintf(out, ", \"line\": %u, \"column\": %u, \"message\": ", d->line, d->column);
        print_json_string(d->message, out);
        fprintf(out, "}");
    }
    if (atomic_load(&ctx->out_of_memory))
        fprintf(out, "%s{\"severity\": \"error\", \"message\": \"out of memory\"}",
                ctx->diagnostic_count ? ", " : "");
    fprintf(out, "]\n");
    tw_diagnostics_forget(ctx);
}
