/* Constraints on mappings: the `constraints:` of a level, and files of their own
 * (`kind: constraints`). */
#ifndef TW_INPUT_CONSTRAINTS_H
#define TW_INPUT_CONSTRAINTS_H

#include "arch/accelerator.h"
#include "input/tree.h"

/* Merges the constraints of the file into *arch, a copy of the accelerator's hierarchy that the
 * caller made (levels and constraints are values, strings are borrowed). Where both constrain the
 * same thing, the file wins. "-" is standard input. */
tw_status tw_constraints_merge(tw_ctx *ctx, const char *path, tw_hierarchy *arch) TW_NODISCARD;

/* Sets a level's constraints to "everything is free". */
void tw_constraints_init(tw_level_constraints *constraints);
/* Reads one level's constraints into it. `capacity_roles`: roles that the level can hold. */
void tw_constraints_read(tw_document *document, tw_node *node, tw_level *level,
                         tw_role_mask capacity_roles);
/* Roles that a level has room for: all, or those with a capacity of their own. */
tw_role_mask tw_level_capacity_roles(const tw_level *level);

#endif
