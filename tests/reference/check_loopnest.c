/* Kind loopnest: mappings and their exact counts, made by an independent program that executes
 * the nest. Both the simulator and the cost model must give every count. */
#include <string.h>

#include "cost/cost.h"
#include "oracle/simulator.h"
#include "reference/reference.h"
#include "workload/operations.h"

enum { WORK_LIMIT = 200000000 };

typedef struct {
    tw_hierarchy arch;
    tw_problem problem;
    tw_mapping mapping;
} loopnest_case;

static bool read_problem(tw_ctx *ctx, const json_t *op, tw_problem *out) {
    uint64_t extent[TW_DIM_COUNT], stride[2] = {1, 1}, dilation[2] = {1, 1};
    const json_t *dims = json_object_get(op, "dims");
    for (int d = 0; d < TW_DIM_COUNT; d++)
        extent[d] = reference_u64(dims, tw_dim_names[d], 1);
    for (size_t i = 0; i < 2; i++) {
        const json_t *s = json_array_get(json_object_get(op, "stride"), i);
        const json_t *d = json_array_get(json_object_get(op, "dilation"), i);
        stride[i] = s ? (uint64_t)json_integer_value(s) : 1;
        dilation[i] = d ? (uint64_t)json_integer_value(d) : 1;
    }
    const tw_operation *operation = tw_operation_by_name(reference_text(op, "type"));
    const unsigned inputs = (unsigned)reference_u64(op, "inputs", 1);
    return operation &&
           tw_problem_make(ctx, NULL, operation, extent, stride, dilation, inputs, out) == TW_OK;
}

static tw_role_mask read_keeps(const json_t *names) {
    tw_role_mask keeps = 0;
    size_t i = 0;
    const json_t *name = NULL;
    json_array_foreach(names, i, name) {
        const int role = tw_role_by_name(json_string_value(name));
        if (role >= 0)
            keeps |= 1u << role;
    }
    return keeps;
}

/* true and false, or the names that our own files use. */
static tw_multicast read_multicast(const json_t *value) {
    const char *text = json_string_value(value);
    if (text && strcmp(text, "tiles") == 0)
        return TW_MULTICAST_TILES;
    if (json_is_false(value) || (text && strcmp(text, "none") == 0))
        return TW_MULTICAST_NONE;
    return TW_MULTICAST_WORDS;
}

static bool read_loop(const json_t *pair, tw_loop *out) {
    const char *name = json_string_value(json_array_get(pair, 0));
    const int dim = name ? tw_dim_by_name(name) : -1;
    *out = (tw_loop){(tw_dim)dim, (uint64_t)json_integer_value(json_array_get(pair, 1))};
    return dim >= 0 && out->factor > 0;
}

static bool read_level(const json_t *level, const json_t *nest, tw_level *out,
                       tw_level_mapping *mapping) {
    size_t i = 0;
    const json_t *pair = NULL;
    out->name = reference_text(level, "name");
    out->keeps = out->may_keep = read_keeps(json_object_get(level, "keeps"));
    out->sliding_window = json_is_true(json_object_get(level, "sliding_window"));
    out->fanout = (tw_fanout){.x = 1,
                              .y = 1,
                              .dims_x = TW_ALL_DIMS,
                              .dims_y = TW_ALL_DIMS,
                              .multicast = read_multicast(json_object_get(level, "multicast")),
                              .reduce = !json_is_false(json_object_get(level, "reduce"))};
    out->constraints.stationary = -1;
    mapping->keeps = out->keeps;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        mapping->spatial_x[d] = mapping->spatial_y[d] = 1;
    json_array_foreach(json_object_get(nest, "temporal"), i, pair) {
        if (i == TW_MAX_LOOPS || !read_loop(pair, &mapping->loops[mapping->loop_count++]))
            return false;
    }
    json_array_foreach(json_object_get(nest, "spatial"), i, pair) {
        tw_loop loop;
        if (!read_loop(pair, &loop))
            return false;
        mapping->spatial_x[loop.dim] *= loop.factor;
        out->fanout.x *= loop.factor;
    }
    return true;
}

static bool read_case(tw_ctx *ctx, const json_t *object, loopnest_case *out) {
    const json_t *levels = json_object_get(object, "levels");
    const json_t *nests = json_object_get(object, "mapping");
    memset(out, 0, sizeof *out);
    if (!read_problem(ctx, json_object_get(object, "op"), &out->problem) ||
        json_array_size(levels) == 0 || json_array_size(levels) > TW_MAX_LEVELS ||
        json_array_size(levels) != json_array_size(nests))
        return false;
    out->arch.name = "reference";
    out->arch.level_count = out->mapping.level_count = (unsigned)json_array_size(levels);
    for (unsigned l = 0; l < out->arch.level_count; l++)
        if (!read_level(json_array_get(levels, l), json_array_get(nests, l), &out->arch.levels[l],
                        &out->mapping.levels[l]))
            return false;
    /* Of a tensor that the operation lacks, the files say nothing. */
    out->arch.levels[0].keeps = out->mapping.levels[0].keeps = TW_ALL_ROLES;
    return tw_mapping_check(ctx, NULL, &out->arch, &out->problem, &out->mapping) == TW_OK;
}

/* The counts of one level and tensor under their names in the files. */
typedef struct {
    uint64_t tile_words, instances, fill, read, update, psum_read, evict, refill;
} named_counts;

static void compare(reference_run *run, const char *id, const char *who, const char *level,
                    const char *tensor, const json_t *expected, const named_counts *is) {
    const struct {
        const char *name;
        uint64_t value;
    } fields[] = {{"tile_words", is->tile_words},
                  {"instances", is->instances},
                  {"fill", is->fill},
                  {"read", is->read},
                  {"update", is->update},
                  {"psum_read", is->psum_read},
                  {"evict", is->evict},
                  {"refill", is->refill}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char what[256];
        snprintf(what, sizeof what, "%s: %s.%s.%s", who, level, tensor, fields[i].name);
        reference_count(run, id, what, reference_u64(expected, fields[i].name, 0), fields[i].value);
    }
}

static void check_evaluator(reference_run *run, const char *id, const loopnest_case *c,
                            const json_t *expect) {
    tw_cost cost;
    if (!tw_evaluate(&c->arch, &c->problem, &c->mapping, &cost)) {
        reference_differs(run, id, "cost model: overflow");
        return;
    }
    reference_count(run, id, "cost model: compute_steps", reference_u64(expect, "compute_steps", 0),
                    cost.compute_steps);
    reference_count(run, id, "cost model: macs", reference_u64(expect, "macs", 0), cost.macs);
    for (unsigned l = 0; l < c->arch.level_count; l++)
        for (unsigned t = 0; t < c->problem.tensor_count; t++) {
            const tw_tensor_cost *is = &cost.levels[l].tensors[t];
            const json_t *expected = json_object_get(
                json_object_get(json_object_get(expect, "levels"), c->arch.levels[l].name),
                c->problem.tensors[t].name);
            const named_counts counts = {is->tile_words, expected ? cost.levels[l].active : 0,
                                         is->fill,       is->read,
                                         is->update,     is->psum_read,
                                         is->evict,      is->refill};
            compare(run, id, "cost model", c->arch.levels[l].name, c->problem.tensors[t].name,
                    expected, &counts);
        }
}

/* False when the case is too large to be executed. */
static bool check_simulator(reference_run *run, tw_ctx *ctx, const char *id, const loopnest_case *c,
                            const json_t *expect) {
    tw_simulation result;
    if (tw_simulate(ctx, &c->arch, &c->problem, &c->mapping, WORK_LIMIT, &result) != TW_OK)
        return false;
    reference_count(run, id, "simulator: compute_steps", reference_u64(expect, "compute_steps", 0),
                    result.compute_steps);
    reference_count(run, id, "simulator: macs", reference_u64(expect, "macs", 0), result.macs);
    for (unsigned l = 0; l < c->arch.level_count; l++)
        for (unsigned t = 0; t < c->problem.tensor_count; t++) {
            const tw_simulated_counts *is = &result.counts[l][t];
            const json_t *expected = json_object_get(
                json_object_get(json_object_get(expect, "levels"), c->arch.levels[l].name),
                c->problem.tensors[t].name);
            const named_counts counts = {is->tile_words, expected ? result.active[l] : 0,
                                         is->fill,       is->read,
                                         is->update,     is->psum_read,
                                         is->evict,      is->refill};
            compare(run, id, "simulator", c->arch.levels[l].name, c->problem.tensors[t].name,
                    expected, &counts);
        }
    return true;
}

static void check_case(reference_run *run, const char *file, json_t *object) {
    const char *id = reference_text(object, "id");
    const json_t *expect = json_object_get(object, "expect");
    tw_ctx *ctx = tw_ctx_new(NULL);
    loopnest_case c;
    const char *outcome = "equal";
    reference_begin(run);
    if (!ctx || !json_is_object(expect) || !read_case(ctx, object, &c)) {
        reference_differs(run, id, "%s: not a case of this format", file);
        if (ctx)
            tw_diagnostics_print(ctx, stdout, false);
    } else {
        check_evaluator(run, id, &c, expect);
        if (!check_simulator(run, ctx, id, &c, expect))
            outcome = "equal (too large to be executed, closed forms only)";
    }
    reference_end(run, id, outcome);
    tw_ctx_free(ctx);
}

bool check_loopnest(reference_run *run, const char *path) {
    return reference_each(run, path, check_case);
}
