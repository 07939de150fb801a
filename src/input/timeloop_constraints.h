/* Timeloop's constraints on one storage level. */
#ifndef TW_INPUT_TIMELOOP_CONSTRAINTS_H
#define TW_INPUT_TIMELOOP_CONSTRAINTS_H

#include "arch/hierarchy.h"
#include "input/fields.h"

/* `type` is spatial, temporal, bypass, datatype or dataspace; `node` has its factors, permutation,
 * split, keep and bypass. Of type spatial: the fanout below the level. Errors go to the document.
 */
void tw_timeloop_constrain(tw_document *document, tw_node *node, const char *type, tw_level *level);

#endif
