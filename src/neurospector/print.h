/* NeuroSpector's own listings, line by line: what its users and their scripts read. Numbers are the
 * six significant digits of C++ streams, from costs in 32-bit floats. */
#ifndef TW_NEUROSPECTOR_PRINT_H
#define TW_NEUROSPECTOR_PRINT_H

#include <stdio.h>

#include "neurospector/cost.h"

/* Lines of the standard output and of result files differ in a few letters. */
typedef enum { NS_PRINT_TERMINAL, NS_PRINT_FILE } ns_print_style;

void ns_print_accelerator(const ns_accelerator *accelerator, FILE *out);
/* The scheduling table, then the costs. `cost` is in single arithmetic; data that a buffer bypasses
 * at no energy are shown as 0, as in the original. */
void ns_print_result(const ns_accelerator *accelerator, const ns_layer *layer,
                     const ns_dataflows *dataflows, const ns_table *table, const ns_cost *cost,
                     ns_print_style style, FILE *out);
/* A scheduling-table file that reads back, dataflows included. */
void ns_write_schedule(const ns_accelerator *accelerator, const char *layer,
                       const ns_dataflows *dataflows, const ns_table *table, FILE *out);
void ns_print_upper(const char *text, FILE *out);

#endif
