/* The table of nn_layer_stats.py: sizes and operations of each layer, their maxima and sums. */
#include <stdlib.h>

#include "tiled/nn_dataflow.h"

enum { COLUMNS = 5 };
static const char *const titles[COLUMNS] = {"Ifmap/kB", "Ofmap/kB", "Weight/kB", "MACs/M",
                                            "MinOptBuf/kB"};

static double smaller(double a, double b) {
    return a < b ? a : b;
}

/* The least buffer that fetches every datum once, over the orders of the three loops. */
static double least_buffer(const tw_tiled_layer *l, double batch, double in, double out,
                           double filters) {
    const double nifm = l->channels_in, nofm = l->channels_out;
    double least = filters + (in + out / nofm) / batch;
    least = smaller(least, filters + (in / nifm + out) / batch);
    least = smaller(least, in + (out + filters / nifm) / nofm);
    least = smaller(least, in + (out / batch + filters) / nofm);
    least = smaller(least, out + (in + filters / nofm) / nifm);
    return smaller(least, out + (in / batch + filters) / nifm);
}

static void measure(const tw_tiled_layer *l, int batch, int word_bytes, double row[COLUMNS]) {
    const double kilo = (double)word_bytes / 1024;
    row[0] = (double)tw_tiled_ifmap_words(l, batch) * kilo;
    row[1] = (double)tw_tiled_ofmap_words(l, batch) * kilo;
    row[2] = (double)tw_tiled_filter_words(l) * kilo;
    row[3] = (double)tw_tiled_ops(l, batch) / (1024 * 1024);
    row[4] = least_buffer(l, batch, row[0], row[1], row[2]);
}

static void print_row(FILE *out, const char *name, const double row[COLUMNS]) {
    fprintf(out, "%-30s", name);
    for (int c = 0; c < COLUMNS; c++)
        fprintf(out, ",%12.2f", row[c]);
    fprintf(out, "\n");
}

static void print_table(const tw_tiled_dag *dag, int batch, int word_bytes, FILE *out) {
    double most[COLUMNS] = {0}, sum[COLUMNS] = {0};
    unsigned convolutions = 0, products = 0;
    fprintf(out, "%-30s", dag->name);
    for (int c = 0; c < COLUMNS; c++)
        fprintf(out, ",%12s", titles[c]);
    fprintf(out, "\n");
    for (unsigned i = 0; i < dag->layer_count; i++) {
        const tw_tiled_layer *l = &dag->layers[i].layer;
        double row[COLUMNS];
        measure(l, batch, word_bytes, row);
        print_row(out, dag->layers[i].name, row);
        for (int c = 0; c < COLUMNS; c++) {
            sum[c] += row[c];
            most[c] = row[c] > most[c] ? row[c] : most[c];
        }
        if (tw_tiled_has_filters(l)) {
            const bool product = l->rows_out == 1 && l->columns_out == 1;
            products += product;
            convolutions += !product;
        }
    }
    print_row(out, "MAX", most);
    print_row(out, "SUM", sum);
    fprintf(out, "# CONV layers = %u, # FC layers = %u\n", convolutions, products);
}

static tw_status fail_usage(tw_ctx *ctx, const char *what, const char *word) {
    return tw_fail(ctx, TW_USAGE, NULL,
                   "%s%s\nusage: tilewright nn-layer-stats NET [-b BATCH] [-w WORD_BITS]", what,
                   word);
}

static bool read_count(const char *text, int *out) {
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    *out = (int)value;
    return end != text && *end == '\0' && value >= 1 && value <= 1 << 20;
}

typedef struct {
    const char *net;
    int batch, word_bits;
    bool help;
} request;

static tw_status read_arguments(tw_ctx *ctx, int argc, char **argv, request *out) {
    *out = (request){.batch = 1, .word_bits = 16};
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        const bool is_batch = strcmp(a, "-b") == 0 || strcmp(a, "--batch") == 0;
        const bool is_word = strcmp(a, "-w") == 0 || strcmp(a, "--word") == 0;
        out->help = strcmp(a, "-h") == 0 || strcmp(a, "--help") == 0;
        if (out->help)
            return TW_OK;
        if (is_batch || is_word) {
            if (++i == argc || !read_count(argv[i], is_batch ? &out->batch : &out->word_bits))
                return fail_usage(ctx, a, ": expected a whole number from 1 to 2^20");
        } else if (a[0] == '-' && a[1]) {
            return fail_usage(ctx, "unknown option ", a);
        } else if (out->net) {
            return fail_usage(ctx, "a second network ", a);
        } else {
            out->net = a;
        }
    }
    return out->net ? TW_OK : fail_usage(ctx, "no network given", "");
}

tw_status tw_nn_layer_stats_main(tw_ctx *ctx, int argc, char **argv, FILE *out, FILE *err) {
    request asked;
    tw_tiled_dag *dag = NULL;
    (void)err;
    TW_TRY(read_arguments(ctx, argc, argv, &asked));
    if (asked.help) {
        fprintf(out, "usage: tilewright nn-layer-stats NET [-b BATCH] [-w WORD_BITS]\n"
                     "Sizes and operations of every layer, as nn_layer_stats.py prints them.\n");
        return TW_OK;
    }
    TW_TRY(tw_nn_dataflow_load(ctx, asked.net, &dag));
    const tw_status status = tw_tiled_dag_check_batch(ctx, dag, asked.batch);
    if (status == TW_OK)
        print_table(dag, asked.batch, (asked.word_bits + 7) / 8, out);
    tw_tiled_dag_free(dag);
    return status;
}
