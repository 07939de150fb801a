/* What the parts of the program share. Commands and options are tables (commands.c, options.c),
 * from which parsing, help, the manual page and shell completion are made. */
#ifndef TW_CLI_CLI_H
#define TW_CLI_CLI_H

#include "tilewright/tilewright.h"

/* Which options a command takes: bits of cli_option.groups and cli_command.groups. */
enum {
    CLI_COMMON = 1,    /* help, colour, how errors are printed */
    CLI_OUTPUT = 2,    /* where to and in which format */
    CLI_NETWORK = 4,   /* how a network is instantiated */
    CLI_LAYERS = 8,    /* which layers */
    CLI_PROGRESS = 16, /* long work */
    CLI_TIMING = 32,
    CLI_VERIFY = 64,
    CLI_EVAL = 128, /* options of map that eval takes too */
    CLI_MAP = 256,  /* all options of map */
    CLI_CONVERT = 512,
    CLI_REPORT = 1024,
    CLI_LIST = 2048,
    CLI_QUIET = 4096 /* every command but list, where it has a meaning of its own */
};

/* The values of the command line. Strings are those of argv. */
typedef struct {
    tw_map_options map;
    tw_network_options network;
    tw_write_options write;
    tw_convert_options convert;
    const char *output;                    /* -o, or NULL */
    const char *color, *progress, *errors; /* words of their options */
    bool quiet, verbose, help, simulate;
    const char **layers, **dim_names;
    uint64_t *dim_values;
    int argument_count;
    char **arguments; /* what is no option */
} cli_request;

typedef struct cli_command cli_command;
struct cli_command {
    const char *name, *arguments, *summary;
    const char *description, *examples; /* one line each, ended by '\n' */
    int least, most;                    /* number of arguments */
    unsigned groups;
    tw_status (*run)(tw_ctx *ctx, cli_request *request);
    /* Instead of run: takes its own options. argv[0] is the name of the command. */
    tw_status (*front_door)(tw_ctx *ctx, int argc, char **argv, FILE *out, FILE *err);
};

typedef struct {
    tw_option option;
    char letter; /* '\0': none */
    bool repeats;
    unsigned groups;
} cli_option;

/* ---- commands.c ---- */
extern const cli_command cli_commands[];
extern const size_t cli_command_count;
const cli_command *cli_command_by_name(const char *name);
tw_status cli_fail_unknown_command(tw_ctx *ctx, const char *name);

/* ---- options.c ---- */
/* The options of a command from 0 on; false after the last. */
bool cli_option_at(const cli_command *command, size_t index, cli_option *out);
/* Parses argv[1..]; TW_USAGE with a message otherwise. Release with cli_request_free. */
tw_status cli_parse(tw_ctx *ctx, const cli_command *command, int argc, char **argv,
                    cli_request *out);
void cli_request_free(cli_request *request);

/* ---- help.c, completion.c ---- */
void cli_help(FILE *out);
void cli_command_help(const cli_command *command, FILE *out);
/* Option sections of the manual page, in scdoc. */
void cli_manual(FILE *out);
/* A completion script for "bash", "zsh" or "fish"; false for another shell. */
bool cli_completion(const char *shell, FILE *out);

/* ---- terminal.c ---- */
bool cli_use_color(const char *when, FILE *stream);
unsigned cli_terminal_width(FILE *stream);
bool cli_use_unicode(void);

/* ---- output.c ---- */
typedef struct {
    FILE *stream;
    const char *path; /* NULL: standard output */
    char *target, *temporary;
} cli_output;
/* A file is written beside its target and renamed at the end, so that a failure leaves what was
 * there; devices and pipes are written directly. */
tw_status cli_output_open(tw_ctx *ctx, const char *path, cli_output *out);
/* Ends the output; with `keep` false, or after an error, a half-written file is removed. */
tw_status cli_output_close(tw_ctx *ctx, cli_output *output, bool keep);
/* Whether a file could be made at `path`, before long work. */
tw_status cli_output_check(tw_ctx *ctx, const char *path);

/* ---- progress.c ---- */
void cli_progress_begin(tw_ctx *ctx, const cli_request *request);
void cli_progress_end(void);

/* ---- cmd_*.c ---- */
tw_status cli_map(tw_ctx *ctx, cli_request *request);
tw_status cli_eval(tw_ctx *ctx, cli_request *request);
tw_status cli_verify(tw_ctx *ctx, cli_request *request);
tw_status cli_show(tw_ctx *ctx, cli_request *request);
tw_status cli_convert(tw_ctx *ctx, cli_request *request);
tw_status cli_report(tw_ctx *ctx, cli_request *request);
tw_status cli_list(tw_ctx *ctx, cli_request *request);
tw_status cli_run_help(tw_ctx *ctx, cli_request *request);
tw_status cli_run_completion(tw_ctx *ctx, cli_request *request);
/* Fills in what the terminal decides: width, colour, Unicode. */
tw_write_options cli_write_options(const cli_request *request);

/* A usage error, as a diagnostic. */
tw_status cli_fail(tw_ctx *ctx, tw_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
