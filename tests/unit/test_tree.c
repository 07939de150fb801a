#include "support/input_text.h"

#include "input/tree.h"

static tw_status parse(tw_ctx *ctx, tw_arena *arena, const char *text, size_t size, bool lenient,
                       tw_document *out) {
    tw_arena_init(arena, ctx);
    return (lenient ? tw_document_parse_lenient : tw_document_parse)(ctx, arena, "test.yaml", text,
                                                                     size, out);
}

static void builds_nodes_with_positions(void **state) {
    (void)state;
    const char text[] = "name: simba\nlevels:\n  - {x: 12, y: \"14\"}\n  - [a, b, c]\nempty:\n";
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_arena arena;
    tw_document document;
    assert_int_equal(parse(ctx, &arena, text, strlen(text), false, &document), TW_OK);
    assert_int_equal(document.root->kind, TW_NODE_MAPPING);
    assert_int_equal(document.root->count, 3);
    const tw_node *levels = tw_node_get(document.root, "levels");
    assert_int_equal(levels->kind, TW_NODE_SEQUENCE);
    assert_int_equal(levels->count, 2);
    const tw_node *y = tw_node_get(levels->values[0], "y");
    assert_string_equal(y->scalar, "14");
    assert_true(y->quoted);
    assert_int_equal(y->line, 3);
    assert_int_equal(y->column, 16);
    assert_string_equal(tw_node_position(&document, y).text, "  - {x: 12, y: \"14\"}");
    assert_int_equal(levels->values[1]->count, 3);
    assert_int_equal(tw_node_get(document.root, "empty")->length, 0);
    assert_null(tw_node_get(document.root, "nothing"));
    tw_arena_free(&arena);
    tw_ctx_free(ctx);
}

static void an_empty_document_has_no_root(void **state) {
    (void)state;
    const char *const texts[] = {"", "# only a comment\n"};
    for (size_t i = 0; i < 2; i++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_arena arena;
        tw_document document;
        assert_int_equal(parse(ctx, &arena, texts[i], strlen(texts[i]), false, &document), TW_OK);
        assert_null(document.root);
        tw_arena_free(&arena);
        tw_ctx_free(ctx);
    }
}

typedef struct {
    const char *text;
    const char *expected;
} bad;

static void refuses_with_a_position(void **state) {
    static const bad cases[] = {
        {"a: 1\nb: 2\na: 3\n", "test.yaml:3:1: error: duplicate key \"a\", first given on line 1"},
        {"a: &x 1\n", "test.yaml:1:4: error: anchors (&name) are not part of this format"},
        {"a: *x\n", "test.yaml:1:4: error: aliases (*name) are not part of this format"},
        {"a: !!int 1\n", "test.yaml:1:4: error: tags (!name) are not part of this format"},
        {"a: 1\n---\nb: 2\n", "test.yaml:2:1: error: a second document begins here"},
        {"[1, 2]: 3\n", "test.yaml:1:1: error: a key is a list or a mapping, expected a word"},
        {"a: [1, 2\nb: 3\n", "test.yaml:2:"},
        {"a: 'open\n", "error: "},
        {"\ta: 1\n", "error: "},
        {"a: 1\n  b: 2\n", "test.yaml:2:4: error: "},
        {"a: \"\\x00\"\nb: \x01\n", "error: "},
        {"a: \xff\xfe\n", "test.yaml:1:4: error: not text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_arena arena;
        tw_document document;
        assert_int_equal(parse(ctx, &arena, cases[i].text, strlen(cases[i].text), false, &document),
                         TW_INVALID);
        assert_message(ctx, cases[i].expected);
        tw_arena_free(&arena);
        tw_ctx_free(ctx);
    }
}

/* 100,000 opening brackets: refused at the 65th, in no time. */
static void refuses_deep_nesting(void **state) {
    (void)state;
    enum { DEEP = 100000 };
    static const char *const patterns[] = {"[", "- ", "{a: "};
    for (size_t p = 0; p < 3; p++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_arena arena;
        tw_document document;
        const size_t length = strlen(patterns[p]);
        char *text = malloc(DEEP * length);
        assert_non_null(text);
        for (size_t i = 0; i < DEEP; i++)
            memcpy(text + i * length, patterns[p], length);
        assert_int_equal(parse(ctx, &arena, text, DEEP * length, false, &document), TW_INVALID);
        assert_message(ctx, "error: nested more than 64 deep, the limit");
        tw_arena_free(&arena);
        tw_ctx_free(ctx);
        free(text);
    }
}

static void refuses_too_many_values(void **state) {
    (void)state;
    enum { MANY = TW_MAX_TREE_NODES + 10 };
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_arena arena;
    tw_document document;
    char *text = malloc((size_t)MANY * 2 + 2);
    assert_non_null(text);
    text[0] = '[';
    for (size_t i = 0; i < MANY; i++) {
        text[1 + 2 * i] = '1';
        text[2 + 2 * i] = ',';
    }
    text[1 + 2 * (size_t)MANY] = ']';
    assert_int_equal(parse(ctx, &arena, text, (size_t)MANY * 2 + 2, false, &document), TW_INVALID);
    assert_message(ctx, "more than 1000000 values, the limit");
    tw_arena_free(&arena);
    tw_ctx_free(ctx);
    free(text);
}

static void a_lenient_reading_expands_aliases(void **state) {
    (void)state;
    const char text[] = "base: &b {x: 1, y: 2}\n"
                        "other: {<<: *b, y: 3, z: !Tag 4}\n"
                        "list: {<<: [*b, {w: 5}]}\n"
                        "copy: *b\n";
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_arena arena;
    tw_document document;
    assert_int_equal(parse(ctx, &arena, text, strlen(text), true, &document), TW_OK);
    tw_node *other = tw_node_get(document.root, "other");
    assert_int_equal(other->count, 3);
    assert_string_equal(tw_node_get(other, "x")->scalar, "1");
    assert_string_equal(tw_node_get(other, "y")->scalar, "3");
    assert_string_equal(tw_node_get(other, "z")->tag, "!Tag");
    assert_string_equal(tw_node_get(tw_node_get(document.root, "list"), "w")->scalar, "5");
    assert_string_equal(tw_node_get(tw_node_get(document.root, "copy"), "y")->scalar, "2");
    assert_no_message(ctx);
    tw_arena_free(&arena);
    tw_ctx_free(ctx);
}

static void a_lenient_reading_warns_of_duplicates(void **state) {
    (void)state;
    const char text[] = "a: 1\na: 2\n";
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_arena arena;
    tw_document document;
    assert_int_equal(parse(ctx, &arena, text, strlen(text), true, &document), TW_OK);
    assert_string_equal(tw_node_get(document.root, "a")->scalar, "1");
    assert_message(ctx, "test.yaml:2:1: warning: duplicate key \"a\", the one on line 1 counts");
    tw_arena_free(&arena);
    tw_ctx_free(ctx);
}

/* Ten aliases in each of ten lists, ten deep, would be 10^10 values. */
static void aliases_cannot_explode(void **state) {
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");
    for (int i = 1; i < 10; i++) {
        fprintf(out, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            fprintf(out, "%s*a%d", k ? "," : "", i - 1);
        fprintf(out, "]\n");
    }
    fclose(out);
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_arena arena;
    tw_document document;
    assert_int_equal(parse(ctx, &arena, text, size, true, &document), TW_INVALID);
    assert_message(ctx, "more than 1000000 values, the limit");
    tw_arena_free(&arena);
    tw_ctx_free(ctx);
    free(text);
}

static void an_alias_of_itself_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"a: &x [1, *x]\n", "a: *nothing\n"};
    for (size_t i = 0; i < 2; i++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_arena arena;
        tw_document document;
        assert_int_equal(parse(ctx, &arena, texts[i], strlen(texts[i]), true, &document),
                         TW_INVALID);
        assert_message(ctx, "the alias names no anchor that is complete before it");
        tw_arena_free(&arena);
        tw_ctx_free(ctx);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_nodes_with_positions),
        cmocka_unit_test(an_empty_document_has_no_root),
        cmocka_unit_test(refuses_with_a_position),
        cmocka_unit_test(refuses_deep_nesting),
        cmocka_unit_test(refuses_too_many_values),
        cmocka_unit_test(a_lenient_reading_expands_aliases),
        cmocka_unit_test(a_lenient_reading_warns_of_duplicates),
        cmocka_unit_test(aliases_cannot_explode),
        cmocka_unit_test(an_alias_of_itself_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
