/* Loop blocking on one node: how the three loops of a nested loop are split over DRAM, global
 * buffer and register files, in which order they run, and what that costs.
 *
 * t[0] runs from DRAM to buffer, t[1] from buffer to registers, t[2] inside the elements; the
 * products are the nest's loop counts. order[bl][lp] is the position of loop lp at level bl,
 * smaller is inner. */
#ifndef TW_TILED_BLOCKING_H
#define TW_TILED_BLOCKING_H

#include "tiled/array_map.h"
#include "tiled/buffer_sharing.h"
#include "tiled/options.h"

typedef struct {
    int64_t t[3][TW_LOOPS];
    int order[2][TW_LOOPS];
} tw_loop_split;

/* Where the data of a region come from or go to, seen from the nodes that compute. */
typedef enum { TW_END_DRAM, TW_END_SAME_NODES, TW_END_OTHER_NODES } tw_data_end;

/* Prescribed factors of the outermost level; 0 is free. */
typedef struct {
    int64_t topbat, topifm, topofm;
} tw_top_constraint;

/* Everything about a node that blocking depends on. */
typedef struct {
    const tw_tiled_resource *resource;
    const tw_tiled_cost *cost;
    const tw_tiled_options *options;
    tw_data_end src, dst;
    tw_top_constraint top;
    int nodes;                        /* of the processing region */
    const tw_buffer_sharing *sharing; /* groups of nodes with common data */
} tw_blocking_context;

typedef struct {
    bool valid;
    int64_t t[3][TW_LOOPS];
    int order[2][TW_LOOPS]; /* with buffer sharing, order[1] is what the sharing makes of it */
    bool stored[TW_DATAS], filter_pinned;
    int64_t fetch[2][TW_DATAS], unit_cnt[2][TW_DATAS], size[2][TW_DATAS], unit_size[2][TW_DATAS];
    int64_t accfwd[TW_DATAS];
    double ops, access[TW_MEMS][TW_DATAS], remote[TW_DATAS], noc[TW_DATAS], access_cost;
    int64_t proc_time, bus_time, dram_time, time;
    tw_sharing_scheme sharing;
} tw_blocking;

/* Prices one blocking; out->valid tells whether it fits. All numbers are for all nodes. */
void tw_blocking_evaluate(const tw_blocking_context *context, const tw_nested_loop *nest,
                          const tw_loop_split *split, tw_blocking *out);
/* The same without choosing how buffers are shared (noc and sharing stay unset), which no other
 * number depends on. */
void tw_blocking_price(const tw_blocking_context *context, const tw_nested_loop *nest,
                       const tw_loop_split *split, tw_blocking *out);
/* The original's factor and order constraint at the outermost level. */
bool tw_blocking_meets(const tw_top_constraint *top, const tw_loop_split *split);
/* Whether the search leaves this order out because an equal one comes elsewhere. */
bool tw_blocking_is_redundant(const tw_loop_split *split);

/* No blocking of the nest costs less or takes less time. */
typedef struct {
    double access_cost;
    int64_t time;
} tw_blocking_bound;
tw_blocking_bound tw_blocking_lower_bound(const tw_blocking_context *context,
                                          const tw_nested_loop *nest);

/* The best options->top valid blockings of a nest: smallest key (access cost, time, or as the goal
 * says) first, ties in the original's enumeration order. Exhaustive in effect: what is not visited
 * is proven worse. `out` has room for `top` entries. */
tw_status tw_blocking_search(tw_ctx *ctx, const tw_blocking_context *context,
                             const tw_nested_loop *nest, tw_blocking *out,
                             unsigned *count) TW_NODISCARD;

/* The analytical solver: the best choice that keeps category `reside` in the buffer. */
typedef enum { TW_SOLVED, TW_SOLVER_GBUF_TOO_SMALL, TW_SOLVER_REGF_TOO_SMALL } tw_solved;
tw_solved tw_blocking_solve(const tw_nested_loop *nest, int64_t gbuf_words, int64_t regf_words,
                            tw_data reside, tw_loop_split *out);

#endif
