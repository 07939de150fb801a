#include "arch/hierarchy.h"

#include "base/checked.h"

uint64_t tw_hierarchy_instances(const tw_hierarchy *arch, unsigned level) {
    uint64_t instances = 1;
    for (unsigned l = 0; l < level; l++)
        instances *= arch->levels[l].fanout.x * arch->levels[l].fanout.y;
    return instances;
}

tw_status tw_hierarchy_check(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch) {
    if (arch->level_count == 0 || arch->level_count > TW_MAX_LEVELS)
        return tw_fail(ctx, TW_INVALID, at, "%u storage levels, expected 1 to %d",
                       arch->level_count, TW_MAX_LEVELS);
    tw_status status = TW_OK;
    if (arch->levels[0].keeps != TW_ALL_ROLES)
        status = tw_fail(ctx, TW_INVALID, at, "the outermost level %s must keep every tensor",
                         arch->levels[0].name);
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
