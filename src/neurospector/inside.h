/* What lies inside of T, the tile that GB sends: which PEs, which LB tile, which MACs.
 *
 * What it costs to compute depends on the MAC tile and on how many units work and how much of the
 * reduction is unrolled, which for the PEs and for the chips is their group. */
#ifndef TW_NEUROSPECTOR_INSIDE_H
#define TW_NEUROSPECTOR_INSIDE_H

#include "neurospector/found.h"

/* One way to fill T. */
typedef struct {
    ns_values compute;       /* with the energy of the operations */
    double fill_pj[NS_DATA]; /* of all LBs, once for each tile of the datum that crosses */
    uint32_t pe, mac;
} ns_label;

typedef struct ns_mac ns_mac;

/* The MAC tiles under one group of PEs and one of chips, from the cheapest on; made when first
 * asked for. */
typedef struct {
    bool made;
    ns_values least;
    uint32_t count;
    ns_mac *macs;
} ns_mac_list;

typedef struct {
    const ns_space *space;
    const ns_objectives *objectives;
    const ns_found *found;
    ns_values outside; /* least of anything outside */
    bool lb_has_loops;
    double *least[NS_MAX_OBJECTIVES]; /* per T: of any inside, under the chips in use */
    ns_mac_list *lists;               /* [group of chips * groups of PEs + group of PEs] */
    ns_mac *scratch;
    ns_label *labels;
    uint32_t label_count, label_capacity;
} ns_inside;

/* Everything outside costs at least `outside`: what is hopeless with it is left out everywhere. */
tw_status ns_inside_init(ns_inside *inside, const ns_space *space, const ns_objectives *objectives,
                         const ns_found *found, ns_values outside) TW_NODISCARD;
void ns_inside_free(ns_inside *inside);
/* The least cost of computing with these chips, whatever T is. */
ns_values ns_least_compute(const ns_space *space, const ns_objectives *objectives,
                           const ns_group *chips);
/* Fills least[] for these chips. */
void ns_inside_use(ns_inside *inside, const ns_group *chips);
/* The insides of t under this group of chips that are not hopeless when the outside has at least
 * `outside`: for one objective the best for every PE tile, else the front. */
tw_status ns_inside_labels(ns_inside *inside, uint32_t chips, uint32_t t,
                           const ns_values *outside) TW_NODISCARD;

#endif
