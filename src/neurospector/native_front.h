/* The front of a layer on a native hierarchy: what `--objective edp` and `pareto` ask for. */
#ifndef TW_NEUROSPECTOR_NATIVE_FRONT_H
#define TW_NEUROSPECTOR_NATIVE_FRONT_H

#include "search/search.h"

/* For hierarchies, problems and options that tw_neurospector_search takes: the front of energy and
 * latency, or of it the point of least product. */
tw_status ns_native_front(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                          const tw_search_options *options, tw_search_result *out) TW_NODISCARD;

#endif
