/* The T's, tiles that GB sends, that bounds on their insides and outsides do not rule out. */
#ifndef TW_NEUROSPECTOR_CANDIDATES_H
#define TW_NEUROSPECTOR_CANDIDATES_H

#include "neurospector/cases.h"
#include "neurospector/inside.h"

typedef struct {
    ns_values bound;  /* of every mapping with this T here */
    ns_values inside; /* of its insides */
    double order;
    uint32_t tile;
    uint32_t chips;       /* the group of chips */
    uint32_t combination; /* of dataflows */
    bool whole;           /* hope is in T as the GB tile */
    bool beyond;          /* hope is in larger GB tiles */
} ns_candidate;

typedef struct {
    const ns_inside *inside;
    const ns_outside *outside;
    const ns_found *found;
    unsigned char *possible; /* per T: GB can hold it, and the LBs may be able to */
    uint32_t *hopeful;       /* T's that leave hope whatever GB's loops are */
    uint32_t hopeful_count;
    ns_candidate *list;
    size_t count, capacity;
} ns_candidates;

tw_status ns_candidates_init(ns_candidates *candidates, const ns_inside *inside,
                             const ns_outside *outside, const ns_found *found) TW_NODISCARD;
void ns_candidates_free(ns_candidates *candidates);
/* Finds the hopeful T's under these chips; the tables of inside and outside are those for them. */
void ns_candidates_look(ns_candidates *candidates, const ns_group *chips, ns_dataflow outer);
/* Adds those of them that are still hopeful at `place`. What passes everything on does not depend
 * on the dataflow of GB's loops: it is looked at when `whole`. */
tw_status ns_candidates_add(ns_candidates *candidates, const ns_place *place, uint32_t chips,
                            uint32_t combination, bool whole) TW_NODISCARD;
/* Moves the best from number `first` on to that place. */
void ns_candidates_best_first(ns_candidates *candidates, size_t first);
/* Drops the hopeless from number `first` on and sorts the others. */
void ns_candidates_sort(ns_candidates *candidates, size_t first);

#endif
