/* Completion scripts for shells, from the tables. Words after an option that takes one of a few
 * are completed too; the names of built-ins come from `tilewright list --quiet`. */
#include <string.h>

#include "cli/cli.h"

static void print_option_names(const cli_command *command, FILE *out) {
    cli_option option;
    for (size_t i = 0; cli_option_at(command, i, &option); i++)
        fprintf(out, "%s--%s", i ? " " : "", option.option.name);
}

static void print_words(const tw_option *option, FILE *out) {
    for (size_t i = 0; option->words[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", option->words[i]);
}

static void print_commands(FILE *out) {
    for (size_t i = 0; i < cli_command_count; i++)
        fprintf(out, "%s%s", i ? " " : "", cli_commands[i].name);
}

/* The words of every choice, as cases of a shell's `case`. */
static void bash_words(const cli_command *command, FILE *out) {
    cli_option option;
    for (size_t i = 0; cli_option_at(command, i, &option); i++) {
        if (option.option.kind != TW_OPTION_CHOICE)
            continue;
        fprintf(out, "    %s:--%s) COMPREPLY=($(compgen -W \"", command->name, option.option.name);
        print_words(&option.option, out);
        fprintf(out, "\" -- \"$word\")); return ;;\n");
    }
}

static void bash(FILE *out) {
    fprintf(out, "# bash completion of tilewright\n"
                 "_tilewright() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    local options\n"
                 "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                 "        COMPREPLY=($(compgen -W \"");
    print_commands(out);
    fprintf(out, "\" -- \"$word\")); return\n    fi\n    case ${COMP_WORDS[1]}:$before in\n");
    for (size_t i = 0; i < cli_command_count; i++)
        bash_words(&cli_commands[i], out);
    fprintf(out, "    esac\n    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        fprintf(out, "    %s) options=\"", cli_commands[i].name);
        print_option_names(&cli_commands[i], out);
        fprintf(out, "\" ;;\n");
    }
    fprintf(out, "    esac\n"
                 "    case $word in\n"
                 "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
                 "    *) COMPREPLY=($(compgen -f -W \"$(tilewright list --quiet 2>/dev/null)\" -- "
                 "\"$word\")) ;;\n"
                 "    esac\n"
                 "}\n"
                 "complete -o filenames -F _tilewright tilewright\n");
}

/* ' and the special characters of a zsh specification stay out of the tables' texts. */
static void zsh_options(const cli_command *command, FILE *out) {
    cli_option option;
    for (size_t i = 0; cli_option_at(command, i, &option); i++) {
        fprintf(out, "        '%s--%s%s[", option.repeats ? "*" : "", option.option.name,
                option.option.kind == TW_OPTION_FLAG ? "" : "=");
        for (const char *c = option.option.help; *c; c++)
            fputc(*c == '[' || *c == ']' || *c == ':' || *c == '\'' ? ' ' : *c, out);
        fprintf(out, "]");
        if (option.option.kind == TW_OPTION_CHOICE) {
            fprintf(out, ":word:(");
            print_words(&option.option, out);
            fprintf(out, ")");
        } else if (option.option.kind == TW_OPTION_TEXT) {
            fprintf(out, ":value:_files");
        } else if (option.option.kind != TW_OPTION_FLAG) {
            fprintf(out, ":number:");
        }
        fprintf(out, "' \\\n");
    }
}

static void zsh(FILE *out) {
    fprintf(out, "#compdef tilewright\n"
                 "_tilewright() {\n"
                 "    if (( CURRENT == 2 )); then\n"
                 "        compadd ");
    print_commands(out);
    fprintf(out, "\n        return\n    fi\n"
                 "    local command=$words[2]\n"
                 "    shift words; (( CURRENT-- ))\n"
                 "    case $command in\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        fprintf(out, "    %s) _arguments \\\n", cli_commands[i].name);
        zsh_options(&cli_commands[i], out);
        fprintf(out, "        '*:built-in or file:_tilewright_inputs' ;;\n");
    }
    fprintf(out, "    esac\n"
                 "}\n"
                 "_tilewright_inputs() {\n"
                 "    compadd ${(f)\"$(tilewright list --quiet 2>/dev/null)\"}\n"
                 "    _files\n"
                 "}\n"
                 "compdef _tilewright tilewright\n");
}

static void fish_option(const cli_command *command, const cli_option *option, FILE *out) {
    fprintf(out, "complete -c tilewright -n '__fish_seen_subcommand_from %s' -l %s", command->name,
            option->option.name);
    if (option->letter)
        fprintf(out, " -s %c", option->letter);
    if (option->option.kind == TW_OPTION_CHOICE) {
        fprintf(out, " -x -a '");
        print_words(&option->option, out);
        fprintf(out, "'");
    } else if (option->option.kind != TW_OPTION_FLAG) {
        fprintf(out, " -r");
    }
    fprintf(out, " -d '");
    for (const char *c = option->option.help; *c; c++)
        fputc(*c == '\'' ? ' ' : *c, out);
    fprintf(out, "'\n");
}

static void fish(FILE *out) {
    fprintf(out, "# fish completion of tilewright\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        const cli_command *command = &cli_commands[i];
        cli_option option;
        fprintf(out, "complete -c tilewright -n __fish_use_subcommand -f -a %s -d '%s'\n",
                command->name, command->summary);
        for (size_t o = 0; cli_option_at(command, o, &option); o++)
            fish_option(command, &option, out);
    }
    fprintf(out, "complete -c tilewright -n 'not __fish_use_subcommand' "
                 "-a '(tilewright list --quiet 2>/dev/null)'\n");
}

bool cli_completion(const char *shell, FILE *out) {
    static const struct {
        const char *name;
        void (*print)(FILE *out);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].print(out);
            return true;
        }
    return false;
}
