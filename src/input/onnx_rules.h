/* Shape rules of the operators, and what they share. Each sets what is known of its outputs and
 * fails on inputs that ONNX does not allow; the table in onnx_operators.c says which rule serves
 * which operator. */
#ifndef TW_INPUT_ONNX_RULES_H
#define TW_INPUT_ONNX_RULES_H

#include "input/onnx_import.h"

/* Element-wise arithmetic whose content is computed when it is small and known. */
typedef enum {
    TW_FOLD_NONE,
    TW_FOLD_ADD,
    TW_FOLD_SUB,
    TW_FOLD_MUL,
    TW_FOLD_DIV,
    TW_FOLD_MOD,
    TW_FOLD_MIN,
    TW_FOLD_MAX,
    TW_FOLD_POW,
    TW_FOLD_AND,
    TW_FOLD_OR,
    TW_FOLD_XOR,
    TW_FOLD_EQUAL,
    TW_FOLD_LESS,
    TW_FOLD_LESS_EQUAL,
    TW_FOLD_GREATER,
    TW_FOLD_GREATER_EQUAL,
    TW_FOLD_NEG,
    TW_FOLD_ABS,
    TW_FOLD_FLOOR,
    TW_FOLD_CEIL,
    TW_FOLD_ROUND,
    TW_FOLD_SQRT,
    TW_FOLD_NOT,
    TW_FOLD_PRODUCT, /* reductions */
    TW_FOLD_SUM
} tw_onnx_fold_kind;

/* One cell of the result of an element-wise operator; unknown when an operand is, on overflow,
 * and where there is no result. `element` is the type of the operands. */
tw_onnx_cell tw_onnx_compute(tw_onnx_fold_kind kind, int element, tw_onnx_cell a, tw_onnx_cell b);
/* Type of the result for operands of type `element`. */
int tw_onnx_compute_type(tw_onnx_fold_kind kind, int element);
/* Multidirectional broadcasting; fails on sizes that do not fit. */
tw_status tw_onnx_broadcast(tw_onnx_node *node, const tw_onnx_shape *a, const tw_onnx_shape *b,
                            tw_onnx_shape *out) TW_NODISCARD;
/* Offset in a tensor of shape `from`, broadcast to `to`, of the cell with row-major index `i`. */
size_t tw_onnx_broadcast_offset(const tw_onnx_shape *from, const tw_onnx_shape *to, size_t i);
/* Content of output 0 becomes that of `value`, cell by cell. */
void tw_onnx_copy_cells(tw_onnx_node *node, tw_onnx_value *value);

/* A sliding window along `rank` spatial axes, as Conv and the pools have it. */
typedef struct {
    int rank;
    int64_t kernel[TW_ONNX_MAX_RANK], stride[TW_ONNX_MAX_RANK], dilation[TW_ONNX_MAX_RANK];
    int64_t pad_begin[TW_ONNX_MAX_RANK], pad_end[TW_ONNX_MAX_RANK];
    bool same, valid, ceil;
} tw_onnx_window;
/* Reads the attributes of a node. `kernel` is from the attribute, or where that is absent from
 * the weight's shape (axes 2...), which may be NULL. */
tw_status tw_onnx_window_read(tw_onnx_node *node, int rank, const tw_onnx_shape *weight,
                              tw_onnx_window *out) TW_NODISCARD;
/* Inputs of a Conv in any of its forms: the data and the weight. */
void tw_onnx_conv_inputs(const tw_onnx_node *node, unsigned *data, unsigned *weight);
/* Inputs of a MatMul in any of its forms: the operands. */
void tw_onnx_matmul_inputs(const tw_onnx_node *node, unsigned *a, unsigned *b);
/* Axes of a reduction, as bits; keep: reduced axes stay with extent 1. */
tw_status tw_onnx_reduced_axes(tw_onnx_node *node, int rank, uint32_t *axes, bool *known,
                               bool *keep) TW_NODISCARD;
/* Terms of an Einsum: for each operand and the output, a letter per axis. */
typedef struct {
    unsigned operand_count;
    bool readable;
    char letters[3][TW_ONNX_MAX_RANK + 1]; /* the last used one is the output's */
    int64_t extent[128];                   /* by letter; -1 unknown, 0 does not occur */
} tw_onnx_einsum;
/* *plain: a product of one or two operands, no axis of which is repeated or broadcast. */
tw_status tw_onnx_einsum_read(tw_onnx_node *node, tw_onnx_einsum *out, bool *plain) TW_NODISCARD;

typedef tw_status tw_onnx_rule(tw_onnx_node *node);

/* onnx_shape_map.c */
tw_onnx_rule tw_onnx_infer_same, tw_onnx_infer_bool, tw_onnx_infer_unary, tw_onnx_infer_nary,
    tw_onnx_infer_where, tw_onnx_infer_cast, tw_onnx_infer_quantize, tw_onnx_infer_dequantize,
    tw_onnx_infer_reduce, tw_onnx_infer_arg, tw_onnx_infer_prelu, tw_onnx_infer_normalization,
    tw_onnx_infer_dropout, tw_onnx_infer_quantized_binary;
/* onnx_shape_window.c */
tw_onnx_rule tw_onnx_infer_conv, tw_onnx_infer_conv_transpose, tw_onnx_infer_pool,
    tw_onnx_infer_global_pool, tw_onnx_infer_unpool;
/* onnx_shape_matrix.c */
tw_onnx_rule tw_onnx_infer_matmul, tw_onnx_infer_gemm, tw_onnx_infer_einsum;
/* onnx_shape_same.c, onnx_shape_part.c, onnx_shape_repeat.c */
tw_onnx_rule tw_onnx_infer_reshape, tw_onnx_infer_flatten, tw_onnx_infer_transpose,
    tw_onnx_infer_squeeze, tw_onnx_infer_unsqueeze, tw_onnx_infer_concat, tw_onnx_infer_split,
    tw_onnx_infer_slice, tw_onnx_infer_gather, tw_onnx_infer_gather_nd,
    tw_onnx_infer_gather_elements, tw_onnx_infer_expand, tw_onnx_infer_tile, tw_onnx_infer_pad,
    tw_onnx_infer_depth_to_space, tw_onnx_infer_resize;
/* onnx_shape_make.c */
tw_onnx_rule tw_onnx_infer_constant, tw_onnx_infer_constant_of_shape, tw_onnx_infer_shape,
    tw_onnx_infer_size, tw_onnx_infer_range, tw_onnx_infer_one_hot, tw_onnx_infer_eye_like,
    tw_onnx_infer_random, tw_onnx_infer_random_like, tw_onnx_infer_window_function,
    tw_onnx_infer_mel, tw_onnx_infer_multinomial;
/* onnx_shape_rest.c */
tw_onnx_rule tw_onnx_infer_recurrent, tw_onnx_infer_top_k, tw_onnx_infer_non_zero,
    tw_onnx_infer_unique, tw_onnx_infer_compress, tw_onnx_infer_loss, tw_onnx_infer_selected,
    tw_onnx_infer_grid_sample, tw_onnx_infer_roi_align, tw_onnx_infer_det, tw_onnx_infer_dft,
    tw_onnx_infer_stft, tw_onnx_infer_strings, tw_onnx_infer_tf_idf, tw_onnx_infer_optimizer,
    tw_onnx_infer_dynamic_quantize, tw_onnx_infer_attention;
/* onnx_shape_sequence.c */
tw_onnx_rule tw_onnx_infer_sequence_empty, tw_onnx_infer_sequence_construct,
    tw_onnx_infer_sequence_insert, tw_onnx_infer_sequence_at, tw_onnx_infer_sequence_erase,
    tw_onnx_infer_sequence_length, tw_onnx_infer_split_to_sequence,
    tw_onnx_infer_concat_from_sequence, tw_onnx_infer_identity, tw_onnx_infer_optional,
    tw_onnx_infer_optional_get, tw_onnx_infer_optional_has;
/* onnx_control.c */
tw_onnx_rule tw_onnx_infer_if, tw_onnx_infer_loop, tw_onnx_infer_scan, tw_onnx_infer_sequence_map;

/* onnx_lower_*.c */
tw_onnx_rule tw_onnx_lower_conv, tw_onnx_lower_conv_transpose, tw_onnx_lower_pool,
    tw_onnx_lower_global_pool, tw_onnx_lower_reduce, tw_onnx_lower_matmul, tw_onnx_lower_gemm,
    tw_onnx_lower_einsum, tw_onnx_lower_eltwise, tw_onnx_lower_recurrent, tw_onnx_lower_concat,
    tw_onnx_lower_sizes, tw_onnx_lower_resize, tw_onnx_lower_attention;

#endif
