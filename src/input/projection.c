#include "input/projection.h"

#include <string.h>

#include "base/checked.h"
#include "workload/operations.h"

typedef struct {
    tw_ctx *ctx;
    const tw_position *at;
    const tw_projection *projection;
    uint32_t in[TW_PROJECTION_LOOPS]; /* bit t: tensor t is indexed by the loop */
    bool window[TW_PROJECTION_LOOPS]; /* part of a window */
    uint64_t extent[TW_DIM_COUNT], stride[2], dilation[2];
    bool overflow;
} matcher;

static tw_status fail_loop(const matcher *m, unsigned loop, const char *why) {
    return tw_fail(m->ctx, TW_INVALID, m->at, "loop %.40s %s", m->projection->loops[loop].name,
                   why);
}

static unsigned output_of(const tw_projection *p) {
    return p->tensor_count - 1;
}

/* The one tensor that is neither weight nor output when there are two inputs; else the first. */
static unsigned input_of(const tw_projection *p) {
    return p->weight == 0 ? 1 : 0;
}

static void index_loops(matcher *m) {
    const tw_projection *p = m->projection;
    for (unsigned t = 0; t < p->tensor_count; t++)
        for (unsigned a = 0; a < p->tensors[t].axis_count; a++)
            for (unsigned i = 0; i < p->tensors[t].axes[a].term_count; i++)
                m->in[p->tensors[t].axes[a].terms[i].loop] |= 1u << t;
}

static bool is_named(const matcher *m, unsigned loop, const char *const *names) {
    for (; *names; names++)
        if (strcasecmp(m->projection->loops[loop].name, *names) == 0)
            return true;
    return false;
}

static const char *const row_names[] = {"P", "OY", "Y", "OH", NULL};
static const char *const column_names[] = {"Q", "OX", "X", "OW", NULL};
static const char *const batch_names[] = {"N", "B", "batch", NULL};

static void multiply(matcher *m, tw_dim dim, unsigned loop) {
    m->extent[dim] = tw_mul_u64(m->extent[dim], m->projection->loops[loop].extent, &m->overflow);
}

/* An axis of the input with two loops: one of the output, one that slides over it. */
static tw_status match_window(matcher *m, const tw_projection_axis *axis, unsigned *windows,
                              bool *rows_taken) {
    static const tw_dim outputs[2] = {TW_DIM_P, TW_DIM_Q}, taps[2] = {TW_DIM_R, TW_DIM_S};
    const uint32_t output = 1u << output_of(m->projection);
    const unsigned first = axis->terms[0].loop, second = axis->terms[1].loop;
    const bool first_out = (m->in[first] & output) != 0, second_out = (m->in[second] & output) != 0;
    if (first_out == second_out)
        return fail_loop(m, first, "shares an axis with another, but not as a sliding window does");
    if (*windows == 2)
        return fail_loop(m, first, "makes a third window, operations have two");
    const unsigned out = first_out ? 0 : 1, tap = 1 - out;
    unsigned side = *windows == 0 ? 0 : *rows_taken ? 1 : 0;
    if (*windows == 0 && is_named(m, axis->terms[out].loop, column_names))
        side = 1;
    *rows_taken |= side == 0;
    ++*windows;
    multiply(m, outputs[side], axis->terms[out].loop);
    multiply(m, taps[side], axis->terms[tap].loop);
    m->window[first] = m->window[second] = true;
    m->stride[side] = axis->terms[out].coefficient;
    m->dilation[side] = axis->terms[tap].coefficient;
    return TW_OK;
}

static tw_status match_windows(matcher *m, bool *any) {
    const tw_projection *p = m->projection;
    unsigned windows = 0;
    bool rows_taken = false;
    for (unsigned t = 0; t < p->tensor_count; t++)
        for (unsigned a = 0; a < p->tensors[t].axis_count; a++) {
            const tw_projection_axis *axis = &p->tensors[t].axes[a];
            if (axis->term_count < 2)
                continue;
            if (t != input_of(p) || p->tensor_count > 3)
                return fail_loop(m, axis->terms[0].loop,
                                 "makes a window in a tensor that is not the input");
            TW_TRY(match_window(m, axis, &windows, &rows_taken));
        }
    *any = windows > 0;
    return TW_OK;
}

/* A loop with a stride of its own but no taps, as in a 1 x 1 convolution. */
static tw_status match_plain_stride(matcher *m, unsigned loop, tw_dim dim) {
    const tw_projection *p = m->projection;
    for (unsigned t = 0; t < p->tensor_count; t++)
        for (unsigned a = 0; a < p->tensors[t].axis_count; a++) {
            const tw_projection_axis *axis = &p->tensors[t].axes[a];
            if (axis->term_count != 1 || axis->terms[0].loop != loop ||
                axis->terms[0].coefficient == 1)
                continue;
            if (t != input_of(p) || (dim != TW_DIM_P && dim != TW_DIM_Q))
                return fail_loop(m, loop, "has a stride, which only output rows and columns have");
            m->stride[dim == TW_DIM_Q] = axis->terms[0].coefficient;
        }
    return TW_OK;
}

/* Input and output, not the weight. */
static tw_dim moving_dim(const matcher *m, unsigned loop, tw_dim otherwise) {
    return is_named(m, loop, row_names)      ? TW_DIM_P
           : is_named(m, loop, column_names) ? TW_DIM_Q
           : is_named(m, loop, batch_names)  ? TW_DIM_B
                                             : otherwise;
}

static tw_status match_product(matcher *m, const tw_operation **operation, bool window) {
    const tw_projection *p = m->projection;
    const uint32_t input = 1u << input_of(p), weight = 1u << p->weight, output = 1u << 2;
    bool spatial = window;
    for (unsigned l = 0; l < p->loop_count; l++) {
        if (m->window[l] || m->in[l] == 0)
            continue;
        const tw_dim dim = m->in[l] == (input | weight | output) ? TW_DIM_G
                           : m->in[l] == (weight | output)       ? TW_DIM_K
                           : m->in[l] == (input | weight)        ? TW_DIM_C
                                                                 : moving_dim(m, l, TW_DIM_B);
        if (dim != TW_DIM_G && dim != TW_DIM_K && dim != TW_DIM_C && m->in[l] != (input | output))
            return fail_loop(m, l, "indexes one tensor alone");
        spatial |= dim == TW_DIM_P || dim == TW_DIM_Q;
        TW_TRY(match_plain_stride(m, l, dim));
        multiply(m, dim, l);
    }
    *operation = tw_operation_by_name(spatial ? "conv" : m->extent[TW_DIM_G] > 1 ? "bmm" : "gemm");
    return TW_OK;
}

static tw_status match_pool(matcher *m) {
    const tw_projection *p = m->projection;
    const uint32_t both = 3;
    for (unsigned l = 0; l < p->loop_count; l++) {
        if (m->window[l] || m->in[l] == 0)
            continue;
        if (m->in[l] != both && m->in[l] != 1)
            return fail_loop(m, l, "indexes the output alone");
        const tw_dim dim = m->in[l] == 1 ? TW_DIM_R : moving_dim(m, l, TW_DIM_K);
        TW_TRY(match_plain_stride(m, l, dim));
        multiply(m, dim, l);
    }
    return TW_OK;
}

static bool all_shared(const matcher *m) {
    const tw_projection *p = m->projection;
    for (unsigned l = 0; l < p->loop_count; l++)
        if (m->in[l] && m->in[l] != (1u << p->tensor_count) - 1)
            return false;
    return true;
}

static tw_status match_eltwise(matcher *m) {
    for (unsigned l = 0; l < m->projection->loop_count; l++) {
        const tw_dim dim = moving_dim(m, l, TW_DIM_K);
        TW_TRY(match_plain_stride(m, l, dim));
        if (m->in[l])
            multiply(m, dim, l);
    }
    return TW_OK;
}

static tw_status match(matcher *m, const tw_operation **operation, unsigned *operands) {
    bool window = false;
    const unsigned tensors = m->projection->tensor_count;
    *operands = 1;
    index_loops(m);
    for (unsigned l = 0; l < m->projection->loop_count; l++)
        if (m->in[l] == 0 && m->projection->loops[l].extent != 1)
            return fail_loop(m, l, "indexes no tensor");
    TW_TRY(match_windows(m, &window));
    if (!window && all_shared(m)) {
        *operation = tw_operation_by_name("eltwise");
        *operands = tensors - 1;
        return match_eltwise(m);
    }
    if (tensors == 2) {
        *operation = tw_operation_by_name("pool");
        return match_pool(m);
    }
    if (tensors == 3)
        return match_product(m, operation, window);
    return tw_fail(m->ctx, TW_INVALID, m->at, "an operation on %u tensors is none of ours",
                   tensors);
}

tw_status tw_projection_problem(tw_ctx *ctx, const tw_position *at, const tw_projection *projection,
                                tw_problem *out) {
    matcher m = {
        .ctx = ctx, .at = at, .projection = projection, .stride = {1, 1}, .dilation = {1, 1}};
    const tw_operation *operation = NULL;
    unsigned operands = 1;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        m.extent[d] = 1;
    TW_TRY(match(&m, &operation, &operands));
    if (m.overflow)
        return tw_fail(ctx, TW_INVALID, at, "the sizes multiply to more than 64 bits");
    return tw_problem_make(ctx, at, operation, m.extent, m.stride, m.dilation, operands, out);
}
