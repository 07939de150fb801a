#include "space/order.h"

typedef struct {
    const tw_order_request *request;
    tw_dim_mask phases[TW_DIM_COUNT + 1]; /* prescribed blocks, innermost first */
    unsigned phase_count;
    tw_order current;
    tw_order *out;
    unsigned count;
} generator;

/* Axes on which only this dimension moves: the tile leaves its place altogether. */
static bool leaves_place(const tw_problem *problem, const tw_tensor *tensor, tw_dim dim) {
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        unsigned moving = 0;
        bool on_axis = false;
        for (unsigned i = 0; i < tensor->axes[a].term_count; i++) {
            moving += problem->extent[tensor->axes[a].terms[i].dim] > 1;
            on_axis |= tensor->axes[a].terms[i].dim == dim;
        }
        if (on_axis && moving == 1)
            return true;
    }
    return false;
}

static uint32_t open_after(const generator *g, uint32_t open, tw_dim dim) {
    const tw_problem *problem = g->request->problem;
    for (unsigned t = 0; t < problem->tensor_count; t++) {
        if (!(open >> t & 1) || !(problem->tensors[t].dim_mask >> dim & 1))
            continue;
        if (!(g->request->windows >> t & 1) || leaves_place(problem, &problem->tensors[t], dim))
            open &= ~(1u << t);
    }
    return open;
}

/* What is left over stands outside, and keeps to the prescribed blocks too. */
static void emit(generator *g, tw_dim_mask left) {
    if (g->count == TW_MAX_ORDER_CLASSES)
        return;
    tw_order *order = &g->out[g->count++];
    *order = g->current;
    for (unsigned p = 0; p < g->phase_count && g->phase_count > 1; p++)
        if (left & g->phases[p])
            order->groups[order->group_count++] = (uint8_t)(left & g->phases[p]);
}

static void place(generator *g, tw_dim_mask group, uint32_t open, uint32_t moved, tw_dim_mask left);

/* Loops irrelevant to everything open are free exactly here: nothing is gained by waiting. */
static tw_dim_mask free_loops(const generator *g, tw_dim_mask candidates, uint32_t open,
                              uint32_t moved) {
    tw_dim_mask free = 0;
    if (open & moved)
        return 0;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (candidates >> d & 1) {
            bool relevant = false;
            for (unsigned t = 0; t < g->request->problem->tensor_count; t++)
                relevant |= (open >> t & 1) && (g->request->problem->tensors[t].dim_mask >> d & 1);
            if (!relevant)
                free |= 1u << d;
        }
    return free;
}

/* Groups of candidates that leave the same tensors open, except those that leave fewer than
 * another group does. */
static void branch_groups(generator *g, tw_dim_mask candidates, uint32_t open, uint32_t moved,
                          tw_dim_mask left) {
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (!(candidates >> d & 1))
            continue;
        const uint32_t after = open_after(g, open, (tw_dim)d);
        tw_dim_mask group = 0;
        bool best = true;
        for (int e = 0; e < TW_DIM_COUNT; e++) {
            if (!(candidates >> e & 1))
                continue;
            const uint32_t other = open_after(g, open, (tw_dim)e);
            best &= (after | other) != other || after == other;
            if (other == after)
                group |= 1u << e;
        }
        if (best && (group & ((1u << d) - 1)) == 0)
            place(g, group, after, moved, left & ~group);
    }
}

static void branch_singles(generator *g, tw_dim_mask candidates, uint32_t open, uint32_t moved,
                           tw_dim_mask left) {
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (!(candidates >> d & 1))
            continue;
        uint32_t moved_now = moved;
        for (unsigned t = 0; t < g->request->problem->tensor_count; t++)
            if (g->request->problem->tensors[t].dim_mask >> d & 1)
                moved_now |= 1u << t;
        place(g, 1u << d, open_after(g, open, (tw_dim)d), moved_now & g->request->windows,
              left & ~(1u << d));
    }
}

static void extend(generator *g, uint32_t open, uint32_t moved, tw_dim_mask left) {
    tw_dim_mask candidates = 0;
    for (unsigned p = 0; p < g->phase_count && !candidates; p++)
        candidates = left & g->phases[p];
    if (!open || !candidates) {
        emit(g, left);
        return;
    }
    const tw_dim_mask free = free_loops(g, candidates, open, moved);
    if (free)
        place(g, free, open, moved, left & ~free);
    else if (open & g->request->windows)
        branch_singles(g, candidates, open, moved, left);
    else
        branch_groups(g, candidates, open, moved, left);
}

static void place(generator *g, tw_dim_mask group, uint32_t open, uint32_t moved,
                  tw_dim_mask left) {
    g->current.groups[g->current.group_count++] = (uint8_t)group;
    extend(g, open, moved, left);
    g->current.group_count--;
}

/* Prescribed loops stand innermost, in their order; those irrelevant to a prescribed stationary
 * tensor likewise, as one block. */
static void find_phases(generator *g) {
    const tw_level_constraints *c = g->request->constraints;
    tw_dim_mask rest = TW_ALL_DIMS;
    for (unsigned i = c ? c->order_count : 0; i-- > 0;) {
        g->phases[g->phase_count++] = 1u << c->order[i];
        rest &= ~(1u << c->order[i]);
    }
    if (c && c->order_count == 0 && c->stationary >= 0) {
        tw_dim_mask relevant = 0;
        for (unsigned t = 0; t < g->request->problem->tensor_count; t++)
            if ((int)g->request->problem->tensors[t].role == c->stationary)
                relevant |= g->request->problem->tensors[t].dim_mask;
        g->phases[g->phase_count++] = rest & ~relevant;
        rest &= relevant;
    }
    g->phases[g->phase_count++] = rest;
}

unsigned tw_order_classes(const tw_order_request *request, tw_order *out) {
    generator g = {.request = request, .out = out};
    find_phases(&g);
    extend(&g, request->open, 0, request->loops);
    return g.count;
}

unsigned tw_order_dims(const tw_order *order, tw_dim_mask loops, tw_dim dims[TW_DIM_COUNT]) {
    unsigned count = 0;
    for (unsigned g = 0; g < order->group_count; g++)
        for (int d = 0; d < TW_DIM_COUNT; d++)
            if (order->groups[g] & loops & (1u << d)) {
                dims[count++] = (tw_dim)d;
                loops &= ~(1u << d);
            }
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (loops >> d & 1)
            dims[count++] = (tw_dim)d;
    return count;
}
