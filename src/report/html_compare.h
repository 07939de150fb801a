#ifndef TW_REPORT_HTML_COMPARE_H
#define TW_REPORT_HTML_COMPARE_H

#include "report/html_text.h"

/* Two results side by side: totals of both, and their layers paired by name. */
void tw_html_compare(tw_text *out, const json_t *a, const json_t *b);

#endif
