#include "network/select.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CANDIDATES = 2000 };

static tw_status fail_unknown(tw_ctx *ctx, const tw_network *network, const char *text) {
    const char *candidates[MOST_CANDIDATES];
    size_t count = 0;
    for (; count < network->layer_count && count < MOST_CANDIDATES; count++)
        candidates[count] = network->layers[count].name;
    const char *close = tw_closest_word(text, candidates, count);
    return tw_fail(ctx, TW_USAGE, NULL,
                   "network %s has no layer \"%.60s\", expected a name or a number from 1 to "
                   "%zu%s%s%s",
                   network->name, text, network->layer_count, close ? "; did you mean \"" : "",
                   close ? close : "", close ? "\"?" : "");
}

/* A name wins over a number, for networks that call their layers by numbers. */
static tw_status select_layer(tw_ctx *ctx, const tw_network *network, const char *text,
                              bool *selected) {
    bool named = false;
    for (size_t i = 0; i < network->layer_count; i++)
        if (strcmp(network->layers[i].name, text) == 0)
            selected[i] = named = true;
    if (named)
        return TW_OK;
    char *end = NULL;
    const unsigned long long number =
        isdigit((unsigned char)text[0]) ? strtoull(text, &end, 10) : 0;
    if (!end || *end || number < 1 || number > network->layer_count)
        return fail_unknown(ctx, network, text);
    selected[number - 1] = true;
    return TW_OK;
}

static tw_status select_layers(tw_ctx *ctx, const tw_network *network,
                               const tw_map_options *options, bool *selected) {
    for (size_t i = 0; i < network->layer_count; i++)
        selected[i] = options->layer_count == 0;
    for (size_t i = 0; i < options->layer_count; i++)
        TW_TRY(select_layer(ctx, network, options->layers[i], selected));
    return TW_OK;
}

tw_status tw_selection_make(tw_ctx *ctx, const tw_network *network, const tw_map_options *options,
                            bool **selected) {
    *selected = tw_alloc_array(ctx, network->layer_count + 1, sizeof **selected);
    if (!*selected)
        return tw_out_of_memory(ctx);
    const tw_status status = select_layers(ctx, network, options, *selected);
    if (status != TW_OK) {
        tw_free(ctx, *selected);
        *selected = NULL;
    }
    return status;
}

tw_status tw_selection_copy(const tw_network *network, const bool *selected, tw_result *result) {
    size_t count = 0;
    for (size_t i = 0; i < network->layer_count; i++)
        count += selected[i];
    TW_TRY(tw_result_make_layers(result, count));
    size_t next = 0;
    for (size_t i = 0; i < network->layer_count; i++)
        if (selected[i])
            TW_TRY(tw_result_set_layer(result, next++, &network->layers[i]));
    return TW_OK;
}
