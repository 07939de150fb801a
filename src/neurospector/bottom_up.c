/* The walk over levels, in NeuroSpector's order and with its quirks, since its ties and therefore
 * its tables depend on them:
 *
 *     DRAM -> GB -> LB -> REG, skipping buffers without a dataflow
 *
 * One step (b, e) spreads the loops of row e: first over the arrays between b and e (outer), then
 * what is left between rows b and e (inner), and prices the level e alone. Two candidates survive:
 * the cheapest (PM), and the one whose row b has most prime factors left to spread further in (SP).
 * The inner walk is reused: from the second use on it starts where it stood and makes one visit
 * more. A virtual register row is not cleared, so that after the second use every further outer
 * candidate of the last step is refused.
 *
 * Tables are held as ten tiles of the lattice, one a row. Costs are 32-bit floats. */
#include "neurospector/bottom_up.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "neurospector/chain.h"
#include "neurospector/legality.h"
#include "neurospector/odometer.h"

enum { MOST_CANDIDATES = 8, CHECK_EVERY = 4096 };

typedef struct {
    uint32_t rows[NS_ROWS];
} plan;

typedef struct {
    plan plan;
    char strategy[12];
} survivor;

typedef struct {
    ns_space space;
    ns_divisors divisors;
    const ns_search_options *options;
    ns_search_result *out;
    double start_s;
    ns_model single;
    ns_dataflows dataflows;
    ns_dataflow inner_flow, outer_flow; /* in force at LB and GB */
    float access_pj[NS_LEVELS][NS_DATA];
    float macs;
    double *degree;           /* per tile: how far it can be spread further */
    const ns_tile *dram_tile; /* DRAM's crossings of this tile are at hand */
    ns_crossings dram;
} search;

/* ---- One level's cost ----------------------------------------------------------------------- */

typedef struct {
    const ns_tile *mac, *lb, *inner, *gb, *sent; /* below LB, LB, below GB, GB, below DRAM */
    float pes, chips, units;
    double chip_units, chip_crs;
} chain;

static chain chain_of(const search *s, const plan *p) {
    const ns_tile *tiles = s->space.lattice.tiles;
    const uint32_t mac = p->rows[NS_ROW_REG] + p->rows[NS_ROW_MAC_X] + p->rows[NS_ROW_MAC_Y];
    const uint32_t pe = p->rows[NS_ROW_PE_X] + p->rows[NS_ROW_PE_Y];
    const uint32_t chip = p->rows[NS_ROW_CHIP_X] + p->rows[NS_ROW_CHIP_Y];
    const uint32_t lb = mac + p->rows[NS_ROW_LB], gb = lb + pe + p->rows[NS_ROW_GB];
    return (chain){.mac = &tiles[mac],
                   .lb = &tiles[lb],
                   .inner = &tiles[lb + pe],
                   .gb = &tiles[gb],
                   .sent = &tiles[gb + chip],
                   .pes = (float)(tiles[pe].steps * tiles[chip].steps),
                   .units = (float)(tiles[mac].steps * tiles[pe].steps * tiles[chip].steps),
                   .chip_units = tiles[chip].steps,
                   .chips = (float)tiles[chip].steps,
                   .chip_crs = tiles[chip].crs};
}

static float energy(const search *s, ns_level level, const ns_tile *tile, const ns_crossings *n,
                    float copies) {
    const float *pj = s->access_pj[level];
    const float input = (float)(tile->words[NS_INPUT] * n->input) * pj[NS_INPUT];
    const float weight = (float)(tile->words[NS_WEIGHT] * n->weight) * pj[NS_WEIGHT];
    const float output =
        (float)(tile->words[NS_OUTPUT] * (n->output_read + n->output_write)) * pj[NS_OUTPUT];
    return ((input + weight) + output) * copies;
}

static float cycles(const search *s, ns_level level, const ns_tile *tile, const ns_crossings *n) {
    const ns_model *model = &s->single;
    const float bandwidth = (float)model->words_per_cycle[level];
    const double words[NS_DATA] = {tile->words[NS_INPUT] * n->input,
                                   tile->words[NS_WEIGHT] * n->weight,
                                   tile->words[NS_OUTPUT] * (n->output_read + n->output_write)};
    float each[NS_DATA];
    for (int d = 0; d < NS_DATA; d++)
        each[d] = ceilf((float)words[d] / bandwidth) * (float)model->unit_cycles[level][d];
    return model->sum_cycles[level] ? (each[0] + each[1]) + each[2]
                                    : fmaxf(fmaxf(each[0], each[1]), each[2]);
}

static ns_crossings lb_crossings(const search *s, const chain *c) {
    const ns_tile *whole = ns_whole(&s->space.lattice);
    const double steps = whole->steps / (double)c->units;
    const double crs = c->mac->crs * (c->inner->crs / c->lb->crs) * c->chip_crs;
    return (ns_crossings){steps, steps, steps - steps * crs / whole->crs, steps};
}

/* GB's crossings, with those of DRAM for what GB passes on; *dram gets DRAM's. */
static inline ns_crossings both_crossings(search *s, const chain *c, ns_crossings *dram) {
    const ns_space *space = &s->space;
    ns_passed passed;
    ns_crossings n =
        ns_gb_crossings(space, s->inner_flow, c->inner, c->gb, c->chip_units, c->chip_crs);
    if (s->dram_tile != c->sent) {
        s->dram_tile = c->sent;
        s->dram = ns_dram_crossings(space, s->outer_flow, c->sent);
    }
    for (int d = 0; d < NS_DATA; d++)
        passed.passed[d] = c->inner->words[d] == c->gb->words[d];
    if (passed.passed[NS_INPUT])
        n.input = s->dram.input;
    if (passed.passed[NS_WEIGHT])
        n.weight = s->dram.weight;
    if (passed.passed[NS_OUTPUT]) {
        n.output_read = s->dram.output_read;
        n.output_write = s->dram.output_write;
    }
    *dram = s->dram;
    ns_bypass_crossings(space, c->sent, &passed, dram);
    return n;
}

static float level_energy(search *s, ns_row e, const plan *p) {
    const chain c = chain_of(s, p);
    const ns_accelerator *accelerator = s->space.accelerator;
    ns_crossings dram;
    if (e == NS_ROW_LB) {
        const ns_crossings lb = lb_crossings(s, &c);
        return energy(s, NS_LEVEL_LB, c.mac, &lb, c.pes);
    }
    const ns_crossings gb = both_crossings(s, &c, &dram);
    if (e == NS_ROW_DRAM) {
        const float sent = energy(s, NS_LEVEL_DRAM, c.sent, &dram, 1);
        return accelerator->buffers[NS_GB].present
                   ? sent + energy(s, NS_LEVEL_LB, c.lb, &gb, c.pes)
                   : sent + energy(s, NS_LEVEL_GB, c.gb, &dram, c.chips);
    }
    float cost =
        energy(s, NS_LEVEL_GB, c.inner, &gb, c.chips) + energy(s, NS_LEVEL_LB, c.lb, &gb, c.pes);
    if (accelerator->arrays[NS_MAC].x * accelerator->arrays[NS_MAC].y > 1) {
        const ns_crossings lb = lb_crossings(s, &c);
        cost += energy(s, NS_LEVEL_LB, c.mac, &lb, c.pes);
    }
    return cost;
}

static float level_cycles(search *s, ns_row e, const plan *p) {
    const chain c = chain_of(s, p);
    const float mac_cycles = s->macs / c.units;
    ns_crossings dram;
    const ns_crossings lb = lb_crossings(s, &c);
    if (e == NS_ROW_LB)
        return cycles(s, NS_LEVEL_LB, c.mac, &lb) + mac_cycles;
    const ns_crossings gb = both_crossings(s, &c, &dram);
    if (e == NS_ROW_DRAM)
        return cycles(s, NS_LEVEL_DRAM, c.sent, &dram) + mac_cycles;
    return cycles(s, NS_LEVEL_GB, c.inner, &gb) + cycles(s, NS_LEVEL_LB, c.mac, &lb) + mac_cycles;
}

/* ---- The two strategies ---------------------------------------------------------------------- */

static double irrelevant_steps(const ns_tile *row, ns_dataflow dataflow) {
    switch (dataflow) {
    case NS_IS:
        return row->k;
    case NS_WS:
        return row->bpq;
    case NS_OS:
        return row->crs;
    default:
        return 1;
    }
}

/* Prime factors of v, without the last one unless it is repeated. */
static unsigned counted_factors(uint64_t v) {
    unsigned count = 0;
    for (uint64_t i = 2; i < v; i++)
        for (; v % i == 0; v /= i)
            count++;
    return count;
}

/* Fills in degree[]: per tile the product over its columns. */
static tw_status measure_degrees(search *s) {
    const ns_lattice *lattice = &s->space.lattice;
    s->degree = tw_resize(s->space.ctx, NULL, lattice->count * sizeof *s->degree);
    if (!s->degree)
        return tw_out_of_memory(s->space.ctx);
    uint32_t filled = 1;
    s->degree[0] = 1;
    for (int c = NS_COLUMNS - 1; c >= 0; c--) { /* the index grows from G to K */
        const uint32_t before = filled;
        for (uint32_t i = 0; i < s->divisors.count[c]; i++) {
            const ns_divisor *divisor = &s->divisors.divisors[c][i];
            const double factor = counted_factors(divisor->value) + 1;
            for (uint32_t t = before; i > 0 && t-- > 0;)
                s->degree[divisor->tile + t] = s->degree[t] * factor;
        }
        filled = before * s->divisors.count[c];
    }
    return TW_OK;
}

typedef struct {
    ns_row b, e;
    ns_dataflow flow; /* of row b */
    float pm_cost, sp_cost;
    double sp_degree;
    plan pm, sp;
} choice;

static void consider_cheapest(const search *s, choice *x, const plan *p, float cost) {
    const ns_tile *now = &s->space.lattice.tiles[p->rows[x->e]];
    const ns_tile *kept = &s->space.lattice.tiles[x->pm.rows[x->e]];
    if (cost > x->pm_cost)
        return;
    const bool better = cost < x->pm_cost || now->steps < kept->steps ||
                        (now->steps == kept->steps &&
                         irrelevant_steps(now, x->flow) > irrelevant_steps(kept, x->flow));
    if (better)
        x->pm = *p;
    x->pm_cost = cost;
}

/* The running cost is not reset when a larger degree is found: so does the original. */
static void consider_spread(choice *x, const plan *p, float cost, double degree) {
    if (degree > x->sp_degree) {
        x->sp_degree = degree;
        x->sp = *p;
    } else if (degree == x->sp_degree && cost < x->sp_cost) {
        x->sp_cost = cost;
        x->sp = *p;
    }
}

/* ---- Walks ------------------------------------------------------------------------------------
 */

/* The inner walk: ways to split row e between rows b and e. */
typedef struct {
    const uint32_t *list[NS_COLUMNS]; /* divisors of row e's factor, ascending */
    uint32_t count[NS_COLUMNS], index[NS_COLUMNS];
    bool used;
    bool wild;                            /* indices may be beyond the lists, of the use before */
    int active[NS_COLUMNS], active_count; /* columns with a choice, G first */
} splitter;

static uint64_t splitter_begin(const search *s, splitter *w, uint32_t tile) {
    uint64_t extent[NS_COLUMNS], visits = w->used ? 1 : 0, total = 1;
    ns_lattice_extents(&s->space.lattice, tile, extent);
    for (int c = 0; c < NS_COLUMNS; c++) {
        uint32_t i = 0;
        while (s->divisors.divisors[c][i].value != extent[c])
            i++;
        const uint32_t start = s->divisors.start[c][i];
        w->list[c] = s->divisors.of[c] + start;
        w->count[c] = s->divisors.start[c][i + 1] - start;
        total *= w->count[c];
    }
    w->active_count = 0;
    for (int c = NS_COLUMNS - 1; c >= 0; c--)
        if (w->count[c] > 1)
            w->active[w->active_count++] = c;
    w->wild = w->used;
    w->used = true;
    return visits + total;
}

/* The first step of a further use: every index beyond its list carries to the left. */
static void tame(splitter *w) {
    w->index[NS_G]++;
    for (int c = NS_COLUMNS - 1; c >= 0; c--)
        if (w->index[c] >= w->count[c]) {
            w->index[c] = 0;
            if (c > 0)
                w->index[c - 1]++;
        }
    w->wild = false;
}

/* Advances and returns the tile that row b gets. */
static inline uint32_t splitter_next(splitter *w) {
    uint32_t sum = 0;
    if (w->wild)
        tame(w);
    else
        for (int i = 0; i < w->active_count; i++) {
            const int c = w->active[i];
            if (++w->index[c] < w->count[c])
                break;
            w->index[c] = 0;
        }
    for (int i = 0; i < w->active_count; i++)
        sum += w->list[w->active[i]][w->index[w->active[i]]];
    return sum;
}

static bool arrays_hold(const search *s, const plan *p) {
    const ns_tile *tiles = s->space.lattice.tiles;
    for (int a = 0; a < NS_ARRAYS; a++) {
        const ns_array *array = &s->space.accelerator->arrays[a];
        if (tiles[p->rows[3 * a + 1]].steps > (double)array->x ||
            tiles[p->rows[3 * a + 2]].steps > (double)array->y)
            return false;
    }
    return true;
}

static bool buffers_hold(const search *s, const plan *p) {
    uint32_t lb = 0;
    for (int r = NS_ROW_REG; r <= NS_ROW_LB; r++)
        lb += p->rows[r];
    const uint32_t gb = lb + p->rows[NS_ROW_PE_X] + p->rows[NS_ROW_PE_Y] + p->rows[NS_ROW_GB];
    return p->rows[NS_ROW_REG] == 0 && s->space.fits_lb[lb] && s->space.fits_gb[gb];
}

/* True when a limit was reached; counts one visit. */
static bool must_stop(search *s) {
    ns_search_result *out = s->out;
    tw_status why = TW_OK;
    if (s->options->work_limit && out->evaluated >= s->options->work_limit)
        why = TW_LIMIT;
    if (++out->pruned % CHECK_EVERY == 0) {
        if (tw_is_cancelled(s->space.ctx))
            why = TW_CANCELLED;
        if (s->options->time_limit_s > 0 && tw_seconds() - s->start_s > s->options->time_limit_s)
            why = TW_LIMIT;
    }
    if (why != TW_OK)
        out->limit = why;
    return why != TW_OK;
}

static bool walk_inner(search *s, choice *x, plan *p, splitter *w) {
    const uint32_t rest = p->rows[x->e];
    const bool by_energy = s->options->metric == NS_METRIC_ENERGY;
    for (uint64_t visits = splitter_begin(s, w, rest); visits > 0; visits--) {
        p->rows[x->b] = splitter_next(w);
        p->rows[x->e] = rest - p->rows[x->b];
        if (must_stop(s))
            return false;
        if (!buffers_hold(s, p))
            continue;
        s->out->evaluated++;
        const float cost = by_energy ? level_energy(s, x->e, p) : level_cycles(s, x->e, p);
        consider_cheapest(s, x, p, cost);
        if (x->b != NS_ROW_REG)
            consider_spread(x, p, cost, s->degree[p->rows[x->b]]);
    }
    return true;
}

static void clear_rows(const search *s, const choice *x, plan *p) {
    for (int r = (int)x->b; r <= (int)x->e; r++)
        if (!ns_row_is_virtual(s->space.accelerator, (ns_row)r))
            p->rows[r] = 0;
}

/* One step (b, e) from one survivor. */
static tw_status walk_outer(search *s, choice *x, plan p) {
    ns_row rows[NS_ROWS];
    unsigned levels = 0;
    uint64_t extent[NS_COLUMNS];
    ns_odometer odometer;
    splitter inner = {.used = false};
    for (int r = (int)x->b + 1; r <= (int)x->e; r++)
        if (!ns_row_is_virtual(s->space.accelerator, (ns_row)r))
            rows[levels++] = (ns_row)r;
    x->pm = x->sp = p;
    ns_lattice_extents(&s->space.lattice, p.rows[x->e], extent);
    ns_odometer_init(&odometer, s->space.ctx);
    tw_status status = ns_odometer_generate(&odometer, &s->divisors, extent, levels);
    while (status == TW_OK && ns_odometer_next(&odometer)) {
        for (unsigned l = 0; l < levels; l++)
            p.rows[rows[l]] = odometer.sums[l];
        if (must_stop(s))
            break;
        if (!arrays_hold(s, &p) || !buffers_hold(s, &p))
            continue;
        if (!walk_inner(s, x, &p, &inner))
            break;
        clear_rows(s, x, &p);
    }
    ns_odometer_free(&odometer);
    return status;
}

static ns_row buffer_above(const search *s, ns_row row) {
    int r = (int)row - 3;
    while (r > 0 && (ns_row_is_virtual(s->space.accelerator, (ns_row)r) ||
                     s->dataflows.of[ns_buffer_of_row((ns_row)r)] == NS_NONE))
        r -= 3;
    return (ns_row)(r > 0 ? r : 0);
}

static void add_strategy(survivor *to, const survivor *from, const char *name, const plan *p) {
    const size_t length = strlen(from->strategy);
    memmove(to->strategy, from->strategy, length);
    memcpy(to->strategy + length, length ? "-" : "", length ? 1 : 0);
    memcpy(to->strategy + length + (length ? 1 : 0), name, 3);
    to->plan = *p;
}

/* Walks all levels; *survivors holds 1 plan before and up to 4 after. */
static tw_status walk_levels(search *s, survivor survivors[MOST_CANDIDATES], size_t *count) {
    for (ns_row e = NS_ROW_DRAM, b = e; b != NS_ROW_REG; e = b) {
        survivor next[MOST_CANDIDATES];
        size_t next_count = 0;
        b = buffer_above(s, e);
        for (size_t i = 0; i < *count; i++) {
            choice x = {.b = b, .e = e, .pm_cost = FLT_MAX, .sp_cost = FLT_MAX};
            x.flow = ns_row_is_virtual(s->space.accelerator, b)
                         ? NS_NONE
                         : s->dataflows.of[ns_buffer_of_row(b)];
            TW_TRY(walk_outer(s, &x, survivors[i].plan));
            add_strategy(&next[next_count++], &survivors[i], "PM", &x.pm);
            if (b != NS_ROW_REG && memcmp(&x.pm, &x.sp, sizeof x.pm) != 0)
                add_strategy(&next[next_count++], &survivors[i], "SP", &x.sp);
        }
        memcpy(survivors, next, next_count * sizeof *next);
        *count = next_count;
        if (s->out->limit != TW_OK)
            return TW_OK;
    }
    return TW_OK;
}

static void table_of(const search *s, const plan *p, ns_table *out) {
    for (int r = 0; r < NS_ROWS; r++)
        ns_lattice_extents(&s->space.lattice, p->rows[r], out->factor[r]);
}

/* The best of the survivors replaces what earlier dataflows gave when it costs less. */
static void keep_best(search *s, const survivor survivors[], size_t count, double *best) {
    ns_search_result *out = s->out;
    for (size_t i = 0; i < count; i++) {
        ns_table table;
        ns_cost cost;
        table_of(s, &survivors[i].plan, &table);
        ns_evaluate(&s->single, s->space.layer, &s->dataflows, &table, &cost);
        const double value = ns_metric_value(s->options->metric, &cost);
        if (value >= *best || !ns_table_is_valid(s->space.accelerator, s->space.layer, &table))
            continue;
        *best = value;
        out->found = true;
        out->table = table;
        out->dataflows = s->dataflows;
        memcpy(out->strategy, survivors[i].strategy, sizeof out->strategy);
    }
}

/* The walk begins at the table with all loops in DRAM, under the dataflows that the accelerator has
 * or an earlier layer left; it therefore wins ties. */
static void take_start(search *s, const ns_dataflows all[], size_t combinations, double *best) {
    const ns_accelerator *accelerator = s->space.accelerator;
    ns_search_result *out = s->out;
    ns_cost cost;
    out->table = ns_table_of_layer(s->space.layer);
    const ns_dataflows own =
        s->options->left_over ? *s->options->left_over : ns_own_dataflows(accelerator);
    out->dataflows = all[0];
    for (size_t i = 0; i < combinations; i++)
        if (memcmp(&all[i], &own, sizeof own) == 0)
            out->dataflows = own;
    if (!ns_table_is_valid(accelerator, s->space.layer, &out->table))
        return;
    ns_evaluate(&s->single, s->space.layer, &out->dataflows, &out->table, &cost);
    *best = ns_metric_value(s->options->metric, &cost);
    out->found = true;
}

static tw_status walk_dataflows(search *s) {
    ns_dataflows all[NS_MAX_COMBINATIONS];
    const ns_accelerator *accelerator = s->space.accelerator;
    const size_t combinations = ns_dataflow_combinations(accelerator, s->options->flexible, all);
    double best = HUGE_VAL;
    take_start(s, all, combinations, &best);
    for (size_t i = 0; i < combinations && s->out->limit == TW_OK; i++) {
        survivor survivors[MOST_CANDIDATES] = {{.strategy = ""}};
        size_t count = 1;
        s->dataflows = all[i];
        s->inner_flow = ns_dataflow_in_force(accelerator, &all[i], NS_LB);
        s->outer_flow = ns_dataflow_in_force(accelerator, &all[i], NS_GB);
        s->dram_tile = NULL;
        survivors[0].plan.rows[NS_ROW_DRAM] = s->space.lattice.count - 1;
        TW_TRY(walk_levels(s, survivors, &count));
        keep_best(s, survivors, count, &best);
    }
    s->out->space_log10 += log10((double)combinations);
    return TW_OK;
}

static void price_result(search *s) {
    ns_search_result *out = s->out;
    out->lower_bound = 0;
    if (!out->found)
        return;
    ns_evaluate(&s->space.model, s->space.layer, &out->dataflows, &out->table, &out->cost);
    out->value = ns_metric_value(s->options->metric, &out->cost);
}

tw_status ns_bottom_up(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                       const ns_search_options *options, ns_search_result *out) {
    search s = {.options = options, .out = out, .start_s = tw_seconds()};
    *out = (ns_search_result){.space_log10 = ns_space_log10(accelerator, layer)};
    ns_model_init(&s.single, accelerator, true);
    s.macs = 1;
    for (int c = 0; c < NS_COLUMNS; c++)
        s.macs *= (float)layer->size[c];
    for (int l = 0; l < NS_LEVELS; l++)
        for (int d = 0; d < NS_DATA; d++)
            s.access_pj[l][d] = (float)s.single.access_pj[l][d];
    tw_status status = ns_space_init(&s.space, ctx, accelerator, layer);
    if (status == TW_LIMIT) {
        out->limit = TW_LIMIT; /* more tiles than we look at */
        status = TW_OK;
    } else if (status == TW_OK) {
        status = ns_divisors_init(&s.divisors, ctx, &s.space.lattice);
        if (status == TW_OK)
            status = measure_degrees(&s);
        if (status == TW_OK)
            status = walk_dataflows(&s);
        if (status == TW_OK)
            price_result(&s);
    }
    tw_free(ctx, s.degree);
    ns_divisors_free(&s.divisors);
    ns_space_free(&s.space);
    return status;
}
