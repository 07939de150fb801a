/* NeuroSpector's model on native hierarchies, problems and mappings: what `--model neurospector`
 * of map, eval and verify runs. The hierarchy says all: two or three levels (DRAM, GB, LB), equal
 * energy of reads and writes, no energy per hop, no sliding windows.
 *
 * Its reuse does not follow from the loop order alone, so that mappings say which tensor the loops
 * of a level keep stationary (tw_level_mapping.stationary); where one does not, the level's
 * constraint does, else the innermost loop. */
#ifndef TW_NEUROSPECTOR_NATIVE_H
#define TW_NEUROSPECTOR_NATIVE_H

#include "arch/neurospector.h"
#include "mapping/neurospector_table.h"
#include "search/search.h"

/* TW_INVALID, with a diagnostic at `at` for everything of the hierarchy that the model cannot say;
 * TW_USAGE when the options (resolved; NULL: none) ask for what its searches do not do. */
tw_status tw_neurospector_check(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch,
                                const tw_map_options *options) TW_NODISCARD;
/* As tw_search, for hierarchies and options that passed the check. A level whose constraint names
 * no stationary tensor may hold any. */
tw_status tw_neurospector_search(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                                 const tw_search_options *options,
                                 tw_search_result *out) TW_NODISCARD;
/* As tw_evaluate; false also for a problem that is no convolution. */
bool tw_neurospector_evaluate(const tw_hierarchy *arch, const tw_problem *problem,
                              const tw_mapping *mapping, tw_cost *out);

/* Hierarchies that passed the check, problems and mappings as the model's own objects. A level
 * whose constraint names no stationary tensor gives a buffer that keeps no dataflow. */
void ns_accelerator_of(const tw_hierarchy *arch, ns_accelerator *out);
/* False for what is no convolution with one stride and no dilation. */
bool ns_layer_of(const tw_problem *problem, ns_layer *out);
void ns_table_of(const tw_hierarchy *arch, const tw_mapping *mapping, ns_table *table,
                 ns_dataflows *flows);

#endif
