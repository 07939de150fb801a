/* The proven optimum of a layer in NeuroSpector's model; see exact.c. */
#ifndef TW_NEUROSPECTOR_EXACT_H
#define TW_NEUROSPECTOR_EXACT_H

#include "neurospector/search.h"

/* TW_OK whenever *out is filled in. Without limits the result is proven, unless the layer has too
 * many tiles (out->limit is TW_LIMIT then and nothing is found). Equal costs are decided by the
 * order of the search, which depends on nothing but the problem. */
tw_status ns_exact(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                   const ns_search_options *options, ns_search_result *out) TW_NODISCARD;

#endif
