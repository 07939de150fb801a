/* What one layer computes: a perfect loop nest over named dimensions that reads input tensors and
 * accumulates into one output tensor.
 *
 * Every operation uses a subset of the same few dimensions; an absent one has extent 1. A tensor
 * is a list of axes, each a sum of coefficient * dimension, so that everything else (footprints,
 * reuse, order classes) is derived from the axes and knows no operation by name. A tile with
 * extents t has 1 + sum(coefficient * (t_d - 1)) positions on an axis, and their product as
 * volume.
 */
#ifndef TW_WORKLOAD_PROBLEM_H
#define TW_WORKLOAD_PROBLEM_H

#include "base/arena.h"
#include "base/checked.h"

/* K and C are per group; P,Q output rows and columns; R,S kernel rows and columns. */
#define TW_DIM_TABLE(X)                                                                            \
    X(G, "groups, or the batch of a batched matmul")                                               \
    X(B, "batch, or rows of a matrix")                                                             \
    X(K, "output channels per group")                                                              \
    X(C, "input channels per group, the reduction of a matmul")                                    \
    X(P, "output rows")                                                                            \
    X(Q, "output columns")                                                                         \
    X(R, "kernel rows")                                                                            \
    X(S, "kernel columns")

typedef enum {
#define TW_DIM_ENUM(name, text) TW_DIM_##name,
    TW_DIM_TABLE(TW_DIM_ENUM)
#undef TW_DIM_ENUM
        TW_DIM_COUNT
} tw_dim;

enum { TW_MAX_TENSORS = 8, TW_MAX_AXES = 6, TW_MAX_AXIS_TERMS = 2 };

/* The part a tensor plays: what accelerators say per tensor, they say per role. */
typedef enum { TW_ROLE_INPUT, TW_ROLE_WEIGHT, TW_ROLE_OUTPUT, TW_ROLE_COUNT } tw_role;

typedef struct {
    tw_dim dim;
    uint64_t coefficient; /* in positions of the axis per step of the dimension; >= 1 */
} tw_axis_term;

typedef struct {
    unsigned term_count;
    tw_axis_term terms[TW_MAX_AXIS_TERMS];
} tw_axis;

typedef struct {
    const char *name; /* "input", "weight", "output"; further inputs "input2", ... */
    tw_role role;
    unsigned axis_count;
    tw_axis axes[TW_MAX_AXES];
    uint32_t dim_mask; /* bit d: dimension d indexes this tensor */
    /* The axes that have more than one position, in two kinds. A plain axis is one dimension, step
     * by step: tiles lie side by side. On a window two dimensions move, or one in longer steps:
     * tiles may overlap in part or leave gaps. A dimension indexes a tensor on one axis at most. */
    uint32_t plain_dims; /* bit d: dimension d is a plain axis */
    unsigned plain_count;
    tw_dim plain[TW_MAX_AXES]; /* the same dimensions as a list */
    unsigned window_count;
    tw_axis windows[TW_MAX_AXES]; /* the terms that move; coefficient 0 in the others */
    uint64_t words;               /* of the whole tensor */
} tw_tensor;

/* An operation kind: one row of the table in operations.c. */
typedef struct tw_operation tw_operation;

typedef struct {
    const tw_operation *operation;
    uint64_t extent[TW_DIM_COUNT];   /* >= 1 */
    uint64_t stride[2], dilation[2]; /* rows, columns */
    unsigned tensor_count;
    unsigned output; /* index of the one output tensor, the last */
    tw_tensor tensors[TW_MAX_TENSORS];
    uint64_t macs; /* product of the extents */
} tw_problem;

extern const char *const tw_dim_names[TW_DIM_COUNT];   /* "G", "B", ... */
extern const char *const tw_role_names[TW_ROLE_COUNT]; /* "input", "weight", "output" */
/* The dimension with this name, or -1. */
int tw_dim_by_name(const char *name);
int tw_role_by_name(const char *name);

/* Words in a tile of `tensor` with extents `tile` (bounding box; product over the axes). */
uint64_t tw_tile_words(const tw_tensor *tensor, const uint64_t tile[TW_DIM_COUNT], bool *overflow);
/* Derives the kinds of a tensor's axes, and its words, from the axes and the problem's extents. */
void tw_tensor_derive(const uint64_t extent[TW_DIM_COUNT], tw_tensor *tensor, bool *overflow);
/* Positions of the tile on one axis. */
static inline uint64_t tw_axis_extent(const tw_axis *axis, const uint64_t tile[TW_DIM_COUNT],
                                      bool *overflow) {
    uint64_t positions = tile[axis->terms[0].dim];
    if (axis->terms[0].coefficient != 1)
        positions = tw_add_u64(tw_mul_u64(positions - 1, axis->terms[0].coefficient, overflow), 1,
                               overflow);
    for (unsigned i = 1; i < axis->term_count; i++) {
        const tw_axis_term *term = &axis->terms[i];
        positions = tw_add_u64(
            positions, tw_mul_u64(term->coefficient, tile[term->dim] - 1, overflow), overflow);
    }
    return positions;
}

#endif
