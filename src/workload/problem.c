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

void tw_tensor_classify_axes(const uint64_t extent[TW_DIM_COUNT], tw_tensor *tensor) {
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        const tw_axis *axis = &tensor->axes[a];
        if (axis->term_count == 2 && extent[axis->terms[0].dim] > 1 &&
            extent[axis->terms[1].dim] > 1) {
            tensor->window_axes |= 1u << a;
            continue;
        }
        for (unsigned i = 0; i < axis->term_count; i++)
            tensor->plain_dims |= 1u << axis->terms[i].dim;
    }
}
