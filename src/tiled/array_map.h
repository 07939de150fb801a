/* Row-stationary mapping of one node's layer on its array (Chen et al., ISCA 2016): a logical set
 * of window rows x output rows is folded when it is larger than the array, replicated over
 * channels when it is smaller. What is left are three loops of unit passes: input maps, output
 * maps, and batch times folds. */
#ifndef TW_TILED_ARRAY_MAP_H
#define TW_TILED_ARRAY_MAP_H

#include "tiled/layer.h"

/* Which loops index which data: bit lp of tw_data_loops[conv][d]. */
extern const unsigned tw_data_loops[2][TW_DATAS];

/* One pass unit and how often it runs. Accesses are words per pass of all elements of a node. */
typedef struct {
    int64_t loopcnt[TW_LOOPS];
    int64_t usize_gbuf[TW_DATAS], usize_regf[TW_DATAS];
    double unit_access[TW_MEMS][TW_DATAS];
    double unit_ops;
    int64_t unit_time;
    bool conv; /* which data loops: tw_data_loops[conv] */
} tw_nested_loop;

typedef struct {
    double utilization;
    tw_dim2 fold, repl, flpeset, ppeset;
    unsigned nest_count;
    tw_nested_loop *nests; /* ways to replicate, in the original's order */
} tw_array_mapping;

enum { TW_MAX_NESTS = 64 }; /* divisors of TW_MAX_ARRAY_AXIS or less */

/* Maps a layer that one node runs, e.g. from tw_partition_layer. `nests` has room for
 * TW_MAX_NESTS. False when the array cannot run it at more than half its elements: the reason, as
 * a phrase, in `reason`. */
bool tw_array_map(const tw_tiled_layer *layer, int batch, double occupancy, tw_dim2 array,
                  tw_nested_loop *nests, tw_array_mapping *out, char reason[160]);
/* The same in nn_dataflow 1.5: replicas are not limited by the layer's channels, traffic inside the
 * array is counted for whole logical sets, and the nodes' occupancy is left to the caller. */
bool tw_array_map_v15(const tw_tiled_layer *layer, int batch, tw_dim2 array, tw_nested_loop *nests,
                      tw_array_mapping *out, char reason[160]);
/* Words of all passes. */
double tw_nest_total_access(const tw_nested_loop *nest, tw_mem mem, tw_data data);

#endif
