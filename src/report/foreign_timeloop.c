/* Timeloop's version 0.4, problems and architectures. */
#include <string.h>

#include "report/foreign.h"
#include "report/native_yaml.h"

static const char *space_name(const tw_problem *problem, unsigned t) {
    static const char *const inputs[TW_MAX_TENSORS] = {"Inputs",  "Inputs2", "Inputs3", "Inputs4",
                                                       "Inputs5", "Inputs6", "Inputs7", "Inputs8"};
    return problem->tensors[t].role == TW_ROLE_OUTPUT   ? "Outputs"
           : problem->tensors[t].role == TW_ROLE_WEIGHT ? "Weights"
                                                        : inputs[t];
}

static char dim_letter(tw_dim dim) {
    return dim == TW_DIM_B ? 'N' : tw_dim_names[dim][0];
}

static void add_term(tw_text *out, const tw_axis_term *term) {
    static const char *const coefficients[TW_DIM_COUNT] = {[TW_DIM_P] = "Pstride",
                                                           [TW_DIM_Q] = "Qstride",
                                                           [TW_DIM_R] = "Rdilation",
                                                           [TW_DIM_S] = "Sdilation"};
    if (coefficients[term->dim])
        tw_text_add(out, "[%c, %s]", dim_letter(term->dim), coefficients[term->dim]);
    else
        tw_text_add(out, "[%c]", dim_letter(term->dim));
}

static void add_projection(tw_text *out, const tw_tensor *tensor) {
    for (unsigned a = 0; a < tensor->axis_count; a++) {
        const tw_axis *axis = &tensor->axes[a];
        tw_text_add(out, "%s[", a ? ", " : "");
        for (unsigned i = 0; i < axis->term_count; i++) {
            tw_text_add(out, "%s", i ? ", " : "");
            if (tensor->role == TW_ROLE_INPUT)
                add_term(out, &axis->terms[i]);
            else
                tw_text_add(out, "[%c]", dim_letter(axis->terms[i].dim));
        }
        tw_text_add(out, "]");
    }
}

static void write_shape(tw_text *out, const char *name, const tw_problem *p) {
    tw_text_add(out, "problem:\n  version: 0.4\n  shape:\n    name: ");
    tw_yaml_text(out, name);
    tw_text_add(out, "\n    dimensions: [");
    for (const char *d = p->operation->dims; *d; d++)
        tw_text_add(out, "%s%c", d == p->operation->dims ? "" : ", ", *d == 'B' ? 'N' : *d);
    tw_text_add(out, "]\n    coefficients:\n");
    for (int i = 0; i < 2; i++)
        tw_text_add(out, "    - {name: %s, default: %llu}\n    - {name: %s, default: %llu}\n",
                    i ? "Qstride" : "Pstride", (unsigned long long)p->stride[i],
                    i ? "Sdilation" : "Rdilation", (unsigned long long)p->dilation[i]);
    tw_text_add(out, "    data_spaces:\n");
    for (unsigned t = 0; t < p->tensor_count; t++) {
        tw_text_add(out, "    - name: %s\n      projection: [", space_name(p, t));
        add_projection(out, &p->tensors[t]);
        tw_text_add(out, "]\n%s", t == p->output ? "      read_write: true\n" : "");
    }
}

static void write_instance(tw_text *out, const tw_problem *p) {
    tw_text_add(out, "  instance: {");
    for (const char *d = p->operation->dims; *d; d++) {
        const char name[2] = {*d, '\0'};
        tw_text_add(out, "%s%c: %llu", d == p->operation->dims ? "" : ", ", *d == 'B' ? 'N' : *d,
                    (unsigned long long)p->extent[tw_dim_by_name(name)]);
    }
    tw_text_add(out, "}\n");
}

tw_status tw_timeloop_problem_write(tw_text *out, const tw_network *network) {
    if (network->layer_count != 1)
        return tw_fail(out->ctx, TW_INVALID, NULL,
                       "a Timeloop problem is one layer, %s has %zu: choose one with --layer",
                       network->name, network->layer_count);
    const tw_layer *layer = &network->layers[0];
    const tw_problem *p = &layer->problem;
    if (layer->repeat > 1)
        tw_diag(out->ctx, TW_SEVERITY_WARNING, NULL,
                "layer %s runs %llu times, the problem is for one", layer->name,
                (unsigned long long)layer->repeat);
    write_shape(out, layer->name, p);
    write_instance(out, p);
    return out->failed ? tw_out_of_memory(out->ctx) : TW_OK;
}

/* ---- Architectures ------------------------------------------------------------------------ */

/* NULL when a Timeloop component says the level. */
static const char *level_obstacle(const tw_hierarchy *arch, const tw_level *level) {
    for (int r = 0; r < TW_ROLE_COUNT; r++) {
        if (level->read_pj[r] != level->read_pj[0] || level->write_pj[r] != level->read_pj[0])
            return "reads, writes and tensors cost the same energy there";
        if (level->role_bandwidth[r] > 0)
            return "a tensor has no port of its own there";
        if (arch->word_bits[r] != arch->word_bits[0])
            return "all tensors' words are equally wide there";
    }
    if (level->bounded && !level->shared)
        return "all tensors share a level's capacity there";
    if (level->leakage_mw > 0 || level->fanout.hop_pj > 0)
        return "leakage and energy per hop are left to other tools there";
    return NULL;
}

static bool has_constraints(const tw_level *level) {
    const tw_level_constraints *rules = &level->constraints;
    bool any = rules->order_count > 0 || rules->stationary >= 0;
    for (int d = 0; d < TW_DIM_COUNT; d++)
        any |= rules->temporal_fixed[d] || rules->temporal_max[d] || rules->spatial_x_fixed[d] ||
               rules->spatial_y_fixed[d];
    return any;
}

static void add_spaces(tw_text *out, const char *key, tw_role_mask mask, const char **before) {
    static const char *const names[TW_ROLE_COUNT] = {"Inputs", "Weights", "Outputs"};
    const char *comma = "";
    if (!mask)
        return;
    tw_text_add(out, "%s%s: [", *before, key);
    for (int r = 0; r < TW_ROLE_COUNT; r++)
        if (mask >> r & 1) {
            tw_text_add(out, "%s%s", comma, names[r]);
            comma = ", ";
        }
    tw_text_add(out, "]");
    *before = ", ";
}

static void add_attribute(tw_text *out, const char *name, double value) {
    char buffer[TW_DOUBLE_TEXT];
    tw_format_number(buffer, value);
    tw_text_add(out, ", %s: %s", name, buffer);
}

static void add_component(tw_text *out, const tw_hierarchy *arch, unsigned l) {
    const tw_level *level = &arch->levels[l];
    const char *before = "    constraints: {dataspace: {";
    const double bits = arch->word_bits[0], units = level->word_units[0];
    tw_text_add(out, "  - !Component\n    name: ");
    tw_yaml_text(out, level->name);
    tw_text_add(out, "\n    class: %s\n    attributes: {datawidth: %u, block_size: 1",
                level->bounded ? "storage" : "DRAM", arch->word_bits[0]);
    if (level->bounded)
        add_attribute(out, "entries",
                      units == 1 ? level->capacity_units[0]
                                 : (double)(uint64_t)(level->capacity_units[0] / bits));
    add_attribute(out, "vector_access_energy", level->read_pj[0]);
    if (level->bandwidth > 0)
        add_attribute(out, "shared_bandwidth", level->bandwidth);
    if (level->read_bandwidth > 0)
        add_attribute(out, "read_bandwidth", level->read_bandwidth);
    if (level->write_bandwidth > 0)
        add_attribute(out, "write_bandwidth", level->write_bandwidth);
    tw_text_add(out, "}\n");
    add_spaces(out, "keep", l ? level->must_keep : 0, &before);
    add_spaces(out, "bypass", TW_ALL_ROLES & ~level->may_keep, &before);
    tw_text_add(out, "%s", strcmp(before, ", ") == 0 ? "}}\n" : "");
    if (level->fanout.x * level->fanout.y > 1)
        tw_text_add(out,
                    "  - !Container\n    name: below_%u\n    spatial: {meshX: %llu, meshY: "
                    "%llu}\n",
                    l, (unsigned long long)level->fanout.x, (unsigned long long)level->fanout.y);
}

tw_status tw_timeloop_architecture_write(tw_text *out, const tw_accelerator *accelerator) {
    const tw_hierarchy *arch = &accelerator->hierarchy;
    if (accelerator->kind != TW_KIND_HIERARCHY || arch->level_count == 0)
        return tw_fail(out->ctx, TW_INVALID, NULL,
                       "only a hierarchy of storage levels can be "
                       "written as a Timeloop architecture");
    for (unsigned l = 0; l < arch->level_count; l++) {
        const char *why = level_obstacle(arch, &arch->levels[l]);
        if (why)
            return tw_fail(out->ctx, TW_INVALID, NULL,
                           "level %s cannot be written as Timeloop's: %s", arch->levels[l].name,
                           why);
        if (has_constraints(&arch->levels[l]))
            tw_diag(out->ctx, TW_SEVERITY_WARNING, NULL,
                    "the loop constraints of level %s are left out", arch->levels[l].name);
    }
    tw_text_add(out, "architecture:\n  version: 0.4\n  nodes:\n");
    for (unsigned l = 0; l < arch->level_count; l++)
        add_component(out, arch, l);
    tw_text_add(out,
                "  - !Component\n    name: mac\n    class: intmac\n    attributes: {datawidth: "
                "%u",
                arch->word_bits[0]);
    add_attribute(out, "energy_per_op", arch->mac_pj);
    tw_text_add(out, "}\n");
    return out->failed ? tw_out_of_memory(out->ctx) : TW_OK;
}
