/* An accelerator of kind `tiled`: a mesh of nodes, each an array of processing elements with
 * register files and a global buffer, beside one memory. */
#ifndef TW_ARCH_TILED_H
#define TW_ARCH_TILED_H

#include <stdbool.h>
#include <stdint.h>

enum { TW_TILED_LARGEST_MESH = 256, TW_TILED_LARGEST_ARRAY = 4096 };

typedef struct tw_tiled {
    const char *name;
    int node_rows, node_columns;              /* the mesh */
    int array_rows, array_columns;            /* of a node */
    int64_t buffer_words;                     /* global buffer of a node */
    int64_t register_words;                   /* register file of a processing element */
    int64_t bus_words;                        /* in a cycle, for each kind of data; 0: unlimited */
    double memory_words;                      /* in a cycle, all of it; INFINITY: unlimited */
    bool stacked;                             /* memory over every node, else at the four corners */
    double mac_pj, hop_pj, idle_pj_per_cycle; /* idle: all nodes */
    double dram_pj, buffer_pj, array_pj, register_pj;        /* one word */
    bool hybrid_partition, batch_partition, input_partition; /* how layers may be cut */
    bool pipelining, save_writeback, access_forwarding, buffer_sharing, bypass;
    uint32_t word_bits;
    double clock_mhz; /* 0: not given */
} tw_tiled;

#endif
