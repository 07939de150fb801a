/* ONNX models as networks: docs/onnx.md says what each operator becomes. */
#ifndef TW_INPUT_ONNX_READ_H
#define TW_INPUT_ONNX_READ_H

#include "input/onnx_import.h"

/* A row of the network formats. A protobuf file has no mark of its own: a file is taken for ONNX
 * when it is named *.onnx, or when it is a protobuf message with a graph in the right place. */
bool tw_onnx_recognise(const tw_input *input);
tw_status tw_onnx_load(const tw_input *input, const tw_network_options *options,
                       tw_network *out) TW_NODISCARD;

/* What tests look at besides the layers. */
typedef struct {
    tw_onnx_observer observer;
    void *user;
    bool keep_unknown_inputs; /* dimensions without a value stay unknown */
    bool ignore_declared;     /* take no shape from value_info or outputs */
    tw_onnx_account *account; /* the counts; entries are NULL */
} tw_onnx_inspection;
tw_status tw_onnx_load_inspected(const tw_input *input, const tw_network_options *options,
                                 const tw_onnx_inspection *inspection,
                                 tw_network *out) TW_NODISCARD;

#endif
