/* Prices random valid mappings of every distinct convolution, as often as fit in the measuring
 * time. The mappings are made before the clock starts: every prime factor of every dimension goes
 * to a random place, and a mapping that does not fit is drawn again. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "arch/accelerator.h"
#include "cost/cost.h"
#include "workload/network.h"

enum { MAPPINGS = 64, TRIES = 100000, BATCH = 200 };

static uint64_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Gives the prime factor `prime` of dimension d to a temporal loop or a fanout axis of some level.
 */
static void place_factor(const tw_hierarchy *arch, tw_dim d, uint64_t prime, uint64_t *random,
                         tw_mapping *mapping) {
    tw_level_mapping *level = &mapping->levels[next_random(random) % arch->level_count];
    const tw_fanout *fanout = &arch->levels[level - mapping->levels].fanout;
    const uint64_t where = next_random(random) % 3;
    if (where == 1 && fanout->x > 1)
        level->spatial_x[d] *= prime;
    else if (where == 2 && fanout->y > 1)
        level->spatial_y[d] *= prime;
    else
        level->loops[d].factor *= prime;
}

static void shuffle_loops(tw_level_mapping *level, uint64_t *random) {
    for (unsigned i = level->loop_count; i > 1; i--) {
        const unsigned j = (unsigned)(next_random(random) % i);
        const tw_loop swap = level->loops[i - 1];
        level->loops[i - 1] = level->loops[j];
        level->loops[j] = swap;
    }
}

static void draw_mapping(const tw_hierarchy *arch, const tw_problem *problem, uint64_t *random,
                         tw_mapping *out) {
    tw_mapping_init(arch, out);
    for (unsigned l = 0; l < arch->level_count; l++) {
        out->levels[l].loop_count = TW_DIM_COUNT;
        for (int d = 0; d < TW_DIM_COUNT; d++)
            out->levels[l].loops[d] = (tw_loop){(tw_dim)d, 1};
    }
    for (int d = 0; d < TW_DIM_COUNT; d++) {
        uint64_t rest = problem->extent[d];
        for (uint64_t prime = 2; rest > 1; prime++)
            for (; rest % prime == 0; rest /= prime)
                place_factor(arch, (tw_dim)d, prime, random, out);
    }
    for (unsigned l = 0; l < arch->level_count; l++)
        shuffle_loops(&out->levels[l], random);
}

/* Fills `mappings` with valid ones; returns how many were found. */
static unsigned draw_valid(const tw_hierarchy *arch, const tw_problem *problem,
                           tw_mapping mappings[MAPPINGS]) {
    uint64_t random = 1;
    unsigned count = 0;
    for (unsigned i = 0; i < TRIES && count < MAPPINGS; i++) {
        draw_mapping(arch, problem, &random, &mappings[count]);
        count += tw_mapping_is_valid(arch, problem, &mappings[count]);
    }
    return count;
}

/* BATCH rounds over the mappings of one problem; the sum of their energies. */
static double price(const tw_hierarchy *arch, const tw_problem *problem, const tw_mapping *mappings,
                    unsigned count) {
    tw_cost cost;
    double sum = 0;
    for (unsigned round = 0; round < BATCH; round++)
        for (unsigned i = 0; i < count; i++)
            if (tw_evaluate(arch, problem, &mappings[i], &cost))
                sum += cost.energy_pj;
    return sum;
}

static void measure_layer(const tw_hierarchy *arch, const tw_problem *problem,
                          const tw_bench_options *options, tw_mapping mappings[MAPPINGS],
                          tw_bench_row *row) {
    const unsigned count = draw_valid(arch, problem, mappings);
    if (count == 0)
        return;
    tw_bench_watch watch = {0};
    double sum = 0;
    do {
        tw_bench_start(&watch);
        sum = price(arch, problem, mappings, count);
    } while (tw_bench_stop(&watch, options));
    row->checksum += sum;
    row->layers++;
    row->evaluated += (uint64_t)count * BATCH;
    row->seconds += watch.seconds;
    row->cpu_seconds += watch.cpu_seconds;
}

tw_status tw_bench_evaluate(tw_ctx *ctx, const tw_bench_case *bench,
                            const tw_bench_options *options, tw_bench_row *row) {
    tw_accelerator *accelerator = NULL;
    tw_network *network = NULL;
    tw_mapping *mappings = tw_alloc_array(ctx, MAPPINGS, sizeof *mappings);
    tw_status status = mappings ? TW_OK : tw_out_of_memory(ctx);
    if (status == TW_OK)
        status = tw_accelerator_load(ctx, bench->accelerator, &accelerator);
    if (status == TW_OK)
        status = tw_network_load(ctx, bench->network, NULL, &network);
    for (size_t i = 0; status == TW_OK && i < network->layer_count; i++)
        if (strcmp(network->layers[i].problem.operation->name, "conv") == 0)
            measure_layer(&accelerator->hierarchy, &network->layers[i].problem, options, mappings,
                          row);
    if (row->cpu_seconds > 0)
        row->rate = (double)row->evaluated / row->cpu_seconds;
    snprintf(row->words, sizeof row->words, "%u levels",
             accelerator ? accelerator->hierarchy.level_count : 0);
    tw_network_free(network);
    tw_accelerator_free(accelerator);
    tw_free(ctx, mappings);
    return status;
}
