/* The file formats: one row each, tried from the first to the last; the native YAML is the last
 * row and takes what nobody recognised. A new format is a file in this folder and a row: see
 * docs/howto/add-an-input-format.md. */
#ifndef TW_INPUT_FORMATS_H
#define TW_INPUT_FORMATS_H

#include "arch/accelerator.h"
#include "input/file.h"
#include "input/mapping_set.h"
#include "input/tree.h"
#include "workload/network.h"

typedef struct {
    const char *name; /* "native YAML", "ONNX": for messages and `show` */
    /* By content: `head` is the whole file. `path` only helps where the content cannot tell (a
     * CSV). May not report anything. */
    bool (*recognise)(const tw_input *input);
    /* Fills *out, whose ctx, arena and origin are set. What it keeps lies in out->arena; the input
     * ends after the call. On failure the caller frees out->arena. */
    tw_status (*load)(const tw_input *input, tw_accelerator *out);
} tw_accelerator_format;

typedef struct {
    const char *name;
    bool (*recognise)(const tw_input *input);
    /* `options` is never NULL. ctx, arena and origin of *out are set. */
    tw_status (*load)(const tw_input *input, const tw_network_options *options, tw_network *out);
} tw_network_format;

typedef struct {
    const char *name;
    bool (*recognise)(const tw_input *input);
    /* `partial`: factors that the file does not give are free (0), else 1. */
    tw_status (*load)(const tw_input *input, const tw_accelerator *accelerator,
                      const tw_network *network, bool partial, tw_mapping_set *out);
} tw_mapping_format;

/* The row for this content; never NULL, since the native row takes everything. */
const tw_accelerator_format *tw_accelerator_format_of(const tw_input *input);
const tw_network_format *tw_network_format_of(const tw_input *input);
const tw_mapping_format *tw_mapping_format_of(const tw_input *input);

/* What a file of any format holds, for `show` and `convert`. */
typedef enum {
    TW_INPUT_UNKNOWN,
    TW_INPUT_ACCELERATOR,
    TW_INPUT_NETWORK,
    TW_INPUT_MAPPING,
    TW_INPUT_CONSTRAINTS,
    TW_INPUT_RESULT
} tw_input_kind;
tw_input_kind tw_input_kind_of(const tw_input *input);

/* What an open input holds; its path must outlive the object. */
tw_status tw_accelerator_from_input(const tw_input *input,
                                    tw_accelerator **out TW_GIVE) TW_NODISCARD;
tw_status tw_network_from_input(const tw_input *input, const tw_network_options *options,
                                tw_network **out TW_GIVE) TW_NODISCARD;

/* Sniffing without parsing: a line that begins with `key:` (no indentation); its value, cut at
 * `size`, when `value` is not NULL. */
bool tw_sniff_key(const tw_input *input, const char *key, char *value, size_t size);
/* No control characters but white space in the first 4 KiB. */
bool tw_sniff_text(const tw_input *input);

#endif
