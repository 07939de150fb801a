#include "neurospector/print.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>

static const char *const level_names[NS_LEVELS] = {"LB", "GB", "DRAM"};
static const ns_buffer_id level_buffers[NS_LEVELS] = {NS_LB, NS_GB, NS_DRAM};
static const char data_letters[NS_DATA] = {'I', 'W', 'O'};
static const char *const separator = "**************************\n";

void ns_print_upper(const char *text, FILE *out) {
    for (; *text; text++)
        fputc(toupper((unsigned char)*text), out);
}

static void print_lower(const char *text, FILE *out) {
    for (; *text; text++)
        fputc(tolower((unsigned char)*text), out);
}

/* ---- Accelerator ----------------------------------------------------------------------------- */

static void print_three(const char *label, const double values[NS_DATA], FILE *out) {
    fprintf(out, "%s ", label);
    for (int d = 0; d < NS_DATA; d++)
        fprintf(out, "%g  ", (double)(float)values[d]);
    fputc('\n', out);
}

static void print_buffer(const ns_buffer *buffer, ns_buffer_id id, FILE *out) {
    static const char *const flows[NS_DATAFLOWS] = {"none", "Input Stationary", "Weight Stationary",
                                                    "Output Stationary"};
    fprintf(out, "\n[ comp. name] %s\n[ comp. type] TEMPORAL\n[ comp. size] ",
            ns_buffer_sections[id]);
    for (unsigned d = 0; d < buffer->size_count; d++)
        fprintf(out, "%g  ", buffer->size_bytes[d]);
    fprintf(out, "\n[     bypass] ");
    for (int d = 0; d < NS_DATA; d++)
        if (buffer->bypass & 1U << d) {
            ns_print_upper(ns_data_names[d], out);
            fputc(' ', out);
        }
    fprintf(out, "\n[   bitwidth] %g  \n[   dataflow] %s\n", buffer->bandwidth_bits,
            flows[buffer->dataflow]);
    print_three("[unit energy]", buffer->access_pj, out);
    print_three("[unit static]", buffer->static_mw, out);
    print_three("[ unit cycle]", buffer->unit_cycles, out);
}

static void print_array(const ns_array *array, ns_array_id id, FILE *out) {
    fprintf(out,
            "\n[ comp. name] %s\n[ comp. type] SPATIAL\n[ comp. dimX] %" PRIu64
            "\n[ comp. dimY] %" PRIu64 "\n",
            ns_array_sections[id], array->x, array->y);
}

void ns_print_accelerator(const ns_accelerator *accelerator, FILE *out) {
    const double mhz = accelerator->frequency_mhz;
    fprintf(out, "==== Accelerator Spec ====\n[ acc. name] ");
    print_lower(accelerator->name, out);
    fprintf(out, "\n[ precision] %u\n[ frequency] %g\n[clock time] %g\n",
            accelerator->precision_bits, mhz, mhz > 0 ? (double)(float)(1.0 / mhz * 1000) : 0);
    fprintf(out, "[MAC energy] %g\n[MAC static] %g\n", (double)(float)accelerator->mac_pj,
            (double)(float)accelerator->mac_static_mw);
    for (int b = 0; b < NS_BUFFERS; b++) {
        if (accelerator->buffers[b].present)
            print_buffer(&accelerator->buffers[b], (ns_buffer_id)b, out);
        if (b < NS_ARRAYS && accelerator->arrays[b].present) /* an array follows each buffer */
            print_array(&accelerator->arrays[b], (ns_array_id)b, out);
    }
    fprintf(out, "==========================\n");
}

/* ---- Scheduling table -------------------------------------------------------------------------
 */

static void print_table(const ns_accelerator *accelerator, const ns_layer *layer,
                        const ns_dataflows *dataflows, const ns_table *table, FILE *out) {
    static const char *const flows[NS_DATAFLOWS] = {"-", "IS", "WS", "OS"};
    static const char *const line = "|----------------------------------------------------------"
                                    "--------------------|------|\n";
    fprintf(out, "Layer Name : ");
    ns_print_upper(layer->name, out);
    fprintf(out, "\n%s", line);
    fprintf(out, "|Correlations  |  W/O  |          O/I          |          I/W          | I/W/O | "
                 "DATA |\n");
    fprintf(out, "|Parameters    |");
    for (int c = 0; c < NS_COLUMNS; c++)
        fprintf(out, "   %c   |", ns_column_letters[c]);
    fprintf(out, " FLOW |\n%s", line);
    for (int r = 0; r < NS_ROWS; r++) {
        const int buffer = ns_buffer_of_row((ns_row)r);
        if (ns_row_is_virtual(accelerator, (ns_row)r))
            continue;
        fprintf(out, "|%-14s|", ns_row_section((ns_row)r));
        for (int c = 0; c < NS_COLUMNS; c++)
            fprintf(out, "%6" PRIu64 " |", table->factor[r][c]);
        fprintf(out, "%5s |\n", buffer >= 0 ? flows[dataflows->of[buffer]] : "-");
    }
    fprintf(out, "%s", line);
}

void ns_write_schedule(const ns_accelerator *accelerator, const char *layer,
                       const ns_dataflows *dataflows, const ns_table *table, FILE *out) {
    fprintf(out, "[LAYER]\nlayer_name=%s\n[SCHEDULING_TABLE]\n# K,B,P,Q,C,R,S,G\n", layer);
    for (int r = 0; r < NS_ROWS; r++) {
        if (ns_row_is_virtual(accelerator, (ns_row)r))
            continue;
        fprintf(out, "%s=", ns_row_section((ns_row)r));
        for (int c = 0; c < NS_COLUMNS; c++)
            fprintf(out, "%" PRIu64 "%c", table->factor[r][c], c + 1 < NS_COLUMNS ? ',' : '\n');
    }
    fprintf(out, "[DATAFLOW]\n");
    for (int b = 0; b < NS_BUFFERS; b++) {
        if (!accelerator->buffers[b].present || dataflows->of[b] == NS_NONE)
            continue;
        fprintf(out, "%s=", ns_buffer_sections[b]);
        ns_print_upper(ns_dataflow_names[dataflows->of[b]], out);
        fputc('\n', out);
    }
}

/* ---- Costs ------------------------------------------------------------------------------------
 */

/* A label, right-aligned over 25 columns, then " : ". */
static void label(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void label(FILE *out, const char *format, ...) {
    char text[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(out, "%25s : ", text);
}

static void number(FILE *out, const char *name, double value) {
    label(out, "%s", name);
    fprintf(out, "%g\n", value);
}

/* What the listing shows in place of the real counts. */
static void hide_bypassed(const ns_accelerator *accelerator, ns_cost *cost) {
    for (int l = NS_LEVEL_LB; l <= NS_LEVEL_GB; l++) {
        const ns_buffer *buffer = &accelerator->buffers[level_buffers[l]];
        for (int d = 0; d < NS_DATA; d++) {
            if (!(buffer->bypass & 1U << d) || buffer->access_pj[d] != 0)
                continue;
            cost->alloc[l][d] = cost->send[l][d] = cost->count[l][d] = 0;
            if (d == NS_OUTPUT)
                cost->count[l][NS_OUTPUT_WRITE] = 0;
        }
    }
}

typedef struct {
    const ns_accelerator *accelerator;
    const ns_cost *cost;
    ns_print_style style;
    FILE *out;
} listing;

static bool shown(const listing *l, int level) {
    return level != NS_LEVEL_GB || l->accelerator->buffers[NS_GB].present;
}

static void print_counts(const listing *l) {
    static const char kinds[NS_COUNTS] = {'I', 'W', 'O', 'O'};
    const bool file = l->style == NS_PRINT_FILE;
    for (int level = 0; level < NS_LEVELS; level++)
        for (int d = 0; d < NS_DATA && shown(l, level); d++) {
            label(l->out, "%s %c %s", level_names[level], data_letters[d],
                  file ? "tile size" : "TILE SIZE");
            fprintf(l->out, "%" PRIu64 "\n", l->cost->alloc[level][d]);
        }
    fprintf(l->out, "%s", separator);
    for (int level = 0; level < NS_LEVELS; level++)
        for (int n = 0; n < NS_COUNTS && shown(l, level); n++) {
            const bool write = n == NS_OUTPUT_WRITE;
            label(l->out, "%s %c %s", level_names[level], kinds[n],
                  write ? (file ? "write access count" : "WRITE ACCESS COUNT")
                        : (file ? " read access count" : " READ ACCESS COUNT"));
            fprintf(l->out, "%" PRIu64 "\n", l->cost->count[level][n]);
        }
    fprintf(l->out, "%s", separator);
}

static void print_utilization(const listing *l) {
    static const char *const shared[] = {"LOCAL BUFFER", "GLOBAL BUFFER"};
    for (int level = NS_LEVEL_LB; level <= NS_LEVEL_GB; level++) {
        const ns_buffer *buffer = &l->accelerator->buffers[level_buffers[level]];
        float sum = 0;
        if (!shown(l, level) || buffer->size_count == 0)
            continue;
        for (int d = 0; d < NS_DATA; d++) {
            if (buffer->bypass & 1U << d)
                continue;
            const float words = (float)l->cost->alloc[level][d];
            sum += words;
            if (buffer->size_count == 1)
                continue;
            label(l->out, "%s %c BUFFER UTILIZATION", level_names[level], data_letters[d]);
            fprintf(l->out, "%g\n", (double)(words / (float)buffer->capacity_words[d] * 100));
        }
        if (buffer->size_count == 1) {
            label(l->out, "%s UTILIZATION", shared[level]);
            fprintf(l->out, "%g\n", (double)(sum / (float)buffer->capacity_words[0] * 100));
        }
    }
}

static void print_arrays(const listing *l) {
    static const char *const active[NS_ARRAYS] = {"NUM ACTIVE MAC ARRAY", "NUM ACTIVE PE ARRAY",
                                                  "NUM ACTIVE MULTI CHIPS"};
    /* The first is misspelt in the original, where scripts look for it. */
    static const char *const used[NS_ARRAYS] = {"MAC ARRAY UTILIZAITON", "PE ARRAY UTILIZATION",
                                                "MULTI CHIPS UTILIZATION"};
    for (int a = 0; a < NS_ARRAYS; a++) {
        label(l->out, "%s", active[a]);
        fprintf(l->out, "%" PRIu64 "\n", l->cost->active[a]);
    }
    fprintf(l->out, "%s", separator);
    print_utilization(l);
    if (l->style == NS_PRINT_TERMINAL)
        fprintf(l->out, "%s", separator);
    for (int a = 0; a < NS_ARRAYS; a++) {
        const ns_array *array = &l->accelerator->arrays[a];
        const float size = (float)(array->x * array->y);
        number(l->out, used[a], (double)((float)l->cost->active[a] / size * 100));
    }
    fprintf(l->out, "%s", separator);
}

/* One line for the MACs and one for every level. */
static void print_levels(const listing *l, const char *what, double mac, const double of[]) {
    label(l->out, "MAC %s", what);
    fprintf(l->out, "%g\n", mac);
    for (int level = 0; level < NS_LEVELS; level++) {
        if (!shown(l, level))
            continue;
        label(l->out, "%s %s", level_names[level], what);
        fprintf(l->out, "%g\n", of[level]);
    }
    fprintf(l->out, "%s", separator);
}

/* Sum of two floats as one; volatile for the reason given in cost.c. */
static double single_sum(double a, double b) {
    volatile float sum = (float)(a + b);
    return (double)sum;
}

void ns_print_result(const ns_accelerator *accelerator, const ns_layer *layer,
                     const ns_dataflows *dataflows, const ns_table *table, const ns_cost *cost,
                     ns_print_style style, FILE *out) {
    ns_cost visible = *cost;
    double sums[NS_LEVELS];
    hide_bypassed(accelerator, &visible);
    const bool lb_weight_free = (accelerator->buffers[NS_LB].bypass & 1U << NS_WEIGHT) &&
                                accelerator->buffers[NS_LB].access_pj[NS_WEIGHT] == 0;
    if (lb_weight_free)
        visible.alloc[NS_LEVEL_LB][NS_INPUT] = 0; /* so in the original */
    const listing l = {accelerator, &visible, style, out};
    fprintf(out, "[Scheduling Table]\n");
    print_table(accelerator, layer, dataflows, table, out);
    fprintf(out, "[Analyze Results]\n%s", separator);
    print_counts(&l);
    print_arrays(&l);
    print_levels(&l, "DYNAMIC ENERGY", cost->mac_pj, cost->level_pj);
    print_levels(&l, "STATIC ENERGY", cost->mac_static_pj, cost->level_static_pj);
    for (int level = 0; level < NS_LEVELS; level++)
        sums[level] = single_sum(cost->level_pj[level], cost->level_static_pj[level]);
    print_levels(&l, "ENERGY", single_sum(cost->mac_pj, cost->mac_static_pj), sums);
    print_levels(&l, "CYCLE", cost->mac_cycles, cost->level_cycles);
    number(out, "TOTAL DYNAMIC ENERGY", cost->dynamic_pj);
    number(out, "TOTAL STATIC ENERGY", cost->static_pj);
    number(out, "TOTAL ENERGY", cost->energy_pj);
    number(out, "TOTAL CYCLE", cost->cycles);
    fprintf(out, "%s", separator);
}
