/* Three nested enumerations without any cleverness, so that they can be believed by reading:
 *
 *     for every factorisation of every dimension over temporal levels and X and Y of fanouts
 *         for every choice of what the levels keep, if the tiles fit
 *             for every order of the loops with a factor above 1, at every level
 *                 price the mapping
 *
 * A dimension has one loop per level: so the space is stated (docs/search.md).
 */
#include "search/brute_force.h"

#include <math.h>
#include <stdio.h>

#include "base/pool.h"
#include "search/factor_limits.h"
#include "search/incumbent.h"

enum { MAX_DIVISORS = 8192, TICKS_PER_LOOK = 4096 };

typedef struct {
    tw_ctx *ctx;
    const tw_hierarchy *arch;
    const tw_problem *problem;
    const tw_search_options *options;
    tw_search_result *out;
    tw_factor_limits limits;
    tw_incumbent incumbent;
    uint64_t *divisors[TW_DIM_COUNT];
    size_t divisor_count[TW_DIM_COUNT];
    uint64_t factors[TW_MAX_LEVELS][TW_SLOT_KINDS][TW_DIM_COUNT];
    uint64_t room[TW_MAX_LEVELS][TW_SLOT_KINDS]; /* left on X and Y */
    tw_mapping mapping;
    tw_cost cost;
    uint64_t ticks, factorisations;
    double deadline;
    double smallest_excess; /* over all that did not fit */
    unsigned tightest_level;
    tw_status status; /* not TW_OK: unwind; TW_LIMIT and TW_CANCELLED end the search */
} brute_force;

static bool stopped(brute_force *b) {
    if (b->status == TW_OK && b->ticks++ % TICKS_PER_LOOK == 0) {
        if (tw_is_cancelled(b->ctx))
            b->status = TW_CANCELLED;
        else if (b->deadline > 0 && tw_seconds() >= b->deadline)
            b->status = TW_LIMIT;
    }
    return b->status != TW_OK;
}

static void price(brute_force *b) {
    if (b->options->work_limit && b->out->evaluated == b->options->work_limit) {
        b->status = TW_LIMIT;
        return;
    }
    b->out->evaluated++;
    if (tw_evaluate(b->arch, b->problem, &b->mapping, &b->cost))
        b->status = tw_incumbent_offer(&b->incumbent, &b->mapping, &b->cost);
}

/* Every order of the loops `left` at level l, outermost first, then those of the next level. */
static void order_loops(brute_force *b, unsigned l, tw_dim_mask left) {
    if (stopped(b))
        return;
    if (left == 0) {
        if (++l == b->arch->level_count) {
            price(b);
            return;
        }
        b->mapping.levels[l].loop_count = 0;
        for (int d = 0; d < TW_DIM_COUNT; d++)
            if (b->factors[l][TW_SLOT_TEMPORAL][d] > 1)
                left |= 1u << d;
        order_loops(b, l, left);
        return;
    }
    unsigned outermost = UINT32_MAX;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if ((left >> d & 1) && b->limits.rank[l][d] < outermost)
            outermost = b->limits.rank[l][d];
    tw_level_mapping *level = &b->mapping.levels[l];
    const unsigned at = level->loop_count;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if ((left >> d & 1) && b->limits.rank[l][d] == outermost) {
            level->loops[at] = (tw_loop){(tw_dim)d, b->factors[l][TW_SLOT_TEMPORAL][d]};
            level->loop_count = at + 1;
            order_loops(b, l, left & ~(1u << d));
        }
}

static void order_all(brute_force *b) {
    tw_dim_mask outermost = 0;
    b->mapping.levels[0].loop_count = 0;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (b->factors[0][TW_SLOT_TEMPORAL][d] > 1)
            outermost |= 1u << d;
    order_loops(b, 0, outermost);
}

/* How much the kept tiles exceed the level's room. */
static double excess(const brute_force *b, unsigned l, tw_role_mask keeps,
                     const uint64_t tile[TW_DIM_COUNT]) {
    const tw_level *level = &b->arch->levels[l];
    double used[TW_ROLE_COUNT], most = 0;
    tw_level_usage(level, b->problem, keeps, tile, used);
    for (int r = 0; r < (level->shared ? 1 : TW_ROLE_COUNT); r++)
        if (used[r] - level->capacity_units[r] > most)
            most = used[r] - level->capacity_units[r];
    return most;
}

static bool fits(brute_force *b, unsigned l, tw_role_mask keeps,
                 const uint64_t tile[TW_DIM_COUNT]) {
    if (tw_level_fits(&b->arch->levels[l], b->problem, keeps, tile))
        return true;
    const double over = excess(b, l, keeps, tile);
    if (over < b->smallest_excess) {
        b->smallest_excess = over;
        b->tightest_level = l;
    }
    return false;
}

static tw_role_mask problem_roles(const tw_problem *problem) {
    tw_role_mask roles = 0;
    for (unsigned t = 0; t < problem->tensor_count; t++)
        roles |= 1u << problem->tensors[t].role;
    return roles;
}

/* Every allowed choice of what level l and those inside it keep. */
static void choose_keeps(brute_force *b, unsigned l,
                         uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT]) {
    if (stopped(b))
        return;
    if (l == b->arch->level_count) {
        order_all(b);
        return;
    }
    const tw_level *level = &b->arch->levels[l];
    const bool choose = b->options->search_bypass && l > 0;
    const tw_role_mask open =
        choose ? level->may_keep & ~level->must_keep & problem_roles(b->problem) : 0;
    const tw_role_mask unused = level->keeps & level->may_keep & ~problem_roles(b->problem);
    const tw_role_mask base = choose ? level->must_keep | unused : level->keeps;
    tw_role_mask chosen = 0;
    do { /* all subsets of `open` */
        b->mapping.levels[l].keeps = base | chosen;
        if (fits(b, l, base | chosen, tile[l]))
            choose_keeps(b, l + 1, tile);
        else
            b->out->pruned++;
        chosen = (chosen - open) & open;
    } while (chosen);
}

static void complete(brute_force *b) {
    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT];
    b->factorisations++;
    for (unsigned l = 0; l < b->arch->level_count; l++) {
        tw_level_mapping *level = &b->mapping.levels[l];
        level->loop_count = 0;
        for (int d = 0; d < TW_DIM_COUNT; d++) {
            level->spatial_x[d] = b->factors[l][TW_SLOT_X][d];
            level->spatial_y[d] = b->factors[l][TW_SLOT_Y][d];
            level->loops[level->loop_count++] =
                (tw_loop){(tw_dim)d, b->factors[l][TW_SLOT_TEMPORAL][d]};
        }
    }
    tw_mapping_tiles(&b->mapping, tile);
    choose_keeps(b, 0, tile);
}

/* Every way to write `rest` of dimension d over the slots from `slot` on, then the next one. */
static void factorise(brute_force *b, int d, unsigned slot, uint64_t rest) {
    if (stopped(b))
        return;
    if (slot == b->arch->level_count * TW_SLOT_KINDS) {
        if (rest > 1)
            return;
        if (d + 1 == TW_DIM_COUNT)
            complete(b);
        else
            factorise(b, d + 1, 0, b->problem->extent[d + 1]);
        return;
    }
    const unsigned l = slot / TW_SLOT_KINDS, kind = slot % TW_SLOT_KINDS;
    const tw_factor_limit *limit = &b->limits.slots[l][kind][d];
    uint64_t *room = &b->room[l][kind];
    const uint64_t before = *room;
    for (size_t i = 0; i < b->divisor_count[d]; i++) {
        const uint64_t factor = b->divisors[d][i];
        if (factor > limit->max || factor > before)
            break;
        if (rest % factor != 0 || (limit->fixed && factor != limit->fixed))
            continue;
        *room = before / factor;
        b->factors[l][kind][d] = factor;
        factorise(b, d, slot + 1, rest / factor);
    }
    *room = before;
}

static tw_status list_divisors(tw_arena *arena, uint64_t value, uint64_t **out, size_t *count) {
    uint64_t *small = tw_arena_array(arena, MAX_DIVISORS, sizeof *small);
    if (!small)
        return tw_out_of_memory(arena->ctx);
    size_t low = 0;
    for (uint64_t f = 1; f <= value / f; f++)
        if (value % f == 0)
            small[low++] = f;
    size_t high = low;
    for (size_t i = low; i-- > 0;)
        if (small[i] != value / small[i])
            small[high++] = value / small[i];
    *out = small;
    *count = high;
    return TW_OK;
}

static void explain(const brute_force *b) {
    tw_search_result *out = b->out;
    if (b->factorisations == 0)
        snprintf(out->reason, sizeof out->reason,
                 "no factorisation of the dimensions satisfies the constraints and the fanouts");
    else
        snprintf(out->reason, sizeof out->reason,
                 "none of %llu factorisations fits: the closest exceeds the capacity of %s by "
                 "%.0f %s",
                 (unsigned long long)b->factorisations, b->arch->levels[b->tightest_level].name,
                 b->smallest_excess,
                 b->arch->levels[b->tightest_level].word_units[0] == 1 ? "words" : "bits");
}

static void conclude(brute_force *b) {
    tw_search_result *out = b->out;
    const bool any = tw_incumbent_finish(&b->incumbent, out);
    out->limit = b->status;
    out->space_log10 = log10((double)out->evaluated + (double)out->pruned + (any ? 0 : 1));
    out->lower_bound = tw_trivial_bound(b->arch, b->problem, b->options->objective);
    if (b->status != TW_OK) {
        out->found = any ? TW_FOUND_FEASIBLE : TW_FOUND_NOTHING;
    } else if (any) {
        out->found = TW_FOUND_OPTIMAL;
        out->lower_bound = out->objective_value; /* nothing else is left */
    } else {
        out->found = TW_FOUND_INFEASIBLE;
        explain(b);
    }
}

static tw_status run(brute_force *b, tw_arena *arena) {
    for (int d = 0; d < TW_DIM_COUNT; d++)
        TW_TRY(list_divisors(arena, b->problem->extent[d], &b->divisors[d], &b->divisor_count[d]));
    for (unsigned l = 0; l < b->arch->level_count; l++) {
        b->room[l][TW_SLOT_TEMPORAL] = UINT64_MAX;
        b->room[l][TW_SLOT_X] = b->arch->levels[l].fanout.x;
        b->room[l][TW_SLOT_Y] = b->arch->levels[l].fanout.y;
    }
    factorise(b, 0, 0, b->problem->extent[0]);
    return b->status == TW_ERROR ? TW_ERROR : TW_OK;
}

tw_status tw_search_brute_force(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                                const tw_search_options *options, tw_search_result *out) {
    *out = (tw_search_result){0};
    brute_force *b = tw_alloc(ctx, sizeof *b);
    if (!b)
        return tw_out_of_memory(ctx);
    b->ctx = ctx;
    b->arch = arch;
    b->problem = problem;
    b->options = options;
    b->out = out;
    b->smallest_excess = INFINITY;
    b->deadline = options->time_limit_s > 0 ? tw_seconds() + options->time_limit_s : 0;
    tw_factor_limits_make(arch, problem, &b->limits);
    tw_incumbent_init(&b->incumbent, ctx, options->objective);
    tw_mapping_init(arch, &b->mapping);

    tw_arena arena;
    tw_arena_init(&arena, ctx);
    const tw_status status = run(b, &arena);
    if (status == TW_OK)
        conclude(b);
    else
        tw_incumbent_free(&b->incumbent);
    tw_arena_free(&arena);
    tw_free(ctx, b);
    return status;
}
