#include "network/network_schedule.h"

#include <math.h>

tw_schedule_machine tw_schedule_machine_of(const tw_model *model, const tw_hierarchy *arch,
                                           bool reuse) {
    tw_schedule_machine machine = {.chips = 1, .words_per_cycle = 1};
    if (model->machine)
        model->machine(arch, &machine);
    machine.reuse = reuse;
    return machine;
}

tw_schedule_objective tw_schedule_objective_of(tw_objective objective) {
    static const tw_schedule_objective of[] = {[TW_OBJECTIVE_ENERGY] = TW_SCHEDULE_ENERGY,
                                               [TW_OBJECTIVE_LATENCY] = TW_SCHEDULE_LATENCY,
                                               [TW_OBJECTIVE_EDP] = TW_SCHEDULE_EDP,
                                               [TW_OBJECTIVE_PARETO] = TW_SCHEDULE_FRONT};
    return of[objective];
}

size_t tw_result_kind(const tw_result *result, size_t layer) {
    return result->layers[layer].shared ? result->layers[layer].same_as : layer;
}

void tw_network_schedule_link(tw_network_schedule *schedule) {
    schedule->choices = (tw_choices){.alone_count = schedule->mapping_count,
                                     .side_count = schedule->mapping_count,
                                     .alone = schedule->priced,
                                     .side = schedule->priced,
                                     .complete = true};
    for (size_t i = 0; i < schedule->problem.layer_count; i++)
        schedule->layers[i].choices = &schedule->choices;
}

bool tw_network_schedule_price(const tw_result *result, const tw_model *model,
                               tw_network_schedule *schedule) {
    for (size_t i = 0; i < schedule->mapping_count; i++) {
        const tw_schedule_mapping *m = &schedule->mappings[i];
        if (!model->choice(&result->hierarchy, &result->layers[m->layer].layer->problem,
                           &m->mapping, m->side, &schedule->priced[i]))
            return false;
    }
    for (size_t i = 0; i < schedule->schedule_count; i++)
        tw_schedule_price(&schedule->problem, &schedule->schedules[i]);
    schedule->objective_value =
        tw_schedule_value(tw_schedule_objective_of(result->objective),
                          schedule->schedules[0].energy_pj, schedule->schedules[0].cycles);
    return true;
}
