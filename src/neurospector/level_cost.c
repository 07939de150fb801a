#include "neurospector/level_cost.h"

#include <math.h>

void ns_level_prices_init(ns_level_prices *p, const ns_space *space, ns_metric metric) {
    *p = (ns_level_prices){.space = space, .metric = metric, .macs = 1};
    ns_model_init(&p->single, space->accelerator, true);
    for (int c = 0; c < NS_COLUMNS; c++)
        p->macs *= (float)space->layer->size[c];
    for (int l = 0; l < NS_LEVELS; l++)
        for (int d = 0; d < NS_DATA; d++)
            p->access_pj[l][d] = (float)p->single.access_pj[l][d];
}

void ns_level_prices_set(ns_level_prices *p, const ns_dataflows *dataflows) {
    p->inner_flow = ns_dataflow_in_force(p->space->accelerator, dataflows, NS_LB);
    p->outer_flow = ns_dataflow_in_force(p->space->accelerator, dataflows, NS_GB);
    p->dram_tile = NULL;
}

typedef struct {
    const ns_tile *mac, *lb, *inner, *gb, *sent; /* below LB, LB, below GB, GB, below DRAM */
    float pes, chips, units;
    double chip_units, chip_crs;
} chain;

static chain chain_of(const ns_level_prices *p, const ns_plan *plan) {
    const ns_tile *tiles = p->space->lattice.tiles;
    const uint32_t mac =
        plan->rows[NS_ROW_REG] + plan->rows[NS_ROW_MAC_X] + plan->rows[NS_ROW_MAC_Y];
    const uint32_t pe = plan->rows[NS_ROW_PE_X] + plan->rows[NS_ROW_PE_Y];
    const uint32_t chip = plan->rows[NS_ROW_CHIP_X] + plan->rows[NS_ROW_CHIP_Y];
    const uint32_t lb = mac + plan->rows[NS_ROW_LB], gb = lb + pe + plan->rows[NS_ROW_GB];
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

static float energy(const ns_level_prices *p, ns_level level, const ns_tile *tile,
                    const ns_crossings *n, float copies) {
    const float *pj = p->access_pj[level];
    const float input = (float)(tile->words[NS_INPUT] * n->input) * pj[NS_INPUT];
    const float weight = (float)(tile->words[NS_WEIGHT] * n->weight) * pj[NS_WEIGHT];
    const float output =
        (float)(tile->words[NS_OUTPUT] * (n->output_read + n->output_write)) * pj[NS_OUTPUT];
    return ((input + weight) + output) * copies;
}

static float cycles(const ns_level_prices *p, ns_level level, const ns_tile *tile,
                    const ns_crossings *n) {
    const ns_model *model = &p->single;
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

static ns_crossings lb_crossings(const ns_level_prices *p, const chain *c) {
    const ns_tile *whole = ns_whole(&p->space->lattice);
    const double steps = whole->steps / (double)c->units;
    const double crs = c->mac->crs * (c->inner->crs / c->lb->crs) * c->chip_crs;
    return (ns_crossings){steps, steps, steps - steps * crs / whole->crs, steps};
}

static inline void keep_dram_crossings(ns_level_prices *p, const ns_tile *sent) {
    if (p->dram_tile == sent)
        return;
    p->dram_tile = sent;
    p->dram = ns_dram_crossings(p->space, p->outer_flow, sent);
}

/* GB's crossings, with those of DRAM for what GB passes on; *dram gets DRAM's. */
static inline ns_crossings both_crossings(ns_level_prices *p, const chain *c, ns_crossings *dram) {
    const ns_space *space = p->space;
    const unsigned passed = ns_same_words(c->inner, c->gb);
    const ns_crossings n =
        ns_gb_crossings(space, p->inner_flow, c->inner, c->gb, c->chip_units, c->chip_crs);
    keep_dram_crossings(p, c->sent);
    *dram = p->dram;
    ns_bypass_crossings(space, c->sent, passed, dram);
    return ns_with_passed(n, &p->dram, passed);
}

static float level_energy(ns_level_prices *p, ns_row e, const ns_plan *plan) {
    const chain c = chain_of(p, plan);
    const ns_accelerator *accelerator = p->space->accelerator;
    ns_crossings dram;
    if (e == NS_ROW_LB) {
        const ns_crossings lb = lb_crossings(p, &c);
        return energy(p, NS_LEVEL_LB, c.mac, &lb, c.pes);
    }
    const ns_crossings gb = both_crossings(p, &c, &dram);
    if (e == NS_ROW_DRAM) {
        const float sent = energy(p, NS_LEVEL_DRAM, c.sent, &dram, 1);
        return accelerator->buffers[NS_GB].present
                   ? sent + energy(p, NS_LEVEL_LB, c.lb, &gb, c.pes)
                   : sent + energy(p, NS_LEVEL_GB, c.gb, &dram, c.chips);
    }
    float cost =
        energy(p, NS_LEVEL_GB, c.inner, &gb, c.chips) + energy(p, NS_LEVEL_LB, c.lb, &gb, c.pes);
    if (accelerator->arrays[NS_MAC].x * accelerator->arrays[NS_MAC].y > 1) {
        const ns_crossings lb = lb_crossings(p, &c);
        cost += energy(p, NS_LEVEL_LB, c.mac, &lb, c.pes);
    }
    return cost;
}

static float level_cycles(ns_level_prices *p, ns_row e, const ns_plan *plan) {
    const chain c = chain_of(p, plan);
    const float mac_cycles = p->macs / c.units;
    ns_crossings dram;
    const ns_crossings lb = lb_crossings(p, &c);
    if (e == NS_ROW_LB)
        return cycles(p, NS_LEVEL_LB, c.mac, &lb) + mac_cycles;
    const ns_crossings gb = both_crossings(p, &c, &dram);
    if (e == NS_ROW_DRAM)
        return cycles(p, NS_LEVEL_DRAM, c.sent, &dram) + mac_cycles;
    return cycles(p, NS_LEVEL_GB, c.inner, &gb) + cycles(p, NS_LEVEL_LB, c.mac, &lb) + mac_cycles;
}

float ns_level_price(ns_level_prices *p, ns_row e, const ns_plan *plan) {
    return p->metric == NS_METRIC_ENERGY ? level_energy(p, e, plan) : level_cycles(p, e, plan);
}

/* All prices begin with what the level sends. The bypass of GB only ever adds to it in DRAM, where
 * its tile alone does not decide on it: it is left out there. */
float ns_level_least(ns_level_prices *p, ns_row e, const ns_plan *plan) {
    const chain c = chain_of(p, plan);
    const bool by_energy = p->metric == NS_METRIC_ENERGY;
    if (e == NS_ROW_DRAM) {
        keep_dram_crossings(p, c.sent);
        return by_energy ? energy(p, NS_LEVEL_DRAM, c.sent, &p->dram, 1)
                         : cycles(p, NS_LEVEL_DRAM, c.sent, &p->dram);
    }
    ns_crossings dram;
    const ns_crossings gb = both_crossings(p, &c, &dram);
    return by_energy ? energy(p, NS_LEVEL_GB, c.inner, &gb, c.chips)
                     : cycles(p, NS_LEVEL_GB, c.inner, &gb);
}
