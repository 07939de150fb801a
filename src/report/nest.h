/* A mapping drawn as the loop nest that it is: per level what it holds, its temporal loops, and
 * what the fanout below it unrolls, each loop indented under the one around it. */
#ifndef TW_REPORT_NEST_H
#define TW_REPORT_NEST_H

#include "base/text.h"
#include "mapping/mapping.h"

/* With a problem the tiles of the kept tensors are given in words, without one only the extents
 * of the dimensions. */
void tw_draw_nest(tw_text *out, const tw_hierarchy *arch, const tw_problem *problem,
                  const tw_mapping *mapping, const tw_write_options *options);

#endif
