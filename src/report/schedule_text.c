/* The schedule of a network as text: what it gains over one layer after the other, the steps that
 * are more than that (with details all of them), and the points of a front. */
#include <math.h>
#include <string.h>

#include "network/network_schedule.h"
#include "report/cells.h"
#include "report/report.h"

enum { STEP = 5, NUMBER = 12, CHIPS = 7, WORDS = 10, CYCLES = 24, MOST_POINTS = 24 };

typedef struct {
    const tw_result *result;
    const tw_network_schedule *schedule;
    const tw_write_options *options;
    tw_palette colors;
    tw_text *out;
} writer;

static size_t count_shared_steps(const tw_schedule *schedule) {
    size_t count = 0;
    for (size_t i = 0; i < schedule->step_count; i++)
        count += schedule->steps[i].run_count > 1;
    return count;
}

static void add_status(const writer *w) {
    const tw_network_schedule *s = w->schedule;
    char gap[TW_NUMBER_TEXT];
    const double value = s->objective_value;
    if (s->found == TW_FOUND_OPTIMAL) {
        tw_text_add(w->out, "%soptimal%s", w->colors.good, w->colors.reset);
        return;
    }
    tw_number_percent(gap, value > 0 ? fmax(0, (value - s->lower_bound) / value) : 0);
    tw_text_add(w->out, "%sgap %s", w->colors.warn, gap);
    if (w->result->objective == TW_OBJECTIVE_PARETO && isfinite(s->slack_pj)) {
        tw_number_energy(gap, s->slack_pj);
        tw_text_add(w->out, ", points missing that save at most %s", gap);
    }
    tw_text_add(w->out, "%s", w->colors.reset);
}

static void add_title(const writer *w) {
    const tw_schedule_machine *machine = &w->schedule->problem.machine;
    tw_text_add(w->out, "\n%sSchedule of the network%s: least %s", w->colors.bold, w->colors.reset,
                w->result->objective == TW_OBJECTIVE_PARETO
                    ? "energy and latency"
                    : tw_objective_names[w->result->objective]);
    if (machine->chips > 1)
        tw_text_add(w->out, " on %llu chips", (unsigned long long)machine->chips);
    tw_text_add(w->out, "%s, ", machine->reuse ? ", with reuse between layers" : "");
    add_status(w);
    tw_text_add(w->out, "\n");
}

/* ---- What it gains ---- */

static void add_sums(const writer *w, const char *what, double energy_pj, double cycles) {
    char energy[TW_NUMBER_TEXT], time[TW_NUMBER_TEXT];
    tw_number_energy(energy, energy_pj);
    tw_number_count(time, cycles);
    tw_text_add(w->out, "  %-22s", what);
    tw_cell(w->out, energy, -NUMBER);
    tw_cell(w->out, time, -NUMBER);
    tw_text_add(w->out, " cycles %12.3e J*cycles", energy_pj * cycles * 1e-12);
}

/* "1.2% less energy"; nothing when there is no difference to speak of. */
static void add_change(const writer *w, const char *what, const char *less, const char *more,
                       double value, double before, bool *any) {
    char percent[TW_NUMBER_TEXT];
    const double change = before > 0 ? (value - before) / before : 0;
    if (fabs(change) < 5e-6)
        return;
    tw_number_percent(percent, fabs(change));
    tw_text_add(w->out, "%s%s %s %s", *any ? ", " : ": ", percent, change < 0 ? less : more, what);
    *any = true;
}

static void add_gain(const writer *w) {
    const tw_schedule *s = &w->schedule->schedules[0];
    const tw_total *total = &w->result->total;
    bool any = false;
    add_sums(w, "one after the other", total->energy_pj, total->latency_cycles);
    tw_text_add(w->out, "\n");
    add_sums(w, "as scheduled", s->energy_pj, s->cycles);
    add_change(w, "energy", "less", "more", s->energy_pj, total->energy_pj, &any);
    add_change(w, "cycles", "fewer", "more", s->cycles, total->latency_cycles, &any);
    tw_text_add(w->out, "\n");
}

static void add_summary(const writer *w) {
    const tw_schedule *s = &w->schedule->schedules[0];
    const size_t shared = count_shared_steps(s);
    const size_t layers = w->schedule->problem.layer_count;
    tw_text_add(w->out, "  %zu layer%s in %zu step%s", layers, layers == 1 ? "" : "s",
                s->step_count, s->step_count == 1 ? "" : "s");
    if (shared)
        tw_text_add(w->out, ", %zu of them with layers side by side", shared);
    if (s->reused_words)
        tw_text_add(w->out, "; %llu words stay on the chips", (unsigned long long)s->reused_words);
    tw_text_add(w->out, "\n");
}

/* ---- Steps ---- */

static void add_run(const writer *w, const tw_run *run) {
    const tw_network_schedule *s = w->schedule;
    char chips[TW_NUMBER_TEXT];
    snprintf(chips, sizeof chips, "%llu", (unsigned long long)s->priced[run->choice].chips);
    if (s->problem.machine.chips > 1)
        tw_cell(w->out, chips, -CHIPS);
    tw_text_add(w->out, "  ");
    tw_cell_plain(w->out, w->result->layers[s->result_layer[run->layer]].layer->name);
    tw_text_add(w->out, "\n");
}

static void add_step(const writer *w, const tw_schedule *schedule, size_t index) {
    const tw_step *step = &schedule->steps[index];
    const bool reuse = w->schedule->problem.machine.reuse;
    const int rest = STEP + 3 * NUMBER + (reuse ? WORDS : 0);
    char text[TW_NUMBER_TEXT];
    snprintf(text, sizeof text, "%zu", index + 1);
    tw_text_add(w->out, "  ");
    tw_cell(w->out, text, -STEP);
    tw_number_count(text, step->start_cycle);
    tw_cell(w->out, text, -NUMBER);
    tw_number_count(text, step->end_cycle - step->start_cycle);
    tw_cell(w->out, text, -NUMBER);
    tw_number_energy(text, step->energy_pj);
    tw_cell(w->out, text, -NUMBER);
    tw_number_count(text, (double)step->reused_words);
    if (reuse)
        tw_cell(w->out, step->reused_words ? text : "-", -WORDS);
    for (uint32_t r = 0; r < step->run_count; r++) {
        if (r > 0)
            tw_text_add(w->out, "  %*s", rest, "");
        add_run(w, &schedule->runs[step->first_run + r]);
    }
}

/* Without details only what the table of layers does not show. */
static void add_steps(const writer *w) {
    const tw_schedule *s = &w->schedule->schedules[0];
    const bool reuse = w->schedule->problem.machine.reuse;
    if (!w->options->details && count_shared_steps(s) == 0 && s->reused_words == 0)
        return;
    tw_text_add(w->out, "\n  %s%*s%*s%*s%*s", w->colors.dim, STEP, "step", NUMBER, "start", NUMBER,
                "cycles", NUMBER, "energy");
    if (reuse)
        tw_text_add(w->out, "%*s", WORDS, "reused");
    if (w->schedule->problem.machine.chips > 1)
        tw_text_add(w->out, "%*s", CHIPS, "chips");
    tw_text_add(w->out, "  layer%s\n", w->colors.reset);
    for (size_t i = 0; i < s->step_count; i++)
        if (w->options->details || s->steps[i].run_count > 1 || s->steps[i].reused_words)
            add_step(w, s, i);
}

/* ---- The front ---- */

static void add_point(const writer *w, size_t index) {
    const tw_schedule *s = &w->schedule->schedules[index];
    char text[TW_NUMBER_TEXT];
    snprintf(text, sizeof text, "%zu", index + 1);
    tw_text_add(w->out, "  ");
    tw_cell(w->out, text, -STEP);
    tw_number_energy(text, s->energy_pj);
    tw_cell(w->out, text, -NUMBER);
    tw_format_number(text, s->cycles);
    tw_text_add(w->out, "%*s%12.3e", CYCLES, text, s->energy_pj * s->cycles * 1e-12);
    snprintf(text, sizeof text, "%zu", s->step_count);
    tw_cell(w->out, text, -CHIPS);
    tw_text_add(w->out, "\n");
}

/* All points with details, else some of them, its ends among these. */
static void add_front(const writer *w) {
    const size_t count = w->schedule->schedule_count;
    const size_t shown = w->options->details || count < MOST_POINTS ? count : MOST_POINTS;
    if (w->result->objective != TW_OBJECTIVE_PARETO)
        return;
    tw_text_add(w->out, "\n  %zu points", count);
    if (shown < count)
        tw_text_add(w->out, ", %zu of them here", shown);
    tw_text_add(w->out, "\n  %s%*s%*s%*s%12s%*s%s\n", w->colors.dim, STEP, "point", NUMBER,
                "energy", CYCLES, "cycles", "J*cycles", CHIPS, "steps", w->colors.reset);
    for (size_t i = 0; i < shown; i++)
        add_point(w, shown > 1 ? i * (count - 1) / (shown - 1) : 0);
}

void tw_report_schedule(tw_text *out, const tw_result *result, const tw_write_options *options) {
    const writer w = {.result = result,
                      .schedule = result->schedule,
                      .options = options,
                      .colors = tw_palette_of(options),
                      .out = out};
    if (!result->schedule)
        return;
    add_title(&w);
    add_gain(&w);
    add_summary(&w);
    add_front(&w);
    add_steps(&w);
}
