#ifndef TW_REPORT_HTML_HIERARCHY_H
#define TW_REPORT_HTML_HIERARCHY_H

#include "report/html_text.h"

/* The buffer hierarchy with its traffic over the whole network: heading, picture and table; nothing
 * when the result has no levels. */
void tw_html_hierarchy(tw_text *out, const json_t *root, const char *id);

#endif
