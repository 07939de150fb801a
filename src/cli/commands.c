/* The subcommands: one row each. */
#include <string.h>

#include "cli/cli.h"

#define EVERY (CLI_COMMON | CLI_QUIET)
#define LONG_WORK (EVERY | CLI_OUTPUT | CLI_TIMING | CLI_NETWORK | CLI_LAYERS)

const cli_command cli_commands[] = {
    {.name = "map",
     .arguments = "ARCH NET",
     .summary = "find the best mapping of every layer, with proof",
     .description =
         "Finds for every layer of NET the mapping onto ARCH that costs least, proves that none "
         "is\n"
         "better, and sums up the network. ARCH and NET are files or names of built-ins.\n",
     .examples = "tilewright map eyeriss resnet50\n"
                 "tilewright map eyeriss resnet50 --objective edp -o result.json\n"
                 "tilewright map eyeriss alexnet --layer conv1 --bypass search\n",
     .least = 2,
     .most = 2,
     .groups = LONG_WORK | CLI_PROGRESS | CLI_MAP,
     .run = cli_map},
    {.name = "eval",
     .arguments = "ARCH NET MAPPING",
     .summary = "price given mappings",
     .description = "Prices the mappings in MAPPING: a mapping file, or a result of map.\n",
     .examples = "tilewright eval eyeriss resnet50 result.json\n",
     .least = 3,
     .most = 3,
     .groups = LONG_WORK | CLI_EVAL,
     .run = cli_eval},
    {.name = "verify",
     .arguments = "RESULT",
     .summary = "compute every number of a result anew and compare",
     .description =
         "Reads a result (JSON), prices its mappings again on the accelerator that it holds, and\n"
         "compares every number bit for bit. The exit status is 3 when one differs.\n",
     .examples = "tilewright verify result.json\n"
                 "tilewright verify --simulate result.json\n",
     .least = 1,
     .most = 1,
     .groups = EVERY | CLI_VERIFY,
     .run = cli_verify},
    {.name = "show",
     .arguments = "FILE",
     .summary = "draw an accelerator, a network, mappings or a result",
     .description =
         "Prints what FILE, or a built-in of that name, says, in words and as a picture.\n",
     .examples = "tilewright show eyeriss\n"
                 "tilewright show resnet50\n"
                 "tilewright show result.json\n",
     .least = 1,
     .most = 1,
     .groups = EVERY | CLI_NETWORK,
     .run = cli_show},
    {.name = "report",
     .arguments = "RESULT [OTHER]",
     .summary = "write a result as one HTML page, or two side by side",
     .description =
         "Draws a result of map or eval (JSON) as one self-contained HTML page: energy and cycles\n"
         "of every layer, roofline, buffer hierarchy, loop nests, counts. With OTHER, compares.\n",
     .examples = "tilewright report result.json -o report.html\n"
                 "tilewright report eyeriss.json simba.json -o both.html\n",
     .least = 1,
     .most = 2,
     .groups = EVERY | CLI_REPORT,
     .run = cli_report},
    {.name = "convert",
     .arguments = "IN OUT",
     .summary = "write an accelerator, a network or mappings in another format",
     .description =
         "Reads IN, a file in any known format or a built-in, and writes it to OUT (- is standard\n"
         "output). Read are native YAML, ONNX, Timeloop 0.2 to 0.4, ZigZag, SCALE-Sim and "
         "NeuroSpector;\n"
         "written are all of these but ONNX. What a format cannot say is an error, or for single "
         "layers a\n"
         "warning.\n",
     .examples = "tilewright convert model.onnx model.yaml --dim batch=1\n"
                 "tilewright convert resnet50 resnet50.csv\n"
                 "tilewright convert alexnet conv1.yaml --to timeloop --layer conv1\n"
                 "tilewright convert result.json mappings.yaml --arch eyeriss --net resnet50\n",
     .least = 2,
     .most = 2,
     .groups = EVERY | CLI_NETWORK | CLI_LAYERS | CLI_CONVERT,
     .run = cli_convert},
    {.name = "list",
     .arguments = "[archs|nets]",
     .summary = "list the built-in accelerators and networks",
     .description =
         "Lists what is built in: files that are read like your own, and good examples to copy.\n",
     .examples = "tilewright list\n"
                 "tilewright list nets\n"
                 "tilewright list archs --verbose\n",
     .least = 0,
     .most = 1,
     .groups = CLI_COMMON | CLI_LIST,
     .run = cli_list},
    {.name = "nn-dataflow",
     .arguments = "NET ...",
     .summary = "nn_dataflow's search, with its options and its output",
     .description = "Takes the options of nn_dataflow_search.py and prints its JSON.\n",
     .examples = "tilewright nn-dataflow alex_net --batch 16 --nodes 4 4 --array 14 14 --regf 512 "
                 "--gbuf 133032 --mem-type 3D --hybrid-partition\n",
     .front_door = tw_nn_dataflow_main},
    {.name = "nn-layer-stats",
     .arguments = "NET ...",
     .summary = "nn_dataflow's table of layer sizes",
     .description = "Takes the options of nn_layer_stats.py and prints its table.\n",
     .examples = "tilewright nn-layer-stats vgg_net -b 16\n",
     .front_door = tw_nn_layer_stats_main},
    {.name = "neurospector",
     .arguments = "--key=value ...",
     .summary = "NeuroSpector, with its options and its output",
     .description = "Takes the options and files of NeuroSpector and prints and writes what it "
                    "does, with real\n"
                    "exit statuses; --optimizer=exact gives the proven optimum of its model.\n",
     .examples =
         "tilewright neurospector --run_type=optimizer --accelerator=eyeriss.cfg \\\n"
         "    --network=resnet50.cfg --dataflow=flexible --metric=energy --optimizer=exact\n",
     .front_door = tw_neurospector_main},
    {.name = "completion",
     .arguments = "bash|zsh|fish",
     .summary = "print a completion script for a shell",
     .description = "Prints a script that completes commands, options and their words.\n",
     .examples = "source <(tilewright completion bash)\n",
     .least = 1,
     .most = 1,
     .groups = EVERY,
     .run = cli_run_completion},
    {.name = "help",
     .arguments = "[COMMAND]",
     .summary = "explain a command",
     .description = "Explains a command, or lists them all.\n",
     .examples = "tilewright help map\n",
     .least = 0,
     .most = 1,
     .groups = EVERY,
     .run = cli_run_help},
};
const size_t cli_command_count = sizeof cli_commands / sizeof cli_commands[0];

const cli_command *cli_command_by_name(const char *name) {
    for (size_t i = 0; i < cli_command_count; i++)
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    return NULL;
}

tw_status cli_fail_unknown_command(tw_ctx *ctx, const char *name) {
    enum { MOST = 32 };
    const char *names[MOST];
    size_t count = 0;
    for (; count < cli_command_count && count < MOST; count++)
        names[count] = cli_commands[count].name;
    const char *close = tw_closest_word(name, names, count);
    if (close)
        return cli_fail(ctx, TW_USAGE, "unknown command \"%.60s\", did you mean \"%s\"?", name,
                        close);
    return cli_fail(ctx, TW_USAGE, "unknown command \"%.60s\"; see tilewright help", name);
}
