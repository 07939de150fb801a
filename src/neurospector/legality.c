#include "neurospector/legality.h"

#include <stdio.h>

#include "neurospector/cost.h"

static double shared_words(const ns_buffer *buffer, const uint64_t words[NS_DATA]) {
    uint64_t sum = 0;
    for (int d = 0; d < NS_DATA; d++)
        if (!(buffer->bypass & 1U << d))
            sum += words[d];
    return (double)sum;
}

bool ns_tile_fits(const ns_buffer *buffer, const uint64_t words[NS_DATA]) {
    if (!buffer->present || buffer->size_count == 0)
        return true;
    if (buffer->size_count == 1)
        return shared_words(buffer, words) <= buffer->capacity_words[0];
    bool fits = true;
    for (int d = 0; d < NS_DATA; d++)
        fits &= (double)words[d] < buffer->capacity_words[d];
    return fits;
}

static void tile_below(const ns_table *table, ns_row last, uint64_t extent[NS_COLUMNS]) {
    for (int c = 0; c < NS_COLUMNS; c++) {
        extent[c] = 1;
        for (int r = 0; r <= (int)last; r++)
            extent[c] *= table->factor[r][c];
    }
}

bool ns_table_is_valid(const ns_accelerator *accelerator, const ns_layer *layer,
                       const ns_table *table) {
    if (ns_row_product(table, NS_ROW_REG) != 1)
        return false;
    for (int a = 0; a < NS_ARRAYS; a++) {
        const ns_array *array = &accelerator->arrays[a];
        if (array->x * array->y == 1)
            continue;
        if (ns_row_product(table, (ns_row)(3 * a + 1)) > array->x ||
            ns_row_product(table, (ns_row)(3 * a + 2)) > array->y)
            return false;
    }
    for (int b = NS_LB; b <= NS_GB; b++) {
        uint64_t extent[NS_COLUMNS], words[NS_DATA];
        tile_below(table, ns_row_of_buffer((ns_buffer_id)b), extent);
        ns_tile_words(extent, layer->stride, words);
        if (!ns_tile_fits(&accelerator->buffers[b], words))
            return false;
    }
    return true;
}

static void multiply_columns(const ns_table *table, uint64_t product[NS_COLUMNS]) {
    for (int c = 0; c < NS_COLUMNS; c++) {
        product[c] = 1;
        for (int r = 0; r < NS_ROWS; r++)
            if (__builtin_mul_overflow(product[c], table->factor[r][c], &product[c]))
                product[c] = UINT64_MAX;
    }
}

/* Whether K and C of the table are those of one group, as every other command reads them. */
static bool is_for_one_group(const ns_layer *layer, const uint64_t product[NS_COLUMNS]) {
    const uint64_t groups = layer->size[NS_G];
    bool is = groups > 1;
    for (int c = 0; c < NS_COLUMNS; c++) {
        const uint64_t per_group = c == NS_K || c == NS_C ? groups : 1;
        is &= layer->size[c] % per_group == 0 && product[c] == layer->size[c] / per_group;
    }
    return is;
}

static void check_columns(tw_ctx *ctx, const tw_position *at, const ns_accelerator *accelerator,
                          const ns_layer *layer, const ns_table *table) {
    uint64_t product[NS_COLUMNS];
    multiply_columns(table, product);
    const bool one_group = is_for_one_group(layer, product);
    if (one_group)
        tw_diag(ctx, TW_SEVERITY_ERROR, at,
                "this table is for K/G and C/G of layer %s, as `tilewright eval` reads them; here "
                "K and C count the channels of all %llu groups",
                layer->name, (unsigned long long)layer->size[NS_G]);
    for (int c = 0; c < NS_COLUMNS && !one_group; c++)
        if (product[c] != layer->size[c])
            tw_diag(ctx, TW_SEVERITY_ERROR, at,
                    "column %c multiplies to %llu, but layer %s has %c=%llu", ns_column_letters[c],
                    (unsigned long long)product[c], layer->name, ns_column_letters[c],
                    (unsigned long long)layer->size[c]);
    for (int r = 0; r < NS_ROWS; r++)
        if (ns_row_product(table, (ns_row)r) != 1 && ns_row_is_virtual(accelerator, (ns_row)r))
            tw_diag(ctx, TW_SEVERITY_ERROR, at,
                    "row %s must be all ones: accelerator %s has no such component",
                    ns_row_section((ns_row)r), accelerator->name);
}

static void check_arrays(tw_ctx *ctx, const tw_position *at, const ns_accelerator *accelerator,
                         const ns_table *table) {
    for (int r = 0; r < NS_ROWS; r++) {
        const int a = ns_array_of_row((ns_row)r);
        const uint64_t product = ns_row_product(table, (ns_row)r);
        if (a < 0 || ns_row_is_virtual(accelerator, (ns_row)r))
            continue;
        const ns_array *array = &accelerator->arrays[a];
        const uint64_t size = r == 3 * a + 1 ? array->x : array->y;
        if (product > size)
            tw_diag(ctx, TW_SEVERITY_ERROR, at,
                    "row %s unrolls %llu iterations, the array has %llu there",
                    ns_row_section((ns_row)r), (unsigned long long)product,
                    (unsigned long long)size);
    }
    if (ns_row_product(table, NS_ROW_REG) != 1)
        tw_diag(ctx, TW_SEVERITY_ERROR, at,
                "row REGISTER must be all ones: registers hold "
                "nothing in this model");
}

/* The first limit that the tile breaks, in words. */
static bool misfit(const ns_buffer *buffer, const char *section, const uint64_t words[NS_DATA],
                   char *text, size_t size) {
    if (ns_tile_fits(buffer, words))
        return false;
    if (buffer->size_count == 1) {
        snprintf(text, size, "%s holds %.9g words, the tiles need %.9g", section,
                 buffer->capacity_words[0], shared_words(buffer, words));
        return true;
    }
    for (int d = 0; d < NS_DATA; d++)
        if ((double)words[d] >= buffer->capacity_words[d]) {
            snprintf(text, size,
                     "%s has %.9g words for the %s, the tile of %llu must stay below that", section,
                     buffer->capacity_words[d], ns_data_names[d], (unsigned long long)words[d]);
            break;
        }
    return true;
}

static void check_buffers(tw_ctx *ctx, const tw_position *at, const ns_accelerator *accelerator,
                          const ns_layer *layer, const ns_table *table) {
    for (int b = NS_LB; b <= NS_GB; b++) {
        uint64_t extent[NS_COLUMNS], words[NS_DATA];
        char text[160];
        tile_below(table, ns_row_of_buffer((ns_buffer_id)b), extent);
        ns_tile_words(extent, layer->stride, words);
        if (misfit(&accelerator->buffers[b], ns_buffer_sections[b], words, text, sizeof text))
            tw_diag(ctx, TW_SEVERITY_ERROR, at, "%s", text);
    }
}

tw_status ns_table_check(tw_ctx *ctx, const tw_position *at, const ns_accelerator *accelerator,
                         const ns_layer *layer, const ns_table *table) {
    const size_t before = tw_error_count(ctx);
    check_columns(ctx, at, accelerator, layer, table);
    check_arrays(ctx, at, accelerator, table);
    if (tw_error_count(ctx) == before) /* else the tiles mean nothing */
        check_buffers(ctx, at, accelerator, layer, table);
    return tw_error_count(ctx) == before ? TW_OK : TW_INVALID;
}

bool ns_smallest_tile_fails(const ns_accelerator *accelerator, const ns_layer *layer, char *reason,
                            size_t size) {
    uint64_t words[NS_DATA];
    ns_tile_words((const uint64_t[NS_COLUMNS]){1, 1, 1, 1, 1, 1, 1, 1}, layer->stride, words);
    for (int b = NS_LB; b <= NS_GB; b++)
        if (misfit(&accelerator->buffers[b], ns_buffer_sections[b], words, reason, size))
            return true;
    return false;
}
