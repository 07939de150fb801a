/* The objects of the NeuroSpector formats: an accelerator of up to four buffers and three arrays,
 * layers of eight loop bounds, and scheduling tables.
 *
 * A scheduling table maps a layer: one row per place where loops can run, from the MACs (REG)
 * outwards to DRAM, one column per loop, and per column the product over the rows is the layer's
 * bound. Temporal rows belong to buffers, the others unroll loops over an array:
 *
 *     REG | MAC_X MAC_Y | LB | PE_X PE_Y | GB | CHIP_X CHIP_Y | DRAM
 *
 * A row is virtual, and stays all ones, when its component is missing or trivial. */
#ifndef TW_ARCH_NEUROSPECTOR_H
#define TW_ARCH_NEUROSPECTOR_H

#include "base/arena.h"

#define NS_COLUMN_TABLE(X) X(K) X(B) X(P) X(Q) X(C) X(R) X(S) X(G)
typedef enum {
#define NS_COLUMN_ENUM(name) NS_##name,
    NS_COLUMN_TABLE(NS_COLUMN_ENUM)
#undef NS_COLUMN_ENUM
        NS_COLUMNS
} ns_column;

typedef enum {
    NS_ROW_REG,
    NS_ROW_MAC_X,
    NS_ROW_MAC_Y,
    NS_ROW_LB,
    NS_ROW_PE_X,
    NS_ROW_PE_Y,
    NS_ROW_GB,
    NS_ROW_CHIP_X,
    NS_ROW_CHIP_Y,
    NS_ROW_DRAM,
    NS_ROWS
} ns_row;

typedef enum { NS_INPUT, NS_WEIGHT, NS_OUTPUT, NS_DATA } ns_data;

/* The datum whose tile stays while a buffer's loops that do not change it run innermost. */
typedef enum { NS_NONE, NS_IS, NS_WS, NS_OS, NS_DATAFLOWS } ns_dataflow;

typedef enum { NS_REG, NS_LB, NS_GB, NS_DRAM, NS_BUFFERS } ns_buffer_id;
typedef enum { NS_MAC, NS_PE, NS_CHIP, NS_ARRAYS } ns_array_id;

typedef struct {
    bool present;
    bool trivial;        /* holds one word of each datum: its row is virtual */
    unsigned size_count; /* 0: no capacity limit, 1: shared, 3: one part for each datum */
    double size_bytes[NS_DATA];
    double capacity_words[NS_DATA]; /* size_bytes over the whole bytes of a word */
    ns_dataflow dataflow;
    bool keeps_dataflow;   /* a flexible search may not choose another */
    unsigned bypass;       /* bit d: datum d is not kept */
    double bandwidth_bits; /* per cycle */
    double access_pj[NS_DATA], static_mw[NS_DATA], unit_cycles[NS_DATA];
} ns_buffer;

typedef struct {
    bool present;
    uint64_t x, y;
} ns_array;

typedef struct {
    const char *name;
    unsigned precision_bits;
    double frequency_mhz; /* 0: not given, then nothing has static power */
    double mac_pj, mac_static_mw;
    ns_buffer buffers[NS_BUFFERS];
    ns_array arrays[NS_ARRAYS]; /* absent: 1 x 1 */
} ns_accelerator;

typedef struct {
    const char *name;
    uint64_t size[NS_COLUMNS];
    uint64_t stride; /* 0 for fully connected layers */
    tw_position at;  /* text is NULL */
} ns_layer;

typedef struct {
    const char *name;
    size_t layer_count;
    ns_layer *layers;
} ns_network;

typedef struct {
    uint64_t factor[NS_ROWS][NS_COLUMNS];
} ns_table;

/* The dataflow of every buffer: the accelerator's own, or the one that a flexible search chose. */
typedef struct {
    ns_dataflow of[NS_BUFFERS];
} ns_dataflows;

/* A scheduling table of a file; the dataflows are those given in it (bit b of the mask: buffer
 * b's), else the accelerator's. */
typedef struct {
    const char *layer;
    tw_position at;
    ns_table table;
    ns_dataflows dataflows;
    unsigned dataflows_given;
} ns_schedule;

typedef enum { NS_METRIC_ENERGY, NS_METRIC_CYCLE } ns_metric;

extern const char ns_column_letters[NS_COLUMNS + 1];      /* "KBPQCRSG" */
extern const char *const ns_data_names[NS_DATA];          /* "input", ... */
extern const char *const ns_dataflow_names[NS_DATAFLOWS]; /* "none", "is", ... */
extern const char *const ns_buffer_sections[NS_BUFFERS];  /* "REGISTER", ... */
extern const char *const ns_array_sections[NS_ARRAYS];    /* "MAC_ARRAY", ... */

/* The buffer of a temporal row, or -1. */
int ns_buffer_of_row(ns_row row);
/* The array of a spatial row, or -1. */
int ns_array_of_row(ns_row row);
ns_row ns_row_of_buffer(ns_buffer_id buffer);
bool ns_row_is_virtual(const ns_accelerator *accelerator, ns_row row);
/* "PE_ARRAY(X)", "LOCAL_BUFFER" */
const char *ns_row_section(ns_row row);
ns_dataflows ns_own_dataflows(const ns_accelerator *accelerator);
/* By its capacity in words: room for a single word of each datum. */
bool ns_buffer_is_trivial(const ns_buffer *buffer, unsigned precision_bits);
/* Completes what the values given imply: capacities and which buffers are trivial. */
void ns_accelerator_complete(ns_accelerator *accelerator);

/* Counts of any mapping of the layer stay within 64 bits. */
bool ns_counts_fit(const ns_layer *layer);
/* No mapping of a layer whose counts fit moves more words of a tensor at a buffer, in all instances
 * of that together. */
uint64_t ns_most_words(const ns_layer *layer);

/* All loops in DRAM. */
ns_table ns_table_of_layer(const ns_layer *layer);
uint64_t ns_row_product(const ns_table *table, ns_row row);
bool ns_table_equal(const ns_table *a, const ns_table *b);

#endif
