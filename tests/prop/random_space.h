/* Random search spaces, small enough for brute force. Every energy, bandwidth and leakage is a
 * small multiple of a power of two, so that all sums are exact in a double and two techniques must
 * agree to the bit. */
#ifndef TESTS_PROP_RANDOM_SPACE_H
#define TESTS_PROP_RANDOM_SPACE_H

#include "oracle/random_case.h"
#include "search/search.h"

typedef struct {
    tw_hierarchy arch;
    tw_problem problem;
    tw_mapping partial; /* used when has_partial */
    bool has_partial;
    bool search_bypass;
} search_space;

void random_space(tw_ctx *ctx, test_rng *rng, search_space *out);
void print_space(FILE *out, const search_space *space);

#endif
