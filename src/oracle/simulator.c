/* A boundary is a pair (tensor, child level): the words of the tensor that the instances of the
 * child get from, or give to, the next outer level that keeps it. Boundaries do not influence
 * each other, so each is executed on its own:
 *
 *     for every step of the temporal loops outside the child's tile
 *         for every instance of the parent
 *             for every child below it: old set of words -> new set of words
 *
 * A word is the linear index of its position in the whole tensor. All instances of a level hold
 * boxes of one shape, so a set is an origin plus the list of offsets of that shape; membership is
 * still decided word by word, on stamps over the tensor.
 *
 * Children below one parent differ by their index in the fanouts between. These loops are
 * enumerated in three bands, outermost first: those that do not share, those that share identical
 * sets, those that share words. */
#include "oracle/simulator.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

enum { MAX_SPATIAL = TW_MAX_LEVELS * TW_DIM_COUNT * 2 };
static const size_t MEMORY_LIMIT_BYTES = (size_t)1 << 30;

/* How the children of one fanout share, in the order in which they are enumerated. */
typedef enum { BAND_PARENT, BAND_NONE, BAND_TILES, BAND_WORDS, BAND_COUNT } band;

/* A loop, temporal or spatial, and how far one step of it moves along its dimension. */
typedef struct {
    unsigned level;
    tw_dim dim;
    uint64_t factor, step;
} nest_loop;

typedef struct {
    tw_ctx *ctx;
    const tw_hierarchy *arch;
    const tw_problem *problem;
    const tw_mapping *mapping;
    tw_simulation *out;
    unsigned temporal_count, spatial_count;
    nest_loop temporal[TW_MAX_LEVELS * TW_MAX_LOOPS]; /* outermost first */
    nest_loop spatial[MAX_SPATIAL];
    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]; /* the last is the unit tile */
    uint64_t work, work_limit;
    tw_arena arena; /* the sets of the boundary at hand */
} simulator;

typedef struct {
    const tw_tensor *tensor;
    unsigned parent, child; /* child == level_count: the compute units, which hold nothing */
    tw_simulated_counts *at_parent, *at_child; /* at_child NULL for the compute units */
    uint64_t words;                            /* of the whole tensor */
    uint64_t axis_stride[TW_MAX_AXES];
    uint64_t tile_words;
    uint64_t *offset;           /* of every word of a tile from its origin */
    uint64_t count[BAND_COUNT]; /* children by band; their product is the number of children */
    uint64_t *origin;           /* of every child, bands nested in order */
    uint32_t *in_old, *seen;    /* stamps per word */
    uint32_t old_stamp, seen_stamp;
    uint64_t *list; /* of words fetched for every child of the tiles band: list[j * capacity] */
    uint64_t *list_length;
    uint64_t list_capacity;
    uint64_t returned; /* refills, those of children that reduce counted once */
} boundary;

/* Fills the loops from the innermost outwards, so that each knows its step, then reverses. */
static void build_nest(simulator *sim) {
    uint64_t inside[TW_DIM_COUNT];
    for (int d = 0; d < TW_DIM_COUNT; d++)
        inside[d] = sim->tile[sim->mapping->level_count][d] = 1;
    for (unsigned l = sim->mapping->level_count; l-- > 0;) {
        const tw_level_mapping *level = &sim->mapping->levels[l];
        for (int d = 0; d < TW_DIM_COUNT; d++) {
            const uint64_t factors[2] = {level->spatial_x[d], level->spatial_y[d]};
            for (int axis = 0; axis < 2; axis++) {
                if (factors[axis] > 1)
                    sim->spatial[sim->spatial_count++] =
                        (nest_loop){l, (tw_dim)d, factors[axis], inside[d]};
                inside[d] *= factors[axis];
            }
        }
        for (unsigned i = level->loop_count; i-- > 0;) {
            const tw_loop *loop = &level->loops[i];
            sim->temporal[sim->temporal_count++] =
                (nest_loop){l, loop->dim, loop->factor, inside[loop->dim]};
            inside[loop->dim] *= loop->factor;
        }
        memcpy(sim->tile[l], inside, sizeof inside);
    }
    for (unsigned i = 0; i < sim->temporal_count / 2; i++) {
        const nest_loop swap = sim->temporal[i];
        sim->temporal[i] = sim->temporal[sim->temporal_count - 1 - i];
        sim->temporal[sim->temporal_count - 1 - i] = swap;
    }
}

/* How far one step along `dim` moves in the linear index of the tensor's words. */
static uint64_t linear_step(const boundary *b, tw_dim dim) {
    uint64_t step = 0;
    for (unsigned a = 0; a < b->tensor->axis_count; a++)
        for (unsigned i = 0; i < b->tensor->axes[a].term_count; i++)
            if (b->tensor->axes[a].terms[i].dim == dim)
                step += b->tensor->axes[a].terms[i].coefficient * b->axis_stride[a];
    return step;
}

static band band_of(const simulator *sim, const boundary *b, const nest_loop *loop) {
    if (loop->level < b->parent)
        return BAND_PARENT;
    const tw_fanout *fanout = &sim->arch->levels[loop->level].fanout;
    if (b->tensor->role == TW_ROLE_OUTPUT)
        return fanout->reduce ? BAND_WORDS : BAND_NONE;
    switch (fanout->multicast) {
    case TW_MULTICAST_WORDS:
        return BAND_WORDS;
    case TW_MULTICAST_TILES:
        return BAND_TILES;
    case TW_MULTICAST_NONE:
        break;
    }
    return BAND_NONE;
}

static void *take(simulator *sim, uint64_t count, size_t size) {
    bool overflow = false;
    const uint64_t bytes = tw_mul_u64(count, size, &overflow);
    if (overflow || bytes > MEMORY_LIMIT_BYTES - sim->arena.used_bytes)
        return NULL;
    return tw_arena_array(&sim->arena, (size_t)count, size);
}

/* The word offsets of a box with the tile's extents, starting at the origin. */
static bool list_offsets(simulator *sim, boundary *b) {
    const uint64_t *tile = sim->tile[b->child];
    bool overflow = false;
    b->tile_words = tw_tile_words(b->tensor, tile, &overflow);
    b->offset = take(sim, b->tile_words, sizeof *b->offset);
    if (!b->offset || overflow)
        return false;
    uint64_t filled = 1; /* offset[0] = 0, then one axis after the other */
    for (unsigned a = b->tensor->axis_count; a-- > 0;) {
        const uint64_t extent = tw_axis_extent(&b->tensor->axes[a], tile, &overflow);
        for (uint64_t i = 1; i < extent; i++)
            for (uint64_t j = 0; j < filled; j++)
                b->offset[i * filled + j] = b->offset[j] + i * b->axis_stride[a];
        filled *= extent;
    }
    return true;
}

/* The origins of all children, the loops of a later band varying faster. */
static bool list_children(simulator *sim, boundary *b) {
    uint64_t children = 1;
    for (int k = 0; k < BAND_COUNT; k++)
        b->count[k] = 1;
    for (unsigned i = 0; i < sim->spatial_count; i++)
        if (sim->spatial[i].level < b->child) {
            b->count[band_of(sim, b, &sim->spatial[i])] *= sim->spatial[i].factor;
            children *= sim->spatial[i].factor;
        }
    b->origin = take(sim, children, sizeof *b->origin);
    if (!b->origin)
        return false;
    uint64_t filled = 1;
    for (int k = BAND_COUNT; k-- > 0;)
        for (unsigned i = 0; i < sim->spatial_count; i++) {
            const nest_loop *loop = &sim->spatial[i];
            if (loop->level >= b->child || (int)band_of(sim, b, loop) != k)
                continue;
            const uint64_t step = loop->step * linear_step(b, loop->dim);
            for (uint64_t n = 1; n < loop->factor; n++)
                for (uint64_t j = 0; j < filled; j++)
                    b->origin[n * filled + j] = b->origin[j] + n * step;
            filled *= loop->factor;
        }
    return true;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static bool prepare(simulator *sim, boundary *b) {
    bool overflow = false;
    b->words = 1;
    for (unsigned a = b->tensor->axis_count; a-- > 0;) {
        b->axis_stride[a] = b->words;
        b->words = tw_mul_u64(b->words,
                              tw_axis_extent(&b->tensor->axes[a], sim->problem->extent, &overflow),
                              &overflow);
    }
    if (overflow || !list_offsets(sim, b) || !list_children(sim, b))
        return false;
    b->list_capacity =
        smaller(tw_mul_u64(b->count[BAND_WORDS], b->tile_words, &overflow), b->words);
    b->in_old = take(sim, b->words, sizeof *b->in_old);
    b->seen = take(sim, b->words, sizeof *b->seen);
    b->list =
        take(sim, tw_mul_u64(b->count[BAND_TILES], b->list_capacity, &overflow), sizeof *b->list);
    b->list_length = take(sim, b->count[BAND_TILES], sizeof *b->list_length);
    return b->in_old && b->seen && b->list && b->list_length && !overflow;
}

static void next_stamp(uint32_t *stamp, uint32_t *stamps, uint64_t words) {
    if (++*stamp == 0) {
        memset(stamps, 0, words * sizeof *stamps);
        *stamp = 1;
    }
}

static void mark_old(boundary *b, uint64_t origin) {
    next_stamp(&b->old_stamp, b->in_old, b->words);
    for (uint64_t v = 0; v < b->tile_words; v++)
        b->in_old[origin + b->offset[v]] = b->old_stamp;
}

static int compare_words(const void *left, const void *right) {
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Adds the words of (tile at `now`) \ (tile at `*before`) to the list of tiles-band child j,
 * unless a sharing child brought them already. Returns how many words the child itself needed. */
static uint64_t gather(boundary *b, uint64_t j, const uint64_t *before, uint64_t now) {
    uint64_t needed = 0;
    if (before)
        mark_old(b, *before);
    for (uint64_t v = 0; v < b->tile_words; v++) {
        const uint64_t word = now + b->offset[v];
        if (before && b->in_old[word] == b->old_stamp)
            continue;
        needed++;
        if (b->seen[word] == b->seen_stamp)
            continue;
        b->seen[word] = b->seen_stamp;
        b->list[j * b->list_capacity + b->list_length[j]++] = word;
    }
    return needed;
}

static bool equals_earlier(const boundary *b, uint64_t j) {
    const uint64_t *mine = &b->list[j * b->list_capacity];
    for (uint64_t i = 0; i < j; i++)
        if (b->list_length[i] == b->list_length[j] &&
            memcmp(&b->list[i * b->list_capacity], mine, b->list_length[j] * sizeof *mine) == 0)
            return true;
    return false;
}

/* One step of an input tensor: every child's tile moves from before to now. `before` is NULL
 * when nothing of the old tile can be used. */
static void supply(boundary *b, const uint64_t *before, uint64_t now) {
    const uint64_t *origin = b->origin;
    for (uint64_t group = 0; group < b->count[BAND_PARENT] * b->count[BAND_NONE]; group++)
        for (uint64_t j = 0; j < b->count[BAND_TILES]; j++) {
            next_stamp(&b->seen_stamp, b->seen, b->words);
            b->list_length[j] = 0;
            for (uint64_t i = 0; i < b->count[BAND_WORDS]; i++, origin++) {
                const uint64_t old = before ? *before + *origin : 0;
                const uint64_t needed = gather(b, j, before ? &old : NULL, now + *origin);
                if (b->at_child)
                    b->at_child->fill += needed;
            }
            if (b->count[BAND_TILES] > 1)
                qsort(&b->list[j * b->list_capacity], b->list_length[j], sizeof *b->list,
                      compare_words);
            if (!equals_earlier(b, j))
                b->at_parent->read += b->list_length[j];
        }
}

/* The sets of output words that each parent has received and each child has had. */
typedef struct {
    uint64_t row_bytes;
    unsigned char *written, *had;
} histories;

/* Sets bit `word` of row `row`; false when it was set before. */
static bool insert(const histories *h, unsigned char *rows, uint64_t row, uint64_t word) {
    unsigned char *byte = &rows[row * h->row_bytes + word / 8];
    const unsigned char bit = (unsigned char)(1u << (word % 8));
    const bool fresh = !(*byte & bit);
    *byte |= bit;
    return fresh;
}

/* The tiles at `before` leave the children for their parents; words that stay (in the tile at
 * *now) do not. */
static void drain(boundary *b, const histories *h, uint64_t before, const uint64_t *now) {
    const uint64_t *origin = b->origin;
    for (uint64_t group = 0; group < b->count[BAND_PARENT] * b->count[BAND_NONE]; group++) {
        const uint64_t parent = group / b->count[BAND_NONE];
        next_stamp(&b->seen_stamp, b->seen, b->words);
        b->list_length[0] = 0;
        for (uint64_t i = 0; i < b->count[BAND_WORDS]; i++, origin++) {
            const uint64_t staying = now ? *now + *origin : 0;
            const uint64_t sent = gather(b, 0, now ? &staying : NULL, before + *origin);
            if (b->at_child)
                b->at_child->evict += sent;
        }
        b->at_parent->update += b->list_length[0];
        for (uint64_t v = 0; v < b->list_length[0]; v++)
            b->at_parent->psum_read += !insert(h, h->written, parent, b->list[v]);
    }
}

/* New tiles of partial sums: a word that the child had before comes back from the parent. Over the
 * outer fanouts a word for several children that reduce travels once. */
static void restore(boundary *b, const histories *h, const uint64_t *before, uint64_t now) {
    uint64_t child = 0;
    for (uint64_t group = 0; group < b->count[BAND_PARENT] * b->count[BAND_NONE]; group++) {
        next_stamp(&b->seen_stamp, b->seen, b->words);
        for (uint64_t i = 0; i < b->count[BAND_WORDS]; i++, child++) {
            if (before)
                mark_old(b, *before + b->origin[child]);
            for (uint64_t v = 0; v < b->tile_words; v++) {
                const uint64_t word = now + b->origin[child] + b->offset[v];
                if ((before && b->in_old[word] == b->old_stamp) || insert(h, h->had, child, word))
                    continue;
                b->at_child->refill++;
                b->returned += b->seen[word] != b->seen_stamp;
                b->seen[word] = b->seen_stamp;
            }
        }
    }
}

/* Advances the odometer over the first `count` temporal loops; false after the last step. */
static bool advance(const simulator *sim, unsigned count, uint64_t *index) {
    for (unsigned i = count; i-- > 0;) {
        if (++index[i] < sim->temporal[i].factor)
            return true;
        index[i] = 0;
    }
    return false;
}

static uint64_t temporal_origin(const simulator *sim, const boundary *b, unsigned count,
                                const uint64_t *index) {
    uint64_t origin = 0;
    for (unsigned i = 0; i < count; i++)
        origin += index[i] * sim->temporal[i].step * linear_step(b, sim->temporal[i].dim);
    return origin;
}

/* One move of all children from `before` (NULL at the start) to `now`. */
static void move(const simulator *sim, boundary *b, const histories *h, const uint64_t *before,
                 uint64_t now) {
    if (b->tensor->role != TW_ROLE_OUTPUT) {
        const bool keeps_overlap = b->at_child && sim->arch->levels[b->child].sliding_window;
        supply(b, keeps_overlap ? before : NULL, now);
        return;
    }
    if (before)
        drain(b, h, *before, b->at_child ? &now : NULL);
    if (b->at_child)
        restore(b, h, before, now);
}

static tw_status too_large(simulator *sim) {
    if (atomic_load(&sim->ctx->out_of_memory))
        return TW_ERROR;
    return tw_fail(sim->ctx, TW_LIMIT, NULL,
                   "the mapping is too large to be executed step by step: more than %llu word "
                   "visits or %llu MiB of sets",
                   (unsigned long long)sim->work_limit,
                   (unsigned long long)MEMORY_LIMIT_BYTES >> 20);
}

static tw_status run_boundary(simulator *sim, boundary *b, const histories *h) {
    uint64_t index[TW_MAX_LEVELS * TW_MAX_LOOPS] = {0};
    unsigned outside = 0;
    while (outside < sim->temporal_count && sim->temporal[outside].level < b->child)
        outside++;
    uint64_t work_per_move = b->tile_words;
    for (int k = 0; k < BAND_COUNT; k++)
        work_per_move *= b->count[k];

    uint64_t before = 0;
    bool started = false;
    do {
        const uint64_t now = temporal_origin(sim, b, outside, index);
        sim->work++;
        if (!started || now != before || !b->at_child) {
            sim->work += work_per_move;
            move(sim, b, h, started ? &before : NULL, now);
        }
        if (sim->work_limit && sim->work > sim->work_limit)
            return too_large(sim);
        before = now;
        started = true;
    } while (advance(sim, outside, index));
    if (b->tensor->role == TW_ROLE_OUTPUT)
        drain(b, h, before, NULL);
    return TW_OK;
}

static tw_status execute(simulator *sim, unsigned tensor, unsigned parent, unsigned child,
                         tw_simulated_counts *at_parent, tw_simulated_counts *at_child,
                         uint64_t *returned) {
    const bool compute = child == sim->mapping->level_count;
    boundary b = {.tensor = &sim->problem->tensors[tensor],
                  .parent = parent,
                  .child = child,
                  .at_parent = at_parent,
                  .at_child = compute ? NULL : at_child};
    histories h = {0};
    tw_arena_init(&sim->arena, sim->ctx);
    bool ready = prepare(sim, &b);
    if (ready && b.tensor->role == TW_ROLE_OUTPUT) {
        const uint64_t parents = b.count[BAND_PARENT];
        h.row_bytes = (b.words + 7) / 8;
        h.written = take(sim, parents, h.row_bytes);
        h.had = take(sim, compute ? 1 : parents * b.count[BAND_NONE] * b.count[BAND_WORDS],
                     h.row_bytes);
        ready = h.written && h.had;
    }
    const tw_status status = ready ? run_boundary(sim, &b, &h) : too_large(sim);
    tw_arena_free(&sim->arena);
    *returned = b.returned;
    return status;
}

/* Words over the fanout below level l, on the way between the keepers around it. A child that
 * bypasses the tensor passes on what it would exchange if it were the parent. */
static tw_status count_network(simulator *sim, unsigned tensor, unsigned l, unsigned child,
                               const tw_simulated_counts *at_child) {
    uint64_t *words = &sim->out->counts[l][tensor].network_words;
    if (l + 1 == sim->mapping->level_count) {
        *words = sim->out->macs;
    } else if (at_child && l + 1 == child) {
        *words = at_child->fill + at_child->evict + at_child->refill;
    } else {
        tw_simulated_counts passing = {0}, inner = {0};
        uint64_t returned = 0;
        TW_TRY(execute(sim, tensor, l + 1, child, &passing, &inner, &returned));
        *words = passing.read + passing.update + returned;
    }
    return TW_OK;
}

/* The boundary itself and the fanouts that it spans. */
static tw_status count_boundary(simulator *sim, unsigned tensor, unsigned parent, unsigned child) {
    tw_simulated_counts *at_parent = &sim->out->counts[parent][tensor];
    tw_simulated_counts *at_child =
        child < sim->mapping->level_count ? &sim->out->counts[child][tensor] : NULL;
    uint64_t returned = 0;
    TW_TRY(execute(sim, tensor, parent, child, at_parent, at_child, &returned));
    for (unsigned l = parent; l < child; l++)
        TW_TRY(count_network(sim, tensor, l, child, at_child));
    return TW_OK;
}

static void count_instances(simulator *sim) {
    tw_simulation *out = sim->out;
    out->compute_steps = out->macs = 1;
    for (unsigned l = 0; l < sim->mapping->level_count; l++)
        out->active[l] = 1;
    for (unsigned i = 0; i < sim->temporal_count; i++)
        out->compute_steps *= sim->temporal[i].factor;
    out->macs = out->compute_steps;
    for (unsigned i = 0; i < sim->spatial_count; i++) {
        out->macs *= sim->spatial[i].factor;
        for (unsigned l = sim->spatial[i].level + 1; l < sim->mapping->level_count; l++)
            out->active[l] *= sim->spatial[i].factor;
    }
}

tw_status tw_simulate(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                      const tw_mapping *mapping, uint64_t work_limit, tw_simulation *out) {
    *out = (tw_simulation){0};
    simulator *sim = tw_alloc(ctx, sizeof *sim);
    if (!sim)
        return tw_out_of_memory(ctx);
    sim->ctx = ctx;
    sim->arch = arch;
    sim->problem = problem;
    sim->mapping = mapping;
    sim->out = out;
    sim->work_limit = work_limit;
    build_nest(sim);
    count_instances(sim);

    tw_status status = TW_OK;
    for (unsigned t = 0; t < problem->tensor_count && status == TW_OK; t++) {
        const tw_role_mask role = 1u << problem->tensors[t].role;
        bool overflow = false;
        unsigned parent = 0;
        for (unsigned l = 0; l <= mapping->level_count && status == TW_OK; l++) {
            if (l < mapping->level_count && !(mapping->levels[l].keeps & role))
                continue;
            if (l < mapping->level_count)
                out->counts[l][t].tile_words =
                    tw_tile_words(&problem->tensors[t], sim->tile[l], &overflow);
            if (l > 0)
                status = count_boundary(sim, t, parent, l);
            parent = l;
        }
    }
    tw_free(ctx, sim);
    return status;
}
