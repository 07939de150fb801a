#ifndef TW_REPORT_HTML_ROOFLINE_H
#define TW_REPORT_HTML_ROOFLINE_H

#include "report/html_text.h"

/* The layers under the roof that the outermost level's bandwidth and the MAC units set: heading,
 * chart and table; nothing when the result does not say what the accelerator is. */
tw_status tw_html_roofline(tw_ctx *ctx, tw_text *out, const json_t *root,
                           const char *id) TW_NODISCARD;

#endif
