/* A sample is drawn in three steps: every prime factor goes to a random slot that the constraints
 * leave open and the arrays have room for; factors move outwards, at random, until every tile
 * fits; the loops of each level are shuffled. Draws that get stuck are thrown away. */
#include "search/random_search.h"

#include <math.h>
#include <stdio.h>

#include "base/pool.h"
#include "search/factor_limits.h"
#include "search/incumbent.h"

enum { DEFAULT_SAMPLES = 10000, MAX_STUCK = 4000, MAX_PRIMES = 64 };

typedef struct {
    const tw_hierarchy *arch;
    const tw_problem *problem;
    const tw_search_options *options;
    uint64_t random;
    tw_factor_limits limits;
    unsigned prime_count[TW_DIM_COUNT];
    uint64_t primes[TW_DIM_COUNT][MAX_PRIMES];
    uint64_t factors[TW_MAX_LEVELS][TW_SLOT_KINDS][TW_DIM_COUNT];
    uint64_t room[TW_MAX_LEVELS][TW_SLOT_KINDS];
    tw_mapping mapping;
    tw_cost cost;
} sampler;

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw_below(sampler *s, uint64_t count) {
    uint64_t z = (s->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % count;
}

static bool takes(const sampler *s, unsigned l, unsigned kind, int d, uint64_t prime) {
    const tw_factor_limit *limit = &s->limits.slots[l][kind][d];
    return !limit->fixed && s->factors[l][kind][d] <= limit->max / prime &&
           prime <= s->room[l][kind];
}

static void put(sampler *s, unsigned l, unsigned kind, int d, uint64_t prime) {
    s->factors[l][kind][d] *= prime;
    s->room[l][kind] /= prime;
}

/* A random open slot of levels below `levels`; false when there is none. */
static bool place(sampler *s, unsigned levels, int d, uint64_t prime) {
    unsigned open[TW_MAX_LEVELS * TW_SLOT_KINDS], count = 0;
    for (unsigned slot = 0; slot < levels * TW_SLOT_KINDS; slot++)
        if (takes(s, slot / TW_SLOT_KINDS, slot % TW_SLOT_KINDS, d, prime))
            open[count++] = slot;
    if (count == 0)
        return false;
    const unsigned slot = open[draw_below(s, count)];
    put(s, slot / TW_SLOT_KINDS, slot % TW_SLOT_KINDS, d, prime);
    return true;
}

/* Fixed factors first; what they leave of each extent is split into primes, once. False when they
 * do not divide it. */
static bool split_extents(sampler *s) {
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        uint64_t rest = s->problem->extent[d];
        for (unsigned slot = 0; slot < s->arch->level_count * TW_SLOT_KINDS; slot++) {
            const uint64_t fixed =
                s->limits.slots[slot / TW_SLOT_KINDS][slot % TW_SLOT_KINDS][d].fixed;
            if (fixed && rest % fixed)
                return false;
            rest /= fixed ? fixed : 1;
        }
        for (uint64_t prime = 2; rest > 1; prime++) {
            if (prime > rest / prime)
                prime = rest;
            for (; rest % prime == 0; rest /= prime)
                s->primes[d][s->prime_count[d]++] = prime;
        }
    }
    return true;
}

static bool clear_factors(sampler *s) {
    for (unsigned l = 0; l < s->arch->level_count; l++) {
        s->room[l][TW_SLOT_TEMPORAL] = UINT64_MAX;
        s->room[l][TW_SLOT_X] = s->arch->levels[l].fanout.x;
        s->room[l][TW_SLOT_Y] = s->arch->levels[l].fanout.y;
        for (unsigned kind = 0; kind < TW_SLOT_KINDS; kind++)
            for (int d = 0; d < TW_DIM_COUNT; d++) {
                const uint64_t fixed = s->limits.slots[l][kind][d].fixed;
                s->factors[l][kind][d] = fixed ? fixed : 1;
                if (fixed > s->room[l][kind] || fixed > s->limits.slots[l][kind][d].max)
                    return false;
                s->room[l][kind] /= fixed ? fixed : 1;
            }
    }
    return true;
}

static void draw_keeps(sampler *s) {
    for (unsigned l = 0; l < s->arch->level_count; l++) {
        const tw_level *level = &s->arch->levels[l];
        s->mapping.levels[l].keeps = level->keeps;
        if (s->options->search_bypass && l > 0)
            s->mapping.levels[l].keeps =
                (tw_role_mask)(draw_below(s, TW_ALL_ROLES + 1) & level->may_keep) |
                level->must_keep;
    }
}

static void write_factors(sampler *s) {
    for (unsigned l = 0; l < s->arch->level_count; l++) {
        tw_level_mapping *level = &s->mapping.levels[l];
        level->loop_count = 0;
        for (int d = 0; d < TW_DIM_COUNT; d++) {
            level->spatial_x[d] = s->factors[l][TW_SLOT_X][d];
            level->spatial_y[d] = s->factors[l][TW_SLOT_Y][d];
            if (s->factors[l][TW_SLOT_TEMPORAL][d] > 1)
                level->loops[level->loop_count++] =
                    (tw_loop){(tw_dim)d, s->factors[l][TW_SLOT_TEMPORAL][d]};
        }
    }
}

static uint64_t prime_in(const sampler *s, int d, uint64_t factor) {
    for (unsigned i = 0; i < s->prime_count[d]; i++)
        if (factor % s->primes[d][i] == 0)
            return s->primes[d][i];
    return 1;
}

/* Takes one prime out of a random free slot at or inside level l and puts it outside. */
static bool move_out(sampler *s, unsigned l) {
    struct {
        unsigned level, kind;
        int dim;
    } found[TW_MAX_LEVELS * TW_SLOT_KINDS * TW_DIM_COUNT];
    unsigned count = 0;
    for (unsigned m = l; m < s->arch->level_count; m++)
        for (unsigned kind = 0; kind < TW_SLOT_KINDS; kind++)
            for (int d = 0; d < TW_DIM_COUNT; d++)
                if (s->factors[m][kind][d] > 1 && !s->limits.slots[m][kind][d].fixed) {
                    found[count].level = m;
                    found[count].kind = kind;
                    found[count++].dim = d;
                }
    if (count == 0)
        return false;
    const unsigned i = (unsigned)draw_below(s, count);
    const int d = found[i].dim;
    uint64_t *factor = &s->factors[found[i].level][found[i].kind][d];
    const uint64_t prime = prime_in(s, d, *factor);
    *factor /= prime;
    s->room[found[i].level][found[i].kind] *= prime;
    return place(s, l, d, prime);
}

static bool make_it_fit(sampler *s) {
    for (unsigned l = s->arch->level_count; l-- > 0;)
        for (;;) {
            uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT];
            write_factors(s);
            tw_mapping_tiles(&s->mapping, tile);
            if (tw_level_fits(&s->arch->levels[l], s->problem, s->mapping.levels[l].keeps, tile[l]))
                break;
            if (!move_out(s, l))
                return false;
        }
    return true;
}

/* A random order within equal ranks. */
static void shuffle(sampler *s) {
    for (unsigned l = 0; l < s->arch->level_count; l++) {
        tw_level_mapping *level = &s->mapping.levels[l];
        for (unsigned i = level->loop_count; i > 1; i--) {
            const unsigned j = (unsigned)draw_below(s, i);
            const tw_loop swap = level->loops[i - 1];
            level->loops[i - 1] = level->loops[j];
            level->loops[j] = swap;
        }
        for (unsigned i = 1; i < level->loop_count; i++)
            for (unsigned j = i; j > 0 && s->limits.rank[l][level->loops[j].dim] <
                                              s->limits.rank[l][level->loops[j - 1].dim];
                 j--) {
                const tw_loop swap = level->loops[j];
                level->loops[j] = level->loops[j - 1];
                level->loops[j - 1] = swap;
            }
    }
}

static bool draw_mapping(sampler *s) {
    if (!clear_factors(s))
        return false;
    draw_keeps(s);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        for (unsigned i = 0; i < s->prime_count[d]; i++)
            if (!place(s, s->arch->level_count, d, s->primes[d][i]))
                return false;
    if (!make_it_fit(s))
        return false;
    shuffle(s);
    return tw_mapping_is_valid(s->arch, s->problem, &s->mapping);
}

static tw_status sample(tw_ctx *ctx, sampler *s, tw_incumbent *incumbent, tw_search_result *out) {
    const tw_search_options *options = s->options;
    const double deadline = options->time_limit_s > 0 ? tw_seconds() + options->time_limit_s : 0;
    uint64_t samples = UINT64_MAX;
    if (options->work_limit || deadline <= 0)
        samples = options->work_limit ? options->work_limit : DEFAULT_SAMPLES;
    if (!split_extents(s))
        return TW_OK;
    uint64_t stuck = 0; /* draws thrown away since the last sample */
    while (out->evaluated < samples && stuck < MAX_STUCK) {
        if (tw_is_cancelled(ctx) || (deadline > 0 && tw_seconds() >= deadline)) {
            out->limit = tw_is_cancelled(ctx) ? TW_CANCELLED : TW_LIMIT;
            return TW_OK;
        }
        stuck++;
        if (!draw_mapping(s)) {
            out->pruned++;
            continue;
        }
        stuck = 0;
        out->evaluated++;
        if (tw_evaluate(s->arch, s->problem, &s->mapping, &s->cost))
            TW_TRY(tw_incumbent_offer(incumbent, &s->mapping, &s->cost));
    }
    return TW_OK;
}

tw_status tw_search_random(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                           const tw_search_options *options, tw_search_result *out) {
    *out = (tw_search_result){0};
    sampler *s = tw_alloc(ctx, sizeof *s);
    if (!s)
        return tw_out_of_memory(ctx);
    s->arch = arch;
    s->problem = problem;
    s->options = options;
    s->random = options->seed;
    tw_factor_limits_make(arch, problem, &s->limits);
    tw_mapping_init(arch, &s->mapping);
    tw_incumbent incumbent;
    tw_incumbent_init(&incumbent, ctx, options->objective);
    const tw_status status = sample(ctx, s, &incumbent, out);
    if (status != TW_OK) {
        tw_incumbent_free(&incumbent);
    } else if (tw_incumbent_finish(&incumbent, out)) {
        out->found = TW_FOUND_FEASIBLE;
    } else {
        out->found = TW_FOUND_NOTHING;
        snprintf(out->reason, sizeof out->reason,
                 "no valid mapping among %llu random ones; the exact search says whether there "
                 "is any",
                 (unsigned long long)out->pruned);
    }
    out->lower_bound = tw_trivial_bound(arch, problem, options->objective);
    out->space_log10 = log10((double)out->evaluated + 1);
    tw_free(ctx, s);
    return status;
}
