/* tilewright: optimal mappings of neural networks onto spatial accelerators, with proof.
 *
 * Quick start:
 *
 *     tw_ctx *ctx = tw_ctx_new(NULL);
 *     tw_accelerator *eyeriss = NULL;
 *     tw_network *resnet = NULL;
 *     tw_result *result = NULL;
 *     if (tw_accelerator_load(ctx, "eyeriss", &eyeriss) == TW_OK &&
 *         tw_network_load(ctx, "resnet50", NULL, &resnet) == TW_OK &&
 *         tw_map(ctx, eyeriss, resnet, NULL, &result) == TW_OK)
 *         tw_result_write(ctx, result, NULL, stdout);
 *     else
 *         tw_diagnostics_print(ctx, stderr, false);
 *
 * Every object is opaque, made by a `load`, `map` or `eval` call and released by its `_free`,
 * which takes NULL. A parameter marked TW_GIVE passes ownership to the caller; every other
 * pointer is borrowed for the call. No function prints, exits or keeps global state; a context
 * serves one thread at a time, different contexts are independent.
 */
#ifndef TILEWRIGHT_H
#define TILEWRIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(TW_BUILDING_LIBRARY) || defined(__GNUC__)
#define TW_API __attribute__((visibility("default")))
#else
#define TW_API
#endif
#define TW_NODISCARD __attribute__((warn_unused_result))
#define TW_GIVE
#define TW_TAKE

/* What a call ended with. The value is also the exit status of the program. */
#define TW_STATUS_TABLE(X)                                                                         \
    X(TW_OK, 0, "done")                                                                            \
    X(TW_ERROR, 1, "internal or input/output error")                                               \
    X(TW_USAGE, 2, "invalid request")                                                              \
    X(TW_INVALID, 3, "invalid input")                                                              \
    X(TW_INFEASIBLE, 4, "no valid mapping")                                                        \
    X(TW_LIMIT, 5, "limit reached, best result so far")                                            \
    X(TW_CANCELLED, 130, "interrupted, best result so far")

typedef enum {
#define TW_STATUS_ENUM(name, value, text) name = value,
    TW_STATUS_TABLE(TW_STATUS_ENUM)
#undef TW_STATUS_ENUM
} tw_status;

TW_API const char *tw_status_text(tw_status status);

/* "0.1.0" */
TW_API const char *tw_version(void);

/* ---- Context: memory, diagnostics, progress, cancellation ------------------------------- */

typedef struct tw_ctx tw_ctx;

/* Called for every allocation: like realloc, with size 0 meaning free. Thread-safe. */
typedef struct {
    void *(*resize)(void *user, void *block, size_t size);
    void *user;
} tw_allocator;

/* NULL uses the C library's allocator. Returns NULL when out of memory. */
TW_API tw_ctx *tw_ctx_new(const tw_allocator *allocator) TW_NODISCARD;
TW_API void tw_ctx_free(tw_ctx *ctx TW_TAKE);

/* May be called from a signal handler or another thread: running work stops at the next check
 * and returns TW_CANCELLED with its best result. */
TW_API void tw_cancel(tw_ctx *ctx);

/* State of long work, handed to the progress callback at most ten times a second. */
typedef struct {
    const char *item; /* the layer, segment or file at hand */
    uint64_t items_done;
    uint64_t items_total;
    uint64_t evaluated; /* mappings priced or labels made so far */
    double incumbent;   /* best objective value so far of the item, NaN when none */
    double lower_bound; /* proven bound of the item, NaN when none */
    double seconds;     /* since the work began */
} tw_progress;
typedef void (*tw_progress_fn)(void *user, const tw_progress *progress);
TW_API void tw_set_progress(tw_ctx *ctx, tw_progress_fn callback, void *user);

/* Messages about the inputs, collected in the order they were found. */
typedef enum { TW_SEVERITY_ERROR, TW_SEVERITY_WARNING, TW_SEVERITY_NOTE } tw_severity;
TW_API size_t tw_diagnostics_count(const tw_ctx *ctx);
/* Writes every message as `file:line:col: error: what, what was expected`, with the source line
 * and a caret where known, and forgets them. */
TW_API void tw_diagnostics_print(tw_ctx *ctx, FILE *out, bool color);
/* The same as a JSON array of {"severity","file","line","column","message"}. */
TW_API void tw_diagnostics_print_json(tw_ctx *ctx, FILE *out);

/* Adds a message of the program's own. */
TW_API void tw_diagnostic_add(tw_ctx *ctx, tw_severity severity, const char *message);
/* Of `count` candidates the one closest to `word` (edit distance at most a third of its length),
 * or NULL: for "did you mean". */
TW_API const char *tw_closest_word(const char *word, const char *const *candidates, size_t count);

/* ---- Inputs ------------------------------------------------------------------------------- */

typedef struct tw_accelerator tw_accelerator;
typedef struct tw_network tw_network;
typedef struct tw_result tw_result;

/* `path` is a file in any known format (recognised by content), "-", or the name of a built-in. */
TW_API tw_status tw_accelerator_load(tw_ctx *ctx, const char *path,
                                     tw_accelerator **out TW_GIVE) TW_NODISCARD;
TW_API void tw_accelerator_free(tw_accelerator *accelerator TW_TAKE);
TW_API const char *tw_accelerator_name(const tw_accelerator *accelerator);

/* How a network is instantiated. Zero means the file's own value. */
typedef struct {
    uint64_t batch;
    size_t dim_count; /* values of a network's named parameters, e.g. seq=128 */
    const char *const *dim_names;
    const uint64_t *dim_values;
    bool strict; /* a part of the model that cannot be mapped is an error */
} tw_network_options;
TW_API tw_status tw_network_load(tw_ctx *ctx, const char *path, const tw_network_options *options,
                                 tw_network **out TW_GIVE) TW_NODISCARD;
TW_API void tw_network_free(tw_network *network TW_TAKE);
TW_API const char *tw_network_name(const tw_network *network);
TW_API size_t tw_network_layer_count(const tw_network *network);

/* ---- Mapping, evaluation, verification ------------------------------------------------------ */

/* Zero or NULL means the default, which is named first. */
typedef struct {
    const char *objective;   /* "energy", "latency", "edp", "pareto" */
    const char *model;       /* "loopnest", "neurospector" */
    const char *dataflow;    /* "free", "fixed": keep to the accelerator's stationarity */
    const char *bypass;      /* "fixed", "search" */
    const char *search;      /* "exact", "bottom-up", "brute-force", "random" */
    const char *constraints; /* file with further constraints, or NULL */
    const char *partial;     /* mapping file whose given factors are kept, the rest searched */
    size_t layer_count;      /* only these layers: names or 1-based numbers; 0 = all */
    const char *const *layers;
    unsigned threads;    /* 0 = all processors */
    double time_limit_s; /* for the whole call */
    uint64_t work_limit; /* per layer */
    double gap;
    uint64_t seed;
    const char *schedule; /* "layers", "network": also the best schedule of the whole network */
    const char *reuse;    /* "off", "on": with it, what a layer finds on the chips is not moved */
} tw_map_options;

/* These options as data, for whoever parses, documents or completes them. */
typedef enum {
    TW_OPTION_CHOICE,
    TW_OPTION_COUNT,
    TW_OPTION_REAL,
    TW_OPTION_TEXT,
    TW_OPTION_FLAG /* takes no value */
} tw_option_kind;
typedef struct {
    const char *name; /* "time-limit" */
    tw_option_kind kind;
    const char *value;        /* what the value is called: "SECONDS" */
    const char *const *words; /* of a choice, the default first, NULL after the last */
    double least, most;       /* of a number */
    const char *help;
} tw_option;
/* The options from 0 on; NULL after the last. */
TW_API const tw_option *tw_map_option_at(size_t index);
/* Sets the option `name` from text, which is borrowed as long as *options is used. TW_USAGE, with
 * what was expected, for an unknown name or a bad value. */
TW_API tw_status tw_map_option_set(tw_ctx *ctx, tw_map_options *options, const char *name,
                                   const char *value) TW_NODISCARD;

/* The best mapping of every layer. TW_OK, TW_INFEASIBLE, TW_LIMIT and TW_CANCELLED all give a
 * result; errors give none. */
TW_API tw_status tw_map(tw_ctx *ctx, const tw_accelerator *accelerator, const tw_network *network,
                        const tw_map_options *options, tw_result **out TW_GIVE) TW_NODISCARD;
/* What the mappings in `mapping_path` (a mapping file or a result of map) cost. */
TW_API tw_status tw_eval(tw_ctx *ctx, const tw_accelerator *accelerator, const tw_network *network,
                         const char *mapping_path, const tw_map_options *options,
                         tw_result **out TW_GIVE) TW_NODISCARD;
/* Recomputes every number of the result in `path` from its own mappings; with `simulate` also by
 * executing the loop nests. Writes one line per layer to `out`. TW_INVALID when a number differs.
 */
TW_API tw_status tw_verify(tw_ctx *ctx, const char *path, bool simulate, FILE *out) TW_NODISCARD;
TW_API void tw_result_free(tw_result *result TW_TAKE);
/* TW_OK, or the worst of what its layers ended with. */
TW_API tw_status tw_result_status(const tw_result *result);
/* One line: how many layers, in how many seconds, on how many threads. */
TW_API void tw_result_print_timing(const tw_result *result, FILE *out);

/* ---- Output --------------------------------------------------------------------------------- */

typedef struct {
    const char *format; /* "text", "json", "csv" */
    bool no_timing;     /* leave the timing out: equal inputs then give equal bytes */
    bool color;
    bool bars;                         /* text: draw the energy breakdown */
    bool details;                      /* text: every layer's loop nest, counts and breakdown;
                                          list: the path of each file */
    bool names;                        /* list: the names alone, one a line */
    bool unicode;                      /* text: bars and lines in Unicode instead of ASCII */
    unsigned width;                    /* text: columns of the terminal, 0 = 100 */
    const tw_network_options *network; /* show: how a network is instantiated, or NULL */
} tw_write_options;
/* The format that belongs to the ending of a file name, or NULL. */
TW_API const char *tw_format_of_path(const char *path);
TW_API tw_status tw_result_write(tw_ctx *ctx, const tw_result *result,
                                 const tw_write_options *options, FILE *out) TW_NODISCARD;
/* An input or result file in words, mappings as indented loop nests. */
TW_API tw_status tw_show(tw_ctx *ctx, const char *path, const tw_write_options *options,
                         FILE *out) TW_NODISCARD;
/* The result in the JSON file `path` as one self-contained HTML page; with `other` (or NULL) two
 * results side by side. TW_INVALID for a file that is no result. */
TW_API tw_status tw_report(tw_ctx *ctx, const char *path, const char *other,
                           FILE *out) TW_NODISCARD;

/* What `tw_convert` writes. Zero or NULL means the default, which is named first. */
typedef struct {
    const char *to;    /* "native", "timeloop", "zigzag", "scale-sim", "neurospector" */
    const char *layer; /* of a network, only this layer: its name or number from 1 */
    const char *accelerator, *network;  /* what mappings are for; else unused */
    tw_network_options network_options; /* strict: a layer that cannot be written is an error */
} tw_convert_options;
/* The words of `to`, NULL after the last. */
TW_API const char *const *tw_convert_formats(void);
/* Writes the accelerator, network, mappings or result in `path` in another format. What a format
 * cannot say is an error, or for single layers a warning. */
TW_API tw_status tw_convert(tw_ctx *ctx, const char *path, const tw_convert_options *options,
                            FILE *out) TW_NODISCARD;
/* The built-ins: what is "archs", "nets" or NULL for both. */
TW_API tw_status tw_list(tw_ctx *ctx, const char *what, const tw_write_options *options,
                         FILE *out) TW_NODISCARD;

/* ---- Front doors: the options of other tools, and what they print -------------------------- */

/* nn_dataflow_search.py and nn_layer_stats.py of nn_dataflow. argv[0] is the command's name.
 * Messages about the arguments are diagnostics. */
TW_API tw_status tw_nn_dataflow_main(tw_ctx *ctx, int argc, char **argv, FILE *out,
                                     FILE *err) TW_NODISCARD;
TW_API tw_status tw_nn_layer_stats_main(tw_ctx *ctx, int argc, char **argv, FILE *out,
                                        FILE *err) TW_NODISCARD;

/* Takes the arguments of the `neurospector` program (argv[0] is not looked at), prints and writes
 * what it does; docs/neurospector.md lists them. Messages go to `err`, diagnostics included. */
TW_API tw_status tw_neurospector_main(tw_ctx *ctx, int argc, char **argv, FILE *out,
                                      FILE *err) TW_NODISCARD;

#ifdef __cplusplus
}
#endif

#endif
