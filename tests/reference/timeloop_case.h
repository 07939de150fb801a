/* A case of Timeloop's model, read from JSON and translated: levels turned around (ours stand
 * outermost first), dimensions renamed where ours has another letter. */
#ifndef TESTS_TIMELOOP_CASE_H
#define TESTS_TIMELOOP_CASE_H

#include <jansson.h>

#include "mapping/mapping.h"

/* One factor of a fanout, in the order in which Timeloop numbers its children: the first varies
 * fastest, those on X before those on Y. */
typedef struct {
    tw_dim dim;
    bool on_y;
    uint64_t factor;
} timeloop_unrolling;

typedef struct {
    tw_hierarchy arch;
    tw_problem problem;
    tw_mapping mapping;
    const char *data_space[TW_MAX_TENSORS]; /* Timeloop's name of each tensor */
    unsigned unrolling_count[TW_MAX_LEVELS];
    timeloop_unrolling unrollings[TW_MAX_LEVELS][TW_DIM_COUNT];
    double energy_per_access[TW_MAX_LEVELS];
    uint64_t block_size[TW_MAX_LEVELS]; /* words per access */
} timeloop_case;

/* Strings are borrowed from `object`. False when it is not such a case. */
bool timeloop_case_read(const json_t *object, timeloop_case *out);

#endif
