/* Whether a mapping is valid on a machine, and if not, every reason why. */
#include "mapping/mapping.h"

#include "base/checked.h"

/* What the checks share. With ctx NULL nothing is reported and the first violation ends them. */
typedef struct {
    tw_ctx *ctx;
    const tw_position *at;
    const tw_hierarchy *arch;
    const tw_problem *problem;
    const tw_mapping *mapping;
    bool valid;
} check;

#define VIOLATION(c, ...)                                                                          \
    do {                                                                                           \
        (c)->valid = false;                                                                        \
        if ((c)->ctx)                                                                              \
            tw_diag((c)->ctx, TW_SEVERITY_ERROR, (c)->at, __VA_ARGS__);                            \
    } while (0)

static void check_factors(check *c) {
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        bool overflow = false;
        uint64_t product = 1;
        for (unsigned l = 0; l < c->mapping->level_count; l++) {
            const tw_level_mapping *level = &c->mapping->levels[l];
            product = tw_mul_u64(product, level->spatial_x[d], &overflow);
            product = tw_mul_u64(product, level->spatial_y[d], &overflow);
            for (unsigned i = 0; i < level->loop_count; i++)
                if (level->loops[i].dim == (tw_dim)d)
                    product = tw_mul_u64(product, level->loops[i].factor, &overflow);
        }
        if (overflow || product != c->problem->extent[d])
            VIOLATION(c, "the factors of %s multiply to %llu%s, expected its extent %llu",
                      tw_dim_names[d], (unsigned long long)product,
                      overflow ? " (beyond 64 bits)" : "",
                      (unsigned long long)c->problem->extent[d]);
    }
}

static void check_axis(check *c, unsigned l, const char *axis, uint64_t size, tw_dim_mask allowed,
                       const uint64_t factors[TW_DIM_COUNT]) {
    const char *name = c->arch->levels[l].name;
    bool overflow = false;
    uint64_t product = 1;
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        product = tw_mul_u64(product, factors[d], &overflow);
        if (factors[d] > 1 && !(allowed >> d & 1))
            VIOLATION(c, "%s is unrolled on %s of the fanout below %s, which does not allow it",
                      tw_dim_names[d], axis, name);
    }
    if (overflow || product > size)
        VIOLATION(c,
                  "the factors on %s of the fanout below %s multiply to %llu, which exceeds its "
                  "%llu children",
                  axis, name, (unsigned long long)product, (unsigned long long)size);
}

static void check_keeps(check *c, unsigned l) {
    const tw_level *level = &c->arch->levels[l];
    const tw_role_mask keeps = c->mapping->levels[l].keeps;
    tw_role_mask present = 0;
    for (unsigned t = 0; t < c->problem->tensor_count; t++)
        present |= 1u << c->problem->tensors[t].role;
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        const bool kept = keeps >> r & 1;
        if (!(present >> r & 1))
            continue;
        if (l == 0 && !kept)
            VIOLATION(c, "the outermost level %s does not keep the %s", level->name,
                      tw_role_names[r]);
        else if (kept && !((level->may_keep | level->keeps) >> r & 1))
            VIOLATION(c, "%s keeps the %s, which it may not", level->name, tw_role_names[r]);
        else if (!kept && (level->must_keep >> r & 1))
            VIOLATION(c, "%s bypasses the %s, which it must keep", level->name, tw_role_names[r]);
    }
}

static void check_capacity(check *c, unsigned l, const uint64_t tile[TW_DIM_COUNT]) {
    const tw_level *level = &c->arch->levels[l];
    if (!level->bounded)
        return;
    double used[TW_ROLE_COUNT];
    tw_level_usage(level, c->problem, c->mapping->levels[l].keeps, tile, used);
    for (int r = 0; r < (level->shared ? 1 : TW_ROLE_COUNT); r++)
        if (used[r] > level->capacity_units[r])
            VIOLATION(c, "the tile%s%s at %s take%s %.0f %s, which exceeds its %.0f by %.0f",
                      level->shared ? "s" : " of the ", level->shared ? "" : tw_role_names[r],
                      level->name, level->shared ? "" : "s", used[r],
                      level->word_units[r] == 1 ? "words" : "bits", level->capacity_units[r],
                      used[r] - level->capacity_units[r]);
}

static bool run_checks(check *c) {
    if (c->mapping->level_count != c->arch->level_count) {
        VIOLATION(c, "the mapping has %u levels, the accelerator %s has %u",
                  c->mapping->level_count, c->arch->name, c->arch->level_count);
        return false;
    }
    check_factors(c);
    if (!c->valid)
        return false; /* tiles mean nothing */
    uint64_t tile[TW_MAX_LEVELS + 1][TW_DIM_COUNT];
    tw_mapping_tiles(c->mapping, tile);
    for (unsigned l = 0; l < c->arch->level_count && (c->valid || c->ctx); l++) {
        const tw_fanout *fanout = &c->arch->levels[l].fanout;
        check_axis(c, l, "X", fanout->x, fanout->dims_x, c->mapping->levels[l].spatial_x);
        check_axis(c, l, "Y", fanout->y, fanout->dims_y, c->mapping->levels[l].spatial_y);
        check_keeps(c, l);
        check_capacity(c, l, tile[l]);
    }
    return c->valid;
}

tw_status tw_mapping_check(tw_ctx *ctx, const tw_position *at, const tw_hierarchy *arch,
                           const tw_problem *problem, const tw_mapping *mapping) {
    check c = {ctx, at, arch, problem, mapping, true};
    return run_checks(&c) ? TW_OK : TW_INVALID;
}

bool tw_mapping_is_valid(const tw_hierarchy *arch, const tw_problem *problem,
                         const tw_mapping *mapping) {
    check c = {NULL, NULL, arch, problem, mapping, true};
    return run_checks(&c);
}
