/* A whole network in time: steps one after the other, each one layer alone on the machine or
 * several independent layers side by side on parts of it.
 *
 * A layer is known here only by what its mappings can cost: a list of choices. Alone, a layer has
 * the whole machine and its memory port, and may find on the chips what the step before left there.
 * Side by side, the machine is split: every layer has some of the chips, and its choices are priced
 * for that share of the port, so that layers do not wait for each other; the step lasts as long as
 * its slowest layer. Energies add up; static power runs for the whole machine all the time.
 *
 * A layer that the network runs several times runs so often in its step, one run after the other.
 */
#ifndef TW_SCHEDULE_STEPS_H
#define TW_SCHEDULE_STEPS_H

#include <stdint.h>

#include "base/ctx.h"

/* The axes along which an output tile meets the input tile of the next layer: batch, channels,
 * rows, columns. */
enum { TW_HELD_AXES = 4 };

/* One mapping of a layer, for one run of it. */
typedef struct {
    double energy_pj; /* alone: all of it; side by side: without static energy */
    double cycles;
    uint64_t chips; /* that it uses */
    /* Of alone choices: extents of the tiles that all chips hold together; 0 where nothing is. */
    uint64_t held_input[TW_HELD_AXES], held_output[TW_HELD_AXES];
} tw_choice;

/* What the layers of one kind can choose from. */
typedef struct {
    size_t alone_count, side_count;
    const tw_choice *alone, *side; /* without choices in `side` a layer always runs alone */
    bool complete;                 /* every mapping is as bad as one of these */
    /* Of any mapping, for when the lists are not complete: the least energy without static, the
     * least cycles, the largest tiles; 0 where nothing is known. */
    double least_energy_pj, least_cycles;
    uint64_t whole_input[TW_HELD_AXES], whole_output[TW_HELD_AXES];
} tw_choices;

enum { TW_NO_PRODUCER = -1 };

typedef struct {
    const tw_choices *choices; /* layers of one kind share theirs */
    uint64_t repeat;
    size_t before_count;
    const uint32_t *before; /* layers that must have run */
    /* The layer whose output this one reads as its only input, or TW_NO_PRODUCER, and whether
     * nothing else reads that output: then it need not be written to memory either. */
    int producer;
    bool sole_reader;
} tw_planned_layer;

typedef struct {
    uint64_t chips;
    double static_pj_per_cycle;
    bool reuse; /* count what a layer finds on the chips */
    /* The memory port, for words that stay on the chips instead of going through it. */
    double words_per_cycle, read_pj, write_pj, read_cycles, write_cycles;
} tw_schedule_machine;

typedef struct {
    tw_schedule_machine machine;
    size_t layer_count;
    const tw_planned_layer *layers; /* each after all that it needs */
} tw_schedule_problem;

typedef struct {
    uint32_t layer, choice; /* index into `alone`, or into `side` when the step has several runs */
} tw_run;

typedef struct {
    uint32_t first_run, run_count;
    double start_cycle, end_cycle, energy_pj;
    uint64_t reused_words; /* found on the chips, left there by the step before */
} tw_step;

typedef struct {
    size_t step_count, run_count;
    tw_step *steps;
    tw_run *runs;
    double energy_pj, cycles;
    uint64_t reused_words;
} tw_schedule;

/* Room for a schedule of all layers; owned by the context. */
tw_status tw_schedule_alloc(tw_ctx *ctx, size_t layer_count, tw_schedule *out) TW_NODISCARD;
void tw_schedule_free(tw_ctx *ctx, tw_schedule *schedule);
/* All layers in order, none yet: each call appends a step with one run. */
void tw_schedule_append_alone(tw_schedule *schedule, uint32_t layer, uint32_t choice);

/* What stays on the chips between two runs of layers that follow each other, both alone: the words
 * that the second need not read, and what the first saves by not writing them; static energy
 * included. */
typedef struct {
    uint64_t words;
    double read_pj, read_cycles;
    double write_pj, write_cycles;
} tw_reuse;
tw_reuse tw_reuse_between(const tw_schedule_problem *problem, uint32_t before,
                          const tw_choice *before_choice, uint32_t layer, const tw_choice *choice);
static inline double tw_reuse_pj(const tw_reuse *reuse) {
    return reuse->read_pj + reuse->write_pj;
}
static inline double tw_reuse_cycles(const tw_reuse *reuse) {
    return reuse->read_cycles + reuse->write_cycles;
}
/* Whether there can be any. */
bool tw_reuse_is_possible(const tw_schedule_problem *problem, uint32_t before, uint32_t layer);

/* Fills in what every step and the whole costs. The one place where it is summed. */
void tw_schedule_price(const tw_schedule_problem *problem, tw_schedule *schedule);

/* What makes a schedule invalid; the text names the layers at fault. */
typedef enum {
    TW_SCHEDULE_VALID,
    TW_SCHEDULE_TWICE,     /* a layer runs twice */
    TW_SCHEDULE_MISSING,   /* a layer does not run */
    TW_SCHEDULE_TOO_EARLY, /* a layer runs before, or beside, one that it needs */
    TW_SCHEDULE_CHIPS      /* a step uses more chips than there are */
} tw_schedule_fault;
/* *layer: the layer at fault, or one of the step at fault. */
tw_status tw_schedule_check(tw_ctx *ctx, const tw_schedule_problem *problem,
                            const tw_schedule *schedule, tw_schedule_fault *fault,
                            uint32_t *layer) TW_NODISCARD;

#endif
