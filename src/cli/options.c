/* The options of the program beside those of the library, and their parsing with getopt_long. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { MOST_OPTIONS = 48 };

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define CHOICE(name, words, help)                                                                  \
    { name, TW_OPTION_CHOICE, "WORD", words, 0, 0, help }
#define FLAG(name, help)                                                                           \
    { name, TW_OPTION_FLAG, "", NULL, 0, 0, help }
#define TEXT(name, value, help)                                                                    \
    { name, TW_OPTION_TEXT, value, NULL, 0, 0, help }
#define COUNT(name, value, most, help)                                                             \
    { name, TW_OPTION_COUNT, value, NULL, 1, most, help }

static const cli_option own_options[] = {
    {TEXT("layer", "NAME|N", "only this layer, by name or number from 1"), 'l', true, CLI_LAYERS},
    {COUNT("batch", "N", 1e9, "batch size, instead of the network's own"), 'b', false, CLI_NETWORK},
    {TEXT("dim", "NAME=N", "value of a named size of the network, such as seq=512"), 'd', true,
     CLI_NETWORK},
    {FLAG("strict", "a part of the model that cannot be mapped is an error"), '\0', false,
     CLI_NETWORK},
    {CHOICE("to", WORDS("native", "timeloop", "zigzag", "scale-sim", "neurospector"),
            "format to write; where not given, scale-sim for a .csv file, else native"),
     't', false, CLI_CONVERT},
    {TEXT("arch", "ARCH", "of mappings: the accelerator that they are for"), '\0', false,
     CLI_CONVERT},
    {TEXT("net", "NET", "of mappings: the network that they are for"), '\0', false, CLI_CONVERT},
    {FLAG("simulate", "also execute the loop nests that are small enough, word by word"), '\0',
     false, CLI_VERIFY},
    {TEXT("output", "FILE", "write the result to FILE instead of standard output"), 'o', false,
     CLI_OUTPUT | CLI_REPORT},
    {CHOICE("format", WORDS("text", "json", "csv"),
            "format of the result; from the ending of FILE where not given"),
     'f', false, CLI_OUTPUT},
    {FLAG("no-timing", "leave the timing out, so that equal inputs give equal bytes"), '\0', false,
     CLI_TIMING},
    {CHOICE(
         "progress", WORDS("auto", "none", "json"),
         "progress on standard error: a line that is redrawn on a terminal, nothing, or objects"),
     '\0', false, CLI_PROGRESS},
    {FLAG("quiet", "no progress, no timing; only errors"), 'q', false, CLI_QUIET},
    {FLAG("quiet", "only the names"), 'q', false, CLI_LIST},
    {FLAG("verbose", "text: every layer in full, with its loop nest"), 'v', false, CLI_OUTPUT},
    {FLAG("verbose", "with the path of each file"), 'v', false, CLI_LIST},
    {CHOICE("color", WORDS("auto", "always", "never"), "colour; NO_COLOR is respected"), '\0',
     false, CLI_COMMON},
    {CHOICE("errors", WORDS("text", "json"), "form of messages on standard error"), '\0', false,
     CLI_COMMON},
    {FLAG("help", "this help"), 'h', false, CLI_COMMON},
};
enum { OWN_COUNT = sizeof own_options / sizeof own_options[0] };

static bool takes_map_option(const cli_command *command, const tw_option *option) {
    if (command->groups & CLI_MAP)
        return true;
    return (command->groups & CLI_EVAL) &&
           (strcmp(option->name, "objective") == 0 || strcmp(option->name, "model") == 0);
}

bool cli_option_at(const cli_command *command, size_t index, cli_option *out) {
    for (size_t i = 0; tw_map_option_at(i); i++)
        if (takes_map_option(command, tw_map_option_at(i)) && index-- == 0) {
            const bool threads = strcmp(tw_map_option_at(i)->name, "threads") == 0;
            *out = (cli_option){*tw_map_option_at(i), threads ? 'j' : '\0', false, CLI_MAP};
            return true;
        }
    for (size_t i = 0; i < OWN_COUNT; i++)
        if ((own_options[i].groups & command->groups) && index-- == 0) {
            *out = own_options[i];
            return true;
        }
    return false;
}

tw_status cli_fail(tw_ctx *ctx, tw_status status, const char *format, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    tw_diagnostic_add(ctx, TW_SEVERITY_ERROR, message);
    return status;
}

/* ---- Values ---- */

static tw_status check_word(tw_ctx *ctx, const tw_option *option, const char *value) {
    char expected[128] = "";
    size_t count = 0;
    for (; option->words[count]; count++) {
        if (strcmp(option->words[count], value) == 0)
            return TW_OK;
        const size_t length = strlen(expected);
        snprintf(expected + length, sizeof expected - length, "%s%s", count ? ", " : "",
                 option->words[count]);
    }
    const char *close = tw_closest_word(value, option->words, count);
    return cli_fail(ctx, TW_USAGE, "%s is \"%.40s\", expected one of %s%s%s%s", option->name, value,
                    expected, close ? "; did you mean \"" : "", close ? close : "",
                    close ? "\"?" : "");
}

static tw_status read_count(tw_ctx *ctx, const char *name, const char *value, uint64_t *out) {
    char *end = NULL;
    errno = 0;
    const unsigned long long number = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || errno || number < 1 || number > 1000000000)
        return cli_fail(ctx, TW_USAGE, "%s is \"%.40s\", expected a whole number from 1 to 10^9",
                        name, value);
    *out = number;
    return TW_OK;
}

/* NAME=N; the name is cut off inside argv. */
static tw_status read_dim(tw_ctx *ctx, char *value, cli_request *out) {
    char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return cli_fail(ctx, TW_USAGE, "dim is \"%.40s\", expected NAME=N, such as seq=512", value);
    const size_t index = out->network.dim_count;
    if (read_count(ctx, "dim", equals + 1, &out->dim_values[index]) != TW_OK)
        return TW_USAGE;
    *equals = '\0';
    out->dim_names[index] = value;
    out->network.dim_count++;
    return TW_OK;
}

/* The words that end up in the request, and the flags. */
static const char **word_of(cli_request *out, const char *name) {
    const struct {
        const char *name;
        const char **word;
    } words[] = {{"format", &out->write.format},
                 {"progress", &out->progress},
                 {"color", &out->color},
                 {"errors", &out->errors},
                 {"output", &out->output},
                 {"to", &out->convert.to},
                 {"arch", &out->convert.accelerator},
                 {"net", &out->convert.network}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].word;
    return NULL;
}

static bool *flag_of(cli_request *out, const char *name) {
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"quiet", &out->quiet},
                 {"verbose", &out->verbose},
                 {"help", &out->help},
                 {"simulate", &out->simulate},
                 {"strict", &out->network.strict},
                 {"no-timing", &out->write.no_timing}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (strcmp(flags[i].name, name) == 0)
            return flags[i].flag;
    return NULL;
}

static tw_status set_option(tw_ctx *ctx, const cli_option *option, char *value, cli_request *out) {
    const char *name = option->option.name;
    if (option->groups == CLI_MAP)
        return tw_map_option_set(ctx, &out->map, name, value);
    if (option->option.kind == TW_OPTION_FLAG) {
        *flag_of(out, name) = true;
        return TW_OK;
    }
    if (strcmp(name, "layer") == 0) {
        out->layers[out->map.layer_count++] = value;
        return TW_OK;
    }
    if (strcmp(name, "batch") == 0)
        return read_count(ctx, name, value, &out->network.batch);
    if (strcmp(name, "dim") == 0)
        return read_dim(ctx, value, out);
    if (option->option.kind == TW_OPTION_CHOICE && check_word(ctx, &option->option, value) != TW_OK)
        return TW_USAGE;
    *word_of(out, name) = value;
    return TW_OK;
}

/* ---- Parsing ---- */

typedef struct {
    cli_option options[MOST_OPTIONS];
    struct option longs[MOST_OPTIONS + 1];
    char shorts[2 * MOST_OPTIONS + 2];
    size_t count;
} option_set;

/* getopt_long gets the index of the option as its value; letters are looked up. */
static void make_set(const cli_command *command, option_set *set) {
    size_t letters = 0;
    memset(set, 0, sizeof *set);
    set->shorts[letters++] = ':';
    while (set->count < MOST_OPTIONS &&
           cli_option_at(command, set->count, &set->options[set->count])) {
        const cli_option *option = &set->options[set->count];
        const bool value = option->option.kind != TW_OPTION_FLAG;
        set->longs[set->count] =
            (struct option){option->option.name, value ? required_argument : no_argument, NULL,
                            256 + (int)set->count};
        if (option->letter) {
            set->shorts[letters++] = option->letter;
            if (value)
                set->shorts[letters++] = ':';
        }
        set->count++;
    }
}

static const cli_option *option_of(const option_set *set, int code) {
    for (size_t i = 0; i < set->count; i++)
        if (code == 256 + (int)i || (set->options[i].letter && code == set->options[i].letter))
            return &set->options[i];
    return NULL;
}

static tw_status fail_unknown(tw_ctx *ctx, const cli_command *command, const option_set *set,
                              const char *word) {
    const char *names[MOST_OPTIONS];
    if (optopt > 256)
        return cli_fail(ctx, TW_USAGE, "option --%s takes no value",
                        set->options[optopt - 256].option.name);
    if (optopt > 0)
        return cli_fail(ctx, TW_USAGE, "unknown option -%c; see tilewright %s --help", optopt,
                        command->name);
    for (size_t i = 0; i < set->count; i++)
        names[i] = set->options[i].option.name;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *close = tw_closest_word(name, names, set->count);
    if (close)
        return cli_fail(ctx, TW_USAGE, "unknown option --%s, did you mean --%s?", name, close);
    return cli_fail(ctx, TW_USAGE, "unknown option --%s; see tilewright %s --help", name,
                    command->name);
}

static tw_status parse_options(tw_ctx *ctx, const cli_command *command, int argc, char **argv,
                               cli_request *out) {
    option_set set;
    make_set(command, &set);
    opterr = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, set.shorts, set.longs, NULL)) != -1;) {
        if (code == '?')
            return fail_unknown(ctx, command, &set, argv[optind - 1]);
        if (code == ':')
            return cli_fail(ctx, TW_USAGE, "option %s needs a value", argv[optind - 1]);
        const tw_status status = set_option(ctx, option_of(&set, code), optarg, out);
        if (status != TW_OK)
            return status;
    }
    return TW_OK;
}

static tw_status check_arguments(tw_ctx *ctx, const cli_command *command, const cli_request *in) {
    if (in->help || (in->argument_count >= command->least && in->argument_count <= command->most))
        return TW_OK;
    if (in->argument_count > command->most)
        return cli_fail(ctx, TW_USAGE, "unexpected argument \"%.60s\"; usage: tilewright %s %s",
                        in->arguments[command->most], command->name, command->arguments);
    return cli_fail(ctx, TW_USAGE, "too few arguments; usage: tilewright %s %s", command->name,
                    command->arguments);
}

tw_status cli_parse(tw_ctx *ctx, const cli_command *command, int argc, char **argv,
                    cli_request *out) {
    const size_t most = (size_t)argc + 1;
    *out = (cli_request){.color = "auto", .progress = "auto", .errors = "text"};
    out->layers = calloc(most, sizeof *out->layers);
    out->dim_names = calloc(most, sizeof *out->dim_names);
    out->dim_values = calloc(most, sizeof *out->dim_values);
    if (!out->layers || !out->dim_names || !out->dim_values)
        return cli_fail(ctx, TW_ERROR, "out of memory");
    const tw_status status = parse_options(ctx, command, argc, argv, out);
    if (status != TW_OK)
        return status;
    out->map.layers = out->layers;
    out->network.dim_names = out->dim_names;
    out->network.dim_values = out->dim_values;
    out->argument_count = argc - optind;
    out->arguments = argv + optind;
    if (!out->write.format && out->output)
        out->write.format = tw_format_of_path(out->output);
    return check_arguments(ctx, command, out);
}

void cli_request_free(cli_request *request) {
    free(request->layers);
    free(request->dim_names);
    free(request->dim_values);
}
