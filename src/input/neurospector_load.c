#include "input/neurospector_load.h"

#include <string.h>
#include <strings.h>

#include "arch/neurospector.h"
#include "base/checked.h"
#include "input/mapping_set.h"
#include "input/neurospector_cfg.h"
#include "mapping/neurospector_table.h"

bool tw_neurospector_accelerator_recognise(const tw_input *input) {
    return tw_sniff_text(input) && ns_is_accelerator_file(input);
}

bool tw_neurospector_network_recognise(const tw_input *input) {
    return tw_sniff_text(input) && ns_is_network_file(input);
}

bool tw_neurospector_mapping_recognise(const tw_input *input) {
    return tw_sniff_text(input) && ns_is_schedule_file(input);
}

/* ---- Accelerator ------------------------------------------------------------------------------
 */

static bool has_middle(const ns_accelerator *from) {
    return from->buffers[NS_GB].present || from->arrays[NS_CHIP].x * from->arrays[NS_CHIP].y > 1;
}

static void convert_ports(const ns_accelerator *from, const ns_buffer *buffer, tw_level *out) {
    out->bandwidth = buffer->bandwidth_bits / from->precision_bits;
    bool plain = true;
    for (int d = 0; d < NS_DATA; d++)
        plain &= buffer->unit_cycles[d] == 1;
    for (int d = 0; d < NS_DATA && !plain; d++)
        out->role_bandwidth[d] = buffer->unit_cycles[d] > 0
                                     ? out->bandwidth / buffer->unit_cycles[d]
                                     : out->bandwidth * 1e9;
}

static void convert_buffer(const ns_accelerator *from, ns_buffer_id id, tw_level *out) {
    const ns_buffer *buffer = &from->buffers[id];
    out->name = ns_buffer_sections[id];
    out->bounded = id != NS_DRAM && buffer->size_count > 0;
    out->shared = buffer->size_count != 3;
    for (int d = 0; d < NS_DATA; d++) {
        out->capacity_units[d] = out->bounded ? buffer->capacity_words[d] : 0;
        out->word_units[d] = 1;
        out->read_pj[d] = out->write_pj[d] = buffer->access_pj[d];
        out->leakage_mw += buffer->static_mw[d];
    }
    out->may_keep = buffer->present ? TW_ALL_ROLES : 0;
    out->keeps = out->may_keep & ~(id == NS_DRAM ? 0 : buffer->bypass);
    out->must_keep = id == NS_DRAM ? TW_ALL_ROLES : 0;
    out->constraints.stationary = TW_STATIONARY_FREE;
    convert_ports(from, buffer, out);
}

static void convert_array(const ns_array *array, tw_fanout *out) {
    *out = (tw_fanout){.x = array->x,
                       .y = array->y,
                       .dims_x = TW_ALL_DIMS,
                       .dims_y = TW_ALL_DIMS,
                       .multicast = TW_MULTICAST_WORDS,
                       .reduce = true};
}

/* What a buffer's dataflow makes of the loops outside of it; a buffer that is none passes on what
 * the next one says. */
static int stationary_in(const ns_accelerator *from, ns_buffer_id buffer) {
    const ns_dataflow flow = from->buffers[from->buffers[buffer].present ? buffer : NS_LB].dataflow;
    return flow == NS_NONE ? TW_STATIONARY_NONE : (int)flow - NS_IS;
}

static void convert_accelerator(const ns_accelerator *from, tw_hierarchy *out) {
    out->name = from->name;
    out->level_count = has_middle(from) ? 3 : 2;
    const ns_level_role *roles = ns_level_roles(out->level_count);
    for (unsigned l = 0; l < out->level_count; l++) {
        convert_buffer(from, roles[l].buffer, &out->levels[l]);
        convert_array(&from->arrays[roles[l].array], &out->levels[l].fanout);
        /* The loops of a level run so that the next inner buffer keeps its stationary tile. */
        if (l + 1 < out->level_count)
            out->levels[l].constraints.stationary = stationary_in(from, roles[l + 1].buffer);
    }
    out->mac_pj = from->mac_pj;
    out->mac_leakage_mw = from->mac_static_mw;
    out->clock_mhz = from->frequency_mhz;
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        out->word_bits[r] = from->precision_bits;
}

tw_status tw_neurospector_accelerator_load(const tw_input *input, tw_accelerator *out) {
    ns_accelerator *from = tw_arena_alloc(&out->arena, sizeof *from);
    const tw_position whole = {.file = input->path};
    if (!from)
        return tw_out_of_memory(input->ctx);
    TW_TRY(ns_accelerator_read(input, &out->arena, from));
    if (from->buffers[NS_REG].present)
        tw_diag(input->ctx, TW_SEVERITY_WARNING, &whole,
                "[REGISTER] is left out: it holds nothing in the model of this format");
    out->kind = TW_KIND_HIERARCHY;
    out->foreign = from;
    convert_accelerator(from, &out->hierarchy);
    return tw_hierarchy_check(input->ctx, &whole, &out->hierarchy);
}

/* ---- Network ----------------------------------------------------------------------------------
 */

static tw_status convert_layer(tw_ctx *ctx, const ns_layer *from, tw_layer *out) {
    const uint64_t stride = from->stride ? from->stride : 1;
    const uint64_t strides[2] = {stride, stride}, dilations[2] = {1, 1};
    uint64_t extent[TW_DIM_COUNT];
    for (int c = 0; c < NS_COLUMNS; c++)
        extent[ns_column_dims[c]] = from->size[c];
    *out = (tw_layer){.name = from->name, .at = from->at, .repeat = 1};
    if (from->stride == 0 && (from->size[NS_P] > 1 || from->size[NS_Q] > 1))
        tw_diag(ctx, TW_SEVERITY_WARNING, &from->at,
                "layer %s has stride 0 and more than one output: it is read as stride 1",
                from->name);
    return tw_problem_make(ctx, &from->at, tw_operation_by_name("conv"), extent, strides, dilations,
                           1, &out->problem);
}

tw_status tw_neurospector_network_load(const tw_input *input, const tw_network_options *options,
                                       tw_network *out) {
    ns_network from;
    const tw_position whole = {.file = input->path};
    TW_TRY(ns_network_read(input, &out->arena, NS_GROUPS_PHYSICAL, &from));
    if (options->dim_count)
        return tw_fail(input->ctx, TW_USAGE, &whole, "this network has no parameters to set");
    out->name = from.name;
    out->batch = options->batch ? options->batch : from.layers[0].size[NS_B];
    out->layers = tw_arena_array(&out->arena, from.layer_count, sizeof *out->layers);
    if (!out->layers)
        return tw_out_of_memory(input->ctx);
    for (size_t i = 0; i < from.layer_count; i++) {
        if (options->batch)
            from.layers[i].size[NS_B] = options->batch;
        TW_TRY(convert_layer(input->ctx, &from.layers[i], &out->layers[out->layer_count++]));
    }
    return TW_OK;
}

/* ---- Mappings ---------------------------------------------------------------------------------
 */

static void take_capacity(const tw_level *level, uint32_t word_bits, ns_buffer *out) {
    out->size_count = !level->bounded ? 0 : level->shared ? 1 : NS_DATA;
    for (unsigned d = 0; d < out->size_count; d++)
        out->capacity_words[d] = level->capacity_units[d] / level->word_units[d];
    out->trivial = ns_buffer_is_trivial(out, word_bits);
}

/* What the rows of a table stand for when the accelerator is given in another format: two or three
 * levels, each with the array below it. */
static bool shape_of(const tw_hierarchy *arch, ns_accelerator *out) {
    *out = (ns_accelerator){.name = arch->name};
    if (arch->level_count < 2 || arch->level_count > 3)
        return false;
    ns_accelerator_complete(out);
    const ns_level_role *roles = ns_level_roles(arch->level_count);
    for (unsigned l = 0; l < arch->level_count; l++) {
        const tw_fanout *fanout = &arch->levels[l].fanout;
        ns_buffer *buffer = &out->buffers[roles[l].buffer];
        out->arrays[roles[l].array] = (ns_array){true, fanout->x, fanout->y};
        buffer->present = arch->levels[l].bounded || arch->levels[l].may_keep;
        if (l == 0)
            continue;
        take_capacity(&arch->levels[l], arch->word_bits[0], buffer);
        const int stationary = arch->levels[l - 1].constraints.stationary;
        buffer->dataflow = stationary >= 0 ? (ns_dataflow)(NS_IS + stationary) : NS_NONE;
    }
    return true;
}

static const tw_layer *find_layer(const tw_network *network, const char *name) {
    for (size_t i = 0; name && i < network->layer_count; i++)
        if (strcasecmp(network->layers[i].name, name) == 0)
            return &network->layers[i];
    return NULL;
}

/* Tables of the original multiply to K and C of all groups, which are no loops here. */
static tw_status check_groups(tw_ctx *ctx, const ns_schedule *schedule, const tw_layer *layer) {
    const uint64_t groups = layer->problem.extent[TW_DIM_G];
    uint64_t product = 1;
    bool overflow = false;
    for (int r = 0; r < NS_ROWS; r++)
        product = tw_mul_u64(product, schedule->table.factor[r][NS_K], &overflow);
    if (groups == 1 || overflow || product != groups * layer->problem.extent[TW_DIM_K])
        return TW_OK;
    return tw_fail(ctx, TW_INVALID, &schedule->at,
                   "layer %s has %llu groups, and this table is for K and C of all of them, as "
                   "`tilewright neurospector` reads them; here they are K/G and C/G",
                   layer->name, (unsigned long long)groups);
}

tw_status tw_neurospector_mapping_load(const tw_input *input, const tw_accelerator *accelerator,
                                       const tw_network *network, bool partial,
                                       tw_mapping_set *out) {
    ns_accelerator shape;
    const ns_accelerator *foreign = accelerator->foreign;
    const tw_position whole = {.file = input->path};
    ns_schedule *schedules = NULL;
    size_t count = 0;
    out->partial = partial;
    if (!foreign && !shape_of(&accelerator->hierarchy, &shape))
        return tw_fail(input->ctx, TW_INVALID, &whole,
                       "a scheduling table is for an accelerator of two or three levels, "
                       "%s has %u",
                       accelerator->hierarchy.name, accelerator->hierarchy.level_count);
    foreign = foreign ? foreign : &shape;
    TW_TRY(ns_schedules_read(input, &out->arena, foreign, &schedules, &count));
    TW_TRY(tw_mapping_set_reserve(out, count, network));
    for (size_t i = 0; i < count; i++) {
        const tw_layer *layer = find_layer(network, schedules[i].layer);
        if (!layer)
            return tw_fail(input->ctx, TW_INVALID, &schedules[i].at,
                           "network %s has no layer \"%.60s\"", network->name, schedules[i].layer);
        TW_TRY(check_groups(input->ctx, &schedules[i], layer));
        const char *name = tw_arena_strdup(&out->arena, layer->name);
        if (!name)
            return tw_out_of_memory(input->ctx);
        tw_named_mapping *item = tw_mapping_set_append(out, name);
        if (!item)
            return tw_fail(input->ctx, TW_INVALID, &schedules[i].at,
                           "layer \"%.60s\" is mapped twice", name);
        item->at = schedules[i].at;
        ns_mapping_of(&accelerator->hierarchy, &schedules[i].table, &schedules[i].dataflows,
                      schedules[i].dataflows_given, &item->mapping);
    }
    return TW_OK;
}
