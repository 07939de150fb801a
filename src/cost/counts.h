/* The words that one tensor moves at every level, as totals over the active instances: the counts
 * of tw_tensor_cost, from the outermost level to the compute units. */
#ifndef TW_COST_COUNTS_H
#define TW_COST_COUNTS_H

#include "cost/cost.h"
#include "cost/nest.h"

/* Fills in out->levels[..].tensors[tensor] but for the energies. False when a count leaves 64 bits.
 */
bool tw_count_tensor(const tw_hierarchy *arch, const tw_problem *problem, const tw_mapping *mapping,
                     const tw_nest *nest, unsigned tensor, tw_cost *out);

#endif
