/* The front door that takes the options of nn_dataflow_search.py. */
#ifndef TW_TILED_NN_DATAFLOW_H
#define TW_TILED_NN_DATAFLOW_H

#include "tiled/scheme.h"

typedef struct {
    const char *net;
    int batch, word_bits;
    tw_dim2 nodes, array;
    int64_t regf_bytes, gbuf_bytes, bus_bits; /* bus 0: unlimited */
    double dram_bytes;                        /* per cycle; INFINITY: unlimited */
    tw_tiled_memory memory;
    tw_tiled_cost cost;
    tw_tiled_options options;
    bool help, no_timing;
} tw_nn_dataflow_request;

/* argv[0] is the first argument, not a program name. TW_USAGE with a diagnostic for each thing that
 * is wrong. Strings are borrowed from argv. */
tw_status tw_nn_dataflow_parse(tw_ctx *ctx, int argc, const char *const *argv,
                               tw_nn_dataflow_request *out) TW_NODISCARD;
tw_tiled_resource tw_nn_dataflow_resource(const tw_nn_dataflow_request *request);
/* What `--help` prints. */
void tw_nn_dataflow_help(FILE *out);

/* A network of the original's zoo by name, or a file. */
tw_status tw_nn_dataflow_load(tw_ctx *ctx, const char *net, tw_tiled_dag **out) TW_NODISCARD;

/* Writes the result as the original's JSON. scheme NULL writes `null`. */
tw_status tw_nn_dataflow_write(tw_ctx *ctx, const tw_nn_dataflow_request *request,
                               const tw_tiled_search *search, const tw_scheme *scheme,
                               double seconds, FILE *out) TW_NODISCARD;

#endif
