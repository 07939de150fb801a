/* A walk over the outsides of one T; see walk.c. */
#ifndef TW_NEUROSPECTOR_WALK_H
#define TW_NEUROSPECTOR_WALK_H

#include "neurospector/cases.h"

/* One outside of T, with how often tiles cross and what it costs without filling the LBs. */
typedef struct {
    uint32_t gb, chip;
    ns_crossings n;
    ns_values rest;
} ns_option;

/* A walk over the outsides of T: T as the GB tile (`whole`), GB tiles beyond it. `inside` is the
 * least that computing costs, `fill_pj` the least of filling all LBs once per datum. */
typedef struct {
    const ns_outside *outside;
    const ns_found *found;
    ns_place place;
    uint32_t tile;
    bool whole, beyond;
    ns_values inside;
    double fill_pj[NS_DATA];
    bool (*visit)(void *user, const ns_option *option); /* false ends the walk */
    void *user;
} ns_walk;

/* Calls visit for every outside of T that is not hopeless. False when visit ended it. */
bool ns_walk_outsides(const ns_walk *walk);

#endif
