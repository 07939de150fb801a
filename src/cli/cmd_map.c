/* map, eval and verify: load, run, write. */
#include <string.h>

#include "cli/cli.h"

tw_write_options cli_write_options(const cli_request *request) {
    tw_write_options options = request->write;
    const bool to_file = request->output && strcmp(request->output, "-") != 0;
    options.bars = true;
    options.details = request->verbose;
    options.color = cli_use_color(
        to_file && strcmp(request->color, "auto") == 0 ? "never" : request->color, stdout);
    options.unicode = cli_use_unicode();
    options.width = to_file ? 0 : cli_terminal_width(stdout);
    return options;
}

static bool has_result(tw_status status) {
    return status == TW_OK || status == TW_INFEASIBLE || status == TW_LIMIT ||
           status == TW_CANCELLED;
}

/* The worse of what the work and the writing ended with: a result that could not be written is an
 * error, whatever it says. */
static tw_status write_result(tw_ctx *ctx, const cli_request *request, const tw_result *result,
                              tw_status status) {
    const tw_write_options options = cli_write_options(request);
    cli_output output;
    tw_status written = cli_output_open(ctx, request->output, &output);
    if (written == TW_OK)
        written = tw_result_write(ctx, result, &options, output.stream);
    const tw_status closed = cli_output_close(ctx, &output, written == TW_OK);
    if (written == TW_OK)
        written = closed;
    return written == TW_OK ? status : written;
}

static tw_status load_inputs(tw_ctx *ctx, const cli_request *request, tw_accelerator **accelerator,
                             tw_network **network) {
    tw_status status = cli_output_check(ctx, request->output);
    if (status == TW_OK)
        status = tw_accelerator_load(ctx, request->arguments[0], accelerator);
    const tw_status other = status == TW_ERROR ? TW_OK
                                               : tw_network_load(ctx, request->arguments[1],
                                                                 &request->network, network);
    return status != TW_OK ? status : other;
}

tw_status cli_map(tw_ctx *ctx, cli_request *request) {
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    tw_result *result = NULL;
    tw_status status = load_inputs(ctx, request, &accelerator, &network);
    if (status == TW_OK) {
        cli_progress_begin(ctx, request);
        status = tw_map(ctx, accelerator, network, &request->map, &result);
        cli_progress_end();
    }
    if (has_result(status) && result) {
        status = write_result(ctx, request, result, status);
        if (!request->quiet && !request->write.no_timing)
            tw_result_print_timing(result, stderr);
    }
    tw_result_free(result);
    tw_network_free(network);
    tw_accelerator_free(accelerator);
    return status;
}

tw_status cli_eval(tw_ctx *ctx, cli_request *request) {
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    tw_result *result = NULL;
    tw_status status = load_inputs(ctx, request, &accelerator, &network);
    if (status == TW_OK)
        status = tw_eval(ctx, accelerator, network, request->arguments[2], &request->map, &result);
    if (status == TW_OK)
        status = write_result(ctx, request, result, status);
    tw_result_free(result);
    tw_network_free(network);
    tw_accelerator_free(accelerator);
    return status;
}

tw_status cli_verify(tw_ctx *ctx, cli_request *request) {
    return tw_verify(ctx, request->arguments[0], request->simulate, stdout);
}
