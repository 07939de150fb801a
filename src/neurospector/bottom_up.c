/* The walk over levels, in NeuroSpector's order and with its quirks, since its ties and therefore
 * its tables depend on them:
 *
 *     DRAM -> GB -> LB -> REG, skipping buffers without a dataflow
 *
 * From every step (level_walk.h) two candidates survive, PM and SP, each of which the next step
 * starts from; what survives the last one is priced as a whole. All this is done for every
 * combination of dataflows. A step that reads the same of them as an earlier one, and starts from
 * the same plan, has its result. */
#include "neurospector/bottom_up.h"

#include <math.h>
#include <string.h>

#include "neurospector/legality.h"
#include "neurospector/level_walk.h"

enum { MOST_CANDIDATES = 8, MOST_STEPS = NS_MAX_COMBINATIONS * 7 }; /* from 1, 2 and 4 plans */

typedef struct {
    ns_plan plan;
    char strategy[12];
} survivor;

/* All that a step depends on: a dataflow that its prices do not read is NS_NONE. */
typedef struct {
    ns_row b, e;
    ns_dataflow flow, inner_flow, outer_flow;
    ns_plan from;
} step;

_Static_assert(sizeof(step) == 5 * sizeof(int) + sizeof(ns_plan), "steps are compared as bytes");

typedef struct {
    ns_level_search levels;
    const ns_accelerator *accelerator;
    const ns_layer *layer;
    const ns_search_options *options;
    ns_search_result *out;
    ns_dataflows dataflows;
    size_t step_count;
    step steps[MOST_STEPS];
    ns_survivors results[MOST_STEPS];
} search;

static ns_row buffer_above(const search *s, ns_row row) {
    int r = (int)row - 3;
    while (r > 0 && (ns_row_is_virtual(s->accelerator, (ns_row)r) ||
                     s->dataflows.of[ns_buffer_of_row((ns_row)r)] == NS_NONE))
        r -= 3;
    return (ns_row)(r > 0 ? r : 0);
}

static step make_step(const search *s, ns_row b, ns_row e, const ns_plan *from) {
    const bool by_energy = s->options->metric == NS_METRIC_ENERGY;
    step made = {.b = b, .e = e, .from = *from};
    if (!ns_row_is_virtual(s->accelerator, b))
        made.flow = s->dataflows.of[ns_buffer_of_row(b)];
    if (e == NS_ROW_GB || (e == NS_ROW_DRAM && by_energy))
        made.inner_flow = s->levels.prices.inner_flow;
    if (e != NS_ROW_LB)
        made.outer_flow = s->levels.prices.outer_flow;
    return made;
}

static tw_status take_step(search *s, ns_row b, ns_row e, const ns_plan *from, ns_survivors *out) {
    const step made = make_step(s, b, e, from);
    for (size_t i = 0; i < s->step_count; i++)
        if (memcmp(&s->steps[i], &made, sizeof made) == 0) {
            *out = s->results[i];
            return TW_OK;
        }
    TW_TRY(ns_walk_level(&s->levels, b, e, made.flow, from, out));
    s->steps[s->step_count] = made;
    s->results[s->step_count++] = *out;
    return TW_OK;
}

static void add_strategy(survivor *to, const survivor *from, const char *name, const ns_plan *p) {
    const size_t length = strlen(from->strategy);
    memmove(to->strategy, from->strategy, length);
    memcpy(to->strategy + length, length ? "-" : "", length ? 1 : 0);
    memcpy(to->strategy + length + (length ? 1 : 0), name, 3);
    to->plan = *p;
}

/* Walks all levels; *survivors holds 1 plan before and up to 4 after. */
static tw_status walk_levels(search *s, survivor survivors[MOST_CANDIDATES], size_t *count) {
    for (ns_row e = NS_ROW_DRAM, b = e; b != NS_ROW_REG; e = b) {
        survivor next[MOST_CANDIDATES];
        size_t next_count = 0;
        b = buffer_above(s, e);
        for (size_t i = 0; i < *count; i++) {
            ns_survivors x;
            TW_TRY(take_step(s, b, e, &survivors[i].plan, &x));
            add_strategy(&next[next_count++], &survivors[i], "PM", &x.pm);
            if (b != NS_ROW_REG && memcmp(&x.pm, &x.sp, sizeof x.pm) != 0)
                add_strategy(&next[next_count++], &survivors[i], "SP", &x.sp);
        }
        memcpy(survivors, next, next_count * sizeof *next);
        *count = next_count;
        if (s->out->limit != TW_OK)
            return TW_OK;
    }
    return TW_OK;
}

static void table_of(const search *s, const ns_plan *p, ns_table *out) {
    for (int r = 0; r < NS_ROWS; r++)
        ns_lattice_extents(&s->levels.space.lattice, p->rows[r], out->factor[r]);
}

/* The best of the survivors replaces what earlier dataflows gave when it costs less. */
static void keep_best(search *s, const survivor survivors[], size_t count, double *best) {
    ns_search_result *out = s->out;
    for (size_t i = 0; i < count; i++) {
        ns_table table;
        ns_cost cost;
        table_of(s, &survivors[i].plan, &table);
        ns_evaluate(&s->levels.prices.single, s->layer, &s->dataflows, &table, &cost);
        const double value = ns_metric_value(s->options->metric, &cost);
        if (value >= *best || !ns_table_is_valid(s->accelerator, s->layer, &table))
            continue;
        *best = value;
        out->found = true;
        out->table = table;
        out->dataflows = s->dataflows;
        memcpy(out->strategy, survivors[i].strategy, sizeof out->strategy);
    }
}

/* The walk begins at the table with all loops in DRAM, under the dataflows that the accelerator has
 * or an earlier layer left; it therefore wins ties. */
static void take_start(search *s, const ns_dataflows all[], size_t combinations, double *best) {
    const ns_accelerator *accelerator = s->accelerator;
    ns_search_result *out = s->out;
    ns_cost cost;
    out->table = ns_table_of_layer(s->layer);
    const ns_dataflows own =
        s->options->left_over ? *s->options->left_over : ns_own_dataflows(accelerator);
    out->dataflows = all[0];
    for (size_t i = 0; i < combinations; i++)
        if (memcmp(&all[i], &own, sizeof own) == 0)
            out->dataflows = own;
    if (!ns_table_is_valid(accelerator, s->layer, &out->table))
        return;
    ns_evaluate(&s->levels.prices.single, s->layer, &out->dataflows, &out->table, &cost);
    *best = ns_metric_value(s->options->metric, &cost);
    out->found = true;
}

static tw_status walk_dataflows(search *s) {
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const ns_accelerator *accelerator = s->accelerator;
    const size_t combinations = ns_dataflow_combinations(accelerator, s->options->flexible, all);
    double best = HUGE_VAL;
    take_start(s, all, combinations, &best);
    for (size_t i = 0; i < combinations && s->out->limit == TW_OK; i++) {
        survivor survivors[MOST_CANDIDATES] = {{.strategy = ""}};
        size_t count = 1;
        s->dataflows = all[i];
        ns_level_prices_set(&s->levels.prices, &all[i]);
        survivors[0].plan.rows[NS_ROW_DRAM] = s->levels.space.lattice.count - 1;
        TW_TRY(walk_levels(s, survivors, &count));
        keep_best(s, survivors, count, &best);
    }
    s->out->space_log10 += log10((double)combinations);
    return TW_OK;
}

static void price_result(search *s) {
    ns_search_result *out = s->out;
    out->lower_bound = 0;
    if (!out->found)
        return;
    ns_evaluate(&s->levels.space.model, s->layer, &out->dataflows, &out->table, &out->cost);
    out->value = ns_metric_value(s->options->metric, &out->cost);
}

tw_status ns_bottom_up(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                       const ns_search_options *options, ns_search_result *out) {
    search *s = tw_alloc(ctx, sizeof *s);
    if (!s)
        return tw_out_of_memory(ctx);
    s->accelerator = accelerator;
    s->layer = layer;
    s->options = options;
    s->out = out;
    *out = (ns_search_result){.space_log10 = ns_space_log10(accelerator, layer)};
    tw_status status = ns_level_search_init(&s->levels, ctx, accelerator, layer, options, out);
    if (status == TW_OK)
        status = ns_single_check(ctx, &s->levels.prices.single, layer);
    if (status == TW_OK)
        status = walk_dataflows(s);
    if (status == TW_OK)
        price_result(s);
    if (status == TW_LIMIT) {
        out->limit = TW_LIMIT; /* more tiles than we look at */
        status = TW_OK;
    }
    ns_level_search_free(&s->levels);
    tw_free(ctx, s);
    return status;
}
