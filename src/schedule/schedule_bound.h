/* What no schedule of a network can cost less than. */
#ifndef TW_SCHEDULE_SCHEDULE_BOUND_H
#define TW_SCHEDULE_SCHEDULE_BOUND_H

#include "schedule/best_schedule.h"

/* Of the objective; a front has the bound of energy. */
double tw_schedule_bound(const tw_schedule_problem *problem, tw_schedule_objective objective);

#endif
