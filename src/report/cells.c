#include "report/cells.h"

#include <math.h>

static bool is_continuation(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* C0 controls, DEL, and C1 controls in UTF-8 (c2 80 .. c2 9f). */
static bool is_control(const char *c) {
    const unsigned char byte = (unsigned char)c[0];
    return byte < 0x20 || byte == 0x7f || (byte == 0xc2 && (unsigned char)c[1] < 0xa0);
}

static void add_columns(tw_text *out, const char *text, int limit) {
    const char *c = text;
    for (int column = 0; *c && column < limit; column++) {
        const char *next = c + 1;
        while (is_continuation(*next))
            next++;
        if (is_control(c))
            tw_text_add_bytes(out, "?", 1);
        else
            tw_text_add_bytes(out, c, (size_t)(next - c));
        c = next;
    }
}

int tw_columns(const char *text) {
    int columns = 0;
    for (const char *c = text; *c && columns < 10000; c++)
        columns += !is_continuation(*c) || c == text;
    return columns;
}

void tw_cell_plain(tw_text *out, const char *text) {
    add_columns(out, text, 10000);
}

void tw_cell(tw_text *out, const char *text, int width) {
    const int room = width < 0 ? -width : width, columns = tw_columns(text);
    if (width < 0 && columns < room)
        tw_text_add(out, "%*s", room - columns, "");
    if (columns > room) {
        add_columns(out, text, room - 1);
        tw_text_add_bytes(out, "~", 1);
        return;
    }
    add_columns(out, text, room);
    if (width > 0)
        tw_text_add(out, "%*s", room - columns, "");
}

tw_palette tw_palette_of(const tw_write_options *options) {
    if (!options->color)
        return (tw_palette){"", "", "", "", "", ""};
    return (tw_palette){"\033[1m", "\033[2m", "\033[32m", "\033[33m", "\033[31m", "\033[0m"};
}

/* Four digits and the prefix that leaves one to three of them before the point; what no prefix
 * reaches gets an exponent. */
static void with_prefix(char out[TW_NUMBER_TEXT], double value, const char *const *prefixes,
                        int count, const char *unit) {
    int p = 0;
    while (p + 1 < count && fabs(value) >= 999.95) {
        value /= 1000;
        p++;
    }
    const int decimals = fabs(value) >= 99.995 ? 1 : fabs(value) >= 9.9995 ? 2 : 3;
    const bool plain = !*prefixes[p] && !*unit;
    const bool beyond = fabs(value) >= 999.95 || (value != 0 && fabs(value) < 0.0005);
    snprintf(out, TW_NUMBER_TEXT, beyond ? "%.*e%s%s%s" : "%.*f%s%s%s", beyond ? 2 : decimals,
             value, plain ? "" : " ", prefixes[p], unit);
}

void tw_number_energy(char out[TW_NUMBER_TEXT], double energy_pj) {
    static const char *const prefixes[] = {"p", "n", "u", "m", "",  "k", "M",
                                           "G", "T", "P", "E", "Z", "Y"};
    if (energy_pj == 0)
        snprintf(out, TW_NUMBER_TEXT, "0 J");
    else
        with_prefix(out, energy_pj, prefixes, 13, "J");
}

void tw_number_count(char out[TW_NUMBER_TEXT], double count) {
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E", "Z", "Y"};
    if (count < 10000 && count == trunc(count))
        snprintf(out, TW_NUMBER_TEXT, "%.0f", count);
    else
        with_prefix(out, count, prefixes, 9, "");
}

void tw_number_percent(char out[TW_NUMBER_TEXT], double share) {
    const double percent = 100 * share;
    const int decimals = percent != 0 && fabs(percent) < 0.0995 ? 3 : 1;
    snprintf(out, TW_NUMBER_TEXT, "%.*f%%", decimals, percent);
}

void tw_number_capacity(char out[TW_NUMBER_TEXT], double units, bool words) {
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    if (words || units / 8 != trunc(units / 8)) {
        snprintf(out, TW_NUMBER_TEXT, "%.0f %s", units, words ? "words" : "bits");
        return;
    }
    double bytes = units / 8;
    int n = 0;
    while (n < 4 && bytes >= 1024) {
        bytes /= 1024;
        n++;
    }
    snprintf(out, TW_NUMBER_TEXT, "%.4g %s", bytes, names[n]);
}

static size_t append_pair(char *out, size_t size, size_t length, const char *mark,
                          const uint64_t values[2]) {
    if (length >= size || (values[0] == 1 && values[1] == 1))
        return length;
    int added =
        snprintf(out + length, size - length, " %s%llu", mark, (unsigned long long)values[0]);
    if (values[0] != values[1] && length + (size_t)added < size)
        added += snprintf(out + length + added, size - length - (size_t)added, "x%llu",
                          (unsigned long long)values[1]);
    return length + (size_t)added;
}

void tw_dims_text(char *out, size_t size, const tw_problem *problem) {
    size_t length = 0;
    for (int d = 0; d < TW_DIM_COUNT && length < size; d++)
        if (problem->extent[d] > 1)
            length += (size_t)snprintf(out + length, size - length, "%s%s%llu", length ? " " : "",
                                       tw_dim_names[d], (unsigned long long)problem->extent[d]);
    if (length == 0)
        length = (size_t)snprintf(out, size, "1");
    length = append_pair(out, size, length, "/", problem->stride);
    append_pair(out, size, length, "dilation ", problem->dilation);
}

/* Two spaces and the bar, in eighths of a column where Unicode is at hand, else in whole columns of
 * '#'. */
static void add_bar(tw_text *out, double share, int columns, bool unicode) {
    static const char *const eighths[] = {"",
                                          "\xe2\x96\x8f",
                                          "\xe2\x96\x8e",
                                          "\xe2\x96\x8d",
                                          "\xe2\x96\x8c",
                                          "\xe2\x96\x8b",
                                          "\xe2\x96\x8a",
                                          "\xe2\x96\x89"};
    const long steps = lround(share * columns * 8);
    const long whole = unicode ? steps / 8 : (steps + 4) / 8;
    if (whole > 0 || (unicode && steps > 0))
        tw_text_add_bytes(out, "  ", 2);
    for (long i = 0; i < whole; i++)
        tw_text_add(out, "%s", unicode ? "\xe2\x96\x88" : "#");
    tw_text_add(out, "%s", eighths[unicode ? steps % 8 : 0]);
}

void tw_draw_bars(tw_text *out, const tw_bar *bars, size_t count, const tw_write_options *options) {
    const tw_palette colors = tw_palette_of(options);
    double sum = 0, largest = 0;
    int longest = 0;
    for (size_t i = 0; i < count; i++) {
        const int columns = tw_columns(bars[i].name);
        sum += bars[i].value;
        largest = bars[i].value > largest ? bars[i].value : largest;
        if (bars[i].value > 0 && columns > longest)
            longest = columns > 24 ? 24 : columns;
    }
    const int room = (int)options->width - longest - 24;
    const int width = room > 40 ? 40 : room < 8 ? 8 : room;
    for (size_t i = 0; i < count; i++) {
        if (!(bars[i].value > 0))
            continue;
        char percent[TW_NUMBER_TEXT];
        tw_number_percent(percent, bars[i].value / sum);
        tw_text_add_bytes(out, "  ", 2);
        tw_cell(out, bars[i].name, longest);
        tw_text_add(out, "%11s %7s%s", bars[i].text, percent, colors.good);
        add_bar(out, bars[i].value / largest, width, options->unicode);
        tw_text_add(out, "%s\n", colors.reset);
    }
}
