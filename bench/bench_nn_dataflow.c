/* Our seconds beside those of the original nn_dataflow, one core against one core.
 *
 *     bench_nn_dataflow TIMINGS.tsv [--networks NETWORKS.json] [--original PYTHON_SCRIPT] [--least
 * S]
 *
 * TIMINGS.tsv has a name, the original's seconds and its arguments on every line. Each search runs
 * until 20 ms have passed and the mean is printed. With --original the configurations that were
 * recorded with at most 20 s are also run live (`python3 PYTHON_SCRIPT ARGUMENTS`). --least leaves
 * out those below S recorded seconds. The last row is a configuration that the original does not
 * finish in 300 s. The exit status is 1 when one above 10 s is less than 1000 times faster. */
#include <math.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pool.h"
#include "tiled/nn_dataflow.h"

enum { MOST_ARGUMENTS = 64, LINE = 4096 };

typedef struct {
    tw_ctx *ctx;
    json_t *networks;
    const char *original;
    unsigned slow; /* rows above 10 s with less than 1000x */
} bench;

static int split(char *text, const char **argv) {
    int argc = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " \n", &rest); word && argc < MOST_ARGUMENTS - 1;
         word = strtok_r(NULL, " \n", &rest))
        if (word[0] != '@')
            argv[argc++] = word;
    argv[argc] = NULL;
    return argc;
}

static tw_status load(const bench *b, const char *net, tw_tiled_dag **out) {
    const json_t *json = json_object_get(b->networks, net);
    return json ? tw_tiled_dag_from_json(b->ctx, net, json, out)
                : tw_nn_dataflow_load(b->ctx, net, out);
}

static tw_status search_once(const bench *b, const tw_nn_dataflow_request *request,
                             const tw_tiled_dag *dag) {
    const tw_tiled_resource resource = tw_nn_dataflow_resource(request);
    const tw_scheme *scheme = NULL;
    tw_tiled_search search;
    tw_status status = tw_tiled_search_init(b->ctx, dag, request->batch, &resource, &request->cost,
                                            &request->options, &search);
    if (status == TW_OK)
        status = tw_tiled_search_run(&search, &scheme);
    tw_tiled_search_free(&search);
    return status;
}

/* Mean seconds of a search, network loading left out; negative when the input is wrong. A search
 * that ends without a result counts like any other. */
static double measure(const bench *b, int argc, const char *const *argv) {
    tw_nn_dataflow_request request;
    tw_tiled_dag *dag = NULL;
    if (tw_nn_dataflow_parse(b->ctx, argc, argv, &request) != TW_OK ||
        load(b, request.net, &dag) != TW_OK)
        return -1;
    request.options.threads = 1;
    const double begin = tw_seconds();
    unsigned runs = 0;
    do {
        const tw_status status = search_once(b, &request, dag);
        (void)status;
        runs++;
    } while (tw_seconds() - begin < 0.02);
    const double seconds = (tw_seconds() - begin) / runs;
    tw_tiled_dag_free(dag);
    return seconds;
}

static double measure_original(const bench *b, const char *const *argv) {
    const char *command[MOST_ARGUMENTS + 3] = {"python3", b->original};
    int n = 2;
    for (int i = 0; argv[i]; i++)
        command[n++] = argv[i];
    command[n] = NULL;
    const double begin = tw_seconds();
    const pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(127);
        execvp(command[0], (char *const *)(uintptr_t)command);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return tw_seconds() - begin;
}

static void run_row(bench *b, const char *name, double recorded, char *arguments) {
    const char *argv[MOST_ARGUMENTS];
    const int argc = split(arguments, argv);
    b->ctx = tw_ctx_new(NULL);
    if (!b->ctx)
        return;
    const double seconds = measure(b, argc, argv);
    if (seconds < 0)
        tw_diagnostics_print(b->ctx, stderr, false);
    tw_ctx_free(b->ctx);
    b->ctx = NULL;
    if (seconds < 0) {
        printf("| %s | cannot be read |\n", name);
        b->slow++;
        return;
    }
    char live[64] = "";
    if (b->original && recorded <= 20)
        snprintf(live, sizeof live, " %.1f |", measure_original(b, argv));
    else if (b->original)
        snprintf(live, sizeof live, " |");
    if (isinf(recorded))
        printf("| %s | > 300 | %.6f | > %.0f |%s\n", name, seconds, 300 / seconds, live);
    else
        printf("| %s | %.1f | %.6f | %.0f |%s\n", name, recorded, seconds, recorded / seconds,
               live);
    fflush(stdout);
    b->slow += recorded > 10 && recorded / seconds < 1000;
}

static bool run_file(bench *b, const char *path, double least) {
    FILE *file = fopen(path, "r");
    char line[LINE], name[256];
    if (!file)
        return false;
    while (fgets(line, sizeof line, file)) {
        double recorded = 0;
        int used = 0;
        if (sscanf(line, "%255s %lf %n", name, &recorded, &used) == 2 && recorded >= least)
            run_row(b, name, recorded, line + used);
    }
    fclose(file);
    char unfinished[] = "alex_net --batch 16 --nodes 4 4 --array 14 14 --regf 512 --gbuf 133032 "
                        "--mem-type 3D --hybrid-partition --batch-partition";
    run_row(b, "alex_net_b16_4x4_exhaustive_hyb_batch", INFINITY, unfinished);
    return true;
}

int main(int argc, char **argv) {
    bench b = {0};
    double least = 0;
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--networks") == 0)
            b.networks = json_load_file(argv[i + 1], 0, NULL);
        else if (strcmp(argv[i], "--original") == 0)
            b.original = argv[i + 1];
        else if (strcmp(argv[i], "--least") == 0)
            least = strtod(argv[i + 1], NULL);
    }
    if (argc < 2 || argc % 2) {
        fprintf(stderr, "usage: bench_nn_dataflow TIMINGS.tsv [--networks NETWORKS.json] "
                        "[--original PYTHON_SCRIPT] [--least SECONDS]\n");
        return 2;
    }
    printf("| configuration | original s | ours s | times faster |%s\n|---|---|---|---|%s\n",
           b.original ? " original live s |" : "", b.original ? "---|" : "");
    const bool read = run_file(&b, argv[1], least);
    if (!read)
        fprintf(stderr, "%s cannot be read\n", argv[1]);
    json_decref(b.networks);
    return read && b.slow == 0 ? 0 : 1;
}
