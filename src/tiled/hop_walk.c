/* Hops node by node: the words that a group of nodes needs, and the places that hold them. */
#include "tiled/hop_ranges.h"

/* What the members of a group share. */
typedef struct {
    tw_span spans[TW_FMAP_AXES];
} box;

static int64_t box_words(const box *b) {
    int64_t words = 1;
    for (int a = 0; a < TW_FMAP_AXES; a++)
        words *= b->spans[a].hi > b->spans[a].lo ? b->spans[a].hi - b->spans[a].lo : 0;
    return words;
}

/* First and last + 1 index of the ascending spans that overlap `need`. */
static void overlapping(const tw_span *spans, int count, tw_span need, int *first, int *end) {
    *first = 0;
    while (*first < count && spans[*first].hi <= need.lo)
        (*first)++;
    for (*end = *first; *end < count && spans[*end].lo < need.hi;)
        (*end)++;
}

/* Adds the words of the box that lie in the piece to the rows and columns that hold them. */
static void gather_words(tw_hop_counter *c, const tw_layout_piece *piece, const box *need) {
    const tw_layout_cut *layout = tw_hop_cut_layout(c, piece);
    const tw_fmap_cut *cut = &layout->cut;
    const int *counts = cut->counts;
    int first[TW_FMAP_AXES], end[TW_FMAP_AXES];
    for (int a = 0; a < TW_FMAP_AXES; a++)
        overlapping(cut->spans[a], counts[a], need->spans[a], &first[a], &end[a]);
    for (int b = first[0]; b < end[0]; b++) {
        const int64_t in_batch = tw_span_overlap(cut->spans[0][b], need->spans[0]);
        for (int n = first[1]; n < end[1]; n++) {
            const int64_t in_channels =
                in_batch * tw_span_overlap(cut->spans[1][n], need->spans[1]);
            for (int h = first[2]; h < end[2]; h++) {
                const int64_t in_rows =
                    in_channels * tw_span_overlap(cut->spans[2][h], need->spans[2]);
                const tw_dim2 *places =
                    layout->places + ((b * counts[1] + n) * counts[2] + h) * counts[3];
                for (int w = first[3]; w < end[3]; w++) {
                    const int64_t words =
                        in_rows * tw_span_overlap(cut->spans[3][w], need->spans[3]);
                    c->row_words[places[w].h] += words;
                    c->column_words[places[w].w] += words;
                }
            }
        }
    }
}

/* hops[i]: words times distance from line i to every line. */
static void sweep_lines(const int64_t *words, int count, int64_t *hops) {
    int64_t before = 0, sum = 0;
    for (int i = 0; i < count; i++) {
        hops[i] = sum;
        before += words[i];
        sum += before;
    }
    before = sum = 0;
    for (int i = count - 1; i >= 0; i--) {
        hops[i] += sum;
        before += words[i];
        sum += before;
    }
}

/* Hops of the box to each member alone, into c->member_hops. */
static void count_member_hops(tw_hop_counter *c, const tw_layout *layout, const box *need,
                              unsigned members) {
    memset(c->row_words, 0, (size_t)c->mesh.h * sizeof *c->row_words);
    memset(c->column_words, 0, (size_t)c->mesh.w * sizeof *c->column_words);
    for (unsigned i = 0; i < layout->count; i++)
        gather_words(c, &layout->pieces[i], need);
    sweep_lines(c->row_words, c->mesh.h, c->row_hops);
    sweep_lines(c->column_words, c->mesh.w, c->column_hops);
    for (unsigned m = 0; m < members; m++)
        c->member_hops[m] = c->row_hops[c->members[m].h] + c->column_hops[c->members[m].w];
}

static int64_t least(const int64_t *values, unsigned count) {
    int64_t smallest = values[0];
    for (unsigned i = 1; i < count; i++)
        if (values[i] < smallest)
            smallest = values[i];
    return smallest;
}

/* Total distance at which the members join what is connected so far: Prim's algorithm, with
 * c->tree_distance holding each member's distance to begin with (negative: connected). */
static int64_t grow_tree(tw_hop_counter *c, unsigned count) {
    int64_t length = 0;
    for (;;) {
        unsigned next = count;
        for (unsigned m = 0; m < count; m++)
            if (c->tree_distance[m] >= 0 &&
                (next == count || c->tree_distance[m] < c->tree_distance[next]))
                next = m;
        if (next == count)
            return length;
        length += c->tree_distance[next];
        c->tree_distance[next] = -1;
        for (unsigned m = 0; m < count; m++) {
            const int distance = tw_hop_distance(c->members[m], c->members[next]);
            if (c->tree_distance[m] > distance)
                c->tree_distance[m] = distance;
        }
    }
}

/* Length of the members' spanning tree. The tree of the last group is remembered: groups are often
 * copies of each other somewhere else. */
static int64_t tree_length(tw_hop_counter *c, unsigned count) {
    bool same = c->tree_count == count;
    for (unsigned m = 0; same && m < count; m++)
        same = c->tree_shape[m].h == c->members[m].h - c->members[0].h &&
               c->tree_shape[m].w == c->members[m].w - c->members[0].w;
    if (same)
        return c->tree_length;
    for (unsigned m = 0; m < count; m++) {
        c->tree_shape[m] =
            (tw_dim2){c->members[m].h - c->members[0].h, c->members[m].w - c->members[0].w};
        c->tree_distance[m] = m == 0 ? 0 : INT32_MAX;
    }
    c->tree_count = count;
    c->tree_length = grow_tree(c, count);
    return c->tree_length;
}

/* The part of the box that lies within the whole layout. */
static int64_t words_within(const tw_layout *layout, const box *need) {
    const tw_fmap_range *first = &layout->pieces[0].range;
    const tw_fmap_range *last = &layout->pieces[layout->count - 1].range;
    int64_t words = 1;
    for (int a = 0; a < TW_FMAP_AXES; a++)
        words *= tw_span_overlap((tw_span){first->lo[a], last->hi[a]}, need->spans[a]);
    return words;
}

static int64_t hops_to_members(tw_hop_counter *c, const tw_layout *layout, const box *need,
                               unsigned members) {
    int64_t hops = 0;
    count_member_hops(c, layout, need, members);
    if (c->request.forwarding)
        return least(c->member_hops, members) +
               words_within(layout, need) * tree_length(c, members);
    for (unsigned m = 0; m < members; m++)
        hops += c->member_hops[m];
    return hops;
}

/* Words made by all members and summed on the way to one place: half of them move on average. */
static int64_t hops_from_members(tw_hop_counter *c, const tw_layout *layout, const box *made,
                                 unsigned members) {
    count_member_hops(c, layout, made, members);
    if (c->request.forwarding) {
        const int64_t nearest = least(c->member_hops, members);
        return (2 * nearest + words_within(layout, made) * tree_length(c, members) + 1) / 2;
    }
    const unsigned middle = members / 2;
    int64_t hops = c->member_hops[middle];
    for (unsigned m = 0; m < members; m++)
        if (m != middle)
            hops += (box_words(made) * tw_hop_distance(c->members[m], c->members[middle]) + 1) / 2;
    return hops;
}

/* Adds the nodes of the used indices of `free` to the group, in index order. */
static unsigned add_members(tw_hop_counter *c, tw_parallelism free_par, tw_dim2 index[TW_PARS],
                            unsigned count) {
    const tw_dim2 dims = c->part.pdims[free_par];
    for (int i = 0; i < tw_dim2_size(dims); i++) {
        if (!c->used[free_par][i])
            continue;
        index[free_par] = tw_index_pair(i, dims);
        c->members[count++] = tw_hop_place(&c->request.proc, &c->part, index);
    }
    return count;
}

/* Calls `visit` for every group: all used combinations of batch, rows, columns and channels. */
typedef struct {
    int batch, channel, row, column;
} group;
typedef int64_t (*group_fn)(tw_hop_counter *c, const tw_layout *layout, const group *g,
                            tw_dim2 index[TW_PARS]);

static int64_t each_group(tw_hop_counter *c, const tw_fmap_cut *cut, const tw_layout *layout,
                          group_fn visit) {
    int64_t hops = 0;
    group g;
    tw_dim2 index[TW_PARS] = {0};
    for (g.channel = 0; g.channel < cut->counts[TW_AXIS_CHANNEL]; g.channel++)
        for (g.row = 0; g.row < cut->counts[TW_AXIS_ROW]; g.row++)
            for (g.column = 0; g.column < cut->counts[TW_AXIS_COLUMN]; g.column++)
                for (g.batch = 0; g.batch < cut->counts[TW_AXIS_BATCH]; g.batch++) {
                    if (!c->used[cut->channel][g.channel] || !c->used[TW_PAR_OFMP][g.row] ||
                        !c->used_columns[g.column] || !c->used[TW_PAR_BATP][g.batch])
                        continue;
                    index[cut->channel] = tw_index_pair(g.channel, c->part.pdims[cut->channel]);
                    index[TW_PAR_OFMP] = (tw_dim2){g.row, g.column};
                    index[TW_PAR_BATP] = tw_index_pair(g.batch, c->part.pdims[TW_PAR_BATP]);
                    hops += visit(c, layout, &g, index);
                }
    return hops;
}

static box box_of(const tw_fmap_cut *cut, const group *g) {
    return (box){{cut->spans[TW_AXIS_BATCH][g->batch], cut->spans[TW_AXIS_CHANNEL][g->channel],
                  cut->spans[TW_AXIS_ROW][g->row], cut->spans[TW_AXIS_COLUMN][g->column]}};
}

static bool same_span(tw_span a, tw_span b) {
    return a.lo == b.lo && a.hi == b.hi;
}

/* Nodes with the same inputs: the other channel parallelism's; without filters, neighbours whose
 * clipped channel ranges coincide (the first of them stands for all). */
static int64_t visit_inputs(tw_hop_counter *c, const tw_layout *layout, const group *g,
                            tw_dim2 index[TW_PARS]) {
    const box need = box_of(&c->in, g);
    if (c->in.channel == TW_PAR_INPP)
        return hops_to_members(c, layout, &need, add_members(c, TW_PAR_OUTP, index, 0));
    const tw_span *channels = c->in.spans[TW_AXIS_CHANNEL];
    if (g->channel > 0 && c->used[TW_PAR_OUTP][g->channel - 1] &&
        same_span(channels[g->channel - 1], channels[g->channel]))
        return 0;
    unsigned members = 0;
    for (int i = g->channel;
         i < c->in.counts[TW_AXIS_CHANNEL] && same_span(channels[i], channels[g->channel]) &&
         c->used[TW_PAR_OUTP][i];
         i++) {
        index[TW_PAR_OUTP] = tw_index_pair(i, c->part.pdims[TW_PAR_OUTP]);
        members = add_members(c, TW_PAR_INPP, index, members);
    }
    return hops_to_members(c, layout, &need, members);
}

static int64_t visit_outputs(tw_hop_counter *c, const tw_layout *layout, const group *g,
                             tw_dim2 index[TW_PARS]) {
    const box made = box_of(&c->out, g);
    return hops_from_members(c, layout, &made, add_members(c, TW_PAR_INPP, index, 0));
}

int64_t tw_hop_walk_inputs(tw_hop_counter *c, const tw_layout *inputs) {
    return each_group(c, &c->in, inputs, visit_inputs);
}

int64_t tw_hop_walk_outputs(tw_hop_counter *c, const tw_layout_piece *outputs) {
    const tw_layout layout = {1, outputs};
    return each_group(c, &c->out, &layout, visit_outputs);
}

/* The nodes that work on one block of filters; without forwarding each fetches it by itself. */
static int64_t filter_group_hops(tw_hop_counter *c, tw_dim2 index[TW_PARS]) {
    unsigned count = 0;
    int64_t alone = 0;
    const int width = c->request.proc.dim.w;
    for (int b = 0; b < c->out.counts[TW_AXIS_BATCH]; b++)
        for (int h = 0; h < c->out.counts[TW_AXIS_ROW]; h++)
            for (int w = 0; w < c->out.counts[TW_AXIS_COLUMN]; w++) {
                if (!c->used[TW_PAR_BATP][b] || !c->used[TW_PAR_OFMP][h] || !c->used_columns[w])
                    continue;
                index[TW_PAR_BATP] = tw_index_pair(b, c->part.pdims[TW_PAR_BATP]);
                index[TW_PAR_OFMP] = (tw_dim2){h, w};
                const tw_dim2 at = tw_partition_position(&c->part, index);
                c->tree_distance[count] = c->memory_distance[at.h * width + at.w];
                c->members[count] = tw_region_absolute(&c->request.proc, at);
                alone += c->tree_distance[count++];
            }
    return c->request.forwarding ? grow_tree(c, count) : alone;
}

int64_t tw_hop_walk_filters(tw_hop_counter *c) {
    const tw_tiled_layer *l = &c->request.layer;
    int64_t hops = 0;
    tw_dim2 index[TW_PARS] = {0};
    for (int m = 0; m < c->in.counts[TW_AXIS_CHANNEL]; m++)
        for (int n = 0; n < c->out.counts[TW_AXIS_CHANNEL]; n++) {
            if (!c->used[TW_PAR_INPP][m] || !c->used[TW_PAR_OUTP][n])
                continue;
            const tw_span in = c->in.spans[TW_AXIS_CHANNEL][m];
            const tw_span out = c->out.spans[TW_AXIS_CHANNEL][n];
            index[TW_PAR_INPP] = tw_index_pair(m, c->part.pdims[TW_PAR_INPP]);
            index[TW_PAR_OUTP] = tw_index_pair(n, c->part.pdims[TW_PAR_OUTP]);
            const int64_t words =
                (int64_t)(in.hi - in.lo) * (out.hi - out.lo) * l->window_rows * l->window_columns;
            hops += words * filter_group_hops(c, index);
        }
    return hops;
}

int64_t tw_hop_gather(tw_hop_counter *c, const int *distances, int count) {
    if (count == 1)
        return 0;
    int64_t hops = 0;
    group g;
    for (g.channel = 0; g.channel < c->out.counts[TW_AXIS_CHANNEL]; g.channel++)
        for (g.row = 0; g.row < c->out.counts[TW_AXIS_ROW]; g.row++)
            for (g.column = 0; g.column < c->out.counts[TW_AXIS_COLUMN]; g.column++)
                for (g.batch = 0; g.batch < c->out.counts[TW_AXIS_BATCH]; g.batch++) {
                    if (!c->used[TW_PAR_OUTP][g.channel] || !c->used[TW_PAR_OFMP][g.row] ||
                        !c->used_columns[g.column] || !c->used[TW_PAR_BATP][g.batch])
                        continue;
                    const box made = box_of(&c->out, &g);
                    const int64_t words = box_words(&made);
                    for (int i = 0; i < count; i++)
                        hops += (words * distances[i] + 1) / 2;
                }
    return hops;
}
