#include "input/scalesim_csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { MOST_COLUMNS = 12, MOST_LAYERS = 1 << 13, GEMM_COLUMNS = 4, LONGEST_CELL = 120 };

typedef struct {
    const char *begin;
    size_t length;
} cell;

typedef struct {
    const tw_input *input;
    tw_network *network;
    unsigned line;
    bool gemm;
    size_t errors, capacity;
    tw_layer *layers;
} reader;

static cell trim(const char *begin, const char *end) {
    while (begin < end && strchr(" \t\r", *begin))
        begin++;
    while (end > begin && strchr(" \t\r", end[-1]))
        end--;
    return (cell){begin, (size_t)(end - begin)};
}

/* Cells of a line up to a comment; a last empty one, after the closing comma, is none. */
static unsigned cut(const char *line, const char *end, cell cells[MOST_COLUMNS]) {
    unsigned count = 0;
    const char *comment = memchr(line, '#', (size_t)(end - line));
    end = comment ? comment : end;
    while (line <= end && count < MOST_COLUMNS) {
        const char *comma = memchr(line, ',', (size_t)(end - line));
        const char *stop = comma ? comma : end;
        cells[count++] = trim(line, stop);
        if (!comma)
            break;
        line = stop + 1;
    }
    while (count && cells[count - 1].length == 0)
        count--;
    return count;
}

static bool is_word(cell c, const char *word) {
    return c.length == strlen(word) && strncasecmp(c.begin, word, c.length) == 0;
}

static bool is_header(const cell *cells, unsigned count, bool *gemm) {
    *gemm = count >= GEMM_COLUMNS && is_word(cells[1], "M") && is_word(cells[2], "N") &&
            is_word(cells[3], "K");
    return *gemm || (count >= 8 && is_word(cells[1], "IFMAP Height") &&
                     is_word(cells[3], "Filter Height") && is_word(cells[5], "Channels"));
}

/* The next line of [*at, end); false at the end. */
static bool next_line(const char **at, const char *end, const char **line, const char **stop) {
    if (*at >= end)
        return false;
    *line = *at;
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    *stop = newline ? newline : end;
    *at = *stop + 1;
    return true;
}

bool tw_scalesim_recognise(const tw_input *input) {
    const char *at = input->bytes, *end = input->bytes + input->size, *line, *stop;
    cell cells[MOST_COLUMNS];
    bool gemm = false;
    if (!tw_sniff_text(input))
        return false;
    for (unsigned n = 0; n < 20 && next_line(&at, end, &line, &stop); n++) {
        const unsigned count = cut(line, stop, cells);
        if (count)
            return is_header(cells, count, &gemm);
    }
    return false;
}

static tw_position position(const reader *r, const cell *where, const char *line) {
    return (tw_position){.file = r->input->path,
                         .line = r->line,
                         .column = where ? (unsigned)(where->begin - line) + 1 : 1};
}

static bool fail_number(reader *r, const cell *c, const char *line, const char *what) {
    const tw_position at = position(r, c, line);
    (void)tw_fail(r->input->ctx, TW_INVALID, &at,
                  "%s is \"%.*s\", expected a whole number from 1 to 2^40", what,
                  (int)(c->length < 40 ? c->length : 40), c->begin);
    r->errors++;
    return false;
}

static bool read_number(reader *r, const cell *c, const char *line, const char *what,
                        uint64_t *out) {
    char text[24];
    char *end = NULL;
    if (c->length >= sizeof text || c->length == 0 || c->begin[0] < '0' || c->begin[0] > '9') {
        return fail_number(r, c, line, what);
    }
    memcpy(text, c->begin, c->length);
    text[c->length] = '\0';
    errno = 0;
    *out = strtoull(text, &end, 10);
    if (*end || errno || *out == 0 || *out > UINT64_C(1) << 40) {
        return fail_number(r, c, line, what);
    }
    return true;
}

/* Printable, and unique: a name that comes again gets its line's number. */
static const char *layer_name(reader *r, cell c) {
    const size_t length = c.length < LONGEST_CELL ? c.length : LONGEST_CELL;
    char *name = tw_arena_strndup(&r->network->arena, c.begin, length);
    for (size_t i = 0; name && i < length; i++)
        if ((unsigned char)name[i] < 0x20 || (unsigned char)name[i] >= 0x7f)
            name[i] = '_';
    for (size_t i = 0; name && r->layers && i < r->network->layer_count; i++) {
        const char *other = r->layers[i].name;
        if (other && strcmp(other, name) == 0)
            return tw_arena_printf(&r->network->arena, "%s#%u", name, r->line);
    }
    return name;
}

static tw_layer *new_layer(reader *r) {
    tw_network *network = r->network;
    if (network->layer_count == r->capacity) {
        const size_t capacity = r->capacity ? r->capacity * 2 : 64;
        tw_layer *grown = tw_resize(r->input->ctx, r->layers, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        r->layers = grown;
        r->capacity = capacity;
    }
    return &r->layers[network->layer_count];
}

static tw_status add_layer(reader *r, cell name, const char *operation,
                           const uint64_t extent[TW_DIM_COUNT], const uint64_t stride[2]) {
    const uint64_t dilation[2] = {1, 1};
    const tw_position at = {.file = r->input->path, .line = r->line, .column = 1};
    if (r->network->layer_count == MOST_LAYERS)
        return tw_fail(r->input->ctx, TW_INVALID, &at, "more than %d layers", MOST_LAYERS);
    tw_layer *layer = new_layer(r);
    if (!layer)
        return tw_out_of_memory(r->input->ctx);
    *layer = (tw_layer){.repeat = 1, .at = {.file = r->network->origin, .line = r->line}};
    layer->name = layer_name(r, name);
    if (!layer->name)
        return tw_out_of_memory(r->input->ctx);
    if (tw_problem_make(r->input->ctx, &at, tw_operation_by_name(operation), extent, stride,
                        dilation, 1, &layer->problem) == TW_OK)
        r->network->layer_count++;
    else
        r->errors++;
    return TW_OK;
}

static tw_status read_gemm(reader *r, const cell *cells, const char *line, uint64_t batch) {
    const uint64_t stride[2] = {1, 1};
    uint64_t m = 1, n = 1, k = 1;
    if (!read_number(r, &cells[1], line, "M", &m) || !read_number(r, &cells[2], line, "N", &n) ||
        !read_number(r, &cells[3], line, "K", &k))
        return TW_OK;
    const uint64_t extent[TW_DIM_COUNT] = {1, m * batch, n, k, 1, 1, 1, 1};
    return add_layer(r, cells[0], "gemm", extent, stride);
}

static tw_status read_conv(reader *r, const cell *cells, unsigned count, const char *line,
                           uint64_t batch) {
    static const char *const what[] = {"name",          "IFMAP Height", "IFMAP Width",
                                       "Filter Height", "Filter Width", "Channels",
                                       "Num Filter",    "Strides",      "Strides"};
    uint64_t v[9] = {0};
    for (unsigned i = 1; i < 8; i++)
        if (!read_number(r, &cells[i], line, what[i], &v[i]))
            return TW_OK;
    v[8] = v[7];
    if (count > 8 && cells[8].length && cells[8].begin[0] >= '0' && cells[8].begin[0] <= '9' &&
        !memchr(cells[8].begin, ':', cells[8].length) &&
        !read_number(r, &cells[8], line, what[8], &v[8]))
        return TW_OK;
    if (v[3] > v[1] || v[4] > v[2]) {
        const tw_position at = position(r, &cells[3], line);
        r->errors++;
        (void)tw_fail(r->input->ctx, TW_INVALID, &at,
                      "the filter is larger than the input, which is to include padding");
        return TW_OK;
    }
    const uint64_t stride[2] = {v[7], v[8]};
    const uint64_t extent[TW_DIM_COUNT] = {[TW_DIM_G] = 1,
                                           [TW_DIM_B] = batch,
                                           [TW_DIM_K] = v[6],
                                           [TW_DIM_C] = v[5],
                                           [TW_DIM_R] = v[3],
                                           [TW_DIM_S] = v[4],
                                           [TW_DIM_P] = (v[1] - v[3]) / v[7] + 1,
                                           [TW_DIM_Q] = (v[2] - v[4]) / v[8] + 1};
    return add_layer(r, cells[0], "conv", extent, stride);
}

static tw_status read_lines(reader *r, uint64_t batch) {
    const char *at = r->input->bytes, *end = at + r->input->size, *line, *stop;
    cell cells[MOST_COLUMNS];
    bool header = false;
    while (next_line(&at, end, &line, &stop)) {
        r->line++;
        const unsigned count = cut(line, stop, cells), least = r->gemm ? GEMM_COLUMNS : 8;
        if (count == 0)
            continue;
        if (!header) {
            header = true;
            (void)is_header(cells, count, &r->gemm);
        } else if (count < least) {
            const tw_position where = position(r, NULL, line);
            r->errors++;
            (void)tw_fail(r->input->ctx, TW_INVALID, &where,
                          "%u columns, expected %u as in the header", count, least);
        } else {
            TW_TRY(r->gemm ? read_gemm(r, cells, line, batch)
                           : read_conv(r, cells, count, line, batch));
        }
    }
    return TW_OK;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

tw_status tw_scalesim_load(const tw_input *input, const tw_network_options *options,
                           tw_network *out) {
    reader r = {.input = input, .network = out};
    const tw_position at = {.file = input->path};
    if (options->dim_count)
        return tw_fail(input->ctx, TW_USAGE, &at,
                       "--dim %s: a SCALE-Sim topology has no named sizes", options->dim_names[0]);
    out->name = tw_arena_strdup(&out->arena, base_name(input->path));
    out->batch = options->batch ? options->batch : 1;
    tw_status status = out->name ? read_lines(&r, out->batch) : tw_out_of_memory(input->ctx);
    if (status == TW_OK && r.errors)
        status = TW_INVALID;
    if (status == TW_OK && out->layer_count && r.layers) {
        out->layers = tw_arena_array(&out->arena, out->layer_count, sizeof *out->layers);
        if (out->layers)
            memcpy(out->layers, r.layers, out->layer_count * sizeof *out->layers);
        else
            status = tw_out_of_memory(input->ctx);
    }
    tw_free(input->ctx, r.layers);
    return status == TW_OK ? tw_network_check(input->ctx, out) : status;
}
