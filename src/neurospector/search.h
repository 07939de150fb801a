/* What every search of the NeuroSpector model takes and gives. */
#ifndef TW_NEUROSPECTOR_SEARCH_H
#define TW_NEUROSPECTOR_SEARCH_H

#include "neurospector/cost.h"

typedef struct {
    ns_metric metric;
    bool flexible;       /* choose the buffers' dataflows, else keep the accelerator's */
    double time_limit_s; /* 0: none */
    uint64_t work_limit; /* tiles expanded or mappings priced; 0: none */
    uint64_t chips;      /* exact only: use exactly so many chips; 0: any number */
    unsigned threads;    /* for one layer: brute force only; 0: all processors */
    /* Bottom-up only: the dataflows that the layer before it tried last; NULL: the accelerator's.
     */
    const ns_dataflows *left_over;
    bool single; /* brute force only: compare 32-bit costs, as the original does */
} ns_search_options;

typedef struct {
    bool found;      /* table holds a valid mapping */
    bool proven;     /* nothing better exists; with !found: nothing valid exists */
    tw_status limit; /* TW_OK, TW_LIMIT, TW_CANCELLED: why it stopped */
    ns_table table;
    ns_dataflows dataflows;
    ns_cost cost; /* exact arithmetic */
    double value, lower_bound;
    uint64_t evaluated, pruned;
    double space_log10; /* mappings times dataflows */
    char strategy[12];  /* bottom-up: "PM-SP-PM"; layers in parallel: "EXACT" */
} ns_search_result;

/* The dataflows to try, in the order of the original: the innermost buffer's varies fastest. */
enum { NS_MAX_COMBINATIONS = 27 };
size_t ns_dataflow_combinations(const ns_accelerator *accelerator, bool flexible,
                                ns_dataflows out[NS_MAX_COMBINATIONS]);
/* The first of those of which the same dataflows are in force at LB (`inner`) and at GB (`outer`):
 * they price every mapping alike. */
size_t ns_distinct_combinations(const ns_accelerator *accelerator, bool flexible,
                                ns_dataflows out[NS_MAX_COMBINATIONS],
                                ns_dataflow inner[NS_MAX_COMBINATIONS],
                                ns_dataflow outer[NS_MAX_COMBINATIONS]);
/* Why a search that began at start_s has to stop, or TW_OK. Clock and cancellation are looked at
 * only when `look`. */
tw_status ns_why_stop(tw_ctx *ctx, const ns_search_options *options, double start_s,
                      uint64_t evaluated, bool look) TW_NODISCARD;
/* log10 of the number of ways to spread the layer over the rows that are not virtual. */
double ns_space_log10(const ns_accelerator *accelerator, const ns_layer *layer);

#endif
