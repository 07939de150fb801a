/* Two defects of the original nn_dataflow, so that a result which differs from ours can be shown to
 * come from them and from nothing else.
 *
 * Stale hops: the hops of a category are remembered under its layout and two sets, the ranges of
 * data and the lists of nodes, without which belongs to which; another partition with the same sets
 * gets the first one's number. Each memory holds 1024 answers and forgets the one used longest ago.
 *
 * NaN keys: with goal d, the candidates of one choice of input and output factors are compared
 * before their times are known, which makes every comparison false. */
#ifndef TESTS_REFERENCE_ORIGINAL_DEFECTS_H
#define TESTS_REFERENCE_ORIGINAL_DEFECTS_H

#include "tiled/scheme.h"

typedef struct original_defects original_defects;
/* NULL when out of memory. */
original_defects *original_defects_new(void);
void original_defects_free(original_defects *defects);
/* Hooks with the defects that these options bring out. */
void original_defects_hook(original_defects *defects, const tw_tiled_options *options,
                           tw_schedule_hooks *out);

#endif
