/* The cost model must give exactly the counts of the simulator, on random cases. A case that
 * differs is made smaller (loops dropped, factors divided, levels and features switched off) as
 * long as it still differs, then printed.
 *
 *     oracle_random [--seed N] [--cases N] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include "cost/cost.h"
#include "oracle/random_case.h"
#include "oracle/simulator.h"
#include "support/options.h"

enum { DEFAULT_CASES = 20000, DEFAULT_SEED = 1 };

typedef struct {
    tw_hierarchy arch;
    tw_problem problem;
    tw_mapping mapping;
} oracle_case;

static bool report(FILE *out, const char *level, const char *tensor, const char *count,
                   uint64_t simulated, uint64_t priced) {
    if (simulated == priced)
        return true;
    if (out)
        fprintf(out, "  %s %s %s: simulated %llu, cost model %llu\n", level, tensor, count,
                (unsigned long long)simulated, (unsigned long long)priced);
    return false;
}

static bool same_tensor(FILE *out, const char *level, const char *tensor,
                        const tw_simulated_counts *s, const tw_tensor_cost *c) {
    const struct {
        const char *name;
        uint64_t simulated, priced;
    } counts[] = {{"tile_words", s->tile_words, c->tile_words},
                  {"fill", s->fill, c->fill},
                  {"read", s->read, c->read},
                  {"update", s->update, c->update},
                  {"psum_read", s->psum_read, c->psum_read},
                  {"evict", s->evict, c->evict},
                  {"refill", s->refill, c->refill},
                  {"network_words", s->network_words, c->network_words},
                  {"reads", s->read + s->psum_read + s->evict, c->reads},
                  {"writes", s->fill + s->update + s->refill, c->writes}};
    bool same = true;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        same &= report(out, level, tensor, counts[i].name, counts[i].simulated, counts[i].priced);
    return same;
}

/* Prints what differs when `out` is given. */
static bool same_counts(tw_ctx *ctx, FILE *out, const oracle_case *c) {
    tw_simulation simulation;
    tw_cost cost;
    if (tw_simulate(ctx, &c->arch, &c->problem, &c->mapping, 0, &simulation) != TW_OK ||
        !tw_evaluate(&c->arch, &c->problem, &c->mapping, &cost))
        return false;
    bool same =
        report(out, "nest", "", "compute_steps", simulation.compute_steps, cost.compute_steps);
    same &= report(out, "nest", "", "macs", simulation.macs, cost.macs);
    for (unsigned l = 0; l < c->mapping.level_count; l++) {
        same &= report(out, c->arch.levels[l].name, "", "active", simulation.active[l],
                       cost.levels[l].active);
        for (unsigned t = 0; t < c->problem.tensor_count; t++)
            same &= same_tensor(out, c->arch.levels[l].name, c->problem.tensors[t].name,
                                &simulation.counts[l][t], &cost.levels[l].tensors[t]);
    }
    return same;
}

static uint64_t smallest_prime(uint64_t value) {
    for (uint64_t prime = 2;; prime++)
        if (value % prime == 0)
            return prime;
}

/* Divides one factor of dimension d by a prime, and the extent with it. */
static void divide(oracle_case *c, tw_dim d, uint64_t *factor) {
    const uint64_t prime = smallest_prime(*factor);
    *factor /= prime;
    c->problem.extent[d] /= prime;
    c->problem.macs /= prime;
    bool overflow = false;
    for (unsigned t = 0; t < c->problem.tensor_count; t++)
        tw_tensor_derive(c->problem.extent, &c->problem.tensors[t], &overflow);
}

/* The n-th way to make a case smaller; false when there are no more. */
static bool shrink(oracle_case *c, unsigned n) {
    for (unsigned l = 0; l < c->mapping.level_count; l++) {
        tw_level_mapping *level = &c->mapping.levels[l];
        for (unsigned i = 0; i < level->loop_count; i++)
            if (n-- == 0) {
                if (level->loops[i].factor > 1) {
                    divide(c, level->loops[i].dim, &level->loops[i].factor);
                } else {
                    level->loop_count--;
                    memmove(&level->loops[i], &level->loops[i + 1],
                            (level->loop_count - i) * sizeof *level->loops);
                }
                return true;
            }
        for (int d = 0; d < TW_DIM_COUNT; d++) {
            if (level->spatial_x[d] > 1 && n-- == 0) {
                divide(c, (tw_dim)d, &level->spatial_x[d]);
                return true;
            }
            if (level->spatial_y[d] > 1 && n-- == 0) {
                divide(c, (tw_dim)d, &level->spatial_y[d]);
                return true;
            }
        }
        if (c->arch.levels[l].sliding_window && n-- == 0) {
            c->arch.levels[l].sliding_window = false;
            return true;
        }
        if (c->mapping.levels[l].keeps != TW_ALL_ROLES && n-- == 0) {
            c->mapping.levels[l].keeps = TW_ALL_ROLES;
            return true;
        }
    }
    return false;
}

static void shrink_and_print(tw_ctx *ctx, oracle_case *c) {
    oracle_case smaller = *c;
    for (unsigned n = 0; shrink(&smaller, n);) {
        if (same_counts(ctx, NULL, &smaller)) {
            n++;
        } else {
            *c = smaller;
            n = 0;
        }
        smaller = *c;
    }
    print_case(stdout, &c->arch, &c->problem, &c->mapping);
    same_counts(ctx, stdout, c);
}

int main(int argc, char **argv) {
    const uint64_t seed = number_option(argc, argv, "--seed", DEFAULT_SEED);
    const uint64_t cases = number_option(argc, argv, "--cases", DEFAULT_CASES);
    tw_ctx *ctx = tw_ctx_new(NULL);
    if (!ctx)
        return 1;
    unsigned differing = 0;
    for (uint64_t i = 0; i < cases && differing < 3; i++) {
        test_rng rng = {seed + (i << 32)};
        oracle_case c;
        random_problem(ctx, &rng, 40 + random_below(&rng, 1500), &c.problem);
        random_hierarchy(&rng, 2 + (unsigned)random_below(&rng, 3), &c.arch);
        random_mapping(&rng, &c.problem, &c.arch, &c.mapping);
        if (same_counts(ctx, NULL, &c))
            continue;
        differing++;
        printf("seed %llu, case %llu differs; made smaller:\n", (unsigned long long)seed,
               (unsigned long long)i);
        shrink_and_print(ctx, &c);
    }
    if (differing == 0)
        printf("seed %llu: %llu cases, every count equal\n", (unsigned long long)seed,
               (unsigned long long)cases);
    tw_ctx_free(ctx);
    return differing ? 1 : 0;
}
