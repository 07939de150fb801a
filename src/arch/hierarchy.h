/* An accelerator of kind `hierarchy`: storage levels from the outermost to the innermost, a
 * fanout below each, the compute units at the end.
 *
 *     level 0 (DRAM) --fanout 0--> level 1 (buffer) --fanout 1--> level 2 (scratchpad) --fanout
 * 2--> MAC
 *
 * Level l has as many instances as the product of the fanouts above it. Nothing here knows the
 * names of levels. */
#ifndef TW_ARCH_HIERARCHY_H
#define TW_ARCH_HIERARCHY_H

#include "workload/problem.h"

enum { TW_MAX_LEVELS = 12 };

typedef uint32_t tw_role_mask; /* bit r: role r */
typedef uint32_t tw_dim_mask;  /* bit d: dimension d */
enum { TW_ALL_ROLES = (1 << TW_ROLE_COUNT) - 1, TW_ALL_DIMS = (1 << TW_DIM_COUNT) - 1 };

/* How the words that several children need in the same step are read from the parent. */
typedef enum {
    TW_MULTICAST_WORDS, /* every distinct word once */
    TW_MULTICAST_TILES, /* once for all children whose new parts are identical (Timeloop's rule) */
    TW_MULTICAST_NONE   /* every child's words */
} tw_multicast;

typedef struct {
    uint64_t x, y;              /* children in the array; 1 x 1 when there is no fanout */
    tw_dim_mask dims_x, dims_y; /* dimensions that may be unrolled on each axis */
    tw_multicast multicast;
    bool reduce;   /* partial sums of children merge on the way up (adder tree) */
    double hop_pj; /* energy of one word over one hop */
    double hops;   /* hops of each word that a child receives or sends */
} tw_fanout;

/* No order of loops is prescribed; and: none, and no tensor is to gain from one. The difference
 * matters to models that take what is stationary as given, not from the loops. */
enum { TW_STATIONARY_FREE = -1, TW_STATIONARY_NONE = -2 };

/* Loops of one level that a user prescribes. 0, empty and -1 mean free. */
typedef struct {
    uint64_t temporal_fixed[TW_DIM_COUNT];
    uint64_t temporal_max[TW_DIM_COUNT];
    uint64_t spatial_x_fixed[TW_DIM_COUNT], spatial_y_fixed[TW_DIM_COUNT];
    unsigned order_count;       /* prescribed loop order, outermost first; the dimensions not */
    tw_dim order[TW_DIM_COUNT]; /* named stand outside those named, in any order */
    int stationary; /* role whose tile must stay longest: its irrelevant loops innermost */
} tw_level_constraints;

typedef struct {
    const char *name;
    bool shared;                          /* one capacity for all roles, else one for each */
    bool bounded;                         /* false: no capacity limit (DRAM) */
    double capacity_units[TW_ROLE_COUNT]; /* shared: [0]. In the units of word_units, already
                                             divided by the number of buffers */
    double word_units[TW_ROLE_COUNT]; /* room of one word: bits, or 1 when capacity is in words */
    tw_role_mask keeps;               /* roles stored here unless the search may choose */
    tw_role_mask may_keep, must_keep; /* limits of the choice with --bypass search */
    bool sliding_window;              /* fills reuse the overlap with the tile before */
    double read_pj[TW_ROLE_COUNT], write_pj[TW_ROLE_COUNT]; /* per word */
    /* Words per cycle and instance; 0 means unlimited. `bandwidth` is one port for everything,
     * the others are ports of their own; every port given limits the level. */
    double bandwidth, read_bandwidth, write_bandwidth;
    double role_bandwidth[TW_ROLE_COUNT];
    double leakage_mw; /* per instance, powered whether active or not */
    tw_fanout fanout;  /* between this level and the next inner one */
    tw_level_constraints constraints;
} tw_level;

typedef struct {
    const char *name, *description, *source; /* source: where its numbers come from */
    unsigned level_count;
    tw_level levels[TW_MAX_LEVELS]; /* outermost first */
    double mac_pj, mac_leakage_mw;  /* leakage per MAC unit */
    double clock_mhz;               /* only leakage needs it */
    uint32_t word_bits[TW_ROLE_COUNT];
    bool overlap; /* transfers overlap computation (double buffering) */
} tw_hierarchy;

/* Ranges of the numbers of a machine; bandwidths and the clock may also be 0, which says nothing.
 * Within them no energy, no latency and no product of the two leaves a double. */
#define TW_MOST_ENERGY_PJ 1e18
#define TW_MOST_LEAKAGE_MW 1e18
#define TW_MOST_HOPS 1e9
#define TW_MOST_CAPACITY 1e18   /* bits or words */
#define TW_LEAST_BANDWIDTH 1e-9 /* words per cycle */
#define TW_MOST_BANDWIDTH 1e18
#define TW_LEAST_CLOCK_MHZ 1e-9
#define TW_MOST_CLOCK_MHZ 1e9

/* Physical instances of level l: product of the fanouts above it. l == level_count: MAC units. */
uint64_t tw_hierarchy_instances(const tw_hierarchy *arch, unsigned level);
/* Checks what a file cannot say wrongly on its own: at least one level, the outermost keeps every
 * role, 64-bit products, numbers in their ranges. Diagnostics at `at`. */
tw_status tw_hierarchy_check(tw_ctx *ctx, const tw_position *at,
                             const tw_hierarchy *arch) TW_NODISCARD;

#endif
