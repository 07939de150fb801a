/* Pieces of text reports: padded cells, numbers with prefixes, bars. Names come from files: control
 * characters in them never reach the terminal. */
#ifndef TW_REPORT_CELLS_H
#define TW_REPORT_CELLS_H

#include "base/text.h"
#include "workload/problem.h"

/* `text` with control characters replaced; nothing is cut. */
void tw_cell_plain(tw_text *out, const char *text);
/* Padded with spaces to `width` columns on the right (negative: on the left); too long a text is
 * cut and ends in '~'. */
void tw_cell(tw_text *out, const char *text, int width);
/* Columns that a text takes, one for each code point. */
int tw_columns(const char *text);

/* Colours of a report, or empty strings. */
typedef struct {
    const char *bold, *dim, *good, *warn, *bad, *reset;
} tw_palette;
tw_palette tw_palette_of(const tw_write_options *options);

enum { TW_NUMBER_TEXT = 32 };
/* "512.3 uJ" of picojoules, "1.357 M" of a count: four digits. */
void tw_number_energy(char out[TW_NUMBER_TEXT], double energy_pj);
void tw_number_count(char out[TW_NUMBER_TEXT], double count);
void tw_number_percent(char out[TW_NUMBER_TEXT], double share);
/* "108 KiB", "512 words" of a capacity in bits or words. */
void tw_number_capacity(char out[TW_NUMBER_TEXT], double units, bool words);

/* "K64 C3 P112 Q112 R7 S7 /2": the dimensions above 1, a stride and a dilation other than 1. */
void tw_dims_text(char *out, size_t size, const tw_problem *problem);

/* One row of a bar chart. */
typedef struct {
    const char *name;
    double value;
    char text[TW_NUMBER_TEXT]; /* the value in words */
} tw_bar;
/* A bar each, with its share of the sum; bars of 0 are left out. */
void tw_draw_bars(tw_text *out, const tw_bar *bars, size_t count, const tw_write_options *options);

#endif
