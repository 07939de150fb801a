#include "search/mirror.h"

static tw_dim image_of(tw_dim d) {
    switch (d) {
    case TW_DIM_P:
        return TW_DIM_Q;
    case TW_DIM_Q:
        return TW_DIM_P;
    case TW_DIM_R:
        return TW_DIM_S;
    case TW_DIM_S:
        return TW_DIM_R;
    default:
        return d;
    }
}

static bool is_own_image(const uint64_t values[TW_DIM_COUNT]) {
    return values[TW_DIM_P] == values[TW_DIM_Q] && values[TW_DIM_R] == values[TW_DIM_S];
}

static bool mask_is_own_image(tw_dim_mask dims) {
    return (dims >> TW_DIM_P & 1) == (dims >> TW_DIM_Q & 1) &&
           (dims >> TW_DIM_R & 1) == (dims >> TW_DIM_S & 1);
}

/* Terms in any order; those that do not move say nothing. */
static bool is_image(const tw_axis *axis, const tw_axis *other) {
    if (axis->term_count != other->term_count)
        return false;
    for (unsigned i = 0; i < axis->term_count; i++) {
        bool found = false;
        for (unsigned j = 0; j < other->term_count; j++)
            found |= other->terms[j].dim == image_of(axis->terms[i].dim) &&
                     other->terms[j].coefficient == axis->terms[i].coefficient;
        if (!found)
            return false;
    }
    return true;
}

static bool tensor_is_own_image(const tw_tensor *tensor) {
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        bool found = false;
        for (unsigned b = 0; b < tensor->axis_count; b++)
            found |= is_image(&tensor->axes[a], &tensor->axes[b]);
        if (!found)
            return false;
    }
    return true;
}

static bool level_is_own_image(const tw_level *level) {
    const tw_level_constraints *rules = &level->constraints;
    return mask_is_own_image(level->fanout.dims_x) && mask_is_own_image(level->fanout.dims_y) &&
           rules->order_count == 0 && is_own_image(rules->temporal_fixed) &&
           is_own_image(rules->temporal_max) && is_own_image(rules->spatial_x_fixed) &&
           is_own_image(rules->spatial_y_fixed);
}

bool tw_mirror_holds(const tw_hierarchy *arch, const tw_problem *problem) {
    bool holds = is_own_image(problem->extent) &&
                 (problem->extent[TW_DIM_P] > 1 || problem->extent[TW_DIM_R] > 1);
    for (unsigned t = 0; t < problem->tensor_count; t++)
        holds = holds && tensor_is_own_image(&problem->tensors[t]);
    for (unsigned l = 0; l < arch->level_count; l++)
        holds = holds && level_is_own_image(&arch->levels[l]);
    return holds;
}

tw_tile_id tw_mirror_tile(const tw_lattice *lattice, const uint16_t index[TW_DIM_COUNT]) {
    uint64_t tile = 0;
    for (unsigned i = 0; i < lattice->active_count; i++) {
        const tw_dim d = lattice->active[i];
        tile += index[image_of(d)] * lattice->weight[d];
    }
    return (tw_tile_id)tile;
}
