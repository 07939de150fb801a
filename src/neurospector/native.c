#include "neurospector/native.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "neurospector/bottom_up.h"
#include "neurospector/brute_force.h"
#include "neurospector/exact.h"
#include "neurospector/legality.h"
#include "neurospector/native_front.h"
#include "workload/operations.h"

/* ---- Hierarchy to accelerator -----------------------------------------------------------------
 */

static double whole_if_near(double value) {
    const double whole = nearbyint(value);
    return fabs(value - whole) < 1e-6 ? whole : value;
}

static void take_ports(const tw_level *level, double word_bits, ns_buffer *out) {
    out->bandwidth_bits = (level->bandwidth > 0 ? level->bandwidth : 1) * word_bits;
    for (int d = 0; d < NS_DATA; d++) {
        out->unit_cycles[d] = level->bandwidth > 0 ? 1 : 0;
        if (level->role_bandwidth[d] > 0)
            out->unit_cycles[d] = whole_if_near((level->bandwidth > 0 ? level->bandwidth : 1) /
                                                level->role_bandwidth[d]);
    }
}

static void take_level(const tw_level *level, double word_bits, ns_buffer *out) {
    /* A level that can keep nothing only stands between two arrays. */
    *out = (ns_buffer){.present = level->bounded || level->may_keep || level->keeps,
                       .bypass = TW_ALL_ROLES & ~level->keeps};
    if (level->bounded)
        out->size_count = level->shared ? 1 : NS_DATA;
    for (unsigned d = 0; d < NS_DATA; d++) {
        if (d < out->size_count)
            out->capacity_words[d] = level->capacity_units[d] / level->word_units[d];
        out->access_pj[d] = level->read_pj[d];
    }
    out->static_mw[0] = level->leakage_mw;
    take_ports(level, word_bits, out);
}

void ns_accelerator_of(const tw_hierarchy *arch, ns_accelerator *out) {
    const ns_level_role *roles = ns_level_roles(arch->level_count);
    *out = (ns_accelerator){.name = arch->name,
                            .precision_bits = arch->word_bits[0],
                            .frequency_mhz = arch->clock_mhz,
                            .mac_pj = arch->mac_pj,
                            .mac_static_mw = arch->mac_leakage_mw};
    for (int a = 0; a < NS_ARRAYS; a++)
        out->arrays[a] = (ns_array){true, 1, 1};
    for (unsigned l = 0; l < arch->level_count; l++) {
        ns_buffer *buffer = &out->buffers[roles[l].buffer];
        take_level(&arch->levels[l], arch->word_bits[0], buffer);
        buffer->trivial = l > 0 && ns_buffer_is_trivial(buffer, arch->word_bits[0]);
        out->arrays[roles[l].array] =
            (ns_array){true, arch->levels[l].fanout.x, arch->levels[l].fanout.y};
        /* A buffer's dataflow orders the loops of the next outer level. */
        const int stationary =
            l > 0 ? arch->levels[l - 1].constraints.stationary : TW_STATIONARY_NONE;
        buffer->dataflow = stationary >= 0                    ? (ns_dataflow)(NS_IS + stationary)
                           : stationary == TW_STATIONARY_NONE ? NS_NONE
                                                              : NS_IS;
        buffer->keeps_dataflow = stationary != TW_STATIONARY_FREE;
    }
}

static bool constrained(const tw_level *level) {
    const tw_level_constraints *c = &level->constraints;
    bool any = c->order_count > 0 || level->fanout.dims_x != TW_ALL_DIMS ||
               level->fanout.dims_y != TW_ALL_DIMS;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        any |= c->temporal_fixed[d] || c->temporal_max[d] || c->spatial_x_fixed[d] ||
               c->spatial_y_fixed[d];
    return any;
}

static void check_level(tw_ctx *ctx, const tw_position *at, const tw_level *level) {
    bool same = true, units = true;
    for (int d = 0; d < NS_DATA; d++) {
        same &= level->read_pj[d] == level->write_pj[d];
        units &= level->word_units[d] == level->word_units[0];
    }
    if (!same)
        tw_diag(ctx, TW_SEVERITY_ERROR, at,
                "the model neurospector needs reads and writes of %s to cost the same",
                level->name);
    if (!units && level->shared && level->bounded)
        tw_diag(ctx, TW_SEVERITY_ERROR, at,
                "the model neurospector counts the room of %s in words of one size", level->name);
    if (level->read_bandwidth > 0 || level->write_bandwidth > 0)
        tw_diag(ctx, TW_SEVERITY_ERROR, at,
                "the model neurospector has no ports of %s for reads or writes alone", level->name);
    if (constrained(level))
        tw_diag(ctx, TW_SEVERITY_ERROR, at,
                "the model neurospector cannot constrain the loops or the unrolling of %s",
                level->name);
}

/* ---- Problem to layer -------------------------------------------------------------------------
 */

#define BIT(name) (1U << TW_DIM_##name)

/* Convolutions, and what is one with some bounds at 1, such as a product of matrices. */
bool ns_layer_of(const tw_problem *problem, ns_layer *out) {
    static const uint32_t indexed_by[NS_DATA] = {
        BIT(G) | BIT(B) | BIT(C) | BIT(P) | BIT(Q) | BIT(R) | BIT(S),
        BIT(G) | BIT(K) | BIT(C) | BIT(R) | BIT(S), BIT(G) | BIT(K) | BIT(B) | BIT(P) | BIT(Q)};
    uint32_t used = 0;
    *out = (ns_layer){.name = problem->operation->name, .stride = problem->stride[0]};
    for (int d = 0; d < TW_DIM_COUNT; d++)
        used |= problem->extent[d] > 1 ? 1U << d : 0;
    for (int c = 0; c < NS_COLUMNS; c++)
        out->size[c] = problem->extent[ns_column_dims[c]];
    bool fits = problem->tensor_count == NS_DATA && problem->stride[0] == problem->stride[1];
    for (unsigned t = 0; fits && t < problem->tensor_count; t++)
        fits = (int)problem->tensors[t].role == (int)t &&
               (problem->tensors[t].dim_mask & used) == (indexed_by[t] & used);
    const uint64_t *e = problem->extent;
    return fits && (e[TW_DIM_R] == 1 || problem->dilation[0] == 1) &&
           (e[TW_DIM_S] == 1 || problem->dilation[1] == 1);
}

/* ---- Mapping to table and back ----------------------------------------------------------------
 */

static ns_dataflow flow_of(const tw_level *level, const tw_level_mapping *mapping) {
    if (mapping->stationary == TW_NOTHING_STATIONARY)
        return NS_NONE;
    if (mapping->stationary)
        return (ns_dataflow)mapping->stationary; /* both count input, weight, output from 1 */
    if (level->constraints.stationary >= 0)
        return (ns_dataflow)(NS_IS + level->constraints.stationary);
    if (level->constraints.stationary == TW_STATIONARY_NONE)
        return NS_NONE;
    for (unsigned i = mapping->loop_count; i-- > 0;)
        if (mapping->loops[i].factor > 1)
            switch (mapping->loops[i].dim) {
            case TW_DIM_K:
                return NS_IS;
            case TW_DIM_B:
            case TW_DIM_P:
            case TW_DIM_Q:
                return NS_WS;
            case TW_DIM_C:
            case TW_DIM_R:
            case TW_DIM_S:
                return NS_OS;
            default:
                return NS_NONE;
            }
    return NS_NONE;
}

void ns_table_of(const tw_hierarchy *arch, const tw_mapping *mapping, ns_table *table,
                 ns_dataflows *flows) {
    const ns_level_role *roles = ns_level_roles(arch->level_count);
    *flows = (ns_dataflows){{NS_NONE, NS_NONE, NS_NONE, NS_NONE}};
    for (int r = 0; r < NS_ROWS; r++)
        for (int c = 0; c < NS_COLUMNS; c++)
            table->factor[r][c] = 1;
    for (unsigned l = 0; l < arch->level_count; l++) {
        const tw_level_mapping *level = &mapping->levels[l];
        const int row = (int)ns_row_of_buffer(roles[l].buffer), x = 3 * (int)roles[l].array + 1;
        for (int c = 0; c < NS_COLUMNS; c++) {
            for (unsigned i = 0; i < level->loop_count; i++)
                if (level->loops[i].dim == ns_column_dims[c])
                    table->factor[row][c] *= level->loops[i].factor;
            table->factor[x][c] = level->spatial_x[ns_column_dims[c]];
            table->factor[x + 1][c] = level->spatial_y[ns_column_dims[c]];
        }
        if (l + 1 < arch->level_count)
            flows->of[roles[l + 1].buffer] = flow_of(&arch->levels[l], level);
    }
}

/* ---- Cost -------------------------------------------------------------------------------------
 */

/* Words that the level and its parent move, over all active instances. */
static void count_tensor(const ns_cost *from, ns_level level, int d, uint64_t active,
                         tw_tensor_cost *out) {
    const uint64_t sent = from->send[level][d] * active, held = from->alloc[level][d] * active;
    const uint64_t *own = from->count[level];
    const uint64_t *parent = level == NS_LEVEL_DRAM ? NULL : from->count[level + 1];
    if (d != NS_OUTPUT) {
        out->read = sent * own[d];
        out->fill = parent ? held * parent[d] : 0;
    } else {
        out->update = sent * own[NS_OUTPUT_WRITE];
        out->psum_read = sent * own[NS_OUTPUT_READ];
        out->evict = parent ? held * parent[NS_OUTPUT_WRITE] : 0;
        out->refill = parent ? held * parent[NS_OUTPUT_READ] : 0;
    }
    out->reads = out->read + out->psum_read + out->evict;
    out->writes = out->fill + out->update + out->refill;
}

static double filled(const ns_buffer *buffer, const uint64_t words[NS_DATA]) {
    double sum = 0, most = 0;
    for (int d = 0; d < NS_DATA; d++) {
        if (buffer->bypass & 1U << d)
            continue;
        sum += (double)words[d];
        if (buffer->size_count == NS_DATA && buffer->capacity_words[d] > 0)
            most = fmax(most, (double)words[d] / buffer->capacity_words[d]);
    }
    if (buffer->size_count == 1 && buffer->capacity_words[0] > 0)
        return sum / buffer->capacity_words[0];
    return most;
}

static void price_level(const tw_hierarchy *arch, const ns_accelerator *accelerator,
                        const ns_cost *from, unsigned l, tw_level_cost *out) {
    const ns_level_role *r = &ns_level_roles(arch->level_count)[l];
    const ns_level level_number = (ns_level)(r->buffer - NS_LB);
    const ns_buffer *buffer = &accelerator->buffers[r->buffer];
    *out = (tw_level_cost){.instances = tw_hierarchy_instances(arch, l), .active = 1};
    for (int a = (int)NS_CHIP; a > (int)r->array; a--) /* arrays further out */
        out->active *= from->active[a];
    for (int d = 0; d < NS_DATA; d++) {
        tw_tensor_cost *tensor = &out->tensors[d];
        count_tensor(from, level_number, d, out->active, tensor);
        tensor->tile_words = buffer->bypass & 1U << d ? 0 : from->alloc[level_number][d];
        tensor->energy_pj = (double)(tensor->reads + tensor->writes) * buffer->access_pj[d];
    }
    out->cycles = from->level_cycles[level_number];
    out->occupancy = filled(buffer, from->alloc[level_number]);
    out->energy_pj = from->level_pj[level_number];
    out->static_pj = from->level_static_pj[level_number];
}

bool tw_neurospector_evaluate(const tw_hierarchy *arch, const tw_problem *problem,
                              const tw_mapping *mapping, tw_cost *out) {
    ns_accelerator accelerator;
    ns_layer layer;
    ns_model model;
    ns_table table;
    ns_dataflows flows;
    ns_cost cost;
    if (arch->level_count < 2 || arch->level_count > 3 || !ns_layer_of(problem, &layer) ||
        !ns_counts_fit(&layer))
        return false;
    ns_accelerator_of(arch, &accelerator);
    ns_table_of(arch, mapping, &table, &flows);
    ns_model_init(&model, &accelerator, false);
    ns_evaluate(&model, &layer, &flows, &table, &cost);
    memset(out, 0, sizeof *out);
    out->level_count = arch->level_count;
    out->tensor_count = NS_DATA;
    for (unsigned l = 0; l < arch->level_count; l++)
        price_level(arch, &accelerator, &cost, l, &out->levels[l]);
    const uint64_t units = cost.active[NS_MAC] * cost.active[NS_PE] * cost.active[NS_CHIP];
    out->macs = problem->macs;
    out->compute_steps = problem->macs / units;
    out->mac_pj = cost.mac_pj;
    out->mac_static_pj = cost.mac_static_pj;
    out->static_pj = cost.static_pj;
    out->energy_pj = cost.energy_pj;
    out->latency_cycles = cost.cycles;
    out->edp = cost.energy_pj * cost.cycles;
    out->utilization = (double)units / (double)tw_hierarchy_instances(arch, arch->level_count);
    return true;
}

/* ---- Search -----------------------------------------------------------------------------------
 */

typedef tw_status (*technique_fn)(tw_ctx *ctx, const ns_accelerator *accelerator,
                                  const ns_layer *layer, const ns_search_options *options,
                                  ns_search_result *out);

static technique_fn technique_by_name(const char *name) {
    static const struct {
        const char *name;
        technique_fn search;
    } techniques[] = {
        {"exact", ns_exact}, {"bottom-up", ns_bottom_up}, {"brute-force", ns_brute_force}};
    for (size_t i = 0; i < sizeof techniques / sizeof *techniques; i++)
        if (strcmp(techniques[i].name, name) == 0)
            return techniques[i].search;
    return NULL;
}

static tw_status check_options(tw_ctx *ctx, const tw_map_options *options) {
    const bool sum =
        strcmp(options->objective, "energy") == 0 || strcmp(options->objective, "latency") == 0;
    if (!technique_by_name(options->search))
        return tw_fail(ctx, TW_USAGE, NULL,
                       "the model neurospector is searched by exact, bottom-up or brute-force");
    if (!sum && strcmp(options->search, "exact") != 0)
        return tw_fail(
            ctx, TW_USAGE, NULL,
            "in the model neurospector %s searches for energy or latency, exact also for "
            "edp and pareto",
            options->search);
    if (strcmp(options->bypass, "fixed") != 0 || options->partial)
        return tw_fail(ctx, TW_USAGE, NULL,
                       "the model neurospector searches neither bypasses nor partial mappings");
    return TW_OK;
}

static tw_status check_hierarchy(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch) {
    const size_t before = tw_error_count(ctx);
    if (arch->level_count < 2 || arch->level_count > 3)
        tw_diag(ctx, TW_SEVERITY_ERROR, at,
                "the model neurospector has two or three storage levels, %s has %u", arch->name,
                arch->level_count);
    for (unsigned l = 0; l < arch->level_count; l++)
        check_level(ctx, at, &arch->levels[l]);
    if (arch->word_bits[0] != arch->word_bits[1] || arch->word_bits[0] != arch->word_bits[2])
        tw_diag(ctx, TW_SEVERITY_ERROR, at, "the model neurospector has words of one size");
    return tw_error_count(ctx) == before ? TW_OK : TW_INVALID;
}

tw_status tw_neurospector_check(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch,
                                const tw_map_options *options) {
    TW_TRY(check_hierarchy(ctx, at, arch));
    return options ? check_options(ctx, options) : TW_OK;
}

static void take_result(const tw_hierarchy *arch, const tw_problem *problem,
                        const tw_search_options *options, const ns_search_result *from,
                        tw_search_result *out) {
    out->limit = from->limit;
    out->evaluated = from->evaluated;
    out->pruned = from->pruned;
    out->space_log10 = from->space_log10;
    if (!from->found) {
        out->found = from->proven || from->limit == TW_OK ? TW_FOUND_INFEASIBLE : TW_FOUND_NOTHING;
        return;
    }
    ns_mapping_of(arch, &from->table, &from->dataflows, NS_ALL_BUFFERS, &out->best.mapping);
    if (!tw_neurospector_evaluate(arch, problem, &out->best.mapping, &out->best.cost))
        return;
    out->found = from->proven ? TW_FOUND_OPTIMAL : TW_FOUND_FEASIBLE;
    out->objective_value = tw_objective_value(options->objective, &out->best.cost);
    out->lower_bound = from->proven ? out->objective_value : from->lower_bound;
}

tw_status tw_neurospector_search(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                                 const tw_search_options *options, tw_search_result *out) {
    const ns_search_options wanted = {
        .metric = options->objective == TW_OBJECTIVE_LATENCY ? NS_METRIC_CYCLE : NS_METRIC_ENERGY,
        .flexible = true, /* buffers that keep theirs say so */
        .time_limit_s = options->time_limit_s,
        .work_limit = options->work_limit,
        .threads = options->threads};
    ns_accelerator accelerator;
    ns_layer layer;
    ns_search_result result;
    *out = (tw_search_result){.found = TW_FOUND_NOTHING};
    const technique_fn technique = technique_by_name(options->technique);
    if (!technique)
        return tw_fail(ctx, TW_USAGE, NULL, "the model neurospector has no search called %s",
                       options->technique);
    TW_TRY(check_hierarchy(ctx, NULL, arch)); /* with the constraints of this call */
    if (!ns_layer_of(problem, &layer) || !ns_counts_fit(&layer)) {
        out->found = TW_FOUND_INFEASIBLE;
        snprintf(out->reason, sizeof out->reason,
                 "the model neurospector prices convolutions with one stride and no dilation, and "
                 "this is none (%s)",
                 problem->operation->name);
        return TW_OK;
    }
    ns_accelerator_of(arch, &accelerator);
    if (options->objective == TW_OBJECTIVE_EDP || options->objective == TW_OBJECTIVE_PARETO) {
        TW_TRY(ns_native_front(ctx, arch, problem, options, out));
    } else {
        TW_TRY(technique(ctx, &accelerator, &layer, &wanted, &result));
        take_result(arch, problem, options, &result, out);
    }
    if (out->found == TW_FOUND_INFEASIBLE)
        ns_smallest_tile_fails(&accelerator, &layer, out->reason, sizeof out->reason);
    return TW_OK;
}
