/* Segments, their regions of nodes and their constraints, against goldens_unit/segments.json; and
 * the timing of a pipeline worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "reference.h"
#include "tiled/scheme.h"
#include "tiled/segment_plan.h"
#include "tiled/segment_rules.h"

typedef struct {
    tw_ctx *ctx;
    tw_arena arena;
    tw_segment_context context;
    const json_t *row;
    unsigned valid; /* segments with more than one layer */
} fixture;

static const json_t *item(const json_t *array, size_t i) {
    return json_array_get(array, i);
}

static int64_t integer(const json_t *array, size_t i) {
    return json_integer_value(item(array, i));
}

static const char *layer_name(const fixture *f, const tw_segment *segment, unsigned k) {
    return f->context.dag->layers[segment->layers[k].layer].name;
}

static bool is_expected(const fixture *f, const tw_segment *segment, const json_t *want) {
    const json_t *shares = json_object_get(want, "seg");
    if (json_array_size(shares) != segment->share_count)
        return false;
    for (unsigned k = 0; k < segment->layer_count; k++) {
        const json_t *share = item(shares, (size_t)segment->layers[k].spatial);
        const char *name = json_string_value(item(share, (size_t)segment->layers[k].temporal));
        if (!name || strcmp(name, layer_name(f, segment, k)) != 0)
            return false;
    }
    return true;
}

static const json_t *expected(const fixture *f, const tw_segment *segment) {
    const json_t *list = json_object_get(f->row, "segments");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (is_expected(f, segment, item(list, i)))
            return item(list, i);
    return NULL;
}

/* 1: memory, 0: the same nodes, 2: others. */
static int end_code(const tw_region *end, const tw_region *own) {
    return end->type == TW_REGION_DRAM ? 1 : tw_region_equal(end, own) ? 0 : 2;
}

static void check_regions(const fixture *f, const tw_segment *segment, const json_t *want) {
    for (unsigned s = 0; s < segment->share_count; s++) {
        const json_t *region = item(json_object_get(want, "nodes"), s);
        assert_int_equal(segment->regions[s].dim.h, integer(item(region, 0), 0));
        assert_int_equal(segment->regions[s].dim.w, integer(item(region, 0), 1));
        assert_int_equal(segment->regions[s].origin.h, integer(item(region, 1), 0));
        assert_int_equal(segment->regions[s].origin.w, integer(item(region, 1), 1));
        assert_int_equal(segment->regions[s].wtot, integer(region, 2));
        assert_int_equal(segment->regions[s].wbeg, integer(region, 3));
    }
    for (unsigned k = 0; k < segment->layer_count; k++) {
        const size_t s = (size_t)segment->layers[k].spatial,
                     t = (size_t)segment->layers[k].temporal;
        const tw_tiled_resource own = tw_segment_resource(segment, k, f->context.resource);
        assert_int_equal(end_code(&own.src, &own.proc),
                         integer(item(json_object_get(want, "src"), s), t));
        assert_int_equal(end_code(&own.dst, &own.proc),
                         integer(item(json_object_get(want, "dst"), s), t));
    }
    assert_int_equal(segment->no_time_mux,
                     json_boolean_value(json_object_get(want, "no_time_mux")));
}

static size_t check_symbols(const tw_segment_rules *rules, const json_t *want) {
    const json_t *names = json_object_get(want, "syms"),
                 *values = json_object_get(want, "sym_values");
    size_t tuples = 1;
    if (strcmp(json_string_value(item(names, 0)), "_dummy") == 0) {
        assert_int_equal(rules->symbol_count, 0);
        return 1;
    }
    assert_int_equal(rules->symbol_count, json_array_size(names));
    for (unsigned i = 0; i < rules->symbol_count; i++) {
        assert_string_equal(rules->symbols[i].name, json_string_value(item(names, i)));
        assert_int_equal(rules->symbols[i].count, json_array_size(item(values, i)));
        for (unsigned v = 0; v < rules->symbols[i].count; v++)
            assert_int_equal(rules->symbols[i].values[v], integer(item(values, i), v));
        tuples *= rules->symbols[i].count;
    }
    return tuples;
}

static void check_constraints(const fixture *f, const tw_segment *segment,
                              const tw_segment_rules *rules, const json_t *want,
                              const int64_t *values) {
    for (unsigned k = 0; k < segment->layer_count; k++) {
        const json_t *layer = item(item(want, (size_t)segment->layers[k].spatial),
                                   (size_t)segment->layers[k].temporal);
        const tw_top_constraint top = tw_segment_constraint(rules, k, values);
        assert_int_equal(top.topbat, integer(layer, 0));
        assert_int_equal(top.topifm, integer(layer, 1));
        assert_int_equal(top.topofm, integer(layer, 2));
        const int follows = rules->layers[k].follows;
        assert_int_equal(json_object_size(item(layer, 3)), follows >= 0);
        if (follows >= 0)
            assert_non_null(
                json_object_get(item(layer, 3), layer_name(f, segment, (unsigned)follows)));
    }
}

static void check_rules(const fixture *f, const tw_segment *segment, const tw_segment_rules *rules,
                        const json_t *want) {
    assert_int_equal(rules->buffered_stages,
                     json_integer_value(json_object_get(want, "num_sp_fbs")));
    const size_t tuples = check_symbols(rules, want);
    assert_int_equal(tuples, json_integer_value(json_object_get(want, "n_constraints")));
    const json_t *first = json_object_get(want, "first"), *hints = json_object_get(want, "hints");
    int64_t values[16] = {0};
    for (size_t i = 0; i < json_array_size(first); i++) {
        for (unsigned s = 0; s < rules->symbol_count; s++)
            values[s] = integer(item(hints, i), s);
        check_constraints(f, segment, rules, item(first, i), values);
    }
    const json_t *last = json_object_get(want, "last");
    for (unsigned s = 0; last && s < rules->symbol_count; s++)
        values[s] = integer(json_object_get(want, "last_hints"), s);
    if (last)
        check_constraints(f, segment, rules, last, values);
}

static void check_segment(fixture *f, unsigned first, unsigned last, bool temporal) {
    const tw_segment *segment;
    tw_segment_rules rules;
    assert_int_equal(tw_segment_make(&f->arena, &f->context, first, last, temporal, &segment),
                     TW_OK);
    if (!segment)
        return;
    bool valid;
    assert_int_equal(tw_segment_rules_make(&f->arena, &f->context, segment, &rules, &valid), TW_OK);
    if (!valid)
        return;
    f->valid++;
    const json_t *want = expected(f, segment);
    assert_non_null(want);
    check_regions(f, segment, want);
    check_rules(f, segment, &rules, want);
}

static void check_row(tw_ctx *ctx, const tw_tiled_dag *dag, const json_t *row) {
    int h, w, batch, gbuf;
    assert_int_equal(json_unpack((json_t *)row, "{s[ii] si si}", "nodes", &h, &w, "batch", &batch,
                                 "gbuf", &gbuf),
                     0);
    const char *kind = json_string_value(json_object_get(row, "options"));
    const bool both = strcmp(kind, "both") == 0;
    const json_t *degree = json_object_get(row, "max_degree");
    const tw_region mesh =
        tw_region_make((tw_dim2){h, w}, (tw_dim2){0, 0}, (tw_dim2){1, 1}, TW_REGION_PROC);
    tw_region memory = mesh;
    memory.type = TW_REGION_DRAM;
    const tw_tiled_resource resource = {
        .proc = mesh, .dram = memory, .src = memory, .dst = memory, .gbuf_words = gbuf};
    const tw_tiled_options options = {.pipeline_opt = strcmp(kind, "basic") != 0};
    fixture f = {.ctx = ctx, .context = {dag, &resource, &options, batch}, .row = row};
    tw_arena_init(&f.arena, ctx);

    tw_segment_plan plan;
    const double limit = json_is_integer(degree) ? (double)json_integer_value(degree) : INFINITY;
    assert_int_equal(tw_segment_plan_make(&f.arena, dag, limit, &plan), TW_OK);
    for (unsigned v = 0; v < dag->vertex_count; v++)
        for (unsigned i = plan.begin[v]; i < plan.begin[v + 1]; i++) {
            check_segment(&f, plan.starts[i], v, false);
            if (both && plan.starts[i] < v)
                check_segment(&f, plan.starts[i], v, true);
        }
    assert_int_equal(f.valid, json_array_size(json_object_get(row, "segments")));
    assert_int_equal(f.valid + dag->layer_count,
                     json_integer_value(json_object_get(row, "n_segments_total")));
    tw_arena_free(&f.arena);
}

static void segments_equal_the_reference(void **state) {
    (void)state;
    json_t *networks = load_reference("networks.json");
    json_t *file = load_reference("goldens_unit/segments.json");
    const json_t *rows = json_object_get(file, "rows");
    tw_ctx *ctx = tw_ctx_new(NULL);
    for (size_t r = 0; r < json_array_size(rows); r++) {
        const char *name = json_string_value(json_object_get(item(rows, r), "net"));
        tw_tiled_dag *dag = NULL;
        assert_int_equal(tw_tiled_dag_from_json(ctx, name, json_object_get(networks, name), &dag),
                         TW_OK);
        check_row(ctx, dag, item(rows, r));
        tw_tiled_dag_free(dag);
    }
    tw_ctx_free(ctx);
    json_decref(file);
    json_decref(networks);
}

/* A schedule on `nodes` nodes whose outermost loops are the batch and then `loop`. */
static tw_layer_schedule schedule_of(int nodes, int64_t time, int64_t dram_time, int64_t batch,
                                     tw_loop_id loop, int64_t groups) {
    tw_layer_schedule schedule = {.nodes = nodes, .time = time};
    schedule.blocking.proc_time = time;
    schedule.blocking.dram_time = dram_time;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        schedule.blocking.t[0][lp] = 1;
    schedule.blocking.t[0][TW_LOOP_BAT] = batch;
    schedule.blocking.t[0][loop] = groups;
    schedule.blocking.order[0][TW_LOOP_BAT] = 2;
    schedule.blocking.order[0][loop] = 1;
    schedule.blocking.order[0][1 - (int)loop] = 0;
    return schedule;
}

/* Layer b reads a's output in the same 4 groups: it starts when a quarter of a is done, at 25,
 * and ends at 105. The slower share takes 100, so two halves of the batch take (105 + 100) / 2,
 * rounded down. Alone on all 16 nodes the layers would take 100 * 4 / 16 + 80 * 12 / 16 = 85. */
static void a_pipeline_of_two_shares(void **state) {
    (void)state;
    int zero = 0, none = -1;
    tw_tiled_node layers[2] = {{.prev_count = 1, .prevs = &none},
                               {.prev_count = 1, .prevs = &zero}};
    for (int i = 0; i < 2; i++)
        layers[i].layer = tw_tiled_conv(8, 8, (tw_dim2){4, 4}, (tw_dim2){1, 1}, (tw_dim2){1, 1});
    const tw_tiled_dag dag = {.layer_count = 2, .layers = layers};
    tw_ctx *ctx = tw_ctx_new(NULL);
    tw_tiled_search search = {.ctx = ctx, .dag = &dag};
    tw_arena_init(&search.arena, ctx);
    tw_segment_timing first, both, apart;

    tw_layer_schedule a = schedule_of(4, 100, 10, 2, TW_LOOP_OFM, 4);
    tw_layer_schedule b = schedule_of(12, 80, 20, 2, TW_LOOP_IFM, 4);
    const int of_a[3] = {0, 0, 0}, of_b[3] = {0, 1, 0};
    assert_int_equal(tw_segment_timing_extend(&search, NULL, 0, of_a, &a, &first), TW_OK);
    assert_int_equal(first.time, 100);
    assert_true(tw_segment_timing_overhead(&first) == 0);
    assert_int_equal(tw_segment_timing_extend(&search, &first, 1, of_b, &b, &both), TW_OK);
    assert_int_equal(both.layers[1].start, 25);
    assert_int_equal(both.layers[1].end, 105);
    assert_int_equal(both.critical_time, 100);
    assert_int_equal(both.dram_time, 30);
    assert_int_equal(both.time, 102);
    assert_true(tw_segment_timing_overhead(&both) == (102. - 85.) / 85.);

    b = schedule_of(12, 80, 200, 2, TW_LOOP_IFM, 2); /* other groups: waits for all of a */
    assert_int_equal(tw_segment_timing_extend(&search, &first, 1, of_b, &b, &apart), TW_OK);
    assert_int_equal(apart.layers[1].start, 100);
    assert_int_equal(apart.node_time, (180 + 100) / 2);
    assert_int_equal(apart.time, 210); /* memory is the bottleneck */
    tw_arena_free(&search.arena);
    tw_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_equal_the_reference),
        cmocka_unit_test(a_pipeline_of_two_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
