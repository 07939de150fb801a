/* The short commands: show, report, convert, list, help, completion. */
#include <string.h>

#include "cli/cli.h"

tw_status cli_show(tw_ctx *ctx, cli_request *request) {
    tw_write_options options = cli_write_options(request);
    options.network = &request->network;
    return tw_show(ctx, request->arguments[0], &options, stdout);
}

static bool ends_in(const char *path, const char *ending) {
    const size_t length = strlen(path), tail = strlen(ending);
    return length > tail && strcmp(path + length - tail, ending) == 0;
}

static const char *target_of(const char *path) {
    return ends_in(path, ".csv") ? "scale-sim" : NULL;
}

tw_status cli_convert(tw_ctx *ctx, cli_request *request) {
    tw_convert_options options = request->convert;
    const char *path = request->arguments[1];
    cli_output output;
    if (request->map.layer_count > 1)
        return cli_fail(ctx, TW_USAGE, "--layer is given more than once, expected one layer");
    options.layer = request->map.layer_count ? request->layers[0] : NULL;
    options.network_options = request->network;
    if (!options.to && ends_in(path, ".onnx"))
        return cli_fail(ctx, TW_USAGE,
                        "ONNX is read, not written: expected another ending or --to");
    if (!options.to)
        options.to = target_of(path);
    tw_status status = cli_output_open(ctx, path, &output);
    if (status != TW_OK)
        return status;
    status = tw_convert(ctx, request->arguments[0], &options, output.stream);
    const tw_status closed = cli_output_close(ctx, &output, status == TW_OK);
    return status == TW_OK ? closed : status;
}

tw_status cli_report(tw_ctx *ctx, cli_request *request) {
    cli_output output;
    tw_status status = cli_output_open(ctx, request->output, &output);
    if (status != TW_OK)
        return status;
    status = tw_report(ctx, request->arguments[0],
                       request->argument_count > 1 ? request->arguments[1] : NULL, output.stream);
    const tw_status closed = cli_output_close(ctx, &output, status == TW_OK);
    return status == TW_OK ? closed : status;
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
