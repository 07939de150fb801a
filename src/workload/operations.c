#include "workload/operations.h"

#include <string.h>

#include "base/checked.h"

#define ONE TW_COEFFICIENT_ONE
#define AXIS(d)                                                                                    \
    {                                                                                              \
        { d, ONE }                                                                                 \
    }
#define ROWS                                                                                       \
    {                                                                                              \
        {'P', TW_COEFFICIENT_STRIDE_ROWS}, {                                                       \
            'R', TW_COEFFICIENT_DILATION_ROWS                                                      \
        }                                                                                          \
    }
#define COLUMNS                                                                                    \
    {                                                                                              \
        {'Q', TW_COEFFICIENT_STRIDE_COLUMNS}, {                                                    \
            'S', TW_COEFFICIENT_DILATION_COLUMNS                                                   \
        }                                                                                          \
    }

const tw_operation tw_operations[] = {
    {"conv",
     "convolution: strided, dilated, grouped, depthwise",
     "GBKCPQRS",
     true,
     false,
     true,
     3,
     {{TW_ROLE_INPUT, {AXIS('B'), AXIS('G'), AXIS('C'), ROWS, COLUMNS}},
      {TW_ROLE_WEIGHT, {AXIS('G'), AXIS('K'), AXIS('C'), AXIS('R'), AXIS('S')}},
      {TW_ROLE_OUTPUT, {AXIS('B'), AXIS('G'), AXIS('K'), AXIS('P'), AXIS('Q')}}}},
    {"gemm",
     "fully connected layer or matrix product",
     "BKC",
     false,
     false,
     true,
     3,
     {{TW_ROLE_INPUT, {AXIS('B'), AXIS('C')}},
      {TW_ROLE_WEIGHT, {AXIS('K'), AXIS('C')}},
      {TW_ROLE_OUTPUT, {AXIS('B'), AXIS('K')}}}},
    {"bmm",
     "batched matrix product, as in attention",
     "GBKC",
     false,
     false,
     false,
     3,
     {{TW_ROLE_INPUT, {AXIS('G'), AXIS('B'), AXIS('C')}},
      {TW_ROLE_WEIGHT, {AXIS('G'), AXIS('K'), AXIS('C')}},
      {TW_ROLE_OUTPUT, {AXIS('G'), AXIS('B'), AXIS('K')}}}},
    {"pool",
     "pooling or local region",
     "BKPQRS",
     true,
     false,
     false,
     2,
     {{TW_ROLE_INPUT, {AXIS('B'), AXIS('K'), ROWS, COLUMNS}},
      {TW_ROLE_OUTPUT, {AXIS('B'), AXIS('K'), AXIS('P'), AXIS('Q')}}}},
    {"eltwise",
     "element-wise work on one or more inputs",
     "BKPQ",
     false,
     true,
     false,
     2,
     {{TW_ROLE_INPUT, {AXIS('B'), AXIS('K'), AXIS('P'), AXIS('Q')}},
      {TW_ROLE_OUTPUT, {AXIS('B'), AXIS('K'), AXIS('P'), AXIS('Q')}}}},
};
const size_t tw_operation_count = sizeof tw_operations / sizeof *tw_operations;

const tw_operation *tw_operation_by_name(const char *name) {
    for (size_t i = 0; i < tw_operation_count; i++)
        if (strcmp(tw_operations[i].name, name) == 0)
            return &tw_operations[i];
    return NULL;
}

static uint64_t coefficient(tw_coefficient_source source, const uint64_t stride[2],
                            const uint64_t dilation[2]) {
    switch (source) {
    case TW_COEFFICIENT_STRIDE_ROWS:
        return stride[0];
    case TW_COEFFICIENT_STRIDE_COLUMNS:
        return stride[1];
    case TW_COEFFICIENT_DILATION_ROWS:
        return dilation[0];
    case TW_COEFFICIENT_DILATION_COLUMNS:
        return dilation[1];
    case TW_COEFFICIENT_ONE:
        break;
    }
    return 1;
}

static void bind_tensor(const tw_operation_tensor *shape, const uint64_t stride[2],
                        const uint64_t dilation[2], tw_tensor *out) {
    out->role = shape->role;
    for (unsigned a = 0; a < TW_MAX_AXES && shape->axes[a][0].dim; a++) {
        tw_axis *axis = &out->axes[out->axis_count++];
        for (unsigned i = 0; i < TW_MAX_AXIS_TERMS && shape->axes[a][i].dim; i++) {
            const char name[2] = {shape->axes[a][i].dim, '\0'};
            const tw_dim dim = (tw_dim)tw_dim_by_name(name);
            axis->terms[axis->term_count++] =
                (tw_axis_term){dim, coefficient(shape->axes[a][i].source, stride, dilation)};
            out->dim_mask |= 1u << dim;
        }
    }
}

static const char *const input_names[TW_MAX_TENSORS] = {"input",  "input2", "input3", "input4",
                                                        "input5", "input6", "input7", "input8"};

static tw_status check_sizes(tw_ctx *ctx, const tw_position *at, const tw_operation *operation,
                             const uint64_t extent[TW_DIM_COUNT], const uint64_t stride[2],
                             const uint64_t dilation[2]) {
    const uint64_t largest = UINT64_C(1) << 40;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (extent[d] == 0 || extent[d] > largest)
            return tw_fail(ctx, TW_INVALID, at,
                           "dimension %s is %llu, expected a whole number from 1 to 2^40",
                           tw_dim_names[d], (unsigned long long)extent[d]);
        if (extent[d] > 1 && !strchr(operation->dims, tw_dim_names[d][0]))
            return tw_fail(ctx, TW_INVALID, at,
                           "operation %s has no dimension %s, expected only %s", operation->name,
                           tw_dim_names[d], operation->dims);
    }
    for (int i = 0; i < 2; i++)
        if (stride[i] == 0 || stride[i] > (1u << 20) || dilation[i] == 0 ||
            dilation[i] > (1u << 20))
            return tw_fail(ctx, TW_INVALID, at,
                           "stride %llu, dilation %llu: expected whole numbers from 1 to 2^20",
                           (unsigned long long)stride[i], (unsigned long long)dilation[i]);
    return TW_OK;
}

tw_status tw_problem_make(tw_ctx *ctx, const tw_position *at, const tw_operation *operation,
                          const uint64_t extent[TW_DIM_COUNT], const uint64_t stride[2],
                          const uint64_t dilation[2], unsigned input_count, tw_problem *out) {
    TW_TRY(check_sizes(ctx, at, operation, extent, stride, dilation));
    if (input_count < 1 || (input_count > 1 && !operation->variable_inputs) ||
        operation->tensor_count - 1 + input_count > TW_MAX_TENSORS)
        return tw_fail(ctx, TW_INVALID, at, "operation %s with %u inputs, expected %s",
                       operation->name, input_count,
                       operation->variable_inputs ? "1 to 7" : "its one input");
    *out = (tw_problem){.operation = operation, .macs = 1};
    memcpy(out->extent, extent, sizeof out->extent);
    memcpy(out->stride, stride, sizeof out->stride);
    memcpy(out->dilation, dilation, sizeof out->dilation);
    bool overflow = false;
    for (unsigned i = 0; i < operation->tensor_count; i++) {
        const tw_operation_tensor *shape = &operation->tensors[i];
        const unsigned copies = shape->role == TW_ROLE_INPUT ? input_count : 1;
        for (unsigned c = 0; c < copies; c++) {
            tw_tensor *tensor = &out->tensors[out->tensor_count++];
            bind_tensor(shape, stride, dilation, tensor);
            tw_tensor_derive(extent, tensor, &overflow);
            tensor->name =
                shape->role == TW_ROLE_INPUT ? input_names[c] : tw_role_names[shape->role];
        }
    }
    out->output = out->tensor_count - 1;

    for (int d = 0; d < TW_DIM_COUNT; d++)
        out->macs = tw_mul_u64(out->macs, extent[d], &overflow);
    if (overflow)
        return tw_fail(ctx, TW_INVALID, at,
                       "the sizes of the operation multiply to more than 64 bits");
    return TW_OK;
}

bool tw_problem_equal(const tw_problem *a, const tw_problem *b) {
    return a->operation == b->operation && a->tensor_count == b->tensor_count &&
           memcmp(a->extent, b->extent, sizeof a->extent) == 0 &&
           memcmp(a->stride, b->stride, sizeof a->stride) == 0 &&
           memcmp(a->dilation, b->dilation, sizeof a->dilation) == 0;
}
