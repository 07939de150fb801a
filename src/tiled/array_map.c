#include "tiled/array_map.h"

#include <math.h>
#include <stdio.h>

#include "tiled/divisors.h"

#define BIT(lp) (1u << (lp))
const unsigned tw_data_loops[2][TW_DATAS] = {
    {0, BIT(TW_LOOP_OFM) | BIT(TW_LOOP_BAT), BIT(TW_LOOP_OFM) | BIT(TW_LOOP_BAT)},
    {BIT(TW_LOOP_IFM) | BIT(TW_LOOP_OFM), BIT(TW_LOOP_IFM) | BIT(TW_LOOP_BAT),
     BIT(TW_LOOP_OFM) | BIT(TW_LOOP_BAT)}};

static int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

/* How the logical set of rows x columns meets the array. Folds of the width are first spread over
 * the replicas of the height. */
static void fold_and_replicate(int rows, int columns, tw_dim2 array, tw_array_mapping *m) {
    m->fold.h = rows > array.h ? ceil_div(rows, array.h) : 1;
    m->repl.h = rows > array.h ? 1 : array.h / rows;
    m->fold.w = columns > array.w ? ceil_div(columns, array.w) : 1;
    m->repl.w = columns > array.w ? 1 : array.w / columns;
    const int spread = m->repl.h < m->fold.w ? m->repl.h : m->fold.w;
    m->fold.w = ceil_div(m->fold.w, spread);
    m->repl.h /= spread;
    m->flpeset = (tw_dim2){ceil_div(rows, m->fold.h), ceil_div(columns, m->fold.w)};
    m->ppeset =
        (tw_dim2){m->flpeset.h * m->repl.h * spread, ceil_div(m->flpeset.w * m->repl.w, spread)};
}

/* One pass of one folded set, before replication. */
typedef struct {
    double ops, access[TW_MEMS][TW_DATAS];
    int64_t time, gbuf[TW_DATAS], regf[TW_DATAS];
} unit_pass;

static void describe_pass(const tw_tiled_layer *l, const tw_array_mapping *m, bool v15,
                          unit_pass *u) {
    const bool conv = tw_tiled_has_filters(l);
    const int rows = l->window_rows, columns = l->window_columns, out_columns = l->columns_out;
    const int window = rows * columns, fold = m->fold.h;
    const double out_rows = (double)l->rows_out / m->fold.w;
    const int out_rows_up = ceil_div(l->rows_out, m->fold.w);
    const double in_rows = rows + (out_rows - 1) * l->stride_rows;
    const int in_rows_up = rows + (out_rows_up - 1) * l->stride_rows;
    const int in_columns = columns + (out_columns - 1) * l->stride_columns;
    const int64_t elements =
        v15 ? (int64_t)rows * l->rows_out : (int64_t)m->flpeset.h * m->flpeset.w;

    const double ops = out_rows * out_columns * ((double)(conv ? 1 : l->region_channels) * window);

    u->ops = ops;
    u->time = (int64_t)fold * (conv ? 1 : l->region_channels) * columns * out_columns;
    u->access[TW_MEM_DRAM][TW_DATA_FIL] = conv ? window : 0;
    u->access[TW_MEM_DRAM][TW_DATA_IFM] = in_rows * in_columns;
    u->access[TW_MEM_DRAM][TW_DATA_OFM] = out_rows * out_columns;
    u->access[TW_MEM_GBUF][TW_DATA_FIL] = u->access[TW_MEM_DRAM][TW_DATA_FIL];
    u->access[TW_MEM_GBUF][TW_DATA_IFM] = u->access[TW_MEM_DRAM][TW_DATA_IFM] * (conv ? fold : 1);
    u->access[TW_MEM_GBUF][TW_DATA_OFM] = u->access[TW_MEM_DRAM][TW_DATA_OFM] * fold;
    u->access[TW_MEM_ITCN][TW_DATA_FIL] = conv ? (double)(columns * elements * fold) : 0;
    u->access[TW_MEM_ITCN][TW_DATA_IFM] = (double)(in_columns * elements * (conv ? fold : 1));
    u->access[TW_MEM_ITCN][TW_DATA_OFM] = (double)(out_columns * elements * fold);
    u->access[TW_MEM_REGF][TW_DATA_FIL] = conv ? ops : 0;
    u->access[TW_MEM_REGF][TW_DATA_IFM] = u->access[TW_MEM_REGF][TW_DATA_OFM] = ops;
    u->gbuf[TW_DATA_FIL] = conv ? window : 0;
    u->gbuf[TW_DATA_IFM] = (int64_t)in_rows_up * in_columns;
    u->gbuf[TW_DATA_OFM] = (int64_t)out_rows_up * out_columns;
    u->regf[TW_DATA_FIL] = conv ? columns : 0;
    u->regf[TW_DATA_IFM] = columns;
    u->regf[TW_DATA_OFM] = 1;
}

/* Replicas that work on `ifms` input and `ofms` output channels side by side. */
static void replicate(const tw_tiled_layer *l, const unit_pass *u, int64_t passes, double occupancy,
                      int ifms, int ofms, bool v15, tw_nested_loop *nest) {
    const bool conv = tw_tiled_has_filters(l);
    const int channels_in = conv ? l->channels_in : 1;
    nest->conv = conv;
    nest->loopcnt[TW_LOOP_IFM] = ceil_div(channels_in, ifms);
    nest->loopcnt[TW_LOOP_OFM] = ceil_div(l->channels_out, ofms);
    nest->loopcnt[TW_LOOP_BAT] = passes;
    const double loop_use[TW_LOOPS] = {
        (double)channels_in / ifms / (double)nest->loopcnt[TW_LOOP_IFM],
        (double)l->channels_out / ofms / (double)nest->loopcnt[TW_LOOP_OFM], 1};
    const int replicas = ifms * ofms;
    const int copies[TW_DATAS] = {conv ? replicas : 0, conv ? ifms : ofms, ofms};
    const double use = loop_use[TW_LOOP_IFM] * loop_use[TW_LOOP_OFM] * loop_use[TW_LOOP_BAT];
    for (int d = 0; d < TW_DATAS; d++) {
        double data_use = 1;
        for (int lp = 0; lp < TW_LOOPS; lp++)
            if (tw_data_loops[conv][d] & BIT(lp))
                data_use *= loop_use[lp];
        nest->usize_gbuf[d] = u->gbuf[d] * copies[d];
        nest->usize_regf[d] = u->regf[d];
        for (int m = 0; m < TW_MEM_ITCN; m++)
            nest->unit_access[m][d] = u->access[m][d] * copies[d] * data_use;
        nest->unit_access[TW_MEM_ITCN][d] =
            u->access[TW_MEM_ITCN][d] * (v15 ? copies[d] : replicas) * data_use;
        nest->unit_access[TW_MEM_REGF][d] = u->access[TW_MEM_REGF][d] * replicas * occupancy * use;
    }
    nest->unit_ops = u->ops * replicas * occupancy * use;
    nest->unit_time = u->time;
}

/* Replicas over rows split between input and output channels, each split that runs no more passes
 * than the best before it (repeats included, as in the original). */
static void replicate_conv(const tw_tiled_layer *l, const unit_pass *u, int64_t passes,
                           double occupancy, bool v15, tw_array_mapping *m) {
    int64_t splits[TW_MAX_DIVISORS];
    const unsigned split_count = tw_divisors(m->repl.h, splits);
    double fewest = INFINITY;
    for (unsigned s = 0; s < split_count && m->nest_count < TW_MAX_NESTS; s++) {
        const int in = (int)splits[s], out = m->repl.h / in * m->repl.w;
        const int ifms = v15 || in < l->channels_in ? in : l->channels_in;
        const int ofms = v15 || out < l->channels_out ? out : l->channels_out;
        const double count = (double)ceil_div(l->channels_in, ifms) *
                             ceil_div(l->channels_out, ofms) * (double)passes;
        if (count > fewest)
            continue;
        fewest = count;
        replicate(l, u, passes, occupancy, ifms, ofms, v15, &m->nests[m->nest_count++]);
    }
}

static bool map_layer(const tw_tiled_layer *layer, int batch, double occupancy, tw_dim2 array,
                      bool v15, tw_nested_loop *nests, tw_array_mapping *out, char reason[160]) {
    *out = (tw_array_mapping){.nests = nests};
    if (layer->channel_stride > 1) {
        snprintf(reason, 160,
                 "an element-wise layer of several operands must be partitioned "
                 "before it is mapped");
        return false;
    }
    fold_and_replicate(layer->window_rows, layer->rows_out, array, out);
    out->utilization =
        (double)((int64_t)layer->window_rows * layer->rows_out * (out->repl.h * out->repl.w)) /
        (double)((int64_t)array.h * array.w * (out->fold.h * out->fold.w));
    if (out->ppeset.h > array.h || out->ppeset.w > array.w) {
        snprintf(reason, 160, "%d x %d processing elements needed, the array has %d x %d",
                 out->ppeset.h, out->ppeset.w, array.h, array.w);
        return false;
    }
    if (out->utilization <= 0.5 || out->utilization > 1 + 1e-6) {
        snprintf(reason, 160,
                 "%d window rows x %d output rows use %.1f %% of the %d x %d array, more than "
                 "50 %% expected",
                 layer->window_rows, layer->rows_out, 100 * out->utilization, array.h, array.w);
        return false;
    }
    unit_pass unit;
    describe_pass(layer, out, v15, &unit);
    const int64_t passes = (int64_t)batch * out->fold.w;
    if (tw_tiled_has_filters(layer)) {
        replicate_conv(layer, &unit, passes, occupancy, v15, out);
    } else {
        const int room = out->repl.h * out->repl.w;
        const int ofms = v15 || room < layer->channels_out ? room : layer->channels_out;
        replicate(layer, &unit, passes, occupancy, 1, ofms, v15, &nests[out->nest_count++]);
    }
    return true;
}

bool tw_array_map(const tw_tiled_layer *layer, int batch, double occupancy, tw_dim2 array,
                  tw_nested_loop *nests, tw_array_mapping *out, char reason[160]) {
    return map_layer(layer, batch, occupancy, array, false, nests, out, reason);
}

bool tw_array_map_v15(const tw_tiled_layer *layer, int batch, tw_dim2 array, tw_nested_loop *nests,
                      tw_array_mapping *out, char reason[160]) {
    return map_layer(layer, batch, 1, array, true, nests, out, reason);
}

double tw_nest_total_access(const tw_nested_loop *nest, tw_mem mem, tw_data data) {
    int64_t count = 1;
    for (int lp = 0; lp < TW_LOOPS; lp++)
        if (tw_data_loops[nest->conv][data] & BIT(lp))
            count *= nest->loopcnt[lp];
    return nest->unit_access[mem][data] * (double)count;
}
