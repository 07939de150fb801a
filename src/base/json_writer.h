/* JSON as text, key by key, in the order of the calls: deterministic bytes, every double as the
 * shortest decimal that reads back to the same bits, counts with all their 64 bits.
 *
 * An object or array is spread over indented lines unless it is begun as a row, which puts it and
 * all that it holds on one line. Keys are NULL inside arrays and at the root. */
#ifndef TW_BASE_JSON_WRITER_H
#define TW_BASE_JSON_WRITER_H

#include "base/text.h"

enum { TW_JSON_MAX_DEPTH = 32 };

typedef struct {
    tw_text *text;
    unsigned depth;
    struct {
        char close;
        bool row, empty;
    } open[TW_JSON_MAX_DEPTH];
} tw_json;

void tw_json_init(tw_json *json, tw_text *text);
void tw_json_object(tw_json *json, const char *key);
void tw_json_object_row(tw_json *json, const char *key);
void tw_json_array(tw_json *json, const char *key);
void tw_json_array_row(tw_json *json, const char *key);
/* Ends the object or array begun last; the end of the root adds a newline. */
void tw_json_end(tw_json *json);

/* Invalid UTF-8 becomes U+FFFD; control characters and line separators are escaped. NULL writes
 * null. */
void tw_json_text(tw_json *json, const char *key, const char *value);
void tw_json_bool(tw_json *json, const char *key, bool value);
void tw_json_u64(tw_json *json, const char *key, uint64_t value);
void tw_json_i64(tw_json *json, const char *key, int64_t value);
/* null for NaN and infinities, which JSON does not have. */
void tw_json_double(tw_json *json, const char *key, double value);
/* Arrays of numbers, each on one line. */
void tw_json_ints(tw_json *json, const char *key, const int *values, size_t count);
void tw_json_i64s(tw_json *json, const char *key, const int64_t *values, size_t count);
void tw_json_doubles(tw_json *json, const char *key, const double *values, size_t count);

#endif
