/* Every layer adds at least its own best to a weighted sum of energy and time. Alone that is the
 * sum of its choice. Side by side, a step of T cycles on N chips has room for N * T chip cycles, so
 * that a choice of n chips and c cycles is worth a time of n * c / N. What layers can find on the
 * chips comes off, as if each found the most.
 *
 * Bounds of several sums, e + w * t >= v, enclose all schedules in a convex region, over which the
 * product e * t is least at a corner. */
#include "schedule/schedule_bound.h"

#include <math.h>

typedef struct {
    double energy_weight, cycle_weight;
} weights;

static double alone_bound(const tw_choices *choices, const weights *w) {
    double least = HUGE_VAL;
    for (size_t c = 0; c < choices->alone_count; c++)
        least = fmin(least, w->energy_weight * choices->alone[c].energy_pj +
                                w->cycle_weight * choices->alone[c].cycles);
    return least;
}

static double side_bound(const tw_schedule_problem *problem, const tw_choices *choices,
                         const weights *w) {
    const tw_schedule_machine *m = &problem->machine;
    const double of_cycle = w->cycle_weight + w->energy_weight * m->static_pj_per_cycle;
    double least = HUGE_VAL;
    for (size_t c = 0; c < choices->side_count; c++) {
        const tw_choice *choice = &choices->side[c];
        const double cycles = (double)choice->chips * choice->cycles / (double)m->chips;
        least = fmin(least, w->energy_weight * choice->energy_pj + of_cycle * cycles);
    }
    return least;
}

/* Of mappings that are in neither list: on one chip at the least. */
static double unknown_bound(const tw_schedule_problem *problem, const tw_choices *choices,
                            const weights *w) {
    const tw_schedule_machine *m = &problem->machine;
    if (choices->complete)
        return HUGE_VAL;
    return w->energy_weight * choices->least_energy_pj +
           (w->cycle_weight + w->energy_weight * m->static_pj_per_cycle) * choices->least_cycles /
               (double)m->chips;
}

static void take_larger(uint64_t to[TW_HELD_AXES], const uint64_t from[TW_HELD_AXES]) {
    for (int a = 0; a < TW_HELD_AXES; a++)
        if (from[a] > to[a])
            to[a] = from[a];
}

static bool knows_largest_tiles(const tw_choices *choices) {
    return choices->complete || (choices->whole_input[0] > 0 && choices->whole_output[0] > 0);
}

/* The largest tiles of any mapping. */
static tw_choice largest_tiles(const tw_choices *choices) {
    tw_choice largest = {0};
    if (!choices->complete) {
        take_larger(largest.held_input, choices->whole_input);
        take_larger(largest.held_output, choices->whole_output);
    }
    for (size_t c = 0; c < choices->alone_count; c++) {
        take_larger(largest.held_input, choices->alone[c].held_input);
        take_larger(largest.held_output, choices->alone[c].held_output);
    }
    return largest;
}

/* The most that is saved when the layer finds its input on the chips. */
static double reuse_bound(const tw_schedule_problem *problem, uint32_t layer, const weights *w) {
    const int producer = problem->layers[layer].producer;
    if (producer < 0 || !tw_reuse_is_possible(problem, (uint32_t)producer, layer))
        return 0;
    if (!knows_largest_tiles(problem->layers[producer].choices) ||
        !knows_largest_tiles(problem->layers[layer].choices))
        return HUGE_VAL;
    const tw_choice given = largest_tiles(problem->layers[producer].choices);
    const tw_choice taken = largest_tiles(problem->layers[layer].choices);
    const tw_reuse reuse = tw_reuse_between(problem, (uint32_t)producer, &given, layer, &taken);
    return w->energy_weight * tw_reuse_pj(&reuse) + w->cycle_weight * tw_reuse_cycles(&reuse);
}

static double sum_bound(const tw_schedule_problem *problem, weights w) {
    double sum = 0;
    for (size_t i = 0; i < problem->layer_count; i++) {
        const tw_planned_layer *layer = &problem->layers[i];
        const double own =
            fmin(alone_bound(layer->choices, &w), fmin(side_bound(problem, layer->choices, &w),
                                                       unknown_bound(problem, layer->choices, &w)));
        sum += (double)layer->repeat * own - reuse_bound(problem, (uint32_t)i, &w);
    }
    return fmax(sum, 0);
}

enum { LINES = 35 };

/* Energy + w * time is at least v; the last line is time alone. */
typedef struct {
    double energy_weight, cycle_weight, least;
} line;

static void make_lines(const tw_schedule_problem *problem, line lines[LINES]) {
    const double energy_pj = sum_bound(problem, (weights){1, 0});
    const double cycles = sum_bound(problem, (weights){0, 1});
    lines[0] = (line){1, 0, energy_pj};
    lines[LINES - 1] = (line){0, 1, cycles};
    for (int i = 1; i < LINES - 1; i++) {
        const double w = cycles > 0 ? energy_pj / cycles * exp2(0.5 * (i - LINES / 2)) : 1;
        lines[i] = (line){1, w, sum_bound(problem, (weights){1, w})};
    }
}

static bool is_inside(const line lines[LINES], double energy_pj, double cycles) {
    for (int i = 0; i < LINES; i++) {
        const double sum = lines[i].energy_weight * energy_pj + lines[i].cycle_weight * cycles;
        if (sum < lines[i].least * (1 - 1e-9)) /* a corner too many only weakens the bound */
            return false;
    }
    return true;
}

static double product_bound(const tw_schedule_problem *problem) {
    line lines[LINES];
    double least = HUGE_VAL;
    make_lines(problem, lines);
    for (int i = 0; i < LINES; i++)
        for (int j = i + 1; j < LINES; j++) {
            const line *a = &lines[i], *b = &lines[j];
            const double determinant =
                a->energy_weight * b->cycle_weight - b->energy_weight * a->cycle_weight;
            const double energy_pj =
                (a->least * b->cycle_weight - b->least * a->cycle_weight) / determinant;
            const double cycles =
                (b->least * a->energy_weight - a->least * b->energy_weight) / determinant;
            if (determinant > 0 && is_inside(lines, energy_pj, cycles))
                least = fmin(least, fmax(energy_pj, 0) * fmax(cycles, 0));
        }
    return least < HUGE_VAL ? least : 0;
}

double tw_schedule_bound(const tw_schedule_problem *problem, tw_schedule_objective objective) {
    switch (objective) {
    case TW_SCHEDULE_LATENCY:
        return sum_bound(problem, (weights){0, 1});
    case TW_SCHEDULE_EDP:
        return product_bound(problem);
    case TW_SCHEDULE_ENERGY:
    case TW_SCHEDULE_FRONT:
        break;
    }
    return sum_bound(problem, (weights){1, 0});
}
