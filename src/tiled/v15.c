/* The search over a network: a beam of schemes, layer by layer. */
#include "tiled/v15.h"

#include <math.h>
#include <string.h>

#include "tiled/v15_schedule.h"

/* The layers up to one, and their best schedules. */
typedef struct scheme {
    const struct scheme *before; /* NULL: only the input */
    const tw_layout_piece *outputs;
    const tw_v15_schedule *schedule;
    double total_cost;
    int64_t total_time;
} scheme;

typedef struct {
    const tw_v15_network *network;
    tw_v15_scheduler scheduler;
    uint64_t calls, distinct;
} search;

tw_tiled_resource tw_v15_resource(tw_dim2 nodes, tw_dim2 array, int64_t gbuf_words,
                                  int64_t regf_words, tw_tiled_memory memory) {
    tw_tiled_resource r =
        tw_tiled_resource_make(nodes, array, gbuf_words, regf_words, 0, INFINITY, TW_MEMORY_3D);
    if (memory == TW_MEMORY_2D) {
        const tw_dim2 column = {nodes.h, 1}, unit = {1, 1};
        r.src = tw_region_make(column, (tw_dim2){0, 0}, unit, TW_REGION_DRAM);
        r.dst = tw_region_make(column, (tw_dim2){0, nodes.w - 1}, unit, TW_REGION_DRAM);
    }
    return r;
}

/* The outputs of layer `target` in a scheme whose last layer is `last`; -1 is the input. */
static const tw_layout_piece *outputs_of(const scheme *chain, int last, int target) {
    for (; last > target; last--)
        chain = chain->before;
    return chain->outputs;
}

/* What the layer reads, seen in the memory that inputs come from. */
static tw_status gather_inputs(search *s, const scheme *chain, int index,
                               tw_v15_layer_answer *asked) {
    const tw_v15_layer *layer = &s->network->layers[index];
    tw_layout_piece *pieces = tw_arena_array(s->scheduler.arena, layer->prev_count, sizeof *pieces);
    if (!pieces)
        return tw_out_of_memory(s->scheduler.ctx);
    int channel = 0;
    for (unsigned p = 0; p < layer->prev_count; p++) {
        pieces[p] = *outputs_of(chain, index - 1, layer->prevs[p]);
        pieces[p].region.origin = s->scheduler.resource->src.origin;
        tw_fmap_range *range = &pieces[p].range;
        const int channels = range->hi[TW_AXIS_CHANNEL];
        if (!layer->sums_inputs) {
            range->lo[TW_AXIS_CHANNEL] += channel;
            range->hi[TW_AXIS_CHANNEL] += channel;
            channel += channels;
        }
    }
    *asked = (tw_v15_layer_answer){.layer = layer->layer,
                                   .sums_inputs = layer->sums_inputs,
                                   .piece_count = layer->prev_count,
                                   .pieces = pieces};
    return TW_OK;
}

static void keep_scheme(scheme *beam, unsigned *count, unsigned limit, const scheme *candidate) {
    if (*count == limit && candidate->total_cost >= beam[limit - 1].total_cost)
        return;
    unsigned i = *count < limit ? (*count)++ : limit - 1;
    for (; i > 0 && beam[i - 1].total_cost > candidate->total_cost; i--)
        beam[i] = beam[i - 1];
    beam[i] = *candidate;
}

/* The original's count of how often it looks for schedules of a node: once per scheme and cut. */
static tw_status count_calls(search *s, int index, unsigned schemes) {
    const tw_partition_request request = {s->network->layers[index].layer, false,
                                          s->scheduler.batch, s->scheduler.resource->proc.dim};
    tw_partition *parts;
    unsigned count = 0;
    TW_TRY(tw_partitions(s->scheduler.ctx, s->scheduler.arena, &request, s->scheduler.options,
                         &parts, &count));
    s->calls += (uint64_t)count * schemes;
    for (int i = 0; i < index; i++)
        if (memcmp(&s->network->layers[i].layer, &request.layer, sizeof request.layer) == 0)
            return TW_OK;
    s->distinct += count;
    return TW_OK;
}

static tw_status extend_beam(search *s, int index, const scheme *beam, unsigned count, scheme **out,
                             unsigned *out_count) {
    const tw_v15_layer *layer = &s->network->layers[index];
    scheme *next = tw_arena_array(s->scheduler.arena, s->scheduler.options->top, sizeof *next);
    if (!next)
        return tw_out_of_memory(s->scheduler.ctx);
    *out_count = 0;
    for (unsigned b = 0; b < count; b++) {
        tw_v15_layer_answer answer;
        TW_TRY(gather_inputs(s, &beam[b], index, &answer));
        TW_TRY(tw_v15_schedule_layer(&s->scheduler, layer, &answer));
        for (unsigned i = 0; i < answer.count; i++) {
            const tw_v15_schedule *schedule = &answer.schedules[i];
            const scheme extended = {
                .before = &beam[b],
                .outputs = &schedule->outputs,
                .schedule = schedule,
                .total_cost = beam[b].total_cost + tw_v15_schedule_cost(schedule),
                .total_time = beam[b].total_time + schedule->blocking.time,
            };
            keep_scheme(next, out_count, s->scheduler.options->top, &extended);
        }
    }
    *out = next;
    return count_calls(s, index, count);
}

/* One scheme for every cut of the input over the memory. */
static tw_status begin_beam(search *s, scheme **out, unsigned *count) {
    const tw_tiled_external *input = &s->network->input;
    const tw_dim2 size = {input->rows, input->columns}, one = {1, 1};
    const tw_partition_request request = {
        tw_tiled_local_region(input->channels, size, 1, one, 1, one), true, s->scheduler.batch,
        s->scheduler.resource->dst.dim};
    tw_partition *parts;
    TW_TRY(tw_partitions(s->scheduler.ctx, s->scheduler.arena, &request, s->scheduler.options,
                         &parts, count));
    scheme *beam = tw_arena_array(s->scheduler.arena, *count, sizeof *beam);
    tw_layout_piece *layouts = tw_arena_array(s->scheduler.arena, *count, sizeof *layouts);
    if (!beam || !layouts)
        return tw_out_of_memory(s->scheduler.ctx);
    for (unsigned i = 0; i < *count; i++) {
        layouts[i] =
            tw_v15_lay_out(&s->scheduler, input->channels, input->rows, input->columns, &parts[i]);
        beam[i].outputs = &layouts[i];
    }
    *out = beam;
    return TW_OK;
}

static tw_status no_schedule(search *s, int index) {
    return tw_fail(s->scheduler.ctx, TW_INFEASIBLE, NULL,
                   "no valid dataflow: layer %s fits with no blocking into global buffers of %lld "
                   "words and register files of %lld words",
                   s->network->layers[index].name, (long long)s->scheduler.resource->gbuf_words,
                   (long long)s->scheduler.resource->regf_words);
}

static tw_status run(search *s, tw_v15_result *result) {
    scheme *beam = NULL;
    unsigned count = 0;
    TW_TRY(begin_beam(s, &beam, &count));
    const int layer_count = (int)s->network->layer_count;
    for (int i = 0; i < layer_count; i++) {
        if (tw_is_cancelled(s->scheduler.ctx))
            return TW_CANCELLED;
        TW_TRY(extend_beam(s, i, beam, count, &beam, &count));
        if (count == 0)
            return no_schedule(s, i);
    }
    result->layers =
        tw_arena_array(s->scheduler.arena, s->network->layer_count, sizeof *result->layers);
    if (!result->layers)
        return tw_out_of_memory(s->scheduler.ctx);
    result->total_cost = beam->total_cost;
    result->total_time = beam->total_time;
    result->cache_misses = s->distinct;
    result->cache_hits = s->calls - s->distinct;
    const scheme *at = beam;
    for (int i = layer_count - 1; i >= 0; i--, at = at->before)
        result->layers[i] = at->schedule;
    return TW_OK;
}

tw_status tw_v15_search(tw_ctx *ctx, const tw_v15_network *network, int batch,
                        const tw_tiled_resource *resource, const tw_tiled_cost *cost,
                        const tw_tiled_options *options, tw_v15_result **out) {
    *out = NULL;
    tw_v15_result *result = tw_alloc(ctx, sizeof *result);
    if (!result)
        return tw_out_of_memory(ctx);
    tw_arena_init(&result->arena, ctx);
    result->network = network;
    search s = {
        .network = network,
        .scheduler = {.ctx = ctx,
                      .arena = &result->arena,
                      .batch = batch,
                      .resource = resource,
                      .cost = cost,
                      .options = options},
    };
    const tw_status status = run(&s, result);
    if (status == TW_OK)
        *out = result;
    else
        tw_v15_result_free(result);
    return status;
}

void tw_v15_result_free(tw_v15_result *result) {
    if (!result)
        return;
    tw_ctx *ctx = result->arena.ctx;
    tw_arena_free(&result->arena);
    tw_free(ctx, result);
}
