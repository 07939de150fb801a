#include "report/html_text.h"

#include <math.h>

static const char *replacement(unsigned char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return c < 0x20 || c == 0x7f ? "\xef\xbf\xbd" : NULL;
    }
}

void tw_html_escape(tw_text *out, const char *text) {
    for (const char *c = text; *c; c++) {
        const char *safe = replacement((unsigned char)*c);
        if (safe)
            tw_text_add(out, "%s", safe);
        else
            tw_text_add_bytes(out, c, 1);
    }
}

double tw_member_number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    const double number = json_is_number(value) ? json_number_value(value) : 0;
    return isfinite(number) ? number : 0;
}

const char *tw_member_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

void tw_html_table_begin(tw_text *out, const char *id, const char *caption) {
    tw_text_add(out,
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"%s-c\">"
                "<table id=\"%s\"><caption id=\"%s-c\">%s "
                "<button type=\"button\" class=\"csv\" data-table=\"%s\">Download CSV</button>"
                "</caption><thead><tr>",
                id, id, id, caption, id);
}

void tw_html_heading(tw_text *out, const char *name, bool number) {
    tw_text_add(out, "<th scope=\"col\"%s><button type=\"button\" class=\"sort\">",
                number ? " class=\"n\"" : "");
    tw_html_escape(out, name);
    tw_text_add(out, "</button></th>");
}

void tw_html_table_rows(tw_text *out) {
    tw_text_add(out, "</tr></thead><tbody>\n");
}

void tw_html_cell(tw_text *out, const char *text) {
    tw_text_add(out, "<td>");
    tw_html_escape(out, text);
    tw_text_add(out, "</td>");
}

void tw_html_number(tw_text *out, double value, const char *shown) {
    char exact[TW_DOUBLE_TEXT];
    tw_format_double(exact, value);
    tw_text_add(out, "<td class=\"n\" data-v=\"%s\">%s</td>", exact, shown);
}

void tw_html_energy(tw_text *out, double energy_pj) {
    char shown[TW_NUMBER_TEXT];
    tw_number_energy(shown, energy_pj);
    tw_html_number(out, energy_pj, shown);
}

void tw_html_count(tw_text *out, double count) {
    char shown[TW_NUMBER_TEXT];
    tw_number_count(shown, count);
    tw_html_number(out, count, shown);
}

void tw_html_percent(tw_text *out, double share) {
    char shown[TW_NUMBER_TEXT];
    tw_number_percent(shown, share);
    tw_html_number(out, share, shown);
}

void tw_html_table_end(tw_text *out) {
    tw_text_add(out, "</tbody></table></div>\n");
}

void tw_html_bar(tw_text *out, const char *label, const double *values, size_t count, double full) {
    tw_text_add(out, "<td class=\"bar\"><svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
                     "role=\"img\" aria-label=\"");
    tw_html_escape(out, label);
    tw_text_add(out, "\">");
    double x = 0;
    for (size_t i = 0; i < count && full > 0; i++) {
        const double width = 1000 * values[i] / full;
        if (width > 0)
            tw_text_add(out,
                        "<rect x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"10\" class=\"s%zu\"/>", x,
                        width, i % TW_HTML_COLORS);
        x += width;
    }
    tw_text_add(out, "</svg></td>");
}

void tw_html_legend(tw_text *out, const char *const *names, size_t count) {
    tw_text_add(out, "<ul class=\"legend\">");
    for (size_t i = 0; i < count; i++) {
        tw_text_add(out,
                    "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect width=\"10\" "
                    "height=\"10\" class=\"s%zu\"/></svg>",
                    i % TW_HTML_COLORS);
        tw_html_escape(out, names[i]);
        tw_text_add(out, "</li>");
    }
    tw_text_add(out, "</ul>\n");
}
