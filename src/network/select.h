/* Which layers of a network a call is about. */
#ifndef TW_NETWORK_SELECT_H
#define TW_NETWORK_SELECT_H

#include "network/result.h"

/* A flag per layer of the network: those that options->layers names, by name or number from 1;
 * all when it names none. TW_USAGE for an unknown one. Release with tw_free. */
tw_status tw_selection_make(tw_ctx *ctx, const tw_network *network, const tw_map_options *options,
                            bool **selected TW_GIVE) TW_NODISCARD;
/* Copies the selected layers of the network to the result, in the network's order. */
tw_status tw_selection_copy(const tw_network *network, const bool *selected,
                            tw_result *result) TW_NODISCARD;

#endif
