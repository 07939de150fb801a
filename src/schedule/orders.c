#include "schedule/orders.h"

#include <stdlib.h>

#include "schedule/state_set.h"

typedef struct {
    tw_ctx *ctx;
    const tw_schedule_problem *problem;
    const tw_orders_limits *limits;
    tw_orders *out;
    size_t words;
    uint64_t *before;    /* per layer, as bits */
    uint64_t *scratch;   /* two sets */
    uint32_t *ready;     /* layers */
    tw_state_set states; /* all, by level */
    tw_state_set level;  /* the next one, while it is made */
    tw_state_set groups;
    bool side_by_side; /* some steps may hold several layers */
} maker;

static const uint64_t *before_bits(const maker *m, size_t layer) {
    return &m->before[layer * m->words];
}

/* The order matters only where layers can meet. */
static bool order_matters(const maker *m) {
    const tw_schedule_problem *p = m->problem;
    for (size_t i = 0; i < p->layer_count; i++)
        if (p->layers[i].producer >= 0 &&
            tw_reuse_is_possible(p, (uint32_t)p->layers[i].producer, (uint32_t)i))
            return true;
    return m->side_by_side;
}

static bool is_ready(const maker *m, const uint64_t *done, size_t layer) {
    const uint64_t *needs = before_bits(m, layer);
    if (tw_bit(done, layer))
        return false;
    for (size_t w = 0; w < m->words; w++)
        if (needs[w] & ~done[w])
            return false;
    return true;
}

/* Fills m->ready, by rising index. */
static size_t find_ready(const maker *m, const uint64_t *done) {
    size_t count = 0;
    for (size_t i = 0; i < m->problem->layer_count; i++)
        if (is_ready(m, done, i))
            m->ready[count++] = (uint32_t)i;
    return count;
}

/* ---- States ---- */

typedef struct {
    uint64_t displacement; /* sum of the layers' indices: least for those that come first */
    const uint64_t *bits;
    size_t words;
} ranked;

static int compare_ranked(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->displacement != y->displacement)
        return x->displacement < y->displacement ? -1 : 1;
    for (size_t w = 0; w < x->words; w++)
        if (x->bits[w] != y->bits[w])
            return x->bits[w] < y->bits[w] ? -1 : 1;
    return 0;
}

static uint64_t displacement(const maker *m, const uint64_t *bits) {
    uint64_t sum = 0;
    for (size_t i = 0; i < m->problem->layer_count; i++)
        sum += tw_bit(bits, i) ? i : 0;
    return sum;
}

/* Moves the states of the level, at most `width`, behind the others. */
static tw_status take_level(maker *m, size_t width) {
    ranked *order = tw_alloc_array(m->ctx, m->level.count, sizeof *order);
    if (!order)
        return tw_out_of_memory(m->ctx);
    for (size_t i = 0; i < m->level.count; i++) {
        const uint64_t *bits = tw_state_bits(&m->level, i);
        order[i] = (ranked){displacement(m, bits), bits, m->words};
    }
    qsort(order, m->level.count, sizeof *order, compare_ranked);
    tw_status status = TW_OK;
    uint32_t index = 0;
    for (size_t i = 0; i < m->level.count && i < width && status == TW_OK; i++)
        status = tw_state_set_add(&m->states, order[i].bits, &index);
    m->out->complete &= m->level.count <= width;
    tw_free(m->ctx, order);
    return status;
}

/* All states with one layer more than those from `first` on. */
static tw_status make_level(maker *m, size_t first, size_t end, bool in_order) {
    uint32_t index = 0;
    tw_state_set_clear(&m->level);
    for (size_t s = first; s < end; s++) {
        memcpy(m->scratch, tw_state_bits(&m->states, s), m->words * sizeof *m->scratch);
        const size_t count = find_ready(m, m->scratch);
        for (size_t i = 0; i < count && (i == 0 || !in_order); i++) {
            tw_bit_set(m->scratch, m->ready[i]);
            TW_TRY(tw_state_set_add(&m->level, m->scratch, &index));
            tw_bit_clear(m->scratch, m->ready[i]);
        }
    }
    return TW_OK;
}

static tw_status make_states(maker *m) {
    const size_t layers = m->problem->layer_count;
    const size_t share = m->limits->states / (layers + 1), width = share ? share : 1;
    const bool in_order = !order_matters(m);
    uint32_t index = 0;
    size_t first = 0;
    memset(m->scratch, 0, m->words * sizeof *m->scratch);
    TW_TRY(tw_state_set_add(&m->states, m->scratch, &index));
    for (size_t l = 0; l < layers; l++) {
        const size_t end = m->states.count;
        if (tw_is_cancelled(m->ctx))
            return TW_CANCELLED;
        TW_TRY(make_level(m, first, end, in_order));
        TW_TRY(take_level(m, width));
        first = end;
    }
    m->out->state_count = m->states.count;
    return TW_OK;
}

/* ---- Groups and arcs ---- */

static tw_status reserve(tw_ctx *ctx, void **items, size_t *capacity, size_t count, size_t size) {
    if (count <= *capacity)
        return TW_OK;
    size_t wanted = *capacity ? *capacity : 64;
    while (wanted < count)
        wanted *= 2;
    void *grown = tw_resize(ctx, *items, wanted * size);
    if (!grown)
        return tw_out_of_memory(ctx);
    *items = grown;
    *capacity = wanted;
    return TW_OK;
}

static tw_status add_group(maker *m, const uint64_t *bits, uint32_t *group) {
    tw_orders *out = m->out;
    const size_t known = m->groups.count;
    TW_TRY(tw_state_set_add(&m->groups, bits, group));
    if (m->groups.count == known)
        return TW_OK;
    TW_TRY(reserve(m->ctx, (void **)&out->groups, &out->group_capacity, known + 1,
                   sizeof *out->groups));
    TW_TRY(reserve(m->ctx, (void **)&out->members, &out->member_capacity,
                   out->member_count + m->problem->layer_count, sizeof *out->members));
    tw_group *g = &out->groups[out->group_count++];
    *g = (tw_group){.first_member = (uint32_t)out->member_count};
    for (size_t i = 0; i < m->problem->layer_count; i++)
        if (tw_bit(bits, i)) {
            out->members[out->member_count++] = (uint32_t)i;
            g->count++;
        }
    return TW_OK;
}

/* An arc to the state that has also run the layers of `bits`; none when that was not kept. */
static tw_status add_arc(maker *m, size_t state, const uint64_t *bits) {
    tw_orders *out = m->out;
    uint64_t *target = m->scratch + m->words;
    tw_arc arc = {0, 0};
    for (size_t w = 0; w < m->words; w++)
        target[w] = tw_state_bits(&m->states, state)[w] | bits[w];
    arc.to = tw_state_set_find(&m->states, target);
    if (arc.to == TW_NO_STATE)
        return TW_OK;
    TW_TRY(add_group(m, bits, &arc.group));
    TW_TRY(reserve(m->ctx, (void **)&out->arcs, &out->arc_capacity, out->arc_count + 1,
                   sizeof *out->arcs));
    out->arcs[out->arc_count++] = arc;
    return TW_OK;
}

/* The subsets of `size` of the ready layers, in the order of their indices: `at` is the position
 * of each of its members. */
static tw_status add_subsets(maker *m, size_t state, size_t ready, size_t size, size_t most,
                             size_t *at) {
    for (size_t i = 0; i < size; i++)
        at[i] = i;
    for (;;) {
        memset(m->scratch, 0, m->words * sizeof *m->scratch);
        for (size_t i = 0; i < size; i++)
            tw_bit_set(m->scratch, m->ready[at[i]]);
        if (m->out->arc_count >= most) {
            m->out->complete = false;
            return TW_OK;
        }
        TW_TRY(add_arc(m, state, m->scratch));
        size_t i = size;
        while (i > 0 && at[i - 1] == ready - size + i - 1)
            i--;
        if (i == 0)
            return TW_OK;
        at[i - 1]++;
        for (; i < size; i++)
            at[i] = at[i - 1] + 1;
    }
}

/* Small groups come first: they are what a limit keeps. */
static tw_status make_arcs(maker *m, size_t state, size_t *at) {
    const tw_schedule_problem *p = m->problem;
    const size_t most = m->out->arc_count + m->limits->arcs_per_state;
    size_t ready = find_ready(m, tw_state_bits(&m->states, state));
    if (ready == 0)
        return TW_OK;
    TW_TRY(add_subsets(m, state, ready, 1, most, at));
    size_t kept = 0; /* of those that can share the machine */
    for (size_t i = 0; i < ready; i++)
        if (p->layers[m->ready[i]].choices->side_count)
            m->ready[kept++] = m->ready[i];
    for (size_t size = 2; m->side_by_side && size <= kept && size <= p->machine.chips; size++)
        TW_TRY(add_subsets(m, state, kept, size, most, at));
    return TW_OK;
}

static tw_status add_single_groups(maker *m) {
    uint32_t group = 0;
    for (size_t i = 0; i < m->problem->layer_count; i++) {
        memset(m->scratch, 0, m->words * sizeof *m->scratch);
        tw_bit_set(m->scratch, i);
        TW_TRY(add_group(m, m->scratch, &group));
    }
    return TW_OK;
}

static tw_status make_all_arcs(maker *m) {
    tw_orders *out = m->out;
    size_t *at = tw_alloc_array(m->ctx, m->problem->layer_count + 1, sizeof *at);
    out->first_arc = tw_alloc_array(m->ctx, out->state_count + 1, sizeof *out->first_arc);
    tw_status status = at && out->first_arc ? TW_OK : tw_out_of_memory(m->ctx);
    if (status == TW_OK)
        status = add_single_groups(m);
    for (size_t s = 0; s < out->state_count && status == TW_OK; s++) {
        status = tw_is_cancelled(m->ctx) ? TW_CANCELLED : make_arcs(m, s, at);
        out->first_arc[s + 1] = (uint32_t)out->arc_count;
    }
    tw_free(m->ctx, at);
    return status;
}

/* ---- The whole ---- */

static tw_status prepare(maker *m) {
    const tw_schedule_problem *p = m->problem;
    m->words = p->layer_count / 64 + 1;
    tw_state_set_init(&m->states, m->ctx, p->layer_count);
    tw_state_set_init(&m->level, m->ctx, p->layer_count);
    tw_state_set_init(&m->groups, m->ctx, p->layer_count);
    m->before = tw_alloc_array(m->ctx, p->layer_count * m->words + 1, sizeof *m->before);
    m->scratch = tw_alloc_array(m->ctx, 2 * m->words, sizeof *m->scratch);
    m->ready = tw_alloc_array(m->ctx, p->layer_count + 1, sizeof *m->ready);
    if (!m->before || !m->scratch || !m->ready)
        return tw_out_of_memory(m->ctx);
    size_t sharing = 0;
    for (size_t i = 0; i < p->layer_count; i++) {
        sharing += p->layers[i].choices->side_count > 0;
        for (size_t b = 0; b < p->layers[i].before_count; b++)
            tw_bit_set(&m->before[i * m->words], p->layers[i].before[b]);
    }
    m->side_by_side = p->machine.chips > 1 && sharing > 1;
    return TW_OK;
}

tw_status tw_orders_make(tw_ctx *ctx, const tw_schedule_problem *problem,
                         const tw_orders_limits *limits, tw_orders *out) {
    maker m = {.ctx = ctx, .problem = problem, .limits = limits, .out = out};
    *out = (tw_orders){.ctx = ctx, .complete = true};
    tw_status status = prepare(&m);
    if (status == TW_OK)
        status = make_states(&m);
    if (status == TW_OK)
        status = make_all_arcs(&m);
    tw_state_set_free(&m.states);
    tw_state_set_free(&m.level);
    tw_state_set_free(&m.groups);
    tw_free(ctx, m.before);
    tw_free(ctx, m.scratch);
    tw_free(ctx, m.ready);
    return status;
}

void tw_orders_free(tw_orders *orders) {
    if (!orders->ctx)
        return;
    tw_free(orders->ctx, orders->first_arc);
    tw_free(orders->ctx, orders->arcs);
    tw_free(orders->ctx, orders->groups);
    tw_free(orders->ctx, orders->members);
    *orders = (tw_orders){0};
}
