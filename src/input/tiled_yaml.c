/* kind: tiled. Widths and clock are read first, since other values are converted with them. */
#include <math.h>
#include <string.h>

#include "arch/hierarchy.h"
#include "arch/tiled.h"
#include "input/native.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const file_keys[] = {"kind",          "name",          "description", "source",
                                        "clock",         "word_bits",     "nodes",       "array",
                                        "register_file", "global_buffer", "bus",         "memory",
                                        "energy",        "leakage",       "capabilities"};

static void read_grid(tw_document *document, tw_node *root, const char *key, uint64_t most,
                      int *out_rows, int *out_columns) {
    static const char *const keys[] = {"rows", "columns"};
    tw_node *node = tw_field_require(document, root, key, "the accelerator");
    uint64_t rows = 1, columns = 1;
    if (!tw_fields_check(document, node, key, keys, COUNT(keys)))
        return;
    (void)tw_value_u64(document, tw_field_require(document, node, "rows", key), "rows", 1, most,
                       &rows);
    (void)tw_value_u64(document, tw_field_require(document, node, "columns", key), "columns", 1,
                       most, &columns);
    *out_rows = (int)rows;
    *out_columns = (int)columns;
}

static void read_capacity(tw_document *document, tw_node *root, const char *key, uint32_t word_bits,
                          int64_t *words) {
    tw_quantity size;
    const tw_node *node = tw_field_require(document, root, key, "the accelerator");
    if (!tw_value_quantity(document, node, key, TW_QUANTITY_CAPACITY, &size))
        return;
    const double count = floor(size.dimension == TW_IN_WORDS ? size.value : size.value / word_bits);
    if (count < 1 || count > 0x1p50)
        tw_node_error(document, node, "%s holds %.0f words, expected 1 to 2^50", key, count);
    else
        *words = (int64_t)count;
}

/* Words in a cycle. */
static bool read_bandwidth(tw_document *document, const tw_node *node, const char *what,
                           const tw_tiled *t, double *words) {
    tw_quantity value;
    if (!tw_value_quantity(document, node, what, TW_QUANTITY_BANDWIDTH, &value))
        return false;
    if (value.dimension == TW_IN_BITS_PER_SECOND && !(t->clock_mhz > 0)) {
        tw_node_error(document, node, "%s in bytes per second needs the accelerator's clock", what);
        return false;
    }
    *words = value.value;
    if (value.dimension == TW_IN_BITS)
        *words = value.value / t->word_bits;
    if (value.dimension == TW_IN_BITS_PER_SECOND)
        *words = value.value / (t->clock_mhz * 1e6) / t->word_bits;
    if (*words >= TW_LEAST_BANDWIDTH && *words <= TW_MOST_BANDWIDTH)
        return true;
    tw_node_error(document, node, "%s is %g words/cycle, expected %g to %g", what, *words,
                  TW_LEAST_BANDWIDTH, TW_MOST_BANDWIDTH);
    return false;
}

static void read_memory(tw_document *document, tw_node *root, tw_tiled *out) {
    static const char *const keys[] = {"place", "bandwidth"};
    static const char *const places[] = {"corners", "stacked"};
    unsigned place = 0;
    tw_node *node = tw_field_require(document, root, "memory", "the accelerator");
    if (!tw_fields_check(document, node, "memory", keys, COUNT(keys)))
        return;
    if (tw_value_choice(document, tw_field_require(document, node, "place", "memory"), "place",
                        places, COUNT(places), &place))
        out->stacked = place == 1;
    (void)read_bandwidth(document, tw_node_get(node, "bandwidth"), "bandwidth", out,
                         &out->memory_words);
}

static void read_energy(tw_document *document, tw_node *root, tw_tiled *out) {
    static const char *const keys[] = {"mac",   "dram",          "global_buffer",
                                       "array", "register_file", "hop"};
    double *const fields[] = {&out->mac_pj,   &out->dram_pj,     &out->buffer_pj,
                              &out->array_pj, &out->register_pj, &out->hop_pj};
    tw_node *node = tw_field_require(document, root, "energy", "the accelerator");
    if (!tw_fields_check(document, node, "energy", keys, COUNT(keys)))
        return;
    for (size_t i = 0; i < COUNT(keys); i++) {
        tw_quantity value;
        if (tw_value_quantity(document, tw_field_require(document, node, keys[i], "energy"),
                              keys[i], TW_QUANTITY_ENERGY, &value))
            *fields[i] = value.value;
    }
}

static void read_capabilities(tw_document *document, tw_node *root, tw_tiled *out) {
    static const char *const keys[] = {"hybrid_partition", "batch_partition", "input_partition",
                                       "pipelining",       "save_writeback",  "access_forwarding",
                                       "buffer_sharing",   "bypass"};
    bool *const fields[] = {&out->hybrid_partition, &out->batch_partition, &out->input_partition,
                            &out->pipelining,       &out->save_writeback,  &out->access_forwarding,
                            &out->buffer_sharing,   &out->bypass};
    tw_node *node = tw_node_get(root, "capabilities");
    if (!node || !tw_fields_check(document, node, "capabilities", keys, COUNT(keys)))
        return;
    for (size_t i = 0; i < COUNT(keys); i++)
        (void)tw_value_bool(document, tw_node_get(node, keys[i]), keys[i], fields[i]);
    if (out->input_partition && !out->hybrid_partition)
        tw_node_error(document, node, "input_partition needs hybrid_partition");
    if (out->access_forwarding && out->buffer_sharing)
        tw_node_error(document, node, "buffer_sharing includes access_forwarding: choose one");
}

static void read_units(tw_document *document, tw_node *root, tw_tiled *out) {
    tw_quantity value;
    const tw_node *clock = tw_node_get(root, "clock");
    if (tw_value_quantity(document, clock, "clock", TW_QUANTITY_FREQUENCY, &value)) {
        if (value.value >= TW_LEAST_CLOCK_MHZ)
            out->clock_mhz = value.value;
        else
            tw_node_error(document, clock, "clock is %g MHz, expected at least %g", value.value,
                          TW_LEAST_CLOCK_MHZ);
    }
    uint64_t bits = out->word_bits;
    if (tw_value_u64(document, tw_field_require(document, root, "word_bits", "the accelerator"),
                     "word_bits", 1, 4096, &bits))
        out->word_bits = (uint32_t)bits;
    const tw_node *leakage = tw_node_get(root, "leakage");
    if (!tw_value_quantity(document, leakage, "leakage", TW_QUANTITY_POWER, &value))
        return;
    if (out->clock_mhz > 0)
        out->idle_pj_per_cycle = value.value * 1e3 / out->clock_mhz; /* mW at MHz: nJ, in pJ */
    else if (value.value > 0)
        tw_node_error(document, leakage, "leakage needs the accelerator's clock");
}

static void read_hardware(tw_document *document, tw_node *root, tw_tiled *out) {
    double bus = 0;
    read_grid(document, root, "nodes", TW_TILED_LARGEST_MESH, &out->node_rows, &out->node_columns);
    read_grid(document, root, "array", TW_TILED_LARGEST_ARRAY, &out->array_rows,
              &out->array_columns);
    read_capacity(document, root, "register_file", out->word_bits, &out->register_words);
    read_capacity(document, root, "global_buffer", out->word_bits, &out->buffer_words);
    const tw_node *bus_node = tw_node_get(root, "bus");
    if (read_bandwidth(document, bus_node, "bus", out, &bus)) {
        if (bus < 1 || bus > 0x1p50)
            tw_node_error(document, bus_node,
                          "bus carries %.3g words in a cycle, expected 1 to 2^50", bus);
        else
            out->bus_words = (int64_t)bus;
    }
    read_memory(document, root, out);
}

tw_status tw_tiled_from_document(tw_ctx *ctx, tw_document *document, tw_accelerator *out) {
    tw_node *root = document->root;
    tw_tiled *tiled = tw_arena_alloc(&out->arena, sizeof *tiled);
    if (!tiled)
        return tw_out_of_memory(ctx);
    *tiled = (tw_tiled){.word_bits = 16, .memory_words = INFINITY, .bypass = true};
    out->kind = TW_KIND_TILED;
    (void)tw_fields_check(document, root, "an accelerator of kind tiled", file_keys,
                          COUNT(file_keys));
    (void)tw_value_name(document, tw_field_require(document, root, "name", "the accelerator"),
                        "name", &tiled->name);
    (void)tw_value_text(document, tw_node_get(root, "description"), "description",
                        &out->hierarchy.description);
    (void)tw_value_text(document, tw_node_get(root, "source"), "source", &out->hierarchy.source);
    read_units(document, root, tiled);
    read_hardware(document, root, tiled);
    read_energy(document, root, tiled);
    read_capabilities(document, root, tiled);
    TW_TRY(tw_document_status(document));
    out->hierarchy.name = tiled->name; /* names and descriptions stand there for every kind */
    out->tiled = tiled;
    return TW_OK;
}
