/* Every mapping of the space, priced. For small layers, and as the oracle of the exact search. */
#ifndef TW_NEUROSPECTOR_BRUTE_FORCE_H
#define TW_NEUROSPECTOR_BRUTE_FORCE_H

#include "neurospector/search.h"

/* The cheapest mapping; of equal ones that with the fewest DRAM steps, then the first in the
 * original's order, whatever the number of threads. With options->single, costs are compared in
 * the original's 32-bit floats. Proven unless a limit ends it. */
tw_status ns_brute_force(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                         const ns_search_options *options, ns_search_result *out) TW_NODISCARD;

#endif
