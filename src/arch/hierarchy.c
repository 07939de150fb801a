#include "arch/hierarchy.h"

#include "base/checked.h"

uint64_t tw_hierarchy_instances(const tw_hierarchy *arch, unsigned level) {
    uint64_t instances = 1;
    for (unsigned l = 0; l < level; l++)
        instances *= arch->levels[l].fanout.x * arch->levels[l].fanout.y;
    return instances;
}

static tw_status check_fanouts(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch) {
    tw_status status = TW_OK;
    bool overflow = false;
    uint64_t instances = 1;
    for (unsigned l = 0; l < arch->level_count; l++) {
        const tw_fanout *fanout = &arch->levels[l].fanout;
        if (fanout->x == 0 || fanout->y == 0)
            status = tw_fail(ctx, TW_INVALID, at,
                             "the fanout below %s is %llu x %llu, expected at "
                             "least 1 x 1",
                             arch->levels[l].name, (unsigned long long)fanout->x,
                             (unsigned long long)fanout->y);
        instances = tw_mul_u64(instances, tw_mul_u64(fanout->x, fanout->y, &overflow), &overflow);
    }
    if (overflow || instances > (UINT64_C(1) << 40))
        status =
            tw_fail(ctx, TW_INVALID, at, "the fanouts multiply to more than 2^40 compute units");
    return status;
}

/* A value that may be 0, and otherwise lies in its range. */
typedef struct {
    const char *name;
    double value, least, most;
} bounded;

static tw_status check_values(tw_ctx *ctx, const tw_position *at, const char *owner,
                              const bounded *values, size_t count) {
    tw_status status = TW_OK;
    for (size_t i = 0; i < count; i++) {
        const bounded *b = &values[i];
        if (b->value == 0 || (b->value >= b->least && b->value <= b->most))
            continue;
        char least[32] = "0";
        if (b->least > 0)
            snprintf(least, sizeof least, "0 or %g", b->least);
        status = tw_fail(ctx, TW_INVALID, at, "the %s of %s is %g, expected %s to %g", b->name,
                         owner, b->value, least, b->most);
    }
    return status;
}

static tw_status check_level(tw_ctx *ctx, const tw_position *at, const tw_level *level) {
    const bounded values[] = {
        {"bandwidth", level->bandwidth, TW_LEAST_BANDWIDTH, TW_MOST_BANDWIDTH},
        {"read bandwidth", level->read_bandwidth, TW_LEAST_BANDWIDTH, TW_MOST_BANDWIDTH},
        {"write bandwidth", level->write_bandwidth, TW_LEAST_BANDWIDTH, TW_MOST_BANDWIDTH},
        {"leakage in mW", level->leakage_mw, 0, TW_MOST_LEAKAGE_MW},
        {"hop energy in pJ", level->fanout.hop_pj, 0, TW_MOST_ENERGY_PJ},
        {"number of hops", level->fanout.hops, 0, TW_MOST_HOPS},
    };
    tw_status status = check_values(ctx, at, level->name, values, sizeof values / sizeof values[0]);
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        const bounded of_role[] = {
            {"bandwidth", level->role_bandwidth[r], TW_LEAST_BANDWIDTH, TW_MOST_BANDWIDTH},
            {"read energy in pJ", level->read_pj[r], 0, TW_MOST_ENERGY_PJ},
            {"write energy in pJ", level->write_pj[r], 0, TW_MOST_ENERGY_PJ},
            {"capacity", level->capacity_units[r], 0, TW_MOST_CAPACITY},
        };
        if (check_values(ctx, at, level->name, of_role, sizeof of_role / sizeof of_role[0]) !=
            TW_OK)
            status = TW_INVALID;
    }
    return status;
}

static tw_status check_numbers(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch) {
    const bounded values[] = {
        {"MAC energy in pJ", arch->mac_pj, 0, TW_MOST_ENERGY_PJ},
        {"MAC leakage in mW", arch->mac_leakage_mw, 0, TW_MOST_LEAKAGE_MW},
        {"clock in MHz", arch->clock_mhz, TW_LEAST_CLOCK_MHZ, TW_MOST_CLOCK_MHZ},
    };
    bool leaks = arch->mac_leakage_mw > 0;
    tw_status status =
        check_values(ctx, at, "the accelerator", values, sizeof values / sizeof values[0]);
    for (unsigned l = 0; l < arch->level_count; l++) {
        leaks |= arch->levels[l].leakage_mw > 0;
        if (check_level(ctx, at, &arch->levels[l]) != TW_OK)
            status = TW_INVALID;
    }
    if (leaks && !(arch->clock_mhz > 0))
        status = tw_fail(ctx, TW_INVALID, at, "leakage needs the accelerator's clock");
    return status;
}

tw_status tw_hierarchy_check(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch) {
    if (arch->level_count == 0 || arch->level_count > TW_MAX_LEVELS)
        return tw_fail(ctx, TW_INVALID, at, "%u storage levels, expected 1 to %d",
                       arch->level_count, TW_MAX_LEVELS);
    tw_status status = TW_OK;
    if (arch->levels[0].keeps != TW_ALL_ROLES)
        status = tw_fail(ctx, TW_INVALID, at, "the outermost level %s must keep every tensor",
                         arch->levels[0].name);
    const tw_status fanouts = check_fanouts(ctx, at, arch);
    const tw_status numbers = check_numbers(ctx, at, arch);
    return status != TW_OK ? status : fanouts != TW_OK ? fanouts : numbers;
}
