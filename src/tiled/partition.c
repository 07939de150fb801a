#include "tiled/partition.h"

#include "tiled/divisors.h"

static int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

static int max_int(int a, int b) {
    return a > b ? a : b;
}

int tw_partition_size(const tw_partition *part) {
    int size = 1;
    for (int p = 0; p < TW_PARS; p++)
        size *= tw_dim2_size(part->pdims[p]);
    return size;
}

bool tw_divides_roughly(int total, int parts) {
    const int padded = ceil_div(total, parts) * parts;
    const double tolerance = 0.1 * max_int(padded, total);
    const int difference = padded > total ? padded - total : total - padded;
    return total >= parts && difference <= (tolerance > 1 ? tolerance : 1);
}

/* nn_dataflow 1.5 lets padding add 20 %. */
static bool divides_v15(int total, int parts) {
    return ceil_div(total, parts) * parts <= total * 1.2;
}

static bool rules_of_hybrid(const tw_partition_request *r, const tw_tiled_options *o,
                            const tw_dim2 *pdims) {
    const tw_tiled_layer *l = &r->layer;
    const int inputs = tw_dim2_size(pdims[TW_PAR_INPP]);
    bool (*const divides)(int, int) = o->model_v15 ? divides_v15 : tw_divides_roughly;
    if (!divides(l->channels_out, tw_dim2_size(pdims[TW_PAR_OUTP])) ||
        !divides(l->rows_out, pdims[TW_PAR_OFMP].h) ||
        !divides(l->columns_out, pdims[TW_PAR_OFMP].w))
        return false;
    if (!o->partition_ifmaps && inputs > 1)
        return false;
    if (r->data_only)
        return true;
    return tw_tiled_has_filters(l) ? divides(l->channels_in, inputs) : inputs == 1;
}

static bool rules_of_naive(const tw_partition_request *r, const tw_dim2 *pdims) {
    if (tw_dim2_size(pdims[TW_PAR_INPP]) != 1)
        return false;
    const bool point = r->layer.rows_out == 1 && r->layer.columns_out == 1;
    return tw_dim2_size(pdims[point ? TW_PAR_OFMP : TW_PAR_OUTP]) == 1;
}

/* A cut by single rows or columns whose transpose comes earlier. */
static bool is_transposed_repeat(const tw_dim2 *pdims) {
    if (tw_dim2_size(pdims[TW_PAR_OFMP]) != 1)
        return false;
    int difference = 0;
    for (int p = 0; p < TW_PARS; p++) {
        if (pdims[p].h != 1 && pdims[p].w != 1)
            return false;
        if (difference == 0)
            difference = pdims[p].h - pdims[p].w;
    }
    return difference > 0;
}

static bool dims_allowed(const tw_partition_request *r, const tw_tiled_options *o,
                         const tw_dim2 *pdims) {
    const int batches = tw_dim2_size(pdims[TW_PAR_BATP]);
    if ((!o->partition_batch && batches > 1) || r->batch % batches != 0)
        return false;
    for (int p = 0; p < TW_PARS && !o->model_v15; p++)
        if (p != TW_PAR_OFMP && pdims[p].h > 1 && pdims[p].h < r->nodes.h && pdims[p].w > 1 &&
            pdims[p].w < r->nodes.w)
            return false;
    return (o->partition_hybrid ? rules_of_hybrid(r, o, pdims) : rules_of_naive(r, pdims)) &&
           !is_transposed_repeat(pdims);
}

/* Orders that make a difference: parallelisms of one piece first, ascending, then batch. */
static bool order_allowed(const tw_dim2 *pdims, const int *order) {
    int single = 0;
    for (int p = 0; p < TW_PARS; p++)
        single += tw_dim2_size(pdims[p]) == 1;
    for (int i = 0; i + 1 < TW_PARS; i++) {
        const tw_dim2 above = pdims[order[i]], below = pdims[order[i + 1]];
        const bool one_above = tw_dim2_size(above) == 1, one_below = tw_dim2_size(below) == 1;
        if ((one_above && one_below && order[i] > order[i + 1]) || (!one_above && one_below))
            return false;
        if (order[i] != TW_PAR_BATP && below.h == 1 && below.w > 1 && above.h > 1 && above.w == 1)
            return false;
    }
    return tw_dim2_size(pdims[TW_PAR_BATP]) == 1 || order[single] == TW_PAR_BATP;
}

static bool next_permutation(int *order) {
    int i = TW_PARS - 2;
    while (i >= 0 && order[i] > order[i + 1])
        i--;
    if (i < 0)
        return false;
    int j = TW_PARS - 1;
    while (order[j] < order[i])
        j--;
    int swap = order[i];
    order[i] = order[j];
    order[j] = swap;
    for (int a = i + 1, b = TW_PARS - 1; a < b; a++, b--) {
        swap = order[a];
        order[a] = order[b];
        order[b] = swap;
    }
    return true;
}

/* Ordered splits of a mesh side into four factors, in lexicographic order. */
enum { MAX_SPLITS = 2048 };
static unsigned list_splits(int side, int splits[MAX_SPLITS][TW_PARS]) {
    unsigned count = 0;
    for (int a = 1; a <= side; a++)
        for (int b = 1; side % a == 0 && b <= side / a; b++)
            for (int c = 1; side / a % b == 0 && c <= side / a / b; c++)
                if (side / a / b % c == 0 && count < MAX_SPLITS) {
                    int *s = splits[count++];
                    s[0] = a, s[1] = b, s[2] = c, s[3] = side / a / b / c;
                }
    return count;
}

typedef struct {
    tw_ctx *ctx;
    tw_arena *arena;
    tw_partition *list;
    unsigned count, capacity;
} partition_list;

static tw_status add(partition_list *l, const tw_partition *part) {
    if (l->count == l->capacity) {
        const unsigned capacity = l->capacity ? 2 * l->capacity : 32;
        tw_partition *longer = tw_arena_array(l->arena, capacity, sizeof *longer);
        if (!longer)
            return tw_out_of_memory(l->ctx);
        if (l->count)
            memcpy(longer, l->list, l->count * sizeof *longer);
        l->list = longer;
        l->capacity = capacity;
    }
    l->list[l->count++] = *part;
    return TW_OK;
}

static tw_status add_orders(partition_list *l, tw_partition *part) {
    int order[TW_PARS] = {0, 1, 2, 3};
    do {
        if (!order_allowed(part->pdims, order))
            continue;
        memcpy(part->order, order, sizeof order);
        TW_TRY(add(l, part));
    } while (next_permutation(order));
    return TW_OK;
}

static tw_partition plain_cut(const tw_partition_request *r) {
    const bool point = r->layer.rows_out == 1 && r->layer.columns_out == 1;
    tw_partition part = {.order = {0, 1, 2, 3}, .pdims = {{1, 1}, {1, 1}, {1, 1}, {1, 1}}};
    part.pdims[point ? TW_PAR_OUTP : TW_PAR_OFMP] = r->nodes;
    return part;
}

tw_status tw_partitions(tw_ctx *ctx, tw_arena *arena, const tw_partition_request *request,
                        const tw_tiled_options *options, tw_partition **out, unsigned *count) {
    int rows[MAX_SPLITS][TW_PARS], columns[MAX_SPLITS][TW_PARS];
    const unsigned row_splits = list_splits(request->nodes.h, rows);
    const unsigned column_splits = list_splits(request->nodes.w, columns);
    partition_list list = {ctx, arena, NULL, 0, 0};
    for (unsigned r = 0; r < row_splits; r++)
        for (unsigned c = 0; c < column_splits; c++) {
            tw_partition part = {0};
            for (int p = 0; p < TW_PARS; p++)
                part.pdims[p] = (tw_dim2){rows[r][p], columns[c][p]};
            if (dims_allowed(request, options, part.pdims))
                TW_TRY(add_orders(&list, &part));
        }
    if (list.count == 0) {
        const tw_partition part = plain_cut(request);
        TW_TRY(add(&list, &part));
    }
    *out = list.list;
    *count = list.count;
    return TW_OK;
}

void tw_partition_layer(const tw_partition *part, const tw_tiled_layer *layer, int batch,
                        tw_tiled_layer *part_layer, int *part_batch, double *occupancy) {
    const tw_dim2 *pdims = part->pdims;
    const int channels = ceil_div(layer->channels_out, tw_dim2_size(pdims[TW_PAR_OUTP]));
    const tw_dim2 out = {ceil_div(layer->rows_out, pdims[TW_PAR_OFMP].h),
                         ceil_div(layer->columns_out, pdims[TW_PAR_OFMP].w)};
    const tw_dim2 window = {layer->window_rows, layer->window_columns};
    const tw_dim2 stride = {layer->stride_rows, layer->stride_columns};
    *part_batch = ceil_div(batch, tw_dim2_size(pdims[TW_PAR_BATP]));
    *part_layer =
        tw_tiled_has_filters(layer)
            ? tw_tiled_conv(ceil_div(layer->channels_in, tw_dim2_size(pdims[TW_PAR_INPP])),
                            channels, out, window, stride)
            : tw_tiled_local_region(channels, out, layer->region_channels, window, 1, stride);
    const int64_t padded = tw_tiled_ops(part_layer, *part_batch) * tw_partition_size(part);
    *occupancy = (double)tw_tiled_ops(layer, batch) / (double)padded;
}

static int *side(tw_dim2 *dim, int axis) {
    return axis == 0 ? &dim->h : &dim->w;
}

tw_partition tw_partition_project(const tw_partition *part, tw_dim2 region) {
    tw_partition out = *part;
    out.pdims[TW_PAR_INPP] = (tw_dim2){1, 1};
    for (int axis = 0; axis < 2; axis++) {
        int pieces = 1, room = *side(&region, axis);
        for (int p = 0; p < TW_PARS; p++)
            pieces *= *side(&out.pdims[p], axis);
        if (room > pieces) {
            *side(&out.pdims[TW_PAR_BATP], axis) *= room / pieces;
            continue;
        }
        for (int i = TW_PARS - 1; i >= 0; i--) {
            int *cut = side(&out.pdims[out.order[i]], axis);
            if (room >= *cut) {
                room /= *cut;
            } else {
                *cut = room;
                room = 1;
            }
        }
    }
    return out;
}

tw_dim2 tw_partition_position(const tw_partition *part, const tw_dim2 index[TW_PARS]) {
    tw_dim2 at = {0, 0};
    for (int i = 0; i < TW_PARS; i++) {
        const int p = part->order[i];
        at.h = at.h * part->pdims[p].h + index[p].h;
        at.w = at.w * part->pdims[p].w + index[p].w;
    }
    return at;
}

tw_fmap_range tw_partition_range(const tw_partition *part, const tw_fmap_range *whole,
                                 const tw_dim2 index[TW_PARS]) {
    const tw_dim2 *pdims = part->pdims;
    const int indices[TW_FMAP_AXES] = {
        index[TW_PAR_BATP].h * pdims[TW_PAR_BATP].w + index[TW_PAR_BATP].w,
        index[TW_PAR_OUTP].h * pdims[TW_PAR_OUTP].w + index[TW_PAR_OUTP].w, index[TW_PAR_OFMP].h,
        index[TW_PAR_OFMP].w};
    const int counts[TW_FMAP_AXES] = {tw_dim2_size(pdims[TW_PAR_BATP]),
                                      tw_dim2_size(pdims[TW_PAR_OUTP]), pdims[TW_PAR_OFMP].h,
                                      pdims[TW_PAR_OFMP].w};
    tw_fmap_range range;
    for (int a = 0; a < TW_FMAP_AXES; a++)
        tw_range_part(whole->lo[a], whole->hi[a], indices[a], counts[a], &range.lo[a],
                      &range.hi[a]);
    return range;
}
