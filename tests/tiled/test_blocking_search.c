/* The pruned search of blockings equals the full enumeration in the original's order, on random
 * small nests with random hardware, options and constraints. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tiled/blocking.h"

enum { CASES = 1500, MOST_TOP = 5 };

static uint64_t seed = 20170408;

static unsigned draw(unsigned below) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

typedef struct {
    tw_tiled_resource resource;
    tw_tiled_cost cost;
    tw_tiled_options options;
    tw_buffer_sharing sharing;
    tw_nested_loop nest;
    tw_blocking_context context;
} random_case;

static void draw_nest(tw_nested_loop *nest) {
    static const int counts[] = {1, 2, 3, 4, 6, 8, 12};
    nest->conv = draw(5) > 0;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        nest->loopcnt[lp] = counts[draw(7)];
    if (!nest->conv)
        nest->loopcnt[TW_LOOP_IFM] = 1;
    const int fold = draw(3) ? 1 : 2;
    for (int d = 0; d < TW_DATAS; d++) {
        const bool none = d == TW_DATA_FIL && !nest->conv;
        nest->usize_gbuf[d] = none ? 0 : 1 + draw(60);
        nest->usize_regf[d] = none ? 0 : d == TW_DATA_OFM ? 1 : 1 + draw(5);
        const double words = none ? 0 : 1 + draw(60) + 0.25 * draw(4);
        nest->unit_access[TW_MEM_DRAM][d] = words;
        nest->unit_access[TW_MEM_GBUF][d] = words * (d == TW_DATA_FIL ? 1 : fold);
        nest->unit_access[TW_MEM_ITCN][d] = words * (1 + draw(4));
        nest->unit_access[TW_MEM_REGF][d] = words * 5;
    }
    nest->unit_ops = 100;
    nest->unit_time = 1 + draw(50);
}

static void draw_case(random_case *r) {
    static const double memory[] = {INFINITY, 4, 0.3};
    draw_nest(&r->nest);
    r->resource = tw_tiled_resource_make((tw_dim2){2, 2}, (tw_dim2){8, 8}, 20 + draw(3000),
                                         4 + draw(120), draw(3) * 2, memory[draw(3)], TW_MEMORY_2D);
    r->resource.no_time_mux = draw(4) == 0;
    const double free_network = draw(6) ? 2 : 0;
    r->cost = (tw_tiled_cost){1, {200, draw(5) ? 6 : 0, free_network, 1}, 10, 0};
    r->options = tw_tiled_options_default();
    for (int d = 0; d < TW_DATAS; d++)
        r->options.gbuf_bypass[d] = draw(3) > 0;
    r->options.goal = (tw_tiled_goal)draw(3);
    r->options.top = 1 + draw(MOST_TOP);
    r->options.access_forwarding = draw(4) == 0;
    for (int d = 0; d < TW_DATAS; d++)
        r->sharing.dims[d] = (tw_dim2){1 + (int)draw(2), 1};
    r->context = (tw_blocking_context){
        .resource = &r->resource,
        .cost = &r->cost,
        .options = &r->options,
        .src = draw(4) ? TW_END_DRAM : (tw_data_end)draw(3),
        .dst = draw(4) ? TW_END_DRAM : (tw_data_end)draw(3),
        .nodes = 4,
        .sharing = &r->sharing,
    };
    if (draw(4) == 0)
        r->context.top = (tw_top_constraint){(int64_t)draw(3), (int64_t)draw(3), 0};
}

static double key(const random_case *r, const tw_blocking *b, int which) {
    const double time = (double)b->time;
    switch (r->options.goal) {
    case TW_GOAL_D:
        return which ? b->access_cost : time;
    case TW_GOAL_ED:
        return which ? 0 : b->access_cost * time;
    case TW_GOAL_E:
        break;
    }
    return which ? time : b->access_cost;
}

static bool less(const random_case *r, const tw_blocking *a, const tw_blocking *b) {
    const double first_a = key(r, a, 0), first_b = key(r, b, 0);
    return first_a < first_b || (first_a == first_b && key(r, a, 1) < key(r, b, 1));
}

/* Keeps the best in order; later equals stay behind. */
static void insert(const random_case *r, tw_blocking *best, unsigned *count, const tw_blocking *b) {
    unsigned at = *count;
    if (at == r->options.top) {
        if (!less(r, b, &best[at - 1]))
            return;
        at--;
    } else {
        ++*count;
    }
    for (; at > 0 && less(r, b, &best[at - 1]); at--)
        best[at] = best[at - 1];
    best[at] = *b;
}

static unsigned enumerate(const random_case *r, tw_blocking *best) {
    unsigned count = 0;
    const int64_t *n = r->nest.loopcnt;
    tw_loop_split s;
    for (s.t[0][0] = 1; s.t[0][0] <= n[0]; s.t[0][0]++)
        for (s.t[1][0] = 1; s.t[1][0] <= n[0]; s.t[1][0]++)
            for (s.t[0][1] = 1; s.t[0][1] <= n[1]; s.t[0][1]++)
                for (s.t[1][1] = 1; s.t[1][1] <= n[1]; s.t[1][1]++)
                    for (s.t[0][2] = 1; s.t[0][2] <= n[2]; s.t[0][2]++)
                        for (s.t[1][2] = 1; s.t[1][2] <= n[2]; s.t[1][2]++) {
                            bool whole = true;
                            for (int lp = 0; lp < TW_LOOPS; lp++) {
                                whole &= n[lp] % (s.t[0][lp] * s.t[1][lp]) == 0;
                                s.t[2][lp] = n[lp] / (s.t[0][lp] * s.t[1][lp]);
                            }
                            for (int p = 0; whole && p < 36; p++) {
                                tw_blocking b;
                                memcpy(s.order[0], orders[p / 6], sizeof s.order[0]);
                                memcpy(s.order[1], orders[p % 6], sizeof s.order[1]);
                                if ((r->nest.conv && tw_blocking_is_redundant(&s)) ||
                                    !tw_blocking_meets(&r->context.top, &s))
                                    continue;
                                tw_blocking_price(&r->context, &r->nest, &s, &b);
                                if (b.valid)
                                    insert(r, best, &count, &b);
                            }
                        }
    return count;
}

static void search_equals_enumeration(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    unsigned found = 0;
    for (unsigned i = 0; i < CASES; i++) {
        random_case r;
        tw_blocking best[MOST_TOP], is[MOST_TOP];
        unsigned count = 0;
        memset(&r, 0, sizeof r);
        draw_case(&r);
        const unsigned expected = enumerate(&r, best);
        assert_int_equal(tw_blocking_search(ctx, &r.context, &r.nest, is, &count), TW_OK);
        assert_int_equal(count, expected);
        const tw_blocking_bound bound = tw_blocking_lower_bound(&r.context, &r.nest);
        for (unsigned k = 0; k < count; k++) {
            assert_memory_equal(is[k].t, best[k].t, sizeof best[k].t);
            assert_memory_equal(is[k].order, best[k].order, sizeof best[k].order);
            assert_true(bound.access_cost <= is[k].access_cost * (1 + 1e-12));
            assert_true(bound.time <= is[k].time);
        }
        found += count;
    }
    assert_true(found > CASES / 2);
    tw_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(search_equals_enumeration)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
