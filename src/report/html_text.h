/* Pieces of HTML: escaped text, numbers, tables that sort and download.
 *
 * Every name in a result comes from some file. It reaches the page only through tw_html_escape,
 * which leaves no character that could end text, an attribute or a script, and no control
 * character. */
#ifndef TW_REPORT_HTML_TEXT_H
#define TW_REPORT_HTML_TEXT_H

#include <jansson.h>

#include "report/cells.h"

void tw_html_escape(tw_text *out, const char *text);

/* Members of a JSON object that may be missing or of another type: 0, "" or NULL then. */
double tw_member_number(const json_t *object, const char *key);
const char *tw_member_text(const json_t *object, const char *key);

/* A table with a caption, a button for CSV and headings that sort. */
void tw_html_table_begin(tw_text *out, const char *id, const char *caption);
void tw_html_heading(tw_text *out, const char *name, bool number);
/* Ends the headings and begins the rows. */
void tw_html_table_rows(tw_text *out);
void tw_html_cell(tw_text *out, const char *text);
/* `shown` is for people, `value` for sorting and CSV. */
void tw_html_number(tw_text *out, double value, const char *shown);
void tw_html_energy(tw_text *out, double energy_pj);
void tw_html_count(tw_text *out, double count);
void tw_html_percent(tw_text *out, double share);
void tw_html_table_end(tw_text *out);

/* Colour classes of the series of a chart repeat after this many. */
enum { TW_HTML_COLORS = 8 };
/* A stacked bar as a picture that fills its cell; values are parts of `full`. */
void tw_html_bar(tw_text *out, const char *label, const double *values, size_t count, double full);
void tw_html_legend(tw_text *out, const char *const *names, size_t count);

#endif
