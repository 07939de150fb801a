/* One layer in the HTML report. */
#ifndef TW_REPORT_HTML_LAYER_H
#define TW_REPORT_HTML_LAYER_H

#include "report/html_text.h"

/* "compute", the name of the slowest level, or "" when the result does not say. */
const char *tw_html_bound_by(const json_t *layer);

/* The loop nest with tiles, the counts, what bounds it, and the Pareto front: a disclosure. */
tw_status tw_html_layer(tw_ctx *ctx, tw_text *out, const json_t *layer, char tag,
                        size_t index) TW_NODISCARD;

#endif
