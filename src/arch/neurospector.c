#include "arch/neurospector.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"

#define LETTER(name) #name
const char ns_column_letters[NS_COLUMNS + 1] = NS_COLUMN_TABLE(LETTER);
#undef LETTER
const char *const ns_data_names[NS_DATA] = {"input", "weight", "output"};
const char *const ns_dataflow_names[NS_DATAFLOWS] = {"none", "is", "ws", "os"};
const char *const ns_buffer_sections[NS_BUFFERS] = {"REGISTER", "LOCAL_BUFFER", "GLOBAL_BUFFER",
                                                    "DRAM"};
const char *const ns_array_sections[NS_ARRAYS] = {"MAC_ARRAY", "PE_ARRAY", "MULTI_CHIPS"};

/* What each row belongs to; buffer or array is -1. */
static const struct {
    signed char buffer, array, axis;
    const char *name;
} rows[NS_ROWS] = {
    {NS_REG, -1, 0, "REGISTER"},        {-1, NS_MAC, 0, "MAC_ARRAY(X)"},
    {-1, NS_MAC, 1, "MAC_ARRAY(Y)"},    {NS_LB, -1, 0, "LOCAL_BUFFER"},
    {-1, NS_PE, 0, "PE_ARRAY(X)"},      {-1, NS_PE, 1, "PE_ARRAY(Y)"},
    {NS_GB, -1, 0, "GLOBAL_BUFFER"},    {-1, NS_CHIP, 0, "MULTI_CHIPS(X)"},
    {-1, NS_CHIP, 1, "MULTI_CHIPS(Y)"}, {NS_DRAM, -1, 0, "DRAM"},
};

int ns_buffer_of_row(ns_row row) {
    return rows[row].buffer;
}

int ns_array_of_row(ns_row row) {
    return rows[row].array;
}

ns_row ns_row_of_buffer(ns_buffer_id buffer) {
    return (ns_row)(3 * (int)buffer);
}

bool ns_row_is_virtual(const ns_accelerator *accelerator, ns_row row) {
    if (rows[row].buffer >= 0) {
        const ns_buffer *buffer = &accelerator->buffers[rows[row].buffer];
        return !buffer->present || buffer->trivial;
    }
    const ns_array *array = &accelerator->arrays[rows[row].array];
    return !array->present || (rows[row].axis ? array->y : array->x) == 1;
}

const char *ns_row_section(ns_row row) {
    return rows[row].name;
}

ns_dataflows ns_own_dataflows(const ns_accelerator *accelerator) {
    ns_dataflows own;
    for (int b = 0; b < NS_BUFFERS; b++)
        own.of[b] = accelerator->buffers[b].dataflow;
    return own;
}

bool ns_buffer_is_trivial(const ns_buffer *buffer, unsigned precision_bits) {
    const unsigned word_bytes = precision_bits / 8;
    if (buffer->size_count == 0)
        return false;
    if (buffer->size_count == 1) /* 12 bits: words of one byte, but 36 bits for three */
        return word_bytes ? buffer->capacity_words[0] * word_bytes == precision_bits * NS_DATA / 8
                          : buffer->capacity_words[0] == NS_DATA;
    bool one_each = true;
    for (int d = 0; d < NS_DATA; d++)
        one_each &= buffer->capacity_words[d] == 1;
    return one_each;
}

void ns_accelerator_complete(ns_accelerator *accelerator) {
    const double word_bytes = accelerator->precision_bits / 8; /* whole bytes: 12 bits take one */
    for (int b = 0; b < NS_BUFFERS; b++) {
        ns_buffer *buffer = &accelerator->buffers[b];
        for (unsigned d = 0; d < buffer->size_count; d++)
            buffer->capacity_words[d] = buffer->size_bytes[d] / word_bytes;
        buffer->trivial = b != NS_DRAM && ns_buffer_is_trivial(buffer, accelerator->precision_bits);
    }
    for (int a = 0; a < NS_ARRAYS; a++)
        if (!accelerator->arrays[a].present)
            accelerator->arrays[a].x = accelerator->arrays[a].y = 1;
}

/* Counts of any mapping of the layer stay within 64 bits when this product does: every word of a
 * tile that is sent answers to a step, a window step touches at most stride^2 rows and columns,
 * and the bypass rules multiply once more by the steps of one group of loops. */
static uint64_t most_words(const ns_layer *layer, bool *overflow) {
    uint64_t product = 2;
    for (int c = 0; c < NS_COLUMNS; c++)
        product = tw_mul_u64(product, layer->size[c], overflow);
    const uint64_t *s = layer->size;
    const uint64_t stride = layer->stride ? layer->stride : 1;
    product = tw_mul_u64(product, tw_mul_u64(stride, stride, overflow), overflow);
    uint64_t run = s[NS_K];
    const uint64_t bpq = tw_mul_u64(tw_mul_u64(s[NS_B], s[NS_P], overflow), s[NS_Q], overflow);
    const uint64_t crs = tw_mul_u64(tw_mul_u64(s[NS_C], s[NS_R], overflow), s[NS_S], overflow);
    run = bpq > run ? bpq : run;
    run = crs > run ? crs : run;
    return tw_mul_u64(product, run, overflow);
}

bool ns_counts_fit(const ns_layer *layer) {
    bool overflow = false;
    most_words(layer, &overflow);
    return !overflow;
}

uint64_t ns_most_words(const ns_layer *layer) {
    bool overflow = false;
    return most_words(layer, &overflow);
}

ns_table ns_table_of_layer(const ns_layer *layer) {
    ns_table table;
    for (int r = 0; r < NS_ROWS; r++)
        for (int c = 0; c < NS_COLUMNS; c++)
            table.factor[r][c] = r == NS_ROW_DRAM ? layer->size[c] : 1;
    return table;
}

uint64_t ns_row_product(const ns_table *table, ns_row row) {
    uint64_t product = 1;
    for (int c = 0; c < NS_COLUMNS; c++)
        product *= table->factor[row][c];
    return product;
}

bool ns_table_equal(const ns_table *a, const ns_table *b) {
    return memcmp(a, b, sizeof *a) == 0;
}
