#include "tiled/v15_hops.h"

static int64_t volume(const tw_fmap_range *range) {
    int64_t words = 1;
    for (int a = 0; a < TW_FMAP_AXES; a++)
        words *= range->hi[a] - range->lo[a];
    return words;
}

static int64_t overlap(const tw_fmap_range *x, const tw_fmap_range *y) {
    int64_t words = 1;
    for (int a = 0; a < TW_FMAP_AXES; a++) {
        const int lo = x->lo[a] > y->lo[a] ? x->lo[a] : y->lo[a];
        const int hi = x->hi[a] < y->hi[a] ? x->hi[a] : y->hi[a];
        if (lo >= hi)
            return 0;
        words *= hi - lo;
    }
    return words;
}

/* The next index: the last parallelism fastest, rows slower than columns. */
static bool next_index(const tw_partition *part, tw_dim2 index[TW_PARS]) {
    for (int p = TW_PARS - 1; p >= 0; p--) {
        if (++index[p].w < part->pdims[p].w)
            return true;
        index[p].w = 0;
        if (++index[p].h < part->pdims[p].h)
            return true;
        index[p].h = 0;
    }
    return false;
}

unsigned tw_v15_blocks(const tw_layout_piece *piece, tw_v15_block *out) {
    unsigned count = 0;
    tw_dim2 index[TW_PARS] = {{0, 0}};
    do {
        const tw_fmap_range range = tw_partition_range(&piece->part, &piece->range, index);
        if (volume(&range) > 0)
            out[count++] = (tw_v15_block){
                range,
                tw_region_absolute(&piece->region, tw_partition_position(&piece->part, index))};
    } while (next_index(&piece->part, index));
    return count;
}

static int64_t fetch_hops(const tw_v15_block *blocks, unsigned count, const tw_fmap_range *range,
                          tw_dim2 to) {
    int64_t hops = 0;
    for (unsigned i = 0; i < count; i++)
        hops += overlap(range, &blocks[i].range) * tw_hop_distance(to, blocks[i].at);
    return hops;
}

/* The input that the windows of an output range touch. */
static tw_fmap_range input_range(const tw_tiled_layer *l, const tw_partition *part,
                                 const tw_fmap_range *out, const tw_dim2 index[TW_PARS]) {
    tw_fmap_range in = *out;
    if (tw_tiled_has_filters(l)) {
        const tw_dim2 cut = part->pdims[TW_PAR_INPP];
        tw_range_part(0, l->channels_in, index[TW_PAR_INPP].h * cut.w + index[TW_PAR_INPP].w,
                      tw_dim2_size(cut), &in.lo[TW_AXIS_CHANNEL], &in.hi[TW_AXIS_CHANNEL]);
    } else {
        const int before = l->region_channels / 2, after = l->region_channels - before;
        const int lo = in.lo[TW_AXIS_CHANNEL] - before, hi = in.hi[TW_AXIS_CHANNEL] + after;
        in.lo[TW_AXIS_CHANNEL] = lo > 0 ? lo : 0;
        in.hi[TW_AXIS_CHANNEL] = hi < l->channels_in ? hi : l->channels_in;
    }
    const int window[2] = {l->window_rows, l->window_columns};
    const int stride[2] = {l->stride_rows, l->stride_columns};
    for (int i = 0; i < 2; i++) {
        const int axis = TW_AXIS_ROW + i;
        in.lo[axis] = out->lo[axis] * stride[i];
        const int end = (out->hi[axis] - 1) * stride[i] + window[i];
        in.hi[axis] = end > in.lo[axis] ? end : in.lo[axis];
    }
    return in;
}

static int nearest(const tw_region *region, tw_dim2 from, int best) {
    for (int h = 0; h < region->dim.h; h++)
        for (int w = 0; w < region->dim.w; w++) {
            const int d = tw_hop_distance(from, tw_region_absolute(region, (tw_dim2){h, w}));
            best = d < best ? d : best;
        }
    return best;
}

/* Nodes that hold partial sums of the same outputs send them to the middle one of them, which
 * alone exchanges them with memory. */
static int64_t output_hops(const tw_partition *part, const tw_region *proc,
                           const tw_fmap_range *range, tw_dim2 index[TW_PARS],
                           const tw_v15_block *blocks, unsigned count) {
    const tw_dim2 cut = part->pdims[TW_PAR_INPP];
    const int middle = tw_dim2_size(cut) / 2;
    index[TW_PAR_INPP] = (tw_dim2){middle / cut.w, middle % cut.w};
    const tw_dim2 centre = tw_region_absolute(proc, tw_partition_position(part, index));
    int64_t hops = fetch_hops(blocks, count, range, centre);
    for (int i = 0; i < tw_dim2_size(cut); i++) {
        index[TW_PAR_INPP] = (tw_dim2){i / cut.w, i % cut.w};
        const tw_dim2 at = tw_region_absolute(proc, tw_partition_position(part, index));
        hops += volume(range) * tw_hop_distance(at, centre) / 2;
    }
    index[TW_PAR_INPP] = (tw_dim2){0, 0};
    return hops;
}

void tw_v15_hops(const tw_v15_hop_request *request, const tw_partition *part,
                 const tw_layout_piece *outputs, tw_v15_block *scratch, int64_t hops[TW_DATAS]) {
    const tw_tiled_layer *l = request->layer;
    const tw_region *proc = &request->resource->proc;
    const unsigned count = tw_v15_blocks(outputs, scratch);
    tw_dim2 index[TW_PARS] = {{0, 0}};
    for (int d = 0; d < TW_DATAS; d++)
        hops[d] = 0;
    do {
        const tw_dim2 at = tw_region_absolute(proc, tw_partition_position(part, index));
        const tw_fmap_range out = tw_partition_range(part, &outputs->range, index);
        const tw_fmap_range in = input_range(l, part, &out, index);
        if (volume(&in) > 0)
            hops[TW_DATA_IFM] += fetch_hops(request->inputs, request->input_count, &in, at);
        if (volume(&out) > 0 && index[TW_PAR_INPP].h == 0 && index[TW_PAR_INPP].w == 0)
            hops[TW_DATA_OFM] += output_hops(part, proc, &out, index, scratch, count);
        if (tw_tiled_has_filters(l)) {
            const int64_t filters = (int64_t)(in.hi[TW_AXIS_CHANNEL] - in.lo[TW_AXIS_CHANNEL]) *
                                    (out.hi[TW_AXIS_CHANNEL] - out.lo[TW_AXIS_CHANNEL]) *
                                    l->window_rows * l->window_columns;
            if (filters > 0)
                hops[TW_DATA_FIL] +=
                    filters * nearest(&request->resource->dst, at,
                                      nearest(&request->resource->src, at, 1 << 20));
        }
    } while (next_index(part, index));
}
