/* Inputs from text in a test: an input without a file, and the diagnostics as one string. */
#ifndef TW_TESTS_SUPPORT_INPUT_TEXT_H
#define TW_TESTS_SUPPORT_INPUT_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#include "input/native.h"

static inline tw_input text_input(tw_ctx *ctx, const char *text) {
    return (tw_input){.ctx = ctx, .path = "test.yaml", .bytes = text, .size = strlen(text)};
}

/* Every message so far, as the program would print them; they are forgotten. Freed by the caller.
 */
static inline char *take_messages(tw_ctx *ctx) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    tw_diagnostics_print(ctx, out, false);
    fclose(out);
    return text;
}

/* Fails, showing all messages, unless they contain `expected`; "": unless there are none. */
static inline void assert_message(tw_ctx *ctx, const char *expected) {
    char *messages = take_messages(ctx);
    const bool good = expected[0] ? strstr(messages, expected) != NULL : messages[0] == '\0';
    if (!good)
        print_error("expected: %s\nmessages:\n%s", expected[0] ? expected : "none", messages);
    free(messages);
    assert_true(good);
}

static inline void assert_no_message(tw_ctx *ctx) {
    assert_message(ctx, "");
}

/* A copy of `text` with the first `from` replaced by `to`; fails where there is none. */
static inline char *replaced(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    if (!at)
        print_error("no \"%s\" in the text\n", from);
    assert_non_null(at);
    const size_t head = (size_t)(at - text), room = strlen(text) + strlen(to) + 1;
    char *result = malloc(room);
    assert_non_null(result);
    memcpy(result, text, head);
    snprintf(result + head, room - head, "%s%s", to, at + strlen(from));
    return result;
}

#endif
