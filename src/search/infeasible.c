#include "search/infeasible.h"

#include <stdio.h>

/* The smallest tile a level can have: the product of the prescribed factors at and below it. */
static void smallest_tiles(const tw_chain *c, uint64_t tile[TW_MAX_LEVELS][TW_DIM_COUNT]) {
    uint64_t below[TW_DIM_COUNT];
    for (int d = 0; d < TW_DIM_COUNT; d++)
        below[d] = 1;
    for (unsigned l = c->levels; l-- > 0;) {
        const tw_level_constraints *fixed = &c->arch->levels[l].constraints;
        for (int d = 0; d < TW_DIM_COUNT; d++) {
            const uint64_t factors[] = {fixed->temporal_fixed[d], fixed->spatial_x_fixed[d],
                                        fixed->spatial_y_fixed[d]};
            for (int i = 0; i < 3; i++)
                below[d] *= factors[i] && factors[i] <= c->problem->extent[d] ? factors[i] : 1;
            tile[l][d] = below[d];
        }
    }
}

/* Multiplies the factors of dimension d that level l prescribes into *product; false, with the
 * reason, when one does not divide the extent. */
static bool multiply_factors(const tw_chain *c, unsigned l, int d, uint64_t *product, char *reason,
                             size_t size) {
    const tw_level_constraints *fixed = &c->arch->levels[l].constraints;
    const uint64_t factors[] = {fixed->temporal_fixed[d], fixed->spatial_x_fixed[d],
                                fixed->spatial_y_fixed[d]};
    const uint64_t extent = c->problem->extent[d];
    for (int i = 0; i < 3; i++) {
        if (!factors[i])
            continue;
        if (extent % factors[i] || *product > extent) {
            snprintf(reason, size,
                     "the factor %llu of %s prescribed at %s does not divide its extent "
                     "%llu",
                     (unsigned long long)factors[i], tw_dim_names[d], c->arch->levels[l].name,
                     (unsigned long long)extent);
            return false;
        }
        *product *= factors[i];
    }
    return true;
}

static bool explain_factor(const tw_chain *c, char *reason, size_t size) {
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        const uint64_t extent = c->problem->extent[d];
        uint64_t product = 1;
        bool all_fixed = true;
        for (unsigned l = 0; l < c->levels; l++) {
            all_fixed &= c->arch->levels[l].constraints.temporal_fixed[d] > 0;
            if (!multiply_factors(c, l, d, &product, reason, size))
                return true;
        }
        if (extent % product || (all_fixed && product != extent)) {
            snprintf(reason, size,
                     "the factors prescribed for %s multiply to %llu, which does not give its "
                     "extent %llu",
                     tw_dim_names[d], (unsigned long long)product, (unsigned long long)extent);
            return true;
        }
    }
    return false;
}

/* The keep choice that needs the least room still needs too much. */
static bool explain_capacity(const tw_chain *c, char *reason, size_t size) {
    uint64_t tile[TW_MAX_LEVELS][TW_DIM_COUNT];
    smallest_tiles(c, tile);
    for (unsigned l = c->levels; l-- > 0;) {
        const tw_level *level = &c->arch->levels[l];
        const tw_role_mask all = c->keep_choice_count[l] ? c->keep_choices[l][0] : level->keeps;
        double used[TW_ROLE_COUNT];
        bool fits = !level->bounded;
        for (unsigned k = 0; k < c->keep_choice_count[l] && !fits; k++)
            fits = tw_level_fits(level, c->problem, c->keep_choices[l][k], tile[l]);
        if (fits)
            continue;
        tw_level_usage(level, c->problem, all, tile[l], used);
        for (int r = 0; r < (level->shared ? 1 : TW_ROLE_COUNT); r++)
            if (used[r] > level->capacity_units[r]) {
                snprintf(reason, size,
                         "the smallest possible tile%s%s at %s take%s %.0f %s, %.0f more than its "
                         "capacity of %.0f",
                         level->shared ? "s" : " of the ", level->shared ? "" : tw_role_names[r],
                         level->name, level->shared ? "" : "s", used[r],
                         level->word_units[r] == 1 ? "words" : "bits",
                         used[r] - level->capacity_units[r], level->capacity_units[r]);
                return true;
            }
    }
    return false;
}

/* One axis of a fanout: prescribed factors, what may be unrolled, how much. */
typedef struct {
    const char *name;
    const uint64_t *fixed;
    tw_dim_mask allowed;
    uint64_t units;
} fanout_axis;

static void list_dims(tw_dim_mask dims, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (dims >> d & 1 && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                     tw_dim_names[d]);
    if (!dims)
        snprintf(out, size, "nothing");
}

static bool explain_axis(const fanout_axis *axis, const char *level, char *reason, size_t size) {
    uint64_t units = 1;
    char allowed[64];
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (axis->fixed[d] <= 1)
            continue;
        units *= axis->fixed[d];
        if (!(axis->allowed >> d & 1)) {
            list_dims(axis->allowed, allowed, sizeof allowed);
            snprintf(reason, size, "%s is unrolled by %llu on %s below %s, where only %s may be",
                     tw_dim_names[d], (unsigned long long)axis->fixed[d], axis->name, level,
                     allowed);
            return true;
        }
    }
    if (units > axis->units) {
        snprintf(reason, size,
                 "the factors prescribed on %s below %s multiply to %llu, %llu more than its %llu "
                 "units",
                 axis->name, level, (unsigned long long)units,
                 (unsigned long long)(units - axis->units), (unsigned long long)axis->units);
        return true;
    }
    return false;
}

static bool explain_fanout(const tw_chain *c, char *reason, size_t size) {
    for (unsigned l = 0; l < c->levels; l++) {
        const tw_level *level = &c->arch->levels[l];
        const fanout_axis x = {"X", level->constraints.spatial_x_fixed, level->fanout.dims_x,
                               level->fanout.x};
        const fanout_axis y = {"Y", level->constraints.spatial_y_fixed, level->fanout.dims_y,
                               level->fanout.y};
        if (c->unrollings[l].count > 0)
            continue;
        if (!explain_axis(&x, level->name, reason, size) &&
            !explain_axis(&y, level->name, reason, size))
            snprintf(reason, size,
                     "no spatial factors satisfy the constraints of the %llu x %llu fanout below "
                     "%s",
                     (unsigned long long)level->fanout.x, (unsigned long long)level->fanout.y,
                     level->name);
        return true;
    }
    return false;
}

/* The largest factor of a dimension that one level admits, loops and fanout together. */
static uint64_t largest_factor(const tw_chain *c, unsigned l, tw_dim d) {
    const tw_level_constraints *rules = &c->arch->levels[l].constraints;
    const uint64_t loops =
        rules->temporal_fixed[d] ? rules->temporal_fixed[d] : rules->temporal_max[d];
    uint64_t units = 1;
    for (size_t i = 0; i < c->unrollings[l].count; i++) {
        const uint64_t factor = c->lattice.dims[d].divisors[c->unrollings[l].items[i].index[d]];
        units = factor > units ? factor : units;
    }
    return loops && loops < c->problem->extent[d] ? loops * units : c->problem->extent[d];
}

static bool explain_reach(const tw_chain *c, char *reason, size_t size) {
    for (unsigned i = 0; i < c->lattice.active_count; i++) {
        const tw_dim d = c->lattice.active[i];
        uint64_t reach = 1;
        for (unsigned l = 0; l < c->levels && reach < c->problem->extent[d]; l++)
            reach *= largest_factor(c, l, d);
        if (reach >= c->problem->extent[d])
            continue;
        snprintf(reason, size,
                 "with the largest factors that the levels admit, %s reaches %llu, %llu less than "
                 "its extent %llu",
                 tw_dim_names[d], (unsigned long long)reach,
                 (unsigned long long)(c->problem->extent[d] - reach),
                 (unsigned long long)c->problem->extent[d]);
        return true;
    }
    return false;
}

static bool explain_keeps(const tw_chain *c, char *reason, size_t size) {
    for (unsigned l = 0; l < c->levels; l++)
        if (c->keep_choice_count[l] == 0) {
            snprintf(reason, size, "what %s may keep contradicts what it must keep",
                     c->arch->levels[l].name);
            return true;
        }
    return false;
}

void tw_explain_infeasible(const tw_chain *chain, char *reason, size_t size) {
    if (explain_factor(chain, reason, size) || explain_fanout(chain, reason, size) ||
        explain_keeps(chain, reason, size) || explain_reach(chain, reason, size) ||
        explain_capacity(chain, reason, size))
        return;
    /* Every limit can be met on its own: name the largest prescribed tile against its level. */
    snprintf(reason, size,
             "no factorisation satisfies the capacities together with the prescribed and largest "
             "factors of the levels");
}
