/* The schedule of a network in a result: what the JSON of docs/result.md says, as data. All of it
 * lies in the arena of the result. */
#ifndef TW_NETWORK_NETWORK_SCHEDULE_H
#define TW_NETWORK_NETWORK_SCHEDULE_H

#include "network/model.h"
#include "network/result.h"
#include "schedule/best_schedule.h"

/* A mapping that runs in the schedule, of any layer with the same problem. */
typedef struct {
    size_t layer; /* of the result: the first with this problem */
    bool side;    /* beside other layers: priced for its share of the memory port */
    tw_mapping mapping;
} tw_schedule_mapping;

typedef struct tw_network_schedule {
    tw_found found;  /* optimal or feasible */
    tw_status limit; /* TW_OK, TW_LIMIT, TW_CANCELLED: why it is not optimal */
    double objective_value, lower_bound;
    double slack_pj; /* of a front that is not optimal, as in tw_best_schedules */
    uint64_t states, labels;
    /* All layers have one list of choices, alone and side by side: choice i is mapping i. */
    tw_schedule_problem problem;
    tw_planned_layer *layers;   /* those of the problem */
    const size_t *result_layer; /* per layer of the problem */
    tw_choices choices;
    size_t mapping_count;
    tw_schedule_mapping *mappings;
    tw_choice *priced;     /* those of `choices` */
    size_t schedule_count; /* pareto: by rising energy; else one */
    tw_schedule *schedules;
} tw_network_schedule;

/* The machine that a schedule on this hierarchy runs on. */
tw_schedule_machine tw_schedule_machine_of(const tw_model *model, const tw_hierarchy *arch,
                                           bool reuse);
tw_schedule_objective tw_schedule_objective_of(tw_objective objective);
/* Points the layers to the one list of choices, which is that of the mappings. */
void tw_network_schedule_link(tw_network_schedule *schedule);
/* Prices mappings and schedules of `schedule`, whose mappings, layers and steps are given, and
 * fills in objective_value. False when the counts of a mapping leave 64 bits. */
bool tw_network_schedule_price(const tw_result *result, const tw_model *model,
                               tw_network_schedule *schedule);
/* The layer of the result that owns the search of this one: itself, or the one it is same_as. */
size_t tw_result_kind(const tw_result *result, size_t layer);

#endif
