/* The options of the `neurospector` program. */
#ifndef TW_NEUROSPECTOR_FRONT_DOOR_H
#define TW_NEUROSPECTOR_FRONT_DOOR_H

#include "neurospector/search.h"

typedef enum { NS_RUN_OPTIMIZER, NS_RUN_ANALYZER } ns_run_type;
typedef enum { NS_BOTTOM_UP, NS_BRUTE_FORCE, NS_EXACT } ns_optimizer;

typedef struct {
    bool help;
    ns_run_type run_type;
    const char *accelerator, *network, *scheduling_table;
    ns_optimizer optimizer;
    ns_search_options search;
    uint64_t layer; /* 1-based; 0: all */
    bool cross_layer;
    size_t partition_count; /* 1-based numbers of layers to run in parallel */
    uint64_t partition[64];
} ns_arguments;

/* argv without the program's name. Every wrong, unknown or missing argument is reported; TW_USAGE
 * when there is one. Of repeated ones the first counts, as in the original, with a warning. */
tw_status ns_parse_arguments(tw_ctx *ctx, int argc, char **argv, ns_arguments *out) TW_NODISCARD;
/* The lines that repeat the request, as the original prints them. */
void ns_print_request(int argc, char **argv, bool analyzer, FILE *out);
void ns_print_help(FILE *out);

#endif
