/* The simulator. Boundaries do not influence each other, so each is executed on its own:
 *
 *     for every step of the temporal loops outside the child's tile
 *         for every instance of the parent
 *             for every child below it: old set of words -> new set of words */
#include "oracle/simulator.h"

#include <string.h>

#include "oracle/exchange.h"

typedef struct {
    tw_ctx *ctx;
    const tw_mapping *mapping;
    tw_simulation *out;
    tw_executed_nest nest;
    uint64_t work, work_limit;
} simulator;

/* Spatial and temporal loops of level l, innermost first, given the product of the factors inside.
 */
static void add_loops(tw_executed_nest *nest, const tw_level_mapping *level, unsigned l,
                      uint64_t inside[TW_DIM_COUNT]) {
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        const uint64_t factors[2] = {level->spatial_x[d], level->spatial_y[d]};
        for (int axis = 0; axis < 2; axis++) {
            if (factors[axis] > 1)
                nest->spatial[nest->spatial_count++] =
                    (tw_nest_loop){l, (tw_dim)d, factors[axis], inside[d]};
            inside[d] *= factors[axis];
        }
    }
    for (unsigned i = level->loop_count; i-- > 0;) {
        const tw_loop *loop = &level->loops[i];
        nest->temporal[nest->temporal_count++] =
            (tw_nest_loop){l, loop->dim, loop->factor, inside[loop->dim]};
        inside[loop->dim] *= loop->factor;
    }
}

/* Fills the loops from the innermost outwards, so that each knows its step, then reverses. */
static void build_nest(const tw_mapping *mapping, tw_executed_nest *nest) {
    uint64_t inside[TW_DIM_COUNT];
    for (int d = 0; d < TW_DIM_COUNT; d++)
        inside[d] = nest->tile[mapping->level_count][d] = 1;
    for (unsigned l = mapping->level_count; l-- > 0;) {
        add_loops(nest, &mapping->levels[l], l, inside);
        memcpy(nest->tile[l], inside, sizeof inside);
    }
    for (unsigned i = 0; i < nest->temporal_count / 2; i++) {
        const tw_nest_loop swap = nest->temporal[i];
        nest->temporal[i] = nest->temporal[nest->temporal_count - 1 - i];
        nest->temporal[nest->temporal_count - 1 - i] = swap;
    }
}

/* Advances the odometer over the first `count` temporal loops; false after the last step. */
static bool advance(const simulator *sim, unsigned count, uint64_t *index) {
    for (unsigned i = count; i-- > 0;) {
        if (++index[i] < sim->nest.temporal[i].factor)
            return true;
        index[i] = 0;
    }
    return false;
}

static uint64_t temporal_origin(const simulator *sim, const tw_boundary *b, unsigned count,
                                const uint64_t *index) {
    uint64_t origin = 0;
    for (unsigned i = 0; i < count; i++)
        origin +=
            index[i] * sim->nest.temporal[i].step * tw_boundary_step(b, sim->nest.temporal[i].dim);
    return origin;
}

/* One move of all children from `before` (NULL at the start) to `now`. */
static void move(const simulator *sim, tw_boundary *b, const uint64_t *before, uint64_t now) {
    if (b->tensor->role != TW_ROLE_OUTPUT) {
        const bool keeps_overlap = b->at_child && sim->nest.arch->levels[b->child].sliding_window;
        tw_boundary_supply(b, keeps_overlap ? before : NULL, now);
        return;
    }
    if (before)
        tw_boundary_drain(b, *before, b->at_child ? &now : NULL);
    if (b->at_child)
        tw_boundary_restore(b, before, now);
}

static tw_status too_large(simulator *sim) {
    if (atomic_load(&sim->ctx->out_of_memory))
        return TW_ERROR;
    return tw_fail(sim->ctx, TW_LIMIT, NULL,
                   "the mapping is too large to be executed step by step: more than %llu word "
                   "visits or %llu MiB of sets",
                   (unsigned long long)sim->work_limit,
                   (unsigned long long)TW_MOST_SET_BYTES >> 20);
}

static tw_status run_boundary(simulator *sim, tw_boundary *b) {
    uint64_t index[TW_MAX_LEVELS * TW_MAX_LOOPS] = {0};
    unsigned outside = 0;
    while (outside < sim->nest.temporal_count && sim->nest.temporal[outside].level < b->child)
        outside++;
    uint64_t work_per_move = b->tile_words;
    for (int k = 0; k < TW_BAND_COUNT; k++)
        work_per_move *= b->count[k];

    uint64_t before = 0;
    bool started = false;
    do {
        const uint64_t now = temporal_origin(sim, b, outside, index);
        sim->work++;
        if (!started || now != before || !b->at_child) {
            sim->work += work_per_move;
            move(sim, b, started ? &before : NULL, now);
        }
        if (sim->work_limit && sim->work > sim->work_limit)
            return too_large(sim);
        before = now;
        started = true;
    } while (advance(sim, outside, index));
    if (b->tensor->role == TW_ROLE_OUTPUT)
        tw_boundary_drain(b, before, NULL);
    return TW_OK;
}

static tw_status execute(simulator *sim, unsigned tensor, unsigned parent, unsigned child,
                         tw_simulated_counts *at_parent, tw_simulated_counts *at_child,
                         uint64_t *returned) {
    tw_boundary b = {.tensor = &sim->nest.problem->tensors[tensor],
                     .parent = parent,
                     .child = child,
                     .at_parent = at_parent,
                     .at_child = child == sim->mapping->level_count ? NULL : at_child};
    tw_arena_init(&sim->nest.arena, sim->ctx);
    const bool ready = tw_boundary_prepare(&sim->nest, &b);
    const tw_status status = ready ? run_boundary(sim, &b) : too_large(sim);
    tw_arena_free(&sim->nest.arena);
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
    for (unsigned i = 0; i < sim->nest.temporal_count; i++)
        out->compute_steps *= sim->nest.temporal[i].factor;
    out->macs = out->compute_steps;
    for (unsigned i = 0; i < sim->nest.spatial_count; i++) {
        out->macs *= sim->nest.spatial[i].factor;
        for (unsigned l = sim->nest.spatial[i].level + 1; l < sim->mapping->level_count; l++)
            out->active[l] *= sim->nest.spatial[i].factor;
    }
}

/* Every pair of neighbours among the levels that keep the tensor, and the compute units. */
static tw_status count_tensor(simulator *sim, unsigned t) {
    const tw_tensor *tensor = &sim->nest.problem->tensors[t];
    const unsigned levels = sim->mapping->level_count;
    bool overflow = false;
    unsigned parent = 0;
    for (unsigned l = 0; l <= levels; l++) {
        if (l < levels && !(sim->mapping->levels[l].keeps >> tensor->role & 1))
            continue;
        if (l < levels)
            sim->out->counts[l][t].tile_words = tw_tile_words(tensor, sim->nest.tile[l], &overflow);
        if (l > 0)
            TW_TRY(count_boundary(sim, t, parent, l));
        parent = l;
    }
    return TW_OK;
}

tw_status tw_simulate(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                      const tw_mapping *mapping, uint64_t work_limit, tw_simulation *out) {
    *out = (tw_simulation){0};
    simulator *sim = tw_alloc(ctx, sizeof *sim);
    if (!sim)
        return tw_out_of_memory(ctx);
    sim->ctx = ctx;
    sim->mapping = mapping;
    sim->out = out;
    sim->nest.arch = arch;
    sim->nest.problem = problem;
    sim->work_limit = work_limit;
    build_nest(mapping, &sim->nest);
    count_instances(sim);
    tw_status status = TW_OK;
    for (unsigned t = 0; t < problem->tensor_count && status == TW_OK; t++)
        status = count_tensor(sim, t);
    tw_free(ctx, sim);
    return status;
}
