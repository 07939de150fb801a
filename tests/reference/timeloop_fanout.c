#include "reference/timeloop_fanout.h"

#include <stdlib.h>
#include <string.h>

static void project(const tw_tensor *tensor, tw_dim dim, uint64_t steps,
                    int64_t move[TW_MAX_AXES]) {
    memset(move, 0, TW_MAX_AXES * sizeof *move);
    for (unsigned a = 0; a < tensor->axis_count; a++)
        for (unsigned i = 0; i < tensor->axes[a].term_count; i++)
            if (tensor->axes[a].terms[i].dim == dim)
                move[a] += (int64_t)(tensor->axes[a].terms[i].coefficient * steps);
}

bool timeloop_is_still(const timeloop_fanout *f, const int64_t move[TW_MAX_AXES]) {
    for (unsigned a = 0; a < f->tensor->axis_count; a++)
        if (move[a] != 0)
            return false;
    return true;
}

bool timeloop_same_move(const timeloop_fanout *f, const int64_t a[TW_MAX_AXES],
                        const int64_t b[TW_MAX_AXES]) {
    return memcmp(a, b, f->tensor->axis_count * sizeof *a) == 0;
}

/* The loops outside the children's tile: those of the last level and of all outer ones. */
static bool list_loops(timeloop_fanout *f, uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]) {
    const tw_mapping *mapping = &f->c->mapping;
    for (unsigned l = f->last + 1; l-- > 0;) {
        uint64_t inside[TW_DIM_COUNT];
        for (int d = 0; d < TW_DIM_COUNT; d++)
            inside[d] =
                tile[l + 1][d] * mapping->levels[l].spatial_x[d] * mapping->levels[l].spatial_y[d];
        for (unsigned i = mapping->levels[l].loop_count; i-- > 0;) {
            const tw_loop *loop = &mapping->levels[l].loops[i];
            if (f->loop_count == TIMELOOP_MOST_LOOPS)
                return false;
            timeloop_moving_loop *to = &f->loops[f->loop_count++];
            to->factor = loop->factor;
            project(f->tensor, loop->dim, inside[loop->dim], to->move);
            inside[loop->dim] *= loop->factor;
        }
    }
    return true;
}

/* Adds a factor to the children listed so far; `ids` is how far it moves the number. */
static size_t add_unrolling(timeloop_fanout *f, size_t filled, const timeloop_unrolling *u,
                            uint64_t step, uint64_t ids) {
    for (uint64_t n = 1; n < u->factor; n++) {
        int64_t move[TW_MAX_AXES];
        project(f->tensor, u->dim, n * step, move);
        for (size_t j = 0; j < filled; j++) {
            timeloop_child *to = &f->children[n * filled + j];
            to->id = f->children[j].id + n * ids;
            for (unsigned a = 0; a < f->tensor->axis_count; a++)
                to->offset[a] = f->children[j].offset[a] + move[a];
        }
    }
    return filled * u->factor;
}

/* Logical columns pack the numbers; the longer of logical and physical rows decides who is a
 * neighbour. */
static bool list_children(timeloop_fanout *f, uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]) {
    uint64_t columns = 1, rows = 1, x = 1;
    f->child_count = 1;
    for (unsigned l = f->level; l <= f->last; l++)
        for (unsigned i = 0; i < f->c->unrolling_count[l]; i++) {
            f->child_count *= f->c->unrollings[l][i].factor;
            columns *= f->c->unrollings[l][i].on_y ? 1 : f->c->unrollings[l][i].factor;
        }
    f->children = calloc(f->child_count, sizeof *f->children);
    if (!f->children)
        return false;
    f->row_length = f->c->arch.levels[f->level].fanout.x;
    if (f->row_length < columns)
        f->row_length = columns;
    size_t filled = 1;
    for (unsigned l = f->level; l <= f->last; l++)
        for (unsigned i = 0; i < f->c->unrolling_count[l]; i++) {
            const timeloop_unrolling *u = &f->c->unrollings[l][i];
            filled = add_unrolling(f, filled, u, tile[l + 1][u->dim], u->on_y ? columns * rows : x);
            *(u->on_y ? &rows : &x) *= u->factor;
        }
    return true;
}

/* Distinct offsets among the children whose flag is not set. */
static uint64_t count_groups(const timeloop_fanout *f, const bool *left_out) {
    uint64_t groups = 0;
    for (size_t i = 0; i < f->child_count; i++) {
        bool seen = left_out && left_out[i];
        for (size_t j = 0; j < i && !seen; j++)
            seen = (!left_out || !left_out[j]) &&
                   timeloop_same_move(f, f->children[i].offset, f->children[j].offset);
        groups += !seen;
    }
    return groups;
}

timeloop_delta timeloop_box_minus_box(const timeloop_fanout *f, const int64_t *position,
                                      const int64_t *movement) {
    timeloop_delta d = {.words = 1};
    uint64_t overlap = 1;
    unsigned partial = 0, last_partial = 0;
    for (unsigned a = 0; a < f->tensor->axis_count; a++) {
        const int64_t before = position[a] - movement[a];
        d.low[a] = position[a];
        d.high[a] = position[a] + f->extent[a];
        d.cut_low[a] = before > d.low[a] ? before : d.low[a];
        d.cut_high[a] = before + f->extent[a] < d.high[a] ? before + f->extent[a] : d.high[a];
        overlap *= d.cut_high[a] > d.cut_low[a] ? (uint64_t)(d.cut_high[a] - d.cut_low[a]) : 0;
        if (movement[a] != 0) {
            partial++;
            last_partial = a;
        }
    }
    d.words = f->tile_words - overlap;
    d.cut = overlap > 0 && partial > 1;
    if (overlap > 0 && partial == 1) { /* a plain box remains */
        const unsigned a = last_partial;
        if (d.cut_low[a] == d.low[a])
            d.low[a] = d.cut_high[a];
        else
            d.high[a] = d.cut_low[a];
    }
    return d;
}

timeloop_delta timeloop_whole_box(const timeloop_fanout *f, const int64_t *position) {
    timeloop_delta d = {.words = f->tile_words};
    for (unsigned a = 0; a < f->tensor->axis_count; a++) {
        d.low[a] = position[a];
        d.high[a] = position[a] + f->extent[a];
    }
    return d;
}

bool timeloop_is_translated(const timeloop_fanout *f, const timeloop_delta *a,
                            const timeloop_delta *b, int64_t *shift) {
    if (a->empty || b->empty || a->cut != b->cut)
        return false;
    for (unsigned i = 0; i < f->tensor->axis_count; i++) {
        shift[i] = b->low[i] - a->low[i];
        if (b->high[i] - a->high[i] != shift[i] ||
            (a->cut && (b->cut_low[i] - a->cut_low[i] != shift[i] ||
                        b->cut_high[i] - a->cut_high[i] != shift[i])))
            return false;
    }
    return true;
}

static bool are_neighbours(const timeloop_fanout *f, uint64_t a, uint64_t b) {
    const uint64_t low = a < b ? a : b, high = a < b ? b : a;
    return high - low == f->row_length || (high - low == 1 && high % f->row_length != 0);
}

/* A child is linked when some neighbour had, one step earlier, what is new to it now. */
static void find_links(const timeloop_fanout *f, timeloop_links *pattern) {
    bool *linked = calloc(f->child_count, sizeof *linked);
    pattern->linked = 0;
    pattern->groups = f->groups;
    if (!linked)
        return;
    for (size_t i = 0; i < f->child_count; i++)
        for (size_t j = 0; j < f->child_count && !linked[i]; j++) {
            bool same = i != j && are_neighbours(f, f->children[i].id, f->children[j].id);
            for (unsigned a = 0; a < f->tensor->axis_count && same; a++)
                same = f->children[i].offset[a] + pattern->shift[a] == f->children[j].offset[a];
            linked[i] = same;
        }
    for (size_t i = 0; i < f->child_count; i++)
        pattern->linked += linked[i];
    pattern->groups = count_groups(f, linked);
    if (pattern->groups >= f->groups) { /* used only when it spares the parent reads */
        pattern->linked = 0;
        pattern->groups = f->groups;
    }
    free(linked);
}

timeloop_links timeloop_fanout_links(timeloop_fanout *f, const int64_t shift[TW_MAX_AXES]) {
    for (unsigned i = 0; i < f->memo_count; i++)
        if (timeloop_same_move(f, f->memo[i].shift, shift))
            return f->memo[i];
    timeloop_links pattern;
    memcpy(pattern.shift, shift, sizeof pattern.shift);
    find_links(f, &pattern);
    if (f->memo_count < TIMELOOP_KNOWN_LINKS)
        f->memo[f->memo_count++] = pattern;
    return pattern;
}

bool timeloop_fanout_make(timeloop_fanout *f, uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]) {
    bool overflow = false;
    for (unsigned a = 0; a < f->tensor->axis_count; a++)
        f->extent[a] = (int64_t)tw_axis_extent(&f->tensor->axes[a], tile[f->last + 1], &overflow);
    f->tile_words = tw_tile_words(f->tensor, tile[f->last + 1], &overflow);
    if (overflow || !list_loops(f, tile) || !list_children(f, tile))
        return false;
    f->groups = count_groups(f, NULL);
    return true;
}
