#include "input/units.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "arch/hierarchy.h"

typedef struct {
    tw_quantity_kind kind;
    const char *suffix; /* "" is a plain number */
    double factor;
    tw_dimension dimension;
} unit;

#define KIB 1024.0
#define MIB 1048576.0
#define GIB 1073741824.0
static const unit units[] = {
    {TW_QUANTITY_NUMBER, "", 1, TW_IN_UNIT},
    {TW_QUANTITY_CAPACITY, "words", 1, TW_IN_WORDS},
    {TW_QUANTITY_CAPACITY, "word", 1, TW_IN_WORDS},
    {TW_QUANTITY_CAPACITY, "bits", 1, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "bit", 1, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "B", 8, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "bytes", 8, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "kB", 8e3, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "KB", 8 * KIB, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "KiB", 8 * KIB, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "MB", 8e6, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "MiB", 8 * MIB, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "GB", 8e9, TW_IN_BITS},
    {TW_QUANTITY_CAPACITY, "GiB", 8 * GIB, TW_IN_BITS},
    {TW_QUANTITY_WIDTH, "", 1, TW_IN_BITS},
    {TW_QUANTITY_WIDTH, "bits", 1, TW_IN_BITS},
    {TW_QUANTITY_WIDTH, "bit", 1, TW_IN_BITS},
    {TW_QUANTITY_WIDTH, "B", 8, TW_IN_BITS},
    {TW_QUANTITY_WIDTH, "bytes", 8, TW_IN_BITS},
    {TW_QUANTITY_ENERGY, "", 1, TW_IN_UNIT},
    {TW_QUANTITY_ENERGY, "fJ", 1e-3, TW_IN_UNIT},
    {TW_QUANTITY_ENERGY, "pJ", 1, TW_IN_UNIT},
    {TW_QUANTITY_ENERGY, "nJ", 1e3, TW_IN_UNIT},
    {TW_QUANTITY_ENERGY, "uJ", 1e6, TW_IN_UNIT},
    {TW_QUANTITY_FREQUENCY, "", 1, TW_IN_UNIT},
    {TW_QUANTITY_FREQUENCY, "Hz", 1e-6, TW_IN_UNIT},
    {TW_QUANTITY_FREQUENCY, "kHz", 1e-3, TW_IN_UNIT},
    {TW_QUANTITY_FREQUENCY, "MHz", 1, TW_IN_UNIT},
    {TW_QUANTITY_FREQUENCY, "GHz", 1e3, TW_IN_UNIT},
    {TW_QUANTITY_POWER, "", 1, TW_IN_UNIT},
    {TW_QUANTITY_POWER, "nW", 1e-6, TW_IN_UNIT},
    {TW_QUANTITY_POWER, "uW", 1e-3, TW_IN_UNIT},
    {TW_QUANTITY_POWER, "mW", 1, TW_IN_UNIT},
    {TW_QUANTITY_POWER, "W", 1e3, TW_IN_UNIT},
    {TW_QUANTITY_BANDWIDTH, "", 1, TW_IN_WORDS},
    {TW_QUANTITY_BANDWIDTH, "words/cycle", 1, TW_IN_WORDS},
    {TW_QUANTITY_BANDWIDTH, "bits/cycle", 1, TW_IN_BITS},
    {TW_QUANTITY_BANDWIDTH, "B/cycle", 8, TW_IN_BITS},
    {TW_QUANTITY_BANDWIDTH, "MB/s", 8e6, TW_IN_BITS_PER_SECOND},
    {TW_QUANTITY_BANDWIDTH, "GB/s", 8e9, TW_IN_BITS_PER_SECOND},
    {TW_QUANTITY_BANDWIDTH, "TB/s", 8e12, TW_IN_BITS_PER_SECOND},
    {TW_QUANTITY_BANDWIDTH, "MiB/s", 8 * MIB, TW_IN_BITS_PER_SECOND},
    {TW_QUANTITY_BANDWIDTH, "GiB/s", 8 * GIB, TW_IN_BITS_PER_SECOND},
    {TW_QUANTITY_BANDWIDTH, "Gb/s", 1e9, TW_IN_BITS_PER_SECOND},
};
enum { UNIT_COUNT = sizeof units / sizeof *units };

/* What a message gives as an example, and the largest value. A bandwidth is bounded after it was
 * turned into words per cycle. */
static const struct {
    const char *example;
    double most;
} kinds[TW_QUANTITY_KIND_COUNT] = {{"2.5", DBL_MAX},
                                   {"108 KiB", TW_MOST_CAPACITY},
                                   {"16 bits", DBL_MAX},
                                   {"2.2 pJ", TW_MOST_ENERGY_PJ},
                                   {"200 MHz", TW_MOST_CLOCK_MHZ},
                                   {"3.2 mW", TW_MOST_LEAKAGE_MW},
                                   {"16 words/cycle", DBL_MAX}};

/* "words, bits, B, KiB": the suffixes of a kind. */
static void list_suffixes(tw_quantity_kind kind, char *out, size_t size) {
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if (units[i].kind == kind && units[i].suffix[0] && length < size) {
            const int added =
                snprintf(out + length, size - length, "%s%s", length ? ", " : "", units[i].suffix);
            length += added > 0 ? (size_t)added : 0;
        }
}

static bool fail_unit(const char *text, const char *suffix, tw_quantity_kind kind, char *message) {
    char suffixes[224];
    list_suffixes(kind, suffixes, sizeof suffixes);
    if (!suffixes[0])
        snprintf(message, TW_UNITS_MESSAGE, "\"%.40s\": expected a plain number", text);
    else if (suffix[0])
        snprintf(message, TW_UNITS_MESSAGE, "unknown unit \"%.24s\", expected one of %s", suffix,
                 suffixes);
    else
        snprintf(message, TW_UNITS_MESSAGE, "\"%.24s\" has no unit, expected one of %s", text,
                 suffixes);
    return false;
}

/* Digits first: strtod also takes "inf", "nan", hexadecimal and a sign. */
static bool looks_decimal(const char *text) {
    if (*text == '+' || *text == '-')
        text++;
    if (*text == '.')
        text++;
    return *text >= '0' && *text <= '9' && !(text[0] == '0' && (text[1] | 0x20) == 'x');
}

bool tw_quantity_parse(const char *text, tw_quantity_kind kind, tw_quantity *out,
                       char message[TW_UNITS_MESSAGE]) {
    char *end = NULL;
    const double number = looks_decimal(text) ? strtod(text, &end) : 0;
    if (!end) {
        snprintf(message, TW_UNITS_MESSAGE, "\"%.40s\" is no number, expected one such as %s", text,
                 kinds[kind].example);
        return false;
    }
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (units[i].kind != kind || strcmp(units[i].suffix, end) != 0)
            continue;
        const double value = number * units[i].factor;
        if (!(value >= 0 && value <= kinds[kind].most)) {
            snprintf(message, TW_UNITS_MESSAGE, "\"%.40s\" is %s, expected a number such as %s",
                     text, value < 0 ? "negative" : "too large", kinds[kind].example);
            return false;
        }
        *out = (tw_quantity){value, units[i].dimension};
        return true;
    }
    return fail_unit(text, end, kind, message);
}
