/* The examples of docs/model.md and their like, every number worked by hand. */
#include "support/small_machine.h"

#include "cost/cost.h"

enum { DRAM, BUF };

typedef struct {
    tw_ctx *ctx;
    tw_hierarchy arch;
    tw_problem problem;
    tw_mapping mapping;
    tw_cost cost;
} fixture;

static void price(fixture *f) {
    assert_true(tw_mapping_is_valid(&f->arch, &f->problem, &f->mapping));
    assert_true(tw_evaluate(&f->arch, &f->problem, &f->mapping, &f->cost));
    tw_ctx_free(f->ctx);
}

static fixture nest(const char *operation, const char *sizes, uint64_t stride, const char *outer,
                    const char *inner) {
    fixture f = {.ctx = tw_ctx_new(NULL), .arch = two_levels()};
    f.problem = sized_problem(f.ctx, operation, sizes, stride);
    f.mapping = two_level_mapping(&f.arch, outer, inner);
    return f;
}

static const tw_tensor_cost *of(const fixture *f, unsigned level, tw_role role) {
    for (unsigned t = 0; t < f->problem.tensor_count; t++)
        if (f->problem.tensors[t].role == role)
            return &f->cost.levels[level].tensors[t];
    fail();
    return NULL;
}

static void irrelevant_loops_inside_the_first_relevant_one_are_free(void **state) {
    (void)state;
    /* Weights K2 x C3 = 6 words in BUF. B inside K does not touch them: 8 fills of 6. */
    fixture f = nest("gemm", "B4 K16 C3", 1, "K8 B4", "K2 C3");
    price(&f);
    assert_int_equal(of(&f, BUF, TW_ROLE_WEIGHT)->tile_words, 6);
    assert_int_equal(of(&f, BUF, TW_ROLE_WEIGHT)->fill, 48);
    assert_int_equal(of(&f, DRAM, TW_ROLE_WEIGHT)->read, 48);
    /* Inputs, 3 words a row: 4 rows, and again for each of the 8 steps of K. */
    assert_int_equal(of(&f, BUF, TW_ROLE_INPUT)->fill, 96);

    /* The other way round: weights 4 times all of their 48 words, inputs once 12. */
    f = nest("gemm", "B4 K16 C3", 1, "B4 K8", "K2 C3");
    price(&f);
    assert_int_equal(of(&f, BUF, TW_ROLE_WEIGHT)->fill, 192);
    assert_int_equal(of(&f, BUF, TW_ROLE_INPUT)->fill, 12);
    assert_int_equal(of(&f, BUF, TW_ROLE_OUTPUT)->evict, 64);
    assert_int_equal(of(&f, BUF, TW_ROLE_OUTPUT)->refill, 0);
    assert_int_equal(f.cost.compute_steps, 192);
}

static void partial_sums_come_back(void **state) {
    (void)state;
    /* BUF holds 2 of 4 sums; C outside K sends both halves out 6 times, 5 times they return. */
    fixture f = nest("gemm", "K4 C6", 1, "C6 K2", "K2");
    price(&f);
    const tw_tensor_cost *buf = of(&f, BUF, TW_ROLE_OUTPUT), *dram = of(&f, DRAM, TW_ROLE_OUTPUT);
    assert_int_equal(buf->evict, 24);
    assert_int_equal(buf->refill, 20);
    assert_int_equal(dram->update, 24);
    assert_int_equal(dram->psum_read, 20);
    /* Each of 24 MACs updates BUF; 4 addresses are new to it. */
    assert_int_equal(buf->update, 24);
    assert_int_equal(buf->psum_read, 20);
    assert_int_equal(buf->reads, 44);
    assert_int_equal(buf->writes, 44);
}

static uint64_t input_fill(const char *sizes, uint64_t stride, const char *outer, bool sliding) {
    fixture f = nest("conv", sizes, stride, outer, "R3");
    f.arch.levels[BUF].sliding_window = sliding;
    price(&f);
    return of(&f, BUF, TW_ROLE_INPUT)->fill;
}

static void a_sliding_window_keeps_its_halo(void **state) {
    (void)state;
    assert_int_equal(input_fill("P4 R3", 1, "P4", true), 3 + 3 * 1);
    assert_int_equal(input_fill("P4 R3", 1, "P4", false), 4 * 3);
    assert_int_equal(input_fill("P4 R3", 2, "P4", true), 3 + 3 * 2);
    assert_int_equal(input_fill("P4 R3", 4, "P4", true), 4 * 3);
    /* Another channel shares nothing. */
    assert_int_equal(input_fill("C2 P4 R3", 1, "C2 P4", true), 2 * 6);
    /* Again for each K: from the last row back to the first, 3 rows of 3 away, nothing stays; */
    assert_int_equal(input_fill("K2 P4 R3", 1, "K2 P4", true), 2 * 6);
    /* with three steps it is 2 rows of 3, and one stays. */
    assert_int_equal(input_fill("K2 P3 R3", 1, "K2 P3", true), 5 + 4);
}

static void a_stride_beyond_the_kernel_leaves_gaps(void **state) {
    (void)state;
    /* Rows 0 2 and 4 6 of the input, each with the hole between them. */
    fixture f = nest("conv", "P4", 2, "P2", "P2");
    price(&f);
    assert_int_equal(of(&f, BUF, TW_ROLE_INPUT)->tile_words, 3);
    assert_int_equal(of(&f, BUF, TW_ROLE_INPUT)->fill, 6);
    assert_int_equal(of(&f, DRAM, TW_ROLE_INPUT)->tile_words, 7);
    /* K inside P leaves the tile where it is, K outside brings both again. */
    f = nest("conv", "K3 P4", 2, "P2 K3", "P2");
    price(&f);
    assert_int_equal(of(&f, BUF, TW_ROLE_INPUT)->fill, 6);
    f = nest("conv", "K3 P4", 2, "K3 P2", "P2");
    price(&f);
    assert_int_equal(of(&f, BUF, TW_ROLE_INPUT)->fill, 18);
}

/* K4 C3 on DRAM, MID and BUF, with K2 across DRAM's fanout and C3 across MID's. */
static fixture bypassed_middle(bool reduce) {
    fixture f = {.ctx = tw_ctx_new(NULL), .arch = two_levels()};
    f.arch.level_count = 3;
    f.arch.levels[2] = f.arch.levels[1];
    f.arch.levels[1].may_keep = f.arch.levels[1].keeps = 0;
    f.arch.levels[0].fanout.x = 2;
    f.arch.levels[1].fanout.x = 3;
    f.arch.levels[1].fanout.reduce = reduce;
    f.problem = sized_problem(f.ctx, "gemm", "K4 C3 B5", 1);
    tw_mapping_init(&f.arch, &f.mapping);
    f.mapping.levels[0].spatial_x[TW_DIM_K] = 2;
    f.mapping.levels[1].spatial_x[TW_DIM_C] = 3;
    set_loops(&f.mapping.levels[0], "B5");
    set_loops(&f.mapping.levels[2], "K2");
    return f;
}

static void words_pass_a_level_that_does_not_keep_them(void **state) {
    (void)state;
    for (int reduce = 0; reduce < 2; reduce++) {
        fixture f = bypassed_middle(reduce);
        price(&f);
        const tw_tensor_cost *dram = f.cost.levels[0].tensors, *mid = f.cost.levels[1].tensors,
                             *buf = f.cost.levels[2].tensors;
        assert_int_equal(f.cost.levels[0].instances, 1);
        assert_int_equal(f.cost.levels[1].instances, 2);
        assert_int_equal(f.cost.levels[2].instances, 6);
        assert_int_equal(f.cost.levels[2].active, 6);
        /* Inputs: each of 6 buffers gets its C, 5 times; DRAM reads 3, both MIDs pass on 3. */
        assert_int_equal(buf[0].fill, 6 * 5);
        assert_int_equal(dram[0].read, 3 * 5);
        assert_int_equal(dram[0].network_words, 2 * 3 * 5);
        assert_int_equal(mid[0].network_words, 6 * 5);
        /* Outputs: each buffer sends 2, once for each B; a MID adds those of its three up. */
        assert_int_equal(buf[2].evict, 6 * 2 * 5);
        assert_int_equal(buf[2].refill, 0);
        assert_int_equal(mid[2].network_words, 6 * 2 * 5);
        assert_int_equal(dram[2].network_words, (reduce ? 2 : 6) * 2 * 5);
        assert_int_equal(dram[2].update, (reduce ? 2 : 6) * 2 * 5);
        assert_int_equal(dram[2].psum_read, (reduce ? 0 : 4) * 2 * 5);
        assert_int_equal(mid[2].reads + mid[2].writes + mid[2].tile_words, 0);
    }
}

static uint64_t parent_reads(const char *sizes, tw_dim unrolled, tw_multicast multicast) {
    fixture f = nest("conv", sizes, 1, "", "R3");
    f.arch.levels[DRAM].fanout.x = 3;
    f.arch.levels[DRAM].fanout.multicast = multicast;
    f.mapping.levels[DRAM].spatial_x[unrolled] = 3;
    price(&f);
    assert_int_equal(of(&f, BUF, TW_ROLE_INPUT)->fill, 9);
    return of(&f, DRAM, TW_ROLE_INPUT)->read;
}

static void multicast_shares_words_or_tiles_or_nothing(void **state) {
    (void)state;
    /* Rows 0-2, 1-3, 2-4: five distinct rows, three different tiles. */
    assert_int_equal(parent_reads("P3 R3", TW_DIM_P, TW_MULTICAST_WORDS), 5);
    assert_int_equal(parent_reads("P3 R3", TW_DIM_P, TW_MULTICAST_TILES), 9);
    assert_int_equal(parent_reads("P3 R3", TW_DIM_P, TW_MULTICAST_NONE), 9);
    /* The same three rows for every child. */
    assert_int_equal(parent_reads("K3 R3", TW_DIM_K, TW_MULTICAST_WORDS), 3);
    assert_int_equal(parent_reads("K3 R3", TW_DIM_K, TW_MULTICAST_TILES), 3);
    assert_int_equal(parent_reads("K3 R3", TW_DIM_K, TW_MULTICAST_NONE), 9);
}

static void an_adder_tree_merges_partial_sums(void **state) {
    (void)state;
    for (int reduce = 0; reduce < 2; reduce++) {
        fixture f = nest("gemm", "K2 C4", 1, "", "K2");
        f.arch.levels[DRAM].fanout.x = 4;
        f.arch.levels[DRAM].fanout.reduce = reduce;
        f.mapping.levels[DRAM].spatial_x[TW_DIM_C] = 4;
        price(&f);
        assert_int_equal(of(&f, BUF, TW_ROLE_OUTPUT)->evict, 8);
        assert_int_equal(of(&f, DRAM, TW_ROLE_OUTPUT)->update, reduce ? 2 : 8);
        assert_int_equal(of(&f, DRAM, TW_ROLE_OUTPUT)->psum_read, reduce ? 0 : 6);
    }
}

/* K2 C6 on one unit, C6 outside: 12 MACs. DRAM: input 6 read, weight 12 read, output 2 written.
 * BUF (1 input, 2 weights, 2 outputs): fills 6 and 12, reads 12 and 12; output 12 updates, 10
 * partial sums, 2 evicted. */
static void energy_and_time_from_counts(void **state) {
    (void)state;
    fixture f = nest("gemm", "K2 C6", 1, "C6", "K2");
    f.arch.mac_pj = 0.5;
    f.arch.clock_mhz = 500; /* 2 ns a cycle */
    f.arch.mac_leakage_mw = 0.25;
    f.arch.levels[DRAM].bandwidth = 1;
    f.arch.levels[DRAM].fanout.hop_pj = 0.125;
    f.arch.levels[DRAM].fanout.hops = 2;
    f.arch.levels[BUF].leakage_mw = 1;
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        f.arch.levels[DRAM].read_pj[r] = 100;
        f.arch.levels[DRAM].write_pj[r] = 200;
        f.arch.levels[BUF].read_pj[r] = 1;
        f.arch.levels[BUF].write_pj[r] = 2;
    }
    price(&f);
    assert_int_equal(f.cost.macs, 12);
    assert_true(f.cost.levels[DRAM].energy_pj == 18 * 100 + 2 * 200);
    assert_true(f.cost.levels[BUF].energy_pj == (12 + 12 + 12) * 1 + (18 + 12) * 2);
    assert_true(f.cost.levels[DRAM].network_pj == 20 * 2 * 0.125);
    assert_true(f.cost.latency_cycles == 20); /* 20 words of DRAM at one a cycle, above 12 steps */
    assert_true(f.cost.static_pj == (1 + 0.25) * 40);
    assert_true(f.cost.energy_pj == 2200 + 96 + 5 + 6 + 50);
    assert_true(f.cost.edp == 2357.0 * 20);
    assert_true(f.cost.utilization == 1);

    f.arch.overlap = false;
    assert_true(tw_evaluate(&f.arch, &f.problem, &f.mapping, &f.cost));
    assert_true(f.cost.latency_cycles == 12 + 20);
}

/* Cycles of BUF when only the port at `bandwidth` is given, a quarter of a word a cycle. */
static double port_cycles(size_t bandwidth) {
    fixture f = nest("gemm", "K2 C6", 1, "C6", "K2");
    *(double *)((char *)&f.arch.levels[BUF] + bandwidth) = 0.25;
    price(&f);
    assert_true(f.cost.latency_cycles == f.cost.levels[BUF].cycles);
    return f.cost.levels[BUF].cycles;
}

static void every_port_takes_its_own_words(void **state) {
    (void)state;
    /* The counts above: 36 reads, 30 writes; 18 words of input, 24 of weight and of output. */
    assert_true(port_cycles(offsetof(tw_level, bandwidth)) == 4 * 66);
    assert_true(port_cycles(offsetof(tw_level, read_bandwidth)) == 4 * 36);
    assert_true(port_cycles(offsetof(tw_level, write_bandwidth)) == 4 * 30);
    assert_true(port_cycles(offsetof(tw_level, role_bandwidth[TW_ROLE_INPUT])) == 4 * 18);
    assert_true(port_cycles(offsetof(tw_level, role_bandwidth[TW_ROLE_WEIGHT])) == 4 * 24);
    assert_true(port_cycles(offsetof(tw_level, role_bandwidth[TW_ROLE_OUTPUT])) == 4 * 24);
}

/* K2 on two of four units, 6 steps: each BUF reads 6 inputs, 6 weights, 5 partial sums and its
 * result. */
static void idle_instances_leak_and_lower_the_utilisation(void **state) {
    (void)state;
    fixture f = nest("gemm", "K2 C6", 1, "C6", "");
    f.arch.clock_mhz = 500; /* 2 ns a cycle */
    f.arch.mac_leakage_mw = 0.25;
    f.arch.levels[BUF].leakage_mw = 1;
    f.arch.levels[BUF].read_bandwidth = 0.5;
    f.arch.levels[DRAM].fanout.x = 4;
    f.mapping.levels[DRAM].spatial_x[TW_DIM_K] = 2;
    price(&f);
    assert_int_equal(f.cost.levels[BUF].instances, 4);
    assert_int_equal(f.cost.levels[BUF].active, 2);
    assert_int_equal(f.cost.compute_steps, 6);
    assert_true(f.cost.utilization == 12.0 / (6 * 4));
    assert_true(f.cost.latency_cycles == 18 / 0.5);
    assert_true(f.cost.levels[BUF].static_pj == 4 * 1 * 72);
    assert_true(f.cost.mac_static_pj == 4 * 0.25 * 72);
}

static void occupancy_is_the_share_of_the_fullest_part(void **state) {
    (void)state;
    /* Tiles in BUF: 1 input and 2 weights of 8 bits, 2 outputs of 16. */
    fixture f = nest("gemm", "K2 C6", 1, "C6", "K2");
    tw_level *buf = &f.arch.levels[BUF];
    const double bits[] = {8, 8, 16}, parts[] = {16, 64, 40};
    buf->bounded = buf->shared = true;
    buf->capacity_units[0] = 64;
    memcpy(buf->word_units, bits, sizeof bits);
    assert_true(tw_evaluate(&f.arch, &f.problem, &f.mapping, &f.cost));
    assert_true(f.cost.levels[BUF].occupancy == 56.0 / 64);
    buf->shared = false;
    memcpy(buf->capacity_units, parts, sizeof parts);
    price(&f);
    assert_true(f.cost.levels[BUF].occupancy == 32.0 / 40);
}

static void a_count_beyond_64_bits_is_refused(void **state) {
    (void)state;
    /* 15 * 2^60 MACs; every one brings its sum back to BUF, so BUF reads twice as many words. */
    fixture f = nest("gemm", "B1073741824 K1073741824 C15", 1, "C15 B1073741824 K1073741824", "");
    assert_false(tw_evaluate(&f.arch, &f.problem, &f.mapping, &f.cost));
    tw_ctx_free(f.ctx);

    /* 2^51 MACs, but with a stride of 2^20 a tile has 2^29 rows, and is filled 2^41 times. */
    f = nest("conv", "K1099511627776 P1024 R2", 1048576, "K1099511627776 P2", "P512 R2");
    assert_false(tw_evaluate(&f.arch, &f.problem, &f.mapping, &f.cost));
    tw_ctx_free(f.ctx);
    f = nest("conv", "K1099511627776 C2 P1024 R2", 1048576, "K1099511627776 C2 P2", "P512 R2");
    assert_false(tw_evaluate(&f.arch, &f.problem, &f.mapping, &f.cost));
    tw_ctx_free(f.ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(irrelevant_loops_inside_the_first_relevant_one_are_free),
        cmocka_unit_test(partial_sums_come_back),
        cmocka_unit_test(a_sliding_window_keeps_its_halo),
        cmocka_unit_test(a_stride_beyond_the_kernel_leaves_gaps),
        cmocka_unit_test(words_pass_a_level_that_does_not_keep_them),
        cmocka_unit_test(multicast_shares_words_or_tiles_or_nothing),
        cmocka_unit_test(an_adder_tree_merges_partial_sums),
        cmocka_unit_test(energy_and_time_from_counts),
        cmocka_unit_test(every_port_takes_its_own_words),
        cmocka_unit_test(idle_instances_leak_and_lower_the_utilisation),
        cmocka_unit_test(occupancy_is_the_share_of_the_fullest_part),
        cmocka_unit_test(a_count_beyond_64_bits_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
