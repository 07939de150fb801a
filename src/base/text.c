#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void tw_text_init(tw_text *text, tw_ctx *ctx) {
    *text = (tw_text){.ctx = ctx};
}

static bool reserve(tw_text *text, size_t extra) {
    if (text->failed)
        return false;
    const size_t needed = text->length + extra + 1;
    if (needed <= text->capacity)
        return true;
    const size_t capacity = needed * 2 < 256 ? 256 : needed * 2;
    char *data = tw_resize(text->ctx, text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void tw_text_add_bytes(tw_text *text, const char *bytes, size_t count) {
    if (!reserve(text, count))
        return;
    memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = '\0';
}

void tw_text_add(tw_text *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void tw_text_free(tw_text *text) {
    tw_free(text->ctx, text->data);
    *text = (tw_text){.ctx = text->ctx};
}

void tw_format_double(char buffer[TW_DOUBLE_TEXT], double value) {
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(buffer, TW_DOUBLE_TEXT, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value)
            return;
    }
}

void tw_format_number(char buffer[TW_DOUBLE_TEXT], double value) {
    if (value == trunc(value) && fabs(value) < 9007199254740992.0)
        snprintf(buffer, TW_DOUBLE_TEXT, "%.0f", value + 0.0); /* -0 becomes 0 */
    else
        tw_format_double(buffer, value);
}
