/* Timeloop's own counting rules, restated from a description of its behaviour (and from nothing of
 * src/cost): what its model says of a case, and what it would say without each of the rules
 * that ours does not have. So a difference between the two models is explained only if both sides
 * of it are computed. */
#ifndef TESTS_TIMELOOP_RULE_H
#define TESTS_TIMELOOP_RULE_H

#include "reference/timeloop_case.h"

/* Timeloop's rules, from what one can take away first to what one can take away last. Without any
 * of them the counts are those of a machine that keeps exactly one tile of history. */
typedef struct {
    bool links; /* children take from a neighbour what that had one step earlier (link transfers) */
    bool two;   /* of every loop only iterations 0 and 1 are looked at, the others taken alike */
    bool resets; /* a tile that moves otherwise than before is fetched anew as a whole */
    bool masks;  /* a level that bypasses a tensor shares words only within its own fanout */
} timeloop_options;

/* Of one level and tensor, per instance in use. Averages over instances may be fractions. */
typedef struct {
    bool kept;
    uint64_t tile, partition;
    long double reads, fills, updates;
} timeloop_counts;

typedef timeloop_counts timeloop_table[TW_MAX_LEVELS][TW_MAX_TENSORS];

/* False when out of memory or beyond the work that a check may do. */
bool timeloop_rule(const timeloop_case *c, const timeloop_options *options, timeloop_table out);

/* Timeloop truncates averages. */
uint64_t timeloop_truncated(long double count);

#endif
