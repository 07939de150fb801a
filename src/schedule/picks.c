#include "schedule/picks.h"

#include <math.h>
#include <string.h>

typedef struct {
    tw_ctx *ctx;
    const tw_schedule_problem *problem;
    const tw_walk_goal *goal;
    tw_picks *picks;
    tw_choice *largest; /* per layer: the largest tiles of any of its choices */
    tw_reuse *found;    /* scratch: the most that each choice can find */
} maker;

static const tw_choices *choices_of(const maker *m, size_t layer) {
    return m->problem->layers[layer].choices;
}

static void find_largest(maker *m) {
    for (size_t i = 0; i < m->problem->layer_count; i++)
        for (size_t c = 0; c < choices_of(m, i)->alone_count; c++) {
            const tw_choice *choice = &choices_of(m, i)->alone[c];
            tw_choice *most = &m->largest[i];
            for (int a = 0; a < TW_HELD_AXES; a++) {
                if (choice->held_input[a] > most->held_input[a])
                    most->held_input[a] = choice->held_input[a];
                if (choice->held_output[a] > most->held_output[a])
                    most->held_output[a] = choice->held_output[a];
            }
        }
}

static bool takes(const maker *m, size_t layer) {
    const int producer = m->problem->layers[layer].producer;
    return producer >= 0 && tw_reuse_is_possible(m->problem, (uint32_t)producer, (uint32_t)layer);
}

/* The most that any later layer saves by what each choice of this one leaves. */
static tw_status bound_given(maker *m, size_t layer) {
    tw_picks *picks = &m->picks[layer];
    const tw_choices *own = choices_of(m, layer);
    for (size_t q = layer + 1; q < m->problem->layer_count; q++) {
        if (!tw_reuse_is_possible(m->problem, (uint32_t)layer, (uint32_t)q))
            continue;
        if (!picks->gives) {
            picks->gives = true;
            picks->given_pj = tw_alloc_array(m->ctx, own->alone_count + 1, sizeof(double));
            picks->given_cycles = tw_alloc_array(m->ctx, own->alone_count + 1, sizeof(double));
            if (!picks->given_pj || !picks->given_cycles)
                return tw_out_of_memory(m->ctx);
        }
        for (size_t c = 0; c < own->alone_count; c++) {
            const tw_reuse reuse = tw_reuse_between(m->problem, (uint32_t)layer, &own->alone[c],
                                                    (uint32_t)q, &m->largest[q]);
            picks->given_pj[c] = fmax(picks->given_pj[c], tw_reuse_pj(&reuse));
            picks->given_cycles[c] = fmax(picks->given_cycles[c], tw_reuse_cycles(&reuse));
        }
    }
    return TW_OK;
}

/* The most that each choice of the layer can find on the chips. */
static void bound_found(maker *m, size_t layer, bool after_producer) {
    const tw_choices *own = choices_of(m, layer);
    const int producer = m->problem->layers[layer].producer;
    for (size_t c = 0; c < own->alone_count; c++)
        m->found[c] = after_producer
                          ? tw_reuse_between(m->problem, (uint32_t)producer, &m->largest[producer],
                                             (uint32_t)layer, &own->alone[c])
                          : (tw_reuse){0};
}

/* Whether choice a makes b useless: with all that b could save and a does not, or holding at least
 * as much of what matters. Of equal ones the first stays. */
static bool beats(const maker *m, size_t layer, bool after_producer, size_t a, size_t b) {
    const tw_picks *picks = &m->picks[layer];
    const tw_choices *own = choices_of(m, layer);
    const tw_choice *x = &own->alone[a], *y = &own->alone[b];
    const double repeat = (double)m->problem->layers[layer].repeat;
    const double x_pj = repeat * x->energy_pj, x_cycles = repeat * x->cycles;
    const double y_pj = repeat * y->energy_pj, y_cycles = repeat * y->cycles;
    const bool no_worse = tw_goal_no_worse(m->goal, x_pj, x_cycles, y_pj, y_cycles);
    const bool equal = no_worse && tw_goal_no_worse(m->goal, y_pj, y_cycles, x_pj, x_cycles);
    if (!no_worse)
        return false;
    const bool covers = (!picks->gives || tw_held_covers(x->held_output, y->held_output)) &&
                        (!after_producer || tw_held_covers(x->held_input, y->held_input));
    if (covers) {
        const bool covered = (!picks->gives || tw_held_covers(y->held_output, x->held_output)) &&
                             (!after_producer || tw_held_covers(y->held_input, x->held_input));
        return !(equal && covered) || a < b;
    }
    const double saved_pj = tw_reuse_pj(&m->found[b]) + (picks->gives ? picks->given_pj[b] : 0);
    const double saved_cycles =
        tw_reuse_cycles(&m->found[b]) + (picks->gives ? picks->given_cycles[b] : 0);
    return (saved_pj > 0 || saved_cycles > 0) &&
           tw_goal_no_worse(m->goal, x_pj, x_cycles, y_pj - saved_pj, y_cycles - saved_cycles);
}

static bool is_useless(const maker *m, size_t layer, bool after_producer, size_t choice) {
    for (size_t c = 0; c < choices_of(m, layer)->alone_count; c++)
        if (c != choice && beats(m, layer, after_producer, c, choice))
            return true;
    return false;
}

static tw_status pick(maker *m, size_t layer, bool after_producer, tw_pick_list *out) {
    const size_t count = choices_of(m, layer)->alone_count;
    out->choices = tw_alloc_array(m->ctx, count + 1, sizeof *out->choices);
    if (!out->choices)
        return tw_out_of_memory(m->ctx);
    bound_found(m, layer, after_producer);
    for (size_t c = 0; c < count; c++)
        if (!is_useless(m, layer, after_producer, c))
            out->choices[out->count++] = (uint32_t)c;
    return TW_OK;
}

static tw_status make(maker *m) {
    find_largest(m);
    for (size_t i = 0; i < m->problem->layer_count; i++) {
        TW_TRY(bound_given(m, i));
        TW_TRY(pick(m, i, false, &m->picks[i].plain));
        if (takes(m, i))
            TW_TRY(pick(m, i, true, &m->picks[i].after_producer));
    }
    return TW_OK;
}

tw_status tw_picks_make(tw_ctx *ctx, const tw_schedule_problem *problem, const tw_walk_goal *goal,
                        tw_picks **out) {
    const size_t layers = problem->layer_count;
    size_t most = 0;
    for (size_t i = 0; i < layers; i++)
        if (problem->layers[i].choices->alone_count > most)
            most = problem->layers[i].choices->alone_count;
    maker m = {.ctx = ctx, .problem = problem, .goal = goal};
    *out = m.picks = tw_alloc_array(ctx, layers + 1, sizeof *m.picks);
    m.largest = tw_alloc_array(ctx, layers + 1, sizeof *m.largest);
    m.found = tw_alloc_array(ctx, most + 1, sizeof *m.found);
    const tw_status status = m.picks && m.largest && m.found ? make(&m) : tw_out_of_memory(ctx);
    tw_free(ctx, m.largest);
    tw_free(ctx, m.found);
    return status;
}

void tw_picks_free(tw_ctx *ctx, tw_picks *picks, size_t layer_count) {
    for (size_t i = 0; picks && i < layer_count; i++) {
        tw_free(ctx, picks[i].plain.choices);
        tw_free(ctx, picks[i].after_producer.choices);
        tw_free(ctx, picks[i].given_pj);
        tw_free(ctx, picks[i].given_cycles);
    }
    tw_free(ctx, picks);
}
