/* Time runs to the right, the height is the machine: a layer takes as much of it as it has chips.
 * Like all of the report it reads the result as JSON, so that numbers may be missing or odd. */
#include "report/html_schedule.h"

#include <math.h>

enum { WIDTH = 960, HEIGHT = 150, TOP = 6, AXIS = 28, MOST_POINTS = 500 };

static json_t *member(const json_t *object, const char *key) {
    return json_object_get(object, key);
}

static size_t index_of(const json_t *object, const char *key) {
    const double value = tw_member_number(object, key);
    return value >= 0 && value < 1e9 ? (size_t)value : 0;
}

static double chips_of(const json_t *schedule, const json_t *run) {
    const json_t *mapping = json_array_get(member(schedule, "mappings"), index_of(run, "mapping"));
    return tw_member_number(mapping, "chips");
}

/* ---- The picture ---- */

static void draw_run(tw_text *out, const json_t *schedule, const json_t *step, const json_t *run,
                     double full, double *chip) {
    const double machine = fmax(tw_member_number(schedule, "chips"), 1);
    const double start = tw_member_number(step, "start_cycle");
    const double cycles = fmax(tw_member_number(step, "end_cycle") - start, 0);
    const double chips = fmin(chips_of(schedule, run), machine - *chip);
    char text[TW_NUMBER_TEXT];
    if (chips <= 0)
        return;
    tw_text_add(out,
                "<rect class=\"s%zu\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\">"
                "<title>",
                index_of(run, "layer") % TW_HTML_COLORS, WIDTH * start / full,
                TOP + HEIGHT * *chip / machine, fmax(WIDTH * cycles / full, 0.5),
                HEIGHT * chips / machine);
    tw_html_escape(out, tw_member_text(run, "name"));
    tw_number_count(text, cycles);
    tw_text_add(out, ": %s cycles", text);
    if (machine > 1)
        tw_text_add(out, ", %.0f of %.0f chips", chips, machine);
    tw_text_add(out, "</title></rect>");
    *chip += chips;
}

static void draw_timeline(tw_text *out, const json_t *schedule) {
    const double full = tw_member_number(schedule, "latency_cycles");
    char text[TW_NUMBER_TEXT];
    size_t i, k;
    json_t *step, *run;
    if (full <= 0)
        return;
    tw_text_add(out,
                "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\"><title>Which layer runs when, on "
                "how many chips</title><rect class=\"box\" x=\"0\" y=\"%d\" width=\"%d\" "
                "height=\"%d\"/>",
                WIDTH, HEIGHT + TOP + AXIS, TOP, WIDTH, HEIGHT);
    json_array_foreach(member(schedule, "steps"), i, step) {
        double chip = 0;
        json_array_foreach(member(step, "runs"), k, run)
            draw_run(out, schedule, step, run, full, &chip);
    }
    tw_number_count(text, full);
    tw_text_add(
        out,
        "<text x=\"0\" y=\"%d\">0</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s "
        "cycles</text></svg><figcaption>Time to the right, chips downwards; point at a "
        "piece to see its layer. The numbers are in the table below.</figcaption></figure>\n",
        HEIGHT + TOP + AXIS - 8, WIDTH, HEIGHT + TOP + AXIS - 8, text);
}

/* ---- Tables ---- */

static void write_runs(tw_text *out, const json_t *schedule, const json_t *step) {
    const bool several = tw_member_number(schedule, "chips") > 1;
    size_t k;
    json_t *run;
    tw_text_add(out, "<td class=\"w\">");
    json_array_foreach(member(step, "runs"), k, run) {
        tw_text_add(out, "%s", k ? ", " : "");
        tw_html_escape(out, tw_member_text(run, "name"));
        if (several)
            tw_text_add(out, " (%.0f)", chips_of(schedule, run));
    }
    tw_text_add(out, "</td>");
}

static void write_steps(tw_text *out, const json_t *schedule, char tag) {
    char id[16];
    size_t i;
    json_t *step;
    snprintf(id, sizeof id, "steps-%c", tag);
    tw_html_table_begin(out, id, "Steps, one after the other");
    tw_html_heading(out, "Step", true);
    tw_html_heading(out, "Start", true);
    tw_html_heading(out, "Cycles", true);
    tw_html_heading(out, "Energy", true);
    tw_html_heading(out, "Words that stayed on the chips", true);
    tw_html_heading(out, tw_member_number(schedule, "chips") > 1 ? "Layers (chips)" : "Layers",
                    false);
    tw_html_table_rows(out);
    json_array_foreach(member(schedule, "steps"), i, step) {
        const double start = tw_member_number(step, "start_cycle");
        tw_text_add(out, "<tr>");
        tw_html_count(out, (double)i + 1);
        tw_html_count(out, start);
        tw_html_count(out, tw_member_number(step, "end_cycle") - start);
        tw_html_energy(out, tw_member_number(step, "energy_pj"));
        tw_html_count(out, tw_member_number(step, "reused_words"));
        write_runs(out, schedule, step);
        tw_text_add(out, "</tr>\n");
    }
    tw_html_table_end(out);
}

/* Of very many points some, the ends among them. */
static void write_front(tw_text *out, const json_t *schedule, char tag) {
    const json_t *front = member(schedule, "pareto");
    const size_t count = json_array_size(front);
    const size_t shown = count < MOST_POINTS ? count : MOST_POINTS;
    char id[16];
    if (count == 0)
        return;
    snprintf(id, sizeof id, "points-%c", tag);
    tw_html_table_begin(out, id,
                        shown < count
                            ? "Some points of the front of the whole network"
                            : "Front of the whole network: no schedule is better in both");
    tw_html_heading(out, "Point", true);
    tw_html_heading(out, "Energy", true);
    tw_html_heading(out, "Cycles", true);
    tw_html_table_rows(out);
    for (size_t i = 0; i < shown; i++) {
        const size_t at = shown > 1 ? i * (count - 1) / (shown - 1) : 0;
        const json_t *point = json_array_get(front, at);
        tw_text_add(out, "<tr>");
        tw_html_count(out, (double)at + 1);
        tw_html_energy(out, tw_member_number(point, "energy_pj"));
        tw_html_count(out, tw_member_number(point, "latency_cycles"));
        tw_text_add(out, "</tr>\n");
    }
    tw_html_table_end(out);
}

static void write_sums(tw_text *out, const json_t *root, const json_t *schedule) {
    const json_t *sums[] = {member(root, "total"), schedule};
    static const char *const names[] = {"One layer after the other, each at its best: ",
                                        "as scheduled: "};
    tw_text_add(out, "<p>");
    for (int i = 0; i < 2; i++) {
        char energy[TW_NUMBER_TEXT], cycles[TW_NUMBER_TEXT];
        tw_number_energy(energy, tw_member_number(sums[i], "energy_pj"));
        tw_number_count(cycles, tw_member_number(sums[i], "latency_cycles"));
        tw_text_add(out, "%s%s and %s cycles%s", names[i], energy, cycles, i ? "" : "; ");
    }
    tw_text_add(out, " (");
    tw_html_escape(out, tw_member_text(schedule, "status"));
    tw_text_add(out, ").</p>\n");
}

void tw_html_schedule(tw_text *out, const json_t *root, char tag) {
    const json_t *schedule = member(root, "schedule");
    if (!json_is_object(schedule))
        return;
    tw_text_add(out, "<h2 id=\"schedule-%c-h\">Schedule of the network</h2>\n", tag);
    write_sums(out, root, schedule);
    draw_timeline(out, schedule);
    write_steps(out, schedule, tag);
    write_front(out, schedule, tag);
}
