#include "cost/counts.h"

#include "base/checked.h"
#include "cost/traffic.h"

typedef struct {
    const tw_mapping *mapping;
    tw_flow flow;
    unsigned tensor;
    tw_cost *out;
    bool overflow;
} counter;

static uint64_t total(counter *c, uint64_t per_instance, unsigned level) {
    return tw_mul_u64(per_instance, c->flow.nest->active[level], &c->overflow);
}

/* The next level inside `level` that keeps the tensor, or the compute units. */
static unsigned next_keeper(const counter *c, unsigned level) {
    const tw_role role = c->flow.tensor->role;
    for (level++; level < c->flow.nest->level_count; level++)
        if (c->mapping->levels[level].keeps >> role & 1)
            break;
    return level;
}

/* Words on the fanout above `below`, a level that passes the tensor on to `child`. Partial sums
 * come back on the same ways, merged as on the way out. */
static uint64_t passing_words(counter *c, unsigned below, unsigned child, uint64_t moved,
                              uint64_t returned) {
    const tw_traffic words = tw_boundary_traffic(&c->flow, below, child, &c->overflow);
    const uint64_t stream = total(c, words.parent, below);
    if (returned == 0 || c->overflow)
        return stream;
    return tw_add_u64(stream, returned / (moved / stream), &c->overflow);
}

/* Words on the fanouts from `level` to `child`, which gets or sends `moved` words and gets back
 * `returned` partial sums. Levels between the two only pass them on. */
static void count_network(counter *c, unsigned level, unsigned child, uint64_t moved,
                          uint64_t returned) {
    static const tw_tensor_cost none;
    tw_level_cost *levels = c->out->levels;
    for (unsigned below = level + 1; below < child; below++) {
        levels[below].tensors[c->tensor] = none;
        levels[below - 1].tensors[c->tensor].network_words =
            passing_words(c, below, child, moved, returned);
    }
    levels[child - 1].tensors[c->tensor].network_words = tw_add_u64(moved, returned, &c->overflow);
}

static void count_input(counter *c) {
    const unsigned compute = c->flow.nest->level_count;
    uint64_t tile = c->flow.tensor->words, fill = 0;
    for (unsigned level = 0, child; level < compute; level = child) {
        child = next_keeper(c, level);
        const tw_traffic words = tw_boundary_traffic(&c->flow, level, child, &c->overflow);
        const uint64_t read = total(c, words.parent, level);
        const tw_tensor_cost counts = {
            .tile_words = tile, .fill = fill, .read = read, .reads = read, .writes = fill};
        c->out->levels[level].tensors[c->tensor] = counts;
        tile = words.tile;
        fill = total(c, words.child, child);
        count_network(c, level, child, fill, 0);
    }
}

/* Of the words that arrive at a level, all but the first at an address are added to what is there;
 * of the tiles that come to a child, all but its first visit bring partial sums back. */
static void count_output(counter *c) {
    const unsigned compute = c->flow.nest->level_count;
    uint64_t tile = c->flow.tensor->words, distinct = tile, evict = 0, refill = 0;
    for (unsigned level = 0, child; level < compute; level = child) {
        child = next_keeper(c, level);
        const tw_traffic words = tw_boundary_traffic(&c->flow, level, child, &c->overflow);
        const uint64_t update = total(c, words.parent, level), psum_read = update - distinct;
        const tw_tensor_cost counts = {.tile_words = tile,
                                       .update = update,
                                       .psum_read = psum_read,
                                       .evict = evict,
                                       .refill = refill,
                                       .reads = tw_add_u64(psum_read, evict, &c->overflow),
                                       .writes = tw_add_u64(update, refill, &c->overflow)};
        c->out->levels[level].tensors[c->tensor] = counts;
        tile = words.tile;
        evict = total(c, words.child, child);
        distinct = child == compute
                       ? evict
                       : tw_distinct_words(&c->flow, level, child, distinct, &c->overflow);
        refill = evict - distinct;
        count_network(c, level, child, evict, refill);
    }
}

bool tw_count_tensor(const tw_hierarchy *arch, const tw_problem *problem, const tw_mapping *mapping,
                     const tw_nest *nest, unsigned tensor, tw_cost *out) {
    counter c = {.mapping = mapping, .tensor = tensor, .out = out};
    tw_flow_make(arch, nest, &problem->tensors[tensor], &c.flow);
    if (problem->tensors[tensor].role == TW_ROLE_OUTPUT)
        count_output(&c);
    else
        count_input(&c);
    return !c.overflow;
}
