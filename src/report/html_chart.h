/* Scatter charts as SVG: the roofline and the Pareto front. */
#ifndef TW_REPORT_HTML_CHART_H
#define TW_REPORT_HTML_CHART_H

#include "report/html_text.h"

typedef struct {
    double x, y;
    const char *name; /* of the point: shown when it is pointed at */
} tw_chart_point;

typedef struct {
    const char *title, *x_label, *y_label;
    double peak, slope; /* roofline min(peak, slope * x); 0: none */
    size_t count;
    const tw_chart_point *points; /* with x and y above 0: both axes are logarithmic */
} tw_chart;

/* Nothing is drawn when no point lies above 0. */
void tw_html_chart(tw_text *out, const tw_chart *chart);

#endif
