#include "oracle/boundary.h"

#include "base/checked.h"

uint64_t tw_boundary_step(const tw_boundary *b, tw_dim dim) {
    uint64_t step = 0;
    for (unsigned a = 0; a < b->tensor->axis_count; a++)
        for (unsigned i = 0; i < b->tensor->axes[a].term_count; i++)
            if (b->tensor->axes[a].terms[i].dim == dim)
                step += b->tensor->axes[a].terms[i].coefficient * b->axis_stride[a];
    return step;
}

static tw_sharing_band band_of(const tw_executed_nest *nest, const tw_boundary *b,
                               const tw_nest_loop *loop) {
    if (loop->level < b->parent)
        return TW_BAND_PARENT;
    const tw_fanout *fanout = &nest->arch->levels[loop->level].fanout;
    if (b->tensor->role == TW_ROLE_OUTPUT)
        return fanout->reduce ? TW_BAND_WORDS : TW_BAND_NONE;
    switch (fanout->multicast) {
    case TW_MULTICAST_WORDS:
        return TW_BAND_WORDS;
    case TW_MULTICAST_TILES:
        return TW_BAND_TILES;
    case TW_MULTICAST_NONE:
        break;
    }
    return TW_BAND_NONE;
}

static void *take(tw_executed_nest *nest, uint64_t count, size_t size) {
    bool overflow = false;
    const uint64_t bytes = tw_mul_u64(count, size, &overflow);
    if (overflow || bytes > TW_MOST_SET_BYTES - nest->arena.used_bytes)
        return NULL;
    return tw_arena_array(&nest->arena, (size_t)count, size);
}

/* The word offsets of a box with the tile's extents, starting at the origin. */
static bool list_offsets(tw_executed_nest *nest, tw_boundary *b) {
    const uint64_t *tile = nest->tile[b->child];
    bool overflow = false;
    b->tile_words = tw_tile_words(b->tensor, tile, &overflow);
    b->offset = take(nest, b->tile_words, sizeof *b->offset);
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
static bool list_children(tw_executed_nest *nest, tw_boundary *b) {
    uint64_t children = 1;
    for (int k = 0; k < TW_BAND_COUNT; k++)
        b->count[k] = 1;
    for (unsigned i = 0; i < nest->spatial_count; i++)
        if (nest->spatial[i].level < b->child) {
            b->count[band_of(nest, b, &nest->spatial[i])] *= nest->spatial[i].factor;
            children *= nest->spatial[i].factor;
        }
    b->origin = take(nest, children, sizeof *b->origin);
    if (!b->origin)
        return false;
    uint64_t filled = 1;
    for (int k = TW_BAND_COUNT; k-- > 0;)
        for (unsigned i = 0; i < nest->spatial_count; i++) {
            const tw_nest_loop *loop = &nest->spatial[i];
            if (loop->level >= b->child || (int)band_of(nest, b, loop) != k)
                continue;
            const uint64_t step = loop->step * tw_boundary_step(b, loop->dim);
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

/* The tensor's words in row-major order of its axes. */
static bool number_words(const tw_executed_nest *nest, tw_boundary *b) {
    bool overflow = false;
    b->words = 1;
    for (unsigned a = b->tensor->axis_count; a-- > 0;) {
        b->axis_stride[a] = b->words;
        b->words = tw_mul_u64(b->words,
                              tw_axis_extent(&b->tensor->axes[a], nest->problem->extent, &overflow),
                              &overflow);
    }
    return !overflow;
}

static bool make_sets(tw_executed_nest *nest, tw_boundary *b) {
    bool overflow = false;
    b->list_capacity =
        smaller(tw_mul_u64(b->count[TW_BAND_WORDS], b->tile_words, &overflow), b->words);
    b->in_old = take(nest, b->words, sizeof *b->in_old);
    b->seen = take(nest, b->words, sizeof *b->seen);
    b->list = take(nest, tw_mul_u64(b->count[TW_BAND_TILES], b->list_capacity, &overflow),
                   sizeof *b->list);
    b->list_length = take(nest, b->count[TW_BAND_TILES], sizeof *b->list_length);
    return b->in_old && b->seen && b->list && b->list_length && !overflow;
}

static bool make_histories(tw_executed_nest *nest, tw_boundary *b) {
    const uint64_t parents = b->count[TW_BAND_PARENT];
    const uint64_t children = parents * b->count[TW_BAND_NONE] * b->count[TW_BAND_WORDS];
    b->row_bytes = (b->words + 7) / 8;
    b->written = take(nest, parents, b->row_bytes);
    b->had = take(nest, b->at_child ? children : 1, b->row_bytes);
    return b->written && b->had;
}

bool tw_boundary_prepare(tw_executed_nest *nest, tw_boundary *b) {
    return number_words(nest, b) && list_offsets(nest, b) && list_children(nest, b) &&
           make_sets(nest, b) && (b->tensor->role != TW_ROLE_OUTPUT || make_histories(nest, b));
}
