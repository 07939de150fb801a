/* Walking graphs and bodies: names to values, node by node. */
#ifndef TW_INPUT_ONNX_GRAPH_H
#define TW_INPUT_ONNX_GRAPH_H

#include "input/onnx_import.h"

/* Walks the main graph. */
tw_status tw_onnx_walk_main(tw_onnx *import) TW_NODISCARD;
/* Walks a GraphProto in a scope inside the caller's. Its inputs are given as values (fewer than it
 * has: the rest stay unknown); its outputs are copied to `outputs`, of which it must have
 * `output_count`. */
tw_status tw_onnx_body(tw_onnx_node *caller, tw_bytes graph, unsigned input_count,
                       const tw_onnx_value *inputs, unsigned output_count,
                       tw_onnx_value *outputs) TW_NODISCARD;
/* Inputs and outputs of a GraphProto. */
void tw_onnx_body_arity(tw_bytes graph, unsigned *inputs, unsigned *outputs);
/* The node that called the function which the scope is in, or NULL. */
const tw_onnx_node *tw_onnx_scope_call(const tw_onnx_scope *scope);

/* ---- Names to values (onnx_scope.c) -------------------------------------------------------- */

struct tw_onnx_scope {
    tw_onnx *import;
    const tw_onnx_scope *outer; /* names that are not here are looked for there */
    const tw_onnx_node *call;
    tw_bytes graph; /* GraphProto or FunctionProto, whose nodes are field `node_field` */
    uint32_t node_field;
    size_t count, capacity; /* open addressing, capacity a power of two */
    tw_onnx_value **slots;
    /* What the graph says of the types of its values, by name: `tensor` holds the TypeProto. */
    size_t declared_count, declared_capacity;
    tw_onnx_value **declared;
};

void tw_onnx_scope_init(tw_onnx_scope *scope, tw_onnx *import, const tw_onnx_scope *outer);
void tw_onnx_scope_free(tw_onnx_scope *scope);
/* TW_INVALID when the scope has a value of this name. */
tw_status tw_onnx_scope_bind(tw_onnx_scope *scope, tw_onnx_value *value) TW_NODISCARD;
/* A declaration; a second one of the same name is ignored. */
tw_status tw_onnx_scope_declare(tw_onnx_scope *scope, tw_bytes name, tw_bytes type) TW_NODISCARD;
tw_onnx_value *tw_onnx_scope_find(const tw_onnx_scope *scope, tw_bytes name);
bool tw_onnx_scope_declared(const tw_onnx_scope *scope, tw_bytes name, tw_bytes *type);

#endif
