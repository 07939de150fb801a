/* A result as JSON, schema tilewright/result/1: docs/result.md says what each key means,
 * data/schemas/result.schema.json what is valid. The text is self-contained: it holds the
 * accelerator, the problems and the mappings, so that every number can be computed again. */
#ifndef TW_NETWORK_RESULT_WRITE_H
#define TW_NETWORK_RESULT_WRITE_H

#include "base/json_writer.h"
#include "network/result.h"

/* Appends the result; with `timing` also how long it took, on how many threads. */
void tw_result_write_json(tw_text *text, const tw_result *result, bool timing);
/* A mapping under the key "mapping", as layers and schedules have it. */
void tw_mapping_write_json(tw_json *json, const tw_hierarchy *arch, const tw_mapping *mapping);

#endif
