/* The index of names: many names, the same name twice, names that are not there. */
#include "support/input_text.h"

#include "base/name_index.h"

static void finds_every_name_once(void **state) {
    enum { COUNT = 1000 };
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_arena arena;
    tw_name_index index;
    tw_arena_init(&arena, ctx);
    assert_int_equal(tw_name_index_init(ctx, &arena, COUNT, &index), TW_OK);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(tw_name_index_add(&index, tw_arena_printf(&arena, "layer%zu", i), i));
    for (size_t i = 0; i < COUNT; i++) {
        char name[32];
        size_t number = COUNT;
        snprintf(name, sizeof name, "layer%zu", i);
        assert_true(tw_name_index_find(&index, name, &number));
        assert_int_equal(number, i);
        assert_false(tw_name_index_add(&index, name, 0));
    }
    size_t number = 7;
    assert_false(tw_name_index_find(&index, "layer", &number));
    assert_false(tw_name_index_find(&index, "", &number));
    assert_int_equal(number, 7);
    tw_arena_free(&arena);
    tw_ctx_free(ctx);
}

static void an_index_without_room_is_empty(void **state) {
    (void)state;
    tw_name_index index = {0};
    size_t number = 0;
    assert_false(tw_name_index_find(&index, "a", &number));
    assert_false(tw_name_index_add(&index, "a", 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_name_once),
        cmocka_unit_test(an_index_without_room_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
