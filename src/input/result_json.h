/* Mappings out of a result of `map` or `eval` (JSON, schema tilewright/result/1). */
#ifndef TW_INPUT_RESULT_JSON_H
#define TW_INPUT_RESULT_JSON_H

#include "input/formats.h"

#define TW_RESULT_SCHEMA "tilewright/result/1"

bool tw_result_json_recognise(const tw_input *input);
/* Layers without a mapping (infeasible ones) are left out. */
tw_status tw_result_json_load(const tw_input *input, const tw_accelerator *accelerator,
                              const tw_network *network, bool partial,
                              tw_mapping_set *out) TW_NODISCARD;

#endif
