/* Messages as text and as JSON, whatever is in names of files and in source lines. */
#include "support/input_text.h"

#include <jansson.h>

static void expect_text(const tw_position *at, const char *message, const char *expected) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    assert_int_equal(tw_fail(ctx, TW_INVALID, at, "%s", message), TW_INVALID);
    char *text = take_messages(ctx);
    assert_string_equal(text, expected);
    free(text);
    tw_ctx_free(ctx);
}

static void the_caret_stands_below_the_column(void **state) {
    (void)state;
    const tw_position at = {.file = "a.yaml", .line = 2, .column = 3, .text = "k: v"};
    expect_text(&at, "bad", "a.yaml:2:3: error: bad\n  k: v\n    ^\n");
    /* A long line is shown from a column on, behind dots. */
    const tw_position far = {
        .file = "a.yaml", .line = 1, .column = 303, .text = "k: v", .text_column = 301};
    expect_text(&far, "bad", "a.yaml:1:303: error: bad\n  ...k: v\n       ^\n");
}

static void control_characters_do_not_reach_the_terminal(void **state) {
    (void)state;
    const tw_position at = {.file = "a\033[31m\n", .line = 1, .column = 1, .text = "\xc2\x9b\tx"};
    expect_text(&at, "\xff\001", "a [31m :1:1: error: ? \n    x\n  ^\n");
}

static void json_messages_are_utf_8(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    const tw_position at = {.file = "\xff\n.yaml", .line = 1, .column = 2, .text = ""};
    tw_diag(ctx, TW_SEVERITY_ERROR, &at, "caf\xc3\xa9 \"\\ \xe7\xbd\x91\x7f");
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    tw_diagnostics_print_json(ctx, out);
    fclose(out);
    json_t *all = json_loadb(text, size, 0, NULL);
    const json_t *one = json_array_get(all, 0);
    assert_string_equal(json_string_value(json_object_get(one, "file")), "\xef\xbf\xbd\n.yaml");
    assert_string_equal(json_string_value(json_object_get(one, "message")),
                        "caf\xc3\xa9 \"\\ \xe7\xbd\x91\x7f");
    json_decref(all);
    free(text);
    tw_ctx_free(ctx);
}

static void suggestions_share_something(void **state) {
    static const char *const words[] = {"a", "conv1", "stride"};
    (void)state;
    assert_string_equal(tw_closest_word("aa", words, 3), "a");
    assert_string_equal(tw_closest_word("con1", words, 3), "conv1");
    assert_string_equal(tw_closest_word("strde", words, 3), "stride");
    assert_null(tw_closest_word("b", words, 3));
    assert_null(tw_closest_word("", words, 3));
    assert_null(tw_closest_word("fc6", words, 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_caret_stands_below_the_column),
        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(json_messages_are_utf_8),
        cmocka_unit_test(suggestions_share_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
