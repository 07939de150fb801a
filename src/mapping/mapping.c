#include "mapping/mapping.h"

#include <string.h>

const char *tw_stationary_name(const tw_level_mapping *level) {
    return level->stationary == TW_NOTHING_STATIONARY ? "none"
                                                      : tw_role_names[level->stationary - 1];
}

void tw_mapping_init(const tw_hierarchy *arch, tw_mapping *out) {
    memset(out, 0, sizeof *out);
    out->level_count = arch->level_count;
    for (unsigned l = 0; l < arch->level_count; l++) {
        tw_level_mapping *level = &out->levels[l];
        level->keeps = arch->levels[l].keeps;
        for (int d = 0; d < TW_DIM_COUNT; d++)
            level->spatial_x[d] = level->spatial_y[d] = 1;
    }
}

void tw_mapping_tiles(const tw_mapping *mapping, uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]) {
    for (int d = 0; d < TW_DIM_COUNT; d++)
        tile[mapping->level_count][d] = 1;
    for (unsigned l = mapping->level_count; l-- > 0;) {
        const tw_level_mapping *level = &mapping->levels[l];
        for (int d = 0; d < TW_DIM_COUNT; d++)
            tile[l][d] = tile[l + 1][d] * level->spatial_x[d] * level->spatial_y[d];
        for (unsigned i = 0; i < level->loop_count; i++)
            tile[l][level->loops[i].dim] *= level->loops[i].factor;
    }
}

void tw_level_usage(const tw_level *level, const tw_problem *problem, tw_role_mask keeps,
                    const uint64_t tile[TW_DIM_COUNT], double used[TW_ROLE_COUNT]) {
    bool overflow = false;
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        used[r] = 0;
    for (unsigned t = 0; t < problem->tensor_count; t++) {
        const tw_role role = problem->tensors[t].role;
        if (keeps >> role & 1)
            used[level->shared ? 0 : role] +=
                (double)tw_tile_words(&problem->tensors[t], tile, &overflow) *
                level->word_units[role];
    }
}

bool tw_level_fits(const tw_level *level, const tw_problem *problem, tw_role_mask keeps,
                   const uint64_t tile[TW_DIM_COUNT]) {
    if (!level->bounded)
        return true;
    double used[TW_ROLE_COUNT];
    tw_level_usage(level, problem, keeps, tile, used);
    for (int r = 0; r < (level->shared ? 1 : TW_ROLE_COUNT); r++)
        if (used[r] > level->capacity_units[r])
            return false;
    return true;
}

static int compare_u64(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

static int compare_levels(const tw_level_mapping *a, const tw_level_mapping *b) {
    int order = compare_u64(a->loop_count, b->loop_count);
    for (unsigned i = 0; order == 0 && i < a->loop_count; i++) {
        order = compare_u64(a->loops[i].dim, b->loops[i].dim);
        if (order == 0)
            order = compare_u64(a->loops[i].factor, b->loops[i].factor);
    }
    for (int d = 0; order == 0 && d < TW_DIM_COUNT; d++) {
        order = compare_u64(a->spatial_x[d], b->spatial_x[d]);
        if (order == 0)
            order = compare_u64(a->spatial_y[d], b->spatial_y[d]);
    }
    return order ? order : compare_u64(a->keeps, b->keeps);
}

int tw_mapping_compare(const tw_mapping *a, const tw_mapping *b) {
    int order = compare_u64(a->level_count, b->level_count);
    for (unsigned l = 0; order == 0 && l < a->level_count; l++)
        order = compare_levels(&a->levels[l], &b->levels[l]);
    return order;
}
