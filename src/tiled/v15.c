#include "tiled/v15.h"

#include <math.h>
#include <string.h>

#include "tiled/v15_blocking.h"
#include "tiled/v15_hops.h"

/* Blockings of what one node does, found once for equal parts of layers. */
typedef struct {
    tw_tiled_layer layer;
    int batch;
    double occupancy;
    unsigned count;
    const tw_blocking *blockings;
    const double *costs;
} node_answer;

/* Schedules of a layer with these inputs. */
typedef struct {
    tw_tiled_layer layer;
    bool sums_inputs;
    unsigned piece_count, count;
    const tw_layout_piece *pieces;
    const tw_v15_schedule *schedules;
} layer_answer;

/* The layers up to one, and their best schedules. */
typedef struct scheme {
    const struct scheme *before; /* NULL: only the input */
    const tw_layout_piece *outputs;
    const tw_v15_schedule *schedule;
    double total_cost;
    int64_t total_time;
} scheme;

typedef struct {
    tw_ctx *ctx;
    tw_arena *arena;
    const tw_v15_network *network;
    int batch;
    const tw_tiled_resource *resource;
    const tw_tiled_cost *cost;
    const tw_tiled_options *options;
    node_answer *nodes;
    layer_answer *layers;
    unsigned node_count, node_capacity, layer_count, layer_capacity;
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

/* Room for one more entry of a list in the arena. */
static void *grow(tw_arena *arena, void *list, unsigned count, unsigned *capacity, size_t size) {
    if (count < *capacity)
        return list;
    const unsigned longer = *capacity ? 2 * *capacity : 16;
    void *grown = tw_arena_array(arena, longer, size);
    if (grown && count)
        memcpy(grown, list, count * size);
    if (grown)
        *capacity = longer;
    return grown;
}

static tw_status infeasible(search *s, const tw_v15_layer *layer, const char *reason) {
    return tw_fail(s->ctx, TW_INFEASIBLE, NULL, "layer %s: %s", layer->name, reason);
}

/* The solver's choices: one for each category that may be the only one in the buffer. */
static tw_status solve_nest(search *s, const tw_v15_layer *layer,
                            const tw_v15_blocking_context *context, const tw_nested_loop *nest,
                            tw_blocking *out, double *costs, unsigned *found) {
    *found = 0;
    for (int reside = 0; reside < TW_DATAS; reside++) {
        bool others_bypass = true;
        for (int d = 0; d < TW_DATAS; d++)
            others_bypass &= d == reside || s->options->gbuf_bypass[d];
        if (!others_bypass)
            continue;
        tw_loop_split split;
        const tw_solved solved = tw_blocking_solve(
            nest, s->resource->gbuf_words, s->resource->regf_words, (tw_data)reside, &split);
        if (solved != TW_SOLVED)
            return infeasible(s, layer,
                              solved == TW_SOLVER_GBUF_TOO_SMALL
                                  ? "the solver finds no tile that fits buffer and register file"
                                  : "the register file is too small for the solver's tiles");
        tw_v15_blocking_evaluate(context, nest, &split, &out[*found], &costs[*found]);
        *found += out[*found].valid;
    }
    return TW_OK;
}

static tw_status block_node(search *s, const tw_v15_layer *layer, node_answer *answer) {
    tw_nested_loop nests[TW_MAX_NESTS];
    tw_array_mapping mapping;
    char reason[160];
    if (!tw_array_map_v15(&answer->layer, answer->batch, s->resource->array, nests, &mapping,
                          reason))
        return infeasible(s, layer, reason);
    const tw_v15_blocking_context context = {s->resource, s->cost, s->options, answer->occupancy,
                                             tw_dim2_size(s->resource->proc.dim)};
    const unsigned most = s->options->top > TW_DATAS ? s->options->top : TW_DATAS;
    tw_blocking *blockings =
        tw_arena_array(s->arena, (size_t)most * mapping.nest_count, sizeof *blockings);
    double *costs = tw_arena_array(s->arena, (size_t)most * mapping.nest_count, sizeof *costs);
    if (!blockings || !costs)
        return tw_out_of_memory(s->ctx);
    for (unsigned n = 0; n < mapping.nest_count; n++) {
        unsigned found = 0;
        if (s->options->solve_loopblocking && nests[n].conv)
            TW_TRY(solve_nest(s, layer, &context, &nests[n], blockings + answer->count,
                              costs + answer->count, &found));
        else
            TW_TRY(tw_v15_blocking_search(s->ctx, &context, &nests[n], blockings + answer->count,
                                          costs + answer->count, &found));
        answer->count += found;
    }
    answer->blockings = blockings;
    answer->costs = costs;
    return TW_OK;
}

static tw_status find_node_answer(search *s, const tw_v15_layer *layer, const tw_partition *part,
                                  const node_answer **out) {
    node_answer asked = {.count = 0};
    tw_partition_layer(part, &layer->layer, s->batch, &asked.layer, &asked.batch, &asked.occupancy);
    for (unsigned i = 0; i < s->node_count; i++) {
        const node_answer *known = &s->nodes[i];
        if (known->batch == asked.batch && known->occupancy == asked.occupancy &&
            memcmp(&known->layer, &asked.layer, sizeof asked.layer) == 0) {
            *out = known;
            return TW_OK;
        }
    }
    TW_TRY(block_node(s, layer, &asked));
    node_answer *list = grow(s->arena, s->nodes, s->node_count, &s->node_capacity, sizeof *list);
    if (!list)
        return tw_out_of_memory(s->ctx);
    s->nodes = list;
    list[s->node_count] = asked;
    *out = &list[s->node_count++];
    return TW_OK;
}

/* A partition on the memory region that outputs go to: as the current one, except that pieces
 * multiply in the outermost parallelism of feature maps. */
static tw_partition project(const tw_partition *part, tw_dim2 region) {
    tw_dim2 pieces = {1, 1};
    for (int p = 0; p < TW_PAR_INPP; p++) {
        pieces.h *= part->pdims[p].h;
        pieces.w *= part->pdims[p].w;
    }
    const tw_dim2 shrunk = {region.h > pieces.h ? pieces.h : region.h,
                            region.w > pieces.w ? pieces.w : region.w};
    tw_partition out = tw_partition_project(part, shrunk);
    const int top = part->order[0] == TW_PAR_INPP ? part->order[1] : part->order[0];
    if (region.h > pieces.h)
        out.pdims[top].h *= region.h / pieces.h;
    if (region.w > pieces.w)
        out.pdims[top].w *= region.w / pieces.w;
    return out;
}

static tw_layout_piece lay_out(const search *s, int channels, int rows, int columns,
                               const tw_partition *part) {
    const tw_partition projected = project(part, s->resource->dst.dim);
    return tw_layout_whole(s->batch, channels, rows, columns, &s->resource->dst, &projected);
}

static double schedule_cost(const tw_v15_schedule *schedule) {
    return schedule->loop_cost + schedule->part_cost;
}

/* The cheapest few, ascending, equal ones in the order they came. */
static void keep(tw_v15_schedule *best, unsigned *count, unsigned limit,
                 const tw_v15_schedule *schedule) {
    const double cost = schedule_cost(schedule);
    if (*count == limit && cost >= schedule_cost(&best[limit - 1]))
        return;
    unsigned i = *count < limit ? (*count)++ : limit - 1;
    for (; i > 0 && schedule_cost(&best[i - 1]) > cost; i--)
        best[i] = best[i - 1];
    best[i] = *schedule;
}

static tw_status schedule_part(search *s, const tw_v15_layer *layer, const tw_partition *part,
                               const tw_v15_hop_request *hops, tw_v15_block *scratch,
                               layer_answer *answer, tw_v15_schedule *best) {
    const node_answer *node = NULL;
    TW_TRY(find_node_answer(s, layer, part, &node));
    if (node->count == 0)
        return TW_OK;
    const tw_tiled_layer *l = &layer->layer;
    tw_v15_schedule schedule = {
        .part = *part,
        .outputs = lay_out(s, l->channels_out, l->rows_out, l->columns_out, part),
        .occupancy = node->occupancy,
        .nodes = tw_partition_size(part),
    };
    tw_v15_hops(hops, part, &schedule.outputs, scratch, schedule.unit_nhops);
    for (unsigned i = 0; i < node->count; i++) {
        int64_t total = 0;
        schedule.blocking = node->blockings[i];
        schedule.loop_cost = node->costs[i];
        for (int d = 0; d < TW_DATAS; d++) {
            schedule.total_nhops[d] = schedule.unit_nhops[d] * schedule.blocking.fetch[0][d];
            total += schedule.total_nhops[d];
        }
        schedule.part_cost = s->cost->noc_hop * (double)total;
        keep(best, &answer->count, s->options->top, &schedule);
    }
    return TW_OK;
}

static size_t piece_parts(const layer_answer *answer) {
    size_t parts = 0;
    for (unsigned i = 0; i < answer->piece_count; i++)
        parts += (size_t)tw_partition_size(&answer->pieces[i].part);
    return parts;
}

static tw_status schedule_layer(search *s, const tw_v15_layer *layer, layer_answer *answer) {
    const tw_partition_request request = {layer->layer, false, s->batch, s->resource->proc.dim};
    tw_partition *parts = NULL;
    unsigned part_count = 0, block_count = 0;
    TW_TRY(tw_partitions(s->ctx, s->arena, &request, s->options, &parts, &part_count));
    const size_t memory_nodes = (size_t)tw_dim2_size(s->resource->dst.dim);
    tw_v15_block *blocks = tw_arena_array(s->arena, piece_parts(answer), sizeof *blocks);
    tw_v15_block *scratch = tw_arena_array(s->arena, memory_nodes, sizeof *scratch);
    tw_v15_schedule *best = tw_arena_array(s->arena, s->options->top, sizeof *best);
    if (!blocks || !scratch || !best)
        return tw_out_of_memory(s->ctx);
    for (unsigned i = 0; i < answer->piece_count; i++)
        block_count += tw_v15_blocks(&answer->pieces[i], blocks + block_count);
    const tw_v15_hop_request hops = {&layer->layer, s->batch, s->resource, blocks, block_count};
    for (unsigned i = 0; i < part_count; i++)
        TW_TRY(schedule_part(s, layer, &parts[i], &hops, scratch, answer, best));
    answer->schedules = best;
    return TW_OK;
}

static bool same_question(const layer_answer *a, const layer_answer *b) {
    return memcmp(&a->layer, &b->layer, sizeof a->layer) == 0 && a->sums_inputs == b->sums_inputs &&
           a->piece_count == b->piece_count &&
           memcmp(a->pieces, b->pieces, a->piece_count * sizeof *a->pieces) == 0;
}

static tw_status find_layer_answer(search *s, const tw_v15_layer *layer, layer_answer *asked) {
    for (unsigned i = 0; i < s->layer_count; i++)
        if (same_question(&s->layers[i], asked)) {
            *asked = s->layers[i];
            return TW_OK;
        }
    TW_TRY(schedule_layer(s, layer, asked));
    layer_answer *list =
        grow(s->arena, s->layers, s->layer_count, &s->layer_capacity, sizeof *list);
    if (!list)
        return tw_out_of_memory(s->ctx);
    s->layers = list;
    list[s->layer_count++] = *asked;
    return TW_OK;
}

/* The outputs of layer `target` in a scheme whose last layer is `last`; -1 is the input. */
static const tw_layout_piece *outputs_of(const scheme *chain, int last, int target) {
    for (; last > target; last--)
        chain = chain->before;
    return chain->outputs;
}

/* What the layer reads, seen in the memory that inputs come from. */
static tw_status gather_inputs(search *s, const scheme *chain, int index, layer_answer *asked) {
    const tw_v15_layer *layer = &s->network->layers[index];
    tw_layout_piece *pieces = tw_arena_array(s->arena, layer->prev_count, sizeof *pieces);
    if (!pieces)
        return tw_out_of_memory(s->ctx);
    int channel = 0;
    for (unsigned p = 0; p < layer->prev_count; p++) {
        pieces[p] = *outputs_of(chain, index - 1, layer->prevs[p]);
        pieces[p].region.origin = s->resource->src.origin;
        tw_fmap_range *range = &pieces[p].range;
        const int channels = range->hi[TW_AXIS_CHANNEL];
        if (!layer->sums_inputs) {
            range->lo[TW_AXIS_CHANNEL] += channel;
            range->hi[TW_AXIS_CHANNEL] += channel;
            channel += channels;
        }
    }
    *asked = (layer_answer){.layer = layer->layer,
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
    const tw_partition_request request = {s->network->layers[index].layer, false, s->batch,
                                          s->resource->proc.dim};
    tw_partition *parts;
    unsigned count = 0;
    TW_TRY(tw_partitions(s->ctx, s->arena, &request, s->options, &parts, &count));
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
    scheme *next = tw_arena_array(s->arena, s->options->top, sizeof *next);
    if (!next)
        return tw_out_of_memory(s->ctx);
    *out_count = 0;
    for (unsigned b = 0; b < count; b++) {
        layer_answer answer;
        TW_TRY(gather_inputs(s, &beam[b], index, &answer));
        TW_TRY(find_layer_answer(s, layer, &answer));
        for (unsigned i = 0; i < answer.count; i++) {
            const tw_v15_schedule *schedule = &answer.schedules[i];
            const scheme extended = {
                .before = &beam[b],
                .outputs = &schedule->outputs,
                .schedule = schedule,
                .total_cost = beam[b].total_cost + schedule_cost(schedule),
                .total_time = beam[b].total_time + schedule->blocking.time,
            };
            keep_scheme(next, out_count, s->options->top, &extended);
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
        tw_tiled_local_region(input->channels, size, 1, one, 1, one), true, s->batch,
        s->resource->dst.dim};
    tw_partition *parts;
    TW_TRY(tw_partitions(s->ctx, s->arena, &request, s->options, &parts, count));
    scheme *beam = tw_arena_array(s->arena, *count, sizeof *beam);
    tw_layout_piece *layouts = tw_arena_array(s->arena, *count, sizeof *layouts);
    if (!beam || !layouts)
        return tw_out_of_memory(s->ctx);
    for (unsigned i = 0; i < *count; i++) {
        layouts[i] = lay_out(s, input->channels, input->rows, input->columns, &parts[i]);
        beam[i].outputs = &layouts[i];
    }
    *out = beam;
    return TW_OK;
}

static tw_status no_schedule(search *s, int index) {
    return tw_fail(s->ctx, TW_INFEASIBLE, NULL,
                   "no valid dataflow: layer %s fits with no blocking into global buffers of %lld "
                   "words and register files of %lld words",
                   s->network->layers[index].name, (long long)s->resource->gbuf_words,
                   (long long)s->resource->regf_words);
}

static tw_status run(search *s, tw_v15_result *result) {
    scheme *beam = NULL;
    unsigned count = 0;
    TW_TRY(begin_beam(s, &beam, &count));
    const int layer_count = (int)s->network->layer_count;
    for (int i = 0; i < layer_count; i++) {
        if (tw_is_cancelled(s->ctx))
            return TW_CANCELLED;
        TW_TRY(extend_beam(s, i, beam, count, &beam, &count));
        if (count == 0)
            return no_schedule(s, i);
    }
    result->layers = tw_arena_array(s->arena, s->network->layer_count, sizeof *result->layers);
    if (!result->layers)
        return tw_out_of_memory(s->ctx);
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
        .ctx = ctx,
        .arena = &result->arena,
        .network = network,
        .batch = batch,
        .resource = resource,
        .cost = cost,
        .options = options,
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
