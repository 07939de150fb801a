/* Numbers in tables: four digits, a prefix, and an exponent where no prefix reaches. */
#include "support/input_text.h"

#include "report/cells.h"

static void expect_energy(double energy_pj, const char *text) {
    char out[TW_NUMBER_TEXT];
    tw_number_energy(out, energy_pj);
    assert_string_equal(out, text);
}

static void expect_count(double count, const char *text) {
    char out[TW_NUMBER_TEXT];
    tw_number_count(out, count);
    assert_string_equal(out, text);
}

static void energies_have_four_digits(void **state) {
    (void)state;
    expect_energy(0, "0 J");
    expect_energy(0.5, "0.500 pJ");
    expect_energy(999.9, "999.9 pJ");
    expect_energy(999.96, "1.000 nJ");
    expect_energy(39.83e9, "39.83 mJ");
    expect_energy(1.5e21, "1.500 GJ");
    expect_energy(1.5e36, "1.500 YJ");
}

static void counts_have_four_digits(void **state) {
    (void)state;
    expect_count(9999, "9999");
    expect_count(46.5, "46.50");
    expect_count(10000, "10.00 k");
    expect_count(4.097e9, "4.097 G");
}

static void what_no_prefix_reaches_has_an_exponent(void **state) {
    (void)state;
    expect_energy(1e-320, "1.00e-320 pJ");
    expect_energy(2.5e43, "2.50e+07 YJ");
    expect_count(1.1889e27, "1.19e+03 Y");
    expect_count(1e-9, "1.00e-09");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energies_have_four_digits),
        cmocka_unit_test(counts_have_four_digits),
        cmocka_unit_test(what_no_prefix_reaches_has_an_exponent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
