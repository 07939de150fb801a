/* Random small accelerators and layers of every kind that NeuroSpector's format can say, and plain
 * enumeration of their mappings, which shares only the evaluator with the library. */
#ifndef TW_TESTS_NEUROSPECTOR_RANDOM_PROBLEMS_H
#define TW_TESTS_NEUROSPECTOR_RANDOM_PROBLEMS_H

#include "neurospector/cost.h"

/* The same pair for the same seed. */
void random_problem(unsigned long seed, ns_accelerator *accelerator, ns_layer *layer);

typedef void (*visit_fn)(void *user, const ns_cost *cost);
/* Calls `visit` with the cost of every valid mapping of the layer. */
void visit_mappings(const ns_accelerator *accelerator, const ns_layer *layer,
                    const ns_dataflows *dataflows, visit_fn visit, void *user);

#endif
