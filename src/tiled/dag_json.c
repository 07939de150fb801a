/* Networks in the reference's JSON: used by tests and the reference check. */
#include <string.h>

#include "tiled/dag.h"

static const char *const kinds[] = {"ConvLayer", "FCLayer", "LocalRegionLayer", "PoolingLayer",
                                    "EltwiseLayer"};
enum { FIRST_LOCAL_REGION = 2, LARGEST = 1 << 20 };

static tw_status read_int(tw_ctx *ctx, const char *where, const json_t *object, const char *key,
                          int *out) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > LARGEST)
        return tw_fail(ctx, TW_INVALID, NULL, "%s: %s, expected a whole number from 1 to 2^20",
                       where, key);
    *out = (int)json_integer_value(value);
    return TW_OK;
}

static tw_status read_external(tw_ctx *ctx, tw_tiled_dag *dag, const char *name, const json_t *json,
                               tw_tiled_external *out) {
    out->name = tw_arena_strdup(&dag->arena, name);
    if (!out->name)
        return tw_out_of_memory(ctx);
    TW_TRY(read_int(ctx, name, json, "nofm", &out->channels));
    TW_TRY(read_int(ctx, name, json, "hofm", &out->rows));
    return read_int(ctx, name, json, "wofm", &out->columns);
}

static tw_status read_externals(tw_ctx *ctx, tw_tiled_dag *dag, const json_t *json) {
    const json_t *more = json_object_get(json, "ext_layers");
    dag->external_count = 1 + (unsigned)json_array_size(more);
    dag->externals = tw_arena_array(&dag->arena, dag->external_count, sizeof *dag->externals);
    if (!dag->externals)
        return tw_out_of_memory(ctx);
    TW_TRY(read_external(ctx, dag, "__INPUT__", json_object_get(json, "input"), dag->externals));
    for (unsigned e = 1; e < dag->external_count; e++) {
        const json_t *item = json_array_get(more, e - 1);
        const char *name = json_string_value(json_object_get(item, "name"));
        if (!name)
            return tw_fail(ctx, TW_INVALID, NULL, "external data without a name");
        TW_TRY(read_external(ctx, dag, name, item, &dag->externals[e]));
    }
    return TW_OK;
}

static tw_status find_source(tw_ctx *ctx, const tw_tiled_dag *dag, unsigned known,
                             const char *layer, const char *name, int *out) {
    for (unsigned i = 0; name && i < known; i++)
        if (strcmp(dag->layers[i].name, name) == 0) {
            *out = (int)i;
            return TW_OK;
        }
    for (unsigned e = 0; name && e < dag->external_count; e++)
        if (strcmp(dag->externals[e].name, name) == 0) {
            *out = -1 - (int)e;
            return TW_OK;
        }
    return tw_fail(ctx, TW_INVALID, NULL, "layer %s reads %s, expected an earlier layer", layer,
                   name ? name : "something without a name");
}

/* The layer of a JSON object with the parameters of the original's classes. */
static tw_status read_layer(tw_ctx *ctx, const char *name, const json_t *json,
                            tw_tiled_layer *out) {
    const char *type = json_string_value(json_object_get(json, "type"));
    size_t kind = 0;
    const size_t kind_count = sizeof kinds / sizeof *kinds;
    while (kind < kind_count && (!type || strcmp(kinds[kind], type) != 0))
        kind++;
    if (kind == kind_count)
        return tw_fail(ctx, TW_INVALID, NULL, "layer %s: unknown type %s", name,
                       type ? type : "(none)");
    const bool local = kind >= FIRST_LOCAL_REGION;
    int channels_out = 0;
    tw_dim2 size = {0, 0}, stride = {0, 0}, window = {0, 0};
    TW_TRY(read_int(ctx, name, json, "nofm", &channels_out));
    TW_TRY(read_int(ctx, name, json, "hofm", &size.h));
    TW_TRY(read_int(ctx, name, json, "wofm", &size.w));
    TW_TRY(read_int(ctx, name, json, "htrd", &stride.h));
    TW_TRY(read_int(ctx, name, json, "wtrd", &stride.w));
    TW_TRY(read_int(ctx, name, json, local ? "hreg" : "hfil", &window.h));
    TW_TRY(read_int(ctx, name, json, local ? "wreg" : "wfil", &window.w));
    if (!local) {
        int channels_in = 0;
        TW_TRY(read_int(ctx, name, json, "nifm", &channels_in));
        *out = tw_tiled_conv(channels_in, channels_out, size, window, stride);
        return TW_OK;
    }
    int region_channels = 0, channel_stride = 1;
    TW_TRY(read_int(ctx, name, json, "nreg", &region_channels));
    if (json_object_get(json, "ntrd"))
        TW_TRY(read_int(ctx, name, json, "ntrd", &channel_stride));
    if ((int64_t)channels_out * channel_stride > LARGEST)
        return tw_fail(ctx, TW_INVALID, NULL, "layer %s: too many input channels", name);
    *out =
        tw_tiled_local_region(channels_out, size, region_channels, window, channel_stride, stride);
    return TW_OK;
}

static tw_status read_node(tw_ctx *ctx, tw_tiled_dag *dag, unsigned index, const json_t *json) {
    tw_tiled_node *node = &dag->layers[index];
    const char *name = json_string_value(json_object_get(json, "name"));
    node->name = tw_arena_strdup(&dag->arena, name ? name : "(without a name)");
    if (!node->name)
        return tw_out_of_memory(ctx);
    TW_TRY(read_layer(ctx, node->name, json, &node->layer));
    const json_t *prevs = json_object_get(json, "prevs");
    node->prev_count = (unsigned)json_array_size(prevs);
    node->prevs = tw_arena_array(&dag->arena, node->prev_count, sizeof(int));
    if (!node->prevs)
        return tw_out_of_memory(ctx);
    for (unsigned p = 0; p < node->prev_count; p++)
        TW_TRY(find_source(ctx, dag, index, node->name, json_string_value(json_array_get(prevs, p)),
                           &node->prevs[p]));
    return TW_OK;
}

static tw_status read_network(tw_ctx *ctx, tw_tiled_dag *dag, const json_t *json) {
    const json_t *layers = json_object_get(json, "layers");
    dag->layer_count = (unsigned)json_array_size(layers);
    TW_TRY(read_externals(ctx, dag, json));
    dag->layers = tw_arena_array(&dag->arena, dag->layer_count, sizeof *dag->layers);
    if (!dag->layers)
        return tw_out_of_memory(ctx);
    for (unsigned i = 0; i < dag->layer_count; i++)
        TW_TRY(read_node(ctx, dag, i, json_array_get(layers, i)));
    return tw_tiled_dag_finish(ctx, dag);
}

tw_status tw_tiled_layer_from_json(tw_ctx *ctx, const json_t *json, tw_tiled_layer *out) {
    return read_layer(ctx, "layer", json, out);
}

tw_status tw_tiled_dag_from_json(tw_ctx *ctx, const char *name, const json_t *json,
                                 tw_tiled_dag **out) {
    *out = NULL;
    tw_tiled_dag *dag = tw_alloc(ctx, sizeof *dag);
    if (!dag)
        return tw_out_of_memory(ctx);
    tw_arena_init(&dag->arena, ctx);
    dag->name = tw_arena_strdup(&dag->arena, name);
    const tw_status status = dag->name ? read_network(ctx, dag, json) : tw_out_of_memory(ctx);
    if (status != TW_OK) {
        tw_tiled_dag_free(dag);
        return status;
    }
    *out = dag;
    return TW_OK;
}
