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

#include "reference/timeloop_fanout.h"

enum { MAX_VISITS = 500000 };

/* Over all visits: words that the parent supplies, that reach children over the network, and that
 * children take from neighbours. */
typedef struct {
    long double supplied, delivered, linked;
} traffic;

/* The delta of one visit, given where the tile was and how it moved last (*movement; none when
 * !*moved). Compute units hold nothing: all is new. */
static timeloop_delta visit_delta(const timeloop_fanout *f, const int64_t *position,
                                  const int64_t *before, int64_t *movement, bool *moved) {
    if (f->compute || !before)
        return timeloop_whole_box(f, position);
    int64_t now[TW_MAX_AXES] = {0};
    for (unsigned a = 0; a < f->tensor->axis_count; a++)
        now[a] = position[a] - before[a];
    if (timeloop_is_still(f, now))
        return (timeloop_delta){.empty = true};
    const bool same = !*moved || timeloop_same_move(f, now, movement);
    *moved = same;
    memcpy(movement, now, sizeof now);
    return same ? timeloop_box_minus_box(f, position, now) : timeloop_whole_box(f, position);
}

/* The next visit: iteration numbers of all loops, innermost first; false after the last. */
static bool next_visit(const timeloop_fanout *f, bool two, uint64_t index[TIMELOOP_MOST_LOOPS]) {
    for (unsigned i = 0; i < f->loop_count; i++) {
        if (++index[i] < (two ? 2 : f->loops[i].factor))
            return true;
        index[i] = 0;
    }
    return false;
}

static long double visit_weight(const timeloop_fanout *f, bool two,
                                const uint64_t index[TIMELOOP_MOST_LOOPS]) {
    long double weight = 1;
    for (unsigned i = 0; two && i < f->loop_count; i++)
        weight *= index[i] ? (long double)(f->loops[i].factor - 1) : 1;
    return weight;
}

static void visit_position(const timeloop_fanout *f, const uint64_t index[TIMELOOP_MOST_LOOPS],
                           int64_t position[TW_MAX_AXES]) {
    memset(position, 0, TW_MAX_AXES * sizeof *position);
    for (unsigned i = 0; i < f->loop_count; i++)
        for (unsigned a = 0; a < f->tensor->axis_count; a++)
            position[a] += (int64_t)index[i] * f->loops[i].move[a];
}

static traffic walk_with_resets(timeloop_fanout *f, const timeloop_options *options) {
    traffic sum = {0};
    timeloop_delta last = {.empty = true};
    uint64_t index[TIMELOOP_MOST_LOOPS] = {0};
    int64_t before[TW_MAX_AXES] = {0}, movement[TW_MAX_AXES] = {0}, shift[TW_MAX_AXES] = {0};
    bool moved = false, started = false;
    do {
        int64_t position[TW_MAX_AXES];
        visit_position(f, index, position);
        const timeloop_delta now =
            visit_delta(f, position, started ? before : NULL, movement, &moved);
        timeloop_links pattern = {.groups = f->groups};
        if (options->links && timeloop_is_translated(f, &last, &now, shift))
            pattern = timeloop_fanout_links(f, shift);
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
static traffic walk_exactly(const timeloop_fanout *f) {
    long double words = (long double)f->tile_words, outer = 1;
    int64_t wrapped[TW_MAX_AXES] = {0};
    const int64_t origin[TW_MAX_AXES] = {0};
    for (unsigned i = 0; i < f->loop_count; i++)
        outer *= (long double)f->loops[i].factor;
    if (f->compute)
        words = outer;
    for (unsigned i = 0; i < f->loop_count && !f->compute; i++) {
        const timeloop_moving_loop *loop = &f->loops[i];
        int64_t now[TW_MAX_AXES] = {0};
        outer /= (long double)loop->factor;
        for (unsigned a = 0; a < f->tensor->axis_count; a++) {
            now[a] = loop->move[a] - wrapped[a];
            wrapped[a] += loop->move[a] * (int64_t)(loop->factor - 1);
        }
        if (!timeloop_is_still(f, now))
            words += outer * (long double)(loop->factor - 1) *
                     (long double)timeloop_box_minus_box(f, origin, now).words;
    }
    return (traffic){words * (long double)f->groups, words * (long double)f->child_count, 0};
}

/* Without links a loop inside the first that moves the tile is of no account. */
static void drop_idle_loops(timeloop_fanout *f) {
    unsigned idle = 0;
    while (idle < f->loop_count && timeloop_is_still(f, f->loops[idle].move))
        idle++;
    f->loop_count -= idle;
    memmove(f->loops, f->loops + idle, f->loop_count * sizeof *f->loops);
}

static bool is_affordable(const timeloop_fanout *f, bool two) {
    long double visits = 1;
    for (unsigned i = 0; i < f->loop_count; i++)
        visits *= two ? 2 : (long double)f->loops[i].factor;
    return visits <= MAX_VISITS;
}

static bool measure(timeloop_fanout *f, timeloop_options options,
                    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT], traffic *out) {
    if (!timeloop_fanout_make(f, tile))
        return false;
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
        timeloop_fanout f = {.c = c,
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
        timeloop_fanout f = {.c = c,
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
