/* The order of costs under a goal, as nn_dataflow sorts: energy then time, time then energy, or
 * their product. */
#ifndef TW_TILED_GOAL_KEY_H
#define TW_TILED_GOAL_KEY_H

#include "tiled/options.h"

typedef struct {
    double first, second;
} tw_goal_key;

static inline tw_goal_key tw_goal_key_of(tw_tiled_goal goal, double cost, double time) {
    switch (goal) {
    case TW_GOAL_D:
        return (tw_goal_key){time, cost};
    case TW_GOAL_ED:
        return (tw_goal_key){cost * time, 0};
    case TW_GOAL_E:
        break;
    }
    return (tw_goal_key){cost, time};
}

static inline bool tw_goal_key_less(tw_goal_key a, tw_goal_key b) {
    return a.first < b.first || (a.first == b.first && a.second < b.second);
}

#endif
