/* How far NeuroSpector's bottom-up answers are from the optimum of its own model, and how long each
 * takes: every accelerator, network, dataflow and metric in a folder of its configurations.
 *
 *     bench_neurospector FOLDER [--original PROGRAM] [--accelerator NAME] [--network NAME]
 *
 * FOLDER has accelerators/ and networks/. Writes a Markdown table. Gaps are bottom-up's cost over
 * the proven optimum, by layer, minus 1; seconds are processor time. With --original, the seconds
 * of that program on the same layers are a further column (it writes its files to a scratch
 * folder).
 */
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "input/neurospector_cfg.h"
#include "neurospector/bottom_up.h"
#include "neurospector/exact.h"

extern char **environ;

enum { PATH_BYTES = 4096 };

typedef struct {
    tw_ctx *ctx;
    tw_arena arena;
    const char *folder, *original;
    ns_accelerator accelerator;
    ns_network network;
    char accelerator_path[PATH_BYTES], network_path[PATH_BYTES];
} bench;

/* Of one row of the table. */
typedef struct {
    size_t layers, proven;
    double log_gap, worst_gap, exact_s, bottom_up_s, original_s;
    const char *worst_layer;
} tally;

/* Processor time, so that a busy machine does not blur the comparison. */
static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double children_cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static bool same_layer(const ns_layer *a, const ns_layer *b) {
    return memcmp(a->size, b->size, sizeof a->size) == 0 && a->stride == b->stride;
}

static double run_original(const bench *b, const ns_search_options *options, size_t layer) {
    char accelerator[PATH_BYTES + 32], network[PATH_BYTES + 32], number[32];
    snprintf(accelerator, sizeof accelerator, "--accelerator=%s", b->accelerator_path);
    snprintf(network, sizeof network, "--network=%s", b->network_path);
    snprintf(number, sizeof number, "--layer=%zu", layer + 1);
    char *arguments[] = {
        (char *)b->original,
        (char *)"--run_type=optimizer",
        (char *)"--optimizer=bottom-up",
        (char *)(options->flexible ? "--dataflow=flexible" : "--dataflow=fixed"),
        (char *)(options->metric == NS_METRIC_CYCLE ? "--metric=cycle" : "--metric=energy"),
        accelerator,
        network,
        number,
        NULL};
    posix_spawn_file_actions_t quiet;
    pid_t child = 0;
    int status = 0;
    const double began_s = children_cpu_seconds();
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", 1, 0);
    const int error = posix_spawn(&child, b->original, &quiet, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&quiet);
    if (error != 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return NAN;
    return children_cpu_seconds() - began_s;
}

static bool add_layer(bench *b, const ns_search_options *options, size_t layer, size_t times,
                      tally *t) {
    ns_search_result exact, bottom_up;
    const ns_layer *problem = &b->network.layers[layer];
    double began_s = cpu_seconds();
    if (ns_exact(b->ctx, &b->accelerator, problem, options, &exact) != TW_OK)
        return false;
    t->exact_s += cpu_seconds() - began_s;
    began_s = cpu_seconds();
    if (ns_bottom_up(b->ctx, &b->accelerator, problem, options, &bottom_up) != TW_OK)
        return false;
    t->bottom_up_s += cpu_seconds() - began_s;
    if (b->original)
        t->original_s += run_original(b, options, layer);
    t->layers += times;
    if (!exact.proven || !exact.found || !bottom_up.found)
        return true;
    const double gap = bottom_up.value / exact.value - 1;
    t->proven += times;
    t->log_gap += (double)times * log1p(gap);
    if (gap > t->worst_gap || !t->worst_layer) {
        t->worst_gap = gap;
        t->worst_layer = problem->name;
    }
    return true;
}

/* Layers that are the same problem are solved once and counted as often as they stand. */
static bool add_network(bench *b, const ns_search_options *options, tally *t) {
    for (size_t i = 0; i < b->network.layer_count; i++) {
        size_t times = 1;
        bool known = false;
        for (size_t j = 0; j < b->network.layer_count; j++) {
            const bool same = same_layer(&b->network.layers[i], &b->network.layers[j]);
            known |= same && j < i;
            times += same && j > i;
        }
        if (!known && !add_layer(b, options, i, times, t))
            return false;
    }
    return true;
}

static bool print_row(bench *b, const char *accelerator, const char *network, bool flexible,
                      ns_metric metric) {
    const ns_search_options options = {.metric = metric, .flexible = flexible};
    tally t = {0};
    if (!add_network(b, &options, &t))
        return false;
    printf("| %s | %s | %s | %s | %zu of %zu | %.2f %% | %.1f %% (%s) | %.3f | %.2f |", accelerator,
           network, flexible ? "flexible" : "fixed", metric == NS_METRIC_CYCLE ? "cycle" : "energy",
           t.proven, t.layers, 100 * expm1(t.proven ? t.log_gap / (double)t.proven : 0),
           100 * t.worst_gap, t.worst_layer ? t.worst_layer : "-", t.exact_s, t.bottom_up_s);
    if (b->original)
        printf(" %.1f |", t.original_s);
    printf("\n");
    fflush(stdout);
    return true;
}

static bool load(bench *b, const char *accelerator, const char *network) {
    tw_input input;
    snprintf(b->accelerator_path, PATH_BYTES, "%s/accelerators/%s.cfg", b->folder, accelerator);
    snprintf(b->network_path, PATH_BYTES, "%s/networks/%s.cfg", b->folder, network);
    if (tw_input_open(b->ctx, b->accelerator_path, &input) != TW_OK)
        return false;
    tw_status status = ns_accelerator_read(&input, &b->arena, &b->accelerator);
    tw_input_close(&input);
    if (status != TW_OK || tw_input_open(b->ctx, b->network_path, &input) != TW_OK)
        return false;
    status = ns_network_read(&input, &b->arena, NS_GROUPS_RAW, &b->network);
    tw_input_close(&input);
    return status == TW_OK;
}

static bool run(bench *b, const char *only_accelerator, const char *only_network) {
    static const char *const accelerators[] = {"eyeriss", "eyeriss-isca", "acc_2lv", "simba"};
    static const char *const networks[] = {"resnet50", "inception-v4", "mobilenetv3-small-fix"};
    printf("| accelerator | network | dataflow | metric | layers proven | gap, geometric mean | "
           "gap, worst layer | exact, s | bottom-up, s |%s\n",
           b->original ? " original, s |" : "");
    printf("|---|---|---|---|---|---|---|---|---|%s\n", b->original ? "---|" : "");
    for (size_t a = 0; a < sizeof accelerators / sizeof *accelerators; a++)
        for (size_t n = 0; n < sizeof networks / sizeof *networks; n++) {
            if ((only_accelerator && strcmp(only_accelerator, accelerators[a]) != 0) ||
                (only_network && strcmp(only_network, networks[n]) != 0))
                continue;
            if (!load(b, accelerators[a], networks[n]))
                return false;
            for (int variant = 0; variant < 4; variant++)
                if (!print_row(b, accelerators[a], networks[n], variant >= 2,
                               (ns_metric)(variant & 1)))
                    return false;
        }
    return true;
}

int main(int argc, char **argv) {
    bench b = {.ctx = tw_ctx_new(NULL)};
    const char *only_accelerator = NULL, *only_network = NULL;
    char folder[PATH_BYTES], original[PATH_BYTES], scratch[] = "/tmp/bench-neurospector-XXXXXX";
    if (!b.ctx || argc < 2 || argc % 2 != 0 || !realpath(argv[1], folder)) {
        fprintf(stderr, "usage: bench_neurospector FOLDER [--original PROGRAM] "
                        "[--accelerator NAME] [--network NAME]\n");
        return 2;
    }
    b.folder = folder;
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--original") == 0)
            b.original = realpath(argv[i + 1], original);
        else if (strcmp(argv[i], "--accelerator") == 0)
            only_accelerator = argv[i + 1];
        else if (strcmp(argv[i], "--network") == 0)
            only_network = argv[i + 1];
    }
    if (b.original && (!mkdtemp(scratch) || chdir(scratch) != 0))
        return 1;
    tw_arena_init(&b.arena, b.ctx);
    const bool good = run(&b, only_accelerator, only_network);
    tw_diagnostics_print(b.ctx, stderr, false);
    tw_arena_free(&b.arena);
    tw_ctx_free(b.ctx);
    return good ? 0 : 1;
}
