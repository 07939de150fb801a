/* Constraints in a file of their own (`kind: constraints`). */
#ifndef TW_INPUT_CONSTRAINTS_H
#define TW_INPUT_CONSTRAINTS_H

#include "arch/accelerator.h"

/* Merges the constraints of the file into *arch, a copy of the accelerator's hierarchy that the
 * caller made (levels and constraints are values, strings are borrowed). Where both constrain the
 * same thing, the file wins. */
tw_status tw_constraints_merge(tw_ctx *ctx, const char *path, tw_hierarchy *arch) TW_NODISCARD;

#endif
