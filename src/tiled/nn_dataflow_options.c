#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "tiled/nn_dataflow.h"
#include "tiled/v15.h"

typedef enum {
    FLAG,
    FLAG_OFF, /* sets its field to false */
    WHOLE,    /* `count` whole numbers from `least` */
    NUMBER,   /* `count` numbers from `least` */
    MEMORY,
    GOAL,
    COMPAT,
    BYPASS /* any of i, o, f, up to the next option */
} option_kind;

typedef struct {
    const char *name, *alias;
    option_kind kind;
    int count;
    double least;
    bool required;
    size_t field; /* of WHOLE and NUMBER: the first of `count` numbers; of flags: a bool */
    bool wide;    /* WHOLE: int64_t instead of int */
    const char *argument, *help;
} option_row;

#define FIELD(member) offsetof(tw_nn_dataflow_request, member)
#define CHOICE(member) offsetof(tw_nn_dataflow_request, options.member)

static const option_row rows[] = {
    {"--batch", NULL, WHOLE, 1, 1, true, FIELD(batch), false, "N", "samples in a batch"},
    {"--word", NULL, WHOLE, 1, 1, false, FIELD(word_bits), false, "BITS", "of a word (16)"},
    {"--nodes", NULL, WHOLE, 2, 1, true, FIELD(nodes), false, "H W", "mesh of nodes"},
    {"--array", NULL, WHOLE, 2, 1, true, FIELD(array), false, "H W",
     "processing elements of a node"},
    {"--regf", NULL, WHOLE, 1, 0, true, FIELD(regf_bytes), true, "BYTES",
     "register file of an element"},
    {"--gbuf", NULL, WHOLE, 1, 0, true, FIELD(gbuf_bytes), true, "BYTES",
     "global buffer of a node"},
    {"--bus-width", NULL, WHOLE, 1, 0, false, FIELD(bus_bits), true, "BITS",
     "array bus of each data category (0: unlimited)"},
    {"--dram-bw", NULL, NUMBER, 1, 0, false, FIELD(dram_bytes), false, "BYTES",
     "memory bandwidth per cycle (inf)"},
    {"--op-cost", NULL, NUMBER, 1, 0, false, FIELD(cost.mac_op), false, "C",
     "of one operation (1)"},
    {"--hier-cost", NULL, NUMBER, 4, 0, false, FIELD(cost.mem_hier), false, "DRAM GBUF ITCN REGF",
     "of one word (200 6 2 1)"},
    {"--hop-cost", NULL, NUMBER, 1, 0, false, FIELD(cost.noc_hop), false, "C",
     "of one word and hop (10)"},
    {"--unit-idle-cost", NULL, NUMBER, 1, 0, false, FIELD(cost.idle_unit), false, "C",
     "of one cycle of all nodes (0)"},
    {"--unit-static-cost", NULL, NUMBER, 1, 0, false, FIELD(cost.idle_unit), false, "C",
     "of one cycle of one node, with --compat 1.5 (0)"},
    {"--mem-type", NULL, MEMORY, 1, 0, false, 0, false, "2D|3D",
     "memory at the corners or over every node (2D)"},
    {"--disable-bypass", NULL, BYPASS, 0, 0, false, 0, false, "[i] [o] [f]",
     "input, output, filter data always pass through the global buffer"},
    {"--solve-loopblocking", NULL, FLAG, 0, 0, false, CHOICE(solve_loopblocking), false, "",
     "analytical solver instead of the exhaustive search"},
    {"--enable-access-forwarding", NULL, FLAG, 0, 0, false, CHOICE(access_forwarding), false, "",
     "nodes pass on shared data that one of them has fetched"},
    {"--enable-gbuf-sharing", NULL, FLAG, 0, 0, false, CHOICE(gbuf_sharing), false, "",
     "nodes keep shared data once between them"},
    {"--enable-save-writeback", NULL, FLAG, 0, 0, false, CHOICE(save_writeback), false, "",
     "data between layers may stay in the global buffers"},
    {"--disable-interlayer-opt", "--basic-interlayer-partition", FLAG_OFF, 0, 0, false,
     CHOICE(pipeline_opt), false, "", "basic pipelining only"},
    {"--hybrid-partition", "--hybrid-partition2d", FLAG, 0, 0, false, CHOICE(partition_hybrid),
     false, "", "cut layers in several ways at once"},
    {"--batch-partition", NULL, FLAG, 0, 0, false, CHOICE(partition_batch), false, "",
     "cut the batch"},
    {"--ifmaps-partition", "--ifmap-partition", FLAG, 0, 0, false, CHOICE(partition_ifmaps), false,
     "", "cut input channels"},
    {"--interlayer-partition", "--inter-layer-partition", FLAG, 0, 0, false,
     CHOICE(partition_interlayer), false, "", "run layers side by side, as a pipeline"},
    {"--layer-pipeline-time-overhead", NULL, NUMBER, 1, 0, false, CHOICE(pipeline_time_overhead),
     false, "F", "most extra time of a pipeline (inf)"},
    {"--layer-pipeline-max-degree", NULL, NUMBER, 1, 0, false, CHOICE(pipeline_max_degree), false,
     "F", "most layer groups in a pipeline (inf)"},
    {"--goal", "-g", GOAL, 1, 0, false, 0, false, "e|d|ed", "energy, delay or their product (e)"},
    {"--top", "-t", WHOLE, 1, 1, false, CHOICE(top), false, "N",
     "schemes kept after each layer (1)"},
    {"--processes", "-p", WHOLE, 1, 0, false, CHOICE(threads), false, "N",
     "threads; the result does not depend on it (0: all processors)"},
    {"--verbose", "-v", FLAG, 0, 0, false, CHOICE(verbose), false, "", "progress on stderr"},
    {"--compat", NULL, COMPAT, 1, 0, false, 0, false, "1.5|2.1",
     "model, options and output of this version (2.1)"},
    {"--no-timing", NULL, FLAG, 0, 0, false, FIELD(no_timing), false, "",
     "leave out what differs from run to run"},
    {"--help", "-h", FLAG, 0, 0, false, FIELD(help), false, "", "this text"},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* Options that came after 1.5; --unit-static-cost went with it. */
static const char *const AFTER_V15[] = {
    "--bus-width",
    "--dram-bw",
    "--unit-idle-cost",
    "--enable-access-forwarding",
    "--enable-gbuf-sharing",
    "--enable-save-writeback",
    "--disable-interlayer-opt",
    "--interlayer-partition",
    "--layer-pipeline-time-overhead",
    "--layer-pipeline-max-degree",
    "--goal",
};
static const char ONLY_V15[] = "--unit-static-cost";

void tw_nn_dataflow_help(FILE *out) {
    fprintf(out,
            "usage: tilewright nn-dataflow NET --batch N --nodes H W --array H W --regf BYTES "
            "--gbuf BYTES [options]\n"
            "The options of nn_dataflow_search.py; NET is a network of its zoo or a file.\n\n");
    for (int i = 0; i < ROW_COUNT; i++) {
        char left[96];
        snprintf(left, sizeof left, "%s%s%s %s",
                 rows[i].alias && rows[i].alias[1] != '-' ? rows[i].alias : "",
                 rows[i].alias && rows[i].alias[1] != '-' ? ", " : "", rows[i].name,
                 rows[i].argument);
        fprintf(out, "  %-42s %s\n", left, rows[i].help);
    }
}

typedef struct {
    tw_ctx *ctx;
    int argc, at;
    const char *const *argv;
    const char *inline_value; /* of --option=value */
    tw_nn_dataflow_request *request;
    bool given[ROW_COUNT];
    tw_status status;
} parser;

static void complain(parser *p, const char *format, const char *a, const char *b) {
    p->status = TW_USAGE;
    tw_diag(p->ctx, TW_SEVERITY_ERROR, NULL, "%s%s%s", format, a, b);
}

static const option_row *find_row(parser *p, const char *word, size_t length) {
    const option_row *found = NULL;
    for (int i = 0; i < ROW_COUNT; i++) {
        const char *names[2] = {rows[i].name, rows[i].alias};
        for (int n = 0; n < 2; n++) {
            if (!names[n] || strncmp(names[n], word, length) != 0)
                continue;
            if (strlen(names[n]) == length)
                return &rows[i];
            if (length <= 2)
                continue;
            if (found && found != &rows[i]) {
                complain(p, "ambiguous option ", word, "");
                return NULL;
            }
            found = &rows[i];
        }
    }
    if (!found) {
        const char *names[ROW_COUNT];
        for (int i = 0; i < ROW_COUNT; i++)
            names[i] = rows[i].name;
        const char *close = tw_closest_word(word, names, ROW_COUNT);
        p->status = TW_USAGE;
        tw_diag(p->ctx, TW_SEVERITY_ERROR, NULL, "unknown option %s%s%s%s", word,
                close ? ", did you mean " : "", close ? close : "", close ? "?" : "");
    }
    return found;
}

static const char *next_value(parser *p, const option_row *row) {
    const char *value = p->inline_value;
    p->inline_value = NULL;
    if (!value && p->at < p->argc)
        value = p->argv[p->at++];
    if (!value)
        complain(p, row->name, " is not complete, expected ", row->argument);
    return value;
}

static void refuse(parser *p, const option_row *row, const char *value) {
    p->status = TW_USAGE;
    tw_diag(p->ctx, TW_SEVERITY_ERROR, NULL, "%s %s: expected %s of at least %.0f", row->name,
            value, row->kind == WHOLE ? "a whole number" : "a number", row->least);
}

static void take_whole(parser *p, const option_row *row, int index) {
    const char *text = next_value(p, row);
    if (!text)
        return;
    char *end = NULL;
    const long long value = strtoll(text, &end, 10);
    const long long most = row->wide ? 1LL << 50 : 1LL << 20;
    if (end == text || *end || (double)value < row->least || value > most) {
        refuse(p, row, text);
        return;
    }
    char *field = (char *)p->request + row->field;
    if (row->wide)
        ((int64_t *)(void *)field)[index] = value;
    else
        ((int *)(void *)field)[index] = (int)value;
}

static void take_number(parser *p, const option_row *row, int index) {
    const char *text = next_value(p, row);
    if (!text)
        return;
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end || !(value >= row->least)) {
        refuse(p, row, text);
        return;
    }
    ((double *)(void *)((char *)p->request + row->field))[index] = value;
}

static void take_word(parser *p, const option_row *row) {
    const char *text = next_value(p, row);
    if (!text)
        return;
    static const char *const goals[] = {"e", "d", "ed"};
    static const char *const memories[] = {"2D", "3D"};
    static const char *const versions[] = {"2.1", "1.5"};
    const char *const *words = row->kind == GOAL     ? goals
                               : row->kind == MEMORY ? memories
                                                     : versions;
    for (int i = 0; i < (row->kind == GOAL ? 3 : 2); i++)
        if (strcasecmp(words[i], text) == 0) {
            if (row->kind == GOAL)
                p->request->options.goal = (tw_tiled_goal)i;
            else if (row->kind == MEMORY)
                p->request->memory = (tw_tiled_memory)i;
            else
                p->request->options.model_v15 = i == 1;
            return;
        }
    p->status = TW_USAGE;
    tw_diag(p->ctx, TW_SEVERITY_ERROR, NULL, "%s %s, expected %s", row->name, text, row->argument);
}

static void take_bypass(parser *p) {
    static const char letters[] = {'f', 'i', 'o'};
    while (p->at < p->argc && strlen(p->argv[p->at]) == 1) {
        int d = 0;
        while (d < TW_DATAS && letters[d] != p->argv[p->at][0])
            d++;
        if (d == TW_DATAS)
            return;
        p->request->options.gbuf_bypass[d] = false;
        p->at++;
    }
}

static void take_option(parser *p, const option_row *row) {
    bool *flag = (bool *)((char *)p->request + row->field);
    switch (row->kind) {
    case FLAG:
    case FLAG_OFF:
        *flag = row->kind == FLAG;
        if (p->inline_value)
            complain(p, row->name, " takes no value", "");
        p->inline_value = NULL;
        return;
    case WHOLE:
        for (int i = 0; i < row->count && p->status == TW_OK; i++)
            take_whole(p, row, i);
        return;
    case NUMBER:
        for (int i = 0; i < row->count && p->status == TW_OK; i++)
            take_number(p, row, i);
        return;
    case MEMORY:
    case GOAL:
    case COMPAT:
        take_word(p, row);
        return;
    case BYPASS:
        take_bypass(p);
        return;
    }
}

static void take_argument(parser *p) {
    const char *word = p->argv[p->at++];
    if (word[0] != '-' || word[1] == '\0') {
        if (p->request->net)
            complain(p, "a second network ", word, ", expected one");
        p->request->net = word;
        return;
    }
    const char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    p->inline_value = equals ? equals + 1 : NULL;
    if (word[1] != '-' && length > 2) { /* -t4 */
        p->inline_value = word + 2;
        length = 2;
    }
    const option_row *row = find_row(p, word, length);
    if (!row)
        return;
    p->given[row - rows] = true;
    take_option(p, row);
}

static void check_version(parser *p) {
    for (int i = 0; i < ROW_COUNT; i++) {
        if (!p->given[i])
            continue;
        if (!p->request->options.model_v15) {
            if (strcmp(rows[i].name, ONLY_V15) == 0)
                complain(p, ONLY_V15, " needs --compat 1.5; in later versions it is ",
                         "--unit-idle-cost, of all nodes together");
            continue;
        }
        for (size_t k = 0; k < sizeof AFTER_V15 / sizeof *AFTER_V15; k++)
            if (strcmp(rows[i].name, AFTER_V15[k]) == 0)
                complain(p, rows[i].name, " does not exist in nn_dataflow 1.5", "");
    }
}

tw_status tw_nn_dataflow_parse(tw_ctx *ctx, int argc, const char *const *argv,
                               tw_nn_dataflow_request *out) {
    *out = (tw_nn_dataflow_request){
        .word_bits = 16,
        .dram_bytes = INFINITY,
        .cost = {1, {200, 6, 2, 1}, 10, 0},
        .options = tw_tiled_options_default(),
    };
    parser p = {.ctx = ctx, .argc = argc, .argv = argv, .request = out, .status = TW_OK};
    while (p.at < argc && p.status == TW_OK)
        take_argument(&p);
    if (out->help || p.status != TW_OK)
        return p.status;
    if (!out->net)
        complain(&p, "no network given", "", "");
    for (int i = 0; i < ROW_COUNT; i++)
        if (rows[i].required && !p.given[i])
            complain(&p, rows[i].name, " is missing, expected ", rows[i].argument);
    check_version(&p);
    if (p.given[0] && out->dram_bytes <= 0)
        complain(&p, "--dram-bw: expected more than 0", "", "");
    return p.status;
}

tw_tiled_resource tw_nn_dataflow_resource(const tw_nn_dataflow_request *r) {
    const int word_bytes = (r->word_bits + 7) / 8;
    if (r->options.model_v15)
        return tw_v15_resource(r->nodes, r->array, r->gbuf_bytes / word_bytes,
                               r->regf_bytes / word_bytes, r->memory);
    return tw_tiled_resource_make(r->nodes, r->array, r->gbuf_bytes / word_bytes,
                                  r->regf_bytes / word_bytes, r->bus_bits / r->word_bits,
                                  r->dram_bytes / word_bytes, r->memory);
}
