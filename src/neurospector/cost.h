/* NeuroSpector's cost model: tiles, access counts, cycles and energy of a scheduling table.
 *
 * Each of the buffers LB, GB and DRAM sends tiles to the next one up. It sends a tile once for
 * every step of its own loops and of those further out; in the buffer's own row the loops that do
 * not change the stationary datum run innermost and are free for it. Phases (MACs, LB, GB, DRAM)
 * do not overlap: total cycles are their sum.
 *
 * Two arithmetics: exact (64-bit counts, doubles), and single, where every operation on energies
 * and cycles is rounded to 32-bit floats as in the original, so that its ties break as there. The
 * counts are 64-bit in both: nothing wraps. */
#ifndef TW_NEUROSPECTOR_COST_H
#define TW_NEUROSPECTOR_COST_H

#include "arch/neurospector.h"

/* The buffers that take part in counts. */
typedef enum { NS_LEVEL_LB, NS_LEVEL_GB, NS_LEVEL_DRAM, NS_LEVELS } ns_level;
typedef enum { NS_INPUT_READ, NS_WEIGHT_READ, NS_OUTPUT_READ, NS_OUTPUT_WRITE, NS_COUNTS } ns_count;

typedef struct {
    uint64_t send[NS_LEVELS][NS_DATA];    /* words of the tile that a level sends upwards */
    uint64_t alloc[NS_LEVELS][NS_DATA];   /* words of the tile that it holds */
    uint64_t count[NS_LEVELS][NS_COUNTS]; /* tiles sent and received */
    uint64_t active[NS_ARRAYS];
    double mac_pj, lb_upper_pj, lb_lower_pj, gb_upper_pj, gb_lower_pj;
    double level_pj[NS_LEVELS], dynamic_pj;
    double mac_static_pj, level_static_pj[NS_LEVELS], static_pj;
    double mac_cycles, level_cycles[NS_LEVELS], cycles;
    double energy_pj; /* dynamic and static */
} ns_cost;

/* The accelerator's numbers as the model uses them. */
typedef struct {
    const ns_accelerator *accelerator;
    bool single;
    double words_per_cycle[NS_LEVELS];
    double access_pj[NS_LEVELS][NS_DATA], unit_cycles[NS_LEVELS][NS_DATA];
    bool sum_cycles[NS_LEVELS]; /* one port for all data, else the slowest counts */
    double mac_pj;
    double static_pj_per_cycle[1 + NS_LEVELS]; /* MACs, then levels; whole machine */
} ns_model;

void ns_model_init(ns_model *model, const ns_accelerator *accelerator, bool single);
/* Prices a table whose columns multiply to the layer's sizes; validity is not looked at. */
void ns_evaluate(const ns_model *model, const ns_layer *layer, const ns_dataflows *dataflows,
                 const ns_table *table, ns_cost *out);
/* TW_OK when no mapping of the layer costs more than a 32-bit float holds, with a wide margin: then
 * no cost in single arithmetic is infinite or no number. The error says who needs that. */
tw_status ns_single_check(tw_ctx *ctx, const ns_model *model, const ns_layer *layer) TW_NODISCARD;
double ns_metric_value(ns_metric metric, const ns_cost *cost);

/* The dataflow in force at a buffer: its own, or for a virtual row that of the next inner buffer
 * that has one. */
ns_dataflow ns_dataflow_in_force(const ns_accelerator *accelerator, const ns_dataflows *dataflows,
                                 ns_buffer_id buffer);
/* Words of the input, weight and output tile with these extents. */
void ns_tile_words(const uint64_t extent[NS_COLUMNS], uint64_t stride, uint64_t words[NS_DATA]);

/* Steps of the row's loops that leave the stationary datum of `dataflow` as it is. */
uint64_t ns_stationary_run(const uint64_t factor[NS_COLUMNS], ns_dataflow dataflow);

#endif
