#include "base/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"

void tw_json_init(tw_json *json, tw_text *text) {
    *json = (tw_json){.text = text};
}

static void add_code_point(tw_text *text, uint32_t code, const char *bytes, size_t count) {
    const bool escaped = tw_code_is_control(code) || code == 0x2028 || code == 0x2029 ||
                         code == 0xfeff || code == 0xfffe || code == 0xffff;
    if (code == '"' || code == '\\')
        tw_text_add(text, "\\%c", (char)code);
    else if (escaped)
        tw_text_add(text, "\\u%04x", (unsigned)code);
    else
        tw_text_add_bytes(text, bytes, count);
}

static void add_string(tw_text *text, const char *value) {
    tw_text_add_bytes(text, "\"", 1);
    for (const char *c = value; *c;) {
        uint32_t code = 0;
        const size_t length = tw_utf8_decode(c, &code);
        if (length)
            add_code_point(text, code, c, length);
        else
            tw_text_add_bytes(text, "\xef\xbf\xbd", 3);
        c += length ? length : 1;
    }
    tw_text_add_bytes(text, "\"", 1);
}

static void new_line(tw_json *json) {
    tw_text_add(json->text, "\n%*s", (int)json->depth, "");
}

/* What stands before a value: comma, line break, key. */
static void begin_value(tw_json *json, const char *key) {
    if (json->depth > 0) {
        const unsigned top = json->depth - 1;
        const bool row = json->open[top].row;
        if (!json->open[top].empty)
            tw_text_add(json->text, row ? ", " : ",");
        if (!row)
            new_line(json);
        json->open[top].empty = false;
    }
    if (key) {
        add_string(json->text, key);
        tw_text_add_bytes(json->text, ": ", 2);
    }
}

static void begin(tw_json *json, const char *key, char open, char close, bool row) {
    begin_value(json, key);
    tw_text_add_bytes(json->text, &open, 1);
    if (json->depth == TW_JSON_MAX_DEPTH) {
        json->text->failed = true;
        return;
    }
    const bool inside_row = json->depth > 0 && json->open[json->depth - 1].row;
    json->open[json->depth].close = close;
    json->open[json->depth].row = row || inside_row;
    json->open[json->depth].empty = true;
    json->depth++;
}

void tw_json_object(tw_json *json, const char *key) {
    begin(json, key, '{', '}', false);
}

void tw_json_object_row(tw_json *json, const char *key) {
    begin(json, key, '{', '}', true);
}

void tw_json_array(tw_json *json, const char *key) {
    begin(json, key, '[', ']', false);
}

void tw_json_array_row(tw_json *json, const char *key) {
    begin(json, key, '[', ']', true);
}

void tw_json_end(tw_json *json) {
    if (json->depth == 0)
        return;
    json->depth--;
    if (!json->open[json->depth].row && !json->open[json->depth].empty)
        new_line(json);
    tw_text_add_bytes(json->text, &json->open[json->depth].close, 1);
    if (json->depth == 0)
        tw_text_add_bytes(json->text, "\n", 1);
}

void tw_json_text(tw_json *json, const char *key, const char *value) {
    begin_value(json, key);
    if (value)
        add_string(json->text, value);
    else
        tw_text_add_bytes(json->text, "null", 4);
}

void tw_json_bool(tw_json *json, const char *key, bool value) {
    begin_value(json, key);
    tw_text_add(json->text, "%s", value ? "true" : "false");
}

void tw_json_u64(tw_json *json, const char *key, uint64_t value) {
    begin_value(json, key);
    tw_text_add(json->text, "%" PRIu64, value);
}

void tw_json_i64(tw_json *json, const char *key, int64_t value) {
    begin_value(json, key);
    tw_text_add(json->text, "%" PRId64, value);
}

void tw_json_double(tw_json *json, const char *key, double value) {
    begin_value(json, key);
    char number[TW_DOUBLE_TEXT] = "null";
    if (isfinite(value))
        tw_format_number(number, value);
    tw_text_add(json->text, "%s", number);
}

void tw_json_ints(tw_json *json, const char *key, const int *values, size_t count) {
    tw_json_array_row(json, key);
    for (size_t i = 0; i < count; i++)
        tw_json_i64(json, NULL, values[i]);
    tw_json_end(json);
}

void tw_json_i64s(tw_json *json, const char *key, const int64_t *values, size_t count) {
    tw_json_array_row(json, key);
    for (size_t i = 0; i < count; i++)
        tw_json_i64(json, NULL, values[i]);
    tw_json_end(json);
}

void tw_json_doubles(tw_json *json, const char *key, const double *values, size_t count) {
    tw_json_array_row(json, key);
    for (size_t i = 0; i < count; i++)
        tw_json_double(json, NULL, values[i]);
    tw_json_end(json);
}
