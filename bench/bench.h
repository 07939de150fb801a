/* The common harness of the benchmarks: cases as a table, every run in a process of its own (so
 * that its peak memory is its own), results as rows that are printed and written as JSON.
 *
 * Seconds are information about one machine; instruction counts (run under callgrind by bench/run)
 * and search work are comparable between machines, and two result files as a ratio. */
#ifndef TW_BENCH_H
#define TW_BENCH_H

#include "base/ctx.h"

typedef struct {
    tw_status status;
    unsigned layers;     /* distinct problems solved */
    double seconds;      /* the best of the repetitions, the whole case */
    double cpu_seconds;  /* of all threads: on a busy machine the fairer figure */
    double slowest_s;    /* the slowest single problem, where problems run one by one */
    uint64_t evaluated;  /* mappings priced or labels made */
    double rate;         /* evaluations a second and core; 0 when the case is not about it */
    uint64_t peak_bytes; /* resident, of the process */
    char words[32];      /* "optimal", "3 infeasible", ... */
    double checksum;     /* sum of objective values: equal runs give equal sums */
} tw_bench_row;

typedef struct {
    unsigned threads;
    unsigned repeat; /* >= 1 */
} tw_bench_options;

typedef struct tw_bench_case tw_bench_case;
struct tw_bench_case {
    const char *name;
    /* Fills in *row (but peak_bytes) or returns an error with diagnostics. */
    tw_status (*run)(tw_ctx *ctx, const tw_bench_case *bench, const tw_bench_options *options,
                     tw_bench_row *row);
    const char *accelerator, *network, *objective;
    uint64_t gemm[3];      /* rows, columns, reduction of a matrix product instead of a network */
    double target_seconds; /* of the case, or of its slowest layer; 0: none */
    double target_rate;    /* evaluations a second and core; 0: none */
};

extern const tw_bench_case tw_bench_cases[];
extern const size_t tw_bench_case_count;

/* A stopwatch: seconds and processor seconds of this process, of the best of several runs. */
typedef struct {
    double start, cpu_start;
    double seconds, cpu_seconds;
    unsigned runs;
} tw_bench_watch;
void tw_bench_start(tw_bench_watch *watch);
/* Ends a run. True when another is worth it: fewer than `repeat`, and none of them long. */
bool tw_bench_stop(tw_bench_watch *watch, const tw_bench_options *options);

/* bench/map_case.c: a whole network through the public tw_map. */
tw_status tw_bench_map(tw_ctx *ctx, const tw_bench_case *bench, const tw_bench_options *options,
                       tw_bench_row *row);
/* bench/layer_case.c: every distinct layer of a network, or one matrix product, one by one. */
tw_status tw_bench_layers(tw_ctx *ctx, const tw_bench_case *bench, const tw_bench_options *options,
                          tw_bench_row *row);
/* bench/evaluate_case.c: how many mappings tw_evaluate prices a second on one core. */
tw_status tw_bench_evaluate(tw_ctx *ctx, const tw_bench_case *bench,
                            const tw_bench_options *options, tw_bench_row *row);

/* bench/compare.c: prints new / old of two result files. False with a message when one cannot be
 * read. */
bool tw_bench_compare(const char *old_path, const char *new_path);

#endif
