/* A mapping as a chain of tiles from the compute units outwards, and what each step adds to its
 * cost.
 *
 *     unit tile --fanout L-1--> u --loops of level L-1--> t --fanout L-2--> ... --loops of level
 * 0--> N
 *
 * Costs are kept in accounts: account 0 is energy in pJ; for objectives that know time, account 1
 * is compute steps and the others are cycles of one port of one level. Every account is linear in
 * word counts, and the words that cross a boundary, over all instances, are
 *
 *     volume(tile) * macs / points(tile) / run,
 *
 * where only `run`, the product of the free loops right outside, belongs to the steps above. So a
 * partial chain means to everything outside it: what is `done`, per tensor what is still `open`
 * (to be divided by a run yet to come), the `flow` of words whose parent level is not reached yet
 * (bypass), and the `credit` for first visits of the output, which grows with the copies that
 * fanouts further out make. Cycle accounts are divided by the units of every fanout crossed, since
 * instances share the work.
 *
 * Tensors with a sliding window follow the same rule as long as their tile moves clear of itself.
 * Where it may not (halo reuse, or loops that step back onto the same tile), or where more than
 * one fanout spreads their children along a window, the label says `exact` for the tensor: its cost
 * is recounted from the partial mapping by the cost model itself, and only labels with equal
 * `signature` are compared. */
#ifndef TW_SEARCH_CHAIN_H
#define TW_SEARCH_CHAIN_H

#include "cost/nest.h"
#include "search/search.h"
#include "space/lattice.h"
#include "space/order.h"
#include "space/unrolling.h"

enum {
    TW_MAX_ACCOUNTS = 2 + TW_MAX_LEVELS * (3 + TW_ROLE_COUNT),
    TW_MAX_BLENDS = 8,
    TW_MAX_BOUNDS = TW_MAX_ACCOUNTS + TW_MAX_BLENDS
};

/* A port of a level: what a word costs, by role, in the account that the port adds to. */
typedef struct {
    unsigned account;
    double read[TW_ROLE_COUNT], write[TW_ROLE_COUNT];
} tw_port;

/* A weighted sum of accounts that is never more than energy * E + latency * D of the mapping, with
 * leakage in E. Its minimum over completions says what the minima of single accounts cannot: that
 * they are not reached together. */
typedef struct {
    double energy, latency;
    double weight[TW_MAX_ACCOUNTS];
    unsigned term_count;
    uint8_t terms[TW_MAX_ACCOUNTS]; /* accounts with a weight */
} tw_blend;

/* Positions of a tile on one axis by the divisor indices of its (one or two) moving dimensions. */
typedef struct {
    tw_dim dims[2];
    uint64_t coefficients[2];
    bool window;     /* both dimensions move */
    unsigned stride; /* of the first index */
    double *extent;
    /* Of a window. */
    double *return_after; /* tiles before it can be back at its place; or infinite */
    double *overlapping;  /* how many children that are spread outside the tile can share a word */
} tw_axis_table;

/* Entry of one of the axis' tables. */
static inline double tw_axis_entry(const tw_axis_table *axis, const double *table,
                                   const uint16_t index[TW_DIM_COUNT]) {
    return axis->window ? table[index[axis->dims[0]] * axis->stride + index[axis->dims[1]]]
                        : table[index[axis->dims[0]]];
}

typedef struct {
    unsigned axis_count;
    tw_axis_table axes[TW_MAX_AXES];
    tw_dim_mask relevant; /* moving dimensions that index the tensor */
    tw_dim_mask leaving;  /* of these, those whose step moves the tile clear of itself */
    unsigned irrelevant_count;
    tw_dim irrelevant[TW_DIM_COUNT]; /* the other moving dimensions */
    bool window, output;
    tw_role role;
    double whole_words; /* of the whole tensor */
} tw_chain_tensor;

typedef struct {
    tw_ctx *ctx;
    tw_arena arena;
    const tw_hierarchy *arch;
    const tw_problem *problem;
    tw_lattice lattice;
    tw_tile_id full; /* the tile of the whole problem */
    bool mirrors;    /* mirror images cost the same: mirror.h */
    unsigned levels, tensor_count, output;
    tw_chain_tensor tensors[TW_MAX_TENSORS];
    tw_role_mask roles; /* that the problem has */
    double macs;

    unsigned account_count;
    tw_port ports[TW_MAX_ACCOUNTS];
    unsigned first_port[TW_MAX_LEVELS + 1];  /* level l's ports */
    unsigned account_level[TW_MAX_ACCOUNTS]; /* of the port that the account is of */
    bool settles;                            /* latency is the largest account from 1 on */
    double step_weight;                      /* of a compute step in account 1 */
    unsigned first_compared;                 /* account; 1 when energy does not matter */
    double leakage_pj_per_cycle;
    unsigned blend_count, bound_count; /* bounds: accounts and blends */
    tw_blend blends[TW_MAX_BLENDS];    /* chosen in blends.c; bounds of a label have them after the
                                          accounts */

    tw_unrollings unrollings[TW_MAX_LEVELS];
    double units_outside[TW_MAX_LEVELS + 1]; /* product of the fanouts outside level l */
    tw_role_mask keep_choices[TW_MAX_LEVELS][1 << TW_ROLE_COUNT];
    unsigned keep_choice_count[TW_MAX_LEVELS];
    /* Who may be the parent that a flow into level l awaits: the level when there is only one,
     * else -1, and the least energy of a word read (or updated) there. */
    int next_keeper[TW_MAX_LEVELS + 1][TW_MAX_TENSORS];
    double next_keeper_pj[TW_MAX_LEVELS + 1][TW_MAX_TENSORS];
    bool constrained_order[TW_MAX_LEVELS];
    unsigned class_count; /* orders when every tensor is open, unconstrained */
    tw_order *classes;
    /* survivors[i]: tensors for which the innermost loops of a class are free. vertices: sets of
     * tensors whose open parts may shrink together, on which two labels are compared. */
    unsigned survivor_count, vertex_count;
    bool single_survivors; /* no order is free for two tensors at once */
    uint32_t survivors[64], vertices[64];
} tw_chain;

/* One partial chain. `values`: done[A], credit[A], flow[T], open[T][A], then what every completion
 * comes to at least, accounts and blends. */
typedef struct {
    uint32_t parent, next;
    tw_tile_id tile;
    uint16_t index[TW_DIM_COUNT]; /* of the tile's extents among the divisors */
    uint8_t level;                /* whose fanout or loops the last step took */
    uint8_t keeps;                /* roles that this level keeps */
    uint8_t open, exact;          /* masks of tensors */
    uint8_t moved; /* of the open and exact ones: the window has moved since its boundary */
    bool loops;    /* the last step took loops, not a fanout */
    bool mirrors;  /* every tile on the way is its own mirror image, where chain.mirrors */
    bool dead;
    tw_order order;                /* of the loops */
    uint8_t since[TW_MAX_TENSORS]; /* child level of the tensor's oldest open boundary */
    /* Of the flow: the tile that each child fetches, the window axes along which a fanout has
     * spread the children, and how (a hash). */
    tw_tile_id child_tile[TW_MAX_TENSORS];
    uint8_t spread_axes[TW_MAX_TENSORS];
    uint64_t spread[TW_MAX_TENSORS];
    uint64_t signature;
    double output_copies; /* copies of output words that fanouts without adder tree made since
                             the level that holds them */
    double value_bound;   /* of every completion, in the objective's unit */
    double least_cycles;  /* of every completion, where the slowest port settles them; else 0 */
    double values[];
} tw_label;

static inline double *tw_label_done(const tw_chain *c, tw_label *label) {
    (void)c;
    return label->values;
}
static inline double *tw_label_credit(const tw_chain *c, tw_label *label) {
    return label->values + c->account_count;
}
static inline double *tw_label_flow(const tw_chain *c, tw_label *label) {
    return label->values + 2 * c->account_count;
}
static inline double *tw_label_open(const tw_chain *c, tw_label *label, unsigned tensor) {
    return label->values + 2 * c->account_count + c->tensor_count + tensor * c->account_count;
}
static inline double *tw_label_bounds(const tw_chain *c, tw_label *label) {
    return tw_label_open(c, label, c->tensor_count);
}
static inline size_t tw_label_bytes(const tw_chain *c) {
    return sizeof(tw_label) +
           sizeof(double) *
               (2 * c->account_count + c->tensor_count * (1 + c->account_count) + c->bound_count);
}

/* Prepares the chain of one problem on one machine. The objective decides the accounts. With a
 * blend, only that is sought: account 1 is then its weighted sum of cycles, and it is the chain's
 * only blend. */
tw_status tw_chain_make(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                        const tw_search_options *options, const tw_blend *sought,
                        tw_chain *out) TW_NODISCARD;
void tw_chain_free(tw_chain *chain);

/* Words of the tensor in a tile. */
static inline double tw_chain_volume(const tw_chain *chain, unsigned tensor,
                                     const uint16_t index[TW_DIM_COUNT]) {
    const tw_chain_tensor *t = &chain->tensors[tensor];
    double words = 1;
    for (unsigned a = 0; a < t->axis_count; a++)
        words *= tw_axis_entry(&t->axes[a], t->axes[a].extent, index);
    return words;
}

/* The product of these factors over the dimensions that do not index the tensor. */
static inline double tw_chain_irrelevant(const tw_chain *chain, unsigned tensor,
                                         const uint16_t index[TW_DIM_COUNT]) {
    const tw_chain_tensor *t = &chain->tensors[tensor];
    double points = 1;
    for (unsigned i = 0; i < t->irrelevant_count; i++)
        points *= (double)chain->lattice.dims[t->irrelevant[i]].divisors[index[t->irrelevant[i]]];
    return points;
}

/* Whether any loops outside a tile could bring a window back onto itself on this axis. When a loop
 * of dimension p advances, its origin moves on by at least the tile's own p steps, while the wraps
 * of r that could undo this add up to less than what r still has to go; and the other way round.
 */
bool tw_window_may_return(const tw_chain *chain, const tw_axis_table *axis,
                          const uint16_t index[TW_DIM_COUNT]);

/* The empty chain: every tensor's words are awaited by the level that feeds the compute units. */
void tw_chain_start(const tw_chain *chain, tw_label *out);

/* Crosses the fanout below `level` with these factors; `level` then keeps `keeps`. `below` are the
 * divisor indices of the tile that `from` holds. */
void tw_chain_cross(const tw_chain *chain, const tw_label *from, unsigned level,
                    const tw_unrolling *unrolling, tw_role_mask keeps,
                    const uint16_t below[TW_DIM_COUNT], tw_label *out);

/* The tile that units with tile `below` make together; false when it does not divide the problem.
 */
bool tw_chain_unroll(const tw_chain *chain, const uint16_t below[TW_DIM_COUNT],
                     const tw_unrolling *unrolling, uint16_t index[TW_DIM_COUNT], tw_tile_id *tile);

/* Window axes of the tensor along which the unrolling spreads its units. */
uint8_t tw_chain_spread_axes(const tw_chain *chain, unsigned tensor, const tw_unrolling *unrolling);

/* Mixes a value into a hash. */
static inline uint64_t tw_mix(uint64_t hash, uint64_t value) {
    hash ^= value + UINT64_C(0x9e3779b97f4a7c15) + (hash << 6) + (hash >> 2);
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 31;
}

/* What the loops of a level do to each tensor that is open. */
typedef struct {
    double run[TW_MAX_TENSORS]; /* free loops: its words are divided by this */
    uint8_t open;               /* tensors that stay open */
} tw_loop_effect;
void tw_chain_effect(const tw_chain *chain, uint8_t open, const tw_order *order, tw_dim_mask loops,
                     const double factor[TW_DIM_COUNT], tw_loop_effect *out);

/* Closes and divides the open accounts as `effect` says: out must be a copy of the label before
 * the loops. */
void tw_chain_apply(const tw_chain *chain, const tw_loop_effect *effect, tw_label *out);

/* Opens the boundaries between `level`, which keeps out->keeps of the tile out->tile with these
 * indices, and the levels outside. */
void tw_chain_open(const tw_chain *chain, unsigned level, const uint16_t index[TW_DIM_COUNT],
                   tw_label *out);

/* Adds the words to the accounts: energy and the ports of `level`. */
static inline void tw_chain_charge(const tw_chain *chain, unsigned level, tw_role role,
                                   double reads, double writes, double *accounts) {
    const tw_level *at = &chain->arch->levels[level];
    accounts[0] += reads * at->read_pj[role] + writes * at->write_pj[role];
    for (unsigned p = chain->first_port[level]; p < chain->first_port[level + 1]; p++)
        accounts[chain->ports[p].account] +=
            reads * chain->ports[p].read[role] + writes * chain->ports[p].write[role];
}

/* Latency that the accounts mean: the slowest, or the sum over levels without overlap. */
double tw_chain_latency(const tw_chain *chain, const double *accounts);

#endif
