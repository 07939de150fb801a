/* Loop orders that can differ in cost.
 *
 * The order of one level's loops matters only through the tensors whose tile below has not moved
 * yet ("open"): the loops inside the innermost one that moves a tile are free for its tensor. So
 * an order is a sequence of groups from the inside out; whatever stands outside the last group is
 * in a fixed order, because nothing is open there any more. The classes follow from the tensors'
 * axes alone: for a convolution "which tensor is stationary", for other operations their own.
 *
 * A tensor with a sliding window can keep part of its tile while it moves, so while it is open
 * single loops are told apart, not groups. */
#ifndef TW_SPACE_ORDER_H
#define TW_SPACE_ORDER_H

#include "arch/hierarchy.h"

enum { TW_MAX_ORDER_CLASSES = 8192 };

typedef struct {
    unsigned group_count;
    uint8_t groups[TW_DIM_COUNT]; /* masks of dimensions, innermost group first */
} tw_order;

typedef struct {
    const tw_problem *problem;
    const tw_level_constraints *constraints;
    tw_dim_mask loops; /* dimensions with a factor above 1 */
    uint32_t open;     /* bit t: tensor t is open */
    uint32_t windows;  /* open tensors for which the order of window loops matters */
} tw_order_request;

/* Writes the distinct orders to `out`; returns how many (at least 1, at most the maximum). */
unsigned tw_order_classes(const tw_order_request *request, tw_order *out);

/* The order as dimensions of `loops`, innermost first. Returns their number. */
unsigned tw_order_dims(const tw_order *order, tw_dim_mask loops, tw_dim dims[TW_DIM_COUNT]);

#endif
