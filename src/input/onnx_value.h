/* A value of an ONNX graph as the import sees it: its type and shape, its content where that is
 * small and known (shape arithmetic), and which layers made it.
 *
 * A dimension of -1 and a rank of -1 are unknown: they depend on data. Content is a list of cells
 * in row-major order; a cell of an integer tensor that is not known is TW_ONNX_UNKNOWN_INT, of a
 * real tensor NaN. */
#ifndef TW_INPUT_ONNX_VALUE_H
#define TW_INPUT_ONNX_VALUE_H

#include "input/onnx_wire.h"
#include "workload/network.h"

enum {
    TW_ONNX_MAX_RANK = 32,
    TW_ONNX_MAX_CELLS = 4096 /* content of larger tensors is never looked at */
};
#define TW_ONNX_UNKNOWN_INT INT64_MIN

/* TensorProto.DataType. */
typedef enum {
    TW_ONNX_UNDEFINED,
    TW_ONNX_FLOAT,
    TW_ONNX_UINT8,
    TW_ONNX_INT8,
    TW_ONNX_UINT16,
    TW_ONNX_INT16,
    TW_ONNX_INT32,
    TW_ONNX_INT64,
    TW_ONNX_STRING,
    TW_ONNX_BOOL,
    TW_ONNX_FLOAT16,
    TW_ONNX_DOUBLE,
    TW_ONNX_UINT32,
    TW_ONNX_UINT64,
    TW_ONNX_COMPLEX64,
    TW_ONNX_COMPLEX128,
    TW_ONNX_BFLOAT16
} tw_onnx_element;

typedef enum {
    TW_ONNX_TENSOR,
    TW_ONNX_SEQUENCE, /* of tensors: element and shape are theirs */
    TW_ONNX_OTHER     /* map, sparse tensor, opaque */
} tw_onnx_kind;

typedef struct {
    int rank;
    int64_t dims[TW_ONNX_MAX_RANK];
} tw_onnx_shape;

typedef union {
    int64_t i;
    double r;
} tw_onnx_cell;

typedef struct tw_onnx_value {
    tw_bytes name;
    tw_onnx_kind kind;
    bool optional; /* optional(...) of the rest */
    bool constant; /* the same in every run: it depends on no input of the graph */
    bool external; /* content lies in another file, which is never opened */
    int element;
    int rank;
    int channel_axis; /* axis that counts channels, or -1: by rank */
    int64_t *dims;
    tw_bytes tensor;     /* TensorProto of a constant whose content was not decoded yet */
    tw_onnx_cell *cells; /* known content, or NULL */
    unsigned source_count;
    const tw_source *sources; /* who made the data, concatenated along channels */
} tw_onnx_value;

bool tw_onnx_is_real(int element);
bool tw_onnx_cell_known(int element, tw_onnx_cell cell);
tw_onnx_cell tw_onnx_cell_unknown(int element);
/* Cell as an integer (reals are truncated); TW_ONNX_UNKNOWN_INT when unknown or out of range. */
int64_t tw_onnx_cell_int(int element, tw_onnx_cell cell);
double tw_onnx_cell_real(int element, tw_onnx_cell cell); /* NaN when unknown */

tw_onnx_shape tw_onnx_shape_unknown(void);
tw_onnx_shape tw_onnx_shape_of(const tw_onnx_value *value);
tw_onnx_shape tw_onnx_shape_vector(int64_t length);
/* Rank and every dimension are known. */
bool tw_onnx_shape_known(const tw_onnx_shape *shape);
/* Product of dims [from, to), or -1 when one is unknown or it leaves 62 bits. */
int64_t tw_onnx_shape_product(const tw_onnx_shape *shape, int from, int to);
int64_t tw_onnx_shape_count(const tw_onnx_shape *shape);
/* "[1,3,?,224]", for messages. */
enum { TW_ONNX_SHAPE_TEXT = 160 };
const char *tw_onnx_shape_text(const tw_onnx_shape *shape, char buffer[TW_ONNX_SHAPE_TEXT]);
/* What holds for both: equal dimensions stay, others become unknown. */
tw_onnx_shape tw_onnx_shape_union(const tw_onnx_shape *a, const tw_onnx_shape *b);

#endif
