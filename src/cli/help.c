/* Help on the terminal and the option sections of the manual page, from the tables. */
#include <string.h>

#include "cli/cli.h"

enum { OPTION_COLUMN = 30, TEXT_WIDTH = 64, EVERY_COMMAND = CLI_COMMON | CLI_QUIET };

void cli_help(FILE *out) {
    fprintf(out, "Usage: tilewright COMMAND ...\n\n"
                 "Optimal mappings of neural networks onto spatial accelerators, with proof.\n\n");
    for (size_t i = 0; i < cli_command_count; i++)
        fprintf(out, "  %-16s %s\n", cli_commands[i].name, cli_commands[i].summary);
    fprintf(out, "\nFor example:\n\n"
                 "  tilewright list\n"
                 "  tilewright map eyeriss resnet50\n\n"
                 "tilewright help COMMAND explains a command; tilewright --version says which this "
                 "is.\n");
}

/* "-j, --threads N". */
static void option_head(const cli_option *option, char *out, size_t size) {
    const char *value = option->option.value;
    if (option->letter)
        snprintf(out, size, "-%c, --%s%s%s", option->letter, option->option.name, *value ? " " : "",
                 value);
    else
        snprintf(out, size, "    --%s%s%s", option->option.name, *value ? " " : "", value);
}

/* Breaks `text` between words; the first line goes on where the cursor is. */
static void print_wrapped(const char *text, int indent, FILE *out) {
    int column = 0;
    while (*text) {
        const int length = (int)strcspn(text, " ");
        if (column > 0 && column + 1 + length > TEXT_WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = 0;
        }
        column += fprintf(out, "%s%.*s", column ? " " : "", length, text);
        text += length;
        text += *text == ' ';
    }
    fprintf(out, "\n");
}

static void option_text(const cli_option *option, char *out, size_t size) {
    const char *const *words = option->option.words;
    size_t length = (size_t)snprintf(out, size, "%s", option->option.help);
    for (size_t i = 0; words && words[i] && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s%s", i ? ", " : " (", words[i]);
    if (words && length < size)
        snprintf(out + length, size - length, "; default %s)", words[0]);
    else if (option->repeats && length < size)
        snprintf(out + length, size - length, "; may be given several times");
}

void cli_command_help(const cli_command *command, FILE *out) {
    cli_option option;
    char text[512];
    fprintf(out, "Usage: tilewright %s %s%s\n\n%s", command->name,
            (command->groups & ~(unsigned)EVERY_COMMAND) ? "[OPTION...] " : "", command->arguments,
            command->description);
    if (!command->front_door) {
        fprintf(out, "\nOptions:\n");
        for (size_t i = 0; cli_option_at(command, i, &option); i++) {
            option_head(&option, text, sizeof text);
            fprintf(out, "  %-*s", OPTION_COLUMN - 2, text);
            if (strlen(text) > OPTION_COLUMN - 3)
                fprintf(out, "\n%*s", OPTION_COLUMN, "");
            option_text(&option, text, sizeof text);
            print_wrapped(text, OPTION_COLUMN, out);
        }
    }
    fprintf(out, "\nExamples:\n");
    for (const char *line = command->examples; *line; line = strchr(line, '\n') + 1)
        fprintf(out, "  %.*s\n", (int)strcspn(line, "\n"), line);
}

/* scdoc gives '_' and '*' a meaning, but not inside words; nothing in the tables needs more. */
static void manual_command(const cli_command *command, FILE *out) {
    cli_option option;
    char text[512];
    fprintf(out, "## tilewright %s %s\n\n%s\n", command->name, command->arguments,
            command->description);
    if (command->front_door)
        return;
    for (size_t i = 0; cli_option_at(command, i, &option); i++) {
        if (option.groups & EVERY_COMMAND)
            continue;
        fprintf(out, "*");
        if (option.letter)
            fprintf(out, "-%c*, *", option.letter);
        fprintf(out, "--%s*", option.option.name);
        if (*option.option.value)
            fprintf(out, " _%s_", option.option.value);
        option_text(&option, text, sizeof text);
        fprintf(out, "\n\t%s.\n\n", text);
    }
}

void cli_manual(FILE *out) {
    cli_option option;
    char text[512];
    fprintf(out, "# COMMANDS\n\n");
    for (size_t i = 0; i < cli_command_count; i++)
        manual_command(&cli_commands[i], out);
    fprintf(out, "# OPTIONS OF EVERY COMMAND\n\n");
    for (size_t i = 0; cli_option_at(cli_command_by_name("help"), i, &option); i++) {
        fprintf(out, "*");
        if (option.letter)
            fprintf(out, "-%c*, *", option.letter);
        option_text(&option, text, sizeof text);
        fprintf(out, "--%s*%s%s%s\n\t%s.\n\n", option.option.name, *option.option.value ? " _" : "",
                option.option.value, *option.option.value ? "_" : "", text);
    }
}
