/* All schedules of a small network by plain enumeration: every order, every group side by side,
 * every choice. Shares no code with src/schedule. */
#ifndef TW_TESTS_SCHEDULE_ENUMERATION_H
#define TW_TESTS_SCHEDULE_ENUMERATION_H

#include "schedule/steps.h"

typedef struct {
    double energy_pj, cycles;
} point;

enum { MOST_POINTS = 1 << 20 };

typedef struct {
    const tw_schedule_problem *problem;
    size_t count;
    point *points;                     /* room for MOST_POINTS; at the end the front */
    double energy_pj, cycles, product; /* the least of each */
} enumeration;

/* Fills in all but `problem` and `points`, which are given. */
void enumerate_schedules(enumeration *e);

#endif
