#include "neurospector/cost.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/inline.h"

/* `single` is a constant wherever it is looked at: each arithmetic is compiled on its own.
 *
 * A result of 32-bit arithmetic: an operation on two floats, done in double and rounded once, is
 * the correctly rounded float operation. Volatile, since GCC 12 drops some of the roundings when it
 * vectorises them. */
TW_INLINE double rounded(double value, bool single) {
    if (!single)
        return value;
    volatile float result = (float)value;
    return (double)result;
}

static const ns_buffer_id level_buffers[NS_LEVELS] = {NS_LB, NS_GB, NS_DRAM};

TW_INLINE void init_level(ns_model *model, ns_level level, bool single) {
    const ns_accelerator *accelerator = model->accelerator;
    const ns_buffer *buffer = &accelerator->buffers[level_buffers[level]];
    model->sum_cycles[level] = level == NS_LEVEL_DRAM || buffer->size_count == 1;
    model->words_per_cycle[level] =
        buffer->present
            ? rounded(rounded(buffer->bandwidth_bits, single) / accelerator->precision_bits, single)
            : 1;
    for (int d = 0; d < NS_DATA; d++) {
        model->access_pj[level][d] = rounded(buffer->access_pj[d], single);
        model->unit_cycles[level][d] = rounded(buffer->unit_cycles[d], single);
    }
}

TW_INLINE void init_static(ns_model *model, bool single) {
    const ns_accelerator *accelerator = model->accelerator;
    const double clock_ns = rounded(1.0 / accelerator->frequency_mhz * 1000, single);
    double machines = 1;
    for (int a = 0; a < NS_ARRAYS; a++)
        machines *= (double)(accelerator->arrays[a].x * accelerator->arrays[a].y);
    const double mac_power =
        rounded(rounded(accelerator->mac_static_mw, single) * clock_ns, single);
    model->static_pj_per_cycle[0] = rounded(mac_power * machines, single);
    for (int l = 0; l < NS_LEVELS; l++) {
        const double *mw = accelerator->buffers[level_buffers[l]].static_mw;
        double sum = rounded(rounded(mw[0], single) + rounded(mw[1], single), single);
        sum = rounded(sum + rounded(mw[2], single), single);
        double power = rounded(sum * clock_ns, single);
        for (int a = NS_PE; a < NS_ARRAYS; a++) {
            if (l == NS_LEVEL_DRAM || (l == NS_LEVEL_GB && a == NS_PE))
                continue;
            power = rounded(power * (double)accelerator->arrays[a].x, single);
            power = rounded(power * (double)accelerator->arrays[a].y, single);
        }
        model->static_pj_per_cycle[1 + l] = power;
    }
}

TW_INLINE void init_model(ns_model *model, bool single) {
    model->mac_pj = rounded(model->accelerator->mac_pj, single);
    for (int l = 0; l < NS_LEVELS; l++)
        init_level(model, (ns_level)l, single);
    if (model->accelerator->frequency_mhz > 0)
        init_static(model, single);
}

void ns_model_init(ns_model *model, const ns_accelerator *accelerator, bool single) {
    *model = (ns_model){.accelerator = accelerator, .single = single};
    if (single)
        init_model(model, true);
    else
        init_model(model, false);
}

void ns_tile_words(const uint64_t v[NS_COLUMNS], uint64_t stride, uint64_t words[NS_DATA]) {
    const uint64_t rows = (v[NS_P] - 1) * stride + v[NS_R];
    const uint64_t columns = (v[NS_Q] - 1) * stride + v[NS_S];
    words[NS_INPUT] = v[NS_B] * v[NS_C] * v[NS_G] * rows * columns;
    words[NS_WEIGHT] = v[NS_K] * v[NS_C] * v[NS_R] * v[NS_S] * v[NS_G];
    words[NS_OUTPUT] = v[NS_K] * v[NS_B] * v[NS_P] * v[NS_Q] * v[NS_G];
}

ns_dataflow ns_dataflow_in_force(const ns_accelerator *accelerator, const ns_dataflows *dataflows,
                                 ns_buffer_id buffer) {
    int b = (int)buffer;
    while (b >= 0 && ns_row_is_virtual(accelerator, ns_row_of_buffer((ns_buffer_id)b))) {
        do
            b--;
        while (b >= 0 && dataflows->of[b] == NS_NONE);
    }
    return b >= 0 ? dataflows->of[b] : NS_NONE;
}

static inline uint64_t product_bpq(const uint64_t f[NS_COLUMNS]) {
    return f[NS_B] * f[NS_P] * f[NS_Q];
}

static inline uint64_t product_crs(const uint64_t f[NS_COLUMNS]) {
    return f[NS_C] * f[NS_R] * f[NS_S];
}

uint64_t ns_stationary_run(const uint64_t f[NS_COLUMNS], ns_dataflow dataflow) {
    const uint64_t bpq = product_bpq(f), crs = product_crs(f);
    switch (dataflow) {
    case NS_IS:
        return f[NS_K] > 1 ? f[NS_K] : bpq > crs ? bpq : crs;
    case NS_WS:
        return bpq;
    case NS_OS:
        return crs;
    default:
        return 1;
    }
}

/* Loop bounds by what they index, as products over the temporal rows from one row outwards. */
typedef struct {
    uint64_t k_g_bpq, crs;
} outer_steps;

/* Counts of one level. `inner` are the temporal steps of this row and all further out, `dram_crs`
 * the C*R*S steps in DRAM. */
static void count_level(const outer_steps *inner, const uint64_t row[NS_COLUMNS],
                        ns_dataflow dataflow, bool is_dram, uint64_t dram_crs,
                        uint64_t count[NS_COUNTS]) {
    const uint64_t steps = inner->k_g_bpq * inner->crs;
    const uint64_t run = ns_stationary_run(row, dataflow);
    count[NS_INPUT_READ] = dataflow == NS_IS ? steps / run : steps;
    count[NS_WEIGHT_READ] = dataflow == NS_WS ? steps / run : steps;
    count[NS_OUTPUT_WRITE] = dataflow == NS_OS ? steps / run : steps;
    if (dataflow != NS_OS)
        count[NS_OUTPUT_READ] = inner->k_g_bpq * (inner->crs - 1);
    else
        count[NS_OUTPUT_READ] = is_dram ? 0 : inner->k_g_bpq * (dram_crs - 1);
}

/* A tile that covers all there is below is moved once, by whoever moves it first. */
static void adjust_counts(const ns_accelerator *accelerator, const uint64_t dram_row[NS_COLUMNS],
                          ns_cost *c) {
    uint64_t *dram = c->count[NS_LEVEL_DRAM], *gb = c->count[NS_LEVEL_GB];
    bool whole[NS_DATA], passed[NS_DATA];
    for (int d = 0; d < NS_DATA; d++) {
        whole[d] = c->alloc[NS_LEVEL_DRAM][d] == c->send[NS_LEVEL_DRAM][d];
        passed[d] = c->alloc[NS_LEVEL_GB][d] == c->send[NS_LEVEL_GB][d];
    }
    if (whole[NS_INPUT])
        dram[NS_INPUT_READ] = 1;
    if (whole[NS_WEIGHT])
        dram[NS_WEIGHT_READ] = 1;
    if (whole[NS_OUTPUT]) {
        dram[NS_OUTPUT_READ] = 0;
        dram[NS_OUTPUT_WRITE] = 1;
    }
    for (int d = 0; d < NS_DATA; d++)
        if (passed[d])
            gb[d] = dram[d];
    if (passed[NS_OUTPUT])
        gb[NS_OUTPUT_WRITE] = dram[NS_OUTPUT_WRITE];
    const unsigned bypass = accelerator->buffers[NS_GB].bypass;
    if (bypass == 0)
        return;
    if ((bypass & 1U << NS_INPUT) && whole[NS_INPUT] && !passed[NS_INPUT])
        dram[NS_OUTPUT_WRITE] *= ns_stationary_run(dram_row, NS_IS);
    if ((bypass & 1U << NS_WEIGHT) && whole[NS_WEIGHT] && !passed[NS_WEIGHT])
        dram[NS_WEIGHT_READ] *= ns_stationary_run(dram_row, NS_WS);
    if ((bypass & 1U << NS_OUTPUT) && whole[NS_OUTPUT] && !passed[NS_OUTPUT]) {
        const uint64_t run = ns_stationary_run(dram_row, NS_OS);
        dram[NS_OUTPUT_READ] = run - 1;
        dram[NS_OUTPUT_WRITE] *= run;
    }
}

static void count_tiles(const ns_accelerator *accelerator, const ns_layer *layer,
                        const ns_dataflows *dataflows, const ns_table *table, ns_cost *out) {
    uint64_t v[NS_COLUMNS] = {1, 1, 1, 1, 1, 1, 1, 1};
    for (int r = NS_ROW_REG; r <= NS_ROW_DRAM; r++) {
        const bool temporal = r % 3 == 0 && r > 0;
        if (temporal)
            ns_tile_words(v, layer->stride, out->send[r / 3 - 1]);
        for (int c = 0; c < NS_COLUMNS; c++)
            v[c] *= table->factor[r][c];
        if (temporal)
            ns_tile_words(v, layer->stride, out->alloc[r / 3 - 1]);
    }
    const uint64_t dram_crs = product_crs(table->factor[NS_ROW_DRAM]);
    outer_steps steps = {1, 1};
    for (int l = NS_LEVEL_DRAM; l >= NS_LEVEL_LB; l--) {
        const uint64_t *row = table->factor[3 * l + 3];
        steps.k_g_bpq *= row[NS_K] * row[NS_G] * product_bpq(row);
        steps.crs *= product_crs(row);
        const ns_dataflow in_force =
            l == NS_LEVEL_LB ? NS_NONE
                             : ns_dataflow_in_force(accelerator, dataflows, level_buffers[l - 1]);
        count_level(&steps, row, in_force, l == NS_LEVEL_DRAM, dram_crs, out->count[l]);
    }
    adjust_counts(accelerator, table->factor[NS_ROW_DRAM], out);
}

TW_INLINE double energy(const double access_pj[NS_DATA], const uint64_t tile[NS_DATA],
                        const uint64_t count[NS_COUNTS], bool single) {
    const uint64_t out = tile[NS_OUTPUT] * (count[NS_OUTPUT_READ] + count[NS_OUTPUT_WRITE]);
    const double input_words = rounded((double)(tile[NS_INPUT] * count[NS_INPUT_READ]), single);
    const double weight_words = rounded((double)(tile[NS_WEIGHT] * count[NS_WEIGHT_READ]), single);
    const double input_pj = rounded(input_words * access_pj[NS_INPUT], single);
    const double weight_pj = rounded(weight_words * access_pj[NS_WEIGHT], single);
    const double output_pj = rounded(rounded((double)out, single) * access_pj[NS_OUTPUT], single);
    return rounded(rounded(input_pj + weight_pj, single) + output_pj, single);
}

TW_INLINE double level_cycles(const ns_model *model, ns_level level, const uint64_t tile[NS_DATA],
                              const uint64_t count[NS_COUNTS], bool single) {
    const uint64_t words[NS_DATA] = {
        tile[NS_INPUT] * count[NS_INPUT_READ], tile[NS_WEIGHT] * count[NS_WEIGHT_READ],
        tile[NS_OUTPUT] * (count[NS_OUTPUT_READ] + count[NS_OUTPUT_WRITE])};
    double cycles[NS_DATA];
    for (int d = 0; d < NS_DATA; d++) {
        const double transfers =
            rounded(rounded((double)words[d], single) / model->words_per_cycle[level], single);
        cycles[d] = rounded(ceil(transfers) * model->unit_cycles[level][d], single);
    }
    if (model->sum_cycles[level])
        return rounded(rounded(cycles[0] + cycles[1], single) + cycles[2], single);
    return fmax(fmax(cycles[0], cycles[1]), cycles[2]);
}

TW_INLINE double mac_count(const ns_layer *layer, bool single) {
    double macs = 1;
    for (int c = 0; c < NS_COLUMNS; c++)
        macs = rounded(macs * rounded((double)layer->size[c], single), single);
    return macs;
}

TW_INLINE void price_cycles(const ns_model *model, double macs, ns_cost *c, bool single) {
    const uint64_t units = c->active[NS_MAC] * c->active[NS_PE] * c->active[NS_CHIP];
    c->mac_cycles = rounded(macs / rounded((double)units, single), single);
    c->cycles = c->mac_cycles;
    for (int l = 0; l < NS_LEVELS; l++) {
        c->level_cycles[l] = level_cycles(model, (ns_level)l, c->send[l], c->count[l], single);
        c->cycles = rounded(c->cycles + c->level_cycles[l], single);
    }
}

TW_INLINE void price_energy(const ns_model *model, double macs, ns_cost *c, bool single) {
    const double pes = (double)(c->active[NS_PE] * c->active[NS_CHIP]);
    const double chips = (double)c->active[NS_CHIP];
    const double *lb = model->access_pj[NS_LEVEL_LB], *gb = model->access_pj[NS_LEVEL_GB];
    const uint64_t *gb_count = c->count[NS_LEVEL_GB], *dram_count = c->count[NS_LEVEL_DRAM];
    c->mac_pj = rounded(macs * model->mac_pj, single);
    c->lb_upper_pj =
        rounded(energy(lb, c->send[NS_LEVEL_LB], c->count[NS_LEVEL_LB], single) * pes, single);
    c->lb_lower_pj = rounded(energy(lb, c->alloc[NS_LEVEL_LB], gb_count, single) * pes, single);
    c->gb_upper_pj = rounded(energy(gb, c->send[NS_LEVEL_GB], gb_count, single) * chips, single);
    c->gb_lower_pj = rounded(energy(gb, c->alloc[NS_LEVEL_GB], dram_count, single) * chips, single);
    c->level_pj[NS_LEVEL_LB] = rounded(c->lb_upper_pj + c->lb_lower_pj, single);
    c->level_pj[NS_LEVEL_GB] = rounded(c->gb_upper_pj + c->gb_lower_pj, single);
    c->level_pj[NS_LEVEL_DRAM] =
        energy(model->access_pj[NS_LEVEL_DRAM], c->send[NS_LEVEL_DRAM], dram_count, single);
    c->dynamic_pj = c->mac_pj;
    c->mac_static_pj = rounded(model->static_pj_per_cycle[0] * c->cycles, single);
    c->static_pj = c->mac_static_pj;
    for (int l = 0; l < NS_LEVELS; l++) {
        c->dynamic_pj = rounded(c->dynamic_pj + c->level_pj[l], single);
        c->level_static_pj[l] = rounded(model->static_pj_per_cycle[1 + l] * c->cycles, single);
        c->static_pj = rounded(c->static_pj + c->level_static_pj[l], single);
    }
    c->energy_pj = rounded(c->dynamic_pj + c->static_pj, single);
}

TW_INLINE void price(const ns_model *model, const ns_layer *layer, ns_cost *c, bool single) {
    const double macs = mac_count(layer, single);
    price_cycles(model, macs, c, single);
    price_energy(model, macs, c, single);
}

void ns_evaluate(const ns_model *model, const ns_layer *layer, const ns_dataflows *dataflows,
                 const ns_table *table, ns_cost *out) {
    count_tiles(model->accelerator, layer, dataflows, table, out);
    for (int a = 0; a < NS_ARRAYS; a++)
        out->active[a] =
            ns_row_product(table, (ns_row)(3 * a + 1)) * ns_row_product(table, (ns_row)(3 * a + 2));
    if (model->single)
        price(model, layer, out, true);
    else
        price(model, layer, out, false);
}

tw_status ns_single_check(tw_ctx *ctx, const ns_model *model, const ns_layer *layer) {
    const double words = (double)ns_most_words(layer); /* not fewer than operations */
    double cycles = words, pj = words * model->mac_pj;
    for (int l = 0; l < NS_LEVELS; l++)
        for (int d = 0; d < NS_DATA; d++) {
            cycles += (words / model->words_per_cycle[l] + 1) * model->unit_cycles[l][d];
            pj += 2 * words * model->access_pj[l][d]; /* sent and taken in */
        }
    for (int i = 0; i <= NS_LEVELS; i++)
        pj += model->static_pj_per_cycle[i] * cycles;
    if (cycles < FLT_MAX / 2 && pj < FLT_MAX / 2)
        return TW_OK;
    return tw_fail(ctx, TW_INVALID, layer->at.file ? &layer->at : NULL,
                   "layer %s can cost more than the 32-bit floats hold in which bottom-up and "
                   "`tilewright neurospector` count: `map --search exact` has no such limit",
                   layer->name);
}

double ns_metric_value(ns_metric metric, const ns_cost *cost) {
    return metric == NS_METRIC_ENERGY ? cost->energy_pj : cost->cycles;
}
