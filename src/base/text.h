/* A growing string. After a failed allocation it stays as it was and `failed` is set, so that a
 * writer checks once, at the end. */
#ifndef TW_BASE_TEXT_H
#define TW_BASE_TEXT_H

#include "base/ctx.h"

typedef struct {
    tw_ctx *ctx;
    char *data; /* always terminated once anything was added */
    size_t length, capacity;
    bool failed;
} tw_text;

void tw_text_init(tw_text *text, tw_ctx *ctx);
void tw_text_add(tw_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tw_text_add_bytes(tw_text *text, const char *bytes, size_t count);
void tw_text_free(tw_text *text);

/* The shortest decimal that reads back as exactly `value` ("0.1", "1e+20"). Infinity and NaN are
 * written as they are: a caller whose format has none checks first. */
enum { TW_DOUBLE_TEXT = 32 };
void tw_format_double(char buffer[TW_DOUBLE_TEXT], double value);
/* The same, with whole numbers below 2^53 in full: "1356800" instead of "1.3568e+06". */
void tw_format_number(char buffer[TW_DOUBLE_TEXT], double value);

#endif
