#include "cost/counts.h"

#include "base/inline.h"
#include "cost/traffic.h"

/* What does not change while the levels are walked; overflow is kept beside it, in a register. */
typedef struct {
    const tw_nest *nest;
    tw_flow flow;
    uint32_t keepers; /* bit l: level l keeps the tensor; the compute units do */
    unsigned tensor;
    tw_level_cost *levels;
} counter;

/* Without windows a total is a product of different factors of the nest (see traffic.h). */
TW_INLINE uint64_t total(const counter *c, bool windows, uint64_t per_instance, unsigned level,
                         bool *overflow) {
    const uint64_t instances = c->nest->active[level];
    return windows ? tw_mul_u64(per_instance, instances, overflow) : per_instance * instances;
}

/* The next level inside `level` that keeps the tensor, or the compute units. */
static inline unsigned next_keeper(const counter *c, unsigned level) {
    return level + 1 + (unsigned)__builtin_ctz(c->keepers >> (level + 1));
}

/* What every tensor has; the rest is 0. Field by field: compilers clear the whole with an
 * instruction that takes longer than all else here. */
TW_INLINE void count_access(tw_tensor_cost *counts, uint64_t tile, uint64_t reads,
                            uint64_t writes) {
    counts->tile_words = tile;
    counts->fill = counts->read = 0;
    counts->update = counts->psum_read = counts->evict = counts->refill = 0;
    counts->reads = reads;
    counts->writes = writes;
    counts->network_words = 0;
}

/* Words on the fanout above `below`, a level that passes the tensor on to `child`. Partial sums
 * come back on the same ways, merged as on the way out. */
static uint64_t passing_words(const counter *c, unsigned below, unsigned child, uint64_t moved,
                              uint64_t returned, bool *overflow) {
    const tw_traffic words = tw_boundary_traffic(&c->flow, below, child, overflow);
    const uint64_t stream = total(c, true, words.parent, below, overflow);
    if (returned == 0 || *overflow)
        return stream;
    return tw_add_u64(stream, returned / (moved / stream), overflow);
}

/* Levels between `level` and `child` only pass on what moves and what is returned. Returns whether
 * a count has left 64 bits, here or before. */
static bool count_passing(const counter *c, unsigned level, unsigned child, uint64_t moved,
                          uint64_t returned, bool overflow) {
    for (unsigned below = level + 1; below < child; below++) {
        count_access(&c->levels[below].tensors[c->tensor], 0, 0, 0);
        c->levels[below - 1].tensors[c->tensor].network_words =
            passing_words(c, below, child, moved, returned, &overflow);
    }
    return overflow;
}

/* Words on the fanouts from `level` to `child`, which gets or sends `moved` words and gets back
 * `returned` partial sums. */
static inline void count_network(const counter *c, unsigned level, unsigned child, uint64_t moved,
                                 uint64_t returned, bool *overflow) {
    if (level + 1 < child)
        *overflow = count_passing(c, level, child, moved, returned, *overflow);
    c->levels[child - 1].tensors[c->tensor].network_words = tw_add_u64(moved, returned, overflow);
}

TW_INLINE bool count_input(const counter *c, bool windows) {
    const unsigned compute = c->nest->level_count;
    uint64_t tile = c->flow.tensor->words, fill = 0;
    bool overflow = false;
    for (unsigned level = 0, child; level < compute; level = child) {
        child = next_keeper(c, level);
        const tw_traffic words = tw_traffic_of(&c->flow, windows, level, child, &overflow);
        const uint64_t read = total(c, windows, words.parent, level, &overflow);
        tw_tensor_cost *counts = &c->levels[level].tensors[c->tensor];
        count_access(counts, tile, read, fill);
        counts->fill = fill;
        counts->read = read;
        tile = words.tile;
        fill = total(c, windows, words.child, child, &overflow);
        count_network(c, level, child, fill, 0, &overflow);
    }
    return !overflow;
}

/* Of the words that arrive at a level, all but the first at an address are added to what is there;
 * of the tiles that come to a child, all but its first visit bring partial sums back. */
TW_INLINE bool count_output(const counter *c, bool windows) {
    const unsigned compute = c->nest->level_count;
    uint64_t tile = c->flow.tensor->words, distinct = tile, evict = 0, refill = 0;
    bool overflow = false;
    for (unsigned level = 0, child; level < compute; level = child) {
        child = next_keeper(c, level);
        const tw_traffic words = tw_traffic_of(&c->flow, windows, level, child, &overflow);
        const uint64_t update = total(c, windows, words.parent, level, &overflow);
        const uint64_t psum_read = update - distinct;
        tw_tensor_cost *counts = &c->levels[level].tensors[c->tensor];
        count_access(counts, tile, tw_add_u64(psum_read, evict, &overflow),
                     tw_add_u64(update, refill, &overflow));
        counts->update = update;
        counts->psum_read = psum_read;
        counts->evict = evict;
        counts->refill = refill;
        tile = words.tile;
        evict = total(c, windows, words.child, child, &overflow);
        distinct = child == compute
                       ? evict
                       : tw_distinct_words(&c->flow, windows, level, child, distinct, &overflow);
        refill = evict - distinct;
        count_network(c, level, child, evict, refill, &overflow);
    }
    return !overflow;
}

bool tw_count_tensor(const tw_hierarchy *arch, const tw_problem *problem, const tw_mapping *mapping,
                     const tw_nest *nest, unsigned tensor, tw_cost *out) {
    const tw_role role = problem->tensors[tensor].role;
    counter c = {.nest = nest,
                 .flow = tw_flow_of(arch, nest, &problem->tensors[tensor]),
                 .keepers = 1u << nest->level_count,
                 .tensor = tensor,
                 .levels = out->levels};
    for (unsigned l = 0; l < nest->level_count; l++)
        c.keepers |= (mapping->levels[l].keeps >> role & 1) << l;
    const bool windows = problem->tensors[tensor].window_count > 0;
    if (role == TW_ROLE_OUTPUT)
        return windows ? count_output(&c, true) : count_output(&c, false);
    return windows ? count_input(&c, true) : count_input(&c, false);
}
