/* From a foreign description of an operation, tensors as lists of axes over named loops, to one of
 * ours. Timeloop's problem shapes and ZigZag's equations are both of this kind.
 *
 * What a loop means follows from the tensors that it indexes: of a product, all three: a group;
 * input and output: the batch, or an output row or column; weight and output: an output channel;
 * input and weight: a reduction. Two loops that share an axis of the input are a window. Several
 * plain loops of one meaning are one loop over all of them. */
#ifndef TW_INPUT_PROJECTION_H
#define TW_INPUT_PROJECTION_H

#include "workload/problem.h"

enum { TW_PROJECTION_LOOPS = 24, TW_PROJECTION_AXES = 16, TW_PROJECTION_TENSORS = 8 };

typedef struct {
    const char *name; /* as written */
    uint64_t extent;
} tw_projection_loop;

typedef struct {
    unsigned term_count;
    struct {
        unsigned loop; /* index */
        uint64_t coefficient;
    } terms[TW_MAX_AXIS_TERMS];
} tw_projection_axis;

typedef struct {
    const char *name;
    unsigned axis_count;
    tw_projection_axis axes[TW_PROJECTION_AXES];
} tw_projection_tensor;

typedef struct {
    unsigned loop_count, tensor_count;
    tw_projection_loop loops[TW_PROJECTION_LOOPS];
    tw_projection_tensor tensors[TW_PROJECTION_TENSORS]; /* inputs, then the output */
    unsigned weight; /* which tensor is the weight; the output's index when there is none */
} tw_projection;

/* TW_INVALID, with a diagnostic at `at`, when it is none of our operations. */
tw_status tw_projection_problem(tw_ctx *ctx, const tw_position *at, const tw_projection *projection,
                                tw_problem *out) TW_NODISCARD;

#endif
