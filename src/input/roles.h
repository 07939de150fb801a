/* Values that an accelerator file gives once for all tensors or once per role, and sets of roles
 * and dimensions. */
#ifndef TW_INPUT_ROLES_H
#define TW_INPUT_ROLES_H

#include "arch/hierarchy.h"
#include "input/fields.h"

/* `2pJ`, or `{input: 1pJ, weight: 2pJ}`: out[r] for every role given, the others unchanged. */
void tw_value_per_role(tw_document *document, tw_node *node, const char *what,
                       tw_quantity_kind kind, tw_quantity out[TW_ROLE_COUNT], tw_role_mask *given);
/* `all`, `none` or a list of roles. */
bool tw_value_roles(tw_document *document, const tw_node *node, const char *what,
                    tw_role_mask *out);
/* `all`, `none` or a list of dimensions. */
bool tw_value_dims(tw_document *document, const tw_node *node, const char *what, tw_dim_mask *out);
/* The dimension that a scalar names. */
bool tw_value_dim(tw_document *document, const tw_node *node, const char *what, tw_dim *out);

#endif
