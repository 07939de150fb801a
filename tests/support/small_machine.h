/* Machines, problems and mappings of a few words, for numbers worked by hand. */
#ifndef TW_TESTS_SUPPORT_SMALL_MACHINE_H
#define TW_TESTS_SUPPORT_SMALL_MACHINE_H

#include "support/input_text.h"

#include "mapping/mapping.h"
#include "workload/operations.h"

/* Two unbounded levels without energies, DRAM over BUF, that keep everything. */
static inline tw_hierarchy two_levels(void) {
    tw_hierarchy arch = {.name = "small", .level_count = 2, .overlap = true};
    static const char *const names[] = {"DRAM", "BUF"};
    for (unsigned l = 0; l < arch.level_count; l++)
        arch.levels[l] =
            (tw_level){.name = names[l],
                       .keeps = TW_ALL_ROLES,
                       .may_keep = TW_ALL_ROLES,
                       .word_units = {1, 1, 1},
                       .fanout = {1, 1, TW_ALL_DIMS, TW_ALL_DIMS, TW_MULTICAST_WORDS, true, 0, 0}};
    return arch;
}

/* `sizes` like "K4 C6"; dimensions that are not named have extent 1. */
static inline tw_problem sized_problem(tw_ctx *ctx, const char *operation, const char *sizes,
                                       uint64_t stride) {
    uint64_t extent[TW_DIM_COUNT];
    for (int d = 0; d < TW_DIM_COUNT; d++)
        extent[d] = 1;
    for (const char *at = sizes; *at;) {
        const char name[2] = {*at, '\0'};
        char *end = NULL;
        extent[tw_dim_by_name(name)] = strtoull(at + 1, &end, 10);
        at = end + strspn(end, " ");
    }
    const uint64_t strides[2] = {stride, stride}, ones[2] = {1, 1};
    tw_problem problem;
    assert_int_equal(tw_problem_make(ctx, NULL, tw_operation_by_name(operation), extent, strides,
                                     ones, 1, &problem),
                     TW_OK);
    return problem;
}

/* Temporal loops of one level from the outermost, like "K8 B4". */
static inline void set_loops(tw_level_mapping *level, const char *loops) {
    level->loop_count = 0;
    for (const char *at = loops; *at;) {
        const char name[2] = {*at, '\0'};
        char *end = NULL;
        const uint64_t factor = strtoull(at + 1, &end, 10);
        level->loops[level->loop_count++] = (tw_loop){(tw_dim)tw_dim_by_name(name), factor};
        at = end + strspn(end, " ");
    }
}

static inline tw_mapping two_level_mapping(const tw_hierarchy *arch, const char *outer,
                                           const char *inner) {
    tw_mapping mapping;
    tw_mapping_init(arch, &mapping);
    set_loops(&mapping.levels[0], outer);
    set_loops(&mapping.levels[1], inner);
    return mapping;
}

#endif
