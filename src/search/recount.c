#include "search/recount.h"

#include "cost/traffic.h"

typedef struct {
    const tw_chain *chain;
    const tw_nest *nest;
    tw_flow flow;
    unsigned tensor;
    double repeats; /* iterations still to come, temporal and spatial */
    double *accounts;
    bool overflow;
} recount;

/* Words per instance to totals for energy, and per instance for cycles: every fanout crossed has
 * already divided the cycle accounts. */
static void charge(recount *r, unsigned level, double reads, double writes) {
    const tw_chain *c = r->chain;
    const tw_role role = c->tensors[r->tensor].role;
    const tw_level *at = &c->arch->levels[level];
    const double instances = (double)r->nest->active[level];
    r->accounts[0] += (reads * at->read_pj[role] + writes * at->write_pj[role]) * instances;
    for (unsigned p = c->first_port[level]; p < c->first_port[level + 1]; p++)
        r->accounts[c->ports[p].account] +=
            reads * c->ports[p].read[role] + writes * c->ports[p].write[role];
}

static tw_traffic traffic(recount *r, unsigned parent, unsigned child) {
    return tw_boundary_traffic(&r->flow, parent, child, &r->overflow);
}

static void pay_network(recount *r, unsigned parent, unsigned child, double child_words) {
    for (unsigned f = parent; f < child; f++) {
        const tw_fanout *fanout = &r->chain->arch->levels[f].fanout;
        const double word_pj = fanout->hop_pj * fanout->hops;
        if (word_pj == 0)
            continue;
        const double words =
            f + 1 == child ? child_words : (double)traffic(r, f + 1, child).parent * r->repeats;
        r->accounts[0] += word_pj * words * (double)r->nest->active[f + 1];
    }
}

/* One boundary, from the parent (or as far out as the steps reach) to the child. Returns what
 * the parent supplies, over all instances. */
static double pay_boundary(recount *r, unsigned parent, unsigned child, bool reached) {
    const tw_traffic words = traffic(r, parent, child);
    const double to_child = (double)words.child * r->repeats;
    const double from_parent = (double)words.parent * r->repeats;
    if (child < r->chain->levels)
        charge(r, child, 0, to_child);
    pay_network(r, parent, child, to_child);
    if (reached)
        charge(r, parent, from_parent, 0);
    return from_parent * (double)r->nest->active[parent];
}

double tw_recount(const tw_chain *chain, const tw_nest *nest,
                  const tw_role_mask keeps[TW_MAX_LEVELS], unsigned lowest, unsigned tensor,
                  unsigned since, double *accounts) {
    double points = 1;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        points *= (double)nest->tile[0][d];
    recount r = {.chain = chain,
                 .nest = nest,
                 .flow = tw_flow_of(chain->arch, nest, &chain->problem->tensors[tensor]),
                 .tensor = tensor,
                 .repeats = chain->macs / points,
                 .accounts = accounts};

    const tw_role role = chain->tensors[tensor].role;
    unsigned child = since;
    for (unsigned parent = since; parent-- > lowest;) {
        if (!(keeps[parent] >> role & 1))
            continue;
        (void)pay_boundary(&r, parent, child, true);
        child = parent;
    }
    return child > lowest ? pay_boundary(&r, lowest, child, false) : 0;
}
