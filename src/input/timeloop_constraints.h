/* Timeloop's constraints on one storage level. */
#ifndef TW_INPUT_TIMELOOP_CONSTRAINTS_H
#define TW_INPUT_TIMELOOP_CONSTRAINTS_H

#include "arch/hierarchy.h"
#include "input/fields.h"

/* `type` is temporal, bypass, datatype or dataspace; `node` has its factors, permutation, keep and
 * bypass. Errors go to the document. */
void tw_timeloop_constrain(tw_document *document, tw_node *node, const char *type, tw_level *level);
/* Type spatial, of the fanout below the level: what is said is for the X axis, the Y axis or both.
 */
enum { TW_TIMELOOP_X = 1, TW_TIMELOOP_Y = 2 };
void tw_timeloop_constrain_spatial(tw_document *document, tw_node *node, unsigned axes,
                                   tw_level *level);

#endif
