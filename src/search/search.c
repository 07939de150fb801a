/* Dispatches to the technique, after folding what the user prescribes into the constraints. */
#include "search/search.h"

#include <string.h>

#include "search/brute_force.h"
#include "search/exact.h"
#include "search/random_search.h"

typedef tw_status (*technique_fn)(tw_ctx *, const tw_hierarchy *, const tw_problem *,
                                  const tw_search_options *, tw_search_result *);

static const struct {
    const char *name;
    technique_fn run;
} techniques[] = {
    {"exact", tw_search_exact},
    {"bottom-up", tw_search_bottom_up},
    {"brute-force", tw_search_brute_force},
    {"random", tw_search_random},
};
enum { TECHNIQUE_COUNT = sizeof techniques / sizeof *techniques };

/* A partial mapping prescribes its factors (0 is free), the order of the loops whose factors it
 * gives and what its levels keep. Free loops stand in its list for completeness, not in order. */
static void prescribe_level(const tw_level_mapping *given, tw_level *level) {
    tw_level_constraints *rules = &level->constraints;
    tw_dim order[TW_DIM_COUNT];
    unsigned listed = 0;
    for (unsigned i = 0; i < given->loop_count; i++) {
        const tw_loop *loop = &given->loops[i];
        bool repeated = false;
        if (!loop->factor)
            continue;
        for (unsigned j = 0; j < listed; j++)
            repeated |= order[j] == loop->dim;
        if (repeated) {
            rules->temporal_fixed[loop->dim] *= loop->factor;
        } else {
            rules->temporal_fixed[loop->dim] = loop->factor;
            order[listed++] = loop->dim;
        }
    }
    if (listed > 1) {
        memcpy(rules->order, order, listed * sizeof *order);
        rules->order_count = listed;
    }
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (given->spatial_x[d])
            rules->spatial_x_fixed[d] = given->spatial_x[d];
        if (given->spatial_y[d])
            rules->spatial_y_fixed[d] = given->spatial_y[d];
    }
}

static void prescribe_keeps(tw_role_mask keeps, tw_level *level) {
    level->keeps = keeps;
    level->must_keep = keeps;
    level->may_keep &= keeps;
}

tw_status tw_search(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                    const tw_search_options *options, tw_search_result *out) {
    const char *names[TECHNIQUE_COUNT];
    const char *wanted = options->technique ? options->technique : techniques[0].name;
    tw_hierarchy prescribed = *arch;
    tw_search_options own = *options;
    own.partial = NULL;
    if (options->partial) {
        if (options->partial->level_count != arch->level_count)
            return tw_fail(ctx, TW_INVALID, NULL,
                           "the partial mapping has %u levels, the accelerator %s has %u",
                           options->partial->level_count, arch->name, arch->level_count);
        for (unsigned l = 0; l < arch->level_count; l++) {
            prescribe_level(&options->partial->levels[l], &prescribed.levels[l]);
            if (options->partial_keeps >> l & 1)
                prescribe_keeps(options->partial->levels[l].keeps, &prescribed.levels[l]);
        }
    }
    for (size_t i = 0; i < TECHNIQUE_COUNT; i++) {
        if (strcmp(techniques[i].name, wanted) == 0)
            return techniques[i].run(ctx, &prescribed, problem, &own, out);
        names[i] = techniques[i].name;
    }
    const char *closest = tw_closest_word(wanted, names, TECHNIQUE_COUNT);
    return tw_fail(ctx, TW_USAGE, NULL, "unknown search technique %s%s%s%s", wanted,
                   closest ? ", did you mean " : "", closest ? closest : "", closest ? "?" : "");
}
