#include "oom/scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OUTPUT = 1 << 18, MAX_PATH = 4096, SMALL = 300 };

typedef struct {
    char machine[MAX_PATH], network[MAX_PATH], mapping[MAX_PATH], constraints[MAX_PATH],
        result[MAX_PATH];
    char chips[MAX_PATH], branches[MAX_PATH], scheduled[MAX_PATH]; /* for schedules */
    FILE *out; /* a file in memory, opened once */
} inputs;

static const tw_map_options defaults = {.threads = 1};

/* Maps, or evaluates the mappings in the file `evaluated` unless that is empty. */
static tw_status write_result_of(tw_ctx *ctx, const inputs *in, const char *machine_path,
                                 const char *network_path, const tw_map_options *options,
                                 const char *evaluated, const char *format) {
    tw_accelerator *machine = NULL;
    tw_network *network = NULL;
    tw_result *result = NULL;
    const tw_write_options form = {.format = format, .no_timing = true};
    tw_status status = tw_accelerator_load(ctx, machine_path, &machine);
    if (status == TW_OK)
        status = tw_network_load(ctx, network_path, NULL, &network);
    if (status == TW_OK)
        status = *evaluated ? tw_eval(ctx, machine, network, evaluated, options, &result)
                            : tw_map(ctx, machine, network, options, &result);
    if (result) {
        const tw_status written = tw_result_write(ctx, result, &form, in->out);
        status = written == TW_OK ? status : written;
    }
    tw_result_free(result);
    tw_network_free(network);
    tw_accelerator_free(machine);
    return status;
}

static tw_status write_result_as(tw_ctx *ctx, const inputs *in, const tw_map_options *options,
                                 const char *evaluated, const char *format) {
    return write_result_of(ctx, in, in->machine, in->network, options, evaluated, format);
}

static tw_status map_json(tw_ctx *ctx, const inputs *in) {
    return write_result_as(ctx, in, &defaults, "", "json");
}

static tw_status map_text(tw_ctx *ctx, const inputs *in) {
    return write_result_as(ctx, in, &defaults, "", "text");
}

static tw_status map_pareto(tw_ctx *ctx, const inputs *in) {
    static const tw_map_options options = {.objective = "pareto", .bypass = "search", .threads = 1};
    return write_result_as(ctx, in, &options, "", "json");
}

static tw_status map_random(tw_ctx *ctx, const inputs *in) {
    static const tw_map_options options = {
        .objective = "pareto", .search = "random", .work_limit = 50, .threads = 1};
    return write_result_as(ctx, in, &options, "", "json");
}

/* Two files more to read, which leave the best mapping of this machine as it is. */
static tw_status map_constrained(tw_ctx *ctx, const inputs *in) {
    const tw_map_options options = {
        .constraints = in->constraints, .partial = in->mapping, .threads = 1};
    return write_result_as(ctx, in, &options, "", "csv");
}

static tw_status map_schedule(tw_ctx *ctx, const inputs *in) {
    static const tw_map_options options = {.model = "neurospector",
                                           .objective = "pareto",
                                           .schedule = "network",
                                           .reuse = "on",
                                           .threads = 1};
    return write_result_of(ctx, in, in->chips, in->branches, &options, "", "json");
}

static tw_status map_schedule_text(tw_ctx *ctx, const inputs *in) {
    static const tw_map_options options = {
        .model = "neurospector", .objective = "edp", .schedule = "network", .threads = 1};
    return write_result_of(ctx, in, in->chips, in->branches, &options, "", "text");
}

static tw_status map_bottom_up(tw_ctx *ctx, const inputs *in) {
    static const tw_map_options options = {
        .model = "neurospector", .search = "bottom-up", .threads = 1};
    return write_result_of(ctx, in, in->chips, in->branches, &options, "", "csv");
}

static tw_status verify_schedule(tw_ctx *ctx, const inputs *in) {
    return tw_verify(ctx, in->scheduled, false, in->out);
}

static tw_status eval_csv(tw_ctx *ctx, const inputs *in) {
    return write_result_as(ctx, in, &defaults, in->mapping, "csv");
}

static tw_status eval_result(tw_ctx *ctx, const inputs *in) {
    return write_result_as(ctx, in, &defaults, in->result, "json");
}

static tw_status verify(tw_ctx *ctx, const inputs *in) {
    return tw_verify(ctx, in->result, true, in->out);
}

static tw_status report(tw_ctx *ctx, const inputs *in) {
    return tw_report(ctx, in->result, NULL, in->out);
}

static tw_status show(tw_ctx *ctx, const inputs *in) {
    const tw_write_options form = {.format = "text"};
    return tw_show(ctx, in->machine, &form, in->out);
}

static tw_status pipeline(tw_ctx *ctx, const inputs *in) {
    static char *arguments[] = {"nn-dataflow",
                                "mlp_s",
                                "--batch",
                                "2",
                                "--nodes",
                                "2",
                                "2",
                                "--array",
                                "8",
                                "8",
                                "--regf",
                                "64",
                                "--gbuf",
                                "16384",
                                "--interlayer-partition",
                                "--enable-save-writeback",
                                "--no-timing",
                                "-p",
                                "1"};
    return tw_nn_dataflow_main(ctx, sizeof arguments / sizeof *arguments, arguments, in->out,
                               stderr);
}

static tw_status nn_dataflow_v15(tw_ctx *ctx, const inputs *in) {
    static char *arguments[] = {"nn-dataflow", "mlp_s",   "--batch",  "2",   "--nodes", "1",
                                "2",           "--array", "8",        "8",   "--regf",  "64",
                                "--gbuf",      "16384",   "--compat", "1.5", "--top",   "2",
                                "--no-timing", "-p",      "1"};
    return tw_nn_dataflow_main(ctx, sizeof arguments / sizeof *arguments, arguments, in->out,
                               stderr);
}

static const struct {
    const char *name;
    tw_status (*run)(tw_ctx *ctx, const inputs *in);
    const char *not_under_malloc; /* why it cannot be judged when the libraries' memory fails */
} scenarios[] = {
    {"map, as JSON", map_json, NULL},
    {"map, as text", map_text, NULL},
    {"map, Pareto", map_pareto, NULL},
    {"map, at random", map_random, NULL},
    {"map, schedule of the network", map_schedule, NULL},
    {"map, schedule as text", map_schedule_text, NULL},
    {"map, bottom-up", map_bottom_up, NULL},
    {"verify of a schedule", verify_schedule, NULL},
    {"eval, as CSV", eval_csv, NULL},
    {"map, constrained", map_constrained, NULL},
    {"eval of a result", eval_result, NULL},
    {"verify by execution", verify, NULL},
    {"show", show, NULL},
    {"report", report, "jansson calls running out of memory a syntax error"},
    {"nn-dataflow, pipelined", pipeline, NULL},
    {"nn-dataflow 1.5", nn_dataflow_v15, NULL},
};

enum { MAP_JSON = 0, MAP_SCHEDULE = 4 }; /* rows of the table */

typedef struct {
    tw_status status;
    size_t leaked, length;
    char output[MAX_OUTPUT];
} outcome;

/* One run; context and all are made and freed while memory fails. */
static void run_scenario(const failing_memory *memory, const inputs *in, size_t scenario,
                         size_t number, bool rest, outcome *out) {
    rewind(in->out);
    const size_t before = memory->allocated();
    memory->arm(number, rest);
    tw_ctx *ctx = tw_ctx_new(memory->allocator);
    out->status = ctx ? scenarios[scenario].run(ctx, in) : TW_ERROR;
    tw_ctx_free(ctx);
    memory->disarm();
    fflush(in->out);
    out->leaked = memory->allocated() - before;
    const long length = ftell(in->out);
    out->length = length > 0 ? (size_t)length : 0;
    rewind(in->out);
    if (fread(out->output, 1, out->length, in->out) != out->length)
        out->length = 0;
}

/* A failure may be survived (a message that could not be stored), but then the result must be
 * whole. */
static bool is_clean(const outcome *is, const outcome *whole) {
    const bool same =
        is->length == whole->length && memcmp(is->output, whole->output, is->length) == 0;
    return is->leaked == 0 && (is->status == TW_ERROR || (is->status == whole->status && same));
}

/* Fails allocation after allocation until a run needs fewer. Beyond the first few hundred, steps
 * grow, so that a sweep stays short. */
static bool sweep(const failing_memory *memory, const inputs *in, size_t scenario, bool rest,
                  const outcome *whole, outcome *is) {
    bool clean = true;
    size_t number = 1, tried = 0;
    do {
        run_scenario(memory, in, scenario, number, rest, is);
        tried++;
        if (!is_clean(is, whole)) {
            printf("%s, allocation %zu%s failing: status %s, %zu blocks leaked, %zu bytes of "
                   "output instead of %zu\n",
                   scenarios[scenario].name, number, rest ? " and all after" : "",
                   tw_status_text(is->status), is->leaked, is->length, whole->length);
            clean = false;
        }
        number += 1 + (number > SMALL ? number / SMALL : 0);
    } while (memory->fired());
    printf("%s%s: %zu runs, up to allocation %zu\n", scenarios[scenario].name,
           rest ? ", all after" : "", tried, number);
    return clean;
}

static bool sweep_scenario(const failing_memory *memory, const inputs *in, size_t scenario,
                           outcome *whole, outcome *is) {
    if (!memory->allocator && scenarios[scenario].not_under_malloc) {
        printf("%s: skipped, %s\n", scenarios[scenario].name, scenarios[scenario].not_under_malloc);
        return true;
    }
    run_scenario(memory, in, scenario, 0, false, whole); /* what is allocated once and for all */
    run_scenario(memory, in, scenario, 0, false, whole);
    if ((whole->status != TW_OK && whole->status != TW_LIMIT) || whole->leaked ||
        whole->length == 0) {
        printf("%s: status %s, %zu blocks leaked, %zu bytes of output\n", scenarios[scenario].name,
               tw_status_text(whole->status), whole->leaked, whole->length);
        return false;
    }
    const bool once = sweep(memory, in, scenario, false, whole, is);
    return sweep(memory, in, scenario, true, whole, is) && once;
}

/* A result that eval and verify read: what the scenario writes. */
static bool write_result(const failing_memory *memory, const inputs *in, size_t scenario,
                         char path[MAX_PATH], outcome *out) {
    const char *folder = getenv("TMPDIR");
    snprintf(path, MAX_PATH, "%s/oom-XXXXXX", folder ? folder : "/tmp");
    run_scenario(memory, in, scenario, 0, false, out);
    const int descriptor = mkstemp(path);
    if (descriptor < 0)
        return false;
    const bool written = write(descriptor, out->output, out->length) == (ssize_t)out->length;
    close(descriptor);
    return out->status == TW_OK && written;
}

bool sweep_allocations(const failing_memory *memory, const char *folder) {
    static char buffer[BUFSIZ];
    static inputs in;
    outcome *whole = malloc(sizeof *whole), *is = malloc(sizeof *is);
    in.out = tmpfile();
    bool clean = whole && is && in.out && setvbuf(in.out, buffer, _IOFBF, sizeof buffer) == 0;
    snprintf(in.machine, sizeof in.machine, "%s/machine.yaml", folder);
    snprintf(in.network, sizeof in.network, "%s/network.yaml", folder);
    snprintf(in.mapping, sizeof in.mapping, "%s/mapping.yaml", folder);
    snprintf(in.constraints, sizeof in.constraints, "%s/constraints.yaml", folder);
    snprintf(in.chips, sizeof in.chips, "%s/chips.yaml", folder);
    snprintf(in.branches, sizeof in.branches, "%s/branches.yaml", folder);
    clean = clean && write_result(memory, &in, MAP_JSON, in.result, whole);
    clean = clean && write_result(memory, &in, MAP_SCHEDULE, in.scheduled, whole);
    if (!clean)
        printf("cannot prepare the sweep\n");
    const size_t count = clean ? sizeof scenarios / sizeof *scenarios : 0;
    for (size_t i = 0; i < count; i++)
        clean = sweep_scenario(memory, &in, i, whole, is) && clean;
    if (in.result[0])
        unlink(in.result);
    if (in.scheduled[0])
        unlink(in.scheduled);
    if (in.out)
        fclose(in.out);
    free(whole);
    free(is);
    return clean;
}
