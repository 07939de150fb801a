#include "prop/random_space.h"

#include <string.h>

static double random_quarters(test_rng *rng, uint64_t below) {
    return 0.25 * (double)random_below(rng, below);
}

static double random_power(test_rng *rng) {
    static const double powers[] = {0.25, 0.5, 1, 2, 4, 8};
    return powers[random_below(rng, sizeof powers / sizeof *powers)];
}

static void random_prices(test_rng *rng, tw_level *level, unsigned depth) {
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        level->read_pj[r] = random_quarters(rng, depth == 0 ? 800 : 80);
        level->write_pj[r] = random_chance(rng, 50) ? level->read_pj[r] : random_quarters(rng, 100);
    }
    if (random_chance(rng, 30))
        level->bandwidth = random_power(rng);
    if (random_chance(rng, 20))
        level->read_bandwidth = random_power(rng);
    if (random_chance(rng, 20))
        level->write_bandwidth = random_power(rng);
    if (random_chance(rng, 10))
        level->role_bandwidth[random_below(rng, TW_ROLE_COUNT)] = random_power(rng);
    if (random_chance(rng, 20))
        level->leakage_mw = random_quarters(rng, 20);
}

static void random_capacity(test_rng *rng, tw_level *level, const tw_problem *problem) {
    uint64_t largest = 0;
    bool overflow = false;
    for (unsigned t = 0; t < problem->tensor_count; t++)
        largest += tw_tile_words(&problem->tensors[t], problem->extent, &overflow);
    level->bounded = random_chance(rng, 85);
    level->shared = random_chance(rng, 60);
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        level->word_units[r] = random_chance(rng, 80) ? 1 : 2;
        level->capacity_units[r] = (double)(1 + random_below(rng, 1 + largest / 2));
    }
}

static void random_fanout(test_rng *rng, tw_fanout *fanout) {
    static const uint64_t sizes[] = {1, 1, 2, 3, 4};
    if (random_chance(rng, 40))
        return;
    fanout->x = sizes[random_below(rng, 5)];
    fanout->y = sizes[random_below(rng, 5)];
    if (random_chance(rng, 40)) {
        fanout->dims_x = (tw_dim_mask)random_below(rng, TW_ALL_DIMS + 1);
        fanout->dims_y = (tw_dim_mask)random_below(rng, TW_ALL_DIMS + 1);
    }
    fanout->hop_pj = random_quarters(rng, 8);
    fanout->hops = (double)random_below(rng, 3);
}

static void random_keeps(test_rng *rng, tw_level *level) {
    level->keeps = (tw_role_mask)random_below(rng, TW_ALL_ROLES + 1);
    if (random_chance(rng, 40))
        level->keeps = TW_ALL_ROLES;
    level->may_keep = level->keeps | (tw_role_mask)random_below(rng, TW_ALL_ROLES + 1);
    if (random_chance(rng, 30))
        level->must_keep = level->keeps & (tw_role_mask)random_below(rng, TW_ALL_ROLES + 1);
}

static void random_order(test_rng *rng, tw_level_constraints *c) {
    tw_dim dims[TW_DIM_COUNT];
    for (unsigned i = 0; i < TW_DIM_COUNT; i++) {
        const unsigned j = (unsigned)random_below(rng, i + 1);
        dims[i] = dims[j];
        dims[j] = (tw_dim)i;
    }
    c->order_count = (unsigned)random_below(rng, TW_DIM_COUNT + 1);
    memcpy(c->order, dims, sizeof dims);
}

/* A divisor of the extent, so that some mapping may satisfy it. */
static uint64_t random_divisor(test_rng *rng, uint64_t extent) {
    uint64_t divisor = 0;
    do
        divisor = 1 + random_below(rng, extent);
    while (extent % divisor != 0);
    return divisor;
}

static void random_constraints(test_rng *rng, const tw_problem *problem, tw_level *level) {
    tw_level_constraints *c = &level->constraints;
    const unsigned d = (unsigned)random_below(rng, TW_DIM_COUNT);
    switch (random_below(rng, 6)) {
    case 0:
        c->temporal_fixed[d] = random_divisor(rng, problem->extent[d]);
        break;
    case 1:
        c->temporal_max[d] = 1 + random_below(rng, problem->extent[d]);
        break;
    case 2:
        c->spatial_x_fixed[d] = random_divisor(rng, problem->extent[d]);
        break;
    case 3:
        c->spatial_y_fixed[d] = random_divisor(rng, problem->extent[d]);
        break;
    case 4:
        random_order(rng, c);
        break;
    default:
        c->stationary = (int)random_below(rng, TW_ROLE_COUNT);
    }
}

/* Some factors of a random mapping, the rest free, in the form that the reader of partial mappings
 * makes: a loop for every dimension at every level. */
static void random_partial(test_rng *rng, search_space *space) {
    tw_hierarchy scratch = space->arch;
    tw_mapping whole;
    random_mapping(rng, &space->problem, &scratch, &whole);
    tw_mapping_init(&space->arch, &space->partial);
    for (unsigned l = 0; l < space->arch.level_count; l++) {
        tw_level_mapping *level = &space->partial.levels[l];
        for (int d = 0; d < TW_DIM_COUNT; d++) {
            uint64_t factor = 1;
            for (unsigned i = 0; i < whole.levels[l].loop_count; i++)
                if (whole.levels[l].loops[i].dim == (tw_dim)d)
                    factor *= whole.levels[l].loops[i].factor;
            level->loops[level->loop_count++] =
                (tw_loop){(tw_dim)d, random_chance(rng, 25) ? factor : 0};
            level->spatial_x[d] = random_chance(rng, 10) ? whole.levels[l].spatial_x[d] : 0;
            level->spatial_y[d] = random_chance(rng, 10) ? whole.levels[l].spatial_y[d] : 0;
        }
    }
}

void random_space(tw_ctx *ctx, test_rng *rng, search_space *out) {
    memset(out, 0, sizeof *out);
    random_problem(ctx, rng, 8 + random_below(rng, 72), &out->problem);
    random_hierarchy(rng, 2 + (unsigned)random_below(rng, 2), &out->arch);
    out->arch.mac_pj = random_quarters(rng, 8);
    out->arch.overlap = random_chance(rng, 70);
    if (random_chance(rng, 30)) {
        out->arch.clock_mhz = random_chance(rng, 50) ? 1000 : 500;
        out->arch.mac_leakage_mw = random_quarters(rng, 4);
    }
    for (unsigned l = 0; l < out->arch.level_count; l++) {
        tw_level *level = &out->arch.levels[l];
        random_prices(rng, level, l);
        random_fanout(rng, &level->fanout);
        level->keeps = level->may_keep = TW_ALL_ROLES;
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            level->word_units[r] = 1;
        if (l > 0) {
            random_keeps(rng, level);
            random_capacity(rng, level, &out->problem);
        }
        if (random_chance(rng, 25))
            random_constraints(rng, &out->problem, level);
    }
    out->search_bypass = random_chance(rng, 40);
    out->has_partial = random_chance(rng, 10);
    if (out->has_partial)
        random_partial(rng, out);
}

static void print_numbers(FILE *out, const char *name, const uint64_t values[TW_DIM_COUNT],
                          uint64_t trivial) {
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (values[d] != trivial)
            fprintf(out, " %s_%s=%llu", name, tw_dim_names[d], (unsigned long long)values[d]);
}

static void print_machine_level(FILE *out, const tw_level *level) {
    const tw_level_constraints *c = &level->constraints;
    fprintf(out,
            "    %s: %s %s capacity %g %g %g of %g %g %g, may %x must %x, fanout %llu x %llu dims "
            "%x %x hop %g x %g,\n      read %g %g %g write %g %g %g, bandwidth %g %g %g, "
            "leakage %g, stationary %d",
            level->name, level->bounded ? "bounded" : "unbounded",
            level->shared ? "shared" : "separate", level->capacity_units[0],
            level->capacity_units[1], level->capacity_units[2], level->word_units[0],
            level->word_units[1], level->word_units[2], level->may_keep, level->must_keep,
            (unsigned long long)level->fanout.x, (unsigned long long)level->fanout.y,
            level->fanout.dims_x, level->fanout.dims_y, level->fanout.hop_pj, level->fanout.hops,
            level->read_pj[0], level->read_pj[1], level->read_pj[2], level->write_pj[0],
            level->write_pj[1], level->write_pj[2], level->bandwidth, level->read_bandwidth,
            level->write_bandwidth, level->leakage_mw, c->stationary);
    print_numbers(out, "role_bandwidth_nonzero",
                  (uint64_t[TW_DIM_COUNT]){level->role_bandwidth[0] > 0,
                                           level->role_bandwidth[1] > 0,
                                           level->role_bandwidth[2] > 0},
                  0);
    print_numbers(out, "temporal_fixed", c->temporal_fixed, 0);
    print_numbers(out, "temporal_max", c->temporal_max, 0);
    print_numbers(out, "x_fixed", c->spatial_x_fixed, 0);
    print_numbers(out, "y_fixed", c->spatial_y_fixed, 0);
    for (unsigned i = 0; i < c->order_count; i++)
        fprintf(out, "%s%s", i ? "," : " order ", tw_dim_names[c->order[i]]);
    fprintf(out, "\n");
}

void print_space(FILE *out, const search_space *space) {
    tw_mapping none;
    tw_mapping_init(&space->arch, &none);
    print_case(out, &space->arch, &space->problem, &none);
    fprintf(out, "    mac %g pJ, overlap %d, clock %g MHz, mac leakage %g mW, bypass %s\n",
            space->arch.mac_pj, space->arch.overlap, space->arch.clock_mhz,
            space->arch.mac_leakage_mw, space->search_bypass ? "search" : "fixed");
    for (unsigned l = 0; l < space->arch.level_count; l++)
        print_machine_level(out, &space->arch.levels[l]);
    for (unsigned l = 0; space->has_partial && l < space->arch.level_count; l++) {
        const tw_level_mapping *level = &space->partial.levels[l];
        fprintf(out, "    partial %s:", space->arch.levels[l].name);
        for (unsigned i = 0; i < level->loop_count; i++)
            if (level->loops[i].factor)
                fprintf(out, " %s%llu", tw_dim_names[level->loops[i].dim],
                        (unsigned long long)level->loops[i].factor);
        print_numbers(out, "x", level->spatial_x, 0);
        print_numbers(out, "y", level->spatial_y, 0);
        fprintf(out, "\n");
    }
}
