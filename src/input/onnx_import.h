/* Import of an ONNX model: the state that the parts in onnx_*.c share, and what an operator's
 * rules work with.
 *
 * The file is read in place (onnx_wire.h). One walk over the nodes in file order, which ONNX
 * requires to be a topological order, does everything: bind the inputs by name, infer the shapes
 * of the outputs, compute their content where it is small and known, and lower the node to layers
 * or account for it otherwise. Bodies of If, Loop, Scan and of model-local functions are walked
 * the same way in a scope of their own. Budgets on nodes, layers, depth and memory bound the work
 * for any file. */
#ifndef TW_INPUT_ONNX_IMPORT_H
#define TW_INPUT_ONNX_IMPORT_H

#include "input/file.h"
#include "input/onnx_value.h"

enum {
    TW_ONNX_MAX_DEPTH = 24,        /* of nested bodies and function calls */
    TW_ONNX_MAX_VISITS = 4 << 20,  /* nodes, each time a body is walked */
    TW_ONNX_MAX_LAYERS = 1 << 15,  /* what the import may make */
    TW_ONNX_MAX_OUTPUTS = 1 << 16, /* of one node */
    TW_ONNX_MAX_MEMORY = 1 << 30,  /* bytes */
    TW_ONNX_NAME_LENGTH = 96       /* of a layer */
};

typedef struct tw_onnx tw_onnx;
typedef struct tw_onnx_node tw_onnx_node;
typedef struct tw_onnx_scope tw_onnx_scope;

/* What became of a node. */
typedef enum { TW_ONNX_MAPPED, TW_ONNX_FOLDED, TW_ONNX_NOT_MODELLED } tw_onnx_fate;

/* One row an operator: see docs/howto/add-an-onnx-operator.md. */
typedef struct {
    const char *name;
    /* Sets type, shape and, where known, content of the outputs, which begin as unknown. */
    tw_status (*infer)(tw_onnx_node *node);
    /* Makes the layers, or accounts for the node with tw_onnx_fold or tw_onnx_skip. */
    tw_status (*lower)(tw_onnx_node *node);
    int argument;     /* of the rules, where one serves several operators */
    const char *note; /* why it is folded or not modelled */
} tw_onnx_operator;

/* The row "domain:name", else the row "name" (operators of other domains mostly have the meaning
 * of ONNX's own of that name), else NULL. */
const tw_onnx_operator *tw_onnx_operator_find(tw_bytes domain, tw_bytes name);

/* The whole table, ordered by name. */
const tw_onnx_operator *tw_onnx_operators(size_t *count);

struct tw_onnx_node {
    tw_onnx *import;
    tw_onnx_scope *scope;
    tw_bytes bytes, name, op, domain;
    const tw_onnx_operator *operation; /* NULL: unknown or a function */
    unsigned input_count, output_count;
    tw_onnx_value **inputs; /* NULL for one left out */
    tw_onnx_value *outputs; /* made here, bound to their names after the node */
    const char *label;      /* "node 'conv1' (Conv)", for messages; made on demand */
    bool accounted;
};

/* Layers and reasons, counted and listed. */
typedef struct {
    const char *op, *reason, *first; /* first: name of the first such node */
    bool assumed;                    /* mapped under an assumption, which `reason` states */
    size_t count;
} tw_onnx_account_entry;

typedef struct {
    size_t mapped, folded, skipped;
    size_t entry_count, entry_capacity;
    tw_onnx_account_entry *entries;
} tw_onnx_account;

typedef struct {
    tw_bytes domain, name, body; /* FunctionProto */
} tw_onnx_function;
/* Order of import->functions, for qsort and bsearch. */
int tw_onnx_function_compare(const void *left, const void *right);

/* Called for every tensor that a node makes, for tests: scope depth 0 is the main graph. */
typedef void (*tw_onnx_observer)(void *user, unsigned depth, const tw_onnx_value *value);

struct tw_onnx {
    tw_ctx *ctx;
    tw_arena scratch;    /* dies with the import */
    tw_network *network; /* what is made */
    const char *file;
    tw_bytes model, graph;
    const tw_network_options *options;
    bool *dim_used;                     /* of options->dim_names */
    tw_bytes batch_symbol, batch_input; /* the leading dimension of the first input */
    bool keep_unknown_inputs;           /* dimensions without a value stay unknown (tests) */
    bool ignore_declared;               /* do not take shapes from the graph's value_info (tests) */
    size_t function_count;
    tw_onnx_function *functions; /* ordered */
    uint64_t visits;
    unsigned depth;
    uint64_t repeat;     /* how often the body at hand runs */
    const char *blocked; /* why nothing in the body at hand can be mapped, or NULL */
    unsigned rehearsal;  /* > 0: walking a body only for shapes and MACs: no layers, no account */
    uint64_t rehearsed_macs;
    unsigned trial; /* > 0: a failure is no error of the model but an answer: no diagnostic */
    tw_onnx_account account;
    tw_layer *layers; /* network->layer_count of them, until they move to the network's arena */
    size_t layer_capacity, external_capacity;
    tw_onnx_scope *names; /* of layers and externals, so that each is unique */
    tw_onnx_observer observer;
    void *observer_user;
};

/* ---- What the rules call ------------------------------------------------------------------ */

/* Fails with "node 'x' (Conv): ...". */
tw_status tw_onnx_fail(tw_onnx_node *node, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Printable copy of a name, at most TW_ONNX_NAME_LENGTH long, in the scratch arena; never NULL. */
const char *tw_onnx_text(tw_onnx *import, tw_bytes bytes);

/* Input i, or NULL when it was left out. */
tw_onnx_value *tw_onnx_input(const tw_onnx_node *node, unsigned i);
/* Fails unless input i is there. */
tw_status tw_onnx_require(tw_onnx_node *node, unsigned i, tw_onnx_value **out) TW_NODISCARD;
/* Unknown rank when it was left out. */
tw_onnx_shape tw_onnx_input_shape(const tw_onnx_node *node, unsigned i);
/* Output i becomes a tensor of this type and shape. No output i: nothing happens. */
tw_status tw_onnx_output(tw_onnx_node *node, unsigned i, int element,
                         const tw_onnx_shape *shape) TW_NODISCARD;
/* Gives output i room for its content, all unknown; NULL when it is too large, its shape is
 * unknown, or memory ran out (then the context says so). */
tw_onnx_cell *tw_onnx_output_cells(tw_onnx_node *node, unsigned i);
/* Content of a value with `*count` cells, decoding it first if need be; NULL when not known. */
const tw_onnx_cell *tw_onnx_cells(tw_onnx *import, tw_onnx_value *value, size_t *count);
/* All cells as integers into `out`. False when not known or more than `most`. */
bool tw_onnx_ints(tw_onnx *import, tw_onnx_value *value, size_t most, int64_t *out, size_t *count);
/* Axis counted from the end when negative; fails outside [-rank, rank). */
tw_status tw_onnx_axis(tw_onnx_node *node, int64_t axis, int rank, int *out) TW_NODISCARD;

/* ---- Attributes ---------------------------------------------------------------------------- */

typedef struct {
    tw_bytes bytes; /* AttributeProto; empty when absent */
} tw_onnx_attribute;

/* Also follows a reference to an attribute of the calling function. */
bool tw_onnx_attribute_find(const tw_onnx_node *node, const char *name, tw_onnx_attribute *out);
int64_t tw_onnx_attribute_int(const tw_onnx_node *node, const char *name, int64_t otherwise);
double tw_onnx_attribute_real(const tw_onnx_node *node, const char *name, double otherwise);
/* Empty when absent. */
tw_bytes tw_onnx_attribute_text(const tw_onnx_node *node, const char *name);
/* False when absent. *count > most when there are more or one is malformed. */
bool tw_onnx_attribute_ints(const tw_onnx_node *node, const char *name, size_t most, int64_t *out,
                            size_t *count);
/* Entries of a repeated field of 4-byte numbers or of strings. */
int64_t tw_onnx_attribute_length(const tw_onnx_attribute *attribute, uint32_t number);
/* Bytes of the TensorProto or GraphProto. */
bool tw_onnx_attribute_tensor(const tw_onnx_node *node, const char *name, tw_bytes *out);
bool tw_onnx_attribute_graph(const tw_onnx_node *node, const char *name, tw_bytes *out);

/* ---- Tensors (onnx_tensor.c) ----------------------------------------------------------------- */

/* Name, type and shape of a TensorProto; content stays where it is. */
tw_status tw_onnx_tensor_header(tw_onnx *import, tw_bytes tensor, tw_onnx_value *out) TW_NODISCARD;
/* Type-less shape of a SparseTensorProto. */
tw_status tw_onnx_sparse_header(tw_onnx *import, tw_bytes sparse, tw_onnx_value *out) TW_NODISCARD;
/* Shape of a TypeProto; dimensions with a name or none are bound by `--dim`, or stay -1.
 * `missing` (may be NULL) collects the names that have no value. */
typedef struct {
    tw_onnx *import;
    const char *owner; /* name of the graph input, for dimensions without one */
    char text[512];    /* "batch, seq" */
    size_t count;
} tw_onnx_missing;
tw_status tw_onnx_type(tw_onnx *import, tw_bytes type, tw_bytes owner, tw_onnx_missing *missing,
                       tw_onnx_value *out) TW_NODISCARD;

/* Value that `--dim NAME=...` gives for this name. */
bool tw_onnx_dim_value(tw_onnx *import, tw_bytes name, int64_t *out);
/* Is this the dimension that `--batch` sets: the leading one of the first input, or another of
 * the same name? */
bool tw_onnx_is_batch(const tw_onnx *import, tw_bytes symbol, tw_bytes owner, int axis);

/* ---- Lowering (onnx_lower*.c) ------------------------------------------------------------------
 */

/* The node is done with: its outputs' data is that of its inputs. */
tw_status tw_onnx_fold(tw_onnx_node *node) TW_NODISCARD;
/* The node stood for others (a body or function), which were accounted for themselves. */
void tw_onnx_expanded(tw_onnx_node *node);
/* The node is mapped under an assumption (a literal), of which the user is told. */
tw_status tw_onnx_assume(tw_onnx_node *node, const char *assumption) TW_NODISCARD;
/* The node is not modelled, because of `reason` (a literal). An error with --strict. */
tw_status tw_onnx_skip(tw_onnx_node *node, const char *reason) TW_NODISCARD;
/* A layer of the network. `part` names it when a node makes several, else NULL. `inputs` are the
 * node's data inputs, in order, whose producers become its sources. `times`: how often the
 * operation runs for one execution of the node. *index is the layer's number. */
typedef struct {
    const char *part;
    const char *operation;
    uint64_t extent[TW_DIM_COUNT];
    uint64_t stride[2], dilation[2];
    unsigned operand_count; /* of an eltwise */
    uint64_t times;
    unsigned input_count;
    const tw_onnx_value *inputs[8];
} tw_onnx_layer;
tw_onnx_layer tw_onnx_layer_init(const char *operation);
tw_status tw_onnx_emit(tw_onnx_node *node, const tw_onnx_layer *layer,
                       tw_source *index) TW_NODISCARD;
/* The same, with layer `before` as its first source. */
tw_status tw_onnx_emit_after(tw_onnx_node *node, const tw_onnx_layer *layer, tw_source before,
                             tw_source *index) TW_NODISCARD;
/* Makes `sources` the producers of every output. */
tw_status tw_onnx_produced_by(tw_onnx_node *node, unsigned count,
                              const tw_source *sources) TW_NODISCARD;
/* A value becomes an input of the network. */
tw_status tw_onnx_graph_input(tw_onnx *import, tw_onnx_value *value) TW_NODISCARD;
/* Data from outside that an element-wise layer reads; the value's source from now on. */
tw_status tw_onnx_external(tw_onnx *import, tw_onnx_value *value) TW_NODISCARD;
/* Fails when dimensions have no value, or a --dim fits none. */
tw_status tw_onnx_check_dims(tw_onnx *import, const tw_onnx_missing *missing) TW_NODISCARD;
/* The outputs' data is that of all inputs; `once`: a producer is named once. */
tw_status tw_onnx_share_sources(tw_onnx_node *node, bool once) TW_NODISCARD;
/* A name in the network's arena that no layer or external has yet; NULL when memory ran out. */
const char *tw_onnx_unique_name(tw_onnx *import, const char *base, const char *part, size_t number);
/* A tensor as batch, channels, rows and columns (B, K, P, Q). False when its size is unknown or
 * zero; then all are 1. */
bool tw_onnx_extents(const tw_onnx_value *value, uint64_t extent[TW_DIM_COUNT]);
/* The node's outputs and its first `inputs` inputs have known, non-empty sizes: else it is
 * accounted for and *go is false. */
tw_status tw_onnx_sizes_known(tw_onnx_node *node, unsigned inputs, bool *go) TW_NODISCARD;

#endif
