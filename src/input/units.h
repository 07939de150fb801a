/* Numbers with units: `108KiB`, `512 words`, `2.2pJ`, `0.5nJ`, `200MHz`, `3.2mW`, `12.8 GB/s`.
 *
 * Each kind of quantity has a table of suffixes; a space before the suffix is allowed. A number
 * without one is taken in the kind's own unit where there is a single natural one (energies in pJ,
 * frequencies in MHz, power in mW, bandwidths in words per cycle); a capacity must say its unit.
 */
#ifndef TW_INPUT_UNITS_H
#define TW_INPUT_UNITS_H

#include "base/ctx.h"

typedef enum {
    TW_QUANTITY_NUMBER,    /* no unit */
    TW_QUANTITY_CAPACITY,  /* dimension TW_IN_BITS or TW_IN_WORDS */
    TW_QUANTITY_WIDTH,     /* bits */
    TW_QUANTITY_ENERGY,    /* pJ */
    TW_QUANTITY_FREQUENCY, /* MHz */
    TW_QUANTITY_POWER,     /* mW */
    TW_QUANTITY_BANDWIDTH, /* TW_IN_WORDS per cycle, TW_IN_BITS per cycle, bits per second */
    TW_QUANTITY_KIND_COUNT
} tw_quantity_kind;

typedef enum { TW_IN_UNIT, TW_IN_WORDS, TW_IN_BITS, TW_IN_BITS_PER_SECOND } tw_dimension;

typedef struct {
    double value;
    tw_dimension dimension;
} tw_quantity;

enum { TW_UNITS_MESSAGE = 320 };

/* False, with what was wrong and expected in `message`, for anything but a finite number >= 0 that
 * is no larger than a machine can be (hierarchy.h), and a suffix of its kind. */
bool tw_quantity_parse(const char *text, tw_quantity_kind kind, tw_quantity *out,
                       char message[TW_UNITS_MESSAGE]);

#endif
