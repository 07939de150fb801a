/* Kind timeloop: cases of Timeloop's own model. For every case
 *
 *   1. Timeloop's rules, restated, must give every expected count: then we know why it is what it
 * is;
 *   2. a tensor without a sliding window must have exactly the expected counts in our model too;
 *   3. a tensor with one must have them, or differ for reasons that are computed: Timeloop's rules
 *      that our model does not have are taken away one after the other; those that change the count
 *      are the reasons, and without them the count must be ours;
 *   4. cycles and energy must be equal where all counts are;
 *   5. a mapping that Timeloop rejects must be invalid.
 *
 * Our fanouts use `multicast: tiles` here, which is Timeloop's rule. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cost/cost.h"
#include "oracle/simulator.h"
#include "reference/reference.h"
#include "reference/timeloop_rule.h"

enum { WORK_LIMIT = 2000000 };

/* What each variant has taken away, and so how a difference to the one before is called. */
enum { FULL, NO_LINKS, ALL_ITERATIONS, NO_RESETS, NO_MASKS, VARIANTS };
static const struct {
    timeloop_options options;
    const char *reason;
} variants[VARIANTS] = {
    {{true, true, true, true}, ""},
    {{false, true, true, true}, "link transfers"},
    {{false, false, true, true}, "extrapolation from two iterations"},
    {{false, false, false, true}, "reset on a change of step"},
    {{false, false, false, false}, "no sharing across a bypassed level"},
};

typedef struct {
    reference_run *run;
    const char *id;
    timeloop_case c;
    const json_t *expected;        /* with link transfers, Timeloop's default */
    const json_t *unlinked;        /* without, where that changes anything; else the same object */
    timeloop_table rule[VARIANTS]; /* Timeloop's rules, one less each time */
    bool known[VARIANTS];          /* false: too much work */
    tw_cost cost;                  /* ours */
    tw_cost words;                 /* ours with `multicast: words` */
    bool differs;                  /* some count is not Timeloop's */
    bool simulated;
    unsigned reasons; /* bit v: what variant v takes away changes a count that differs */
} comparison;

static const json_t *data_space(const json_t *expected, const char *level, const char *name) {
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(json_object_get(expected, "levels"), i, one) {
        if (strcmp(reference_text(one, "name"), level) == 0)
            return json_object_get(json_object_get(one, "dataspaces"), name);
    }
    return NULL;
}

static void describe(const comparison *x, unsigned l, unsigned t, const char *count, char *what,
                     size_t size) {
    snprintf(what, size, "%s.%s.%s", x->c.arch.levels[l].name, x->c.data_space[t], count);
}

static void compare_rule(comparison *x, const char *label, const json_t *expected,
                         timeloop_table rule) {
    for (unsigned l = 0; l < x->c.arch.level_count; l++)
        for (unsigned t = 0; t < x->c.problem.tensor_count; t++) {
            const json_t *e = data_space(expected, x->c.arch.levels[l].name, x->c.data_space[t]);
            const timeloop_counts *is = &rule[l][t];
            const struct {
                const char *name;
                uint64_t value;
            } fields[] = {{"tile_size", is->tile},
                          {"partition_size", is->partition},
                          {"reads", timeloop_truncated(is->reads)},
                          {"fills", timeloop_truncated(is->fills)},
                          {"updates", timeloop_truncated(is->updates)}};
            if (is->kept != (e != NULL))
                reference_differs(x->run, x->id, "%s keeps %s: expected %s",
                                  x->c.arch.levels[l].name, x->c.data_space[t], e ? "yes" : "no");
            for (size_t i = 0; e && i < sizeof fields / sizeof *fields; i++) {
                char name[64], what[256];
                snprintf(name, sizeof name, "%s (%s)", fields[i].name, label);
                describe(x, l, t, name, what, sizeof what);
                reference_count(x->run, x->id, what, reference_u64(e, fields[i].name, 0),
                                fields[i].value);
            }
        }
}

/* The three counts of Timeloop in our model, totals over instances. Ours also reads a finished
 * output tile on its way out (evict), which Timeloop does not charge. */
typedef struct {
    uint64_t reads, fills, updates;
} triple;

static triple our_counts(const tw_tensor_cost *c, tw_role role) {
    return role == TW_ROLE_OUTPUT ? (triple){c->psum_read, c->refill, c->update}
                                  : (triple){c->read, c->fill, 0};
}

static bool is_total(long double per_instance, uint64_t instances, uint64_t total) {
    return fabsl(per_instance * (long double)instances - (long double)total) < 0.5L;
}

static bool same_triple(const triple *ours, const timeloop_counts *theirs, uint64_t instances) {
    return is_total(theirs->reads, instances, ours->reads) &&
           is_total(theirs->fills, instances, ours->fills) &&
           is_total(theirs->updates, instances, ours->updates);
}

static bool same_rule(const timeloop_counts *a, const timeloop_counts *b) {
    return fabsl(a->reads - b->reads) < 1e-6L && fabsl(a->fills - b->fills) < 1e-6L &&
           fabsl(a->updates - b->updates) < 1e-6L;
}

enum { REASON_TEXT = 256 };

static void write_reasons(unsigned reasons, char text[REASON_TEXT]) {
    size_t length = 0;
    text[0] = '\0';
    for (int v = 1; v < VARIANTS; v++)
        if (reasons >> v & 1)
            length += (size_t)snprintf(text + length, REASON_TEXT - length, "%s%s",
                                       length ? ", " : "", variants[v].reason);
}

static void print_row(const comparison *x, unsigned l, unsigned t, const triple *ours,
                      unsigned reasons) {
    const timeloop_counts *theirs = &x->rule[FULL][l][t];
    const long double instances = (long double)x->cost.levels[l].active;
    const triple words = our_counts(&x->words.levels[l].tensors[t], x->c.problem.tensors[t].role);
    char why[REASON_TEXT];
    if (!x->run->as_table)
        return;
    write_reasons(reasons, why);
    printf("| %s | %s | %s | %llu, %llu | %.10Lg, %.10Lg | %.10Lg | %s |\n", x->id,
           x->c.arch.levels[l].name, x->c.data_space[t],
           (unsigned long long)timeloop_truncated(theirs->reads),
           (unsigned long long)timeloop_truncated(theirs->fills),
           (long double)ours->reads / instances, (long double)ours->fills / instances,
           (long double)words.reads / instances, why);
}

/* Names what makes the two models differ here; each name is backed by counts that it changes. */
static void explain(comparison *x, unsigned l, unsigned t, const triple *ours) {
    const uint64_t instances = x->cost.levels[l].active;
    unsigned reasons = 0;
    char what[256];
    describe(x, l, t, "counts", what, sizeof what);
    for (unsigned v = 1, before = 0; v < VARIANTS; v++) {
        if (!x->known[v])
            continue;
        if (!same_rule(&x->rule[before][l][t], &x->rule[v][l][t]))
            reasons |= 1u << v;
        before = v;
    }
    const timeloop_counts *rest = &x->rule[NO_MASKS][l][t];
    if (!same_triple(ours, rest, instances))
        reference_differs(x->run, x->id,
                          "%s: reads %llu, fills %llu, updates %llu over %llu instances; without "
                          "what our model does not have, Timeloop's are %.10Lg, %.10Lg, %.10Lg for "
                          "each",
                          what, (unsigned long long)ours->reads, (unsigned long long)ours->fills,
                          (unsigned long long)ours->updates, (unsigned long long)instances,
                          rest->reads, rest->fills, rest->updates);
    if (!reasons)
        reference_differs(x->run, x->id, "%s: not Timeloop's, without a reason", what);
    x->reasons |= reasons;
    print_row(x, l, t, ours, reasons);
}

/* Whether two dimensions move on one axis of the tensor. */
static bool has_window(const tw_problem *problem, const tw_tensor *tensor) {
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        const tw_axis *axis = &tensor->axes[a];
        if (axis->term_count == 2 && problem->extent[axis->terms[0].dim] > 1 &&
            problem->extent[axis->terms[1].dim] > 1)
            return true;
    }
    return false;
}

static void compare_tensor(comparison *x, unsigned l, unsigned t) {
    const tw_tensor *tensor = &x->c.problem.tensors[t];
    const tw_tensor_cost *c = &x->cost.levels[l].tensors[t];
    const json_t *e = data_space(x->unlinked, x->c.arch.levels[l].name, x->c.data_space[t]);
    const triple ours = our_counts(c, tensor->role);
    const uint64_t instances = x->cost.levels[l].active;
    char what[256];
    if (!e)
        return;
    describe(x, l, t, "tile", what, sizeof what);
    reference_count(x->run, x->id, what, reference_u64(e, "tile_size", 0), c->tile_words);
    describe(x, l, t, "instances", what, sizeof what);
    reference_count(x->run, x->id, what, reference_u64(e, "instances", 0), instances);
    if (our_counts(&x->words.levels[l].tensors[t], tensor->role).reads > ours.reads)
        reference_differs(x->run, x->id, "sharing words costs more than sharing tiles");
    if (same_triple(&ours, &x->rule[FULL][l][t], instances))
        return;
    x->differs = true;
    if (has_window(&x->c.problem, tensor)) {
        explain(x, l, t, &ours);
        return;
    }
    /* Without a window the only reason there can be is that links were on. */
    describe(x, l, t, "reads", what, sizeof what);
    reference_count(x->run, x->id, what, reference_u64(e, "reads", 0) * instances, ours.reads);
    describe(x, l, t, "fills", what, sizeof what);
    reference_count(x->run, x->id, what, reference_u64(e, "fills", 0) * instances, ours.fills);
    describe(x, l, t, "updates", what, sizeof what);
    reference_count(x->run, x->id, what, reference_u64(e, "updates", 0) * instances, ours.updates);
    x->reasons |= 1u << NO_LINKS;
    print_row(x, l, t, &ours, 1u << NO_LINKS);
}

/* Without bandwidths to be shared with evictions, a level takes as long as Timeloop says: it
 * rounds up. */
static void compare_cycles(comparison *x) {
    bool charged = false; /* evictions that Timeloop does not count slow us down */
    for (unsigned l = 0; l < x->c.arch.level_count; l++) {
        const tw_level *level = &x->c.arch.levels[l];
        const unsigned output = x->c.problem.output;
        charged |= (level->read_bandwidth > 0 || level->bandwidth > 0) &&
                   x->cost.levels[l].tensors[output].evict > 0;
    }
    const double expected = reference_double(x->expected, "cycles", 0);
    if (charged ? ceil(x->cost.latency_cycles) < expected - 1
                : fabs(ceil(x->cost.latency_cycles) - expected) > 1)
        reference_number(x->run, x->id, "cycles", expected, x->cost.latency_cycles, 0);
}

/* Timeloop charges whole blocks, and no read for an output tile on its way out. */
static void compare_energy(comparison *x) {
    double energy_pj = x->cost.energy_pj;
    for (unsigned l = 0; l < x->c.arch.level_count; l++) {
        if (x->c.block_size[l] > 1)
            return;
        energy_pj -= (double)x->cost.levels[l].tensors[x->c.problem.output].evict *
                     x->c.energy_per_access[l];
    }
    reference_number(x->run, x->id, "energy", reference_double(x->expected, "energy_pj", 0),
                     energy_pj, 1e-9);
}

/* Our own counts once more, by execution. */
static void compare_simulation(comparison *x, tw_ctx *ctx) {
    tw_simulation simulation;
    x->simulated = tw_simulate(ctx, &x->c.arch, &x->c.problem, &x->c.mapping, WORK_LIMIT,
                               &simulation) == TW_OK;
    for (unsigned l = 0; x->simulated && l < x->c.arch.level_count; l++)
        for (unsigned t = 0; t < x->c.problem.tensor_count; t++) {
            const tw_simulated_counts *s = &simulation.counts[l][t];
            const tw_tensor_cost *c = &x->cost.levels[l].tensors[t];
            if (s->read != c->read || s->fill != c->fill || s->update != c->update ||
                s->psum_read != c->psum_read || s->refill != c->refill || s->evict != c->evict)
                reference_differs(x->run, x->id, "%s.%s: simulator and cost model differ",
                                  x->c.arch.levels[l].name, x->c.data_space[t]);
        }
}

static bool price(comparison *x) {
    tw_hierarchy words = x->c.arch;
    for (unsigned l = 0; l < words.level_count; l++)
        words.levels[l].fanout.multicast = TW_MULTICAST_WORDS;
    return tw_evaluate(&x->c.arch, &x->c.problem, &x->c.mapping, &x->cost) &&
           tw_evaluate(&words, &x->c.problem, &x->c.mapping, &x->words);
}

static void compare_models(comparison *x, tw_ctx *ctx) {
    for (int v = 0; v < VARIANTS; v++)
        x->known[v] = timeloop_rule(&x->c, &variants[v].options, x->rule[v]);
    if (!price(x) || !x->known[FULL] || !x->known[NO_LINKS] || !x->known[NO_MASKS]) {
        reference_differs(x->run, x->id, "beyond what can be counted");
        return;
    }
    compare_rule(x, "Timeloop's rules", x->expected, x->rule[FULL]);
    if (x->unlinked != x->expected)
        compare_rule(x, "Timeloop's rules without links", x->unlinked, x->rule[NO_LINKS]);
    for (unsigned l = 0; l < x->c.arch.level_count; l++)
        for (unsigned t = 0; t < x->c.problem.tensor_count; t++)
            compare_tensor(x, l, t);
    reference_count(x->run, x->id, "computes", reference_u64(x->expected, "computes", 0),
                    x->cost.macs);
    reference_count(x->run, x->id, "compute_cycles",
                    reference_u64(x->expected, "compute_cycles", 0), x->cost.compute_steps);
    if (!x->differs) {
        compare_cycles(x);
        compare_energy(x);
    }
    compare_simulation(x, ctx);
}

/* What is expected of the mapping itself; true when there are counts to compare. */
static bool check_validity(comparison *x, tw_ctx *ctx, const json_t *object) {
    const bool rejected = strcmp(reference_text(object, "expect"), "reject") == 0;
    const bool valid =
        tw_mapping_check(ctx, NULL, &x->c.arch, &x->c.problem, &x->c.mapping) == TW_OK;
    if (valid == rejected)
        reference_differs(x->run, x->id, "Timeloop %s this mapping",
                          rejected ? "rejects" : "accepts");
    if (valid == rejected && !valid)
        tw_diagnostics_print(ctx, stdout, false);
    return valid && x->expected;
}

static void check_case(reference_run *run, const char *file, json_t *object) {
    if (!json_object_get(object, "mapping"))
        return; /* the index of the folder */
    comparison *x = calloc(1, sizeof *x);
    tw_ctx *ctx = tw_ctx_new(NULL);
    if (!x || !ctx) {
        free(x);
        tw_ctx_free(ctx);
        run->failed++;
        return;
    }
    x->run = run;
    x->id = reference_text(object, "id");
    x->expected = json_object_get(object, "expected");
    x->unlinked = json_object_get(object, "expected_no_link_transfers");
    if (!json_is_object(x->unlinked))
        x->unlinked = x->expected;
    const char *outcome = "rejected, as by Timeloop";
    reference_begin(run);
    if (!timeloop_case_read(object, &x->c)) {
        reference_differs(run, x->id, "%s: not a case of this format", file);
    } else if (check_validity(x, ctx, object)) {
        compare_models(x, ctx);
        char text[REASON_TEXT + 64], reasons[REASON_TEXT];
        write_reasons(x->reasons, reasons);
        snprintf(text, sizeof text, "%s%s%s", x->differs ? "differs: " : "equal", reasons,
                 x->simulated ? "" : " (too large to be executed)");
        reference_end(run, x->id, text);
        outcome = NULL;
    }
    if (outcome)
        reference_end(run, x->id, outcome);
    tw_ctx_free(ctx);
    free(x);
}

bool check_timeloop(reference_run *run, const char *path) {
    if (run->as_table)
        printf("| case | level | tensor | Timeloop | ours | `words` | why |\n"
               "|---|---|---|---|---|---|---|\n");
    return reference_each(run, path, check_case);
}
