#include "schedule/ways.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void tw_sifter_free(tw_sifter *sifter) {
    tw_free(sifter->ctx, sifter->corner);
    *sifter = (tw_sifter){0};
}

static bool no_worse(const tw_walk_goal *goal, const tw_way *a, const tw_way *b) {
    return tw_goal_no_worse(goal, a->energy_pj, a->cycles, b->energy_pj, b->cycles);
}

/* Goes by the sum, or for a front by time; all else only makes the order complete. */
static int compare_ways(const void *a, const void *b, void *user) {
    const tw_walk_goal *goal = user;
    const tw_way *x = a, *y = b;
    const double keys[3][2] = {
        {goal->front ? x->cycles : tw_goal_value(goal, x->energy_pj, x->cycles),
         goal->front ? y->cycles : tw_goal_value(goal, y->energy_pj, y->cycles)},
        {goal->front ? x->energy_pj : tw_goal_tie(goal, x->energy_pj, x->cycles),
         goal->front ? y->energy_pj : tw_goal_tie(goal, y->energy_pj, y->cycles)},
        {x->energy_pj, y->energy_pj}};
    for (int i = 0; i < 3; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    if (x->arc != y->arc)
        return x->arc < y->arc ? -1 : 1;
    return (x->choice > y->choice) - (x->choice < y->choice);
}

/* One of the corners costs no more than this. Of a front the last corner that takes no more time
 * has the least energy of those. */
static bool is_beaten(const tw_sifter *s, const tw_way *ways, size_t corners, double energy_pj,
                      double cycles) {
    if (!s->goal->front)
        return corners > 0 && tw_goal_no_worse(s->goal, ways[s->corner[0]].energy_pj,
                                               ways[s->corner[0]].cycles, energy_pj, cycles);
    size_t low = 0, high = corners;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (ways[s->corner[middle]].cycles <= cycles)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && ways[s->corner[low - 1]].energy_pj <= energy_pj;
}

/* A way that is kept already leaves at least as much of the same output, and is no worse. */
static bool is_covered(const tw_sifter *s, const tw_way *ways, size_t kept, const tw_way *way) {
    const int layer = way->giver;
    const tw_choice *choice = tw_choice_of(s->problem, layer, way->choice);
    for (size_t i = 0; i < kept; i++)
        if (ways[i].giver == layer && no_worse(s->goal, &ways[i], way) &&
            tw_held_covers(tw_choice_of(s->problem, layer, ways[i].choice)->held_output,
                           choice->held_output))
            return true;
    return false;
}

static bool stays(const tw_sifter *s, const tw_way *ways, size_t kept, size_t corners,
                  const tw_way *way) {
    const int layer = way->giver;
    if (!is_beaten(s, ways, corners, way->energy_pj, way->cycles))
        return true;
    if (layer < 0)
        return false;
    const double saved_pj = s->picks[layer].given_pj[way->choice];
    const double saved_cycles = s->picks[layer].given_cycles[way->choice];
    return !is_beaten(s, ways, corners, way->energy_pj - saved_pj, way->cycles - saved_cycles) &&
           !is_covered(s, ways, kept, way);
}

static tw_status reserve_corners(tw_sifter *s, size_t count) {
    if (count <= s->corner_capacity)
        return TW_OK;
    size_t *grown = tw_resize(s->ctx, s->corner, count * sizeof *grown);
    if (!grown)
        return tw_out_of_memory(s->ctx);
    s->corner = grown;
    s->corner_capacity = count;
    return TW_OK;
}

/* Moves the ways that stay to the front, in order. */
tw_status tw_ways_sift(tw_sifter *s, tw_way *ways, size_t *count) {
    size_t corners = 0, kept = 0;
    if (*count == 0)
        return TW_OK; /* a state that no way leads to */
    TW_TRY(reserve_corners(s, *count));
    qsort_r(ways, *count, sizeof *ways, compare_ways, (void *)s->goal);
    for (size_t i = 0; i < *count; i++) {
        const tw_way way = ways[i];
        if (!stays(s, ways, kept, corners, &way))
            continue;
        if (!is_beaten(s, ways, corners, way.energy_pj, way.cycles))
            s->corner[corners++] = kept;
        ways[kept++] = way;
    }
    *count = kept;
    return TW_OK;
}

/* The ways that are kept while thinning, in order of time, and the least energy of those up to
 * each. */
typedef struct {
    size_t count;
    tw_way *ways;
    double *least_pj;
} thinned;

/* The least energy of the ways kept that take at most so long. */
static double least_within(const thinned *kept, double cycles) {
    size_t low = 0, high = kept->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (kept->ways[middle].cycles <= cycles)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? kept->least_pj[low - 1] : HUGE_VAL;
}

/* Another way that takes no more time needs at most `slack_pj` more energy: whatever comes after,
 * or if it leaves as much of the same output (the last few are looked at). */
static bool is_near(const tw_sifter *s, const thinned *kept, const tw_way *way, double slack_pj) {
    enum { LOOKED_AT = 64 };
    if (way->giver < 0)
        return least_within(kept, way->cycles) <= way->energy_pj + slack_pj;
    const double saved_pj = s->picks[way->giver].given_pj[way->choice];
    const double saved_cycles = s->picks[way->giver].given_cycles[way->choice];
    if (least_within(kept, way->cycles - saved_cycles) <= way->energy_pj - saved_pj + slack_pj)
        return true;
    const tw_choice *choice = tw_choice_of(s->problem, way->giver, way->choice);
    for (size_t i = kept->count; i-- > 0 && kept->count - i <= LOOKED_AT;) {
        const tw_way *other = &kept->ways[i];
        if (other->giver == way->giver && other->energy_pj <= way->energy_pj + slack_pj &&
            tw_held_covers(tw_choice_of(s->problem, other->giver, other->choice)->held_output,
                           choice->held_output))
            return true;
    }
    return false;
}

/* The way of least energy stays. */
static void thin(const tw_sifter *s, const tw_way *from, size_t count, double slack_pj,
                 thinned *to) {
    size_t lowest = 0;
    for (size_t i = 1; i < count; i++)
        if (from[i].energy_pj < from[lowest].energy_pj)
            lowest = i;
    to->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i != lowest && is_near(s, to, &from[i], slack_pj))
            continue;
        const double before = to->count ? to->least_pj[to->count - 1] : HUGE_VAL;
        to->ways[to->count] = from[i];
        to->least_pj[to->count++] = fmin(before, from[i].energy_pj);
    }
}

/* About the least slack that is enough. */
static double find_slack(const tw_sifter *s, const tw_way *ways, size_t count, size_t most,
                         thinned *scratch) {
    double low = ways[0].energy_pj, high = low, least = 0;
    for (size_t i = 1; i < count; i++) {
        low = fmin(low, ways[i].energy_pj);
        high = fmax(high, ways[i].energy_pj);
    }
    thin(s, ways, count, 0, scratch);
    double enough = scratch->count <= most ? 0 : high - low;
    while (enough - least > 0.05 * enough) {
        const double middle = least > 0 ? (least + enough) / 2 : enough / 8;
        thin(s, ways, count, middle, scratch);
        if (scratch->count <= most)
            enough = middle;
        else
            least = middle;
    }
    return enough;
}

tw_status tw_ways_thin(tw_sifter *s, tw_way *ways, size_t *count, size_t most, double *slack_pj) {
    if (*count <= most)
        return TW_OK;
    thinned scratch = {0, tw_alloc_array(s->ctx, *count, sizeof *ways),
                       tw_alloc_array(s->ctx, *count, sizeof(double))};
    const bool ready = scratch.ways && scratch.least_pj;
    if (ready) {
        const double slack = find_slack(s, ways, *count, most, &scratch);
        thin(s, ways, *count, slack, &scratch);
        memcpy(ways, scratch.ways, scratch.count * sizeof *ways);
        *count = scratch.count;
        *slack_pj += slack;
    }
    tw_free(s->ctx, scratch.ways);
    tw_free(s->ctx, scratch.least_pj);
    return ready ? TW_OK : tw_out_of_memory(s->ctx);
}

void tw_ways_drop_givers(const tw_sifter *s, tw_way *ways, size_t *count) {
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++)
        if (kept == 0 || (s->goal->front && ways[i].energy_pj < ways[kept - 1].energy_pj))
            ways[kept++] = ways[i];
    *count = kept;
}
