/* The graph that a schedule follows, from what layers say they read. */
#include "support/input_text.h"

#include "network/network_graph.h"

enum { MOST = 8 };

typedef struct {
    tw_ctx *ctx;
    tw_layer layers[MOST];
    tw_network network;
    tw_result *result;
    size_t origin[MOST];
    tw_network_graph graph;
} fixture;

static tw_source sources[MOST][3];

/* Layers a, b, ...; reads[i] names what layer i reads, "-" the outside, "" does not say. Those in
 * capital letters have no mapping. */
static tw_status make(fixture *f, size_t count, const char *const reads[], const char *names) {
    static const tw_hierarchy machine = {.name = "machine"};
    static char texts[MOST][2];
    memset(f, 0, sizeof *f);
    f->ctx = tw_ctx_new(NULL);
    f->network =
        (tw_network){.ctx = f->ctx, .name = "n", .layer_count = count, .layers = f->layers};
    f->result = tw_result_new(f->ctx, "machine", "n", &machine);
    assert_non_null(f->result);
    assert_int_equal(tw_result_make_layers(f->result, count), TW_OK);
    for (size_t i = 0; i < count; i++) {
        tw_layer *layer = &f->layers[i];
        texts[i][0] = names[i];
        *layer = (tw_layer){.name = texts[i], .repeat = 1, .sources = sources[i]};
        for (const char *c = reads[i]; *c; c++) {
            const char *at = strchr(names, *c);
            sources[i][layer->source_count++] = *c == '-' ? -1 : (tw_source)(at - names);
        }
        assert_int_equal(tw_result_set_layer(f->result, i, layer), TW_OK);
        f->result->layers[i].search.found =
            names[i] >= 'a' ? TW_FOUND_OPTIMAL : TW_FOUND_INFEASIBLE;
        f->origin[i] = i;
    }
    return tw_network_graph_make(f->ctx, &f->network, f->origin, f->result, &f->graph);
}

static void release(fixture *f) {
    tw_result_free(f->result);
    tw_ctx_free(f->ctx);
}

/* "b:a,c" of a planned layer: itself and what it needs directly; "<" its producer, "!" as the only
 * reader; "|" when another layer is independent of it. */
static void assert_layer(const fixture *f, size_t index, const char *expected) {
    const tw_planned_layer *layer = &f->graph.layers[index];
    char text[64] = "";
    size_t length = 0;
#define ADD(...) length += (size_t)snprintf(text + length, sizeof text - length, __VA_ARGS__)
    ADD("%s:", f->layers[f->graph.result_layer[index]].name);
    for (size_t b = 0; b < layer->before_count; b++)
        ADD("%s", f->layers[f->graph.result_layer[layer->before[b]]].name);
    if (layer->producer >= 0)
        ADD("<%s%s", f->layers[f->graph.result_layer[layer->producer]].name,
            layer->sole_reader ? "!" : "");
    if (f->graph.has_partner[index])
        ADD("|");
    assert_string_equal(text, expected);
}

static void test_branches(void **state) {
    (void)state;
    fixture f;
    const char *const reads[] = {"-", "a", "a", "bc", "da"};
    assert_int_equal(make(&f, 5, reads, "abcde"), TW_OK);
    assert_int_equal(f.graph.count, 5);
    assert_layer(&f, 0, "a:");
    assert_layer(&f, 1, "b:a<a|");
    assert_layer(&f, 2, "c:a<a|");
    assert_layer(&f, 3, "d:bc"); /* two inputs: nothing to find */
    assert_layer(&f, 4, "e:d");  /* a is implied */
    release(&f);
}

static void test_chain_of_what_is_not_said(void **state) {
    (void)state;
    fixture f;
    const char *const reads[] = {"", "", "", "b"};
    assert_int_equal(make(&f, 4, reads, "abcd"), TW_OK);
    assert_layer(&f, 0, "a:");
    assert_layer(&f, 1, "b:a<a!");
    assert_layer(&f, 2, "c:b<b|"); /* d reads b, too */
    assert_layer(&f, 3, "d:b<b|");
    release(&f);
}

static void test_order_of_the_file(void **state) {
    (void)state;
    fixture f;
    const char *const reads[] = {"c", "a", "-"};
    assert_int_equal(make(&f, 3, reads, "abc"), TW_OK);
    assert_layer(&f, 0, "c:");
    assert_layer(&f, 1, "a:c<c!");
    assert_layer(&f, 2, "b:a<a!");
    release(&f);
}

/* A layer without a mapping passes on what it needs, but nothing on the chips. */
static void test_layers_without_mapping(void **state) {
    (void)state;
    fixture f;
    const char *const reads[] = {"-", "a", "aB", "B", "d"};
    assert_int_equal(make(&f, 5, reads, "aBcde"), TW_OK);
    assert_int_equal(f.graph.count, 4);
    assert_layer(&f, 1, "c:a|");
    assert_layer(&f, 2, "d:a|");
    assert_layer(&f, 3, "e:d<d!|");
    release(&f);
}

static void test_cycle_of_what_is_not_said(void **state) {
    (void)state;
    fixture f;
    const char *const reads[] = {"b", ""};
    assert_int_equal(make(&f, 2, reads, "ab"), TW_INVALID);
    assert_message(f.ctx, "layer a cannot be scheduled: a layer that does not say what it reads");
    release(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_branches), cmocka_unit_test(test_chain_of_what_is_not_said),
        cmocka_unit_test(test_order_of_the_file), cmocka_unit_test(test_layers_without_mapping),
        cmocka_unit_test(test_cycle_of_what_is_not_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
