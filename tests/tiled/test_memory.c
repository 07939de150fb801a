/* Every allocation of a search fails once: an error, never a crash, and nothing stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tiled/nn_dataflow.h"

typedef struct {
    size_t calls, fail_at;
    long blocks;
} counting;

static void *resize(void *user, void *block, size_t size) {
    counting *c = user;
    if (size == 0) {
        c->blocks -= block != NULL;
        free(block);
        return NULL;
    }
    if (++c->calls == c->fail_at)
        return NULL;
    void *moved = realloc(block, size);
    c->blocks += moved && !block;
    return moved;
}

static tw_status run(counting *c, int argc, char **argv) {
    const tw_allocator allocator = {resize, c};
    tw_ctx *ctx = tw_ctx_new(&allocator);
    if (!ctx)
        return TW_ERROR;
    FILE *out = fopen("/dev/null", "w");
    const tw_status status = tw_nn_dataflow_main(ctx, argc, argv, out, out);
    fclose(out);
    tw_ctx_free(ctx);
    return status;
}

static void fail_each(char *line) {
    char *argv[32], *rest = NULL;
    int argc = 0;
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    counting whole = {0};
    assert_int_equal(run(&whole, argc, argv), TW_OK);
    assert_int_equal(whole.blocks, 0);
    assert_true(whole.calls > 50);
    for (size_t n = 1; n <= whole.calls; n++) {
        counting c = {.fail_at = n};
        const tw_status status = run(&c, argc, argv);
        assert_true(status == TW_ERROR || status == TW_OK); /* OK: a message was not kept */
        assert_int_equal(c.blocks, 0);
    }
}

static void each_allocation_may_fail(void **state) {
    (void)state;
    char exhaustive[] = "nn-dataflow mlp_s --batch 2 --nodes 1 2 --array 12 14 --regf 512 --gbuf "
                        "8192 --hybrid-partition --enable-gbuf-sharing -p 1 -t 2";
    char pipelined[] = "nn-dataflow lstm_phoneme --batch 2 --nodes 2 2 --array 12 14 --regf 512 "
                       "--gbuf 65536 --hybrid-partition --interlayer-partition -p 1";
    fail_each(exhaustive);
    fail_each(pipelined);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
