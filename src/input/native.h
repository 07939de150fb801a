/* The native YAML formats: typed objects out of a parsed document. docs/inputs.md says what each
 * key means, data/schemas what is valid. */
#ifndef TW_INPUT_NATIVE_H
#define TW_INPUT_NATIVE_H

#include "input/fields.h"
#include "input/formats.h"

/* Loaders of the native rows of formats.c: by the document's `kind:`. */
tw_status tw_native_accelerator_load(const tw_input *input, tw_accelerator *out) TW_NODISCARD;
tw_status tw_native_network_load(const tw_input *input, const tw_network_options *options,
                                 tw_network *out) TW_NODISCARD;
tw_status tw_native_mapping_load(const tw_input *input, const tw_accelerator *accelerator,
                                 const tw_network *network, bool partial,
                                 tw_mapping_set *out) TW_NODISCARD;

/* Parses the input and checks that it is a mapping with `kind: KIND`. The document lies in `arena`
 * and borrows the input's bytes. */
tw_status tw_native_open(const tw_input *input, tw_arena *arena, const char *kind,
                         tw_document *document) TW_NODISCARD;

/* kind: hierarchy. */
tw_status tw_hierarchy_from_document(tw_ctx *ctx, tw_document *document,
                                     tw_accelerator *out) TW_NODISCARD;

/* kind: tiled. */
tw_status tw_tiled_from_document(tw_ctx *ctx, tw_document *document,
                                 tw_accelerator *out) TW_NODISCARD;

#endif
