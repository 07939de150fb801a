/* The table of operations. A new operation is one row: see docs/howto/add-an-operation.md. */
#ifndef TW_WORKLOAD_OPERATIONS_H
#define TW_WORKLOAD_OPERATIONS_H

#include "workload/problem.h"

/* Where the coefficient of an axis term comes from. */
typedef enum {
    TW_COEFFICIENT_ONE,
    TW_COEFFICIENT_STRIDE_ROWS,
    TW_COEFFICIENT_STRIDE_COLUMNS,
    TW_COEFFICIENT_DILATION_ROWS,
    TW_COEFFICIENT_DILATION_COLUMNS
} tw_coefficient_source;

typedef struct {
    char dim; /* letter of the dimension, '\0' ends the list */
    tw_coefficient_source source;
} tw_operation_term;

typedef struct {
    tw_role role;
    tw_operation_term axes[TW_MAX_AXES]
                          [TW_MAX_AXIS_TERMS]; /* an axis whose first dim is '\0' ends */
} tw_operation_tensor;

struct tw_operation {
    const char *name; /* as written in files: "conv" */
    const char *summary;
    const char *dims;     /* letters of its dimensions, in the order they are listed: "GBKCPQRS" */
    bool window;          /* takes stride and dilation */
    bool variable_inputs; /* the first tensor may stand several times (`inputs: n`) */
    bool trained;         /* the tensor in the role of weights is trained, not computed */
    unsigned tensor_count;
    tw_operation_tensor tensors[3]; /* the last is the output */
};

extern const tw_operation tw_operations[];
extern const size_t tw_operation_count;

/* The operation with this name, or NULL. */
const tw_operation *tw_operation_by_name(const char *name);

/* Binds an operation to sizes: fills *out. extents of dimensions that the operation lacks must be
 * 1; input_count is 1 except for variable_inputs. TW_INVALID, with a diagnostic at `at`, for a
 * zero or too large extent, stride or dilation, or a product that leaves 64 bits. */
tw_status tw_problem_make(tw_ctx *ctx, const tw_position *at, const tw_operation *operation,
                          const uint64_t extent[TW_DIM_COUNT], const uint64_t stride[2],
                          const uint64_t dilation[2], unsigned input_count,
                          tw_problem *out) TW_NODISCARD;

/* Same operation, sizes and coefficients: the same mapping problem. */
bool tw_problem_equal(const tw_problem *a, const tw_problem *b);

#endif
