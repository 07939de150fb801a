#include "oracle/random_case.h"

#include <stdlib.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t random_below(test_rng *rng, uint64_t count) {
    uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % count;
}

bool random_chance(test_rng *rng, unsigned percent) {
    return random_below(rng, 100) < percent;
}

/* Gives dimensions a and b the same extent: the larger one where `rest` more MACs are enough. */
static void make_equal(uint64_t extent[TW_DIM_COUNT], tw_dim a, tw_dim b, uint64_t *rest) {
    const uint64_t small = extent[a] < extent[b] ? extent[a] : extent[b];
    const uint64_t large = extent[a] < extent[b] ? extent[b] : extent[a];
    const bool grows = large <= *rest * small;
    extent[a] = extent[b] = grows ? large : small;
    if (grows)
        *rest = *rest * small / large;
}

void random_problem(tw_ctx *ctx, test_rng *rng, uint64_t macs, tw_problem *out) {
    static const uint64_t sizes[] = {1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 12};
    const tw_operation *operation = &tw_operations[random_below(rng, tw_operation_count)];
    uint64_t extent[TW_DIM_COUNT] = {1, 1, 1, 1, 1, 1, 1, 1}, stride[2] = {1, 1},
             dilation[2] = {1, 1};
    const size_t dims = strlen(operation->dims);
    const size_t first = random_below(rng, dims);
    for (size_t i = 0; i < dims; i++) {
        const char name[2] = {operation->dims[(first + i) % dims], '\0'};
        const uint64_t size = sizes[random_below(rng, sizeof sizes / sizeof *sizes)];
        if (size <= macs) {
            extent[tw_dim_by_name(name)] = size;
            macs /= size;
        }
    }
    for (int i = 0; i < 2 && operation->window; i++) {
        stride[i] = 1 + random_below(rng, 3);
        dilation[i] = 1 + random_below(rng, 3);
    }
    if (random_chance(rng, 35)) { /* rows like columns */
        make_equal(extent, TW_DIM_P, TW_DIM_Q, &macs);
        make_equal(extent, TW_DIM_R, TW_DIM_S, &macs);
        stride[1] = stride[0];
        dilation[1] = dilation[0];
    }
    const unsigned inputs = operation->variable_inputs ? 1 + (unsigned)random_below(rng, 3) : 1;
    if (tw_problem_make(ctx, NULL, operation, extent, stride, dilation, inputs, out) != TW_OK)
        abort();
}

void random_hierarchy(test_rng *rng, unsigned levels, tw_hierarchy *out) {
    static const char *const names[] = {"L0", "L1", "L2", "L3", "L4", "L5"};
    memset(out, 0, sizeof *out);
    out->name = "random";
    out->level_count = levels;
    out->overlap = true;
    for (unsigned l = 0; l < levels; l++) {
        tw_level *level = &out->levels[l];
        level->name = names[l];
        level->keeps = l == 0 ? TW_ALL_ROLES : (tw_role_mask)random_below(rng, TW_ALL_ROLES + 1);
        if (random_chance(rng, 40))
            level->keeps = TW_ALL_ROLES;
        level->may_keep = level->keeps;
        level->sliding_window = random_chance(rng, 50);
        level->fanout = (tw_fanout){.x = 1,
                                    .y = 1,
                                    .dims_x = TW_ALL_DIMS,
                                    .dims_y = TW_ALL_DIMS,
                                    .multicast = (tw_multicast)random_below(rng, 3),
                                    .reduce = random_chance(rng, 60)};
        level->constraints.stationary = -1;
    }
}

static void add_factor(test_rng *rng, tw_level_mapping *level, tw_dim dim, uint64_t factor) {
    for (unsigned i = 0; i < level->loop_count; i++)
        if (level->loops[i].dim == dim && random_chance(rng, 60)) {
            level->loops[i].factor *= factor;
            return;
        }
    if (level->loop_count == TW_MAX_LOOPS)
        abort();
    const unsigned at = (unsigned)random_below(rng, level->loop_count + 1);
    memmove(&level->loops[at + 1], &level->loops[at],
            (level->loop_count - at) * sizeof *level->loops);
    level->loops[at] = (tw_loop){dim, factor};
    level->loop_count++;
}

static void place_factor(test_rng *rng, tw_hierarchy *arch, tw_mapping *mapping, tw_dim dim,
                         uint64_t factor) {
    const unsigned l = (unsigned)random_below(rng, mapping->level_count);
    tw_fanout *fanout = &arch->levels[l].fanout;
    switch (random_below(rng, 4)) {
    case 0:
        mapping->levels[l].spatial_x[dim] *= factor;
        fanout->x *= factor;
        break;
    case 1:
        mapping->levels[l].spatial_y[dim] *= factor;
        fanout->y *= factor;
        break;
    default:
        add_factor(rng, &mapping->levels[l], dim, factor);
    }
}

void random_mapping(test_rng *rng, const tw_problem *problem, tw_hierarchy *arch, tw_mapping *out) {
    tw_mapping_init(arch, out);
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        uint64_t rest = problem->extent[d];
        for (uint64_t prime = 2; rest > 1; prime++)
            for (; rest % prime == 0; rest /= prime)
                place_factor(rng, arch, out, (tw_dim)d, prime);
    }
    if (random_chance(rng, 20))
        add_factor(rng, &out->levels[random_below(rng, out->level_count)],
                   (tw_dim)random_below(rng, TW_DIM_COUNT), 1);
}

static void print_level(FILE *out, const tw_level *level, const tw_level_mapping *mapping) {
    static const char *const multicast[] = {"words", "tiles", "none"};
    fprintf(out, "  %s keeps%s%s%s, sliding_window %s, multicast %s, reduce %s:", level->name,
            mapping->keeps & 1u << TW_ROLE_INPUT ? " input" : "",
            mapping->keeps & 1u << TW_ROLE_WEIGHT ? " weight" : "",
            mapping->keeps & 1u << TW_ROLE_OUTPUT ? " output" : "",
            level->sliding_window ? "on" : "off", multicast[level->fanout.multicast],
            level->fanout.reduce ? "on" : "off");
    for (unsigned i = 0; i < mapping->loop_count; i++)
        fprintf(out, " %s%llu", tw_dim_names[mapping->loops[i].dim],
                (unsigned long long)mapping->loops[i].factor);
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        if (mapping->spatial_x[d] > 1)
            fprintf(out, " X:%s%llu", tw_dim_names[d], (unsigned long long)mapping->spatial_x[d]);
        if (mapping->spatial_y[d] > 1)
            fprintf(out, " Y:%s%llu", tw_dim_names[d], (unsigned long long)mapping->spatial_y[d]);
    }
    fprintf(out, "\n");
}

void print_case(FILE *out, const tw_hierarchy *arch, const tw_problem *problem,
                const tw_mapping *mapping) {
    fprintf(out, "  %s", problem->operation->name);
    for (int d = 0; d < TW_DIM_COUNT; d++)
        if (problem->extent[d] > 1)
            fprintf(out, " %s=%llu", tw_dim_names[d], (unsigned long long)problem->extent[d]);
    fprintf(out, ", stride %llu,%llu, dilation %llu,%llu, %u tensors\n",
            (unsigned long long)problem->stride[0], (unsigned long long)problem->stride[1],
            (unsigned long long)problem->dilation[0], (unsigned long long)problem->dilation[1],
            problem->tensor_count);
    for (unsigned l = 0; l < mapping->level_count; l++)
        print_level(out, &arch->levels[l], &mapping->levels[l]);
}
