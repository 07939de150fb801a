#include "report/foreign.h"

#include <ctype.h>

#include "report/native_yaml.h"

void tw_foreign_name(tw_text *out, const char *name) {
    for (const char *c = name; *c; c++) {
        const bool good = isalnum((unsigned char)*c) || *c == '_' || *c == '-' || *c == '.';
        tw_text_add_bytes(out, good ? c : "_", 1);
    }
}

tw_status tw_foreign_leave_out(tw_text *out, const tw_layer *layer, bool strict, const char *format,
                               const char *why) {
    if (strict)
        return tw_fail(out->ctx, TW_INVALID, NULL, "layer %s cannot be written as %s: %s",
                       layer->name, format, why);
    tw_diag(out->ctx, TW_SEVERITY_WARNING, NULL, "layer %s is left out of the %s file: %s",
            layer->name, format, why);
    return TW_OK;
}

static unsigned long long size_of(const tw_layer *layer, tw_dim dim) {
    return (unsigned long long)layer->problem.extent[dim];
}

static bool is_op(const tw_layer *layer, const char *name) {
    return layer->problem.operation == tw_operation_by_name(name);
}

static tw_status finish(const tw_text *out) {
    return out->failed ? tw_out_of_memory(out->ctx) : TW_OK;
}

/* ---- SCALE-Sim --------------------------------------------------------------------------------
 */

/* NULL when a row of the topology says the layer exactly. */
static const char *scalesim_obstacle(const tw_layer *layer) {
    const tw_problem *p = &layer->problem;
    if (layer->repeat > TW_FOREIGN_MOST_REPEATS)
        return "it runs more than 1024 times";
    if (is_op(layer, "gemm"))
        return NULL;
    if (!is_op(layer, "conv"))
        return "only convolutions and matrix products are known there";
    if (p->extent[TW_DIM_G] > 1)
        return "groups are not known there";
    if (p->extent[TW_DIM_B] > 1)
        return "a batch is not known there";
    if (p->dilation[0] > 1 || p->dilation[1] > 1)
        return "dilation is not known there";
    return p->stride[0] != p->stride[1] ? "one stride serves both directions there" : NULL;
}

/* A matrix product is a 1 x 1 convolution over an input of one column. */
static void scalesim_row(tw_text *out, const tw_layer *layer, uint64_t time) {
    const tw_problem *p = &layer->problem;
    const bool gemm = is_op(layer, "gemm");
    const uint64_t rows =
        gemm ? p->extent[TW_DIM_B] : (p->extent[TW_DIM_P] - 1) * p->stride[0] + p->extent[TW_DIM_R];
    const uint64_t columns = (p->extent[TW_DIM_Q] - 1) * p->stride[1] + p->extent[TW_DIM_S];
    tw_foreign_name(out, layer->name);
    if (layer->repeat > 1)
        tw_text_add(out, "_%llu", (unsigned long long)time + 1);
    tw_text_add(out, ", %llu, %llu, %llu, %llu, %llu, %llu, %llu,\n", (unsigned long long)rows,
                (unsigned long long)columns, size_of(layer, TW_DIM_R), size_of(layer, TW_DIM_S),
                size_of(layer, TW_DIM_C), size_of(layer, TW_DIM_K),
                (unsigned long long)p->stride[0]);
}

tw_status tw_scalesim_write(tw_text *out, const tw_network *network, bool strict) {
    tw_text_add(out,
                "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, "
                "Num Filter, Strides,\n");
    for (size_t i = 0; i < network->layer_count; i++) {
        const tw_layer *layer = &network->layers[i];
        const char *why = scalesim_obstacle(layer);
        if (why)
            TW_TRY(tw_foreign_leave_out(out, layer, strict, "SCALE-Sim", why));
        for (uint64_t time = 0; !why && time < layer->repeat; time++)
            scalesim_row(out, layer, time);
    }
    return finish(out);
}

/* ---- ZigZag ---------------------------------------------------------------------------------- */

typedef struct {
    const char *operation, *type, *equation, *equation_grouped;
    const char *loops; /* ours, in the order written */
    const char *names; /* theirs, two letters each */
    bool window;
} zigzag_form;

static const zigzag_form zigzag_forms[] = {
    {"conv", "Conv", "O[b][k][oy][ox]+=W[k][c][fy][fx]*I[b][c][iy][ix]",
     "O[b][g][k][oy][ox]+=W[g][k][c][fy][fx]*I[b][g][c][iy][ix]", "BKCPQRS", "B K C OYOXFYFX",
     true},
    {"gemm", "Gemm", "O[b][k]+=I[b][c]*W[c][k]", NULL, "BKC", "B K C ", false},
    {"bmm", "MatMul", "O[b][k]+=I[b][c]*W[c][k]", "O[g][b][k]+=I[g][b][c]*W[g][c][k]", "BKC",
     "B K C ", false},
    {"pool", "Pooling", "O[b][g][oy][ox]+=W[fx][fy]*I[b][g][iy][ix]", NULL, "BKPQRS",
     "B G OYOXFYFX", true},
    {"eltwise", "Add", "O[b][g][oy][ox]=W[b][g][oy][ox]+I[b][g][oy][ox]", NULL, "BKPQ", "B G OYOX",
     false},
};

static const zigzag_form *zigzag_form_of(const tw_layer *layer) {
    for (size_t i = 0; i < sizeof zigzag_forms / sizeof *zigzag_forms; i++)
        if (is_op(layer, zigzag_forms[i].operation))
            return &zigzag_forms[i];
    return NULL;
}

static void zigzag_loops(tw_text *out, const zigzag_form *form, const tw_layer *layer,
                         bool grouped) {
    tw_text_add(out, "  loop_dims: [");
    for (size_t i = 0; form->loops[i]; i++)
        tw_text_add(out, "%s%.*s", i ? ", " : "", form->names[2 * i + 1] == ' ' ? 1 : 2,
                    form->names + 2 * i);
    tw_text_add(out, "%s]\n  loop_sizes: [", grouped ? ", G" : "");
    for (size_t i = 0; form->loops[i]; i++) {
        const char name[2] = {form->loops[i], '\0'};
        tw_text_add(out, "%s%llu", i ? ", " : "", size_of(layer, (tw_dim)tw_dim_by_name(name)));
    }
    if (grouped)
        tw_text_add(out, ", %llu", size_of(layer, TW_DIM_G));
    tw_text_add(out, "]\n");
}

/* What the operands I and W come from: a layer's last id, or the layer itself (constants). */
static void zigzag_sources(tw_text *out, const tw_layer *layer, const uint64_t *ids, uint64_t id) {
    const bool two = is_op(layer, "bmm") || is_op(layer, "eltwise");
    uint64_t from[2] = {id, id};
    for (unsigned i = 0; i < layer->source_count && i < (two ? 2u : 1u); i++)
        if (layer->sources[i] >= 0 && ids[layer->sources[i]] != UINT64_MAX)
            from[i] = ids[layer->sources[i]];
    tw_text_add(out, "  operand_source: {I: %llu, W: %llu}\n", (unsigned long long)from[0],
                (unsigned long long)from[1]);
}

static const char *zigzag_obstacle(const tw_layer *layer) {
    if (layer->repeat > TW_FOREIGN_MOST_REPEATS)
        return "it runs more than 1024 times";
    if (layer->problem.tensor_count > 3)
        return "an addition has two operands there";
    return zigzag_form_of(layer) ? NULL : "the operation is not known there";
}

static void zigzag_layer(tw_text *out, const tw_layer *layer, const uint64_t *ids, uint64_t id) {
    const zigzag_form *form = zigzag_form_of(layer);
    const tw_problem *p = &layer->problem;
    const bool grouped = form->equation_grouped && p->extent[TW_DIM_G] > 1;
    const bool alone = is_op(layer, "eltwise") && p->tensor_count == 2;
    tw_text_add(out, "- id: %llu\n  name: ", (unsigned long long)id);
    tw_yaml_text(out, layer->name);
    tw_text_add(out, "\n  operator_type: %s\n  equation: %s\n", form->type,
                alone     ? "O[b][g][oy][ox]=I[b][g][oy][ox]"
                : grouped ? form->equation_grouped
                          : form->equation);
    if (form->window)
        tw_text_add(out, "  dimension_relations: [ix=%llu*ox+%llu*fx, iy=%llu*oy+%llu*fy]\n",
                    (unsigned long long)p->stride[1], (unsigned long long)p->dilation[1],
                    (unsigned long long)p->stride[0], (unsigned long long)p->dilation[0]);
    else
        tw_text_add(out, "  dimension_relations: []\n");
    zigzag_loops(out, form, layer, grouped);
    tw_text_add(out, "  operand_precision: {W: %d, I: 8, O: 16, O_final: 8}\n",
                is_op(layer, "pool") ? 0 : 8);
    zigzag_sources(out, layer, ids, id);
}

tw_status tw_zigzag_write(tw_text *out, const tw_network *network, bool strict) {
    uint64_t *ids = tw_alloc_array(out->ctx, network->layer_count, sizeof *ids), next = 0;
    tw_status status = ids ? TW_OK : tw_out_of_memory(out->ctx);
    for (size_t i = 0; status == TW_OK && i < network->layer_count; i++)
        ids[i] = UINT64_MAX;
    for (size_t i = 0; status == TW_OK && i < network->layer_count; i++) {
        const tw_layer *layer = &network->layers[i];
        const char *why = zigzag_obstacle(layer);
        if (why)
            status = tw_foreign_leave_out(out, layer, strict, "ZigZag", why);
        for (uint64_t time = 0; !why && time < layer->repeat; time++)
            zigzag_layer(out, layer, ids, next + time);
        if (!why) {
            next += layer->repeat;
            ids[i] = next - 1;
        }
    }
    tw_free(out->ctx, ids);
    return status == TW_OK ? finish(out) : status;
}
