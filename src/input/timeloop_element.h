/* The chain of a Timeloop architecture as it grows: each element becomes a level or the arithmetic
 * units, with the fanout to what stands above it. */
#ifndef TW_INPUT_TIMELOOP_ELEMENT_H
#define TW_INPUT_TIMELOOP_ELEMENT_H

#include "arch/hierarchy.h"
#include "input/tree.h"

/* Where in the chain the walk is. */
typedef struct {
    uint64_t instances, mesh_x;
    tw_node *attributes; /* inherited from the subtree, or NULL */
} tw_timeloop_place;

typedef struct {
    tw_document *document;
    tw_hierarchy *arch;
    tw_timeloop_place last; /* of the level added last */
    bool computes;          /* the arithmetic units were found */
    tw_node *level_constraints[TW_MAX_LEVELS];
    /* Containers with a mesh, by the level above them and the axis. */
    tw_node *containers[TW_MAX_LEVELS][2];
    uint32_t parallel; /* bit l: level l stands beside others, each with tensors of its own */
} tw_timeloop_reader;

/* "PE[0..167]" is PE, 168 times. */
const char *tw_timeloop_cut_range(tw_timeloop_reader *r, const tw_node *node, const char *name,
                                  uint64_t *count);
/* The place of an element with its own range or mesh: `times` as many instances as outside. */
tw_timeloop_place tw_timeloop_narrow(tw_timeloop_reader *r, const tw_node *node,
                                     const tw_timeloop_place *where, uint64_t times);
void tw_timeloop_add_element(tw_timeloop_reader *r, tw_node *element,
                             const tw_timeloop_place *outer);

#endif
