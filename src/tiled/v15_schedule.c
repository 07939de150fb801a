#include "tiled/v15_schedule.h"

#include <string.h>

#include "tiled/v15_blocking.h"
#include "tiled/v15_hops.h"

/* Blockings of what one node does, found once for equal parts of layers. */
struct tw_v15_node_answer {
    tw_tiled_layer layer;
    int batch;
    double occupancy;
    unsigned count;
    const tw_blocking *blockings;
    const double *costs;
};
typedef struct tw_v15_node_answer node_answer;

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

static tw_status infeasible(tw_v15_scheduler *s, const tw_v15_layer *layer, const char *reason) {
    return tw_fail(s->ctx, TW_INFEASIBLE, NULL, "layer %s: %s", layer->name, reason);
}

/* The solver's choices: one for each category that may be the only one in the buffer. */
static tw_status solve_nest(tw_v15_scheduler *s, const tw_v15_layer *layer,
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

static tw_status block_node(tw_v15_scheduler *s, const tw_v15_layer *layer, node_answer *answer) {
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

static tw_status find_node_answer(tw_v15_scheduler *s, const tw_v15_layer *layer,
                                  const tw_partition *part, const node_answer **out) {
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

tw_layout_piece tw_v15_lay_out(const tw_v15_scheduler *s, int channels, int rows, int columns,
                               const tw_partition *part) {
    const tw_partition projected = project(part, s->resource->dst.dim);
    return tw_layout_whole(s->batch, channels, rows, columns, &s->resource->dst, &projected);
}

/* The cheapest few, ascending, equal ones in the order they came. */
static void keep(tw_v15_schedule *best, unsigned *count, unsigned limit,
                 const tw_v15_schedule *schedule) {
    const double cost = tw_v15_schedule_cost(schedule);
    if (*count == limit && cost >= tw_v15_schedule_cost(&best[limit - 1]))
        return;
    unsigned i = *count < limit ? (*count)++ : limit - 1;
    for (; i > 0 && tw_v15_schedule_cost(&best[i - 1]) > cost; i--)
        best[i] = best[i - 1];
    best[i] = *schedule;
}

static tw_status schedule_part(tw_v15_scheduler *s, const tw_v15_layer *layer,
                               const tw_partition *part, const tw_v15_hop_request *hops,
                               tw_v15_block *scratch, tw_v15_layer_answer *answer,
                               tw_v15_schedule *best) {
    const node_answer *node = NULL;
    TW_TRY(find_node_answer(s, layer, part, &node));
    if (node->count == 0)
        return TW_OK;
    const tw_tiled_layer *l = &layer->layer;
    tw_v15_schedule schedule = {
        .part = *part,
        .outputs = tw_v15_lay_out(s, l->channels_out, l->rows_out, l->columns_out, part),
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

static size_t piece_parts(const tw_v15_layer_answer *answer) {
    size_t parts = 0;
    for (unsigned i = 0; i < answer->piece_count; i++)
        parts += (size_t)tw_partition_size(&answer->pieces[i].part);
    return parts;
}

static tw_status schedule_layer(tw_v15_scheduler *s, const tw_v15_layer *layer,
                                tw_v15_layer_answer *answer) {
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

static bool same_question(const tw_v15_layer_answer *a, const tw_v15_layer_answer *b) {
    return memcmp(&a->layer, &b->layer, sizeof a->layer) == 0 && a->sums_inputs == b->sums_inputs &&
           a->piece_count == b->piece_count &&
           memcmp(a->pieces, b->pieces, a->piece_count * sizeof *a->pieces) == 0;
}

tw_status tw_v15_schedule_layer(tw_v15_scheduler *s, const tw_v15_layer *layer,
                                tw_v15_layer_answer *asked) {
    for (unsigned i = 0; i < s->layer_count; i++)
        if (same_question(&s->layers[i], asked)) {
            *asked = s->layers[i];
            return TW_OK;
        }
    TW_TRY(schedule_layer(s, layer, asked));
    tw_v15_layer_answer *list =
        grow(s->arena, s->layers, s->layer_count, &s->layer_capacity, sizeof *list);
    if (!list)
        return tw_out_of_memory(s->ctx);
    s->layers = list;
    list[s->layer_count++] = *asked;
    return TW_OK;
}
