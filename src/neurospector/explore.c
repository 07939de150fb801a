/* Exact search: the whole space, decided by bounds.
 *
 * Fix the tile T that GB sends to its PE arrays. What lies inside of it meets what lies outside
 * only in how often tiles cross that boundary:
 *
 *     cost = label.compute + sum over tensors( label.fill * option.crossings ) + option.rest
 *
 * A label (inside.h) is an inside, an option (outside.h) an outside. Both sides have bounds for
 * every T, made once by sweeps over the lattice of tiles: the least computing cost of anything
 * inside, the least that DRAM pays for anything outside, and how often tiles cross at least.
 *
 * The T's that the sum of these does not rule out are candidates, expanded in the order of their
 * bounds: the options are walked over as long as they leave hope, with the labels once there is one
 * that does. When all T's are ruled out or expanded, what was found is proven. Everything holds for
 * one objective, where it finds the optimum, and for two, where it finds the front: then a bound is
 * a pair, and rules out when a mapping found is at most as bad in both.
 *
 * With several chips there are bounds for each number of chips and each reduction unrolled over
 * them; those with the same number of chips share tables, and their candidates are sorted
 * together. */
#include "neurospector/explore.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "neurospector/candidates.h"
#include "neurospector/walk.h"

enum { CHECK_EVERY = 64 };

/* Chips and the reduction unrolled over them. */
typedef struct {
    ns_values bound;
    uint32_t index;
} chip_group;

typedef struct {
    const ns_space *space;
    const ns_objectives *objectives;
    const ns_search_options *options;
    ns_exploration *out;
    ns_found *found;
    double start_s;
    ns_dataflow inner_flow[NS_MAX_COMBINATIONS], outer_flow[NS_MAX_COMBINATIONS];
    ns_inside inside;
    ns_outside outside;
    ns_candidates candidates;
    chip_group *groups;
    const ns_candidate *candidate; /* that is being expanded */
    tw_status status;              /* of that */
} search;

/* ---- One T ---------------------------------------------------------------------------------- */

/* An option with all labels of T. */
static bool visit_option(void *user, const ns_option *option) {
    search *s = user;
    const ns_crossings *n = &option->n;
    const double output = n->output_read + n->output_write;
    for (uint32_t i = 0; i < s->inside.label_count && s->status == TW_OK; i++) {
        const ns_label *label = &s->inside.labels[i];
        const double fill_pj = label->fill_pj[NS_INPUT] * n->input +
                               label->fill_pj[NS_WEIGHT] * n->weight +
                               label->fill_pj[NS_OUTPUT] * output;
        ns_mapping mapping = {ns_values_sum(label->compute, option->rest),
                              {label->mac, label->pe, s->candidate->tile, option->gb, option->chip},
                              s->candidate->combination};
        for (unsigned o = 0; o < s->objectives->count; o++)
            mapping.values.of[o] += s->objectives->of[o].pj_weight * fill_pj;
        if (!ns_is_hopeless(s->found, &mapping.values))
            s->status = ns_found_add(s->found, &mapping);
    }
    return s->status == TW_OK;
}

static bool end_walk(void *user, const ns_option *option) {
    (void)user;
    (void)option;
    return false;
}

/* Few T's have an outside that leaves hope with the least of any inside: labels are for those. */
static bool has_outside(const search *s, ns_walk walk) {
    const double *pj = s->space->model.access_pj[NS_LEVEL_LB];
    const double *words = s->space->lattice.tiles[walk.tile].words;
    walk.inside = s->candidate->inside;
    for (int d = ns_first_shared(s->space); d < NS_DATA; d++)
        walk.fill_pj[d] = walk.place.chips->units * pj[d] * words[d];
    walk.visit = end_walk;
    return !ns_walk_outsides(&walk);
}

static tw_status list_labels(search *s, ns_walk *walk) {
    const ns_candidate *c = s->candidate;
    ns_values outside = c->bound;
    for (unsigned o = 0; o < s->objectives->count; o++)
        outside.of[o] -= c->inside.of[o];
    TW_TRY(ns_inside_labels(&s->inside, c->chips, c->tile, &outside));
    walk->inside = (ns_values){{HUGE_VAL, HUGE_VAL}};
    for (int d = 0; d < NS_DATA; d++)
        walk->fill_pj[d] = HUGE_VAL;
    for (uint32_t i = 0; i < s->inside.label_count; i++) {
        const ns_label *label = &s->inside.labels[i];
        walk->inside = ns_values_least(walk->inside, label->compute);
        for (int d = 0; d < NS_DATA; d++)
            walk->fill_pj[d] = fmin(walk->fill_pj[d], label->fill_pj[d]);
    }
    return TW_OK;
}

static ns_place place_of(const search *s, uint32_t chips, size_t combination) {
    return (ns_place){&s->space->groups[NS_CHIP].groups[chips], s->inner_flow[combination],
                      s->outer_flow[combination]};
}

static tw_status expand(search *s, const ns_candidate *c) {
    ns_walk walk = {.outside = &s->outside,
                    .found = s->found,
                    .place = place_of(s, c->chips, c->combination),
                    .tile = c->tile,
                    .whole = c->whole,
                    .beyond = c->beyond,
                    .visit = visit_option,
                    .user = s};
    s->candidate = c;
    s->out->evaluated++;
    if (!has_outside(s, walk))
        return TW_OK;
    TW_TRY(list_labels(s, &walk));
    if (s->inside.label_count > 0)
        ns_walk_outsides(&walk);
    return s->status;
}

/* ---- All T's of a number of chips ------------------------------------------------------------ */

static void leave_open(search *s, const ns_values *bound) {
    s->out->bounds = ns_values_least(s->out->bounds, *bound);
}

static bool must_stop(search *s) {
    ns_exploration *out = s->out;
    const tw_status why = ns_why_stop(s->space->ctx, s->options, s->start_s, out->evaluated,
                                      out->evaluated % CHECK_EVERY == 0);
    if (!out->stopped)
        out->limit = why;
    out->stopped |= why != TW_OK;
    return out->stopped;
}

static tw_status expand_or_leave(search *s, const ns_candidate *c) {
    if (ns_is_hopeless(s->found, &c->bound))
        return TW_OK;
    if (!must_stop(s))
        return expand(s, c);
    leave_open(s, &c->bound);
    return TW_OK;
}

/* Lists the candidates of a combination and expands the best at once, so that there are few from
 * then on; as long as nothing is found, one after the other. */
static tw_status add_candidates(search *s, uint32_t chips, size_t combination, bool whole) {
    const ns_place place = place_of(s, chips, combination);
    ns_candidates *list = &s->candidates;
    const size_t first = list->count;
    TW_TRY(ns_candidates_add(list, &place, chips, (uint32_t)combination, whole));
    size_t done = first;
    if (s->found->count == 0)
        ns_candidates_sort(list, first);
    while (done < list->count && s->found->count == 0)
        TW_TRY(expand_or_leave(s, &list->list[done++]));
    if (done < list->count) {
        ns_candidates_best_first(list, done);
        TW_TRY(expand_or_leave(s, &list->list[done++]));
    }
    memmove(list->list + first, list->list + done, (list->count - done) * sizeof *list->list);
    list->count -= done - first;
    return TW_OK;
}

static tw_status list_candidates(search *s, const chip_group *group) {
    if (ns_is_hopeless(s->found, &group->bound))
        return TW_OK;
    const ns_group *chips = &s->space->groups[NS_CHIP].groups[group->index];
    ns_inside_use(&s->inside, chips);
    for (int outer = NS_NONE; outer < NS_DATAFLOWS; outer++) {
        bool looked = false;
        for (size_t c = 0; c < s->out->combination_count; c++) {
            if (s->outer_flow[c] != (ns_dataflow)outer)
                continue;
            if (must_stop(s)) {
                leave_open(s, &group->bound);
                return TW_OK;
            }
            if (!looked)
                ns_candidates_look(&s->candidates, chips, (ns_dataflow)outer);
            TW_TRY(add_candidates(s, group->index, c, !looked));
            looked = true;
        }
    }
    return TW_OK;
}

/* The groups of one number of chips. */
static tw_status search_chips(search *s, const chip_group *groups, uint32_t count) {
    const uint64_t before = s->out->evaluated;
    s->candidates.count = 0;
    ns_outside_use(&s->outside, s->space->groups[NS_CHIP].groups[groups->index].units);
    for (uint32_t i = 0; i < count; i++)
        TW_TRY(list_candidates(s, &groups[i]));
    ns_candidates_sort(&s->candidates, 0);
    for (size_t i = 0; i < s->candidates.count; i++)
        TW_TRY(expand_or_leave(s, &s->candidates.list[i]));
    const uint64_t all = (uint64_t)s->space->lattice.count * count * s->out->combination_count;
    s->out->pruned += all - (s->out->evaluated - before);
    return TW_OK;
}

/* ---- Chips and dataflows --------------------------------------------------------------------- */

static double units_of(const search *s, const chip_group *group) {
    return s->space->groups[NS_CHIP].groups[group->index].units;
}

static int compare_groups(const void *a, const void *b) {
    const chip_group *x = a, *y = b;
    for (int o = 0; o < NS_MAX_OBJECTIVES; o++)
        if (x->bound.of[o] != y->bound.of[o])
            return x->bound.of[o] < y->bound.of[o] ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Sorts by bounds, but for groups with as many chips as one before, which follow it. */
static void order_groups(search *s, uint32_t count) {
    qsort(s->groups, count, sizeof *s->groups, compare_groups);
    for (uint32_t i = 1; i < count; i++) {
        const chip_group moved = s->groups[i];
        uint32_t to = i;
        for (uint32_t j = 0; j < i; j++)
            to = units_of(s, &s->groups[j]) == units_of(s, &moved) ? j + 1 : to;
        for (uint32_t j = i; j > to; j--)
            s->groups[j] = s->groups[j - 1];
        s->groups[to] = moved;
    }
}

static uint32_t list_groups(search *s, ns_values outside) {
    const ns_group_list *list = &s->space->groups[NS_CHIP];
    uint32_t count = 0;
    for (uint32_t g = 0; g < list->count; g++) {
        if (s->options->chips && list->groups[g].units != (double)s->options->chips)
            continue;
        const ns_values compute = ns_least_compute(s->space, s->objectives, &list->groups[g]);
        s->groups[count++] = (chip_group){ns_values_sum(compute, outside), g};
    }
    order_groups(s, count);
    return count;
}

static tw_status search_groups(search *s) {
    const uint32_t count = list_groups(s, s->inside.outside);
    for (uint32_t first = 0, next; first < count; first = next) {
        bool hopeless = true;
        for (next = first;
             next < count && units_of(s, &s->groups[next]) == units_of(s, &s->groups[first]);
             next++)
            hopeless &= ns_is_hopeless(s->found, &s->groups[next].bound);
        if (!hopeless)
            TW_TRY(search_chips(s, &s->groups[first], next - first));
    }
    return TW_OK;
}

static tw_status prepare(search *s) {
    bool used[NS_DATAFLOWS] = {false};
    ns_values outside = {{HUGE_VAL, HUGE_VAL}};
    s->out->combination_count =
        ns_distinct_combinations(s->space->accelerator, s->options->flexible, s->out->combinations,
                                 s->inner_flow, s->outer_flow);
    for (size_t c = 0; c < s->out->combination_count; c++)
        used[s->outer_flow[c]] = true;
    TW_TRY(ns_outside_init(&s->outside, s->space, s->objectives, used));
    for (int flow = 0; flow < NS_DATAFLOWS; flow++)
        if (used[flow])
            outside = ns_values_least(outside, ns_least_outside(&s->outside, (ns_dataflow)flow));
    TW_TRY(ns_inside_init(&s->inside, s->space, s->objectives, s->found, outside));
    TW_TRY(ns_candidates_init(&s->candidates, &s->inside, &s->outside, s->found));
    s->groups = tw_alloc_array(s->space->ctx, s->space->groups[NS_CHIP].count, sizeof *s->groups);
    return s->groups ? TW_OK : tw_out_of_memory(s->space->ctx);
}

tw_status ns_explore(const ns_space *space, const ns_objectives *objectives,
                     const ns_search_options *options, ns_exploration *out) {
    *out = (ns_exploration){.found = {.ctx = space->ctx, .objectives = objectives->count},
                            .bounds = {{HUGE_VAL, HUGE_VAL}}};
    search s = {.space = space,
                .objectives = objectives,
                .options = options,
                .out = out,
                .found = &out->found,
                .start_s = tw_seconds()};
    tw_status status = prepare(&s);
    if (status == TW_OK)
        status = search_groups(&s);
    for (size_t i = 0; i < out->found.count; i++)
        leave_open(&s, &out->found.mappings[i].values);
    ns_candidates_free(&s.candidates);
    ns_inside_free(&s.inside);
    ns_outside_free(&s.outside);
    tw_free(space->ctx, s.groups);
    return status;
}

void ns_exploration_free(ns_exploration *exploration) {
    ns_found_free(&exploration->found);
}
