#include "neurospector/native_offers.h"

#include <string.h>

#include "neurospector/held_front.h"
#include "neurospector/native.h"

static uint64_t chips_of(const tw_hierarchy *arch) {
    return arch->level_count == 3 ? tw_hierarchy_instances(arch, 1) : 1;
}

void tw_neurospector_machine(const tw_hierarchy *arch, tw_schedule_machine *out) {
    ns_accelerator accelerator;
    ns_model model;
    ns_accelerator_of(arch, &accelerator);
    ns_model_init(&model, &accelerator, false);
    const double *pj = model.access_pj[NS_LEVEL_DRAM], *cycles = model.unit_cycles[NS_LEVEL_DRAM];
    *out = (tw_schedule_machine){.chips = chips_of(arch),
                                 .words_per_cycle = model.words_per_cycle[NS_LEVEL_DRAM],
                                 .read_pj = pj[NS_INPUT],
                                 .write_pj = pj[NS_OUTPUT],
                                 .read_cycles = cycles[NS_INPUT],
                                 .write_cycles = cycles[NS_OUTPUT]};
    for (int i = 0; i <= NS_LEVELS; i++)
        out->static_pj_per_cycle += model.static_pj_per_cycle[i];
}

bool tw_neurospector_meets(const tw_hierarchy *arch, const tw_problem *before,
                           const tw_problem *problem) {
    const tw_role_mask both = 1U << TW_ROLE_INPUT | 1U << TW_ROLE_OUTPUT;
    const uint64_t *a = before->extent, *b = problem->extent;
    ns_layer layer;
    return (arch->levels[1].keeps & both) == both && ns_layer_of(before, &layer) &&
           ns_layer_of(problem, &layer) && a[TW_DIM_K] * a[TW_DIM_G] == b[TW_DIM_C] * b[TW_DIM_G] &&
           a[TW_DIM_B] == b[TW_DIM_B];
}

/* ---- Choices ---- */

/* The machine as n of its chips have it. */
static void share_port(const tw_hierarchy *arch, uint64_t chips, tw_hierarchy *out) {
    const double share = (double)chips / (double)chips_of(arch);
    *out = *arch;
    out->levels[0].bandwidth *= share;
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        out->levels[0].role_bandwidth[r] *= share;
}

/* Everything below the loops of DRAM is on the chips at once. */
static void take_held(const tw_hierarchy *arch, const tw_problem *problem,
                      const tw_mapping *mapping, tw_choice *out) {
    uint64_t extent[NS_COLUMNS];
    ns_layer layer;
    ns_table table;
    ns_dataflows flows;
    if (!ns_layer_of(problem, &layer))
        return;
    ns_table_of(arch, mapping, &table, &flows);
    for (int c = 0; c < NS_COLUMNS; c++)
        extent[c] = layer.size[c] / table.factor[NS_ROW_DRAM][c];
    const ns_held held = ns_held_of(&layer, extent);
    for (int a = 0; a < TW_HELD_AXES; a++) {
        if (arch->levels[1].keeps >> TW_ROLE_OUTPUT & 1)
            out->held_output[a] = held.output[a];
        if (arch->levels[1].keeps >> TW_ROLE_INPUT & 1)
            out->held_input[a] = held.input[a];
    }
}

bool tw_neurospector_choice(const tw_hierarchy *arch, const tw_problem *problem,
                            const tw_mapping *mapping, bool side, tw_choice *out) {
    tw_hierarchy shared;
    tw_cost cost;
    *out = (tw_choice){.chips = 1};
    for (int d = 0; d < TW_DIM_COUNT && arch->level_count == 3; d++)
        out->chips *= mapping->levels[0].spatial_x[d] * mapping->levels[0].spatial_y[d];
    if (side)
        share_port(arch, out->chips, &shared);
    if (!tw_neurospector_evaluate(side ? &shared : arch, problem, mapping, &cost))
        return false;
    out->cycles = cost.latency_cycles;
    out->energy_pj = cost.energy_pj;
    if (side) {
        out->energy_pj = cost.mac_pj;
        for (unsigned l = 0; l < cost.level_count; l++)
            out->energy_pj += cost.levels[l].energy_pj;
    } else {
        take_held(arch, problem, mapping, out);
    }
    return true;
}

/* ---- Offers ---- */

static tw_status take_points(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                             const tw_offer_request *request, const ns_front *front,
                             tw_offer_list *out) {
    for (size_t i = 0; i < front->count; i++) {
        tw_offer offer;
        ns_mapping_of(arch, &front->points[i].table, &front->points[i].dataflows, NS_ALL_BUFFERS,
                      &offer.mapping);
        if (tw_neurospector_choice(arch, problem, &offer.mapping, request->side_chips > 0,
                                   &offer.choice))
            TW_TRY(tw_offer_add(ctx, out, &offer));
    }
    return TW_OK;
}

/* Mappings that hold more: they may be many, so that only those are taken that none of the others
 * makes useless. */
static tw_status take_held_points(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                                  const tw_offer_request *request,
                                  const ns_accelerator *accelerator, const ns_layer *layer,
                                  const ns_search_options *wanted, const ns_front *front,
                                  tw_offer_list *out) {
    tw_schedule_machine machine;
    tw_neurospector_machine(arch, &machine);
    const ns_held_use use = {.output = request->holds_output,
                             .input = request->holds_input,
                             .word_pj = machine.read_pj + machine.write_pj,
                             .word_cycles = machine.read_cycles + machine.write_cycles,
                             .words_per_cycle = machine.words_per_cycle};
    ns_front held;
    tw_status status = ns_held_front(ctx, accelerator, layer, wanted, &use, front, &held);
    if (status == TW_OK)
        status = take_points(ctx, arch, problem, request, &held, out);
    out->complete &= held.proven;
    out->limit = held.limit != TW_OK ? held.limit : out->limit;
    out->evaluated += held.evaluated;
    ns_front_free(ctx, &held);
    return status;
}

bool tw_neurospector_can_use(const tw_hierarchy *arch, const tw_problem *problem, uint64_t chips) {
    const tw_fanout *array = &arch->levels[0].fanout;
    uint64_t rest = chips;
    bool splits = false;
    for (uint64_t x = 1; x <= array->x; x++)
        splits |= chips % x == 0 && chips / x <= array->y;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        for (uint64_t extent = problem->extent[d], p = 2; p <= rest; p++)
            for (; rest % p == 0 && extent % p == 0; extent /= p)
                rest /= p;
    return arch->level_count == 3 && splits && rest == 1;
}

tw_status tw_neurospector_offers(tw_ctx *ctx, const tw_hierarchy *arch, const tw_problem *problem,
                                 const tw_offer_request *request, tw_offer_list *out) {
    const ns_search_options wanted = {.flexible = true, /* buffers that keep theirs say so */
                                      .time_limit_s = request->options->time_limit_s,
                                      .work_limit = request->options->work_limit,
                                      .chips = request->side_chips};
    tw_hierarchy shared;
    ns_accelerator accelerator;
    ns_layer layer;
    ns_front front;
    *out = (tw_offer_list){.complete = true};
    if (!ns_layer_of(problem, &layer) || !ns_counts_fit(&layer))
        return TW_OK;
    const ns_held whole = ns_held_of(&layer, layer.size);
    memcpy(out->whole_input, whole.input, sizeof whole.input);
    memcpy(out->whole_output, whole.output, sizeof whole.output);
    if (request->side_chips)
        share_port(arch, request->side_chips, &shared);
    ns_accelerator_of(request->side_chips ? &shared : arch, &accelerator);
    tw_status status = ns_exact_front(ctx, &accelerator, &layer, &wanted, &front);
    if (status == TW_OK) {
        out->complete = front.proven;
        out->limit = front.limit;
        out->evaluated = front.evaluated;
        out->least_energy_pj = front.energy_bound_pj;
        out->least_cycles = front.cycle_bound;
        status = take_points(ctx, arch, problem, request, &front, out);
    }
    if (status == TW_OK && (request->holds_output || request->holds_input))
        status = take_held_points(ctx, arch, problem, request, &accelerator, &layer, &wanted,
                                  &front, out);
    tw_offers_sift(out, request);
    ns_front_free(ctx, &front);
    return status;
}
