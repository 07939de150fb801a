#include "neurospector/network_wise.h"

#include <math.h>
#include <string.h>

#include "neurospector/exact.h"

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* The tile that all chips hold together. */
static void held(const ns_table *table, uint64_t extent[NS_COLUMNS]) {
    for (int c = 0; c < NS_COLUMNS; c++) {
        extent[c] = 1;
        for (int r = 0; r < NS_ROW_DRAM; r++)
            extent[c] *= table->factor[r][c];
    }
}

uint64_t ns_reused_words(const ns_accelerator *accelerator, const ns_layer *before,
                         const ns_table *before_table, const ns_layer *layer,
                         const ns_table *table) {
    const unsigned both = 1U << NS_INPUT | 1U << NS_OUTPUT;
    const ns_buffer *gb = &accelerator->buffers[NS_GB];
    uint64_t out[NS_COLUMNS], in[NS_COLUMNS];
    if (before->size[NS_K] != layer->size[NS_C] || before->size[NS_B] != layer->size[NS_B] ||
        (gb->present && (gb->bypass & both)))
        return 0;
    held(before_table, out);
    held(table, in);
    const uint64_t rows = (in[NS_P] - 1) * layer->stride + in[NS_R];
    const uint64_t columns = (in[NS_Q] - 1) * layer->stride + in[NS_S];
    return least(out[NS_B], in[NS_B]) * least(out[NS_P], rows) * least(out[NS_Q], columns) *
           least(out[NS_K], in[NS_C]);
}

void ns_credit_reuse(const ns_model *model, const ns_layer *before, const ns_table *before_table,
                     const ns_layer *layer, const ns_table *table, ns_cost *cost) {
    const int dram = NS_LEVEL_DRAM;
    const double words =
        (double)ns_reused_words(model->accelerator, before, before_table, layer, table);
    const double *pj = model->access_pj[dram], *unit = model->unit_cycles[dram];
    const double saved_pj = words * (pj[NS_INPUT] + pj[NS_OUTPUT]);
    const double saved_cycles =
        ceil(words / model->words_per_cycle[dram]) * (unit[NS_INPUT] + unit[NS_OUTPUT]);
    cost->level_pj[dram] -= saved_pj;
    cost->dynamic_pj -= saved_pj;
    cost->level_cycles[dram] -= saved_cycles;
    cost->cycles -= saved_cycles;
    cost->mac_static_pj = model->static_pj_per_cycle[0] * cost->cycles;
    cost->static_pj = cost->mac_static_pj;
    for (int l = 0; l < NS_LEVELS; l++) {
        cost->level_static_pj[l] = model->static_pj_per_cycle[1 + l] * cost->cycles;
        cost->static_pj += cost->level_static_pj[l];
    }
    cost->energy_pj = cost->dynamic_pj + cost->static_pj;
}

/* ---- Chips
 * ---------------------------------------------------------------------------------------
 *
 * Whether layers in parallel pay depends on them together only through the cycles of the slowest:
 * with those bounded by T, every layer's own cost and chips remain, a knapsack. Every possible T is
 * tried. */

typedef struct {
    tw_ctx *ctx;
    const ns_accelerator *accelerator;
    const ns_layer *const *layers;
    const ns_search_options *options;
    size_t count;
    uint64_t chips;
    double static_pj;       /* of the machine, per cycle */
    ns_search_result *with; /* [layer * (chips + 1) + n]: exactly n chips; 0: any number */
    double *value;          /* knapsack: [layer * (chips + 1) + chips left] */
    uint64_t *choice;       /* chips in parallel, 0: alone */
} partitioner;

static ns_search_result *result_of(const partitioner *p, size_t layer, uint64_t chips) {
    return &p->with[layer * (p->chips + 1) + chips];
}

static tw_status search_all(partitioner *p) {
    ns_search_options options = *p->options;
    for (size_t i = 0; i < p->count; i++)
        for (options.chips = 0; options.chips <= p->chips; options.chips++) {
            ns_search_result *result = result_of(p, i, options.chips);
            TW_TRY(ns_exact(p->ctx, p->accelerator, p->layers[i], &options, result));
            if (options.chips == 0 && !result->found)
                return tw_fail(p->ctx, result->limit == TW_OK ? TW_INFEASIBLE : result->limit,
                               &p->layers[i]->at, "layer %s has no valid mapping",
                               p->layers[i]->name);
        }
    return TW_OK;
}

/* What a layer in parallel adds by itself. */
static double own_cost(const partitioner *p, const ns_search_result *result) {
    return p->options->metric == NS_METRIC_CYCLE ? 0 : result->cost.dynamic_pj;
}

static double shared_cost(const partitioner *p, double slowest_cycles) {
    return slowest_cycles * (p->options->metric == NS_METRIC_CYCLE ? 1 : p->static_pj);
}

/* The least sum of layers i and on with `left` chips for parallel ones of at most T cycles. */
static double fill_knapsack(partitioner *p, double slowest_cycles) {
    const uint64_t width = p->chips + 1;
    for (size_t i = p->count; i-- > 0;)
        for (uint64_t left = 0; left < width; left++) {
            double *value = &p->value[i * width + left];
            const double *next = i + 1 < p->count ? &p->value[(i + 1) * width] : NULL;
            *value = result_of(p, i, 0)->value + (next ? next[left] : 0);
            p->choice[i * width + left] = 0;
            for (uint64_t n = 1; n <= left; n++) {
                const ns_search_result *result = result_of(p, i, n);
                if (!result->found || result->cost.cycles > slowest_cycles)
                    continue;
                const double sum = own_cost(p, result) + (next ? next[left - n] : 0);
                if (sum < *value) {
                    *value = sum;
                    p->choice[i * width + left] = n;
                }
            }
        }
    return p->value[p->chips];
}

static void follow(const partitioner *p, ns_partition *out) {
    uint64_t left = p->chips;
    for (size_t i = 0; i < p->count; i++) {
        const uint64_t n = p->choice[i * (p->chips + 1) + left];
        const ns_search_result *result = result_of(p, i, n);
        out->results[i] = *result;
        memcpy(out->results[i].strategy, "EXACT", sizeof "EXACT");
        out->parallel[i] = n > 0;
        out->chips[i] = result->cost.active[NS_CHIP];
        left -= n;
    }
}

static void choose(partitioner *p, ns_partition *out) {
    out->alone_value = 0;
    for (size_t i = 0; i < p->count; i++)
        out->alone_value += result_of(p, i, 0)->value;
    out->value = fill_knapsack(p, -1); /* nothing is that quick: all alone */
    follow(p, out);
    for (size_t i = 0; i < p->count; i++)
        for (uint64_t n = 1; n <= p->chips; n++) {
            const ns_search_result *result = result_of(p, i, n);
            if (!result->found)
                continue;
            const double value =
                fill_knapsack(p, result->cost.cycles) + shared_cost(p, result->cost.cycles);
            if (value < out->value) {
                out->value = value;
                follow(p, out);
            }
        }
}

tw_status ns_partition_chips(tw_ctx *ctx, const ns_accelerator *accelerator,
                             const ns_layer *const layers[], size_t count,
                             const ns_search_options *options, ns_partition *out) {
    const ns_array *array = &accelerator->arrays[NS_CHIP];
    partitioner p = {.ctx = ctx,
                     .accelerator = accelerator,
                     .layers = layers,
                     .options = options,
                     .count = count,
                     .chips = array->x * array->y};
    ns_model model;
    *out = (ns_partition){.value = 0};
    if (count > NS_MAX_PARTITION || p.chips > 1024)
        return tw_fail(ctx, TW_USAGE, NULL, "at most %d layers and 1024 chips can be partitioned",
                       NS_MAX_PARTITION);
    ns_model_init(&model, accelerator, false);
    for (int i = 0; i <= NS_LEVELS; i++)
        p.static_pj += model.static_pj_per_cycle[i];
    const size_t cells = count * (p.chips + 1);
    p.with = tw_alloc_array(ctx, cells, sizeof *p.with);
    p.value = tw_alloc_array(ctx, cells, sizeof *p.value);
    p.choice = tw_alloc_array(ctx, cells, sizeof *p.choice);
    tw_status status = p.with && p.value && p.choice ? TW_OK : tw_out_of_memory(ctx);
    if (status == TW_OK)
        status = search_all(&p);
    if (status == TW_OK)
        choose(&p, out);
    tw_free(ctx, p.with);
    tw_free(ctx, p.value);
    tw_free(ctx, p.choice);
    return status;
}
