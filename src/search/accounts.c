#include "search/accounts.h"

static void add_port(tw_chain *c, unsigned level, double bandwidth, bool reads, bool writes,
                     int role) {
    if (bandwidth <= 0)
        return;
    tw_port *port = &c->ports[c->account_count - 2];
    c->account_level[c->account_count] = level;
    *port = (tw_port){.account = c->account_count++};
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (role < 0 || role == r) {
            port->read[r] = reads ? 1 / bandwidth : 0;
            port->write[r] = writes ? 1 / bandwidth : 0;
        }
}

static void make_ports(tw_chain *c) {
    c->account_count = 2;
    for (unsigned l = 0; l < c->levels; l++) {
        const tw_level *level = &c->arch->levels[l];
        c->first_port[l] = c->account_count - 2;
        add_port(c, l, level->bandwidth, true, true, -1);
        add_port(c, l, level->read_bandwidth, true, false, -1);
        add_port(c, l, level->write_bandwidth, false, true, -1);
        for (int r = 0; r < TW_ROLE_COUNT; r++)
            add_port(c, l, level->role_bandwidth[r], true, true, r);
    }
    c->first_port[c->levels] = c->account_count - 2;
}

/* Every port adds to account 1, with the weight that the blend gives to the port's own account. */
static void seek_blend(tw_chain *c, const tw_blend *sought) {
    for (unsigned p = 0; p < c->first_port[c->levels]; p++) {
        const double weight = sought->weight[c->ports[p].account];
        c->ports[p].account = 1;
        for (int r = 0; r < TW_ROLE_COUNT; r++) {
            c->ports[p].read[r] *= weight;
            c->ports[p].write[r] *= weight;
        }
    }
    c->step_weight = sought->weight[1];
    c->account_count = 2;
    c->blend_count = 1;
    c->blends[0] = (tw_blend){.energy = sought->energy,
                              .latency = sought->latency,
                              .weight = {sought->energy, 1},
                              .term_count = 1,
                              .terms = {1}};
}

/* Energy alone decides: no time is kept. */
static void drop_time(tw_chain *c) {
    c->account_count = 1;
    for (unsigned l = 0; l <= c->levels; l++)
        c->first_port[l] = 0;
}

static double leakage_pj_per_cycle(const tw_chain *c) {
    double milliwatts =
        c->arch->mac_leakage_mw * (double)tw_hierarchy_instances(c->arch, c->levels);
    for (unsigned l = 0; l < c->levels; l++)
        milliwatts += c->arch->levels[l].leakage_mw * (double)tw_hierarchy_instances(c->arch, l);
    return c->arch->clock_mhz > 0 ? milliwatts * (1000.0 / c->arch->clock_mhz) : 0;
}

void tw_accounts_make(tw_chain *c, tw_objective objective, const tw_blend *sought) {
    c->leakage_pj_per_cycle = leakage_pj_per_cycle(c);
    c->step_weight = 1;
    c->settles = c->arch->overlap && !sought;
    c->first_compared = sought ? sought->energy == 0 : objective == TW_OBJECTIVE_LATENCY;
    make_ports(c);
    if (sought)
        seek_blend(c, sought);
    else if (objective == TW_OBJECTIVE_ENERGY && c->leakage_pj_per_cycle == 0)
        drop_time(c);
    c->bound_count = c->account_count + c->blend_count;
}

double tw_chain_latency(const tw_chain *chain, const double *accounts) {
    if (chain->account_count == 1)
        return 0;
    double cycles = accounts[1];
    for (unsigned l = 0; l < chain->levels; l++) {
        double slowest = 0;
        for (unsigned p = chain->first_port[l]; p < chain->first_port[l + 1]; p++)
            if (accounts[chain->ports[p].account] > slowest)
                slowest = accounts[chain->ports[p].account];
        if (!chain->arch->overlap)
            cycles += slowest;
        else if (slowest > cycles)
            cycles = slowest;
    }
    return cycles;
}
