#include <string.h>

#include "report/cells.h"
#include "report/show.h"

enum { MARGIN = 2, FACTS = 13 }; /* FACTS: columns between a level's name and its facts */

typedef struct {
    tw_text *out, *whole;
    const tw_hierarchy *arch;
    const tw_write_options *options;
    tw_palette colors;
    int name; /* width of the names */
} picture;

/* Words in lines of the terminal's width; the first line goes on at column `indent`, the others
 * begin with `margin` and are indented as far. */
static void add_wrapped(const picture *p, const char *text, const char *margin, int indent) {
    int column = indent;
    for (bool first = true; *text; first = false) {
        const int length = (int)strcspn(text, " \n");
        if (!first && column + 1 + length > (int)p->options->width) {
            tw_text_add(p->out, "\n%s%*s", margin, indent - tw_columns(margin), "");
            column = indent;
        } else if (!first) {
            tw_text_add(p->out, " ");
            column++;
        }
        char word[128];
        snprintf(word, sizeof word, "%.*s", length, text);
        tw_cell_plain(p->out, word);
        column += length;
        text += length;
        text += strspn(text, " \n");
    }
    tw_text_add(p->out, "\n");
}

/* What is added to `facts` while it stands in for the picture's text ends up wrapped there. */
static void begin_facts(picture *p, tw_text *facts) {
    tw_text_init(facts, p->out->ctx);
    p->whole = p->out;
    p->out = facts;
}

static void end_facts(picture *p, tw_text *facts, const char *margin, int indent) {
    p->out = p->whole;
    p->out->failed |= facts->failed;
    add_wrapped(p, facts->data ? facts->data : "", margin, indent);
    tw_text_free(facts);
}

static const char *line(const picture *p) {
    return p->options->unicode ? "    \xe2\x94\x82" : "    |";
}

static bool same_for_roles(const double *values, tw_role_mask roles) {
    double first = 0;
    bool any = false;
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        if (!(roles >> r & 1))
            continue;
        if (any && values[r] != first)
            return false;
        first = values[r];
        any = true;
    }
    return true;
}

static int first_role(tw_role_mask roles) {
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (roles >> r & 1)
            return r;
    return 0;
}

static void add_capacity(const picture *p, const tw_level *level) {
    char text[TW_NUMBER_TEXT];
    if (!level->bounded) {
        tw_text_add(p->out, "unbounded");
        return;
    }
    if (level->shared) {
        tw_number_capacity(text, level->capacity_units[0],
                           level->word_units[first_role(level->keeps)] == 1);
        tw_text_add(p->out, "%s for ", text);
    }
    bool any = false;
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        if (!(level->keeps >> r & 1))
            continue;
        tw_text_add(p->out, "%s%s", any ? ", " : "", tw_role_names[r]);
        any = true;
        if (level->shared)
            continue;
        tw_number_capacity(text, level->capacity_units[r], level->word_units[r] == 1);
        tw_text_add(p->out, " %s", text);
    }
}

static void add_per_role(const picture *p, const char *what, const double *values,
                         tw_role_mask roles, const char *unit) {
    if (same_for_roles(values, roles)) {
        tw_text_add(p->out, "; %s %.4g%s", what, values[first_role(roles)], unit);
        return;
    }
    tw_text_add(p->out, "; %s", what);
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (roles >> r & 1)
            tw_text_add(p->out, " %s %.4g%s", tw_role_names[r], values[r], unit);
}

static void add_energy(const picture *p, const tw_level *level) {
    bool same = true;
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        same &= level->read_pj[r] == level->write_pj[r];
    add_per_role(p, same ? "read or write" : "read", level->read_pj, level->keeps, " pJ");
    if (!same)
        add_per_role(p, "write", level->write_pj, level->keeps, " pJ");
}

static void add_bandwidth(const picture *p, const tw_level *level) {
    const struct {
        const char *name;
        double words;
    } ports[] = {{"", level->bandwidth},
                 {"reads ", level->read_bandwidth},
                 {"writes ", level->write_bandwidth},
                 {"input ", level->role_bandwidth[TW_ROLE_INPUT]},
                 {"weight ", level->role_bandwidth[TW_ROLE_WEIGHT]},
                 {"output ", level->role_bandwidth[TW_ROLE_OUTPUT]}};
    bool any = false;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
        if (ports[i].words > 0) {
            tw_text_add(p->out, "%s%s%.4g", any ? ", " : "; ", ports[i].name, ports[i].words);
            any = true;
        }
    if (any)
        tw_text_add(p->out, " words/cycle");
}

static void add_level(picture *p, unsigned l) {
    const tw_level *level = &p->arch->levels[l];
    tw_text facts;
    tw_text_add(p->out, "  %s", p->colors.bold);
    tw_cell(p->out, level->name, p->name);
    tw_text_add(p->out, "%s %6llu x  ", p->colors.reset,
                (unsigned long long)tw_hierarchy_instances(p->arch, l));
    begin_facts(p, &facts);
    add_capacity(p, level);
    add_energy(p, level);
    add_bandwidth(p, level);
    if (level->leakage_mw > 0)
        tw_text_add(p->out, "; leaks %.4g mW", level->leakage_mw);
    if (level->sliding_window)
        tw_text_add(p->out, "; reuses overlapping tiles");
    if (level->constraints.stationary >= 0)
        tw_text_add(p->out, "; %s stationary", tw_role_names[level->constraints.stationary]);
    end_facts(p, &facts, line(p), p->name + FACTS);
}

static void add_axis_dims(const picture *p, const char *axis, tw_dim_mask mask) {
    if ((mask & TW_ALL_DIMS) == TW_ALL_DIMS)
        return;
    tw_text_add(p->out, "; %s unrolls", axis);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (mask >> d & 1)
            tw_text_add(p->out, " %s", tw_dim_names[d]);
    if (!(mask & TW_ALL_DIMS))
        tw_text_add(p->out, " nothing");
}

static void add_fanout(picture *p, const tw_fanout *fanout) {
    static const char *const multicasts[] = {"multicast of words", "multicast of whole tiles",
                                             "no multicast"};
    tw_text facts;
    tw_text_add(p->out, "%s", line(p));
    if (fanout->x * fanout->y <= 1 && fanout->hop_pj <= 0) {
        tw_text_add(p->out, "\n");
        return;
    }
    tw_text_add(p->out, "  ");
    begin_facts(p, &facts);
    tw_text_add(p->out, "%llu x %llu; %s; %s", (unsigned long long)fanout->x,
                (unsigned long long)fanout->y, multicasts[fanout->multicast],
                fanout->reduce ? "adder tree" : "no adder tree");
    add_axis_dims(p, "X", fanout->dims_x);
    add_axis_dims(p, "Y", fanout->dims_y);
    if (fanout->hop_pj > 0)
        tw_text_add(p->out, "; %.4g hop%s of %.4g pJ", fanout->hops, fanout->hops == 1 ? "" : "s",
                    fanout->hop_pj);
    end_facts(p, &facts, line(p), tw_columns(line(p)) + 2);
}

static void add_mac(const picture *p) {
    const tw_hierarchy *arch = p->arch;
    tw_text_add(p->out, "  %s", p->colors.bold);
    tw_cell(p->out, "MAC", p->name);
    tw_text_add(p->out, "%s %6llu x  %.4g pJ", p->colors.reset,
                (unsigned long long)tw_hierarchy_instances(arch, arch->level_count), arch->mac_pj);
    if (arch->mac_leakage_mw > 0)
        tw_text_add(p->out, "; leaks %.4g mW", arch->mac_leakage_mw);
    tw_text_add(p->out, "\n");
}

static void add_facts(const picture *p) {
    const tw_hierarchy *arch = p->arch;
    tw_text_add(p->out, "\n  words of");
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        tw_text_add(p->out, "%s %s %u", r ? "," : "", tw_role_names[r], arch->word_bits[r]);
    tw_text_add(p->out, " bits");
    if (arch->clock_mhz > 0)
        tw_text_add(p->out, "; %.4g MHz", arch->clock_mhz);
    tw_text_add(p->out, "; transfers %s\n",
                arch->overlap ? "overlap computation" : "and computation take turns");
}

void tw_show_accelerator(tw_text *out, const tw_accelerator *accelerator,
                         const tw_write_options *options) {
    const tw_hierarchy *arch = &accelerator->hierarchy;
    picture p = {out, NULL, arch, options, tw_palette_of(options), 4};
    tw_text_add(out, "%s", p.colors.bold);
    tw_cell_plain(out, arch->name);
    tw_text_add(out, "%s", p.colors.reset);
    tw_text_add(out, "%s\n", arch->description ? "" : ", an accelerator");
    if (arch->description) {
        tw_text_add(out, "%*s", MARGIN, "");
        add_wrapped(&p, arch->description, "", MARGIN);
    }
    tw_text_add(out, "\n");
    for (unsigned l = 0; l < arch->level_count; l++)
        if (tw_columns(arch->levels[l].name) > p.name)
            p.name = tw_columns(arch->levels[l].name) > 24 ? 24 : tw_columns(arch->levels[l].name);
    for (unsigned l = 0; l < arch->level_count; l++) {
        add_level(&p, l);
        add_fanout(&p, &arch->levels[l].fanout);
    }
    add_mac(&p);
    add_facts(&p);
    if (arch->source) {
        tw_text_add(out, "\n%*s", MARGIN, "");
        add_wrapped(&p, arch->source, "", MARGIN);
    }
}
