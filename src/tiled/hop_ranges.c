#include "tiled/hop_ranges.h"

static int max_int(int a, int b) {
    return a > b ? a : b;
}

static int min_int(int a, int b) {
    return a < b ? a : b;
}

static void find_memory(tw_hop_counter *c) {
    const tw_region *proc = &c->request.proc, *dram = &c->request.dram;
    c->memory_everywhere = true;
    for (int n = 0; n < tw_dim2_size(proc->dim); n++) {
        const tw_dim2 at = tw_region_absolute(proc, tw_index_pair(n, proc->dim));
        int nearest = INT32_MAX;
        for (int m = 0; m < tw_dim2_size(dram->dim) && nearest > 0; m++)
            nearest =
                min_int(nearest,
                        tw_hop_distance(at, tw_region_absolute(dram, tw_index_pair(m, dram->dim))));
        c->memory_distance[n] = nearest;
        c->memory_everywhere &= nearest == 0;
    }
}

static bool make_cut(tw_hop_counter *c, tw_fmap_cut *cut, size_t room) {
    for (int a = 0; a < TW_FMAP_AXES; a++) {
        cut->spans[a] = tw_arena_array(&c->arena, room, sizeof(tw_span));
        if (!cut->spans[a])
            return false;
    }
    return true;
}

static bool make_layouts(tw_hop_counter *c, size_t room) {
    for (int i = 0; i < TW_LAYOUT_CUTS; i++) {
        c->layouts[i].places = tw_arena_array(&c->arena, room, sizeof(tw_dim2));
        if (!c->layouts[i].places || !make_cut(c, &c->layouts[i].cut, room))
            return false;
    }
    return true;
}

static bool make_scratch(tw_hop_counter *c) {
    const size_t room = (size_t)tw_dim2_size(c->mesh);
    const size_t side = (size_t)max_int(c->mesh.h, c->mesh.w);
    c->memory_distance = tw_arena_array(&c->arena, room, sizeof(int));
    c->tree_distance = tw_arena_array(&c->arena, room, sizeof(int));
    c->members = tw_arena_array(&c->arena, room, sizeof(tw_dim2));
    c->tree_shape = tw_arena_array(&c->arena, room, sizeof(tw_dim2));
    c->member_hops = tw_arena_array(&c->arena, room, sizeof(int64_t));
    c->used_columns = tw_arena_array(&c->arena, room, sizeof(bool));
    bool good = c->memory_distance && c->tree_distance && c->members && c->tree_shape &&
                c->member_hops && c->used_columns && make_cut(c, &c->in, room) &&
                make_cut(c, &c->out, room) && make_layouts(c, room);
    int64_t **const lines[] = {&c->row_words, &c->row_hops, &c->column_words, &c->column_hops};
    for (int i = 0; i < 4; i++)
        good = (*lines[i] = tw_arena_array(&c->arena, side, sizeof(int64_t))) && good;
    for (int p = 0; p < TW_PARS; p++)
        good = (c->used[p] = tw_arena_array(&c->arena, room, sizeof(bool))) && good;
    for (int m = 0; m < 6; m++)
        good = (c->matrix[m] = tw_arena_array(&c->arena, side * side, sizeof(int64_t))) && good;
    return good;
}

tw_status tw_hop_counter_make(tw_ctx *ctx, tw_dim2 mesh, tw_hop_counter **out) {
    tw_hop_counter *c = tw_alloc(ctx, sizeof *c);
    *out = NULL;
    if (!c)
        return tw_out_of_memory(ctx);
    c->ctx = ctx;
    c->mesh = (tw_dim2){max_int(mesh.h, 2), max_int(mesh.w, 2)}; /* 2 x 2 corners at least */
    tw_arena_init(&c->arena, ctx);
    if (!make_scratch(c)) {
        tw_hop_counter_free(c);
        return tw_out_of_memory(ctx);
    }
    *out = c;
    return TW_OK;
}

void tw_hop_counter_aim(tw_hop_counter *c, const tw_hop_request *request) {
    const bool same_memory = c->aimed && tw_region_equal(&c->request.proc, &request->proc) &&
                             tw_region_equal(&c->request.dram, &request->dram);
    c->request = *request;
    c->prepared = false;
    c->aimed = true;
    if (!same_memory)
        find_memory(c);
}

void tw_hop_counter_free(tw_hop_counter *counter) {
    if (!counter)
        return;
    tw_ctx *ctx = counter->ctx;
    tw_arena_free(&counter->arena);
    tw_free(ctx, counter);
}

tw_dim2 tw_hop_place(const tw_region *region, const tw_partition *part,
                     const tw_dim2 index[TW_PARS]) {
    return tw_region_absolute(region, tw_partition_position(part, index));
}

static void cut_axis(tw_fmap_cut *cut, int axis, int lo, int hi, int count) {
    cut->counts[axis] = count;
    for (int i = 0; i < count; i++)
        tw_range_part(lo, hi, i, count, &cut->spans[axis][i].lo, &cut->spans[axis][i].hi);
}

static void list_layout_places(tw_layout_cut *l) {
    const tw_dim2 *p = l->piece.part.pdims;
    const int *counts = l->cut.counts;
    tw_dim2 *next = l->places;
    tw_dim2 index[TW_PARS] = {0};
    for (int b = 0; b < counts[TW_AXIS_BATCH]; b++)
        for (int n = 0; n < counts[TW_AXIS_CHANNEL]; n++)
            for (int h = 0; h < counts[TW_AXIS_ROW]; h++)
                for (int w = 0; w < counts[TW_AXIS_COLUMN]; w++) {
                    index[TW_PAR_BATP] = tw_index_pair(b, p[TW_PAR_BATP]);
                    index[TW_PAR_OUTP] = tw_index_pair(n, p[TW_PAR_OUTP]);
                    index[TW_PAR_OFMP] = (tw_dim2){h, w};
                    *next++ = tw_hop_place(&l->piece.region, &l->piece.part, index);
                }
}

const tw_layout_cut *tw_hop_cut_layout(tw_hop_counter *c, const tw_layout_piece *piece) {
    for (int i = 0; i < TW_LAYOUT_CUTS; i++)
        if (c->layouts[i].made && memcmp(&c->layouts[i].piece, piece, sizeof *piece) == 0)
            return &c->layouts[i];
    tw_layout_cut *l = &c->layouts[c->next_layout++ % TW_LAYOUT_CUTS];
    const tw_dim2 *p = piece->part.pdims;
    const int counts[TW_FMAP_AXES] = {tw_dim2_size(p[TW_PAR_BATP]), tw_dim2_size(p[TW_PAR_OUTP]),
                                      p[TW_PAR_OFMP].h, p[TW_PAR_OFMP].w};
    l->made = true;
    l->piece = *piece;
    l->cut.channel = TW_PAR_OUTP;
    for (int a = 0; a < TW_FMAP_AXES; a++)
        cut_axis(&l->cut, a, piece->range.lo[a], piece->range.hi[a], counts[a]);
    list_layout_places(l);
    return l;
}

/* Rows or columns of the input that output span `out` reads. */
static tw_span window_of(tw_span out, int stride, int window) {
    const int lo = out.lo * stride;
    return (tw_span){lo, max_int(lo, (out.hi - 1) * stride + window)};
}

static void cut_inputs(tw_hop_counter *c) {
    const tw_tiled_layer *l = &c->request.layer;
    const bool conv = tw_tiled_has_filters(l);
    c->in.channel = conv ? TW_PAR_INPP : TW_PAR_OUTP;
    for (int a = 0; a < TW_FMAP_AXES; a++) {
        c->in.counts[a] = c->out.counts[a];
        for (int i = 0; i < c->out.counts[a]; i++)
            c->in.spans[a][i] = c->out.spans[a][i];
    }
    if (conv)
        cut_axis(&c->in, TW_AXIS_CHANNEL, 0, l->channels_in,
                 tw_dim2_size(c->part.pdims[TW_PAR_INPP]));
    else
        for (int i = 0; i < c->in.counts[TW_AXIS_CHANNEL]; i++) {
            tw_span *s = &c->in.spans[TW_AXIS_CHANNEL][i];
            const int below = l->region_channels / 2, above = l->region_channels - below;
            *s = (tw_span){max_int(0, s->lo - below), min_int(l->channels_in, s->hi + above)};
        }
    for (int i = 0; i < c->out.counts[TW_AXIS_ROW]; i++)
        c->in.spans[TW_AXIS_ROW][i] =
            window_of(c->out.spans[TW_AXIS_ROW][i], l->stride_rows, l->window_rows);
    for (int i = 0; i < c->out.counts[TW_AXIS_COLUMN]; i++)
        c->in.spans[TW_AXIS_COLUMN][i] =
            window_of(c->out.spans[TW_AXIS_COLUMN][i], l->stride_columns, l->window_columns);
}

static bool has_data(tw_span s) {
    return s.lo < s.hi;
}

static void mark_used(tw_hop_counter *c) {
    bool *const flags[TW_FMAP_AXES] = {c->used[TW_PAR_BATP], c->used[TW_PAR_OUTP],
                                       c->used[TW_PAR_OFMP], c->used_columns};
    const int inputs = tw_dim2_size(c->part.pdims[TW_PAR_INPP]);
    for (int i = 0; i < inputs; i++)
        c->used[TW_PAR_INPP][i] = true;
    for (int a = 0; a < TW_FMAP_AXES; a++)
        for (int i = 0; i < c->out.counts[a]; i++)
            flags[a][i] = has_data(c->out.spans[a][i]);
    for (int a = 0; a < TW_FMAP_AXES; a++) {
        bool *used = a == TW_AXIS_CHANNEL ? c->used[c->in.channel] : flags[a];
        for (int i = 0; i < c->in.counts[a]; i++)
            used[i] &= has_data(c->in.spans[a][i]);
    }
}

void tw_hop_prepare(tw_hop_counter *c, const tw_partition *part) {
    if (c->prepared && memcmp(&c->part, part, sizeof *part) == 0)
        return;
    const tw_tiled_layer *l = &c->request.layer;
    const tw_dim2 *p = part->pdims;
    c->part = *part;
    c->prepared = true;
    c->out.channel = TW_PAR_OUTP;
    cut_axis(&c->out, TW_AXIS_BATCH, 0, c->request.batch, tw_dim2_size(p[TW_PAR_BATP]));
    cut_axis(&c->out, TW_AXIS_CHANNEL, 0, l->channels_out, tw_dim2_size(p[TW_PAR_OUTP]));
    cut_axis(&c->out, TW_AXIS_ROW, 0, l->rows_out, p[TW_PAR_OFMP].h);
    cut_axis(&c->out, TW_AXIS_COLUMN, 0, l->columns_out, p[TW_PAR_OFMP].w);
    cut_inputs(c);
    mark_used(c);
}
