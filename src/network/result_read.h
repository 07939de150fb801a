/* Reads a result (tilewright/result/1) back. Only what was given or found is taken from the file:
 * accelerator, problems, mappings, bounds and search statistics. Every cost is computed anew. */
#ifndef TW_NETWORK_RESULT_READ_H
#define TW_NETWORK_RESULT_READ_H

#include "input/tree.h"
#include "network/result.h"

/* The document has an object with "schema": "tilewright/result/..." at its root. */
bool tw_document_is_result(tw_document *document);
/* Fills *out from a parsed document. TW_INVALID, with all errors at their places, when the file is
 * no result or a mapping in it is not valid. */
tw_status tw_result_read(tw_document *document, tw_result **out TW_GIVE) TW_NODISCARD;

#endif
