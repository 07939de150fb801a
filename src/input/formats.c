#include "input/formats.h"

#include <string.h>

#include "input/mapping_json.h"
#include "input/native.h"
#include "input/neurospector_load.h"
#include "input/onnx_read.h"
#include "input/scalesim_csv.h"
#include "input/timeloop_yaml.h"
#include "input/zigzag_yaml.h"

static bool anything(const tw_input *input) {
    (void)input;
    return true;
}

static const tw_accelerator_format accelerator_formats[] = {
    {"NeuroSpector", tw_neurospector_accelerator_recognise, tw_neurospector_accelerator_load},
    {"Timeloop architecture", tw_timeloop_architecture_recognise, tw_timeloop_architecture_load},
    {"native YAML", anything, tw_native_accelerator_load},
};

static const tw_network_format network_formats[] = {
    {"ONNX", tw_onnx_recognise, tw_onnx_load},
    {"NeuroSpector", tw_neurospector_network_recognise, tw_neurospector_network_load},
    {"Timeloop problem", tw_timeloop_problem_recognise, tw_timeloop_problem_load},
    {"ZigZag workload", tw_zigzag_recognise, tw_zigzag_load},
    {"SCALE-Sim topology", tw_scalesim_recognise, tw_scalesim_load},
    {"native YAML", anything, tw_native_network_load},
};

static const tw_mapping_format mapping_formats[] = {
    {"result of map", tw_result_json_recognise, tw_result_json_load},
    {"NeuroSpector", tw_neurospector_mapping_recognise, tw_neurospector_mapping_load},
    {"native YAML", anything, tw_native_mapping_load},
};

/* The last row of each table takes everything. */
#define FORMAT_OF(table, input)                                                                    \
    size_t i = 0;                                                                                  \
    while (!(table)[i].recognise(input))                                                           \
        i++;                                                                                       \
    return &(table)[i]

const tw_accelerator_format *tw_accelerator_format_of(const tw_input *input) {
    FORMAT_OF(accelerator_formats, input);
}

const tw_network_format *tw_network_format_of(const tw_input *input) {
    FORMAT_OF(network_formats, input);
}

const tw_mapping_format *tw_mapping_format_of(const tw_input *input) {
    FORMAT_OF(mapping_formats, input);
}

static void copy_value(const char *from, const char *end, char *value, size_t size) {
    while (from < end && (*from == ' ' || *from == '\t' || *from == '"' || *from == '\''))
        from++;
    size_t length = 0;
    while (from + length < end && !strchr(" \t\r\n\"',}#", from[length]) && length + 1 < size)
        length++;
    memcpy(value, from, length);
    value[length] = '\0';
}

/* The value of a quoted key in a file that is written as one flow mapping (JSON). */
static bool flow_value(const tw_input *input, const char *key, char *value, size_t size) {
    const char *end = input->bytes + (input->size < 4096 ? input->size : 4096);
    const char *at = input->bytes;
    while (at < end && strchr(" \t\r\n", *at))
        at++;
    if (at == end || *at != '{')
        return false;
    at = memmem(at, (size_t)(end - at), key, strlen(key));
    at = at ? memchr(at, ':', (size_t)(end - at)) : NULL;
    if (!at)
        return false;
    copy_value(at + 1, end, value, size);
    return true;
}

static tw_input_kind native_kind(const tw_input *input) {
    static const struct {
        const char *word;
        tw_input_kind kind;
    } kinds[] = {
        {"hierarchy", TW_INPUT_ACCELERATOR},   {"tiled", TW_INPUT_ACCELERATOR},
        {"network", TW_INPUT_NETWORK},         {"mapping", TW_INPUT_MAPPING},
        {"constraints", TW_INPUT_CONSTRAINTS},
    };
    char word[32];
    if (!tw_sniff_key(input, "kind", word, sizeof word) &&
        !flow_value(input, "\"kind\"", word, sizeof word))
        return TW_INPUT_UNKNOWN;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(word, kinds[i].word) == 0)
            return kinds[i].kind;
    return TW_INPUT_UNKNOWN;
}

tw_input_kind tw_input_kind_of(const tw_input *input) {
    if (tw_result_json_recognise(input))
        return TW_INPUT_RESULT;
    if (tw_accelerator_format_of(input)->recognise != anything)
        return TW_INPUT_ACCELERATOR;
    if (tw_network_format_of(input)->recognise != anything)
        return TW_INPUT_NETWORK;
    if (tw_mapping_format_of(input)->recognise != anything)
        return TW_INPUT_MAPPING;
    return native_kind(input);
}

bool tw_sniff_key(const tw_input *input, const char *key, char *value, size_t size) {
    const size_t length = strlen(key);
    const char *line = input->bytes, *end = input->bytes + input->size;
    if (!tw_sniff_text(input))
        return false;
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        if ((size_t)(stop - line) > length && memcmp(line, key, length) == 0 &&
            line[length] == ':') {
            if (value)
                copy_value(line + length + 1, stop, value, size);
            return true;
        }
        line = stop + 1;
    }
    return false;
}

bool tw_sniff_text(const tw_input *input) {
    const size_t count = input->size < 4096 ? input->size : 4096;
    for (size_t i = 0; i < count; i++) {
        const unsigned char c = (unsigned char)input->bytes[i];
        if (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f')
            return false;
    }
    return true;
}
