/* The whole network: layers in scheduling order, a beam of the best schemes after each. */
#include "tiled/schedule_cache.h"
#include "tiled/scheme.h"

tw_status tw_tiled_search_init(tw_ctx *ctx, const tw_tiled_dag *dag, int batch,
                               const tw_tiled_resource *resource, const tw_tiled_cost *cost,
                               const tw_tiled_options *options, tw_tiled_search *out) {
    *out = (tw_tiled_search){.ctx = ctx,
                             .dag = dag,
                             .batch = batch,
                             .resource = *resource,
                             .cost = *cost,
                             .options = *options};
    tw_arena_init(&out->arena, ctx);
    TW_TRY(tw_tiled_options_check(ctx, options));
    TW_TRY(tw_tiled_resource_check(ctx, resource));
    TW_TRY(tw_tiled_dag_check_batch(ctx, dag, batch));
    out->tops = tw_arena_array(&out->arena, dag->layer_count + 1, sizeof *out->tops);
    if (!out->tops)
        return tw_out_of_memory(ctx);
    return tw_schedule_cache_make(out);
}

void tw_tiled_search_free(tw_tiled_search *search) {
    if (!search->ctx)
        return;
    tw_schedule_cache_free(search);
    tw_arena_free(&search->arena);
    *search = (tw_tiled_search){0};
}

/* External data lie on the source region, all cut alike. */
static tw_status add_initial(tw_tiled_search *search, const tw_partition *part) {
    const tw_tiled_dag *dag = search->dag;
    tw_layout_piece *pieces = tw_arena_array(&search->arena, dag->external_count, sizeof *pieces);
    tw_scheme *scheme = tw_arena_alloc(&search->arena, sizeof *scheme);
    if (!pieces || !scheme)
        return tw_out_of_memory(search->ctx);
    const tw_partition projected = tw_partition_project(part, search->resource.src.dim);
    for (unsigned e = 0; e < dag->external_count; e++)
        pieces[e] =
            tw_layout_whole(search->batch, dag->externals[e].channels, dag->externals[e].rows,
                            dag->externals[e].columns, &search->resource.src, &projected);
    scheme->layer = -1;
    scheme->sequence[0] = -1;
    scheme->externals = pieces;
    return tw_scheme_list_add(search, &search->tops[0], scheme);
}

static tw_status make_initial(tw_tiled_search *search) {
    const tw_tiled_external *input = &search->dag->externals[0];
    const tw_dim2 size = {input->rows, input->columns}, one = {1, 1};
    const tw_partition_request request = {
        .layer = tw_tiled_local_region(input->channels, size, 1, one, 1, one),
        .data_only = true,
        .batch = search->batch,
        .nodes = search->resource.src.dim,
    };
    tw_partition *parts = NULL;
    unsigned count = 0;
    TW_TRY(tw_partitions(search->ctx, &search->arena, &request, &search->options, &parts, &count));
    for (unsigned p = 0; p < count; p++)
        TW_TRY(add_initial(search, &parts[p]));
    return TW_OK;
}

/* One layer as a segment of its own, on all nodes. */
static tw_status extend_all(tw_tiled_search *search, unsigned position, tw_scheme_list *out) {
    const int layer = search->dag->order[position];
    const tw_top_constraint free_top = {0, 0, 0};
    tw_tiled_resource resource = search->resource;
    resource.no_time_mux = search->dag->layer_count == 1;
    for (unsigned i = 0; i < search->tops[position].count; i++) {
        const tw_scheme *scheme = search->tops[position].items[i];
        const int sequence[3] = {scheme->sequence[0] + 1, 0, 0};
        const tw_layer_schedule *schedules = NULL;
        tw_layout inputs;
        unsigned count = 0;
        TW_TRY(tw_scheme_inputs(search, scheme, layer, &inputs));
        TW_TRY(tw_schedule_layer(search, layer, &resource, &free_top, &inputs, &schedules, &count));
        for (unsigned k = 0; k < count; k++) {
            const tw_scheme *extended = NULL;
            TW_TRY(tw_scheme_extend(search, scheme, layer, sequence, &schedules[k], &extended));
            TW_TRY(tw_scheme_list_add(search, out, extended));
        }
    }
    return TW_OK;
}

tw_status tw_tiled_search_run(tw_tiled_search *search, const tw_scheme **out) {
    const tw_tiled_dag *dag = search->dag;
    *out = NULL;
    TW_TRY(make_initial(search));
    for (unsigned i = 0; i < dag->layer_count; i++) {
        tw_scheme_list *list = &search->tops[i + 1];
        if (tw_is_cancelled(search->ctx))
            return TW_CANCELLED;
        TW_TRY(extend_all(search, i, list));
        TW_TRY(tw_segment_candidates(search, i, list));
        tw_scheme_list_select(search, list);
    }
    const tw_scheme_list *last = &search->tops[dag->layer_count];
    if (last->count)
        *out = last->items[0];
    return TW_OK;
}

void tw_tiled_search_counts(const tw_tiled_search *search, uint64_t *hits, uint64_t *misses) {
    *hits = search->cache->blockings.hits;
    *misses = search->cache->blockings.count;
}

const char *tw_tiled_search_reason(tw_tiled_search *search) {
    const tw_tiled_dag *dag = search->dag;
    for (unsigned i = 0; i < dag->layer_count; i++) {
        if (search->tops[i + 1].count)
            continue;
        const tw_tiled_node *node = &dag->layers[dag->order[i]];
        const char *text = tw_arena_printf(
            &search->arena,
            "layer %s fits with no blocking into global buffers of %lld words and register files "
            "of "
            "%lld words (windows of %d columns take %d words of a register file)",
            node->name, (long long)search->resource.gbuf_words,
            (long long)search->resource.regf_words, node->layer.window_columns,
            node->layer.window_columns * (tw_tiled_has_filters(&node->layer) ? 2 : 1) + 1);
        return text ? text : "";
    }
    return "";
}
