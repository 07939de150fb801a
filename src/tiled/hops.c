#include "tiled/hop_ranges.h"

/* Only channel ranges with a halo, clipped at the ends, can coincide. */
bool tw_hops_are_even(tw_hop_counter *c, const tw_partition *part) {
    tw_hop_prepare(c, part);
    if (c->in.channel == TW_PAR_INPP)
        return true;
    const tw_span *s = c->in.spans[TW_AXIS_CHANNEL];
    const int count = c->in.counts[TW_AXIS_CHANNEL];
    int run = 0, first_run = 0;
    for (int i = 0, last = -1; i <= count; i++) {
        if (i < count && !c->used[TW_PAR_OUTP][i])
            continue;
        if (i < count && last >= 0 && s[i].lo == s[last].lo && s[i].hi == s[last].hi) {
            run++;
            continue;
        }
        if (run && first_run == 0)
            first_run = run;
        if (run && run != first_run)
            return false;
        run = 1;
        last = i;
    }
    return true;
}

/* ---- Whole rectangles: sums over pairs of rows and pairs of columns ---- */

/* Overlaps of two lists of spans that ascend, folded into their row digits (axis 0) and column
 * digits (axis 1): fold[axis][digit * other digits + other digit]. */
static void fold_overlaps(const tw_span *a, const bool *used, int a_count, tw_dim2 a_dims,
                          const tw_span *b, int b_count, tw_dim2 b_dims, int64_t *fold[2]) {
    memset(fold[0], 0, sizeof(int64_t) * (size_t)(a_dims.h * b_dims.h));
    memset(fold[1], 0, sizeof(int64_t) * (size_t)(a_dims.w * b_dims.w));
    for (int i = 0, first = 0; i < a_count; i++) {
        if (!used[i])
            continue;
        while (first < b_count && b[first].hi <= a[i].lo)
            first++;
        const tw_dim2 at = tw_index_pair(i, a_dims);
        for (int j = first; j < b_count && b[j].lo < a[i].hi; j++) {
            const int64_t overlap = tw_span_overlap(a[i], b[j]);
            const tw_dim2 to = tw_index_pair(j, b_dims);
            fold[0][at.h * b_dims.h + to.h] += overlap;
            fold[1][at.w * b_dims.w + to.w] += overlap;
        }
    }
}

/* One mesh direction of both partitions. */
typedef struct {
    const tw_partition *from, *to; /* nodes that need, places that hold */
    tw_dim2 from_dims[TW_PARS], to_dims[TW_PARS];
    int axis;
    tw_parallelism channel, other;
    const int64_t *batch, *channels, *map; /* folded overlaps; map: rows or columns of the map */
    const int64_t *copies;                 /* of `other`, by digit */
    const int *from_places, *to_places;
} direction;

static int digits_along(tw_dim2 d, int axis) {
    return axis == 0 ? d.h : d.w;
}

static void split_digits(const tw_partition *part, int axis, int value, int digit[TW_PARS]) {
    for (int i = TW_PARS - 1; i >= 0; i--) {
        const int radix = digits_along(part->pdims[part->order[i]], axis);
        digit[part->order[i]] = value % radix;
        value /= radix;
    }
}

static int length_along(const tw_partition *part, int axis) {
    int length = 1;
    for (int p = 0; p < TW_PARS; p++)
        length *= digits_along(part->pdims[p], axis);
    return length;
}

static int64_t sum_direction(const direction *d) {
    const int from = length_along(d->from, d->axis), to = length_along(d->to, d->axis);
    const int to_batch = digits_along(d->to->pdims[TW_PAR_BATP], d->axis);
    const int to_channel = digits_along(d->to->pdims[TW_PAR_OUTP], d->axis);
    const int to_map = digits_along(d->to->pdims[TW_PAR_OFMP], d->axis);
    int to_digits[TW_MAX_NODES_AXIS][TW_PARS];
    for (int j = 0; j < to; j++)
        split_digits(d->to, d->axis, j, to_digits[j]);
    int64_t sum = 0;
    for (int i = 0; i < from; i++) {
        int digit[TW_PARS];
        split_digits(d->from, d->axis, i, digit);
        const int64_t *batch = d->batch + digit[TW_PAR_BATP] * to_batch;
        const int64_t *channels = d->channels + digit[d->channel] * to_channel;
        const int64_t *map = d->map + digit[TW_PAR_OFMP] * to_map;
        int64_t here = 0;
        for (int j = 0; j < to; j++) {
            const int distance = d->from_places[i] - d->to_places[j]; /* NOLINT: both are set */
            here += (distance < 0 ? -distance : distance) * batch[to_digits[j][TW_PAR_BATP]] *
                    channels[to_digits[j][TW_PAR_OUTP]] * map[to_digits[j][TW_PAR_OFMP]];
        }
        sum += here * d->copies[digit[d->other]];
    }
    return sum;
}

static int64_t sum_all(const int64_t *values, int count) {
    int64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += values[i];
    return sum;
}

static void list_places(const tw_region *region, int axis, int *places) {
    const int count = digits_along(region->dim, axis);
    for (int i = 0; i < count; i++) {
        const tw_dim2 at =
            tw_region_absolute(region, axis == 0 ? (tw_dim2){i, 0} : (tw_dim2){0, i});
        places[i] = digits_along(at, axis);
    }
}

/* How many used indices there are by row digit and by column digit; `only` >= 0: that one alone. */
static void count_copies(const bool *used, tw_dim2 dims, int only,
                         int64_t copies[2][TW_MAX_NODES_AXIS]) {
    memset(copies, 0, 2 * sizeof copies[0]);
    for (int i = 0; i < tw_dim2_size(dims); i++)
        if (only < 0 ? used[i] : i == only) {
            copies[0][tw_index_pair(i, dims).h]++;
            copies[1][tw_index_pair(i, dims).w]++;
        }
}

/* Hops between all pieces that need (`cut` over the processing region) and one layout piece. `only`
 * >= 0: of those pieces that have this index in the channel parallelism that `cut` leaves out. */
static int64_t rectangle_hops(tw_hop_counter *c, const tw_fmap_cut *cut,
                              const tw_layout_piece *piece, int only) {
    const tw_partition *part = &c->part;
    const tw_dim2 *p = part->pdims, *q = piece->part.pdims;
    const tw_parallelism channel = cut->channel,
                         other = channel == TW_PAR_INPP ? TW_PAR_OUTP : TW_PAR_INPP;
    int64_t *batch[2] = {c->matrix[0], c->matrix[1]}, *channels[2] = {c->matrix[2], c->matrix[3]},
            *map[2] = {c->matrix[4], c->matrix[5]};
    int64_t copies[2][TW_MAX_NODES_AXIS];
    const tw_fmap_cut *to = &tw_hop_cut_layout(c, piece)->cut;
    fold_overlaps(cut->spans[TW_AXIS_BATCH], c->used[TW_PAR_BATP], cut->counts[TW_AXIS_BATCH],
                  p[TW_PAR_BATP], to->spans[TW_AXIS_BATCH], to->counts[TW_AXIS_BATCH],
                  q[TW_PAR_BATP], batch);
    fold_overlaps(cut->spans[TW_AXIS_CHANNEL], c->used[channel], cut->counts[TW_AXIS_CHANNEL],
                  p[channel], to->spans[TW_AXIS_CHANNEL], to->counts[TW_AXIS_CHANNEL],
                  q[TW_PAR_OUTP], channels);
    count_copies(c->used[other], p[other], only, copies);
    int64_t single; /* the map's rows and columns are cut separately: one digit each */
    int64_t *rows[2] = {map[0], &single}, *columns[2] = {map[1], &single};
    const tw_dim2 ph = {p[TW_PAR_OFMP].h, 1}, qh = {q[TW_PAR_OFMP].h, 1};
    const tw_dim2 pw = {p[TW_PAR_OFMP].w, 1}, qw = {q[TW_PAR_OFMP].w, 1};
    fold_overlaps(cut->spans[TW_AXIS_ROW], c->used[TW_PAR_OFMP], ph.h, ph, to->spans[TW_AXIS_ROW],
                  qh.h, qh, rows);
    fold_overlaps(cut->spans[TW_AXIS_COLUMN], c->used_columns, pw.h, pw, to->spans[TW_AXIS_COLUMN],
                  qw.h, qw, columns);
    int64_t sum = 0;
    for (int axis = 0; axis < 2; axis++) {
        int from_places[TW_MAX_NODES_AXIS], to_places[TW_MAX_NODES_AXIS];
        list_places(&c->request.proc, axis, from_places);
        list_places(&piece->region, axis, to_places);
        const direction d = {
            .from = part,
            .to = &piece->part,
            .axis = axis,
            .channel = channel,
            .other = other,
            .batch = batch[axis],
            .channels = channels[axis],
            .map = map[axis],
            .copies = copies[axis],
            .from_places = from_places,
            .to_places = to_places,
        };
        const int64_t crosswise =
            axis == 0 ? sum_all(map[1], pw.h * qw.h) : sum_all(map[0], ph.h * qh.h);
        if (crosswise)
            sum += sum_direction(&d) * crosswise;
    }
    return sum;
}

/* ---- The three categories ---- */

int64_t tw_hops_filters(tw_hop_counter *c, const tw_partition *part) {
    if (!tw_tiled_has_filters(&c->request.layer) || c->memory_everywhere)
        return 0;
    tw_hop_prepare(c, part);
    return tw_hop_walk_filters(c);
}

static bool is_rectangle(const tw_hop_counter *c, const tw_region *region) {
    return tw_region_is_straight(region) && region->dim.h <= c->mesh.h &&
           region->dim.w <= c->mesh.w;
}

int64_t tw_hops_inputs(tw_hop_counter *c, const tw_partition *part, const tw_layout *inputs) {
    tw_hop_prepare(c, part);
    bool straight = !c->request.forwarding && is_rectangle(c, &c->request.proc);
    for (unsigned i = 0; i < inputs->count; i++)
        straight &= is_rectangle(c, &inputs->pieces[i].region);
    if (!straight)
        return tw_hop_walk_inputs(c, inputs);
    int64_t hops = 0;
    for (unsigned i = 0; i < inputs->count; i++)
        hops += rectangle_hops(c, &c->in, &inputs->pieces[i], -1);
    return hops;
}

/* Nodes that differ in input channels only make the same outputs: all send theirs to the middle one
 * of them, half of the words on average, and it sends them on. */
static int64_t gathered_hops(tw_hop_counter *c, const tw_layout_piece *outputs) {
    const tw_dim2 dims = c->part.pdims[TW_PAR_INPP];
    int makers[TW_MAX_NODES], count = 0;
    for (int i = 0; i < tw_dim2_size(dims); i++)
        if (c->used[TW_PAR_INPP][i])
            makers[count++] = i;
    if (count == 0)
        return 0;
    const int middle = makers[count / 2];
    tw_dim2 index[TW_PARS] = {0};
    index[TW_PAR_INPP] = tw_index_pair(middle, dims);
    const tw_dim2 center = tw_hop_place(&c->request.proc, &c->part, index);
    for (int i = 0; i < count; i++) {
        index[TW_PAR_INPP] = tw_index_pair(makers[i], dims);
        makers[i] = tw_hop_distance(tw_hop_place(&c->request.proc, &c->part, index), center);
    }
    return rectangle_hops(c, &c->out, outputs, middle) + tw_hop_gather(c, makers, count);
}

int64_t tw_hops_outputs(tw_hop_counter *c, const tw_partition *part,
                        const tw_layout_piece *outputs) {
    if (tw_region_equal(&outputs->region, &c->request.proc) &&
        memcmp(&outputs->part, part, sizeof *part) == 0)
        return 0;
    tw_hop_prepare(c, part);
    if (c->request.forwarding || !is_rectangle(c, &c->request.proc) ||
        !is_rectangle(c, &outputs->region))
        return tw_hop_walk_outputs(c, outputs);
    return gathered_hops(c, outputs);
}
