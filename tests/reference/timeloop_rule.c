/* A tensor's traffic over every fanout is found as if every level kept it; levels that bypass it
 * are taken out afterwards (masking), which scales what their parent supplies.
 *
 * Timeloop walks the temporal loops outside a tile, but of each loop only the iterations 0 and 1,
 * and counts iteration 1 (n - 1) times: 2^m visits for m loops. Visit by visit the tile's new part
 * (delta) is the box at its position minus the box at the position before:
 *
 *   - position unchanged: nothing is new;
 *   - first movement since a reset, or the same movement as last time: box minus box;
 *   - another movement: the whole box, and the history is forgotten.
 *
 * All children of a fanout have the same delta, translated, so the parent is read once for every
 * distinct translation. */
#include "reference/timeloop_rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEMPORAL = 24, MEMO = 64, MAX_VISITS = 500000 };

typedef struct {
    uint64_t factor;
    int64_t move[TW_MAX_AXES];
} moving_loop;

/* A box, perhaps with a box cut out of its corner; positions relative to a child's own offset. */
typedef struct {
    bool empty, cut;
    int64_t low[TW_MAX_AXES], high[TW_MAX_AXES]; /* [low, high) */
    int64_t cut_low[TW_MAX_AXES], cut_high[TW_MAX_AXES];
    uint64_t words;
} delta;

typedef struct {
    int64_t offset[TW_MAX_AXES]; /* of its tile from that of child 0 */
    uint64_t id;                 /* in Timeloop's numbering */
} child;

/* What a shift between two steps lets children take from their neighbours. */
typedef struct {
    int64_t shift[TW_MAX_AXES];
    uint64_t linked, groups; /* children that do, and distinct deltas that remain */
} link_pattern;

typedef struct {
    const timeloop_case *c;
    const tw_tensor *tensor;
    unsigned level, last; /* the fanouts below levels `level` to `last` */
    bool compute;         /* the children are compute units, which hold nothing */
    int64_t extent[TW_MAX_AXES];
    uint64_t tile_words;
    unsigned loop_count;
    moving_loop loops[MAX_TEMPORAL]; /* innermost first */
    size_t child_count;
    child *children;
    uint64_t groups;     /* distinct offsets */
    uint64_t row_length; /* for neighbours */
    unsigned memo_count;
    link_pattern memo[MEMO];
} fanout;

/* Over all visits: words that the parent supplies, that reach children over the network, and that
 * children take from neighbours. */
typedef struct {
    long double supplied, delivered, linked;
} traffic;

static void project(const tw_tensor *tensor, tw_dim dim, uint64_t steps,
                    int64_t move[TW_MAX_AXES]) {
    memset(move, 0, TW_MAX_AXES * sizeof *move);
    for (unsigned a = 0; a < tensor->axis_count; a++)
        for (unsigned i = 0; i < tensor->axes[a].term_count; i++)
            if (tensor->axes[a].terms[i].dim == dim)
                move[a] += (int64_t)(tensor->axes[a].terms[i].coefficient * steps);
}

static bool is_zero(const fanout *f, const int64_t move[TW_MAX_AXES]) {
    for (unsigned a = 0; a < f->tensor->axis_count; a++)
        if (move[a] != 0)
            return false;
    return true;
}

static bool is_equal(const fanout *f, const int64_t a[TW_MAX_AXES], const int64_t b[TW_MAX_AXES]) {
    return memcmp(a, b, f->tensor->axis_count * sizeof *a) == 0;
}

/* The loops outside the children's tile: those of the last level and of all outer ones. */
static bool list_loops(fanout *f, uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]) {
    const tw_mapping *mapping = &f->c->mapping;
    for (unsigned l = f->last + 1; l-- > 0;) {
        uint64_t inside[TW_DIM_COUNT];
        for (int d = 0; d < TW_DIM_COUNT; d++)
            inside[d] =
                tile[l + 1][d] * mapping->levels[l].spatial_x[d] * mapping->levels[l].spatial_y[d];
        for (unsigned i = mapping->levels[l].loop_count; i-- > 0;) {
            const tw_loop *loop = &mapping->levels[l].loops[i];
            if (f->loop_count == MAX_TEMPORAL)
                return false;
            moving_loop *to = &f->loops[f->loop_count++];
            to->factor = loop->factor;
            project(f->tensor, loop->dim, inside[loop->dim], to->move);
            inside[loop->dim] *= loop->factor;
        }
    }
    return true;
}

/* Adds a factor to the children listed so far; `ids` is how far it moves the number. */
static size_t add_unrolling(fanout *f, size_t filled, const timeloop_unrolling *u, uint64_t step,
                            uint64_t ids) {
    for (uint64_t n = 1; n < u->factor; n++) {
        int64_t move[TW_MAX_AXES];
        project(f->tensor, u->dim, n * step, move);
        for (size_t j = 0; j < filled; j++) {
            child *to = &f->children[n * filled + j];
            to->id = f->children[j].id + n * ids;
            for (unsigned a = 0; a < f->tensor->axis_count; a++)
                to->offset[a] = f->children[j].offset[a] + move[a];
        }
    }
    return filled * u->factor;
}

/* Logical columns pack the numbers; the longer of logical and physical rows decides who is a
 * neighbour. */
static bool list_children(fanout *f, uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]) {
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
static uint64_t count_groups(const fanout *f, const bool *left_out) {
    uint64_t groups = 0;
    for (size_t i = 0; i < f->child_count; i++) {
        bool seen = left_out && left_out[i];
        for (size_t j = 0; j < i && !seen; j++)
            seen = (!left_out || !left_out[j]) &&
                   is_equal(f, f->children[i].offset, f->children[j].offset);
        groups += !seen;
    }
    return groups;
}

/* The box at `position` minus the box that was `movement` before. */
static delta box_minus_box(const fanout *f, const int64_t *position, const int64_t *movement) {
    delta d = {.words = 1};
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

static delta whole_box(const fanout *f, const int64_t *position) {
    delta d = {.words = f->tile_words};
    for (unsigned a = 0; a < f->tensor->axis_count; a++) {
        d.low[a] = position[a];
        d.high[a] = position[a] + f->extent[a];
    }
    return d;
}

/* Whether b is a translated by `shift`, which is written. */
static bool is_translated(const fanout *f, const delta *a, const delta *b, int64_t *shift) {
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

static bool are_neighbours(const fanout *f, uint64_t a, uint64_t b) {
    const uint64_t low = a < b ? a : b, high = a < b ? b : a;
    return high - low == f->row_length || (high - low == 1 && high % f->row_length != 0);
}

/* A child is linked when some neighbour had, one step earlier, what is new to it now. */
static void find_links(const fanout *f, link_pattern *pattern) {
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

static link_pattern links_for(fanout *f, const int64_t shift[TW_MAX_AXES]) {
    for (unsigned i = 0; i < f->memo_count; i++)
        if (is_equal(f, f->memo[i].shift, shift))
            return f->memo[i];
    link_pattern pattern;
    memcpy(pattern.shift, shift, sizeof pattern.shift);
    find_links(f, &pattern);
    if (f->memo_count < MEMO)
        f->memo[f->memo_count++] = pattern;
    return pattern;
}

/* The delta of one visit, given where the tile was and how it moved last (*movement; none when
 * !*moved). Compute units hold nothing: all is new. */
static delta visit_delta(const fanout *f, const int64_t *position, const int64_t *before,
                         int64_t *movement, bool *moved) {
    if (f->compute || !before)
        return whole_box(f, position);
    int64_t now[TW_MAX_AXES] = {0};
    for (unsigned a = 0; a < f->tensor->axis_count; a++)
        now[a] = position[a] - before[a];
    if (is_zero(f, now))
        return (delta){.empty = true};
    const bool same = !*moved || is_equal(f, now, movement);
    *moved = same;
    memcpy(movement, now, sizeof now);
    return same ? box_minus_box(f, position, now) : whole_box(f, position);
}

/* The next visit: iteration numbers of all loops, innermost first; false after the last. */
static bool next_visit(const fanout *f, bool two, uint64_t index[MAX_TEMPORAL]) {
    for (unsigned i = 0; i < f->loop_count; i++) {
        if (++index[i] < (two ? 2 : f->loops[i].factor))
            return true;
        index[i] = 0;
    }
    return false;
}

static long double visit_weight(const fanout *f, bool two, const uint64_t index[MAX_TEMPORAL]) {
    long double weight = 1;
    for (unsigned i = 0; two && i < f->loop_count; i++)
        weight *= index[i] ? (long double)(f->loops[i].factor - 1) : 1;
    return weight;
}

static void visit_position(const fanout *f, const uint64_t index[MAX_TEMPORAL],
                           int64_t position[TW_MAX_AXES]) {
    memset(position, 0, TW_MAX_AXES * sizeof *position);
    for (unsigned i = 0; i < f->loop_count; i++)
        for (unsigned a = 0; a < f->tensor->axis_count; a++)
            position[a] += (int64_t)index[i] * f->loops[i].move[a];
}

static traffic walk_with_resets(fanout *f, const timeloop_options *options) {
    traffic sum = {0};
    delta last = {.empty = true};
    uint64_t index[MAX_TEMPORAL] = {0};
    int64_t before[TW_MAX_AXES] = {0}, movement[TW_MAX_AXES] = {0}, shift[TW_MAX_AXES] = {0};
    bool moved = false, started = false;
    do {
        int64_t position[TW_MAX_AXES];
        visit_position(f, index, position);
        const delta now = visit_delta(f, position, started ? before : NULL, movement, &moved);
        link_pattern pattern = {.groups = f->groups};
        if (options->links && is_translated(f, &last, &now, shift))
            pattern = links_for(f, shift);
        const long double words =
            visit_weight(f, options->two, index) * (long double)(now.empty ? 0 : now.words);
        sum.supplied += words * (long double)pattern.groups;
        sum.delivered += words * (long double)(f->child_count - pattern.linked);
        sum.linked += words * (long double)pattern.linked;
        last = now;
        memcpy(before, position, sizeof before);
        started = true;
    } while (next_visit(f, options->two, index));
    return sum;
}

/* Every movement that occurs, with what the tile shares with the one before: the loops inside the
 * one that advances wrap around. */
static traffic walk_exactly(const fanout *f) {
    long double words = (long double)f->tile_words, outer = 1;
    int64_t wrapped[TW_MAX_AXES] = {0};
    const int64_t origin[TW_MAX_AXES] = {0};
    for (unsigned i = 0; i < f->loop_count; i++)
        outer *= (long double)f->loops[i].factor;
    if (f->compute)
        words = outer;
    for (unsigned i = 0; i < f->loop_count && !f->compute; i++) {
        const moving_loop *loop = &f->loops[i];
        int64_t now[TW_MAX_AXES] = {0};
        outer /= (long double)loop->factor;
        for (unsigned a = 0; a < f->tensor->axis_count; a++) {
            now[a] = loop->move[a] - wrapped[a];
            wrapped[a] += loop->move[a] * (int64_t)(loop->factor - 1);
        }
        if (!is_zero(f, now))
            words += outer * (long double)(loop->factor - 1) *
                     (long double)box_minus_box(f, origin, now).words;
    }
    return (traffic){words * (long double)f->groups, words * (long double)f->child_count, 0};
}

/* Without links a loop inside the first that moves the tile is of no account. */
static void drop_idle_loops(fanout *f) {
    unsigned idle = 0;
    while (idle < f->loop_count && is_zero(f, f->loops[idle].move))
        idle++;
    f->loop_count -= idle;
    memmove(f->loops, f->loops + idle, f->loop_count * sizeof *f->loops);
}

static bool is_affordable(const fanout *f, bool two) {
    long double visits = 1;
    for (unsigned i = 0; i < f->loop_count; i++)
        visits *= two ? 2 : (long double)f->loops[i].factor;
    return visits <= MAX_VISITS;
}

static bool measure(fanout *f, timeloop_options options,
                    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT], traffic *out) {
    bool overflow = false;
    for (unsigned a = 0; a < f->tensor->axis_count; a++)
        f->extent[a] = (int64_t)tw_axis_extent(&f->tensor->axes[a], tile[f->last + 1], &overflow);
    f->tile_words = tw_tile_words(f->tensor, tile[f->last + 1], &overflow);
    if (overflow || !list_loops(f, tile) || !list_children(f, tile))
        return false;
    f->groups = count_groups(f, NULL);
    options.links &= f->child_count > 1;
    if (!options.links && !f->compute)
        drop_idle_loops(f);
    const bool walk = f->compute ? options.links : options.resets;
    if (walk && !is_affordable(f, options.two))
        return false;
    *out = walk ? walk_with_resets(f, &options) : walk_exactly(f);
    return true;
}

/* Of the whole tensor, the share that one instance of each level ever owns. */
static void find_partitions(const timeloop_case *c, unsigned t,
                            uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT], timeloop_table out) {
    bool overflow = false;
    const tw_tensor *tensor = &c->problem.tensors[t];
    out[0][t].partition = tw_tile_words(tensor, c->problem.extent, &overflow);
    for (unsigned l = 1; l < c->mapping.level_count; l++) {
        uint64_t together[TW_DIM_COUNT]; /* the tiles of all children of level l - 1 */
        for (int d = 0; d < TW_DIM_COUNT; d++)
            together[d] = tile[l][d] * c->mapping.levels[l - 1].spatial_x[d] *
                          c->mapping.levels[l - 1].spatial_y[d];
        out[l][t].partition = out[l - 1][t].partition * tw_tile_words(tensor, tile[l], &overflow) /
                              tw_tile_words(tensor, together, &overflow);
    }
}

static void count_level(const tw_tensor *tensor, timeloop_counts *c, long double supplied,
                        long double filled, long double from_neighbours, bool outermost) {
    const long double first = tensor->role == TW_ROLE_OUTPUT ? (long double)c->partition : 0;
    c->updates = tensor->role == TW_ROLE_OUTPUT ? supplied : 0;
    c->reads = supplied + from_neighbours - first;
    c->fills = outermost ? 0 : filled + from_neighbours - first;
}

/* Takes the levels out that do not keep the tensor: the parent then supplies as often as they did,
 * with the multicast that it had, and their links replace its own. */
static void mask(const timeloop_case *c, unsigned t, const traffic moved[TW_MAX_LEVELS],
                 const size_t children[TW_MAX_LEVELS], timeloop_table out) {
    const tw_tensor *tensor = &c->problem.tensors[t];
    long double supplied[TW_MAX_LEVELS], delivered[TW_MAX_LEVELS], linked[TW_MAX_LEVELS];
    long double spread[TW_MAX_LEVELS];
    const unsigned levels = c->mapping.level_count;
    unsigned outermost = levels;
    for (unsigned l = 0; l < levels; l++) {
        supplied[l] = moved[l].supplied;
        delivered[l] = moved[l].delivered;
        linked[l] = moved[l].linked;
        spread[l] = (long double)children[l];
        if (out[l][t].kept && outermost == levels)
            outermost = l;
    }
    for (unsigned l = levels; l-- > 1;) {
        if (out[l][t].kept)
            continue;
        if (delivered[l - 1] > 0)
            supplied[l - 1] *= supplied[l] * spread[l - 1] / delivered[l - 1];
        delivered[l - 1] = delivered[l] * spread[l - 1];
        linked[l - 1] = linked[l];
        spread[l - 1] *= spread[l];
    }
    unsigned parent = levels; /* next outer level that keeps the tensor */
    for (unsigned l = 0; l < levels; l++) {
        if (!out[l][t].kept)
            continue;
        const long double filled =
            l > 0 ? moved[l - 1].delivered / (long double)children[l - 1] : 0;
        count_level(tensor, &out[l][t], supplied[l], filled,
                    parent < levels ? linked[parent] / spread[parent] : 0, l == outermost);
        parent = l;
    }
}

/* The next level inside l that keeps the tensor; the number of levels when there is none. */
static unsigned next_keeper(const timeloop_case *c, unsigned t, unsigned l) {
    do
        l++;
    while (l < c->mapping.level_count &&
           !(c->mapping.levels[l].keeps >> c->problem.tensors[t].role & 1));
    return l;
}

/* Without masks: every keeper supplies the next one inside over all fanouts between at once. */
static bool count_directly(const timeloop_case *c, unsigned t, const timeloop_options *options,
                           uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT], timeloop_table out) {
    const tw_tensor *tensor = &c->problem.tensors[t];
    long double filled = 0;
    const unsigned outermost = out[0][t].kept ? 0 : next_keeper(c, t, 0);
    for (unsigned l = outermost; l < c->mapping.level_count;) {
        const unsigned inner = next_keeper(c, t, l);
        traffic moved;
        fanout f = {.c = c,
                    .tensor = tensor,
                    .level = l,
                    .last = inner - 1,
                    .compute = inner == c->mapping.level_count};
        const bool done = measure(&f, *options, tile, &moved);
        free(f.children);
        if (!done)
            return false;
        count_level(tensor, &out[l][t], moved.supplied, filled, 0, l == outermost);
        filled = moved.delivered / (long double)f.child_count;
        l = inner;
    }
    return true;
}

static bool count_with_masks(const timeloop_case *c, unsigned t, const timeloop_options *options,
                             uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT], timeloop_table out) {
    traffic moved[TW_MAX_LEVELS] = {{0}};
    size_t children[TW_MAX_LEVELS] = {0};
    for (unsigned l = 0; l < c->mapping.level_count; l++) {
        fanout f = {.c = c,
                    .tensor = &c->problem.tensors[t],
                    .level = l,
                    .last = l,
                    .compute = l + 1 == c->mapping.level_count};
        const bool done = measure(&f, *options, tile, &moved[l]);
        children[l] = f.child_count;
        free(f.children);
        if (!done)
            return false;
    }
    mask(c, t, moved, children, out);
    return true;
}

bool timeloop_rule(const timeloop_case *c, const timeloop_options *options, timeloop_table out) {
    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT];
    bool overflow = false;
    tw_mapping_tiles(&c->mapping, tile);
    for (unsigned t = 0; t < c->problem.tensor_count; t++) {
        const tw_tensor *tensor = &c->problem.tensors[t];
        for (unsigned l = 0; l < c->mapping.level_count; l++)
            out[l][t] = (timeloop_counts){.kept = c->mapping.levels[l].keeps >> tensor->role & 1,
                                          .tile = tw_tile_words(tensor, tile[l], &overflow)};
        find_partitions(c, t, tile, out);
        if (!(options->masks ? count_with_masks : count_directly)(c, t, options, tile, out))
            return false;
    }
    return !overflow;
}

uint64_t timeloop_truncated(long double count) {
    return (uint64_t)(count + 1e-6L);
}
