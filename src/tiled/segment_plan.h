/* Which runs of vertices can be pipelined at all.
 *
 * A vertex segment is a run of vertices, neighbours in scheduling order, such that each after the
 * first shares data with the ones before it (reads one of them, or reads what one of them reads),
 * none reads two others, and a vertex whose output stays inside has at most one reader outside.
 * Runs are found by depth-first search from the first vertex: whatever follows a usable run is
 * searched before the run is made longer. That order decides ties between schemes. */
#ifndef TW_TILED_SEGMENT_PLAN_H
#define TW_TILED_SEGMENT_PLAN_H

#include "tiled/dag.h"

/* Runs grouped by their last vertex v, in the order found: the first vertices of those that end
 * at v are starts[begin[v]] to starts[begin[v + 1] - 1]. */
typedef struct tw_segment_plan {
    unsigned *begin, *starts;
} tw_segment_plan;

/* Runs of at most max_degree vertices. Single vertices are left out unless they have several
 * layers. */
tw_status tw_segment_plan_make(tw_arena *arena, const tw_tiled_dag *dag, double max_degree,
                               tw_segment_plan *out) TW_NODISCARD;

#endif
