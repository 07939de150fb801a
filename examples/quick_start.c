/* Maps a network onto an accelerator and prints the table: the whole library in one screen.
 *
 *     quick_start [ACCELERATOR [NETWORK]]
 */
#include <stdio.h>
#include <tilewright/tilewright.h>

int main(int argc, char **argv) {
    const char *accelerator_name = argc > 1 ? argv[1] : "eyeriss";
    const char *network_name = argc > 2 ? argv[2] : "alexnet";
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    tw_result *result = NULL;

    tw_status status = ctx ? tw_accelerator_load(ctx, accelerator_name, &accelerator) : TW_ERROR;
    if (status == TW_OK)
        status = tw_network_load(ctx, network_name, NULL, &network);
    if (status == TW_OK)
        status = tw_map(ctx, accelerator, network, NULL, &result);
    if (result && tw_result_write(ctx, result, NULL, stdout) != TW_OK)
        status = TW_ERROR;
    if (ctx)
        tw_diagnostics_print(ctx, stderr, false);

    tw_result_free(result);
    tw_network_free(network);
    tw_accelerator_free(accelerator);
    tw_ctx_free(ctx);
    return (int)status;
}
