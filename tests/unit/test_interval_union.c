/* Unions of equal intervals: by hand, and against marking every position. */
#include "support/input_text.h"

#include "cost/interval_union.h"

static uint64_t covered(uint64_t length, unsigned count, const tw_progression *progressions) {
    tw_progression copy[4];
    for (unsigned i = 0; i < count; i++)
        copy[i] = progressions[i];
    bool overflow = false;
    const uint64_t result = tw_interval_union(length, copy, count, &overflow);
    assert_false(overflow);
    return result;
}

static void by_hand(void **state) {
    (void)state;
    assert_int_equal(covered(3, 0, NULL), 3);
    assert_int_equal(covered(3, 1, (tw_progression[]){{1, 4}}), 6);
    assert_int_equal(covered(3, 1, (tw_progression[]){{5, 3}}), 9);
    /* {0 2 10 12} */
    assert_int_equal(covered(1, 2, (tw_progression[]){{2, 2}, {10, 2}}), 4);
    /* {0 2 4} + {0 3} = {0 2 3 4 5 7} */
    assert_int_equal(covered(1, 2, (tw_progression[]){{2, 3}, {3, 2}}), 6);
    /* {0 2 4} + {0 4} = {0 2 4 6 8} */
    assert_int_equal(covered(1, 2, (tw_progression[]){{2, 3}, {4, 2}}), 5);
}

static uint64_t by_marking(uint64_t length, unsigned count, const tw_progression *p) {
    bool marked[4096] = {false};
    uint64_t index[4] = {0}, total = 0;
    for (bool more = true; more;) {
        uint64_t start = 0;
        for (unsigned i = 0; i < count; i++)
            start += index[i] * p[i].stride;
        for (uint64_t at = start; at < start + length; at++) {
            total += !marked[at];
            marked[at] = true;
        }
        unsigned i = 0;
        while (i < count && ++index[i] == p[i].count)
            index[i++] = 0;
        more = i < count;
    }
    return total;
}

static void equals_marking(void **state) {
    (void)state;
    uint64_t random = 7;
    for (unsigned round = 0; round < 5000; round++) {
        tw_progression p[4];
        random = random * UINT64_C(6364136223846793005) + 1;
        const unsigned count = 1 + (unsigned)(random >> 40) % 4;
        for (unsigned i = 0; i < count; i++) {
            random = random * UINT64_C(6364136223846793005) + 1;
            p[i] = (tw_progression){1 + (random >> 33) % 40, 1 + (random >> 50) % 5};
        }
        const uint64_t length = 1 + (random >> 58);
        assert_int_equal(covered(length, count, p), by_marking(length, count, p));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(equals_marking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
