#include "search/axes.h"

#include <math.h>

typedef struct {
    uint64_t step; /* of the window, by one iteration outside the tile */
    uint64_t rest; /* iterations outside the tile */
    bool prime;    /* is the rest */
} motion;

static motion motion_of(const tw_chain *c, const tw_axis_table *axis, unsigned i, unsigned index) {
    const tw_divisors *dim = &c->lattice.dims[axis->dims[i]];
    const unsigned rest = dim->count - 1 - index;
    return (motion){axis->coefficients[i] * dim->divisors[index], dim->divisors[rest], rest == 1};
}

/* Tiles that loops of the dimension `wraps` pass at least before one advance of `moves` brings the
 * window back to where it was: wraps of w steps undo an advance of m steps. A prime rest is one
 * loop, whose advance is one step and whose wrap is all the others; with other rests any multiple
 * may come up. */
static double tiles_until_return(motion moves, motion wraps) {
    const uint64_t most_moves = moves.prime ? 1 : moves.rest - 1;
    uint64_t steps = wraps.prime ? wraps.rest - 1 : 1;
    for (; steps < wraps.rest && steps * wraps.step / moves.step <= most_moves; steps++)
        if (steps * wraps.step % moves.step == 0)
            return (double)steps + 1;
    return INFINITY;
}

static void find_moving_dims(const tw_chain *c, const tw_axis *axis, tw_axis_table *out) {
    unsigned moving = 0;
    *out = (tw_axis_table){.stride = 1};
    for (unsigned i = 0; i < axis->term_count; i++)
        if (c->problem->extent[axis->terms[i].dim] > 1) {
            out->dims[moving] = axis->terms[i].dim;
            out->coefficients[moving++] = axis->terms[i].coefficient;
        }
    out->window = moving == 2;
    if (moving < 2)
        out->dims[1] = out->dims[0];
}

/* For each tile of one dimension those that the other's steps leave within reach. */
static double most_overlapping(double extent, motion a, motion b) {
    const double reach_a = ceil(extent / (double)a.step), reach_b = ceil(extent / (double)b.step);
    return fmin(reach_a * (double)b.rest, reach_b * (double)a.rest);
}

static void fill_entry(const tw_chain *c, tw_axis_table *out, unsigned i, unsigned j) {
    const tw_divisors *first = &c->lattice.dims[out->dims[0]];
    const tw_divisors *second = &c->lattice.dims[out->dims[1]];
    const size_t at = (size_t)i * out->stride + j;
    out->extent[at] = 1 + (double)out->coefficients[0] * (double)(first->divisors[i] - 1);
    if (!out->window)
        return;
    out->extent[at] += (double)out->coefficients[1] * (double)(second->divisors[j] - 1);
    const motion a = motion_of(c, out, 0, i), b = motion_of(c, out, 1, j);
    out->return_after[at] = fmin(tiles_until_return(a, b), tiles_until_return(b, a));
    out->overlapping[at] = most_overlapping(out->extent[at], a, b);
}

tw_status tw_axis_table_make(tw_chain *c, const tw_axis *axis, tw_axis_table *out) {
    find_moving_dims(c, axis, out);
    const unsigned first_count = c->lattice.dims[out->dims[0]].count;
    out->stride = out->window ? c->lattice.dims[out->dims[1]].count : 1;
    const size_t count = (size_t)first_count * out->stride;
    double *tables = tw_arena_array(&c->arena, 3 * count, sizeof *tables);
    if (!tables)
        return tw_out_of_memory(c->ctx);
    out->extent = tables;
    out->return_after = tables + count;
    out->overlapping = tables + 2 * count;
    for (unsigned i = 0; i < first_count; i++)
        for (unsigned j = 0; j < out->stride; j++)
            fill_entry(c, out, i, j);
    return TW_OK;
}
