/* Tiles, room and legality: what fits, and the reason when something does not. */
#include "support/small_machine.h"

static void tiles_are_products_from_the_inside(void **state) {
    (void)state;
    tw_hierarchy arch = two_levels();
    arch.levels[0].fanout.x = 4;
    tw_mapping mapping = two_level_mapping(&arch, "K8 B4", "K2 C3");
    mapping.levels[0].spatial_x[TW_DIM_C] = 4;
    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT];
    tw_mapping_tiles(&mapping, tile);
    assert_int_equal(tile[2][TW_DIM_K], 1);
    assert_int_equal(tile[1][TW_DIM_K], 2);
    assert_int_equal(tile[1][TW_DIM_C], 3);
    assert_int_equal(tile[0][TW_DIM_K], 16);
    assert_int_equal(tile[0][TW_DIM_C], 12);
    assert_int_equal(tile[0][TW_DIM_B], 4);
}

/* Checks the mapping of gemm B4 K16 C3 with K8 B4 over K2 C3, of whose BUF tiles 3 words are
 * input, 6 weight and 2 output, on a changed machine; expects the message, or validity for "". */
static void check(void (*change)(tw_hierarchy *, tw_mapping *), const char *expected) {
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_hierarchy arch = two_levels();
    const tw_problem problem = sized_problem(ctx, "gemm", "B4 K16 C3", 1);
    tw_mapping mapping = two_level_mapping(&arch, "K8 B4", "K2 C3");
    change(&arch, &mapping);
    const bool valid = expected[0] == '\0';
    assert_int_equal(tw_mapping_is_valid(&arch, &problem, &mapping), valid);
    assert_int_equal(tw_mapping_check(ctx, NULL, &arch, &problem, &mapping),
                     valid ? TW_OK : TW_INVALID);
    assert_message(ctx, expected);
    tw_ctx_free(ctx);
}

static void share_11_words(tw_hierarchy *arch, tw_mapping *mapping) {
    (void)mapping;
    arch->levels[1].bounded = arch->levels[1].shared = true;
    arch->levels[1].capacity_units[0] = 11;
}

static void share_10_words(tw_hierarchy *arch, tw_mapping *mapping) {
    share_11_words(arch, mapping);
    arch->levels[1].capacity_units[0] = 10;
}

static void separate_rooms(tw_hierarchy *arch, tw_mapping *mapping) {
    (void)mapping;
    arch->levels[1].bounded = true;
    arch->levels[1].capacity_units[TW_ROLE_INPUT] = 3;
    arch->levels[1].capacity_units[TW_ROLE_WEIGHT] = 4;
    arch->levels[1].capacity_units[TW_ROLE_OUTPUT] = 2;
}

static void weights_bypass(tw_hierarchy *arch, tw_mapping *mapping) {
    separate_rooms(arch, mapping);
    mapping->levels[1].keeps = 1u << TW_ROLE_INPUT | 1u << TW_ROLE_OUTPUT;
}

static void weights_must_stay(tw_hierarchy *arch, tw_mapping *mapping) {
    weights_bypass(arch, mapping);
    arch->levels[1].must_keep = 1u << TW_ROLE_WEIGHT;
}

static void bypass_dram(tw_hierarchy *arch, tw_mapping *mapping) {
    (void)arch;
    mapping->levels[0].keeps = 1u << TW_ROLE_INPUT | 1u << TW_ROLE_OUTPUT;
}

static void wrong_product(tw_hierarchy *arch, tw_mapping *mapping) {
    (void)arch;
    set_loops(&mapping->levels[0], "K4 B4");
}

static void unroll_k(tw_hierarchy *arch, tw_mapping *mapping) {
    arch->levels[0].fanout.x = 8;
    set_loops(&mapping->levels[0], "B4");
    mapping->levels[0].spatial_x[TW_DIM_K] = 8;
}

static void unroll_too_much(tw_hierarchy *arch, tw_mapping *mapping) {
    unroll_k(arch, mapping);
    arch->levels[0].fanout.x = 6;
}

static void unroll_what_is_not_allowed(tw_hierarchy *arch, tw_mapping *mapping) {
    unroll_k(arch, mapping);
    arch->levels[0].fanout.dims_x = 1u << TW_DIM_C;
}

static void every_violation_has_its_reason(void **state) {
    (void)state;
    check(share_11_words, "");
    check(share_10_words, "take 11 words, which exceeds its 10 by 1");
    check(separate_rooms, "the tile of the weight at BUF takes 6 words, which exceeds its 4 by 2");
    check(weights_bypass, "");
    check(weights_must_stay, "BUF bypasses the weight, which it must keep");
    check(bypass_dram, "the outermost level DRAM does not keep the weight");
    check(wrong_product, "the factors of K multiply to 8, expected its extent 16");
    check(unroll_k, "");
    check(unroll_too_much, "multiply to 8, which exceeds its 6 children");
    check(unroll_what_is_not_allowed, "K is unrolled on X of the fanout below DRAM");
}

static void mappings_have_one_order(void **state) {
    (void)state;
    const tw_hierarchy arch = two_levels();
    const tw_mapping a = two_level_mapping(&arch, "K8 B4", "K2 C3"), b = a;
    tw_mapping other = a;
    set_loops(&other.levels[1], "C3 K2");
    assert_int_equal(tw_mapping_compare(&a, &b), 0);
    assert_int_not_equal(tw_mapping_compare(&a, &other), 0);
    assert_int_equal(tw_mapping_compare(&a, &other), -tw_mapping_compare(&other, &a));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_are_products_from_the_inside),
        cmocka_unit_test(every_violation_has_its_reason),
        cmocka_unit_test(mappings_have_one_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
