#include "schedule/steps.h"

#include <math.h>

#include "base/checked.h"

tw_status tw_schedule_alloc(tw_ctx *ctx, size_t layer_count, tw_schedule *out) {
    *out = (tw_schedule){.steps = tw_alloc_array(ctx, layer_count + 1, sizeof *out->steps)};
    if (out->steps)
        out->runs = tw_alloc_array(ctx, layer_count + 1, sizeof *out->runs);
    if (out->runs)
        return TW_OK;
    tw_schedule_free(ctx, out);
    return tw_out_of_memory(ctx);
}

void tw_schedule_free(tw_ctx *ctx, tw_schedule *schedule) {
    tw_free(ctx, schedule->steps);
    tw_free(ctx, schedule->runs);
    *schedule = (tw_schedule){0};
}

void tw_schedule_append_alone(tw_schedule *schedule, uint32_t layer, uint32_t choice) {
    schedule->steps[schedule->step_count++] =
        (tw_step){.first_run = (uint32_t)schedule->run_count, .run_count = 1};
    schedule->runs[schedule->run_count++] = (tw_run){layer, choice};
}

bool tw_reuse_is_possible(const tw_schedule_problem *problem, uint32_t before, uint32_t layer) {
    const tw_planned_layer *layers = problem->layers;
    return problem->machine.reuse && layers[layer].producer == (int)before &&
           layers[before].repeat == 1 && layers[layer].repeat == 1;
}

tw_reuse tw_reuse_between(const tw_schedule_problem *problem, uint32_t before,
                          const tw_choice *before_choice, uint32_t layer, const tw_choice *choice) {
    const tw_schedule_machine *m = &problem->machine;
    tw_reuse reuse = {.words = 1};
    bool overflow = false;
    if (!tw_reuse_is_possible(problem, before, layer))
        return (tw_reuse){0};
    for (int a = 0; a < TW_HELD_AXES; a++) {
        const uint64_t given = before_choice->held_output[a], taken = choice->held_input[a];
        reuse.words = tw_mul_u64(reuse.words, given < taken ? given : taken, &overflow);
    }
    if (overflow || reuse.words == 0)
        return (tw_reuse){0};
    const double words = (double)reuse.words, transfers = ceil(words / m->words_per_cycle);
    reuse.read_cycles = transfers * m->read_cycles;
    reuse.read_pj = words * m->read_pj + m->static_pj_per_cycle * reuse.read_cycles;
    if (!problem->layers[layer].sole_reader)
        return reuse; /* others read the words from memory */
    reuse.write_cycles = transfers * m->write_cycles;
    reuse.write_pj = words * m->write_pj + m->static_pj_per_cycle * reuse.write_cycles;
    return reuse;
}

static const tw_choice *alone_choice(const tw_schedule_problem *problem,
                                     const tw_schedule *schedule, const tw_step *step) {
    const tw_run *run = &schedule->runs[step->first_run];
    return &problem->layers[run->layer].choices->alone[run->choice];
}

static tw_reuse reuse_between_steps(const tw_schedule_problem *problem, const tw_schedule *schedule,
                                    size_t before, size_t step) {
    const tw_step *a = &schedule->steps[before], *b = &schedule->steps[step];
    if (step >= schedule->step_count || a->run_count != 1 || b->run_count != 1)
        return (tw_reuse){0};
    return tw_reuse_between(problem, schedule->runs[a->first_run].layer,
                            alone_choice(problem, schedule, a), schedule->runs[b->first_run].layer,
                            alone_choice(problem, schedule, b));
}

/* What a layer finds it need not read, what the next one finds it need not write. */
static void price_alone(const tw_schedule_problem *problem, const tw_schedule *schedule,
                        size_t index, tw_step *step, double *cycles) {
    const tw_choice *choice = alone_choice(problem, schedule, step);
    const double repeat = (double)problem->layers[schedule->runs[step->first_run].layer].repeat;
    tw_reuse found = {0};
    if (index > 0)
        found = reuse_between_steps(problem, schedule, index - 1, index);
    const tw_reuse left = reuse_between_steps(problem, schedule, index, index + 1);
    step->energy_pj = repeat * choice->energy_pj - found.read_pj - left.write_pj;
    *cycles = repeat * choice->cycles - found.read_cycles - left.write_cycles;
    step->reused_words = found.words;
}

static void price_side_by_side(const tw_schedule_problem *problem, const tw_schedule *schedule,
                               tw_step *step, double *cycles) {
    step->energy_pj = 0;
    *cycles = 0;
    step->reused_words = 0;
    for (uint32_t i = 0; i < step->run_count; i++) {
        const tw_run *run = &schedule->runs[step->first_run + i];
        const tw_planned_layer *layer = &problem->layers[run->layer];
        const tw_choice *choice = &layer->choices->side[run->choice];
        step->energy_pj += (double)layer->repeat * choice->energy_pj;
        *cycles = fmax(*cycles, (double)layer->repeat * choice->cycles);
    }
    step->energy_pj += problem->machine.static_pj_per_cycle * *cycles;
}

void tw_schedule_price(const tw_schedule_problem *problem, tw_schedule *schedule) {
    schedule->energy_pj = schedule->cycles = 0;
    schedule->reused_words = 0;
    for (size_t i = 0; i < schedule->step_count; i++) {
        tw_step *step = &schedule->steps[i];
        double cycles = 0;
        if (step->run_count == 1)
            price_alone(problem, schedule, i, step, &cycles);
        else
            price_side_by_side(problem, schedule, step, &cycles);
        step->start_cycle = schedule->cycles;
        schedule->energy_pj += step->energy_pj;
        schedule->cycles += cycles;
        schedule->reused_words += step->reused_words;
        step->end_cycle = schedule->cycles;
    }
}

/* Whether the runs of a step may run then, given the step in which each layer ran (0: not yet,
 * steps count from 1). */
static tw_schedule_fault check_step(const tw_schedule_problem *problem, const tw_schedule *schedule,
                                    size_t index, uint32_t *ran, uint32_t *layer) {
    const tw_step *step = &schedule->steps[index];
    uint64_t chips = 0;
    for (uint32_t i = 0; i < step->run_count; i++) {
        const tw_run *run = &schedule->runs[step->first_run + i];
        const tw_choices *choices = problem->layers[run->layer].choices;
        *layer = run->layer;
        if (ran[run->layer])
            return TW_SCHEDULE_TWICE;
        ran[run->layer] = (uint32_t)index + 1;
        chips += (step->run_count == 1 ? choices->alone : choices->side)[run->choice].chips;
    }
    if (chips > problem->machine.chips)
        return TW_SCHEDULE_CHIPS;
    for (uint32_t i = 0; i < step->run_count; i++) {
        *layer = schedule->runs[step->first_run + i].layer;
        const tw_planned_layer *at = &problem->layers[*layer];
        for (size_t b = 0; b < at->before_count; b++)
            if (!ran[at->before[b]] || ran[at->before[b]] > index)
                return TW_SCHEDULE_TOO_EARLY;
    }
    return TW_SCHEDULE_VALID;
}

tw_status tw_schedule_check(tw_ctx *ctx, const tw_schedule_problem *problem,
                            const tw_schedule *schedule, tw_schedule_fault *fault,
                            uint32_t *layer) {
    uint32_t *ran = tw_alloc_array(ctx, problem->layer_count + 1, sizeof *ran);
    if (!ran)
        return tw_out_of_memory(ctx);
    *fault = TW_SCHEDULE_VALID;
    *layer = 0;
    for (size_t i = 0; i < schedule->step_count && *fault == TW_SCHEDULE_VALID; i++)
        *fault = check_step(problem, schedule, i, ran, layer);
    for (size_t i = 0; i < problem->layer_count && *fault == TW_SCHEDULE_VALID; i++)
        if (!ran[i]) {
            *fault = TW_SCHEDULE_MISSING;
            *layer = (uint32_t)i;
        }
    tw_free(ctx, ran);
    return TW_OK;
}
