/* What a search on a tiled accelerator is asked for: hardware, unit costs, options. */
#ifndef TW_TILED_OPTIONS_H
#define TW_TILED_OPTIONS_H

#include "tiled/layer.h"

enum { TW_MAX_ARRAY_AXIS = 4096 };

/* Hardware of one layer's execution. Regions differ between layers only in pipelined segments. */
typedef struct {
    tw_region proc, dram, src, dst; /* src, dst: where inputs come from, outputs go to */
    tw_dim2 array;                  /* processing elements of a node */
    int64_t gbuf_words, regf_words; /* of a node, of a processing element */
    int64_t bus_words;              /* words per cycle of each array bus; 0: unlimited */
    double dram_words;              /* words per cycle of all memory; INFINITY: unlimited */
    bool no_time_mux; /* nodes are never given to other layers: filters may stay for good */
} tw_tiled_resource;

typedef struct {
    double mac_op;
    double mem_hier[TW_MEMS]; /* per word */
    double noc_hop;           /* per word and hop */
    double idle_unit;         /* per cycle, all nodes together */
} tw_tiled_cost;

typedef enum { TW_GOAL_E, TW_GOAL_D, TW_GOAL_ED } tw_tiled_goal;

typedef struct {
    bool gbuf_bypass[TW_DATAS]; /* the search may keep this category out of the buffer */
    bool solve_loopblocking;    /* analytical solver instead of the exhaustive search */
    bool access_forwarding, gbuf_sharing, save_writeback;
    bool partition_hybrid, partition_batch, partition_ifmaps, partition_interlayer;
    double pipeline_time_overhead; /* INFINITY: no limit */
    double pipeline_max_degree;    /* vertices in a segment; INFINITY: no limit */
    bool pipeline_opt;             /* false: basic inter-layer partition only */
    tw_tiled_goal goal;
    unsigned top;     /* width of the beam */
    unsigned threads; /* 0: one per processor */
    bool verbose;
    bool model_v15; /* the model of nn_dataflow 1.5, see v15.h */
} tw_tiled_options;

/* Everything free that the original's command line leaves free: bypass on, goal e, top 1. */
tw_tiled_options tw_tiled_options_default(void);

/* The memory of the original's command line: 2D is the four corners of the mesh, 3D a channel
 * above every node. */
typedef enum { TW_MEMORY_2D, TW_MEMORY_3D } tw_tiled_memory;
/* Resource of the whole chip, with src, dst and dram as the memory type says. */
tw_tiled_resource tw_tiled_resource_make(tw_dim2 nodes, tw_dim2 array, int64_t gbuf_words,
                                         int64_t regf_words, int64_t bus_words, double dram_words,
                                         tw_tiled_memory memory);
/* Limits of sizes, illegal combinations of options: TW_USAGE with what is wrong. */
tw_status tw_tiled_options_check(tw_ctx *ctx, const tw_tiled_options *options) TW_NODISCARD;
tw_status tw_tiled_resource_check(tw_ctx *ctx, const tw_tiled_resource *resource) TW_NODISCARD;

#endif
