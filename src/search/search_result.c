/* What every technique shares about results: the value of an objective, and their end of life. */
#include "search/search.h"

double tw_objective_value(tw_objective objective, const tw_cost *cost) {
    switch (objective) {
    case TW_OBJECTIVE_LATENCY:
        return cost->latency_cycles;
    case TW_OBJECTIVE_EDP:
        return cost->edp;
    case TW_OBJECTIVE_ENERGY:
    case TW_OBJECTIVE_PARETO: /* the front begins with its point of least energy */
        break;
    }
    return cost->energy_pj;
}

void tw_search_result_free(tw_ctx *ctx, tw_search_result *result) {
    tw_free(ctx, result->front);
    result->front = NULL;
    result->front_count = 0;
}
