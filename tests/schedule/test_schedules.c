/* On random small networks, machines and choices the best schedules are those of a plain
 * enumeration of all schedules: every order, every group side by side, every choice; least energy,
 * time and product, and the whole front. With limits too small for that, what is claimed still
 * holds: schedules are valid, bounds are bounds, and a thinned front is as near as it says.
 *
 * schedule_random [--cases N] [--seed S] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enumeration.h"
#include "schedule/best_schedule.h"
#include "schedule/schedule_bound.h"
#include "support/options.h"

enum { MOST_LAYERS = 6, MOST_CHOICES = 3 };

static uint64_t state;

static unsigned below(unsigned n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return n ? (unsigned)((state >> 11) % n) : 0;
}

/* ---- Random networks ---- */

typedef struct {
    tw_schedule_problem problem;
    tw_planned_layer layers[MOST_LAYERS];
    uint32_t before[MOST_LAYERS][MOST_LAYERS];
    size_t kind_count;
    tw_choices kinds[MOST_LAYERS];
    tw_choice alone[MOST_LAYERS][MOST_CHOICES], side[MOST_LAYERS][MOST_CHOICES];
} network;

/* Few values, so that ties are common, or many. */
static double random_cost(unsigned values) {
    return 100 + (values ? 10.0 * below(values) : 0.001 * below(100000));
}

static void random_choice(tw_choice *out, uint64_t chips, unsigned values) {
    out->energy_pj = random_cost(values);
    out->cycles = random_cost(values);
    out->chips = 1 + below((unsigned)chips);
    for (int a = 0; a < TW_HELD_AXES; a++) {
        out->held_input[a] = below(8) ? 1 + below(3) : 0;
        out->held_output[a] = below(8) ? 1 + below(3) : 0;
    }
}

static void random_kind(network *n, size_t kind, size_t most, unsigned values) {
    tw_choices *out = &n->kinds[kind];
    const uint64_t chips = n->problem.machine.chips;
    *out = (tw_choices){.alone = n->alone[kind], .side = n->side[kind], .complete = true};
    out->alone_count = 1 + below((unsigned)most);
    out->side_count = below(5) ? below((unsigned)most + 1) : 0;
    for (size_t c = 0; c < out->alone_count; c++)
        random_choice(&n->alone[kind][c], chips, values);
    for (size_t c = 0; c < out->side_count; c++) {
        random_choice(&n->side[kind][c], chips, values);
        n->side[kind][c].energy_pj *= 0.9;
    }
}

static void random_layer(network *n, size_t index, unsigned density) {
    tw_planned_layer *layer = &n->layers[index];
    *layer = (tw_planned_layer){.choices = &n->kinds[below((unsigned)n->kind_count)],
                                .repeat = below(6) ? 1 : 1 + below(3),
                                .before = n->before[index],
                                .producer = TW_NO_PRODUCER};
    for (size_t b = 0; b < index; b++)
        if (below(100) < density)
            n->before[index][layer->before_count++] = (uint32_t)b;
    if (layer->before_count && below(4)) {
        layer->producer = (int)n->before[index][below((unsigned)layer->before_count)];
        layer->sole_reader = below(2);
    }
}

static void random_network(network *n) {
    const size_t layers = 1 + below(MOST_LAYERS), most = layers > 5 ? 2 : MOST_CHOICES;
    const unsigned values = below(2) ? 0 : 2 + below(4), density = 10 + below(80);
    memset(n, 0, sizeof *n);
    n->problem = (tw_schedule_problem){.layer_count = layers, .layers = n->layers};
    n->problem.machine = (tw_schedule_machine){.chips = 1 + below(4),
                                               .static_pj_per_cycle = 0.05 * below(3),
                                               .reuse = below(2),
                                               .words_per_cycle = 0.5 + below(4),
                                               .read_pj = 0.25 * below(3),
                                               .write_pj = 0.25 * below(3),
                                               .read_cycles = below(2),
                                               .write_cycles = below(2)};
    n->kind_count = 1 + below((unsigned)layers);
    for (size_t k = 0; k < n->kind_count; k++)
        random_kind(n, k, most, values);
    for (size_t i = 0; i < layers; i++)
        random_layer(n, i, density);
}

/* ---- What must hold ---- */

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-11 * fabs(b);
}

static bool fail(const char *what, double got, double expected) {
    printf("%s: %.17g, enumerated %.17g\n", what, got, expected);
    return false;
}

static bool is_valid(tw_ctx *ctx, const tw_schedule_problem *problem, tw_schedule *schedule) {
    tw_schedule_fault fault = TW_SCHEDULE_TWICE;
    uint32_t layer = 0;
    const double energy_pj = schedule->energy_pj, cycles = schedule->cycles;
    if (tw_schedule_check(ctx, problem, schedule, &fault, &layer) != TW_OK ||
        fault != TW_SCHEDULE_VALID)
        return fail("invalid schedule, fault", fault, 0);
    tw_schedule_price(problem, schedule);
    return energy_pj == schedule->energy_pj && cycles == schedule->cycles;
}

static double enumerated(const enumeration *e, tw_schedule_objective objective) {
    return objective == TW_SCHEDULE_LATENCY ? e->cycles
           : objective == TW_SCHEDULE_EDP   ? e->product
                                            : e->energy_pj;
}

static bool is_beaten(const tw_best_schedules *best, point at, double slack_pj) {
    for (size_t i = 0; i < best->count; i++)
        if (best->schedules[i].energy_pj <= at.energy_pj * (1 + 1e-11) + slack_pj &&
            best->schedules[i].cycles <= at.cycles * (1 + 1e-11))
            return true;
    return false;
}

static bool check_front(const enumeration *e, const tw_best_schedules *best) {
    for (size_t i = 1; i < best->count; i++)
        if (best->schedules[i].energy_pj <= best->schedules[i - 1].energy_pj ||
            best->schedules[i].cycles >= best->schedules[i - 1].cycles)
            return fail("point of the front", (double)i, 0);
    for (size_t i = 0; i < e->count && best->slack_pj < HUGE_VAL; i++)
        if (!is_beaten(best, e->points[i], best->slack_pj))
            return fail("missing on the front, energy", best->slack_pj, e->points[i].energy_pj);
    for (size_t i = 0; i < best->count; i++) { /* none is better than all that there is */
        bool found = false;
        for (size_t j = 0; j < e->count && !found; j++)
            found = e->points[j].energy_pj <= best->schedules[i].energy_pj * (1 + 1e-11) &&
                    e->points[j].cycles <= best->schedules[i].cycles * (1 + 1e-11);
        if (!found)
            return fail("point that does not exist, energy", best->schedules[i].energy_pj, 0);
    }
    return true;
}

static bool check(tw_ctx *ctx, const network *n, const enumeration *e,
                  tw_schedule_objective objective, const tw_schedule_limits *limits, bool limited) {
    const double optimum = enumerated(e, objective);
    tw_best_schedules best;
    bool good = tw_schedule_best(ctx, &n->problem, objective, limits, &best) == TW_OK;
    for (size_t i = 0; good && i < best.count; i++)
        good = is_valid(ctx, &n->problem, &best.schedules[i]);
    if (good && best.proven && !near(best.value, optimum))
        good = fail("value", best.value, optimum);
    if (good && best.proven && best.lower_bound != best.value)
        good = fail("lower bound of what is proven", best.lower_bound, best.value);
    if (good && (best.value < optimum * (1 - 1e-11) || best.lower_bound > optimum * (1 + 1e-11)))
        good = fail("value or bound", best.lower_bound, optimum);
    if (good && tw_schedule_bound(&n->problem, objective) > optimum * (1 + 1e-11))
        good = fail("bound", tw_schedule_bound(&n->problem, objective), optimum);
    if (good && objective == TW_SCHEDULE_FRONT)
        good = check_front(e, &best);
    if (good && !limited && (!best.proven || best.limit != TW_OK))
        good = fail("not proven, limit", best.limit, 0);
    tw_best_schedules_free(ctx, &best);
    return good;
}

/* Takes choices away from every kind, as a limit of its search would: what is known of the mappings
 * that are missing are bounds. */
static void forget_choices(network *n) {
    for (size_t k = 0; k < n->kind_count; k++) {
        tw_choices *c = &n->kinds[k];
        c->complete = false;
        c->least_energy_pj = c->least_cycles = HUGE_VAL;
        for (size_t i = 0; i < c->alone_count + c->side_count; i++) {
            const bool side = i >= c->alone_count;
            const tw_choice *choice = side ? &c->side[i - c->alone_count] : &c->alone[i];
            const double static_pj =
                side ? 0 : n->problem.machine.static_pj_per_cycle * choice->cycles;
            c->least_energy_pj = fmin(c->least_energy_pj, choice->energy_pj - static_pj);
            c->least_cycles = fmin(c->least_cycles, choice->cycles);
            for (int a = 0; a < TW_HELD_AXES; a++) {
                c->whole_input[a] =
                    (uint64_t)fmax((double)c->whole_input[a], (double)choice->held_input[a]);
                c->whole_output[a] =
                    (uint64_t)fmax((double)c->whole_output[a], (double)choice->held_output[a]);
            }
        }
        c->alone_count = 1;
        c->side_count = 0;
    }
}

static bool check_forgotten(tw_ctx *ctx, network *n, const enumeration *e) {
    bool good = true;
    forget_choices(n);
    for (int o = TW_SCHEDULE_ENERGY; o <= TW_SCHEDULE_FRONT; o++) {
        const tw_schedule_objective objective = (tw_schedule_objective)o;
        const double optimum = enumerated(e, objective);
        tw_best_schedules best;
        if (tw_schedule_best(ctx, &n->problem, objective, &tw_schedule_default_limits, &best) !=
            TW_OK)
            return false;
        if (best.proven || best.limit != TW_LIMIT || best.lower_bound > optimum * (1 + 1e-11))
            good = fail("bound without all choices", best.lower_bound, optimum);
        tw_best_schedules_free(ctx, &best);
    }
    return good;
}

static bool check_case(tw_ctx *ctx, point *points) {
    static const tw_schedule_limits small[] = {{{6, 1 << 12}, {1 << 22, 1 << 13, 0, 0}},
                                               {{1 << 16, 3}, {1 << 22, 1 << 13, 0, 0}},
                                               {{1 << 16, 1 << 12}, {40, 1 << 13, 0, 0}},
                                               {{1 << 16, 1 << 12}, {1 << 22, 3, 0, 0}},
                                               {{1 << 16, 1 << 12}, {1 << 22, 1 << 13, 2, 0}}};
    network n;
    random_network(&n);
    enumeration e = {.problem = &n.problem, .points = points};
    enumerate_schedules(&e);
    bool good = true;
    for (int o = TW_SCHEDULE_ENERGY; o <= TW_SCHEDULE_FRONT; o++) {
        const tw_schedule_objective objective = (tw_schedule_objective)o;
        good &= check(ctx, &n, &e, objective, &tw_schedule_default_limits, false);
        for (size_t i = 0; i < sizeof small / sizeof *small; i++)
            good &= check(ctx, &n, &e, objective, &small[i], true);
    }
    return check_forgotten(ctx, &n, &e) && good;
}

int main(int argc, char **argv) {
    const unsigned long cases = number_option(argc, argv, "--cases", 400);
    const unsigned long seed = number_option(argc, argv, "--seed", 20261126);
    unsigned long failed = 0;
    tw_ctx *ctx = tw_ctx_new(NULL);
    point *points = malloc(MOST_POINTS * sizeof *points);
    for (unsigned long i = 0; ctx && points && i < cases; i++) {
        state = (seed + i) * UINT64_C(0x9E3779B97F4A7C15) | 1;
        for (int skip = 0; skip < 8; skip++)
            below(2);
        if (check_case(ctx, points))
            continue;
        printf("case --seed %lu --cases 1\n", seed + i);
        failed++;
    }
    free(points);
    tw_ctx_free(ctx);
    printf("%lu cases, %lu failed\n", cases, failed);
    return failed || !ctx;
}
