/* The short commands: show, list, help, completion. */
#include <string.h>

#include "cli/cli.h"

tw_status cli_show(tw_ctx *ctx, cli_request *request) {
    tw_write_options options = cli_write_options(request);
    return tw_show(ctx, request->arguments[0], &options, stdout);
}

tw_status cli_list(tw_ctx *ctx, cli_request *request) {
    tw_write_options options = cli_write_options(request);
    options.names = request->quiet;
    return tw_list(ctx, request->argument_count ? request->arguments[0] : NULL, &options, stdout);
}

tw_status cli_run_help(tw_ctx *ctx, cli_request *request) {
    if (request->argument_count == 0) {
        cli_help(stdout);
        return TW_OK;
    }
    const cli_command *command = cli_command_by_name(request->arguments[0]);
    if (!command)
        return cli_fail_unknown_command(ctx, request->arguments[0]);
    cli_command_help(command, stdout);
    return TW_OK;
}

tw_status cli_run_completion(tw_ctx *ctx, cli_request *request) {
    if (cli_completion(request->arguments[0], stdout))
        return TW_OK;
    return cli_fail(ctx, TW_USAGE, "no completion for \"%.40s\", expected bash, zsh or fish",
                    request->arguments[0]);
}
