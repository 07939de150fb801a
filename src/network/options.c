#include "network/options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A row, and the member of tw_map_options that it sets. */
typedef struct {
    tw_option option;
    size_t offset;
    bool narrow; /* unsigned instead of uint64_t */
} row;

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define CHOICE(name, member, words, help)                                                          \
    { {name, TW_OPTION_CHOICE, "WORD", words, 0, 0, help}, offsetof(tw_map_options, member), false }
#define TEXT(name, member, value, help)                                                            \
    { {name, TW_OPTION_TEXT, value, NULL, 0, 0, help}, offsetof(tw_map_options, member), false }
#define NUMBER(name, member, kind, narrow, value, most, help)                                      \
    { {name, kind, value, NULL, 0, most, help}, offsetof(tw_map_options, member), narrow }

static const row rows[] = {
    CHOICE("objective", objective, WORDS("energy", "latency", "edp", "pareto"),
           "what to minimise; pareto finds every trade-off between energy and latency"),
    CHOICE("model", model, WORDS("loopnest", "neurospector"), "the cost model"),
    CHOICE("dataflow", dataflow, WORDS("free", "fixed"),
           "fixed keeps to the tensor that the accelerator holds stationary at each level"),
    CHOICE("bypass", bypass, WORDS("fixed", "search"),
           "search also chooses which tensors each level keeps, where the accelerator allows it"),
    CHOICE("search", search, WORDS("exact", "bottom-up", "brute-force", "random"),
           "how to search; exact and brute-force prove their answer"),
    CHOICE("schedule", schedule, WORDS("layers", "network"),
           "network also finds the best schedule of the whole network: which layers run when, one "
           "after the other or side by side, for the objective of the whole"),
    CHOICE("reuse", reuse, WORDS("off", "on"),
           "in a schedule of the network: a layer does not move what the one before it left on the "
           "chips"),
    TEXT("constraints", constraints, "FILE", "further constraints on loops, unrolling and bypass"),
    TEXT("partial", partial, "FILE", "a mapping file whose factors are kept; the rest is searched"),
    NUMBER("threads", threads, TW_OPTION_COUNT, true, "N", 256,
           "threads to use, 0 for all processors; the answer does not depend on it"),
    NUMBER("time-limit", time_limit_s, TW_OPTION_REAL, false, "SECONDS", 1e9,
           "stop after this time with the best mappings so far; 0 for no limit"),
    NUMBER("work-limit", work_limit, TW_OPTION_COUNT, false, "N", 1e18,
           "stop each layer after this much work, the same on every machine; 0 for no limit"),
    NUMBER("gap", gap, TW_OPTION_REAL, false, "G", 1,
           "accept a mapping proven to be within this share of the optimum, such as 0.05"),
    NUMBER("seed", seed, TW_OPTION_COUNT, false, "N", 1e18, "seed of the random search"),
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

const tw_option *tw_map_option_at(size_t index) {
    return index < ROW_COUNT ? &rows[index].option : NULL;
}

static tw_status check_choice(tw_ctx *ctx, const tw_option *option, const char *value) {
    tw_text words;
    tw_text_init(&words, ctx);
    size_t count = 0;
    for (; option->words[count]; count++) {
        if (strcmp(option->words[count], value) == 0) {
            tw_text_free(&words);
            return TW_OK;
        }
        tw_text_add(&words, "%s%s", count ? ", " : "", option->words[count]);
    }
    const char *close = tw_closest_word(value, option->words, count);
    tw_fail(ctx, TW_USAGE, NULL, "%s is \"%.40s\", expected one of %s%s%s%s", option->name, value,
            words.data ? words.data : "", close ? "; did you mean \"" : "", close ? close : "",
            close ? "\"?" : "");
    tw_text_free(&words);
    return TW_USAGE;
}

static tw_status fail_number(tw_ctx *ctx, const tw_option *option, const char *value) {
    return tw_fail(ctx, TW_USAGE, NULL, "%s is \"%.40s\", expected a %s from %.15g to %.15g",
                   option->name, value, option->kind == TW_OPTION_COUNT ? "whole number" : "number",
                   option->least, option->most);
}

static tw_status set_count(tw_ctx *ctx, const row *r, const char *value, void *member) {
    char *end = NULL;
    errno = 0;
    const unsigned long long number = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end || errno || (double)number > r->option.most)
        return fail_number(ctx, &r->option, value);
    if (r->narrow)
        *(unsigned *)member = (unsigned)number;
    else
        *(uint64_t *)member = number;
    return TW_OK;
}

static tw_status set_real(tw_ctx *ctx, const row *r, const char *value, void *member) {
    char *end = NULL;
    const bool decimal = isdigit((unsigned char)value[0]) || value[0] == '.';
    const double number = decimal ? strtod(value, &end) : NAN;
    if (!decimal || end == value || *end || !(number >= r->option.least) ||
        number > r->option.most || value[1] == 'x' || value[1] == 'X')
        return fail_number(ctx, &r->option, value);
    *(double *)member = number;
    return TW_OK;
}

static tw_status set_row(tw_ctx *ctx, const row *r, const char *value, tw_map_options *options) {
    void *member = (char *)options + r->offset;
    switch (r->option.kind) {
    case TW_OPTION_CHOICE:
        TW_TRY(check_choice(ctx, &r->option, value));
        break;
    case TW_OPTION_TEXT:
    case TW_OPTION_FLAG:
        break;
    case TW_OPTION_COUNT:
        return set_count(ctx, r, value, member);
    case TW_OPTION_REAL:
        return set_real(ctx, r, value, member);
    }
    *(const char **)member = value;
    return TW_OK;
}

tw_status tw_map_option_set(tw_ctx *ctx, tw_map_options *options, const char *name,
                            const char *value) {
    const char *names[ROW_COUNT];
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].option.name, name) == 0)
            return set_row(ctx, &rows[i], value, options);
        names[i] = rows[i].option.name;
    }
    const char *close = tw_closest_word(name, names, ROW_COUNT);
    return tw_fail(ctx, TW_USAGE, NULL, "unknown option \"%.40s\"%s%s%s", name,
                   close ? ", did you mean \"" : "", close ? close : "", close ? "\"?" : "");
}

static tw_status resolve_real(tw_ctx *ctx, const tw_option *option, double value) {
    if (value >= option->least && value <= option->most)
        return TW_OK;
    return tw_fail(ctx, TW_USAGE, NULL, "%s is %g, expected a number from %g to %g", option->name,
                   value, option->least, option->most);
}

tw_status tw_map_options_resolve(tw_ctx *ctx, const tw_map_options *options, tw_map_options *out) {
    *out = options ? *options : (tw_map_options){0};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        void *member = (char *)out + rows[i].offset;
        const tw_option *option = &rows[i].option;
        if (option->kind == TW_OPTION_REAL)
            TW_TRY(resolve_real(ctx, option, *(const double *)member));
        if (option->kind != TW_OPTION_CHOICE)
            continue;
        const char **word = member;
        if (!*word)
            *word = option->words[0];
        TW_TRY(check_choice(ctx, option, *word));
    }
    return TW_OK;
}

tw_objective tw_map_objective(const tw_map_options *options) {
    for (int i = 0; i < TW_OBJECTIVE_COUNT; i++)
        if (strcmp(options->objective, tw_objective_names[i]) == 0)
            return (tw_objective)i;
    return TW_OBJECTIVE_ENERGY;
}

tw_search_options tw_map_search_options(const tw_map_options *options,
                                        const tw_mapping_set *partial, const char *layer) {
    const tw_named_mapping *given = partial ? tw_mapping_set_find(partial, layer) : NULL;
    return (tw_search_options){.objective = tw_map_objective(options),
                               .search_bypass = strcmp(options->bypass, "search") == 0,
                               .technique = options->search,
                               .work_limit = options->work_limit,
                               .gap = options->gap,
                               .seed = options->seed,
                               .threads = 1,
                               .partial = given ? &given->mapping : NULL,
                               .partial_keeps = given ? given->keeps_given : 0};
}
