/* Arguments are `--key=value` or `-k=value`, compared as a whole: a path may contain anything. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "neurospector/front_door.h"

typedef struct {
    tw_ctx *ctx;
    ns_arguments *out;
    bool run_type, dataflow, metric, optimizer;
} reader;

typedef void (*read_fn)(reader *r, const char *key, const char *value);

static void usage_error(reader *r, const char *key, const char *value, const char *expected) {
    tw_diag(r->ctx, TW_SEVERITY_ERROR, NULL, "%s=%s: expected %s", key, value, expected);
}

/* Index of the word, or -1 with an error. */
static int choose(reader *r, const char *key, const char *value, const char *const *words,
                  int count, const char *expected) {
    for (int i = 0; i < count; i++)
        if (strcasecmp(value, words[i]) == 0)
            return i;
    usage_error(r, key, value, expected);
    return -1;
}

/* A whole number, or 0 with an error. */
static uint64_t positive(reader *r, const char *key, const char *value, size_t length) {
    const size_t digits = strspn(value, "0123456789");
    const uint64_t number = strtoull(value, NULL, 10);
    if (digits != length || length == 0 || length > 9 || number == 0) {
        usage_error(r, key, value, "whole numbers from 1");
        return 0;
    }
    return number;
}

static void read_run_type(reader *r, const char *key, const char *value) {
    static const char *const words[] = {"optimizer", "analyzer"};
    const int choice = choose(r, key, value, words, 2, "optimizer or analyzer");
    r->run_type = true;
    if (choice >= 0)
        r->out->run_type = (ns_run_type)choice;
}

static void read_accelerator(reader *r, const char *key, const char *value) {
    (void)key;
    r->out->accelerator = value;
}

static void read_network(reader *r, const char *key, const char *value) {
    (void)key;
    r->out->network = value;
}

static void read_table(reader *r, const char *key, const char *value) {
    (void)key;
    r->out->scheduling_table = value;
}

static void read_dataflow(reader *r, const char *key, const char *value) {
    static const char *const words[] = {"fixed", "flexible"};
    r->dataflow = true;
    r->out->search.flexible = choose(r, key, value, words, 2, "fixed or flexible") == 1;
}

static void read_metric(reader *r, const char *key, const char *value) {
    static const char *const words[] = {"energy", "cycle"};
    r->metric = true;
    if (choose(r, key, value, words, 2, "energy or cycle") == 1)
        r->out->search.metric = NS_METRIC_CYCLE;
}

static void read_optimizer(reader *r, const char *key, const char *value) {
    static const char *const words[] = {"bottom-up", "brute-force", "exact"};
    const int choice = choose(r, key, value, words, 3, "bottom-up, brute-force or exact");
    r->optimizer = true;
    if (choice >= 0)
        r->out->optimizer = (ns_optimizer)choice;
}

static void read_layer(reader *r, const char *key, const char *value) {
    r->out->layer = positive(r, key, value, strlen(value));
}

static void read_thread(reader *r, const char *key, const char *value) {
    const uint64_t threads = positive(r, key, value, strlen(value));
    if (threads > 1024)
        usage_error(r, key, value, "at most 1024 threads");
    else
        r->out->search.threads = (unsigned)threads;
}

static void read_partition(reader *r, const char *key, const char *value) {
    ns_arguments *out = r->out;
    for (const char *item = value;; item += strcspn(item, ",") + 1) {
        const size_t length = strcspn(item, ",");
        if (out->partition_count == sizeof out->partition / sizeof *out->partition) {
            usage_error(r, key, value, "at most 64 layers");
            return;
        }
        const uint64_t layer = positive(r, key, item, length);
        if (layer == 0)
            return;
        for (size_t i = 0; i < out->partition_count; i++)
            if (out->partition[i] == layer)
                usage_error(r, key, value, "every layer once");
        out->partition[out->partition_count++] = layer;
        if (item[length] == '\0')
            return;
    }
}

static void read_cross_layer(reader *r, const char *key, const char *value) {
    static const char *const words[] = {"false", "true"};
    r->out->cross_layer = choose(r, key, value, words, 2, "true or false") == 1;
}

/* A new argument is a row here. */
static const struct {
    const char *key;
    char letter;
    read_fn read;
    const char *help;
} table[] = {
    {"run_type", 'r', read_run_type, "optimizer or analyzer"},
    {"accelerator", 'a', read_accelerator, "accelerator file"},
    {"network", 'n', read_network, "network file"},
    {"scheduling_table", 's', read_table, "analyzer: scheduling-table file"},
    {"dataflow", 'd', read_dataflow, "optimizer: fixed or flexible"},
    {"optimizer", 'o', read_optimizer, "bottom-up, brute-force, or exact: the proven optimum"},
    {"layer", 'l', read_layer, "optimizer: number of one layer, from 1 (default: all)"},
    {"thread", 't', read_thread, "layers, or for brute-force mappings, at a time (default: 1)"},
    {"metric", 'm', read_metric, "optimizer: energy or cycle"},
    {"multi_chip_partitioning", '\0', read_partition,
     "layers to run in parallel on the chips, e.g. 1,2"},
    {"cross_layer_optimization", '\0', read_cross_layer,
     "true: credit what a layer reuses of the one before"},
};
enum { KEYS = sizeof table / sizeof *table };

static int find_key(const char *argument, size_t length) {
    for (int i = 0; i < KEYS; i++) {
        if (strncmp(argument, "--", 2) == 0 && length == strlen(table[i].key) + 2 &&
            memcmp(argument + 2, table[i].key, length - 2) == 0)
            return i;
        if (length == 2 && argument[0] == '-' && table[i].letter && argument[1] == table[i].letter)
            return i;
    }
    return -1;
}

static void unknown(reader *r, const char *argument, size_t length) {
    const char *keys[KEYS];
    char word[64];
    const size_t dashes = strspn(argument, "-");
    for (int i = 0; i < KEYS; i++)
        keys[i] = table[i].key;
    snprintf(word, sizeof word, "%.*s", (int)(length > dashes ? length - dashes : 0),
             argument + (length > dashes ? dashes : 0));
    const char *close = tw_closest_word(word, keys, KEYS);
    tw_diag(r->ctx, TW_SEVERITY_ERROR, NULL, "unknown argument %s%s%s%s", argument,
            close ? ", did you mean --" : "", close ? close : "", close ? "=?" : "");
}

static void read_argument(reader *r, const char *argument, bool seen[KEYS]) {
    const char *equals = strchr(argument, '=');
    const size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    const int key = find_key(argument, length);
    if (key < 0) {
        unknown(r, argument, length);
    } else if (!equals || equals[1] == '\0') {
        tw_diag(r->ctx, TW_SEVERITY_ERROR, NULL, "%s needs a value: --%s=...", argument,
                table[key].key);
    } else if (seen[key]) {
        tw_diag(r->ctx, TW_SEVERITY_WARNING, NULL, "%s is ignored: --%s was given before", argument,
                table[key].key);
    } else {
        table[key].read(r, table[key].key, equals + 1);
    }
    if (key >= 0)
        seen[key] = true;
}

static void require(reader *r, bool given, const char *what) {
    if (!given)
        tw_diag(r->ctx, TW_SEVERITY_ERROR, NULL, "%s is missing", what);
}

tw_status ns_parse_arguments(tw_ctx *ctx, int argc, char **argv, ns_arguments *out) {
    bool seen[KEYS] = {false};
    reader r = {.ctx = ctx, .out = out};
    const size_t before = tw_error_count(ctx);
    *out = (ns_arguments){.search = {.threads = 1}};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            out->help = true;
            return TW_OK;
        }
        read_argument(&r, argv[i], seen);
    }
    require(&r, r.run_type, "--run_type=optimizer or --run_type=analyzer");
    require(&r, out->accelerator, "--accelerator=FILE");
    require(&r, out->network, "--network=FILE");
    if (r.run_type && out->run_type == NS_RUN_ANALYZER)
        require(&r, out->scheduling_table, "--scheduling_table=FILE");
    if (r.run_type && out->run_type == NS_RUN_OPTIMIZER) {
        require(&r, r.dataflow, "--dataflow=fixed or --dataflow=flexible");
        require(&r, r.metric, "--metric=energy or --metric=cycle");
        require(&r, r.optimizer,
                "--optimizer=bottom-up, --optimizer=brute-force or --optimizer=exact");
    }
    return tw_error_count(ctx) == before ? TW_OK : TW_USAGE;
}

/* The value of an argument as it was given first; words in lower case, empty when absent. */
static void print_given(int argc, char **argv, const char *key, bool is_path, FILE *out) {
    for (int i = 0; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        const int found = equals ? find_key(argv[i], (size_t)(equals - argv[i])) : -1;
        if (found < 0 || strcmp(table[found].key, key) != 0)
            continue;
        for (const char *c = equals + 1; *c; c++)
            fputc(is_path ? *c : tolower((unsigned char)*c), out);
        return;
    }
    if (strcmp(key, "thread") == 0)
        fputc('1', out);
}

static bool is_given(int argc, char **argv, const char *start) {
    for (int i = 0; i < argc; i++)
        if (strncasecmp(argv[i], start, strlen(start)) == 0)
            return true;
    return false;
}

void ns_print_request(int argc, char **argv, bool analyzer, FILE *out) {
    static const struct {
        const char *label, *key;
        bool is_path;
    } lines[] = {
        {"Run_type         = ", "run_type", false},
        {"Accelerator      = ", "accelerator", true},
        {"Dataflow         = ", "dataflow", false},
        {"Network          = ", "network", true},
        {"Optimizer        = ", "optimizer", false},
        {"Target Metric    = ", "metric", false},
        {"Target Layer     = ", "layer", false},
        {"Num. threads     = ", "thread", false},
        {"Multi. Chip. P   = ", "multi_chip_partitioning", false},
        {"Cross Layer Opt  = ", "cross_layer_optimization", false},
        {"Scheduling table = ", "scheduling_table", true},
    };
    fprintf(out, "[message] Run NeuroSpector\n");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if ((i == 8 && !is_given(argc, argv, "--multi_chip_partitioning=")) ||
            (i == 9 && !is_given(argc, argv, "--cross_layer_optimization=true")) ||
            (i == 10 && !analyzer))
            continue;
        fputs(lines[i].label, out);
        print_given(argc, argv, lines[i].key, lines[i].is_path, out);
        fputc('\n', out);
    }
}

void ns_print_help(FILE *out) {
    fprintf(out, "usage: tilewright neurospector --key=value ...\n");
    for (int i = 0; i < KEYS; i++) {
        char letter[8] = "";
        if (table[i].letter)
            snprintf(letter, sizeof letter, "-%c=, ", table[i].letter);
        fprintf(out, "  %5s--%-26s %s\n", letter, table[i].key, table[i].help);
    }
}
