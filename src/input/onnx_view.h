/* What operators that move data share: their content is a view of their input's, so that shapes
 * computed by Gather, Slice, Concat and the like stay known. */
#ifndef TW_INPUT_ONNX_VIEW_H
#define TW_INPUT_ONNX_VIEW_H

#include "input/onnx_rules.h"

/* Content of output k: the cell at index (i0, i1, ...) is that of `value` at
 * base + i0 * step[0] + i1 * step[1] + ..., which must lie inside. */
void tw_onnx_view_cells(tw_onnx_node *node, unsigned k, tw_onnx_value *value, int64_t base,
                        const int64_t *step);
/* Row-major distances between neighbours along each axis; of a known shape. */
void tw_onnx_row_major(const tw_onnx_shape *shape, int64_t *step);
/* Input 0, which must be there, and its shape. */
tw_status tw_onnx_first_input(tw_onnx_node *node, tw_onnx_value **value,
                              tw_onnx_shape *shape) TW_NODISCARD;
/* A shape of `rank` axes, none of them known. */
tw_onnx_shape tw_onnx_rank_unknown(int rank);
/* Integers of a list that may be an input or, in older versions, an attribute. Unknown entries
 * are TW_ONNX_UNKNOWN_INT. False when there is none. */
bool tw_onnx_list_of(tw_onnx_node *node, unsigned input, const char *attribute, int64_t *out,
                     size_t *count);

#endif
