#include "workload/problem.h"

#include <string.h>

const char *const tw_dim_names[TW_DIM_COUNT] = {
#define TW_DIM_NAME(name, text) #name,
    TW_DIM_TABLE(TW_DIM_NAME)
#undef TW_DIM_NAME
};

const char *const tw_role_names[TW_ROLE_COUNT] = {"input", "weight", "output"};

int tw_dim_by_name(const char *name) {
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (strcmp(tw_dim_names[d], name) == 0)
            return d;
    return -1;
}

int tw_role_by_name(const char *name) {
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (strcmp(tw_role_names[r], name) == 0)
            return r;
    return -1;
}

uint64_t tw_tile_words(const tw_tensor *tensor, const uint64_t tile[TW_DIM_COUNT], bool *overflow) {
    bool beyond = false; /* a local flag stays in a register */
    uint64_t words = 1;
    for (unsigned a = 0; a < tensor->axis_count; a++)
        words = tw_mul_u64(words, tw_axis_extent(&tensor->axes[a], tile, &beyond), &beyond);
    *overflow |= beyond;
    return words;
}

/* The terms of an axis whose dimension moves, and coefficient 0 in the others. */
static tw_axis moving_terms(const uint64_t extent[TW_DIM_COUNT], const tw_axis *axis) {
    tw_axis moving = {0};
    for (unsigned i = 0; i < axis->term_count; i++)
        if (extent[axis->terms[i].dim] > 1)
            moving.terms[moving.term_count++] = axis->terms[i];
    return moving;
}

void tw_tensor_derive(const uint64_t extent[TW_DIM_COUNT], tw_tensor *tensor, bool *overflow) {
    tensor->window_count = 0;
    tensor->plain_dims = 0;
    tensor->plain_count = 0;
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        const tw_axis moving = moving_terms(extent, &tensor->axes[a]);
        if (moving.term_count == 1 && moving.terms[0].coefficient == 1) {
            tensor->plain_dims |= 1u << moving.terms[0].dim;
            tensor->plain[tensor->plain_count++] = moving.terms[0].dim;
        } else if (moving.term_count > 0)
            tensor->windows[tensor->window_count++] = moving;
    }
    tensor->words = tw_tile_words(tensor, extent, overflow);
}
