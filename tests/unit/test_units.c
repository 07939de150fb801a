#include "support/input_text.h"

#include "input/units.h"

typedef struct {
    const char *text;
    tw_quantity_kind kind;
    double value;
    tw_dimension dimension;
} good;

static void reads_numbers_with_units(void **state) {
    static const good cases[] = {
        {"108KiB", TW_QUANTITY_CAPACITY, 108.0 * 1024 * 8, TW_IN_BITS},
        {"108 KB", TW_QUANTITY_CAPACITY, 108.0 * 1024 * 8, TW_IN_BITS},
        {"108kB", TW_QUANTITY_CAPACITY, 108.0 * 1000 * 8, TW_IN_BITS},
        {"512 words", TW_QUANTITY_CAPACITY, 512, TW_IN_WORDS},
        {"1 word", TW_QUANTITY_CAPACITY, 1, TW_IN_WORDS},
        {"16 bits", TW_QUANTITY_CAPACITY, 16, TW_IN_BITS},
        {"1.5MiB", TW_QUANTITY_CAPACITY, 1.5 * 1048576 * 8, TW_IN_BITS},
        {"16 bits", TW_QUANTITY_WIDTH, 16, TW_IN_BITS},
        {"2B", TW_QUANTITY_WIDTH, 16, TW_IN_BITS},
        {"16", TW_QUANTITY_WIDTH, 16, TW_IN_BITS},
        {"2.2pJ", TW_QUANTITY_ENERGY, 2.2, TW_IN_UNIT},
        {"0.5nJ", TW_QUANTITY_ENERGY, 500, TW_IN_UNIT},
        {"0", TW_QUANTITY_ENERGY, 0, TW_IN_UNIT},
        {"3.5e-2 pJ", TW_QUANTITY_ENERGY, 0.035, TW_IN_UNIT},
        {"200MHz", TW_QUANTITY_FREQUENCY, 200, TW_IN_UNIT},
        {"1GHz", TW_QUANTITY_FREQUENCY, 1000, TW_IN_UNIT},
        {"3.2mW", TW_QUANTITY_POWER, 3.2, TW_IN_UNIT},
        {"1W", TW_QUANTITY_POWER, 1000, TW_IN_UNIT},
        {"12.8 GB/s", TW_QUANTITY_BANDWIDTH, 12.8 * 8e9, TW_IN_BITS_PER_SECOND},
        {"16", TW_QUANTITY_BANDWIDTH, 16, TW_IN_WORDS},
        {"4 words/cycle", TW_QUANTITY_BANDWIDTH, 4, TW_IN_WORDS},
        {"64 bits/cycle", TW_QUANTITY_BANDWIDTH, 64, TW_IN_BITS},
        {"8 B/cycle", TW_QUANTITY_BANDWIDTH, 64, TW_IN_BITS},
        {"2.5", TW_QUANTITY_NUMBER, 2.5, TW_IN_UNIT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[TW_UNITS_MESSAGE] = "";
        tw_quantity quantity = {0};
        if (!tw_quantity_parse(cases[i].text, cases[i].kind, &quantity, message))
            fail_msg("%s: %s", cases[i].text, message);
        assert_true(quantity.value > cases[i].value * (1 - 1e-15) - 1e-300 &&
                    quantity.value < cases[i].value * (1 + 1e-15) + 1e-300);
        assert_int_equal(quantity.dimension, cases[i].dimension);
    }
}

static void refuses_what_it_does_not_know(void **state) {
    static const struct {
        const char *text;
        tw_quantity_kind kind;
        const char *expected;
    } cases[] = {
        {"108", TW_QUANTITY_CAPACITY, "has no unit, expected one of words, word, bits"},
        {"108 KiBs", TW_QUANTITY_CAPACITY, "unknown unit \"KiBs\", expected one of words"},
        {"108 pJ", TW_QUANTITY_CAPACITY, "unknown unit \"pJ\""},
        {"2.2 PJ", TW_QUANTITY_ENERGY, "unknown unit \"PJ\", expected one of fJ, pJ, nJ, uJ"},
        {"200 mHz", TW_QUANTITY_FREQUENCY, "expected one of Hz, kHz, MHz, GHz"},
        {"3 GB", TW_QUANTITY_BANDWIDTH, "expected one of words/cycle"},
        {"2 pJ", TW_QUANTITY_NUMBER, "expected a plain number"},
        {"-2 pJ", TW_QUANTITY_ENERGY, "is negative"},
        {"1e400 pJ", TW_QUANTITY_ENERGY, "too large"},
        {"nan", TW_QUANTITY_ENERGY, "is no number"},
        {"inf", TW_QUANTITY_POWER, "is no number"},
        {"0x10", TW_QUANTITY_NUMBER, "is no number"},
        {"", TW_QUANTITY_ENERGY, "is no number, expected one such as 2.2 pJ"},
        {"lots", TW_QUANTITY_ENERGY, "\"lots\" is no number"},
        {"1,5 pJ", TW_QUANTITY_ENERGY, "unknown unit"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[TW_UNITS_MESSAGE] = "";
        tw_quantity quantity = {0};
        if (tw_quantity_parse(cases[i].text, cases[i].kind, &quantity, message))
            fail_msg("\"%s\" was taken", cases[i].text);
        if (!strstr(message, cases[i].expected))
            fail_msg("\"%s\": %s", cases[i].text, message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_numbers_with_units),
        cmocka_unit_test(refuses_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
