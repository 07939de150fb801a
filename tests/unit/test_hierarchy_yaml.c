/* Accelerator files: what each key gives, and what is said about every way to get it wrong. */
#include "support/input_text.h"

#include "input/constraints.h"

static const char base[] =
    "kind: hierarchy\n"
    "name: toy\n"
    "clock: 1GHz\n"
    "word_bits: {input: 8, weight: 8, output: 32}\n"
    "mac: {energy: 0.5pJ, leakage: 0.1mW}\n"
    "levels:\n"
    "  - name: DRAM\n"
    "    energy: 100pJ\n"
    "    bandwidth: {input: 8 GB/s}\n"
    "  - name: BUFFER\n"
    "    capacity: 1KiB\n"
    "    buffers: 2\n"
    "    energy: {read: 2pJ, write: {input: 3pJ, weight: 4pJ, output: 5pJ}}\n"
    "    bandwidth: {total: 10, read: 4, output: 64 bits/cycle}\n"
    "    leakage: 3.2mW\n"
    "    fanout: {x: 12, y: 14, dims_x: [K, C], multicast: tiles}\n"
    "  - name: SPAD\n"
    "    capacity: {weight: 224 words, output: 96B}\n"
    "    energy: {weight: 1pJ, output: {read: 1pJ, write: 2pJ}}\n"
    "    constraints: {temporal: {K: 1}, temporal_max: {P: 4},\n"
    "                  order: [C, R], stationary: weight}\n";

static tw_status load(tw_ctx *ctx, const char *text, tw_accelerator *out) {
    const tw_input input = text_input(ctx, text);
    *out = (tw_accelerator){.ctx = ctx, .origin = "test.yaml"};
    tw_arena_init(&out->arena, ctx);
    return tw_native_accelerator_load(&input, out);
}

static void reads_every_key(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_accelerator accelerator;
    assert_int_equal(load(ctx, base, &accelerator), TW_OK);
    assert_no_message(ctx);
    const tw_hierarchy *arch = &accelerator.hierarchy;
    assert_string_equal(arch->name, "toy");
    assert_int_equal(arch->level_count, 3);
    assert_true(arch->clock_mhz == 1000 && arch->mac_pj == 0.5 && arch->mac_leakage_mw == 0.1);
    assert_true(arch->overlap);

    const tw_level *dram = &arch->levels[0], *buffer = &arch->levels[1], *spad = &arch->levels[2];
    assert_false(dram->bounded);
    assert_int_equal(dram->keeps, TW_ALL_ROLES);
    assert_int_equal(dram->must_keep, TW_ALL_ROLES);
    assert_true(dram->role_bandwidth[TW_ROLE_INPUT] == 8); /* 8 GB/s, 8 bits, 1 GHz */
    assert_true(dram->bandwidth == 0);
    assert_true(dram->fanout.x == 1 && dram->fanout.y == 1);

    assert_true(buffer->bounded && buffer->shared);
    assert_true(buffer->capacity_units[0] == 4096); /* half of 8192 bits */
    assert_true(buffer->word_units[TW_ROLE_INPUT] == 8 && buffer->word_units[TW_ROLE_OUTPUT] == 32);
    assert_true(buffer->read_pj[TW_ROLE_OUTPUT] == 2 && buffer->write_pj[TW_ROLE_WEIGHT] == 4);
    assert_true(buffer->bandwidth == 10 && buffer->read_bandwidth == 4);
    assert_true(buffer->role_bandwidth[TW_ROLE_OUTPUT] == 2);
    assert_true(buffer->leakage_mw == 3.2);
    assert_true(buffer->fanout.x == 12 && buffer->fanout.y == 14);
    assert_int_equal(buffer->fanout.dims_x, 1u << TW_DIM_K | 1u << TW_DIM_C);
    assert_int_equal(buffer->fanout.dims_y, TW_ALL_DIMS);
    assert_int_equal(buffer->fanout.multicast, TW_MULTICAST_TILES);
    assert_true(buffer->fanout.reduce && buffer->fanout.hops == 1 && buffer->fanout.hop_pj == 0);
    assert_int_equal(buffer->may_keep, TW_ALL_ROLES);
    assert_int_equal(buffer->must_keep, 0);

    assert_false(spad->shared);
    assert_int_equal(spad->keeps, 1u << TW_ROLE_WEIGHT | 1u << TW_ROLE_OUTPUT);
    assert_int_equal(spad->may_keep, spad->keeps); /* no room for inputs */
    assert_true(spad->capacity_units[TW_ROLE_WEIGHT] == 224 &&
                spad->word_units[TW_ROLE_WEIGHT] == 1);
    assert_true(spad->capacity_units[TW_ROLE_OUTPUT] == 768 &&
                spad->word_units[TW_ROLE_OUTPUT] == 32);
    assert_true(spad->read_pj[TW_ROLE_WEIGHT] == 1 && spad->write_pj[TW_ROLE_OUTPUT] == 2);
    const tw_level_constraints *c = &spad->constraints;
    assert_int_equal(c->temporal_fixed[TW_DIM_K], 1);
    assert_int_equal(c->temporal_max[TW_DIM_P], 4);
    assert_int_equal(c->order_count, 2);
    assert_int_equal(c->order[0], TW_DIM_C);
    assert_int_equal(c->stationary, TW_ROLE_WEIGHT);
    assert_int_equal(dram->constraints.stationary, -1);
    tw_arena_free(&accelerator.arena);
    tw_ctx_free(ctx);
}

/* `to` in the place of `from` gives this message. */
typedef struct {
    const char *from, *to, *expected;
} change;

static void refuses_what_is_wrong(void **state) {
    static const change cases[] = {
        {"kind: hierarchy\n", "", "error: the file has no \"kind\""},
        {"kind: hierarchy", "kind: hierachy", "test.yaml:1:7: error: kind is \"hierachy\""},
        {"kind: hierarchy", "kind: network", "expected an accelerator"},
        {"name: toy\n", "", "error: the accelerator has no \"name\""},
        {"name: toy", "name: [toy]", "test.yaml:2:7: error: name is a list, expected text"},
        {"name: toy", "name: \"a\\nb\"", "name has control characters"},
        {"name: toy", "name: \"a\\0b\"", "name has a NUL character"},
        {"name: toy", "name:", "name is empty, expected text"},
        {"name: toy", "name: toy\n\"overlap\\0x\": false", "unknown key \"overlap\" in an accel"},
        {"clock: 1GHz", "clok: 1GHz",
         "test.yaml:3:1: error: unknown key \"clok\" in an accelerator "
         "of kind hierarchy, did you mean \"clock\"?"},
        {"clock: 1GHz", "clock: 1 gigahertz",
         "test.yaml:3:8: error: clock: unknown unit "
         "\"gigahertz\", expected one of Hz, kHz, MHz, GHz"},
        {"clock: 1GHz", "clock: 0", "clock is 0 MHz, expected at least 1e-09"},
        {"clock: 1GHz\n", "", "leakage needs the accelerator's clock"},
        {"clock: 1GHz\n", "", "a bandwidth per second needs the accelerator's clock"},
        {"output: 32}", "outptu: 32}",
         "unknown key \"outptu\" in word_bits, did you mean "
         "\"output\"?"},
        {"weight: 8, output: 32}", "weight: 8}", "word_bits does not say how wide the output is"},
        {"output: 32}", "output: 0}", "word_bits of output is 0, expected a whole number"},
        {"output: 32}", "output: 7.5}", "word_bits of output is 7.5, expected a whole number"},
        {"energy: 0.5pJ", "energy: -1pJ", "is negative"},
        {"energy: 0.5pJ", "energy: .nan", "is no number"},
        {"energy: 0.5pJ, ", "", "mac has no \"energy\""},
        {"levels:\n", "levels: []\nx:\n", "0 storage levels, expected 1 to 12"},
        {"levels:\n", "levels: 3\nx:\n", "levels is text, expected a list"},
        {"  - name: BUFFER", "  - name: DRAM", "two levels are called \"DRAM\""},
        {"    capacity: 1KiB\n", "", "an inner level has no \"capacity\""},
        {"capacity: 1KiB", "capacity: 1024", "\"1024\" has no unit, expected one of words"},
        {"capacity: 1KiB", "capacity: {inputs: 1KiB}", "unknown key \"inputs\" in capacity"},
        {"capacity: 1KiB", "capacity: {}", "capacity names no tensor"},
        {"capacity: 1KiB", "capacity: 1B", "capacity has no room for a single word"},
        {"buffers: 2", "buffers: 0", "buffers is \"0\", expected a whole number from 1"},
        {"buffers: 2", "keeps: [input, inputs]", "did you mean \"input\"?"},
        {"buffers: 2", "keeps: [input, input]", "keeps names input twice"},
        {"buffers: 2", "must_keep: [input]\n    may_keep: [weight]",
         "level BUFFER must keep a tensor that it may not keep"},
        {"buffers: 2", "keeps: [input]\n    may_keep: [weight]",
         "level BUFFER: keeps must lie between must_keep and may_keep"},
        {"capacity: {weight: 224 words, output: 96B}",
         "capacity: {weight: 224 words, output: 96B}\n    keeps: all", ""},
        {"capacity: {weight: 224 words, output: 96B}",
         "capacity: {weight: 224 words, output: 96B}\n    keeps: [input]",
         "keeps names input, for which level SPAD has no capacity"},
        {"    energy: 100pJ\n", "", "a level has no \"energy\""},
        {"    energy: 100pJ\n", "    energy: 100pJ\n    keeps: [input]\n",
         "level DRAM: keeps must lie between"},
        {"read: 2pJ, ", "", "energy does not say what a read of input costs"},
        {"{weight: 1pJ, output: {read: 1pJ, write: 2pJ}}", "{weight: 1pJ, output: {read: 1pJ}}",
         "energy does not say what a write of output costs"},
        {"total: 10", "total: 10 GB/s", "the tensors' words have different widths"},
        {"total: 10", "total: 0", "bandwidth is 0; leave it out"},
        {"total: 10", "total: 1e-320", "bandwidth is 9.99989e-321 words/cycle, expected 1e-09 to"},
        {"total: 10", "total: 1e19", "bandwidth is 1e+19 words/cycle, expected 1e-09 to 1e+18"},
        {"multicast: tiles", "hops: 1e300", "hops is 1e+300, expected at most 1e+09"},
        {"clock: 1GHz", "clock: 1e300 GHz", "\"1e300 GHz\" is too large"},
        {"energy: 0.5pJ", "energy: 1e300pJ", "\"1e300pJ\" is too large"},
        {"leakage: 3.2mW", "leakage: 1e300mW", "\"1e300mW\" is too large"},
        {"capacity: 1KiB", "capacity: 1e300KiB", "\"1e300KiB\" is too large"},
        {"dims_x: [K, C]", "dims_x: K", "dims_x is \"K\", expected a list, all or none"},
        {"x: 12", "x: 0", "x is \"0\", expected a whole number from 1 to 2147483648"},
        {"x: 12", "x: -1", "x is \"-1\", expected a whole number"},
        {"x: 12", "x: 2.5", "x is \"2.5\", expected a whole number"},
        {"x: 12", "x: 9223372036854775808", "expected a whole number from 1 to 2147483648"},
        {"x: 12, y: 14", "x: 2147483648, y: 2147483648",
         "the fanouts multiply to more than 2^40 compute units"},
        {"x: 12", "x: twelve", "x is \"twelve\", expected a whole number"},
        {"dims_x: [K, C]", "dims_x: [K, Z]", "dims_x is \"Z\", expected G, B, K, C, P, Q, R or S"},
        {"multicast: tiles", "multicast: tile",
         "multicast is \"tile\", expected words, tiles, none, "
         "true or false; did you mean \"tiles\"?"},
        {"multicast: tiles", "multicast: tiles, reduce: yes",
         "reduce is \"yes\", expected true or "
         "false"},
        {"temporal: {K: 1}", "temporal: {K: 0}", "temporal of K is \"0\""},
        {"temporal: {K: 1}", "temporal: {P: 8}", "temporal fixes P to 8, more than its maximum 4"},
        {"temporal: {K: 1}", "temporal: {L: 1}", "unknown key \"L\" in temporal"},
        {"temporal: {K: 1}", "spatial_x: {K: 2}",
         "the factors of spatial_x multiply to 2, the "
         "fanout has 1"},
        {"order: [C, R]", "order: [C, C]", "order names C twice"},
        {"stationary: weight", "stationary: weights", "did you mean \"weight\"?"},
        {"stationary: weight", "keep: [input]", "keep names input, for which level SPAD"},
        {"stationary: weight", "keep: [weight], bypass: [weight]",
         "a tensor is both kept and bypassed"},
        {"  - name: SPAD\n", "  - name: SPAD\n    name: SPAD\n", "duplicate key \"name\""},
        {"  - name: SPAD\n", "  - 7\n  - name: SPAD\n", "a level is text, expected a mapping"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_accelerator accelerator;
        char *text = replaced(base, cases[i].from, cases[i].to);
        assert_int_equal(load(ctx, text, &accelerator), cases[i].expected[0] ? TW_INVALID : TW_OK);
        assert_message(ctx, cases[i].expected);
        tw_arena_free(&accelerator.arena);
        tw_ctx_free(ctx);
        free(text);
    }
}

static void reports_all_errors_at_once(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_accelerator accelerator;
    char *one = replaced(base, "clock: 1GHz", "clock: fast");
    char *two = replaced(one, "buffers: 2", "bufers: 2");
    char *three = replaced(two, "stationary: weight", "stationary: 3");
    assert_int_equal(load(ctx, three, &accelerator), TW_INVALID);
    char *messages = take_messages(ctx);
    assert_non_null(strstr(messages, "test.yaml:3:8: error: clock"));
    assert_non_null(strstr(messages, "did you mean \"buffers\"?"));
    assert_non_null(strstr(messages, "test.yaml:21:46: error: stationary is \"3\""));
    free(messages);
    tw_arena_free(&accelerator.arena);
    tw_ctx_free(ctx);
    free(one);
    free(two);
    free(three);
}

static void takes_no_other_content(void **state) {
    static const change cases[] = {
        {"", "", "error: the file is empty"},
        {"", "# nothing\n", "error: the file is empty"},
        {"", "- a\n- b\n", "test.yaml:1:1: error: the file is a list, expected a mapping"},
        {"", "just words\n", "the file is text, expected a mapping"},
        {"",
         "\x7f"
         "ELF\x02\x01\x01",
         "this is binary, in no format that is known here"},
        {"", "kind: [hierarchy", "while parsing a flow sequence that began on line 1"},
        {"", "kind: mapping\n", "kind is \"mapping\", expected an accelerator"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_accelerator accelerator;
        assert_int_equal(load(ctx, cases[i].to, &accelerator), TW_INVALID);
        assert_message(ctx, cases[i].expected);
        tw_arena_free(&accelerator.arena);
        tw_ctx_free(ctx);
    }
}

/* Cut after every byte: an error or, at some ends of lines, a smaller accelerator; never a crash.
 */
static void survives_truncation(void **state) {
    (void)state;
    for (size_t length = 0; length < sizeof base - 1; length++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_accelerator accelerator;
        char *text = malloc(length + 1);
        assert_non_null(text);
        memcpy(text, base, length);
        text[length] = '\0';
        const tw_status status = load(ctx, text, &accelerator);
        assert_true(status == TW_OK || (status == TW_INVALID && tw_error_count(ctx) > 0));
        tw_arena_free(&accelerator.arena);
        tw_ctx_free(ctx);
        free(text);
    }
}

/* ---- constraints files */

static tw_status merge(tw_ctx *ctx, const char *text, tw_hierarchy *arch) {
    char path[] = "/tmp/tilewright-constraints-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    const tw_status status = tw_constraints_merge(ctx, path, arch);
    remove(path);
    return status;
}

static void merges_a_constraints_file(void **state) {
    (void)state;
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_accelerator accelerator;
    assert_int_equal(load(ctx, base, &accelerator), TW_OK);
    tw_hierarchy arch = accelerator.hierarchy;
    assert_int_equal(merge(ctx,
                           "kind: constraints\n"
                           "levels:\n"
                           "  BUFFER:\n"
                           "    spatial_x: {K: 3, C: 4}\n"
                           "    dims_y: [P]\n"
                           "    bypass: [weight]\n"
                           "    keep: [input]\n"
                           "  SPAD: {temporal: {C: 7}, stationary: none}\n",
                           &arch),
                     TW_OK);
    assert_no_message(ctx);
    assert_int_equal(arch.levels[1].constraints.spatial_x_fixed[TW_DIM_K], 3);
    assert_int_equal(arch.levels[1].fanout.dims_y, 1u << TW_DIM_P);
    assert_int_equal(arch.levels[1].keeps, 1u << TW_ROLE_INPUT | 1u << TW_ROLE_OUTPUT);
    assert_int_equal(arch.levels[1].may_keep, arch.levels[1].keeps);
    assert_int_equal(arch.levels[1].must_keep, 1u << TW_ROLE_INPUT);
    assert_int_equal(arch.levels[2].constraints.temporal_fixed[TW_DIM_C], 7);
    assert_int_equal(arch.levels[2].constraints.temporal_fixed[TW_DIM_K], 1); /* stays */
    assert_int_equal(arch.levels[2].constraints.stationary, TW_STATIONARY_NONE);
    assert_int_equal(accelerator.hierarchy.levels[1].constraints.spatial_x_fixed[TW_DIM_K], 0);
    tw_arena_free(&accelerator.arena);
    tw_ctx_free(ctx);
}

static void refuses_wrong_constraints(void **state) {
    static const change cases[] = {
        {"", "kind: constraints\n", "the constraints file has no \"levels\""},
        {"", "kind: hierarchy\nlevels: {}\n",
         "this file is of kind \"hierarchy\", expected "
         "constraints"},
        {"", "kind: constraints\nlevels: {BUFER: {}}\n",
         "accelerator toy has no level \"BUFER\", did you mean \"BUFFER\"?"},
        {"", "kind: constraints\nlevels: {BUFFER: {spatial_x: {K: 13}}}\n",
         "the factors of spatial_x multiply to 13, the fanout has 12"},
        {"", "kind: constraints\nlevels: {BUFFER: {spatial_x: {P: 3}}}\n",
         "spatial_x unrolls P, which dims_x does not allow"},
        {"", "kind: constraints\nlevels: {BUFFER: {dims_x: [P]}}\n",
         "dims_x names P, which the fanout does not allow"},
        {"", "kind: constraints\nlevels: {DRAM: {bypass: [weight]}}\n",
         "the outermost level DRAM must keep every tensor"},
        {"", "kind: constraints\nlevels: {SPAD: {keep: [input]}}\n",
         "keep names input, for which level SPAD has no capacity"},
        {"", "kind: constraints\nlevels: [BUFFER]\n", "levels is a list, expected a mapping"},
        {"", "kind: constraints\nlevels: {BUFFER: 3}\n", "is text, expected a mapping"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tw_ctx *ctx = tw_ctx_new(NULL);
        tw_accelerator accelerator;
        assert_int_equal(load(ctx, base, &accelerator), TW_OK);
        tw_hierarchy arch = accelerator.hierarchy;
        assert_int_equal(merge(ctx, cases[i].to, &arch), TW_INVALID);
        assert_message(ctx, cases[i].expected);
        tw_arena_free(&accelerator.arena);
        tw_ctx_free(ctx);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(refuses_what_is_wrong),
        cmocka_unit_test(reports_all_errors_at_once),
        cmocka_unit_test(takes_no_other_content),
        cmocka_unit_test(survives_truncation),
        cmocka_unit_test(merges_a_constraints_file),
        cmocka_unit_test(refuses_wrong_constraints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
