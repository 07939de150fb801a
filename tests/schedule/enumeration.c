#include "enumeration.h"

#include <math.h>
#include <stdlib.h>

static double saved_words(const tw_choice *from, const tw_choice *to) {
    double words = 1;
    for (int a = 0; a < TW_HELD_AXES; a++)
        words *= fmin((double)from->held_output[a], (double)to->held_input[a]);
    return words;
}

static int compare_points(const void *a, const void *b) {
    const point *x = a, *y = b;
    if (x->energy_pj != y->energy_pj)
        return x->energy_pj < y->energy_pj ? -1 : 1;
    return (x->cycles > y->cycles) - (x->cycles < y->cycles);
}

static void keep_front(enumeration *e) {
    size_t kept = 0;
    qsort(e->points, e->count, sizeof *e->points, compare_points);
    for (size_t i = 0; i < e->count; i++)
        if (kept == 0 || e->points[i].cycles < e->points[kept - 1].cycles)
            e->points[kept++] = e->points[i];
    e->count = kept;
}

static void add_schedule(enumeration *e, point at) {
    e->energy_pj = fmin(e->energy_pj, at.energy_pj);
    e->cycles = fmin(e->cycles, at.cycles);
    e->product = fmin(e->product, at.energy_pj * at.cycles);
    if (e->count == MOST_POINTS)
        keep_front(e);
    e->points[e->count++] = at;
}

static bool is_ready(const tw_planned_layer *layer, unsigned done) {
    for (size_t b = 0; b < layer->before_count; b++)
        if (!(done >> layer->before[b] & 1))
            return false;
    return true;
}

static void enumerate(enumeration *e, unsigned done, int last, const tw_choice *last_choice,
                      point at);

static void enumerate_alone(enumeration *e, unsigned done, int last, const tw_choice *last_choice,
                            point at, size_t i) {
    const tw_planned_layer *layers = e->problem->layers, *layer = &layers[i];
    const tw_schedule_machine *m = &e->problem->machine;
    for (size_t c = 0; c < layer->choices->alone_count; c++) {
        const tw_choice *choice = &layer->choices->alone[c];
        point next = {at.energy_pj + (double)layer->repeat * choice->energy_pj,
                      at.cycles + (double)layer->repeat * choice->cycles};
        if (m->reuse && last >= 0 && layer->producer == last && layer->repeat == 1 &&
            layers[last].repeat == 1) {
            const double words = saved_words(last_choice, choice);
            const double transfers = ceil(words / m->words_per_cycle);
            double cycles = transfers * m->read_cycles;
            next.energy_pj -= words * m->read_pj;
            if (layer->sole_reader) {
                cycles += transfers * m->write_cycles;
                next.energy_pj -= words * m->write_pj;
            }
            next.energy_pj -= cycles * m->static_pj_per_cycle;
            next.cycles -= cycles;
        }
        enumerate(e, done | 1U << i, (int)i, choice, next);
    }
}

/* The choices of the layers in `group` from `i` on. */
static void enumerate_group(enumeration *e, unsigned done, unsigned group, size_t i, uint64_t chips,
                            double energy_pj, double slowest, point at) {
    const tw_schedule_machine *m = &e->problem->machine;
    while (i < e->problem->layer_count && !(group >> i & 1))
        i++;
    if (i == e->problem->layer_count) {
        at.energy_pj += energy_pj + slowest * m->static_pj_per_cycle;
        at.cycles += slowest;
        enumerate(e, done | group, -1, NULL, at);
        return;
    }
    const tw_planned_layer *layer = &e->problem->layers[i];
    for (size_t c = 0; c < layer->choices->side_count; c++) {
        const tw_choice *choice = &layer->choices->side[c];
        if (chips + choice->chips <= m->chips)
            enumerate_group(e, done, group, i + 1, chips + choice->chips,
                            energy_pj + (double)layer->repeat * choice->energy_pj,
                            fmax(slowest, (double)layer->repeat * choice->cycles), at);
    }
}

static void enumerate(enumeration *e, unsigned done, int last, const tw_choice *last_choice,
                      point at) {
    const size_t layers = e->problem->layer_count;
    unsigned ready = 0;
    for (size_t i = 0; i < layers; i++)
        if (!(done >> i & 1) && is_ready(&e->problem->layers[i], done))
            ready |= 1U << i;
    if (!ready)
        add_schedule(e, at);
    for (unsigned group = ready; group; group = (group - 1) & ready) {
        if (group & (group - 1))
            enumerate_group(e, done, group, 0, 0, 0, 0, at);
        else
            enumerate_alone(e, done, last, last_choice, at, (size_t)__builtin_ctz(group));
    }
}

void enumerate_schedules(enumeration *e) {
    e->count = 0;
    e->energy_pj = e->cycles = e->product = HUGE_VAL;
    enumerate(e, 0, -1, NULL, (point){0, 0});
    keep_front(e);
}
