/* From a network to its schedule: on random small machines of several chips and networks of a few
 * tiny layers, tw_map finds the best of all schedules made of all mappings. Mappings are enumerated
 * here one factor at a time; the evaluator of NeuroSpector's model is all that is shared. With and
 * without reuse between layers, all objectives. The result then verifies.
 *
 * schedule_networks [--cases N] [--seed S] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/accelerator.h"
#include "enumeration.h"
#include "network/network_schedule.h"
#include "neurospector/legality.h"
#include "neurospector/native.h"
#include "neurospector/search.h"
#include "support/options.h"
#include "workload/network.h"

enum { MOST_LAYERS = 4, MOST_CHOICES = 1 << 12 };

static uint64_t state;

static unsigned below(unsigned n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 11) % n);
}

/* ---- Random machines and networks ---- */

static void random_level(tw_level *level, const char *name, double words, double pj) {
    *level = (tw_level){
        .name = name,
        .bounded = words > 0,
        .shared = true,
        .capacity_units = {words, 0, 0},
        .word_units = {1, 1, 1},
        .keeps = TW_ALL_ROLES,
        .may_keep = TW_ALL_ROLES,
        .bandwidth = 1 + below(4),
        .leakage_mw = 0.5 * below(3),
        .fanout = {.x = 1, .y = 1, .dims_x = TW_ALL_DIMS, .dims_y = TW_ALL_DIMS, .reduce = true},
        .constraints = {.stationary = -1}};
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        level->read_pj[r] = level->write_pj[r] = pj * (1 + below(3));
}

static void random_machine(tw_accelerator *out) {
    tw_hierarchy *h = &out->hierarchy;
    memset(out, 0, sizeof *out);
    out->origin = "random";
    out->kind = TW_KIND_HIERARCHY;
    *h = (tw_hierarchy){.name = "random",
                        .level_count = 3,
                        .mac_pj = 1,
                        .clock_mhz = 200,
                        .word_bits = {16, 16, 16}};
    random_level(&h->levels[0], "DRAM", 0, 20);
    random_level(&h->levels[1], "GB", 12 + below(30), 2);
    random_level(&h->levels[2], "LB", 3 + below(6), 0.5);
    h->levels[0].must_keep = TW_ALL_ROLES;
    h->levels[0].fanout.x = 1 + below(2);
    h->levels[0].fanout.y = 1 + below(2);
    h->levels[1].fanout.x = 1 + below(2);
}

typedef struct {
    tw_network network;
    tw_layer layers[MOST_LAYERS];
    tw_source sources[MOST_LAYERS][MOST_LAYERS];
} small_network;

/* Layers read one or two before them, the first the outside; some do not say. */
static void random_sources(small_network *n, size_t i, bool silent) {
    static const tw_source outside = -1;
    tw_layer *layer = &n->layers[i];
    layer->sources = n->sources[i];
    if (silent)
        return;
    n->sources[i][layer->source_count++] =
        i == 0 || below(5) == 0 ? outside : (tw_source)below((unsigned)i);
    if (i > 1 && below(4) == 0)
        n->sources[i][layer->source_count++] = (tw_source)below((unsigned)i);
}

static bool random_network(tw_ctx *ctx, small_network *n) {
    static const char *const names[MOST_LAYERS] = {"a", "b", "c", "d"};
    static const uint64_t channels[] = {1, 2, 2, 3, 4};
    static tw_external external = {"outside", 2, 4, 4};
    const bool silent = below(4) == 0;
    memset(n, 0, sizeof *n);
    n->network = (tw_network){.ctx = ctx,
                              .name = "random",
                              .origin = "random",
                              .batch = 1,
                              .external_count = 1,
                              .externals = &external,
                              .layer_count = 2 + below(MOST_LAYERS - 1),
                              .layers = n->layers};
    for (size_t i = 0; i < n->network.layer_count; i++) {
        uint64_t extent[TW_DIM_COUNT], one[2] = {1, 1};
        tw_layer *layer = &n->layers[i];
        *layer = (tw_layer){.name = names[i], .repeat = below(8) ? 1 : 2};
        random_sources(n, i, silent);
        for (int d = 0; d < TW_DIM_COUNT; d++)
            extent[d] = 1;
        const tw_source from = silent ? (tw_source)i - 1 : layer->sources[0];
        extent[TW_DIM_K] = channels[below(5)];
        extent[TW_DIM_C] =
            from >= 0 && below(5) ? n->layers[from].problem.extent[TW_DIM_K] : channels[below(5)];
        extent[TW_DIM_P] = 1 + below(3);
        extent[TW_DIM_R] = 1 + below(2);
        if (tw_problem_make(ctx, NULL, tw_operation_by_name("conv"), extent, one, one, 1,
                            &layer->problem) != TW_OK)
            return false;
    }
    return true;
}

/* ---- All mappings as choices ---- */

typedef struct {
    size_t count;
    tw_choice *choices;
} list;

typedef struct {
    const ns_accelerator *accelerator;
    const ns_layer *layer;
    const ns_dataflows *dataflows;
    uint64_t chips;
    bool held; /* what tiles hold matters */
    list *alone, *side;
} choice_maker;

static bool at_least(const uint64_t a[TW_HELD_AXES], const uint64_t b[TW_HELD_AXES]) {
    return a[0] >= b[0] && a[1] >= b[1] && a[2] >= b[2] && a[3] >= b[3];
}

static bool beats(const tw_choice *a, const tw_choice *b, bool held, bool side) {
    return a->energy_pj <= b->energy_pj && a->cycles <= b->cycles &&
           (!side || a->chips <= b->chips) &&
           (!held ||
            (at_least(a->held_input, b->held_input) && at_least(a->held_output, b->held_output)));
}

static void add_choice(list *to, const tw_choice *choice, bool held, bool side) {
    size_t kept = 0;
    for (size_t i = 0; i < to->count; i++)
        if (beats(&to->choices[i], choice, held, side))
            return;
    for (size_t i = 0; i < to->count; i++)
        if (!beats(choice, &to->choices[i], held, side))
            to->choices[kept++] = to->choices[i];
    to->count = kept;
    if (to->count < MOST_CHOICES)
        to->choices[to->count++] = *choice;
}

static void price(const choice_maker *m, const ns_table *table) {
    ns_accelerator shared = *m->accelerator;
    ns_model model;
    ns_cost cost;
    tw_choice choice = {0};
    uint64_t tile[NS_COLUMNS];
    ns_model_init(&model, m->accelerator, false);
    ns_evaluate(&model, m->layer, m->dataflows, table, &cost);
    for (int c = 0; c < NS_COLUMNS; c++) {
        tile[c] = 1;
        for (int r = 0; r < NS_ROW_DRAM; r++)
            tile[c] *= table->factor[r][c];
    }
    choice = (tw_choice){.energy_pj = cost.energy_pj,
                         .cycles = cost.cycles,
                         .chips = cost.active[NS_CHIP],
                         .held_input = {tile[NS_B], tile[NS_C], tile[NS_P] - 1 + tile[NS_R],
                                        tile[NS_Q] - 1 + tile[NS_S]},
                         .held_output = {tile[NS_B], tile[NS_K], tile[NS_P], tile[NS_Q]}};
    add_choice(m->alone, &choice, m->held, false);
    shared.buffers[NS_DRAM].bandwidth_bits *= (double)choice.chips / (double)m->chips;
    ns_model_init(&model, &shared, false);
    ns_evaluate(&model, m->layer, m->dataflows, table, &cost);
    choice = (tw_choice){
        .energy_pj = cost.dynamic_pj, .cycles = cost.cycles, .chips = cost.active[NS_CHIP]};
    if (choice.chips < m->chips)
        add_choice(m->side, &choice, false, true);
}

static void enumerate(const choice_maker *m, ns_table *table, int row, int column, uint64_t rest) {
    if (row == NS_ROW_DRAM) {
        table->factor[row][column] = rest;
        if (column + 1 < NS_COLUMNS)
            enumerate(m, table, NS_ROW_REG, column + 1, m->layer->size[column + 1]);
        else if (ns_table_is_valid(m->accelerator, m->layer, table))
            price(m, table);
        return;
    }
    for (uint64_t f = 1; f <= (ns_row_is_virtual(m->accelerator, (ns_row)row) ? 1 : rest); f++)
        if (rest % f == 0) {
            table->factor[row][column] = f;
            enumerate(m, table, row + 1, column, rest / f);
        }
}

/* ---- One case ---- */

typedef struct {
    tw_ctx *ctx;
    tw_accelerator machine;
    small_network network;
    ns_accelerator accelerator;
    list alone[MOST_LAYERS], side[MOST_LAYERS];
    tw_choices choices[MOST_LAYERS];
    tw_planned_layer layers[MOST_LAYERS];
    uint32_t before[MOST_LAYERS][MOST_LAYERS];
    point *points;
    size_t shared, reused; /* results with layers side by side, with words that stay */
} small_case;

static void make_choices(small_case *t, bool held) {
    ns_dataflows flows[NS_MAX_COMBINATIONS];
    const size_t count = ns_dataflow_combinations(&t->accelerator, true, flows);
    for (size_t i = 0; i < t->network.network.layer_count; i++) {
        ns_layer layer;
        ns_table table;
        choice_maker m = {.accelerator = &t->accelerator,
                          .layer = &layer,
                          .chips =
                              t->accelerator.arrays[NS_CHIP].x * t->accelerator.arrays[NS_CHIP].y,
                          .held = held,
                          .alone = &t->alone[i],
                          .side = &t->side[i]};
        ns_layer_of(&t->network.layers[i].problem, &layer);
        t->alone[i].count = t->side[i].count = 0;
        for (size_t f = 0; f < count; f++) {
            m.dataflows = &flows[f];
            enumerate(&m, &table, NS_ROW_REG, 0, layer.size[0]);
        }
        t->choices[i] = (tw_choices){.alone_count = t->alone[i].count,
                                     .side_count = t->side[i].count,
                                     .alone = t->alone[i].choices,
                                     .side = t->side[i].choices};
    }
}

/* Who reads whom, by the letter: a layer that says nothing reads the one before. */
static void make_layers(small_case *t) {
    const size_t count = t->network.network.layer_count;
    size_t readers[MOST_LAYERS] = {0};
    for (size_t i = 0; i < count; i++) {
        const tw_layer *layer = &t->network.layers[i];
        tw_planned_layer *out = &t->layers[i];
        *out = (tw_planned_layer){.choices = &t->choices[i],
                                  .repeat = layer->repeat,
                                  .before = t->before[i],
                                  .producer = layer->source_count == 1   ? layer->sources[0]
                                              : layer->source_count == 0 ? (int)i - 1
                                                                         : TW_NO_PRODUCER};
        for (size_t b = 0; b < i && layer->source_count == 0; b++)
            t->before[i][out->before_count++] = (uint32_t)b;
        for (unsigned s = 0; s < layer->source_count; s++)
            if (layer->sources[s] >= 0)
                t->before[i][out->before_count++] = (uint32_t)layer->sources[s];
        if (layer->source_count == 0 && i > 0)
            readers[i - 1]++;
        for (unsigned s = 0; s < layer->source_count; s++)
            if (layer->sources[s] >= 0)
                readers[layer->sources[s]]++;
    }
    for (size_t i = 0; i < count; i++) {
        tw_planned_layer *out = &t->layers[i];
        const int from = out->producer;
        if (from < 0 || t->network.layers[from].problem.extent[TW_DIM_K] !=
                            t->network.layers[i].problem.extent[TW_DIM_C])
            out->producer = TW_NO_PRODUCER;
        else
            out->sole_reader = readers[from] == 1;
    }
}

static tw_schedule_machine machine_of(const small_case *t, bool reuse) {
    const ns_buffer *dram = &t->accelerator.buffers[NS_DRAM];
    const double ns = 1000 / t->accelerator.frequency_mhz;
    const ns_array *chips = &t->accelerator.arrays[NS_CHIP], *pes = &t->accelerator.arrays[NS_PE];
    const double chip_count = (double)(chips->x * chips->y);
    const tw_level *levels = t->machine.hierarchy.levels;
    return (tw_schedule_machine){
        .chips = chips->x * chips->y,
        .static_pj_per_cycle = ns * (levels[0].leakage_mw + chip_count * levels[1].leakage_mw +
                                     chip_count * (double)(pes->x * pes->y) * levels[2].leakage_mw),
        .reuse = reuse,
        .words_per_cycle = levels[0].bandwidth,
        .read_pj = dram->access_pj[NS_INPUT],
        .write_pj = dram->access_pj[NS_OUTPUT],
        .read_cycles = 1,
        .write_cycles = 1};
}

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static bool same_front(const tw_network_schedule *s, const enumeration *e) {
    bool same = s->schedule_count == e->count;
    for (size_t i = 0; i < e->count && same; i++)
        same = near(s->schedules[i].energy_pj, e->points[i].energy_pj) &&
               near(s->schedules[i].cycles, e->points[i].cycles);
    return same;
}

static bool verifies(tw_ctx *ctx, const tw_result *result) {
    char path[] = "/tmp/tilewright-schedule-XXXXXX";
    const int file = mkstemp(path);
    FILE *out = file >= 0 ? fdopen(file, "w") : NULL, *null = fopen("/dev/null", "w");
    const tw_write_options json = {.format = "json"};
    bool good = out && null && tw_result_write(ctx, result, &json, out) == TW_OK;
    good = out && fclose(out) == 0 && good;
    good = good && tw_verify(ctx, path, false, null) == TW_OK;
    if (null)
        fclose(null);
    unlink(path);
    return good;
}

static bool check(small_case *t, const enumeration *e, int objective, bool reuse) {
    const tw_map_options options = {.model = "neurospector",
                                    .objective = tw_objective_names[objective],
                                    .schedule = "network",
                                    .reuse = reuse ? "on" : "off",
                                    .threads = 1};
    const double least[] = {e->energy_pj, e->cycles, e->product, e->energy_pj};
    tw_result *result = NULL;
    bool good = tw_map(t->ctx, &t->machine, &t->network.network, &options, &result) == TW_OK;
    const tw_network_schedule *s = good ? result->schedule : NULL;
    good = s && s->found == TW_FOUND_OPTIMAL && near(s->objective_value, least[objective]) &&
           (objective != TW_OBJECTIVE_PARETO || same_front(s, e)) && verifies(t->ctx, result);
    for (size_t i = 0; good && i < s->schedules[0].step_count; i++)
        if (s->schedules[0].steps[i].run_count > 1) {
            t->shared++;
            break;
        }
    t->reused += good && s->schedules[0].reused_words > 0;
    if (!good)
        printf("%s%s: %.17g, enumerated %.17g, points %zu of %zu\n", options.objective,
               reuse ? " with reuse" : "", s ? s->objective_value : -1, least[objective],
               s ? s->schedule_count : 0, e->count);
    tw_result_free(result);
    return good;
}

static bool check_case(small_case *t) {
    bool good = true, mapped = true;
    random_machine(&t->machine);
    if (!random_network(t->ctx, &t->network))
        return false;
    ns_accelerator_of(&t->machine.hierarchy, &t->accelerator);
    for (int reuse = 0; reuse < 2; reuse++) {
        make_choices(t, reuse);
        make_layers(t);
        const tw_schedule_problem problem = {machine_of(t, reuse), t->network.network.layer_count,
                                             t->layers};
        for (size_t i = 0; i < problem.layer_count; i++)
            mapped &= t->alone[i].count > 0 && t->alone[i].count < MOST_CHOICES;
        if (!mapped)
            return true; /* tests of the command line look at such networks */
        enumeration e = {.problem = &problem, .points = t->points};
        enumerate_schedules(&e);
        for (int objective = 0; objective < TW_OBJECTIVE_COUNT; objective++)
            good &= check(t, &e, objective, reuse);
    }
    return good;
}

int main(int argc, char **argv) {
    const unsigned long cases = number_option(argc, argv, "--cases", 40);
    const unsigned long seed = number_option(argc, argv, "--seed", 20270501);
    unsigned long failed = 0;
    static small_case t;
    t.ctx = tw_ctx_new(NULL);
    t.points = malloc(MOST_POINTS * sizeof *t.points);
    bool ready = t.ctx && t.points;
    for (int i = 0; i < MOST_LAYERS; i++) {
        t.alone[i].choices = malloc(MOST_CHOICES * sizeof(tw_choice));
        t.side[i].choices = malloc(MOST_CHOICES * sizeof(tw_choice));
        ready &= t.alone[i].choices && t.side[i].choices;
    }
    for (unsigned long i = 0; ready && i < cases; i++) {
        state = (seed + i) * UINT64_C(0x9E3779B97F4A7C15) | 1;
        for (int skip = 0; skip < 8; skip++)
            below(2);
        if (check_case(&t))
            continue;
        printf("case --seed %lu --cases 1\n", seed + i);
        tw_diagnostics_print(t.ctx, stdout, false);
        failed++;
    }
    for (int i = 0; i < MOST_LAYERS; i++) {
        free(t.alone[i].choices);
        free(t.side[i].choices);
    }
    free(t.points);
    tw_ctx_free(t.ctx);
    printf("%lu cases, %zu results with layers side by side, %zu with reuse, %lu failed\n", cases,
           t.shared, t.reused, failed);
    return failed || !ready || (cases >= 40 && (t.shared == 0 || t.reused == 0));
}
