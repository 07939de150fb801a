#include "report/html_chart.h"

#include <math.h>

enum { WIDTH = 640, HEIGHT = 380, LEFT = 86, RIGHT = 20, TOP = 20, BOTTOM = 56 };

/* Powers of ten around the values of one axis. */
typedef struct {
    int low, high;
} decades;

static void widen(decades *d, double value) {
    if (value <= 0)
        return;
    const int low = (int)floor(log10(value)), high = (int)ceil(log10(value));
    if (d->low > d->high)
        *d = (decades){low, high};
    d->low = low < d->low ? low : d->low;
    d->high = high > d->high ? high : d->high;
    if (d->low == d->high)
        d->high++;
}

typedef struct {
    decades x, y;
} frame;

static double at_x(const frame *f, double x) {
    return LEFT + (WIDTH - LEFT - RIGHT) * (log10(x) - f->x.low) / (f->x.high - f->x.low);
}

static double at_y(const frame *f, double y) {
    return HEIGHT - BOTTOM -
           (HEIGHT - TOP - BOTTOM) * (log10(y) - f->y.low) / (f->y.high - f->y.low);
}

/* At most about eight labels an axis. */
static int label_step(const decades *d) {
    return (d->high - d->low) / 8 + 1;
}

static void draw_axes(tw_text *out, const frame *f, const tw_chart *chart) {
    for (int e = f->x.low; e <= f->x.high; e += label_step(&f->x)) {
        const double x = at_x(f, pow(10, e));
        tw_text_add(out, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", x,
                    TOP, x, HEIGHT - BOTTOM);
        tw_text_add(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">1e%d</text>", x,
                    HEIGHT - BOTTOM + 18, e);
    }
    for (int e = f->y.low; e <= f->y.high; e += label_step(&f->y)) {
        const double y = at_y(f, pow(10, e));
        tw_text_add(out, "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>", LEFT,
                    y, WIDTH - RIGHT, y);
        tw_text_add(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">1e%d</text>", LEFT - 8,
                    y + 4, e);
    }
    tw_text_add(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, chart->x_label);
    tw_text_add(out,
                "<text transform=\"translate(18 %d) rotate(-90)\" text-anchor=\"middle\">%s"
                "</text>",
                (TOP + HEIGHT - BOTTOM) / 2, chart->y_label);
}

static void draw_roof(tw_text *out, const frame *f, const tw_chart *chart) {
    if (chart->peak <= 0)
        return;
    double left = pow(10, f->x.low), bottom = pow(10, f->y.low);
    const double right = pow(10, f->x.high);
    tw_text_add(out, "<path class=\"roof\" d=\"M");
    if (chart->slope > 0) {
        if (chart->slope * left < bottom)
            left = bottom / chart->slope;
        const double ridge = fmin(chart->peak / chart->slope, right);
        tw_text_add(out, "%.1f %.1f L%.1f %.1f L", at_x(f, left),
                    at_y(f, fmin(chart->peak, chart->slope * left)), at_x(f, fmax(ridge, left)),
                    at_y(f, fmin(chart->peak, chart->slope * fmax(ridge, left))));
    } else {
        tw_text_add(out, "%.1f %.1f L", at_x(f, left), at_y(f, chart->peak));
    }
    const double end = chart->slope > 0 ? fmin(chart->peak, chart->slope * right) : chart->peak;
    tw_text_add(out, "%.1f %.1f\"/>", at_x(f, right), at_y(f, end));
}

void tw_html_chart(tw_text *out, const tw_chart *chart) {
    frame f = {{1, 0}, {1, 0}};
    for (size_t i = 0; i < chart->count; i++) {
        widen(&f.x, chart->points[i].x);
        widen(&f.y, chart->points[i].y);
    }
    if (f.x.low > f.x.high || f.y.low > f.y.high)
        return;
    widen(&f.y, chart->peak);
    tw_text_add(out, "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\"><title>%s</title>", WIDTH,
                HEIGHT, chart->title);
    draw_axes(out, &f, chart);
    draw_roof(out, &f, chart);
    for (size_t i = 0; i < chart->count; i++) {
        const tw_chart_point *point = &chart->points[i];
        if (point->x <= 0 || point->y <= 0)
            continue;
        tw_text_add(out, "<circle class=\"s0\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>",
                    at_x(&f, point->x), at_y(&f, point->y));
        tw_html_escape(out, point->name);
        tw_text_add(out, "</title></circle>");
    }
    tw_text_add(out,
                "</svg><figcaption>%s; the numbers are in the table below.</figcaption>"
                "</figure>\n",
                chart->title);
}
