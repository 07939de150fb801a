/* What a schedule costs, and when it is valid: numbers worked by hand. */
#include "support/input_text.h"

#include "schedule/best_schedule.h"

/* Alone 1000 pJ in 100 cycles, holding an output of 1 x 4 x 3 x 3 and an input of 1 x 2 x 5 x 5. */
static const tw_choice alone[] = {{1000, 100, 2, {1, 2, 5, 5}, {1, 4, 3, 3}},
                                  {1100, 90, 2, {1, 3, 2, 2}, {1, 1, 1, 1}}};
/* One chip each: 700 pJ without static energy in 150 cycles. */
static const tw_choice side[] = {
    {700, 150, 1, {0}, {0}}, {600, 180, 1, {0}, {0}}, {650, 100, 2, {0}, {0}}};
static const tw_choices choices = {
    .alone_count = 2, .side_count = 3, .alone = alone, .side = side, .complete = true};

static const uint32_t after_first[] = {0}, after_both[] = {1, 2};

/* a, then b (three times) and c, then d. */
static const tw_planned_layer diamond[] = {{&choices, 1, 0, NULL, TW_NO_PRODUCER, false},
                                           {&choices, 3, 1, after_first, TW_NO_PRODUCER, false},
                                           {&choices, 1, 1, after_first, 0, false},
                                           {&choices, 1, 2, after_both, 2, true}};
/* Two chips, 2 pJ a cycle of static power; two words a cycle through a port that takes 5 cycles to
 * read a word pair and 3 to write one. */
static const tw_schedule_problem problem = {.machine = {.chips = 2,
                                                        .static_pj_per_cycle = 2,
                                                        .reuse = true,
                                                        .words_per_cycle = 2,
                                                        .read_pj = 10,
                                                        .write_pj = 7,
                                                        .read_cycles = 5,
                                                        .write_cycles = 3},
                                            .layer_count = 4,
                                            .layers = diamond};

static tw_schedule schedule_of(tw_step *steps, size_t step_count, tw_run *runs) {
    tw_schedule schedule = {.step_count = step_count, .steps = steps, .runs = runs};
    for (size_t i = 0; i < step_count; i++) {
        steps[i].first_run = (uint32_t)schedule.run_count;
        schedule.run_count += steps[i].run_count;
    }
    return schedule;
}

static tw_schedule_fault fault_of(const tw_schedule *schedule, uint32_t *layer) {
    tw_schedule_fault fault = TW_SCHEDULE_VALID;
    tw_ctx *ctx = tw_ctx_new(NULL);
    assert_int_equal(tw_schedule_check(ctx, &problem, schedule, &fault, layer), TW_OK);
    tw_ctx_free(ctx);
    return fault;
}

static void test_one_after_the_other(void **state) {
    (void)state;
    tw_step steps[4] = {{.run_count = 1}, {.run_count = 1}, {.run_count = 1}, {.run_count = 1}};
    tw_run runs[] = {{0, 0}, {1, 0}, {2, 0}, {3, 1}};
    tw_schedule schedule = schedule_of(steps, 4, runs);
    uint32_t layer = 0;
    assert_int_equal(fault_of(&schedule, &layer), TW_SCHEDULE_VALID);
    tw_schedule_price(&problem, &schedule);
    /* b runs three times. c reads a, but does not follow it. d finds 1 x 3 x 2 x 2 = 12 words of
     * c's 1 x 4 x 3 x 3: 6 transfers, 30 cycles not read and 18 not written, with 120 + 60 and
     * 84 + 36 pJ. */
    assert_true(steps[1].energy_pj == 3000 && steps[1].end_cycle == 400);
    assert_true(steps[2].energy_pj == 1000 - 120 && steps[2].end_cycle == 400 + 100 - 18);
    assert_true(steps[3].energy_pj == 1100 - 180);
    assert_true(steps[3].end_cycle == 482 + 90 - 30);
    assert_int_equal(steps[3].reused_words, 12);
    assert_true(schedule.energy_pj == 1000 + 3000 + 880 + 920 && schedule.cycles == 542);
    assert_int_equal(schedule.reused_words, 12);
}

static void test_reuse_right_after(void **state) {
    (void)state;
    tw_step steps[4] = {{.run_count = 1}, {.run_count = 1}, {.run_count = 1}, {.run_count = 1}};
    tw_run runs[] = {{0, 0}, {2, 0}, {1, 0}, {3, 0}};
    tw_schedule schedule = schedule_of(steps, 4, runs);
    tw_schedule_price(&problem, &schedule);
    /* c finds 1 x 2 x 3 x 3 = 18 words of a: 9 transfers, 45 cycles and 180 + 90 pJ not read;
     * b reads them too, so that they are written. d follows b, which it does not read. */
    assert_int_equal(schedule.reused_words, 18);
    assert_true(steps[0].energy_pj == 1000 && steps[0].end_cycle == 100);
    assert_true(steps[1].energy_pj == 1000 - 270 && steps[1].end_cycle == 155);
    assert_true(steps[3].energy_pj == 1000 && schedule.cycles == 155 + 300 + 100);
}

static void test_side_by_side(void **state) {
    (void)state;
    tw_step steps[3] = {{.run_count = 1}, {.run_count = 2}, {.run_count = 1}};
    tw_run runs[] = {{0, 0}, {1, 0}, {2, 1}, {3, 0}};
    tw_schedule schedule = schedule_of(steps, 3, runs);
    uint32_t layer = 0;
    assert_int_equal(fault_of(&schedule, &layer), TW_SCHEDULE_VALID);
    tw_schedule_price(&problem, &schedule);
    /* b takes 450 cycles, c 180 beside it: 3 * 700 + 600 pJ, and 2 pJ in each of 450 cycles. d
     * finds nothing, since its producer did not run alone. */
    assert_true(steps[1].energy_pj == 2100 + 600 + 900 && steps[1].start_cycle == 100);
    assert_true(steps[1].end_cycle == 550 && schedule.cycles == 650);
    assert_int_equal(schedule.reused_words, 0);
}

static void test_faults(void **state) {
    (void)state;
    tw_step steps[4] = {{.run_count = 1}, {.run_count = 2}, {.run_count = 1}, {.run_count = 1}};
    tw_run early[] = {{0, 0}, {2, 0}, {3, 0}, {1, 0}};
    tw_run crowded[] = {{0, 0}, {1, 0}, {2, 2}, {3, 0}};
    tw_run twice[] = {{0, 0}, {1, 0}, {2, 0}, {1, 0}};
    uint32_t layer = 9;
    tw_schedule schedule = schedule_of(steps, 3, early);
    assert_int_equal(fault_of(&schedule, &layer), TW_SCHEDULE_TOO_EARLY);
    assert_int_equal(layer, 3);
    schedule = schedule_of(steps, 3, crowded);
    assert_int_equal(fault_of(&schedule, &layer), TW_SCHEDULE_CHIPS);
    schedule = schedule_of(steps, 3, twice);
    assert_int_equal(fault_of(&schedule, &layer), TW_SCHEDULE_TWICE);
    assert_int_equal(layer, 1);
    schedule = schedule_of(steps, 2, crowded);
    schedule.runs[2].choice = 1;
    assert_int_equal(fault_of(&schedule, &layer), TW_SCHEDULE_MISSING);
    assert_int_equal(layer, 3);
}

/* Two layers, each (10 pJ, 40 cycles) or (40 pJ, 10 cycles), whose own best product is 400 either
 * way, or (22 pJ, 20 cycles) with 440. Together (20, 80) and (80, 20) give 1600, one of each (50,
 * 50) 2500, but (44, 40) 1760 and (32, 60) 1920: the best is at an end. With (18, 20) of 360 it is
 * (36, 40): 1440. */
static void test_product_of_the_whole(void **state) {
    (void)state;
    tw_choice three[] = {{10, 40, 1, {0}, {0}}, {40, 10, 1, {0}, {0}}, {22, 20, 1, {0}, {0}}};
    const tw_choices of_three = {.alone_count = 3, .alone = three, .complete = true};
    const tw_planned_layer layers[] = {{&of_three, 1, 0, NULL, TW_NO_PRODUCER, false},
                                       {&of_three, 1, 1, after_first, TW_NO_PRODUCER, false}};
    const tw_schedule_problem two = {{.chips = 1, .words_per_cycle = 1}, 2, layers};
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_best_schedules best;
    for (int cheap = 0; cheap < 2; cheap++) {
        three[2].energy_pj = cheap ? 18 : 22;
        assert_int_equal(
            tw_schedule_best(ctx, &two, TW_SCHEDULE_EDP, &tw_schedule_default_limits, &best),
            TW_OK);
        assert_true(best.proven && best.value == (cheap ? 1440 : 1600));
        assert_true(best.lower_bound == best.value);
        tw_best_schedules_free(ctx, &best);
    }
    assert_int_equal(
        tw_schedule_best(ctx, &two, TW_SCHEDULE_FRONT, &tw_schedule_default_limits, &best), TW_OK);
    /* (20, 80), (28, 60), (36, 40), (58, 30), (80, 20); (50, 50) is beaten. */
    assert_int_equal(best.count, 5);
    assert_true(best.schedules[1].energy_pj == 28 && best.schedules[1].cycles == 60);
    assert_true(best.schedules[3].energy_pj == 58 && best.schedules[3].cycles == 30);
    tw_best_schedules_free(ctx, &best);
    tw_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_after_the_other), cmocka_unit_test(test_reuse_right_after),
        cmocka_unit_test(test_side_by_side), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_product_of_the_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
