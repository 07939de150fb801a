/* Runs the cases and prints one row each; see bench/README.md. */
#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    tw_bench_options bench;
    const char *only; /* part of the names of the cases to run */
    const char *json; /* file for the results */
    unsigned limit_s; /* a case that takes longer is stopped */
    bool instructions;
    bool in_process; /* run one case here, print nothing: what callgrind looks at */
} settings;

/* Runs the case here; diagnostics go to stderr. */
static void run_here(const tw_bench_case *bench, const settings *set, tw_bench_row *row) {
    *row = (tw_bench_row){.status = TW_ERROR};
    tw_ctx *ctx = tw_ctx_new(NULL);
    if (!ctx)
        return;
    row->status = bench->run(ctx, bench, &set->bench, row);
    tw_diagnostics_print(ctx, stderr, false);
    tw_ctx_free(ctx);
}

/* Runs the case in a process of its own, which the time limit ends. */
static void run_apart(const tw_bench_case *bench, const settings *set, tw_bench_row *row) {
    *row = (tw_bench_row){.status = TW_ERROR};
    int ends[2];
    if (pipe(ends) != 0)
        return;
    const pid_t child = fork();
    if (child == 0) {
        alarm(set->limit_s);
        run_here(bench, set, row);
        _exit(write(ends[1], row, sizeof *row) == (ssize_t)sizeof *row ? 0 : 1);
    }
    close(ends[1]);
    if (child < 0 || read(ends[0], row, sizeof *row) != (ssize_t)sizeof *row)
        row->status = TW_ERROR;
    close(ends[0]);
    int status = 0;
    struct rusage usage = {0};
    if (child > 0 && wait4(child, &status, 0, &usage) == child && WIFSIGNALED(status))
        snprintf(row->words, sizeof row->words,
                 WTERMSIG(status) == SIGALRM ? "over %u s" : "signal", set->limit_s);
    row->peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
}

/* Instructions of a whole run of the case on one thread, start-up included; 0 when valgrind is
 * not there or the run failed. */
static uint64_t count_instructions(const char *program, const tw_bench_case *bench) {
    char command[1024], line[512];
    snprintf(command, sizeof command,
             "valgrind --tool=callgrind --callgrind-out-file=/dev/null '%s' --in-process "
             "--threads 1 --repeat 1 --only '%s' 2>&1",
             program, bench->name);
    FILE *output = popen(command, "r");
    uint64_t count = 0;
    while (output && fgets(line, sizeof line, output)) {
        const char *found = strstr(line, "Collected : ");
        if (found)
            count = strtoull(found + strlen("Collected : "), NULL, 10);
    }
    if (!output || pclose(output) != 0)
        return 0;
    return count;
}

static void print_head(void) {
    printf("%-42s %6s %8s %8s %8s %12s %8s %8s  %s\n", "case", "layers", "seconds", "target",
           "cpu s", "evaluations", "M/s", "MiB", "status");
}

/* What the case's target is compared with. */
static double judged_seconds(const tw_bench_row *row) {
    return row->slowest_s > 0 ? row->slowest_s : row->seconds;
}

static bool misses_target(const tw_bench_case *bench, const tw_bench_row *row) {
    return (bench->target_seconds > 0 && judged_seconds(row) > bench->target_seconds) ||
           (bench->target_rate > 0 && row->rate < bench->target_rate);
}

static void print_row(const tw_bench_case *bench, const tw_bench_row *row) {
    char target[32] = "-", rate[32] = "-";
    if (bench->target_seconds > 0)
        snprintf(target, sizeof target, "%.3f", bench->target_seconds);
    if (bench->target_rate > 0)
        snprintf(target, sizeof target, "%.1f M/s", bench->target_rate / 1e6);
    if (row->rate > 0)
        snprintf(rate, sizeof rate, "%.2f", row->rate / 1e6);
    printf("%-42s %6u %8.4f %8s %8.4f %12llu %8s %8.1f  %s%s\n", bench->name, row->layers,
           judged_seconds(row), target, row->cpu_seconds, (unsigned long long)row->evaluated, rate,
           (double)row->peak_bytes / (1 << 20),
           row->status == TW_OK || row->words[0] ? row->words : tw_status_text(row->status),
           row->status == TW_OK && misses_target(bench, row) ? ", misses its target" : "");
    fflush(stdout);
}

static json_t *row_json(const tw_bench_case *bench, const tw_bench_row *row,
                        uint64_t instructions) {
    return json_pack("{s:s, s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:f}", "name",
                     bench->name, "status", tw_status_text(row->status), "words", row->words,
                     "layers", (int)row->layers, "seconds", row->seconds, "cpu_seconds",
                     row->cpu_seconds, "slowest_seconds", row->slowest_s, "target_seconds",
                     bench->target_seconds, "evaluations_per_s", row->rate, "evaluated",
                     (json_int_t)row->evaluated, "peak_bytes", (json_int_t)row->peak_bytes,
                     "instructions", (json_int_t)instructions, "checksum", row->checksum);
}

/* Runs the selected cases. Returns how many failed. */
static unsigned run_cases(const char *program, const settings *set, json_t *rows) {
    unsigned failed = 0;
    print_head();
    for (size_t i = 0; i < tw_bench_case_count; i++) {
        const tw_bench_case *bench = &tw_bench_cases[i];
        if (set->only && !strstr(bench->name, set->only))
            continue;
        tw_bench_row row;
        run_apart(bench, set, &row);
        const uint64_t instructions = set->instructions ? count_instructions(program, bench) : 0;
        print_row(bench, &row);
        if (instructions)
            printf("%-42s %llu instructions on one thread\n", "", (unsigned long long)instructions);
        json_array_append_new(rows, row_json(bench, &row, instructions));
        failed += row.status != TW_OK;
    }
    return failed;
}

static int run_in_process(const settings *set) {
    for (size_t i = 0; i < tw_bench_case_count; i++)
        if (set->only && strcmp(tw_bench_cases[i].name, set->only) == 0) {
            tw_bench_row row;
            run_here(&tw_bench_cases[i], set, &row);
            return (int)row.status;
        }
    return TW_USAGE;
}

static bool write_json(const settings *set, json_t *rows) {
    json_t *all = json_pack("{s:s, s:s, s:i, s:i, s:O}", "schema", "tilewright/bench/1", "version",
                            tw_version(), "threads", (int)set->bench.threads, "repeat",
                            (int)set->bench.repeat, "cases", rows);
    const bool written = all && json_dump_file(all, set->json, JSON_INDENT(1)) == 0;
    if (!written)
        fprintf(stderr, "tw_bench: cannot write %s\n", set->json);
    json_decref(all);
    return written;
}

static const char usage[] =
    "usage: tw_bench [--only TEXT] [--threads N] [--repeat N] [--limit SECONDS] [--json FILE]\n"
    "                [--instructions] [--list]\n"
    "       tw_bench compare OLD.json NEW.json\n";

static bool read_options(int argc, char **argv, settings *set) {
    static const struct option table[] = {
        {"only", required_argument, NULL, 'o'},
        {"threads", required_argument, NULL, 't'},
        {"repeat", required_argument, NULL, 'r'},
        {"limit", required_argument, NULL, 'l'},
        {"json", required_argument, NULL, 'j'},
        {"instructions", no_argument, NULL, 'i'},
        {"in-process", no_argument, NULL, 'p'},
        {"list", no_argument, NULL, 'L'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        switch (option) {
        case 'o':
            set->only = optarg;
            break;
        case 't':
            set->bench.threads = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'r':
            set->bench.repeat = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'l':
            set->limit_s = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'j':
            set->json = optarg;
            break;
        case 'i':
            set->instructions = true;
            break;
        case 'p':
            set->in_process = true;
            break;
        case 'L':
            for (size_t i = 0; i < tw_bench_case_count; i++)
                puts(tw_bench_cases[i].name);
            exit(0);
        default:
            return false;
        }
    }
    return optind == argc && set->bench.threads > 0 && set->bench.repeat > 0;
}

int main(int argc, char **argv) {
    settings set = {.bench = {.threads = 2, .repeat = 3}, .limit_s = 60};
    if (argc == 4 && strcmp(argv[1], "compare") == 0)
        return tw_bench_compare(argv[2], argv[3]) ? 0 : TW_ERROR;
    if (!read_options(argc, argv, &set)) {
        fputs(usage, stderr);
        return TW_USAGE;
    }
    if (set.in_process)
        return run_in_process(&set);
    json_t *rows = json_array();
    const unsigned failed = run_cases(argv[0], &set, rows);
    const bool written = !set.json || write_json(&set, rows);
    json_decref(rows);
    return failed || !written ? TW_ERROR : 0;
}
