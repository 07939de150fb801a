/* Rows of the nn_dataflow unit files, which check_nn_dataflow_unit.c walks. */
#ifndef TESTS_REFERENCE_NN_DATAFLOW_UNIT_H
#define TESTS_REFERENCE_NN_DATAFLOW_UNIT_H

#include "reference/nn_dataflow.h"

typedef struct {
    tw_ctx *ctx;
    tw_arena arena;
} nnd_scratch;

static inline int nnd_row_int(const json_t *row, const char *key) {
    return (int)json_integer_value(json_object_get(row, key));
}

static inline bool nnd_row_bool(const json_t *row, const char *key) {
    return json_is_true(json_object_get(row, key));
}

static inline tw_dim2 nnd_row_dim2(const json_t *row, const char *key) {
    return nnd_dim2(json_object_get(row, key));
}

/* Rows on blockings: one priced, the solver's, and which of all are looked at. */
void nnd_check_blocking(const nnd_case *c, nnd_scratch *s, const json_t *row);
void nnd_check_solver(const nnd_case *c, nnd_scratch *s, const json_t *row);
void nnd_check_redundant(const nnd_case *c, nnd_scratch *s, const json_t *row);

/* All splits of a loop over three levels, in the original's order; how many. */
unsigned nnd_list_splits(int64_t count, int64_t (*out)[3]);

#endif
