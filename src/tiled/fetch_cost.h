/* What a blocking costs by how often each category is fetched: all of its cost and time that the
 * search compares, without pricing the blocking itself. */
#ifndef TW_TILED_FETCH_COST_H
#define TW_TILED_FETCH_COST_H

#include "tiled/blocking.h"
#include "tiled/goal_key.h"

/* Relative slack of bounds: they are summed in another order than the exact cost. */
#define TW_BOUND_SLACK 1e-9

/* Of one nest on all nodes. Costs are in the unit of the hierarchy's costs, words and costs per
 * fetch of all the data of a category. [0]: bypassing the buffer, [1]: stored in it. */
typedef struct {
    const tw_blocking_context *context;
    double memory_cost[2][TW_DATAS], memory_words[2][TW_DATAS]; /* into the nodes */
    double network_cost[TW_DATAS];                              /* of the array, into registers */
    double buffer_cost[TW_DATAS], buffer_words[TW_DATAS];       /* into registers */
    double fixed_cost;                                          /* of every blocking */
    int64_t proc_time;                                          /* cycles of all passes */
    int64_t group_size[TW_DATAS]; /* nodes that keep one copy between them */
} tw_fetch_cost;

void tw_fetch_cost_make(const tw_blocking_context *context, const tw_nested_loop *nest,
                        tw_fetch_cost *out);

/* The key of a blocking with these fetches into buffers (0) and into registers (1); `pinned`:
 * filters never leave the registers. With `is_bound` the least key of all blockings with these
 * fetches or more into registers, whichever categories they store. */
tw_goal_key tw_fetch_cost_key(const tw_fetch_cost *cost, const int64_t fetch0[TW_DATAS],
                              const int64_t fetch1[TW_DATAS], bool pinned, bool is_bound);

#endif
