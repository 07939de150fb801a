/* The schedule of a network in the HTML report. */
#ifndef TW_REPORT_HTML_SCHEDULE_H
#define TW_REPORT_HTML_SCHEDULE_H

#include "report/html_text.h"

/* A picture of the chips over time, the steps, and the points of a front; nothing when the result
 * has no schedule. */
void tw_html_schedule(tw_text *out, const json_t *root, char tag);

#endif
