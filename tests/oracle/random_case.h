/* Random problems, machines and mappings, small enough to be executed step by step. */
#ifndef TESTS_ORACLE_RANDOM_CASE_H
#define TESTS_ORACLE_RANDOM_CASE_H

#include "mapping/mapping.h"
#include "workload/operations.h"

typedef struct {
    uint64_t state;
} test_rng;

/* Below `count`, which is at least 1. */
uint64_t random_below(test_rng *rng, uint64_t count);
bool random_chance(test_rng *rng, unsigned percent);

/* Any operation of the table, with at most `macs` MACs; strides and dilations up to 3. */
void random_problem(tw_ctx *ctx, test_rng *rng, uint64_t macs, tw_problem *out);
/* `levels` levels without limits: random keeps, multicast, reduction and sliding windows; the
 * fanouts are 1 x 1 until a mapping widens them. */
void random_hierarchy(test_rng *rng, unsigned levels, tw_hierarchy *out);
/* Spreads the prime factors of every extent over temporal loops (a dimension may have several at
 * one level, factor-1 loops occur) and the fanouts of *arch, which are widened to hold them. */
void random_mapping(test_rng *rng, const tw_problem *problem, tw_hierarchy *arch, tw_mapping *out);

/* The case as text: operation, machine and nest. */
void print_case(FILE *out, const tw_hierarchy *arch, const tw_problem *problem,
                const tw_mapping *mapping);

#endif
