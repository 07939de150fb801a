/* tilewright: optimal mappings of neural networks onto spatial accelerators, with proof.
 *
 * The program is its command table (commands.c) over the library's public header. A command's
 * status is the exit status. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* The work that Ctrl-C stops. */
static tw_ctx *volatile running;

/* The first signal asks the work to stop with its best so far; the second ends the program. */
static void on_interrupt(int number) {
    static volatile sig_atomic_t count;
    if (count++ > 0 || !running) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    tw_cancel(running);
}

static void install_signals(tw_ctx *ctx) {
    struct sigaction action = {.sa_handler = on_interrupt};
    running = ctx;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write: exit status 1 */
}

static void print_version(void) {
    printf("tilewright %s\n", tw_version());
    printf("MIT licence\n");
}

static bool is_any(const char *word, const char *a, const char *b) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* Options that stand before a command; true when one did all there is to do. */
static bool run_global(int argc, char **argv) {
    if (argc < 2)
        return false;
    if (is_any(argv[1], "--version", "-V"))
        print_version();
    else if (is_any(argv[1], "--help", "-h"))
        cli_help(stdout);
    else if (argc == 3 && strcmp(argv[1], "--dump-options") == 0 && strcmp(argv[2], "man") == 0)
        cli_manual(stdout);
    else
        return false;
    return true;
}

static tw_status run_command(tw_ctx *ctx, const cli_command *command, int argc, char **argv,
                             cli_request *request) {
    if (command->front_door)
        return command->front_door(ctx, argc, argv, stdout, stderr);
    const tw_status status = cli_parse(ctx, command, argc, argv, request);
    if (status != TW_OK)
        return status;
    if (request->help) {
        cli_command_help(command, stdout);
        return TW_OK;
    }
    return command->run(ctx, request);
}

static tw_status run(tw_ctx *ctx, int argc, char **argv, cli_request *request) {
    if (run_global(argc, argv))
        return TW_OK;
    if (argc < 2) {
        cli_help(stderr);
        return TW_USAGE;
    }
    const cli_command *command = cli_command_by_name(argv[1]);
    if (!command)
        return argv[1][0] == '-'
                   ? cli_fail(ctx, TW_USAGE, "unknown option %.60s; see tilewright help", argv[1])
                   : cli_fail_unknown_command(ctx, argv[1]);
    return run_command(ctx, command, argc - 1, argv + 1, request);
}

/* Buffered output that cannot be written is an error; a reader that went away is one in silence. */
static tw_status finish_output(tw_ctx *ctx, tw_status status) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (status == TW_ERROR)
        return status;
    if (errno == EPIPE)
        return TW_ERROR;
    return cli_fail(ctx, TW_ERROR, "cannot write standard output: %s", strerror(errno));
}

int main(int argc, char **argv) {
    cli_request request = {.color = "auto", .errors = "text"};
    tw_ctx *ctx = tw_ctx_new(NULL);
    if (!ctx) {
        fprintf(stderr, "tilewright: error: out of memory\n");
        return TW_ERROR;
    }
    install_signals(ctx);
    const tw_status status = finish_output(ctx, run(ctx, argc, argv, &request));
    if (strcmp(request.errors, "json") == 0 && tw_diagnostics_count(ctx) > 0)
        tw_diagnostics_print_json(ctx, stderr);
    else
        tw_diagnostics_print(ctx, stderr, cli_use_color(request.color, stderr));
    cli_request_free(&request);
    running = NULL;
    tw_ctx_free(ctx);
    return (int)status;
}
