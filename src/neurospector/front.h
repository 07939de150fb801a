/* The exact front of (dynamic energy, cycles) of one layer; see front.c.
 *
 * Static energy is power times cycles, so that the front of (energy, cycles) is part of it, and
 * with it every optimum of energy, of cycles and of their product. */
#ifndef TW_NEUROSPECTOR_FRONT_H
#define TW_NEUROSPECTOR_FRONT_H

#include "neurospector/search.h"

typedef struct {
    ns_table table;
    ns_dataflows dataflows;
    ns_cost cost; /* exact arithmetic */
} ns_front_point;

typedef struct {
    size_t count;
    /* cost.dynamic_pj ascending, cost.cycles descending: none dominates another. */
    ns_front_point *points;
    bool proven;     /* every mapping is dominated by a point or costs the same; with no points:
                        there is no valid mapping */
    tw_status limit; /* TW_OK, TW_LIMIT, TW_CANCELLED: why it stopped */
    double energy_bound_pj, cycle_bound; /* no mapping has less; 0 when nothing is known */
    uint64_t evaluated, pruned;
    double space_log10; /* mappings times dataflows */
} ns_front;

/* options->metric is not looked at; options->chips: exactly so many chips, 0: any number. TW_OK
 * whenever *out is filled in, which may hold the points found before a limit; it is freed with
 * ns_front_free, also after a failure. Two mappings whose energies differ by less than rounding
 * (1e-12) may both be points. */
tw_status ns_exact_front(tw_ctx *ctx, const ns_accelerator *accelerator, const ns_layer *layer,
                         const ns_search_options *options, ns_front *out) TW_NODISCARD;
void ns_front_free(tw_ctx *ctx, ns_front *front);

#endif
