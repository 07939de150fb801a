/* The options of map: one table row each, from which the command line, its help, the manual page
 * and shell completion are made (tw_map_option_at). */
#ifndef TW_NETWORK_OPTIONS_H
#define TW_NETWORK_OPTIONS_H

#include "input/mapping_set.h"
#include "network/model.h"
#include "network/result.h"

/* Checks the words and numbers of `options` (NULL: all defaults) against the table and fills in
 * the defaults; *out borrows its strings. */
tw_status tw_map_options_resolve(tw_ctx *ctx, const tw_map_options *options,
                                 tw_map_options *out) TW_NODISCARD;
/* The objective that resolved options name. */
tw_objective tw_map_objective(const tw_map_options *options);

/* How a layer is searched by resolved options, with no time limit and one thread. partial: mappings
 * of which the layer may have one, or NULL. */
tw_search_options tw_map_search_options(const tw_map_options *options,
                                        const tw_mapping_set *partial, const char *layer);

#endif
